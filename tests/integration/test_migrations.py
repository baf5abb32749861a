"""The migrations make exactly the tables that the code works with, and carry an older database over."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext

from hub.store import Database, migrate
from hub.store.people import metadata  # with the tables of hub.store.tables
from hub.testing.scratch import Scratch


def _ours(name: str | None, type: str, _: object) -> bool:
    """PostgreSQL also holds the tables of the task queue, which come with that."""
    return type != "table" or not str(name).startswith("procrastinate_")


@pytest.mark.filterwarnings("ignore:.*expression-based index")  # SQLite cannot tell what such an index is made of
def test_the_migrations_make_the_tables_of_the_code(scratch: Scratch) -> None:
    with scratch.hub.database.engine.connect() as db:
        context = MigrationContext.configure(db, opts={"compare_type": False, "include_name": _ours})
        assert compare_metadata(context, metadata) == []


def test_X8_a_database_from_before_knows_the_dates_of_what_the_books_hold(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'old.db'}")
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__code__.co_filename).parent / "migrations"))
    with database.write(None) as db:
        config.attributes["connection"] = db
        command.upgrade(config, "0001")
        for statement in (
            "INSERT INTO companies VALUES ('acme', 'Acme', 0)",
            "INSERT INTO connections (id, company_id, name, adapter, salt, settings, policy, extensions, created_at)"
            " VALUES (1, 'acme', 'mock', 'mock', 's', '{}', '{}', '[]', 0)",
            "INSERT INTO records (id, company_id, type, source_id, title, fully_recorded, prevented, deleted, revision,"
            " date, payload, updated_at)"
            " VALUES (1, 'acme', 'ship_doc', 'S1', 'S1', 1, 0, 0, 1, '2026-01-04', '{}', 0)",
            "INSERT INTO links (connection_id, record_id, remote_type, remote_id, remote_version, remote_name,"
            " linked_at) VALUES (1, 1, 'ship_doc', '7', '1', 'S1', 0)",
        ):
            db.exec_driver_sql(statement)
    assert migrate(database)
    with database.read() as db:
        assert db.exec_driver_sql("SELECT remote_date FROM links").scalar() == "2026-01-04"
    database.close()
