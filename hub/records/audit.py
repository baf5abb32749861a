"""The audit trail of a company, or of the hub itself: who did what, when and why; newest first, paged by key."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from sqlalchemy import or_, select

from hub.queue import Core
from hub.records.story import knows, say
from hub.store.tables import audit, connections, records


class About(StrEnum):
    """What an entry of the audit trail is about."""

    RECORDS = "records"
    THE_REST = "rest"
    """Connections, settings, people, jobs: what a load of records would bury."""


def list_audit(
    core: Core,
    company: str,
    *,
    limit: int = 100,
    before: int | None = None,
    about: About | None = None,
    search: str = "",
) -> dict[str, Any]:
    """One page: `items`, and `next`, the id before which the next page starts, or None.

    `search` is looked for in who, what, why and the record's id.
    """
    limit = max(1, min(limit, 500))
    query = (
        select(audit, records.c.type, records.c.source_id, connections.c.name.label("connection"))
        .outerjoin(records, records.c.id == audit.c.record_id)
        .outerjoin(connections, connections.c.id == audit.c.connection_id)
        .where(audit.c.company_id == company)
        .order_by(audit.c.id.desc())
        .limit(limit + 1)
    )
    if before is not None:
        query = query.where(audit.c.id < before)
    if about is not None:
        query = query.where(audit.c.record_id.is_not(None) if about is About.RECORDS else audit.c.record_id.is_(None))
    if search:
        where = (audit.c.actor, audit.c.action, audit.c.reason, records.c.source_id)
        query = query.where(or_(*(column.icontains(search, autoescape=True) for column in where)))
    with core.database.read() as db:
        rows = db.execute(query).all()
    items = [
        {
            "id": row.id,
            "at": row.at.isoformat(),
            "who": row.actor,
            "what": row.action,
            "type": row.type,
            "source_id": row.source_id,
            "connection": f"{company}/{row.connection}" if row.connection else None,
            "reason": row.reason,
            "details": row.details,
        }
        for row in rows[:limit]
    ]
    told = [{**each, "says": _says(each)} for each in items]
    return {"items": told, "next": items[-1]["id"] if len(rows) > limit else None}


def _says(entry: dict[str, Any]) -> str:
    """What was done, in words; the reason stands beside it."""
    return say({**entry, "reason": None}) if knows(entry["what"]) else _plainly(entry)


def _plainly(entry: dict[str, Any]) -> str:
    """What has no sentence of its own: the act and what it was about."""
    facts = ", ".join(f"{name} {_spelled(value)}" for name, value in (entry["details"] or {}).items())
    words = f"{entry['who']}: {entry['what'].replace('_', ' ')}"
    return f"{words} ({facts})" if facts else words


def _spelled(value: Any) -> str:
    return ", ".join(map(str, value)) or "none" if isinstance(value, list) else str(value)
