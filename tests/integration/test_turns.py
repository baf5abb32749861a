"""Writers of one company take turns, on either database; readers see one state; nobody keeps a turn for ever."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select, update

from hub.errors import StoreUnreachable
from hub.store import Database, migrate
from hub.store import database as module
from hub.store.tables import companies
from hub.testing.clock import Clock
from tests.stores import PostgreSQL, Store


@pytest.fixture
def database(tmp_path: Path, store: Store) -> Iterator[Database]:
    database = Database(store.url(tmp_path))
    migrate(database)
    with database.write(None) as db:
        for id in ("acme", "other"):
            db.execute(insert(companies).values(id=id, name="0", created_at=Clock().now()))
    yield database
    database.close()


def count_up(database: Database, company: str) -> None:
    """Read, decide, write: what a rule does, and what goes wrong when two do it at once."""
    mine = companies.c.id == company
    with database.write(company) as db:
        seen = int(db.execute(select(companies.c.name).where(mine)).scalar_one())
        db.execute(select(func.count()).select_from(companies))
        db.execute(update(companies).where(mine).values(name=str(seen + 1)))


def test_what_one_writer_read_is_still_so_when_it_writes(database: Database) -> None:
    threads = [threading.Thread(target=lambda: [count_up(database, "acme") for _ in range(25)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as db:
        assert db.execute(select(companies.c.name).where(companies.c.id == "acme")).scalar_one() == "100"


def test_a_reader_sees_one_state_while_others_write(database: Database) -> None:
    with database.read() as db:
        before = db.execute(select(companies.c.name).order_by(companies.c.id)).scalars().all()
        count_up(database, "acme")
        assert db.execute(select(companies.c.name).order_by(companies.c.id)).scalars().all() == before


@pytest.mark.postgres
def test_writers_of_two_companies_do_not_wait_for_each_other(tmp_path: Path, postgres: PostgreSQL) -> None:
    database = Database(postgres.url(tmp_path))
    with database.write("acme"):
        other = threading.Thread(target=lambda: database.write("other").__enter__())
        other.start()
        other.join(10)
        assert not other.is_alive()
    database.close()
    postgres.clear()


@pytest.mark.postgres
def test_X4_a_writer_that_stands_still_loses_its_turn_and_keeps_nothing(
    tmp_path: Path, postgres: PostgreSQL, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "IDLE_MS", 200)
    stuck, going = Database(postgres.url(tmp_path)), Database(postgres.url(tmp_path))
    moment = threading.Event()
    with pytest.raises(StoreUnreachable), stuck.write(None) as db:
        db.execute(insert(companies).values(id="acme", name="0", created_at=Clock().now()))
        moment.wait(0.6)  # as a stopped process does
        db.execute(update(companies).values(name="1"))
    with going.write("acme") as db:
        assert db.execute(select(func.count()).select_from(companies)).scalar_one() == 0
    stuck.close()
    going.close()
    postgres.clear()
