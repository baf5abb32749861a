"""A conflict is one row: its cause, what it blocks, and the actions that resolve it (rule C9)."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, exists, select, update

from hub.model import RecordType
from hub.queue import HUB, Core, Lane, describe
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


_ACTIONS = {
    Kind.DUPLICATE_NAME: (
        "rename it in the source: hub put {company} {type} {source_id} FILE",
        "it is the same one, and the source's values win: hub link {company} {type} {source_id} --remote-id {remote_id}"
        " --keep source --connection {connection}",
        "it is the same one, and the books' values win: hub link {company} {type} {source_id} --remote-id {remote_id}"
        " --keep books --connection {connection}",
        "post with the other instead: hub proxy set {company} {type} {source_id} --remote-id {remote_id}"
        " --connection {connection}",
        "let the books win: hub queue remove {connection} {psr}, then save the entity once more in the books",
    ),
    Kind.BOTH_CHANGED: (
        "keep the source's values: hub link {company} {type} {source_id} --remote-id {remote_id} --keep source"
        " --connection {connection}",
        "keep the books' values: hub link {company} {type} {source_id} --remote-id {remote_id} --keep books"
        " --connection {connection}",
    ),
    Kind.SEVERAL_MATCHES: (
        "choose one: hub link {company} {type} {source_id} --remote-id ID --keep source|books"
        " --connection {connection}",
        "rename all but one of them, then touch the entity in the books",
    ),
    Kind.CHECK_BY_HAND: (
        "it is in the books: hub link {company} {type} {source_id} --remote-id ID --keep source"
        " --connection {connection}",
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
) -> None:
    """Close the open conflicts of these kinds that these records have on this connection; `how` says why.

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
        write_audit(db, company, HUB, now, notes)


def settle_released(db: Connection, connection_id: int, request_ids: Sequence[int], now: datetime) -> None:
    """Requests that were to be checked by hand were released: whoever did so has looked, and it is not in the books."""
    for start in range(0, len(request_ids), CHUNK):
        about = select(requests.c.record_id).where(requests.c.id.in_(request_ids[start : start + CHUNK]))
        ids = list(db.execute(about).scalars())
        resolve_conflicts(db, connection_id, ids, now, "released as not in the books", [Kind.CHECK_BY_HAND])


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
        subjects = [_subject(row) for row in found]
        own = _requests(db, lane, requests.c.record_id.in_([row["record_id"] for row in found]))
        held_up = _held_up(db, lane, subjects)
    items = [
        _describe(
            row,
            lane,
            [each for each in own if (each["type"], each["source_id"]) == (row["type"], row["source_id"])],
            _behind(subject, held_up),
        )
        for row, subject in zip(found, subjects, strict=True)
    ]
    return {"items": items[:limit], "next": None, "total": len(items)}


def _requests(db: Connection, lane: Lane, condition: ColumnElement[bool]) -> list[dict[str, Any]]:
    query = select(requests).where(requests.c.connection_id == lane.id, condition).order_by(requests.c.id)
    return [describe(row, lane.label) for row in db.execute(query).mappings()]


def _subject(of: Any) -> str:
    return f"{RecordType(of['type']).words} {of['source_id']}"


def _held_up(db: Connection, lane: Lane, subjects: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """The requests that wait for these records, and those that wait for them in turn, by what they wait for."""
    found: dict[str, list[dict[str, Any]]] = {}
    asked = set(subjects)
    while asked:
        waiting = _requests(db, lane, requests.c.waits_for.in_(asked))
        for request in waiting:
            found.setdefault(request["waits_for"], []).append(request)
        asked = {_subject(request) for request in waiting} - found.keys()
    return found


def _behind(subject: str, held_up: Mapping[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Everything that the record blocks, the nearest first."""
    behind: dict[int, dict[str, Any]] = {}
    nearest = [subject]
    while nearest:
        new = [each for of in nearest for each in held_up.get(of, ()) if each["id"] not in behind]
        behind |= {each["id"]: each for each in new}
        nearest = [_subject(each) for each in new]
    return list(behind.values())


def _describe(row: Any, lane: Lane, own: list[dict[str, Any]], behind: list[dict[str, Any]]) -> dict[str, Any]:
    words = {
        "company": lane.company,
        "connection": lane.label,
        "type": row["type"],
        "source_id": row["source_id"],
        "remote_id": row["remote_id"] or "ID",
        "psr": own[0]["id"] if own else "PSR",
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
            for request in (*own, *behind)
        ],
        "actions": _open_ways(row, words),
        "opened_at": row["opened_at"].isoformat(),
    }


def _open_ways(row: Any, words: Mapping[str, Any]) -> list[str]:
    """The actions as commands that can be pasted; one that the rules would refuse here is not offered."""
    other_type = row["details"].get("remote_type", row["type"]) != row["type"]
    needs_object = row["kind"] == Kind.DUPLICATE_NAME and (other_type or row["remote_id"] is None)
    quoted = {name: shlex.quote(str(word)) for name, word in words.items()}
    return [
        action.format(**quoted)
        for action in _ACTIONS[Kind(row["kind"])]
        if not (needs_object and "{remote_id}" in action)
    ]
