"""A job survives the loss of its database connections: it rests, goes on, and what was on its way is looked up (X4)."""

from __future__ import annotations

import psycopg
import pytest
from sqlalchemy.exc import OperationalError

from hub.app import open_hub
from hub.errors import StoreUnreachable
from hub.store import Database
from hub.testing.scratch import Scratch

POINTS = [
    "after-lock", "before-intent-commit", "after-intent-commit", "before-send", "after-send", "after-reply",
    "inside-outcome-commit", "before-export-end", "inside-import-commit", "after-import-page", "after-finish",
]  # fmt: skip


@pytest.fixture
def cut(tmp_path, postgres, monkeypatch):
    """A scratch hub on PostgreSQL, and a way to cut all its connections when a job passes a point for the n-th time."""
    monkeypatch.setenv("HUB_SECRET_KEY", "not so secret")
    scratch = Scratch(tmp_path, postgres.url(tmp_path), settings={"batch_size": 2})

    def cut(point, time=1):
        left = time

        def reach(name):
            nonlocal left
            left -= name == point
            if name == point and left == 0:
                with psycopg.connect(scratch.url, autocommit=True) as admin:
                    admin.execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    )

        return open_hub(scratch.url, **{**scratch._open, "reach": reach})

    yield scratch, cut
    scratch.hub.close()
    postgres.clear()


@pytest.mark.postgres
@pytest.mark.parametrize("time", [1, 3])
@pytest.mark.parametrize("point", POINTS)
def test_X4_connections_cut_in_the_middle_of_a_job(cut, point, time):
    scratch, cut_at = cut
    for at in range(6):
        scratch.customer(f"C{at}")
    scratch.item()
    scratch.ship_doc()
    with cut_at(point, time) as hub:
        assert hub.sync(scratch.connection)["state"].startswith("completed")
    scratch.clock.sleep(400)
    scratch.sync()
    assert scratch.queue() == []
    names = [each["name"] for each in scratch.books.bookkeeper.all("customer")]
    assert sorted(names) == [f"Customer C{at}" for at in range(6)]
    assert [each["number"] for each in scratch.books.bookkeeper.all("invoice")] == ["S1"]
    assert scratch.state("ship_doc", "S1") == "synced"


def test_a_database_that_stays_away_ends_the_wait_and_loses_nothing(scratch: Scratch, monkeypatch) -> None:
    scratch.customer()
    connect, away = Database._connect, False
    naps: list[float] = []

    def reach(point: str) -> None:
        nonlocal away
        away = away or point == "after-send"

    def unreachable(self: Database):
        if away:
            raise StoreUnreachable("No database answers.", code="cannot_connect")
        return connect(self)

    monkeypatch.setattr(Database, "_connect", unreachable)
    calm = scratch._open["sleep"]
    hub = open_hub(scratch.url, **{**scratch._open, "reach": reach, "sleep": lambda s: (naps.append(s), calm(s))})
    with pytest.raises(StoreUnreachable):
        hub.sync(scratch.connection)
    assert sum(naps) >= hub.settings.lease_seconds
    assert len(naps) < 30
    away = False
    scratch.clock.sleep(400)
    scratch.sync()
    assert [each["name"] for each in scratch.books.bookkeeper.all("customer")] == ["Customer C1"]
    assert scratch.state("customer", "C1") == "synced"
    hub.close()


@pytest.mark.postgres
def test_a_commit_without_an_answer_says_so(cut, monkeypatch):
    scratch, _ = cut
    with pytest.raises(StoreUnreachable) as caught, scratch.hub.database.write("acme") as db:
        monkeypatch.setattr(db.dialect, "do_commit", _fail)
    assert caught.value.code == "commit_unsure"
    assert "not known" in caught.value.message


def _fail(_connection: object) -> None:
    raise OperationalError("COMMIT", {}, _Gone("server closed the connection unexpectedly"))


class _Gone(Exception):
    sqlstate = "57P01"
