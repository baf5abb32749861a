"""Delivers each webhook's events in order, at least once, by one process at a time; no call inside a transaction.

A deliverer claims a webhook for a while and counts up its fence; whoever finds another fence when writing what became
of a message has lost the claim and stops. A process that dies leaves a claim that ends by itself, and the event that
was on its way goes out again under the same id.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, delete, exists, insert, or_, select, update

from hub.queue import HUB
from hub.queue.discreet import plain_url
from hub.queue.feed import describe, read_events
from hub.queue.trail import Note, write_audit
from hub.store import Database
from hub.store.people import deliveries, webhooks
from hub.store.tables import events
from hub.webhooks.pacing import gave_up, pause_after
from hub.webhooks.sending import DEADLINE, Answer, Send
from hub.webhooks.signing import headers, message_id

LEASE = timedelta(seconds=60)
_SAFE = timedelta(seconds=2 * DEADLINE)
"""What must be left of a claim before a message is sent under it."""
PAGE = 50
KEEP, KEEP_ROWS = timedelta(days=30), 1000
"""How long the log of deliveries goes back, and how many rows of a webhook it holds."""

_due = and_(
    webhooks.c.disabled_at.is_(None),
    or_(webhooks.c.next_at.is_(None), webhooks.c.next_at <= bindparam("now")),
    or_(webhooks.c.claimed_until.is_(None), webhooks.c.claimed_until <= bindparam("now")),
)
_DUE = (
    select(webhooks.c.id)
    .where(_due)
    .where(exists().where(events.c.company_id == webhooks.c.company_id, events.c.id > webhooks.c.delivered_up_to))
    .order_by(webhooks.c.id)
)
_CLAIM = (
    update(webhooks)
    .where(webhooks.c.id == bindparam("b_id"), _due)
    .values(claimed_until=bindparam("b_until"), fence=webhooks.c.fence + 1)
    .returning(webhooks)
)
_MINE = (webhooks.c.id == bindparam("b_id"), webhooks.c.fence == bindparam("b_fence"))
_LOG = insert(deliveries)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliverer:
    """What delivering needs.

    Attributes:
        secret: opens a webhook's sealed secret.
    """

    database: Database
    now: Callable[[], datetime]
    send: Send
    secret: Callable[[Row[Any]], str]

    def due(self) -> list[int]:
        """The webhooks for which something waits, and which nobody is serving."""
        with self.database.read() as db:
            return list(db.execute(_DUE, {"now": self.now()}).scalars())

    def deliver(self, id: int, stop: Callable[[], bool] = lambda: False) -> int:
        """Send what waits for this webhook until all is sent, one fails, or the claim is lost; how many were taken."""
        now = self.now()
        with self.database.write(None) as db:
            row = db.execute(_CLAIM, {"now": now, "b_id": id, "b_until": now + LEASE}).first()
            if row is None:
                return 0
            _prune(db, id, now)
        secret, taken = self.secret(row), 0
        until, after, failures = now + LEASE, row.delivered_up_to, row.failures
        while not stop() and (page := self._page(row.company_id, after)):
            for event in page:
                if stop():
                    break
                if row.kinds and event.kind not in row.kinds:
                    after = event.id  # noted with the next one that is sent, or at the end
                    continue
                at = self.now()
                if until - at < _SAFE:
                    if not self._write(row, {"claimed_until": at + LEASE}):
                        return taken
                    until = at + LEASE
                answer = self._send(row, secret, event)
                if not self._note(row, event, answer, failures, at):
                    return taken
                if answer.error:
                    return taken
                taken, failures, after, until = taken + 1, 0, event.id, self.now() + LEASE
        self._write(row, {"claimed_until": None, "delivered_up_to": after})
        return taken

    def test(self, row: Row[Any]) -> Answer:
        """Send a message that tells of nothing, at once, whatever else waits."""
        now = self.now()
        body = {"type": "test", "timestamp": now.isoformat(), "company": row.company_id, "data": {}}
        answer = self._post(row, self.secret(row), message_id(0, now), body)
        with self.database.write(None) as db:
            if db.execute(select(webhooks.c.id).where(webhooks.c.id == row.id)).first():
                db.execute(_LOG, _logged(row.id, 0, "test", now, answer))
        return answer

    def _page(self, company: str, after: int) -> list[Row[Any]]:
        with self.database.read() as db:
            return read_events(db, company, after, PAGE)

    def _send(self, row: Row[Any], secret: str, event: Row[Any]) -> Answer:
        body = {
            "type": event.kind,
            "timestamp": event.at.isoformat(),
            "company": row.company_id,
            "data": describe(event),
        }
        return self._post(row, secret, message_id(event.id, event.at), body)

    def _post(self, row: Row[Any], secret: str, id: str, told: Mapping[str, Any]) -> Answer:
        body = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
        return self.send(row.url, headers(secret, id, self.now(), body), body)

    def _note(self, row: Row[Any], event: Row[Any], answer: Answer, failures: int, at: datetime) -> bool:
        """Write what became of a message; False when the webhook is no longer ours, and nothing is written."""
        now = self.now()
        if not answer.error:
            values = {"delivered_up_to": event.id, "failures": 0, "next_at": None, "claimed_until": now + LEASE,
                      "delivered": webhooks.c.delivered + 1}  # fmt: skip
        else:
            failures += 1
            reason, pause = gave_up(failures, answer.status, answer.error), pause_after(failures)
            values = {"failures": failures, "next_at": now + pause if pause and not reason else None,
                      "disabled_at": now if reason else None, "disabled_reason": reason, "claimed_until": None,
                      "failed": webhooks.c.failed + 1}  # fmt: skip
        return self._write(row, values, _logged(row.id, event.id, event.kind, at, answer))

    def _write(self, row: Row[Any], values: Mapping[str, Any], logged: Mapping[str, Any] | None = None) -> bool:
        reason = values.get("disabled_reason")
        with self.database.write(row.company_id if reason else None) as db:
            mine = update(webhooks).where(*_MINE).values(dict(values))
            if not db.execute(mine, {"b_id": row.id, "b_fence": row.fence}).rowcount:
                return False
            if logged:
                db.execute(_LOG, dict(logged))
            if reason:
                details = {"webhook": row.id, "url": plain_url(row.url)}
                note = Note(action="webhook_disabled", reason=str(reason), details=details)
                write_audit(db, row.company_id, HUB, self.now(), [note])
            return True


def _logged(id: int, event_id: int, kind: str, at: datetime, answer: Answer) -> dict[str, Any]:
    return {"webhook_id": id, "event_id": event_id, "kind": kind, "at": at, "status": answer.status,
            "error": answer.error or None, "milliseconds": answer.milliseconds}  # fmt: skip


def _prune(db: Connection, id: int, now: datetime) -> None:
    mine = deliveries.c.webhook_id == id
    db.execute(delete(deliveries).where(mine, deliveries.c.at < now - KEEP))
    last = select(deliveries.c.id).where(mine).order_by(deliveries.c.id.desc()).offset(KEEP_ROWS).limit(1)
    oldest = db.execute(last).scalar()
    if oldest is not None:
        db.execute(delete(deliveries).where(mine, deliveries.c.id <= oldest))
