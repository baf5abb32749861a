"""A conflict is one row: its cause, what it blocks, and the actions that resolve it (rule C9)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, bindparam, exists, select, update

from hub.queue import HUB, Actor, Lane
from hub.queue.trail import Note, write_audit
from hub.store import Database
from hub.store.among import among
from hub.store.tables import conflicts, connections, links, records, requests

CHUNK = 1000
"""Ids in one statement at most; databases limit how many values it may carry."""


class Kind(StrEnum):
    """What two sides disagree about."""

    DUPLICATE_NAME = "duplicate_name"
    BOTH_CHANGED = "both_changed"
    SEVERAL_MATCHES = "several_matches"
    CHECK_BY_HAND = "check_by_hand"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A conflict met with a record; `details` is JSON-ready."""

    record_id: int
    kind: Kind
    message: str
    remote_id: str | None = None
    details: dict[str, Any] = field(default_factory=dict)


def open_conflicts(db: Connection, database: Database, lane: Lane, met: Sequence[Opened], now: datetime) -> None:
    """Write conflicts down; one of the same record and kind that is open already stays the one it is."""
    if not met:
        return
    rows = [
        {
            "connection_id": lane.id,
            "record_id": conflict.record_id,
            "kind": conflict.kind.value,
            "message": conflict.message,
            "remote_id": conflict.remote_id,
            "details": conflict.details,
            "opened_at": now,
        }
        for conflict in met
    ]
    opening = database.insert(conflicts).on_conflict_do_nothing().returning(*_WHAT, conflicts.c.message)
    notes = [
        Note(
            action="conflict_opened",
            record_id=row.record_id,
            connection_id=lane.id,
            details={"kind": row.kind, "message": row.message},
        )
        for row in db.execute(opening, rows).all()
    ]
    write_audit(db, lane.company, HUB, now, notes)


_WHAT = (conflicts.c.record_id, conflicts.c.kind)
_ANY_OPEN = (
    select(conflicts.c.id)
    .where(conflicts.c.connection_id == bindparam("lane"), conflicts.c.resolved_at.is_(None))
    .limit(1)
)
_RESOLVE = (
    update(conflicts)
    .where(
        conflicts.c.connection_id == bindparam("lane"),
        among(conflicts.c.record_id, "ids"),
        conflicts.c.kind.in_(bindparam("kinds", expanding=True)),
        conflicts.c.resolved_at.is_(None),
    )
    .values(resolved_at=bindparam("b_now"), resolution=bindparam("b_how"))
    .returning(*_WHAT, conflicts.c.resolution)
)


_rival = conflicts.alias("rival")
_NO_CHOICE = (
    update(conflicts)
    .where(
        conflicts.c.connection_id == bindparam("lane"),
        conflicts.c.kind == Kind.SEVERAL_MATCHES,
        conflicts.c.resolved_at.is_(None),
        exists().where(
            links.c.connection_id == conflicts.c.connection_id,
            links.c.remote_id == conflicts.c.remote_id,
            records.c.id == conflicts.c.record_id,
            links.c.remote_type == records.c.type,
        )
        | ~exists().where(
            _rival.c.connection_id == conflicts.c.connection_id,
            _rival.c.remote_id == conflicts.c.remote_id,
            _rival.c.kind == conflicts.c.kind,
            _rival.c.resolved_at.is_(None),
            _rival.c.id != conflicts.c.id,
        ),
    )
    .values(resolved_at=bindparam("b_now"), resolution="nothing is left to choose from")
    .returning(*_WHAT, conflicts.c.resolution)
)


def resolve_conflicts(
    db: Connection,
    connection_id: int,
    record_ids: Collection[int],
    now: datetime,
    how: str,
    kinds: Collection[Kind] = tuple(Kind),
    *,
    actor: Actor = HUB,
) -> None:
    """Close the open conflicts of these kinds that these records have on this connection; `how` says why, `actor` who.

    What one of several matches settles is settled for the others too, where nothing is left to choose from.
    """
    if not record_ids or not db.execute(_ANY_OPEN, {"lane": connection_id}).first():
        return
    given = {"lane": connection_id, "b_now": now}
    chosen = {"ids": list(record_ids), "kinds": [kind.value for kind in kinds], "b_how": how}
    closed = list(db.execute(_RESOLVE, {**given, **chosen}).all())
    if closed and Kind.SEVERAL_MATCHES in kinds:
        closed += db.execute(_NO_CHOICE, given).all()
    if closed:
        company = db.execute(select(connections.c.company_id).where(connections.c.id == connection_id)).scalar_one()
        notes = [
            Note(
                action="conflict_settled",
                record_id=row.record_id,
                connection_id=connection_id,
                details={"kind": row.kind, "how": row.resolution},
            )
            for row in closed
        ]
        write_audit(db, company, actor, now, notes)


def settle_released(
    db: Connection, connection_id: int, request_ids: Sequence[int], now: datetime, actor: Actor
) -> None:
    """Requests that were to be checked by hand were released: whoever did so has looked, and it is not in the books."""
    for start in range(0, len(request_ids), CHUNK):
        about = select(requests.c.record_id).where(requests.c.id.in_(request_ids[start : start + CHUNK]))
        ids = list(db.execute(about).scalars())
        how = "released as not in the books"
        resolve_conflicts(db, connection_id, ids, now, how, [Kind.CHECK_BY_HAND], actor=actor)
