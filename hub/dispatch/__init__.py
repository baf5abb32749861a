"""How a job that waits reaches whoever runs it: one port, threads for SQLite, Procrastinate for PostgreSQL."""

from hub.dispatch.port import Dispatcher, Work
from hub.dispatch.threads import Threads
from hub.store import Database


def dispatcher_for(database: Database) -> Dispatcher:
    """The way that suits this database; Procrastinate is imported when it is first needed."""
    if database.is_sqlite:
        return Threads()
    from hub.dispatch.machines import Machines

    return Machines(database)


__all__ = [
    "Dispatcher", "Threads", "Work", "dispatcher_for",
]  # fmt: skip
