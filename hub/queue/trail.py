"""The audit trail and the change feed: both only ever grow (rules U9, V2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, insert

from hub.queue.core import Actor
from hub.store.history import append
from hub.store.tables import audit, events

WHOLE = "(hub)"
"""What is no company's business is audited under this name; no company can have it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One line of the audit trail (rules U9, V2)."""

    action: str
    record_id: int | None = None
    connection_id: int | None = None
    reason: str | None = None
    details: dict[str, Any] = field(default_factory=dict)


def write_audit(db: Connection, company: str, actor: Actor, now: datetime, notes: Sequence[Note]) -> None:
    """Append to the audit trail."""
    if notes:
        rows = [
            {
                "at": now,
                "actor": actor.name,
                "company_id": company,
                "connection_id": note.connection_id,
                "record_id": note.record_id,
                "action": note.action,
                "reason": note.reason,
                "details": note.details,
            }
            for note in notes
        ]
        append(db, audit, rows)


class EventKind(StrEnum):
    """What a source application is told of, so that it can keep in step."""

    RECORD_REOPENED = "record_reopened"
    RECORD_LINKED = "record_linked"
    ENTITY_CREATED = "entity_created"
    ENTITY_CHANGED = "entity_changed"
    ENTITY_GONE_FROM_BOOKS = "entity_gone_from_books"
    ENTITY_ABSORBED = "entity_absorbed"
    PAYMENT_IMPORTED = "payment_imported"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One entry of the change feed: what the source must apply on its side, as the new values."""

    kind: EventKind
    type: str
    source_id: str
    connection_id: int | None
    data: Mapping[str, Any] = field(default_factory=dict)


_EVENTS = insert(events)


def write_events(db: Connection, company: str, now: datetime, new: Sequence[Event]) -> None:
    """Append to the company's change feed, inside `Database.write(company)` and nowhere else.

    Writers of one company take turns until they have committed, so the ids of one company rise in the order of their
    commits, on PostgreSQL too, whose sequences alone promise no such thing. A reader that has seen an id never sees a
    smaller one of that company appear later.
    """
    if new:
        rows = [
            {
                "company_id": company,
                "connection_id": event.connection_id,
                "kind": event.kind.value,
                "type": event.type,
                "source_id": event.source_id,
                "data": dict(event.data),
                "at": now,
            }
            for event in new
        ]
        db.execute(_EVENTS, rows)
