"""A person can hold requests and release them; a request that keeps failing holds itself (rule Q15)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, case, exists, select, update

from hub.errors import InvalidInput, NotFound, Refused
from hub.queue.apply import BY_ITSELF
from hub.queue.comeback import merge_returning
from hub.queue.core import Actor, Lane
from hub.queue.standing import NOT_RECORDED, State
from hub.queue.trail import Note, write_audit
from hub.store.tables import records, requests

SLICE = 1000
"""So many ids go into one statement; databases allow only so many parameters."""


def hold(db: Connection, lane: Lane, ids: Sequence[int], reason: str, actor: Actor, now: datetime) -> int:
    """Hold waiting requests until somebody releases them; how many it were.

    Raises:
        InvalidInput: `reason_missing`. Refused: `request_locked` when a job has one of them.
    """
    if not reason.strip():
        raise InvalidInput("A hold needs a reason.", code="reason_missing", fix="Say why.")
    return sum(_hold(db, lane, ids[at : at + SLICE], reason, actor, now) for at in range(0, len(ids), SLICE))


def _hold(db: Connection, lane: Lane, ids: Sequence[int], reason: str, actor: Actor, now: datetime) -> int:
    states = _states(db, lane, ids)
    for state in states.values():
        if state in (State.LOCKED, State.UNKNOWN):
            raise Refused(
                "A request that a job has sent cannot be held.", code="request_locked", fix="Wait for the job to end."
            )
    held = (
        update(requests)
        .where(requests.c.id.in_(ids), requests.c.state.in_([State.WAITING, State.HELD]))
        .values(state=State.HELD, held_by=actor.name, reason=f"held by {actor.name}: {reason.strip()}")
    )
    return _noted(db, lane, "hold", db.execute(held.returning(*_WHOSE)).all(), reason, actor, now)


def release(
    db: Connection, lane: Lane, ids: Sequence[int], actor: Actor, now: datetime, reason: str | None = None
) -> int:
    """Let held requests go on, with their failures forgiven; how many it were.

    A request to be checked by hand is released as *not in the books*: the next job sends it under a new key. A removal
    that the books refused because the object was changed there is released to remove it all the same.
    """
    released = sum(_release(db, lane, ids[at : at + SLICE], reason, actor, now) for at in range(0, len(ids), SLICE))
    if not released:
        raise Refused(
            "None of these requests is held.",
            code="not_held",
            fix="Only held requests, and those to be checked by hand, can be released.",
        )
    return released


def _release(db: Connection, lane: Lane, ids: Sequence[int], reason: str | None, actor: Actor, now: datetime) -> int:
    _states(db, lane, ids)
    waiting = {**_FRESH, "confirmed": True}
    changed_there = (requests.c.state == State.WAITING) & (requests.c.error_code == "stale_version")
    held = (
        update(requests).where(requests.c.id.in_(ids), (requests.c.state == State.HELD) | changed_there).values(waiting)
    )
    released = [*db.execute(held.returning(*_WHOSE)), *_not_in_the_books(db, lane, ids, waiting)]
    return _noted(db, lane, "release", released, reason, actor, now)


def retry(
    db: Connection, lane: Lane, ids: Sequence[int], actor: Actor, now: datetime, reason: str | None = None
) -> int:
    """Let the next job try again what failed or was put off, with its failures forgiven; how many it were.

    What holds itself after its failures is let go; what a person holds, and what nobody knows the fate of, stays.
    """
    return sum(_retry(db, lane, ids[at : at + SLICE], reason, actor, now) for at in range(0, len(ids), SLICE))


def _retry(db: Connection, lane: Lane, ids: Sequence[int], reason: str | None, actor: Actor, now: datetime) -> int:
    _states(db, lane, ids)
    failed = requests.c.error_class.is_not(None) | requests.c.not_before.is_not(None)
    by_itself = (requests.c.state == State.HELD) & (requests.c.held_by == BY_ITSELF)
    tried = update(requests).where(requests.c.id.in_(ids), failed, (requests.c.state == State.WAITING) | by_itself)
    again = db.execute(tried.values({**_FRESH, "not_before": None}).returning(*_WHOSE)).all()
    return _noted(db, lane, "retry", again, reason, actor, now)


_unrecorded = requests.c.removal.is_(False) & exists().where(
    records.c.id == requests.c.record_id, records.c.fully_recorded.is_(False)
)


_FRESH: dict[str, Any] = {
    "state": State.WAITING,
    "reason": case((_unrecorded, NOT_RECORDED), else_=None),
    "held_by": None,
    "error_count": 0,
    "error_class": None,
    "error_code": None,
    "error_message": None,
    "error_fix": None,
}


_WHOSE: tuple[Any, ...] = (requests.c.id, requests.c.record_id)


def _noted(
    db: Connection, lane: Lane, action: str, rows: Sequence[Row[Any]], reason: str | None, actor: Actor, now: datetime
) -> int:
    """One note for each request that it was done to, and for no other; how many."""
    notes = [
        Note(
            action=action,
            record_id=row.record_id,
            connection_id=lane.id,
            reason=reason,
            details={"request": row.id},
        )
        for row in sorted(rows, key=lambda row: row.id)
    ]
    write_audit(db, lane.company, actor, now, notes)
    return len(rows)


def _not_in_the_books(db: Connection, lane: Lane, ids: Sequence[int], waiting: dict[str, Any]) -> Sequence[Row[Any]]:
    """Release those to be checked by hand; each meets what was queued behind it while nobody knew."""
    by_hand = (requests.c.state == State.UNKNOWN) & (requests.c.error_code == "check_by_hand")
    rows = db.execute(select(*_WHOSE).where(requests.c.id.in_(ids), by_hand)).all()
    if not rows:
        return rows
    checked = [row.id for row in rows]
    fresh = {"generation": requests.c.generation + 1, "first_sent": None, "last_sent": None}
    db.execute(update(requests).where(requests.c.id.in_(checked)).values({**waiting, **fresh, "state": State.LOCKED}))
    merge_returning(db, lane.id, [row.record_id for row in rows], set(checked))
    alone = update(requests).where(requests.c.id.in_(checked), requests.c.state == State.LOCKED)
    db.execute(alone.values(state=State.WAITING))
    return rows


def _states(db: Connection, lane: Lane, ids: Sequence[int]) -> dict[int, str]:
    rows = db.execute(
        select(requests.c.id, requests.c.state).where(requests.c.connection_id == lane.id, requests.c.id.in_(ids))
    )
    states = {row.id: row.state for row in rows}
    missing = [str(id) for id in ids if id not in states]
    if missing:
        raise NotFound(
            f"Request {', '.join(missing)} is not in the queue of {lane.label}.",
            code="request_not_found",
            fix="Look at the queue.",
        )
    return states
