"""Plans: what the next job would send, told and kept; nothing else is written, and the books are only read (J10)."""

from __future__ import annotations

import hashlib
from array import array
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select

from hub.errors import HubError, StoreProblem
from hub.jobs.create import one_at_a_time
from hub.jobs.decisions import Send, Skip
from hub.jobs.foresight import as_the_books_say, foresee
from hub.jobs.ready import ready
from hub.jobs.rehearsal import CHUNK, Rehearsal, Step
from hub.jobs.wording import describe_sends, describe_unsent, describe_waiting
from hub.queue import Actor, Core, Lane
from hub.queue.listing import amount_words
from hub.store.tables import connections, planned, plans, requests

KEPT = timedelta(days=7)
"""So long a plan can be applied; older ones are forgotten when the next is made."""
LONGEST = 1000
_LEFT = (requests.c.connection_id == bindparam("b_lane"), ~ready(requests))


@dataclass(slots=True)
class _Told:
    """What is gathered while a rehearsal runs: everything counted, the first ones kept, the print of each request."""

    limit: int
    totals: dict[str, int] = field(default_factory=lambda: dict.fromkeys(
        ("send", "rejected", "conflict", "waiting", "held", "unknown", "excluded"), 0))  # fmt: skip
    amounts: dict[tuple[str, str, str | None], tuple[int, Decimal | None]] = field(default_factory=dict)
    sends: list[Step] = field(default_factory=list)
    unsent: list[dict[str, Any]] = field(default_factory=list)
    requests: array[int] = field(default_factory=lambda: array("q"))
    records: array[int] = field(default_factory=lambda: array("q"))
    prints: list[str] = field(default_factory=list)

    def take(self, step: Step) -> None:
        """Note one step."""
        row, decision = step.row, step.decision
        if isinstance(decision, Skip) and decision.reason is None:
            return  # nothing is left to do for it
        if not isinstance(decision, Send):
            told = describe_unsent(step)
            self.totals[told["outcome"]] += 1
            self.unsent += [told] if len(self.unsent) < self.limit else []
            return
        self.totals["send"] += 1
        key = (row.type, decision.request.operation.value, row.currency)
        count, total = self.amounts.get(key, (0, None))
        self.amounts[key] = (count + 1, total if row.amount is None else (total or Decimal(0)) + row.amount)
        self.requests.append(row.id)
        self.records.append(row.record_id)
        self.prints.append(step.fingerprint)
        if len(self.sends) < self.limit:
            self.sends.append(step)

    @property
    def digest(self) -> str:
        """The print of the whole plan."""
        return hashlib.blake2b("\n".join(self.prints).encode(), digest_size=16).hexdigest()


def make_plan(core: Core, lane: Lane, actor: Actor, *, limit: int = 200) -> dict[str, Any]:
    """Tell what the next job would send, in its order, and keep it as a plan that can be applied.

    Args:
        limit: so many requests are told in full, and so many of those not sent; totals cover all. Only about those
            told in full are the books asked.

    Raises:
        Refused: `job_unfinished`. PluginProblem: `wrong_company`, or the adapter cannot be used.
    """
    core.relay(lane)  # without its adapter there is no job, and no plan
    limit = max(0, min(limit, LONGEST))
    with core.database.read() as db:
        one_at_a_time(db, lane)
    lane, silent = as_the_books_say(core, lane)
    notes = [silent] if silent else []
    told = _Told(limit)
    with core.database.read() as db:
        for step in Rehearsal(db, lane, core.now()).run():
            told.take(step)
        _left_alone(db, lane, core, told)
        items = describe_sends(db, lane, list(enumerate(told.sends, 1)))
        notes += _notes(db, lane)
    if not silent:
        try:
            foresee(core, lane, told.sends, items)
        except StoreProblem:
            raise
        except HubError as fault:
            notes.append(f"The books could not be asked: {fault.message}")
    now = core.now()
    plan_id = _store(core, lane, actor, told)
    return {
        "id": plan_id,
        "connection": lane.label,
        "created_at": now.isoformat(),
        "created_by": actor.name,
        "digest": told.digest,
        "totals": told.totals,
        "amounts": [
            {"type": type, "operation": operation, "count": count, "amount": amount_words(total, currency),
             "currency": currency}
            for (type, operation, currency), (count, total) in told.amounts.items()
        ],
        "items": items,
        "next": None,
        "total": told.totals["send"],
        "unsent": {
            "items": told.unsent,
            "next": None,
            "total": sum(count for outcome, count in told.totals.items() if outcome != "send"),
        },
        "notes": notes,
    }  # fmt: skip


def _left_alone(db: Connection, lane: Lane, core: Core, told: _Told) -> None:
    """What no job would take now: held, not recorded, to be sent later."""
    given = {"b_lane": lane.id, "b_now": core.now()}
    for state, count in db.execute(
        select(requests.c.state, func.count()).where(*_LEFT).group_by(requests.c.state), given
    ):
        told.totals["held" if state == "held" else "waiting"] += count
    shown = select(requests).where(*_LEFT).order_by(requests.c.id).limit(told.limit - len(told.unsent))
    told.unsent += [describe_waiting(row) for row in db.execute(shown, given)]


def _notes(db: Connection, lane: Lane) -> list[str]:
    found = []
    if lane.paused:
        found.append(f"The connection is paused: {lane.paused}")
    if db.execute(select(connections.c.queued_up_to).where(connections.c.id == lane.id)).scalar() is not None:
        found.append(f"Not every record is queued yet: hub connect {lane.company} {lane.adapter} --name {lane.name}")
    return found


def _store(core: Core, lane: Lane, actor: Actor, told: _Told) -> int:
    now = core.now()
    old = select(plans.c.id).where(plans.c.connection_id == lane.id, plans.c.created_at < now - KEPT)
    with core.database.write(lane.company) as db:
        db.execute(delete(planned).where(planned.c.plan_id.in_(old)))
        db.execute(delete(plans).where(plans.c.id.in_(old)))
        values = {
            "connection_id": lane.id,
            "created_by": actor.name,
            "created_at": now,
            "requests": len(told.requests),
            "digest": told.digest,
        }
        plan_id: int = db.execute(insert(plans).returning(plans.c.id), values).scalar_one()
        for at in range(0, len(told.requests), CHUNK):
            rows = [
                {
                    "plan_id": plan_id,
                    "position": position,
                    "request_id": told.requests[position],
                    "record_id": told.records[position],
                    "operation": told.prints[position].partition(" ")[0],
                    "fingerprint": told.prints[position],
                }
                for position in range(at, min(at + CHUNK, len(told.requests)))
            ]
            db.execute(insert(planned), rows)
    return plan_id
