"""The open conflicts as people see them: what each is about, what it blocks, and the ways that resolve it (rule C9)."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, func, select

from hub.conflicts.ways import NOBODY, InBooks, find_holders, open_ways
from hub.errors import NotFound, Refused
from hub.model import RecordType
from hub.queue import Core, Lane, describe, read_cursor, write_cursor
from hub.store.tables import conflicts, records, requests


def list_conflicts(core: Core, lane: Lane, *, limit: int = 200, after: str | None = None) -> dict[str, Any]:
    """The open conflicts of a connection, oldest first, each with what it blocks and the ways that resolve it.

    Raises:
        InvalidInput: `bad_cursor`.
    """
    limit = max(1, min(limit, 1000))
    (start,) = read_cursor(after, int) if after else (0,)
    with core.database.read() as db:
        given = {"lane": lane.id, "after": start, "size": limit + 1}
        found = db.execute(_PAGE, given).mappings().all()
        total = db.execute(_TOTAL, {"lane": lane.id}).scalar_one()
        items = _described(db, lane, found[:limit])
    next = write_cursor(items[-1]["id"]) if len(found) > limit else None
    return {"items": items, "next": next, "total": total}


def find_conflict(core: Core, lane: Lane, id: int) -> dict[str, Any]:
    """One open conflict of a connection.

    Raises:
        NotFound: `conflict_not_found`. Refused: `conflict_settled`.
    """
    with core.database.read() as db:
        row = db.execute(_ONE, {"lane": lane.id, "id": id}).mappings().first()
        if row is None:
            raise NotFound(
                f"{lane.label} has no conflict {id}.", code="conflict_not_found", fix="Look at the list of conflicts."
            )
        if row["resolved_at"] is not None:
            raise Refused(
                f"This conflict is settled already: {row['resolution']}.",
                code="conflict_settled",
                fix="Nothing needs to be done.",
            )
        return _described(db, lane, [row])[0]


_mine = conflicts.c.connection_id == bindparam("lane")
_open = conflicts.c.resolved_at.is_(None)
_ALL = select(conflicts, records.c.type, records.c.source_id, records.c.title).join(
    records, records.c.id == conflicts.c.record_id
)
_PAGE = _ALL.where(_mine, _open, conflicts.c.id > bindparam("after")).order_by(conflicts.c.id).limit(bindparam("size"))
_ONE = _ALL.where(_mine, conflicts.c.id == bindparam("id"))
_TOTAL = select(func.count()).select_from(conflicts).where(_mine, _open, conflicts.c.record_id.is_not(None))


def _described(db: Connection, lane: Lane, found: Sequence[Any]) -> list[dict[str, Any]]:
    subjects = [_subject(row) for row in found]
    own = _requests(db, lane, requests.c.record_id.in_([row["record_id"] for row in found]))
    held_up = _held_up(db, lane, subjects)
    holders = find_holders(db, lane, found)
    return [
        _describe(
            row,
            lane,
            holders.get(row["id"], NOBODY),
            [each for each in own if (each["type"], each["source_id"]) == (row["type"], row["source_id"])],
            _behind(subject, held_up),
        )
        for row, subject in zip(found, subjects, strict=True)
    ]


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


def _describe(
    row: Any, lane: Lane, holder: InBooks, own: list[dict[str, Any]], behind: list[dict[str, Any]]
) -> dict[str, Any]:
    words = {
        "company": lane.company,
        "connection": lane.label,
        "type": row["type"],
        "source_id": row["source_id"],
        "remote_id": row["remote_id"] or holder.remote_id or "ID",
        "psr": own[0]["id"] if own else "PSR",
    }
    quoted = {name: shlex.quote(str(word)) for name, word in words.items()}
    ways = open_ways(row, holder, waits=bool(own))
    return {
        "id": row["id"],
        "connection": lane.label,
        "kind": row["kind"],
        "type": row["type"],
        "source_id": row["source_id"],
        "title": row["title"],
        "message": row["message"],
        "remote_id": row["remote_id"] or holder.remote_id,
        "details": row["details"],
        "blocks": [
            {key: request[key] for key in ("id", "type", "source_id", "title", "operation")}
            for request in (*own, *behind)
        ],
        "ways": list(dict.fromkeys(way.value for way, _ in ways)),
        "actions": [command.format(**quoted) for _, command in ways if command],
        "opened_at": row["opened_at"].isoformat(),
    }
