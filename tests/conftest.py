"""What every test may ask for: a database of either kind, and a scratch hub on it, connected to mock books."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from hub.testing.scratch import Scratch
from tests.stores import PostgreSQL, SQLite, Store

BOTH = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


@pytest.fixture(autouse=True)
def _logs_as_they_were() -> Iterator[None]:
    """The command line sets up the process's logs, and so does each test of it: no other test may find them so."""
    yield
    structlog.reset_defaults()
    root = logging.getLogger()
    for handler in [each for each in root.handlers if each.name == "hub-cli"]:
        root.removeHandler(handler)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgreSQL]:
    """A PostgreSQL server for this test process."""
    server = PostgreSQL()
    yield server
    server.stop()


@pytest.fixture(scope="session", params=BOTH)
def databases(request: pytest.FixtureRequest) -> Store:
    """Either kind of database; every test that needs one runs on both."""
    return request.getfixturevalue("postgres") if request.param == "postgres" else SQLite()


@pytest.fixture
def store(databases: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """Databases for this test alone, empty."""
    monkeypatch.setenv("HUB_SECRET_KEY", "not so secret")
    yield databases
    databases.clear()


@pytest.fixture
def scratch(tmp_path: Path, store: Store) -> Iterator[Scratch]:
    """The company `acme` with one connection to mock books."""
    scratch = Scratch(tmp_path, store.url(tmp_path))
    yield scratch
    scratch.hub.close()


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """One line on the processes that were killed: a test that kills notes how many it killed (`kills`)."""
    ended = [report for report in terminalreporter.stats.get("", []) if getattr(report, "when", "") == "teardown"]
    kills = [number for report in ended for name, number in report.user_properties if name == "kills"]
    if any(kills):
        failed = sum("/kills/" in report.nodeid for report in terminalreporter.stats.get("failed", []))
        terminalreporter.write_line(
            f"{sum(kills)} processes killed in {len(kills)} tests; {failed} of these tests failed."
        )
