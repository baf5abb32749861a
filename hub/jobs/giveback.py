"""Requests go back to the queue: same row, same place, merged with what was queued behind them meanwhile (Q7, Q8)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, case, delete, select, update

from hub.errors import ErrorClass
from hub.jobs.lease import Lease
from hub.model import Operation, RecordType
from hub.queue import NOT_RECORDED, Queued, State, fold_back
from hub.queue.apply import HUB_HOLDS
from hub.queue.order import rank
from hub.store.tables import requests

_ids: Any = bindparam("ids", expanding=True)


def give_back(db: Connection, lease: Lease, rows: Sequence[Row[Any]]) -> None:
    """Return requests that surely did not take effect. One that failed too often in one way is held (Q15)."""
    if not rows:
        return
    merged = _merge(db, lease, [row.record_id for row in rows], {row.id for row in rows})
    rest = [row.id for row in rows if row.id not in merged]
    if rest:
        db.execute(_BACK, {"ids": rest, "b_limit": lease.lane.policy.hold_after})


_often = requests.c.error_count >= bindparam("b_limit")
_BACK = (
    update(requests)
    .where(requests.c.id.in_(_ids))
    .values(
        state=case((_often, State.HELD.value), else_=State.WAITING.value),
        held_by=case((_often, HUB_HOLDS), else_=None),
        reason=case((_often, "held: it failed too often in the same way"), else_=requests.c.reason),
        job_id=None,
        first_sent=None,
        last_sent=None,
    )
)

_UNSENT = select(requests).where(
    requests.c.connection_id == bindparam("lane"),
    requests.c.record_id.in_(_ids),
    requests.c.state.in_([State.WAITING, State.HELD])
    | ((requests.c.state == State.LOCKED) & requests.c.first_sent.is_(None)),
)


def _merge(db: Connection, lease: Lease, record_ids: Sequence[int], returning: Collection[int] | None) -> set[int]:
    """Merge returning requests with those behind them; the ids of those that are dealt with.

    A locked request behind a returning one cannot be sent any more, so it merges too when there is something to merge.
    """
    by_record: dict[int, list[Row[Any]]] = {}
    for row in db.execute(_UNSENT.order_by(requests.c.id), {"lane": lease.lane.id, "ids": list(record_ids)}):
        by_record.setdefault(row.record_id, []).append(row)
    dealt: set[int] = set()
    for rows in by_record.values():
        if len(rows) > 1:
            dealt |= _fold(db, rows, returning)
    return dealt


def _fold(db: Connection, rows: list[Row[Any]], returning: Collection[int] | None) -> set[int]:
    by_id = {row.id: row for row in rows}
    first = min((row.id for row in rows if returning is None or row.id in returning), default=None)
    if first is None:
        return set()
    queue = [
        Queued(id=row.id, operation=Operation(row.operation), waits=row.state != State.LOCKED)
        for row in rows
        if row.id >= first
    ]
    outcome = fold_back(queue)
    gone = [id for id, (keep, _) in outcome.items() if keep is None]
    if gone:
        db.execute(delete(requests).where(requests.c.id.in_(gone)))
    for id, (keep, newest) in outcome.items():
        untouched = keep == by_id[id].operation and newest == id
        stays_locked = untouched and returning is not None and id not in returning
        if keep is not None and not stays_locked:
            _return_as(db, by_id[id], keep, by_id[newest])
    return set(outcome)


def _return_as(db: Connection, row: Row[Any], keep: Operation, newest: Row[Any]) -> None:
    held = newest.state == State.HELD
    unrecorded = newest.reason == NOT_RECORDED and keep is not Operation.DELETE
    db.execute(
        update(requests)
        .where(requests.c.id == row.id)
        .values(
            operation=keep.value,
            removal=keep is Operation.DELETE,
            origin=newest.origin,
            title=newest.title,
            amount=newest.amount,
            date=newest.date,
            rank=rank(RecordType(row.type), keep),
            state=State.HELD if held else State.WAITING,
            held_by=newest.held_by if held else None,
            reason=newest.reason if held else NOT_RECORDED if unrecorded else None,
            job_id=None,
            first_sent=None,
            last_sent=None,
        )
    )


_REST = (
    update(requests)
    .where(requests.c.job_id == bindparam("b_job"), requests.c.state == State.LOCKED)
    .values(
        state=case((requests.c.first_sent.is_not(None), State.UNKNOWN.value), else_=State.WAITING.value),
        error_class=case(
            (requests.c.first_sent.is_not(None), ErrorClass.UNKNOWN_OUTCOME.value), else_=requests.c.error_class
        ),
        error_code=case((requests.c.first_sent.is_not(None), "outcome_unknown"), else_=requests.c.error_code),
        error_message=case(
            (requests.c.first_sent.is_not(None), "It was sent, and no trustworthy answer came back."),
            else_=requests.c.error_message,
        ),
        error_fix=case(
            (requests.c.first_sent.is_not(None), "Sync again: the hub looks in the books before it sends anything."),
            else_=requests.c.error_fix,
        ),
        reason=case((requests.c.first_sent.is_not(None), requests.c.reason), else_=bindparam("b_reason")),
        not_before=bindparam("b_until"),
        job_id=None,
    )
)


def give_back_rest(db: Connection, lease: Lease, reason: str | None, until: Any = None) -> tuple[int, int]:
    """Return everything the job still holds: unsent to the queue, the rest as *unknown*. How many (unsent, unknown)."""
    other = requests.alias("other")
    crowded = (
        select(requests.c.record_id)
        .join(
            other,
            (other.c.connection_id == requests.c.connection_id)
            & (other.c.record_id == requests.c.record_id)
            & other.c.state.in_([State.WAITING, State.HELD]),
        )
        .where(requests.c.job_id == lease.job_id, requests.c.state == State.LOCKED, requests.c.first_sent.is_(None))
    )
    _merge(db, lease, list(db.execute(crowded).scalars()), None)
    locked = select(requests.c.id).where(requests.c.job_id == lease.job_id, requests.c.state == State.LOCKED)
    doubtful = len(db.execute(locked.where(requests.c.first_sent.is_not(None))).all())
    rest: int = db.execute(_REST, {"b_job": lease.job_id, "b_reason": reason, "b_until": until}).rowcount
    return rest - doubtful, doubtful
