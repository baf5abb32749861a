"""Saved views: what a person has called a filter of one connection's Sync Queue; they see only their own."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, delete, insert, select

from hub.errors import InvalidInput, NotFound
from hub.store.people import views

MOST, LONGEST = 50, 2000


def add_view(db: Connection, user_id: int, connection_id: int, name: str, query: str) -> None:
    """Keep a view under a name; one of that name is replaced.

    Raises:
        InvalidInput: `bad_view`.
    """
    name = " ".join(name.split())
    if not name or len(name) > 100 or not name.isprintable() or len(query) > LONGEST:
        raise InvalidInput("A view needs a name of up to 100 characters.", code="bad_view", fix="Give it a short name.")
    mine = (views.c.user_id == user_id, views.c.connection_id == connection_id)
    db.execute(delete(views).where(*mine, views.c.name == name))
    if len(db.execute(select(views.c.id).where(*mine)).all()) >= MOST:
        raise InvalidInput(f"There are {MOST} saved views already.", code="bad_view", fix="Delete one of them first.")
    db.execute(insert(views), {"user_id": user_id, "connection_id": connection_id, "name": name, "query": query})


def list_views(db: Connection, user_id: int, connection_id: int) -> list[dict[str, Any]]:
    """A person's views of a connection, by name."""
    mine = (views.c.user_id == user_id, views.c.connection_id == connection_id)
    rows = db.execute(select(views).where(*mine).order_by(views.c.name))
    return [{"id": row.id, "name": row.name, "query": row.query} for row in rows]


def forget_view(db: Connection, user_id: int, connection_id: int, view_id: int) -> None:
    """Delete one of a person's own views; NotFound `view_not_found`."""
    mine = (views.c.user_id == user_id, views.c.connection_id == connection_id, views.c.id == view_id)
    if not db.execute(delete(views).where(*mine)).rowcount:
        raise NotFound("There is no such view.", code="view_not_found", fix="Load the page again.")
