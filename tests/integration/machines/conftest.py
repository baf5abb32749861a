"""PostgreSQL databases that are not copies of a hub."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from tests.stores import PostgreSQL


@pytest.fixture
def empty_database(postgres: PostgreSQL, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a database without any table."""
    monkeypatch.setenv("HUB_SECRET_KEY", "not so secret")
    with psycopg.connect(postgres.server.get_uri("postgres"), autocommit=True) as admin:
        admin.execute("CREATE DATABASE empty")
        address: str = postgres.server.get_uri("empty")
        yield address
        admin.execute("DROP DATABASE empty WITH (FORCE)")
