"""The books said that something changed there: a hint, which becomes one job however often it is said.

A hint is a row, not a job, for a job may be under way that has already read past the change. It waits until then, and
a moment longer, because books send many hints for one piece of work.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import bindparam, delete, select, update

from hub.store import Database
from hub.store.people import hints
from hub.store.tables import connections

GATHER = timedelta(seconds=5)
"""How long hints are gathered before a job is asked for."""
AGAIN = timedelta(seconds=10)
"""How long a hint waits that could not become a job, because one is under way."""


class Hint(NamedTuple):
    """A connection that a job is to be asked for."""

    connection_id: int
    connection: str
    heard_at: datetime


_DUE = (
    select(hints.c.connection_id, connections.c.company_id, connections.c.name, hints.c.heard_at)
    .join(connections, connections.c.id == hints.c.connection_id)
    .where(hints.c.due_at <= bindparam("now"))
    .order_by(hints.c.due_at)
)


def hear(database: Database, connection_ids: Sequence[int], now: datetime) -> None:
    """Keep a hint for each of these; one that is kept already stays due when it was."""
    if connection_ids:
        rows = [{"connection_id": id, "heard_at": now, "due_at": now + GATHER} for id in connection_ids]
        new = database.insert(hints)
        keep = new.on_conflict_do_update(
            index_elements=[hints.c.connection_id], set_={"heard_at": new.excluded.heard_at}
        )
        with database.write(None) as db:
            db.execute(keep, rows)


def due_hints(database: Database, now: datetime) -> list[Hint]:
    """Those of which it is time to make something."""
    with database.read() as db:
        return [
            Hint(row.connection_id, f"{row.company_id}/{row.name}", row.heard_at)
            for row in db.execute(_DUE, {"now": now})
        ]


def settle(database: Database, hint: Hint) -> None:
    """A job was asked for; a hint that was heard again since stays."""
    mine = (hints.c.connection_id == hint.connection_id, hints.c.heard_at == hint.heard_at)
    with database.write(None) as db:
        db.execute(delete(hints).where(*mine))


def put_off(database: Database, hint: Hint, now: datetime) -> None:
    """Not now."""
    with database.write(None) as db:
        later = update(hints).where(hints.c.connection_id == hint.connection_id).values(due_at=now + AGAIN)
        db.execute(later)
