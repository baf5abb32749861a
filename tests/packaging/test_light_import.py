"""Importing `hub` costs nothing: a plugin that only wants the version does not pay for a database."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HEAVY = (
    "alembic", "apscheduler", "cryptography", "procrastinate", "psycopg", "pydantic", "requests", "rich", "sqlalchemy",
    "structlog", "typer",
)  # fmt: skip


def loaded_after(statement: str, root: Path) -> set[str]:
    """Which heavy modules a fresh interpreter has loaded after the statement."""
    script = f"{statement}\nimport sys\nprint(*[name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], cwd=root, check=True, capture_output=True, text=True)
    return set(done.stdout.split())


def test_importing_hub_loads_nothing_heavy(root: Path) -> None:
    assert loaded_after("import hub", root) == set()


def test_neither_the_toolkit_nor_an_adapter_that_is_only_listed_loads_what_sends(root: Path) -> None:
    assert loaded_after("import hub.http", root) == set()
    assert "requests" not in loaded_after("import hub_quickbooks", root)


def test_what_only_postgresql_needs_is_not_loaded_for_sqlite(root: Path) -> None:
    work = "from hub.app import open_hub; import hub.triggers; open_hub('sqlite://').close()"
    assert loaded_after(work, root) & {"procrastinate", "psycopg"} == set()


def test_a_heavy_import_would_be_noticed(root: Path) -> None:
    assert "sqlalchemy" in loaded_after("import hub, sqlalchemy", root)
