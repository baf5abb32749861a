"""Importing `hub` costs nothing: a plugin that only wants the version does not pay for a database."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HEAVY = ("alembic", "apscheduler", "cryptography", "pydantic", "requests", "rich", "sqlalchemy", "structlog", "typer")


def loaded_after(statement: str, root: Path) -> set[str]:
    """Which heavy modules a fresh interpreter has loaded after the statement."""
    script = f"{statement}\nimport sys\nprint(*[name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], cwd=root, check=True, capture_output=True, text=True)
    return set(done.stdout.split())


def test_importing_hub_loads_nothing_heavy(root: Path) -> None:
    assert loaded_after("import hub", root) == set()


def test_a_heavy_import_would_be_noticed(root: Path) -> None:
    assert "sqlalchemy" in loaded_after("import hub, sqlalchemy", root)
