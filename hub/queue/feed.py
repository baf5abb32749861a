"""The change feed as a source application reads it: every event once, in the order of commits, from any cursor on."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select

from hub.errors import InvalidInput
from hub.store.tables import connections, events

_PAGE = (
    select(events, connections.c.name)
    .outerjoin(connections, connections.c.id == events.c.connection_id)
    .where(events.c.company_id == bindparam("company"), events.c.id > bindparam("after"))
    .order_by(events.c.id)
    .limit(bindparam("limit"))
)
_NEWEST = select(func.coalesce(func.max(events.c.id), 0))
_NEWEST_OF = _NEWEST.where(events.c.company_id == bindparam("company"))


def newest(db: Connection, company: str) -> int:
    """The id of the company's newest event; 0 without any."""
    found: int = db.execute(_NEWEST_OF, {"company": company}).scalar_one()
    return found


def read_events(db: Connection, company: str, after: int, limit: int) -> list[Row[Any]]:
    """The events after that id, oldest first."""
    return list(db.execute(_PAGE, {"company": company, "after": after, "limit": limit}))


def read_feed(db: Connection, company: str, after: int, limit: int) -> dict[str, Any]:
    """A page of the feed. `next` can be used for ever: when nothing is new, it is the cursor that was given.

    Raises:
        InvalidInput: `bad_cursor` for one that this database has never given out, such as one of a hub that was since
            restored from an older backup; to go on from there would leave out what happens now.
    """
    rows = read_events(db, company, after, limit + 1)
    if not rows and after > db.execute(_NEWEST).scalar_one():
        raise InvalidInput(
            f"The cursor {after} was not given out by this hub.",
            code="bad_cursor",
            fix="Read the feed from the beginning: after=0.",
        )
    items = [describe(row) for row in rows[:limit]]
    upto = items[-1]["id"] if items else after
    return {"items": items, "next": upto, "more": len(rows) > limit, "total": len(items)}


def describe(row: Row[Any]) -> dict[str, Any]:
    """One event, as the feed and webhooks tell it."""
    return {
        "id": row.id,
        "kind": row.kind,
        "type": row.type,
        "source_id": row.source_id,
        "connection": None if row.name is None else f"{row.company_id}/{row.name}",
        "data": row.data,
        "at": row.at.isoformat(),
    }
