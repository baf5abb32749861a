"""What a job decides without sending anything: each is one step away from the job, with its reason (J3, X5)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, func, update

from hub.conflicts import Opened, open_conflicts
from hub.errors import ErrorClass
from hub.jobs.decisions import Skip, Stop, Wait
from hub.jobs.giveback import give_back
from hub.jobs.lease import Lease
from hub.store.among import among
from hub.store.history import append
from hub.store.tables import divergences, requests, unsent

Unsent = tuple[Row[Any], Wait | Stop | Skip]

_GONE = delete(requests).where(among(requests.c.id, "ids"))
_WAITS = (
    update(requests)
    .where(requests.c.id == bindparam("b_id"))
    .values(
        waits_for=bindparam("b_for"),
        reason=func.coalesce(bindparam("b_reason"), requests.c.reason),
        error_class=None,
        error_code=None,
        error_message=None,
        error_fix=None,
    )
)
_STOPPED = (
    update(requests)
    .where(requests.c.id == bindparam("b_id"))
    .values(
        error_class=bindparam("b_class"),
        error_code=bindparam("b_code"),
        error_message=bindparam("b_message"),
        error_fix=bindparam("b_fix"),
    )
)


def leave_unsent(db: Connection, lease: Lease, decided: Sequence[Unsent], now: datetime) -> None:
    """Skipped requests leave the queue; the others go back to it, waiting or with their error, uncounted (Q15)."""
    if not decided:
        return
    skipped = [row.id for row, decision in decided if isinstance(decision, Skip)]
    if skipped:
        db.execute(_GONE, {"ids": skipped})
    _diverge(db, lease, decided, now)
    give_back(db, lease, [row for row, decision in decided if not isinstance(decision, Skip)])
    told, waits, stops, met = [], [], [], []
    for row, decision in decided:
        match decision:
            case Skip():
                if decision.reason is None:
                    continue
                outcome, words = "excluded", {"message": decision.reason}
            case Wait():
                why = f"It waits for {decision.waits_for}." if decision.waits_for else f"It waits: {decision.reason}."
                outcome, words = "waiting", {"message": why}
                waits.append({"b_id": row.id, "b_for": decision.waits_for, "b_reason": decision.reason})
            case Stop():
                fault = decision.fault
                outcome = "conflict" if fault.error is ErrorClass.CONFLICT else "rejected"
                words = {
                    "error_class": fault.error.value,
                    "error_code": fault.code,
                    "message": fault.message,
                    "fix": fault.fix,
                }
                stops.append({"b_id": row.id, "b_class": fault.error.value, "b_code": fault.code,
                              "b_message": fault.message, "b_fix": fault.fix})  # fmt: skip
                if decision.kind:
                    met.append(
                        Opened(
                            record_id=row.record_id,
                            kind=decision.kind,
                            message=fault.message,
                            remote_id=decision.remote_id,
                        )
                    )
        lease.count(outcome)
        told.append({**_NO_ERROR, "job_id": lease.job_id, "request_id": row.id, "record_id": row.record_id,
                     "operation": row.operation, "outcome": outcome, "at": now, **words})  # fmt: skip
    if waits:
        db.execute(_WAITS, waits)
    if stops:
        db.execute(_STOPPED, stops)
    if told:
        append(db, unsent, told)
    open_conflicts(db, lease.core.database, lease.lane, met, now)


def _diverge(db: Connection, lease: Lease, decided: Sequence[Unsent], now: datetime) -> None:
    """What the books keep as it is, though the source has changed or removed it, is not in step with them (Q9, X8)."""
    apart = [
        {"connection_id": lease.lane.id, "record_id": row.record_id, "reason": decision.reason, "since": now}
        for row, decision in decided
        if isinstance(decision, Skip) and decision.reason and row.remote_id is not None
    ]
    if apart:
        db.execute(lease.core.database.insert(divergences).on_conflict_do_nothing(), apart)


_NO_ERROR = {"error_class": None, "error_code": None, "fix": None}
