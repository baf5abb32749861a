"""Brings a database to this hub's schema, and refuses one that a newer hub has written."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from hub.errors import StoreProblem
from hub.store.database import Database

_MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(database: Database) -> bool:
    """Create or upgrade the schema; True when anything was done.

    Raises:
        StoreProblem: `newer_database` when the schema comes from a later version; it is left untouched.
    """
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    scripts = ScriptDirectory.from_config(config)
    with database.read() as db:
        if _is_current(db, scripts, database):
            return False
    with database.write(None) as db:
        if _is_current(db, scripts, database):
            return False
        config.attributes["connection"] = db
        command.upgrade(config, "head")
    return True


def _is_current(db: Connection, scripts: ScriptDirectory, database: Database) -> bool:
    version = MigrationContext.configure(db).get_current_revision()
    if version is not None and version not in {script.revision for script in scripts.walk_revisions()}:
        raise StoreProblem(
            f"The database {database.file or database.url.host} was written by a newer version of the hub.",
            code="newer_database",
            fix="Upgrade accounting-hub, or name another database.",
            details={"schema": version},
        )
    return version == scripts.get_current_head()
