"""A plan is held to: refused when anything in it changed, and each request compared again before it leaves (J10)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from hub.adapters import Fault
from hub.errors import ErrorClass, NotFound, Refused
from hub.jobs.create import one_at_a_time, plan_applied
from hub.jobs.decisions import Decision, Send, Stop
from hub.jobs.fingerprint import fingerprint, what_changed
from hub.jobs.foresight import as_the_books_say
from hub.jobs.rehearsal import CHUNK, Rehearsal, Step
from hub.jobs.supposed import IdSet
from hub.jobs.wording import describe_unsent
from hub.model import RecordType
from hub.queue import Core, Lane
from hub.store.tables import planned, plans, records, requests

TOLD = 20
"""So many changes are named; more would help nobody."""
_BY_REQUEST = select(planned.c.request_id, planned.c.position, planned.c.fingerprint).where(
    planned.c.plan_id == bindparam("plan"), planned.c.request_id.in_(bindparam("ids", expanding=True))
)
_CREATES = select(planned.c.record_id).where(planned.c.plan_id == bindparam("plan"), planned.c.operation == "create")
_PAGE = (
    select(planned.c.position, planned.c.request_id, records.c.type, records.c.source_id)
    .join(records, records.c.id == planned.c.record_id)
    .where(planned.c.plan_id == bindparam("plan"), planned.c.position > bindparam("after"))
    .order_by(planned.c.position)
    .limit(CHUNK)
)


def check_plan(core: Core, lane: Lane, plan_id: int) -> None:
    """Go through the plan again, as the job that applies it would.

    What was queued since and changes nothing about the plan's requests does not matter: it waits for the next job.

    Raises:
        NotFound: `plan_not_found`. Refused: `plan_applied`, `plan_changed` (naming what), `job_unfinished`.
    """
    with core.database.read() as db:
        plan = db.execute(select(plans).where(plans.c.id == plan_id, plans.c.connection_id == lane.id)).first()
        if plan is None:
            raise NotFound(
                f"{lane.label} has no plan {plan_id}.",
                code="plan_not_found",
                fix="Make one; a plan is kept for seven days.",
            )
        if plan.job_id is not None:
            raise plan_applied(lane, plan_id)
        one_at_a_time(db, lane)
    lane, _ = as_the_books_say(core, lane)
    with core.database.read() as db:
        changed = _differences(db, lane, core, plan)
    if changed:
        named = "; ".join(f"{RecordType(each['type']).words} {each['source_id']}: {each['what']}" for each in changed)
        raise Refused(
            f"Plan {plan_id} no longer holds: {named}.",
            code="plan_changed",
            fix="Look at a new one, or sync without a plan.",
            details={"changed": changed},
        )


def _differences(db: Connection, lane: Lane, core: Core, plan: Row[Any]) -> list[dict[str, Any]]:
    """What is different now, the first of it; empty when the plan holds."""
    compared = _Compared(db, plan.id)
    unsent: dict[int, str] = {}
    batch: list[Step] = []
    for step in Rehearsal(db, lane, core.now(), plan.id).run():
        if isinstance(step.decision, Send):
            batch.append(step)
            if len(batch) == CHUNK:
                compared.take(batch)
                batch = []
        elif len(unsent) < CHUNK:
            told = describe_unsent(step)
            unsent[step.row.id] = (
                told["error"]["message"] if told["error"] else told["reason"] or "nothing is left to do"
            )
    compared.take(batch)
    if compared.count < plan.requests:
        compared.missing(unsent)
    return compared.changed[:TOLD]


class _Compared:
    """Requests as they would be sent now, beside the same ones as they were planned."""

    def __init__(self, db: Connection, plan_id: int) -> None:
        self.db, self.plan_id = db, plan_id
        self.changed: list[dict[str, Any]] = []
        self.count = 0
        self._seen, self._last = IdSet(), -1

    def take(self, steps: Sequence[Step]) -> None:
        """Compare these, which come next in the order of sending."""
        stored = _prints(self.db, self.plan_id, [step.row.id for step in steps])
        for step in steps:
            position, before = stored[step.row.id]
            self._seen.add(step.row.id)
            self.count += 1
            if before != step.fingerprint:
                self._tell(step.row.id, step.row, f"{what_changed(before, step.fingerprint)} changed")
            elif position < self._last:
                self._tell(step.row.id, step.row, "its place in the order changed")
            self._last = max(self._last, position)

    def missing(self, unsent: Mapping[int, str]) -> None:
        """Name those that would not be sent any more."""
        after = -1
        while len(self.changed) < TOLD:
            page = self.db.execute(_PAGE, {"plan": self.plan_id, "after": after}).all()
            if not page:
                return
            after = page[-1].position
            gone = [row for row in page if row.request_id not in self._seen]
            left = select(requests.c.id, requests.c.state).where(requests.c.id.in_([row.request_id for row in gone]))
            states = {row.id: row.state for row in self.db.execute(left)}
            for row in gone:
                if row.request_id in unsent:
                    what = f"it would not be sent now ({unsent[row.request_id].rstrip('.')})"
                elif row.request_id in states:
                    what = f"its request is {states[row.request_id]} and would not be sent now"
                else:
                    what = "its request is no longer in the queue"
                self._tell(row.request_id, row, what)

    def _tell(self, request_id: int, row: Any, what: str) -> None:
        told = {"psr": request_id, "type": row.type, "source_id": row.source_id, "what": what}
        self.changed += [told] if len(self.changed) < TOLD else []


def _prints(db: Connection, plan_id: int, ids: Sequence[int]) -> dict[int, tuple[int, str]]:
    """(position, fingerprint) of planned requests, by request."""
    rows = db.execute(_BY_REQUEST, {"plan": plan_id, "ids": list(ids)}) if ids else ()
    return {row.request_id: (row.position, row.fingerprint) for row in rows}


class Held:
    """What a job that applies a plan compares each request with, just before it is written down to be sent."""

    def __init__(self, db: Connection, lane: Lane, plan_id: int) -> None:
        self.lane, self.plan_id = lane, plan_id
        self._created = IdSet()
        for id in db.execute(_CREATES, {"plan": plan_id}).scalars():
            self._created.add(id)

    def to_the_plan(
        self, db: Connection, decided: Sequence[tuple[Row[Any], Decision]]
    ) -> list[tuple[Row[Any], Decision]]:
        """The same decisions, but what would not go out as planned is stopped with `plan_changed`."""
        sends = [row.id for row, decision in decided if isinstance(decision, Send)]
        stored = _prints(db, self.plan_id, sends)
        return [
            (row, self._stop(stored.get(row.id), decision) or decision)
            if isinstance(decision, Send)
            else (row, decision)
            for row, decision in decided
        ]

    def _stop(self, stored: tuple[int, str] | None, send: Send) -> Stop | None:
        before, now = stored[1] if stored else "", fingerprint(send, self._created)
        if before == now:
            return None
        what = what_changed(before, now) if before else "its request"
        return Stop(
            fault=Fault(
                error=ErrorClass.TRANSIENT,
                code="plan_changed",
                message=f"It was not sent, for it is no longer what plan {self.plan_id} shows: {what} changed.",
                fix="Look at a new plan, or sync without a plan.",
            )
        )
