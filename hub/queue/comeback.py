"""A request comes back to the queue and meets those that were queued behind it: they become one (Q7, Q8)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, select, update

from hub.model import Operation, RecordType
from hub.queue.apply import BY_ITSELF
from hub.queue.merge import Queued, fold_back
from hub.queue.order import rank
from hub.queue.standing import NOT_RECORDED, State
from hub.store.among import among
from hub.store.tables import requests

TOO_OFTEN = "held: it failed too often in the same way"

_UNSENT = select(requests).where(
    requests.c.connection_id == bindparam("lane"),
    among(requests.c.record_id, "ids"),
    requests.c.state.in_([State.WAITING, State.HELD])
    | ((requests.c.state == State.LOCKED) & requests.c.first_sent.is_(None)),
)


def merge_returning(
    db: Connection,
    connection_id: int,
    record_ids: Sequence[int],
    returning: Collection[int] | None,
    hold_after: int | None = None,
) -> set[int]:
    """Merge requests that return (None: every one that was not sent) with those behind them; ids of those dealt with.

    A returning one is locked and has no key in use. A locked request behind a returning one cannot be sent any more,
    so it merges too when there is something to merge.
    """
    by_record: dict[int, list[Row[Any]]] = {}
    for row in db.execute(_UNSENT.order_by(requests.c.id), {"lane": connection_id, "ids": list(record_ids)}):
        by_record.setdefault(row.record_id, []).append(row)
    dealt: set[int] = set()
    for rows in by_record.values():
        if len(rows) > 1:
            dealt |= _fold(db, rows, returning, hold_after)
    return dealt


def _fold(db: Connection, rows: list[Row[Any]], returning: Collection[int] | None, hold_after: int | None) -> set[int]:
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
            often = untouched and hold_after is not None and by_id[id].error_count >= hold_after
            _return_as(db, by_id[id], keep, by_id[newest], too_often=often)
    return set(outcome)


def _return_as(db: Connection, row: Row[Any], keep: Operation, newest: Row[Any], *, too_often: bool) -> None:
    held = newest.state == State.HELD
    holder, why = (BY_ITSELF, TOO_OFTEN) if too_often else (newest.held_by, newest.reason)
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
            currency=newest.currency,
            date=newest.date,
            rank=rank(RecordType(row.type), keep),
            state=State.HELD if held or too_often else State.WAITING,
            held_by=holder if held or too_often else None,
            reason=why if held or too_often else NOT_RECORDED if unrecorded else None,
            job_id=None,
            first_sent=None,
            last_sent=None,
        )
    )
