"""Entities as the books hold them, brought into the model's spelling, and laid over a record of ours."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from hub.adapters import RemoteObject, RemoteRef
from hub.errors import HubError, InvalidInput
from hub.model import Record, RecordType, parse_record, record_data
from hub.queue import Core, Lane
from hub.store.rows import NewRows
from hub.store.tables import links


def books_data(found: RemoteObject) -> dict[str, Any]:
    """The fields the books keep, spelled as :func:`hub.model.record_data` does; an emptied one is None.

    Raises:
        InvalidInput: when the books hold something that this model cannot.
    """
    given = {field: value for field, value in found.data.items() if value is not None}
    spelled = record_data(parse_record(found.type, {**given, "name": found.name, "active": found.active}))
    return {**dict.fromkeys(found.data), **spelled}


def agreed(type: RecordType, base: str | None) -> dict[str, Any]:
    """The last agreed snapshot of a link, in the spelling that both sides are compared in."""
    held = json.loads(base) if base else {}
    if not held:
        return {}
    return record_data(parse_record(type, {field: value for field, value in held.items() if value is not None}))


def overlay(type: RecordType, ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> Record:
    """Our record with the books' values laid over it: theirs win, fields they do not keep stay."""
    merged = {**ours, **theirs}
    if {**ours.get("custom", {}), **theirs.get("custom", {})}:
        merged["custom"] = {**ours.get("custom", {}), **(theirs.get("custom") or {})}
    return parse_record(type, {field: value for field, value in merged.items() if value is not None})


def readable(found: RemoteObject) -> dict[str, Any] | None:
    """As :func:`books_data`, or None where the books hold what the model cannot: never a reason to stop."""
    try:
        return books_data(found)
    except InvalidInput:
        return None


def page_of(core: Core, lane: Lane, type: RecordType, remote_id: str) -> str | None:
    """The address at which a person sees the object in the books; None where there is none, or no way to tell."""
    try:
        return core.relay(lane).record_url(RemoteRef(type=type, remote_id=remote_id), lane.policy.posts_as(type))
    except HubError:
        return None


def write_links(db: Connection, rows: list[dict[str, Any]]) -> None:
    """Link records, or renew what is known of links; each row has every column of the table."""
    # The last of several for one record is what is known; one statement may renew a row only once.
    _LINKS.write(db, list({(row["connection_id"], row["record_id"]): row for row in rows}.values()))


_known = ("remote_type", "remote_id", "remote_version", "remote_name", "base", "remote_date", "detached_at")
_LINKS = NewRows(
    links,
    *("connection_id", "record_id", *_known, "linked_at"),
    or_else=f"(connection_id, record_id) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in _known)}",
)
