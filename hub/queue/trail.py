"""The audit trail and the change feed: both only ever grow (rules U9, V2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert

from hub.queue.core import Actor
from hub.store.rows import NewRows
from hub.store.tables import audit, events


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
        _NEW.write(db, rows)


_NEW = NewRows(audit, "at", "actor", "company_id", "connection_id", "record_id", "action", "reason", "details")


def write_event(
    db: Connection, company: str, kind: str, type: str, source_id: str, now: datetime, data: Any = None
) -> None:
    """Append to the change feed that the source follows: what it must apply on its side, as the new values."""
    db.execute(
        insert(events),
        {
            "company_id": company,
            "connection_id": None,
            "kind": kind,
            "type": type,
            "source_id": source_id,
            "data": data or {},
            "at": now,
        },
    )
