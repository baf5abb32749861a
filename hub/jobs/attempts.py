"""Attempts: written before anything leaves, with key, digest and the text itself, and never changed (X1, Q16)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select, update

from hub.adapters import Request
from hub.jobs.intent import digest
from hub.jobs.lease import Lease
from hub.jobs.verdicts import Sent
from hub.store.among import among
from hub.store.history import append
from hub.store.tables import attempts, requests


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """A request that is about to leave as `text`; `first_use` when its key has never been used before."""

    row: Row[Any]
    request: Request
    text: str
    first_use: bool


def write_attempts(
    db: Connection, lease: Lease, intents: Sequence[Intent], now: datetime, deadline: datetime, given_up_by: datetime
) -> list[Sent]:
    """Write intents down, inside the caller's transaction; once that is committed they may be sent.

    Bytes leave before `deadline`, and by `given_up_by` nobody waits for their answer any more.
    """
    if not intents:
        return []
    ids = append(
        db,
        attempts,
        [
            {
                "request_id": intent.row.id,
                "connection_id": lease.lane.id,
                "record_id": intent.row.record_id,
                "job_id": lease.job_id,
                "fence": lease.fence,
                "operation": intent.request.operation.value,
                "key": intent.request.key,
                "generation": intent.row.generation,
                "digest": digest(intent.text),
                "sent": intent.text,
                "at": now,
                "deadline": deadline,
            }
            for intent in intents
        ],
    )
    db.execute(_LEAVING, {"ids": [intent.row.id for intent in intents], "b_now": now, "b_given_up_by": given_up_by})
    return [
        Sent(row=intent.row, attempt_id=id, request=intent.request, first_use=intent.first_use)
        for id, intent in zip(ids, intents, strict=True)
    ]


def last_attempts(db: Connection, rows: Sequence[Row[Any]]) -> dict[int, Row[Any]]:
    """The latest attempt of each of these requests, by request id."""
    found = db.execute(_ATTEMPTS, {"ids": [row.record_id for row in rows]}).all()
    return {attempt.request_id: attempt for attempt in found}


_LEAVING = (
    update(requests)
    .where(among(requests.c.id, "ids"))
    .values(
        first_sent=func.coalesce(requests.c.first_sent, bindparam("b_now", type_=requests.c.first_sent.type)),
        last_sent=bindparam("b_given_up_by"),
    )
)
_ATTEMPTS = select(attempts).where(among(attempts.c.record_id, "ids")).order_by(attempts.c.record_id, attempts.c.id)
