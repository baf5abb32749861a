"""Brings a database to this hub's schema, and refuses one that a newer hub has written."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection

from hub.errors import StoreProblem
from hub.store import tasks
from hub.store.database import Database

_MIGRATIONS = Path(__file__).parent / "migrations"
REVISIONS = sorted(file.name.partition("_")[0] for file in (_MIGRATIONS / "versions").glob("[0-9]*.py"))
"""Every schema this hub knows, oldest first; a migration's file name begins with its number."""
SCHEMA = "(schema)"
"""Processes that start at once take turns at migrating; no company can have this id."""


def migrate(database: Database) -> bool:
    """Create or upgrade the schema; True when anything was done.

    Raises:
        StoreProblem: `newer_database` when the schema comes from a later version; it is left untouched.
    """
    with database.read() as db:
        if _is_current(db, database) and not _steps(db, database):
            return False
    with database.write(SCHEMA) as db:
        old, steps = not _is_current(db, database), _steps(db, database)
        if old:
            config = Config(attributes={"connection": db})
            config.set_main_option("script_location", str(_MIGRATIONS))
            command.upgrade(config, "head")
        if steps:
            tasks.take_steps(db, steps)
    return old or bool(steps)


def is_current(database: Database) -> bool:
    """Whether the database has this hub's schema; StoreProblem `newer_database` when it has a later one's."""
    with database.read() as db:
        return _is_current(db, database) and not _steps(db, database)


def _steps(db: Connection, database: Database) -> list[Path]:
    """What the tables of PostgreSQL's task queue lack."""
    return [] if database.is_sqlite else tasks.steps_missing(db, database.name)


def _is_current(db: Connection, database: Database) -> bool:
    version = MigrationContext.configure(db).get_current_revision()
    if version is not None and version not in REVISIONS:
        raise StoreProblem(
            f"The database {database.name} was written by a newer version of the hub.",
            code="newer_database",
            fix="Upgrade accounting-hub, or name another database.",
            details={"schema": version},
        )
    return version == REVISIONS[-1]
