"""Requests go back to the queue: same row, same place, merged with what was queued behind them meanwhile (Q7, Q8)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, case, select, update

from hub.errors import ErrorClass
from hub.jobs.lease import Lease
from hub.queue import State
from hub.queue.apply import BY_ITSELF
from hub.queue.comeback import TOO_OFTEN, merge_returning
from hub.store.among import among
from hub.store.tables import requests


def give_back(db: Connection, lease: Lease, rows: Sequence[Row[Any]]) -> None:
    """Return requests that surely did not take effect. One that failed too often in one way is held (Q15)."""
    if not rows:
        return
    merged = merge_returning(
        db, lease.lane.id, [row.record_id for row in rows], {row.id for row in rows}, lease.lane.policy.hold_after
    )
    rest = [row.id for row in rows if row.id not in merged]
    if rest:
        db.execute(_BACK, {"ids": rest, "b_limit": lease.lane.policy.hold_after})


_often = requests.c.error_count >= bindparam("b_limit")
_BACK = (
    update(requests)
    .where(among(requests.c.id, "ids"))
    .values(
        state=case((_often, State.HELD.value), else_=State.WAITING.value),
        held_by=case((_often, BY_ITSELF), else_=None),
        reason=case((_often, TOO_OFTEN), else_=requests.c.reason),
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
            (requests.c.first_sent.is_not(None), bindparam("b_fix")),
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
    merge_returning(db, lease.lane.id, list(db.execute(crowded).scalars()), None)
    locked = select(requests.c.last_sent).where(requests.c.job_id == lease.job_id, requests.c.state == State.LOCKED)
    doubtful = db.execute(locked.where(requests.c.first_sent.is_not(None))).scalars().all()
    given = {"b_job": lease.job_id, "b_reason": reason, "b_until": until, "b_fix": _look_again(lease, doubtful)}
    rest: int = db.execute(_REST, given).rowcount
    return rest - len(doubtful), len(doubtful)


def _look_again(lease: Lease, given_up: Sequence[datetime | None]) -> str:
    """What to do about a doubt, and from when on that helps: until then it may still land (X3)."""
    settle = timedelta(seconds=lease.lane.capabilities.settle if lease.lane.capabilities else 0)
    settled = max((each + settle for each in given_up if each is not None), default=lease.core.now())
    after = f" after {settled:%Y-%m-%d %H:%M:%S} UTC" if settled > lease.core.now() else ""
    return f"Sync again{after}: the hub looks in the books before it sends anything."
