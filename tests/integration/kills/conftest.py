"""Processes to kill, on either database; PostgreSQL as in production, with every commit on the disk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.integration.kills.arena import Arena, Stage
from tests.stores import PostgreSQL, SQLite

BOTH = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


@pytest.fixture(scope="session")
def durable() -> Iterator[PostgreSQL]:
    """A PostgreSQL server of these tests alone: it is killed too."""
    server = PostgreSQL(durable=True)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def arenas(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Arena]]:
    """The arenas that are open so far, by database."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HUB_SECRET_KEY", "not so secret")
        made: dict[str, Arena] = {}
        yield made
        for arena in made.values():
            arena.close()


@pytest.fixture(params=BOTH)
def arena(
    request: pytest.FixtureRequest,
    arenas: dict[str, Arena],
    tmp_path_factory: pytest.TempPathFactory,
    record_property: Callable[[str, object], None],
) -> Iterator[Arena]:
    """Where processes are killed; how many were is noted for the summary."""
    kind = request.param
    if kind not in arenas:
        store = request.getfixturevalue("durable") if kind == "postgres" else SQLite()
        arenas[kind] = Arena(store, tmp_path_factory.mktemp("arena"))
    before = arenas[kind].kills.total()
    yield arenas[kind]
    record_property("kills", arenas[kind].kills.total() - before)


@pytest.fixture
def stage(arena: Arena) -> Iterator[Callable[..., Stage]]:
    """Make a fresh copy of the company; see :meth:`Arena.stage`."""
    stages: list[Stage] = []

    def stage(kind: str, **more: Any) -> Stage:
        stages.append(arena.stage(kind, **more))
        return stages[-1]

    yield stage
    for each in stages:
        each.end()
