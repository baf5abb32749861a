"""A conflict is one row: its cause, what it blocks, and the actions that resolve it (rule C9)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from hub.model import RecordType
from hub.queue import Core, Lane, describe
from hub.store import Database
from hub.store.tables import conflicts, records, requests


class Kind(StrEnum):
    """What two sides disagree about."""

    DUPLICATE_NAME = "duplicate_name"
    BOTH_CHANGED = "both_changed"
    SEVERAL_MATCHES = "several_matches"
    CHECK_BY_HAND = "check_by_hand"


_ACTIONS = {
    Kind.DUPLICATE_NAME: (
        "rename it in the source: hub put {company} {type} {source_id} FILE",
        "it is the same one: hub link {company} {type} {source_id} --name NAME --keep source|books",
        "post with the other instead: hub proxy set {company} {type} {source_id} --name NAME",
        "let the books win: hub queue remove {connection} {psr}, then touch the entity in the books",
    ),
    Kind.BOTH_CHANGED: (
        "keep the source's values: hub link {company} {type} {source_id} --remote-id {remote_id} --keep source",
        "keep the books' values: hub link {company} {type} {source_id} --remote-id {remote_id} --keep books",
    ),
    Kind.SEVERAL_MATCHES: (
        "choose one: hub link {company} {type} {source_id} --remote-id ID --keep source|books",
        "rename all but one of them",
    ),
    Kind.CHECK_BY_HAND: (
        "it is in the books: hub link {company} {type} {source_id} --remote-id ID --keep source",
        "it is not in the books: hub queue release {connection} {psr} --reason TEXT",
    ),
}


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
    db.execute(database.insert(conflicts).on_conflict_do_nothing(), rows)


_RESOLVE = (
    update(conflicts)
    .where(
        conflicts.c.connection_id == bindparam("lane"),
        conflicts.c.record_id.in_(bindparam("ids", expanding=True)),
        conflicts.c.kind.in_(bindparam("kinds", expanding=True)),
        conflicts.c.resolved_at.is_(None),
    )
    .values(resolved_at=bindparam("b_now"), resolution=bindparam("b_how"))
)


def resolve_conflicts(
    db: Connection,
    connection_id: int,
    record_ids: Collection[int],
    now: datetime,
    how: str,
    kinds: Collection[Kind] = tuple(Kind),
) -> None:
    """Close the open conflicts of these kinds that these records have on this connection; `how` says why."""
    if record_ids:
        given = {"lane": connection_id, "ids": list(record_ids), "kinds": [kind.value for kind in kinds]}
        db.execute(_RESOLVE, {**given, "b_now": now, "b_how": how})


def list_conflicts(core: Core, lane: Lane, *, limit: int = 200) -> dict[str, Any]:
    """The open conflicts of a connection, oldest first, each with what it blocks and the actions that resolve it."""
    with core.database.read() as db:
        found = (
            db.execute(
                select(conflicts, records.c.type, records.c.source_id, records.c.title)
                .join(records, records.c.id == conflicts.c.record_id)
                .where(conflicts.c.connection_id == lane.id, conflicts.c.resolved_at.is_(None))
                .order_by(conflicts.c.id)
                .limit(limit + 1)
            )
            .mappings()
            .all()
        )
        subjects = [f"{RecordType(row['type']).words} {row['source_id']}" for row in found]
        own = [row["record_id"] for row in found]
        waiting = (
            db.execute(
                select(requests)
                .where(
                    requests.c.connection_id == lane.id,
                    requests.c.record_id.in_(own) | requests.c.waits_for.in_(subjects),
                )
                .order_by(requests.c.id)
            )
            .mappings()
            .all()
        )
    blocked: dict[object, list[dict[str, Any]]] = {}
    for row in waiting:
        blocked.setdefault(row["waits_for"], []).append(describe(row, lane.label))
        blocked.setdefault(row["record_id"], []).append(describe(row, lane.label))
    items = [
        _describe(row, lane, {one["id"]: one for key in (row["record_id"], subject) for one in blocked.get(key, ())})
        for row, subject in zip(found, subjects, strict=True)
    ]
    return {"items": items[:limit], "next": None, "total": len(items)}


def _describe(row: Any, lane: Lane, blocks: dict[int, dict[str, Any]]) -> dict[str, Any]:
    own = next((id for id, request in blocks.items() if request["source_id"] == row["source_id"]), "PSR")
    words = {
        "company": lane.company,
        "connection": lane.label,
        "type": row["type"],
        "source_id": row["source_id"],
        "remote_id": row["remote_id"] or "ID",
        "psr": own,
    }
    return {
        "id": row["id"],
        "connection": lane.label,
        "kind": row["kind"],
        "type": row["type"],
        "source_id": row["source_id"],
        "title": row["title"],
        "message": row["message"],
        "remote_id": row["remote_id"],
        "details": row["details"],
        "blocks": [
            {key: request[key] for key in ("id", "type", "source_id", "title", "operation")}
            for request in blocks.values()
        ],
        "actions": [action.format(**words) for action in _ACTIONS[Kind(row["kind"])]],
        "opened_at": row["opened_at"].isoformat(),
    }
