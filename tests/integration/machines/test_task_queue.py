"""Procrastinate's tables: set up and brought up to date by `hub init`, kept empty by the workers."""

from __future__ import annotations

import builtins
import logging
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from procrastinate.schema import SchemaManager
from sqlalchemy import text

from hub.app import Hub, open_hub
from hub.errors import StoreProblem
from hub.store import Database, migrate, tasks
from hub.testing.scratch import Scratch
from hub.triggers import run_worker
from tests.stores import PostgreSQL, query

pytestmark = pytest.mark.postgres
STEPS = sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))


@pytest.fixture
def scratch(tmp_path: Path, postgres: PostgreSQL, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scratch]:
    monkeypatch.setenv("HUB_SECRET_KEY", "not so secret")
    scratch = Scratch(tmp_path, postgres.url(tmp_path))
    yield scratch
    scratch.hub.close()
    postgres.clear()


def states(url: str) -> list[str]:
    return [row["status"] for row in query(url, "SELECT status FROM procrastinate_jobs ORDER BY id")]


def wait_for(done: Callable[[], Any], seconds: float = 20) -> Any:
    end = time.monotonic() + seconds
    while not (result := done()) and time.monotonic() < end:
        time.sleep(0.01)
    return result


def work_until(hub: Hub, done: Callable[[], Any], poll: float | None = None) -> bool:
    stop = threading.Event()
    worker = threading.Thread(target=run_worker, args=(hub,), kwargs={"stop": stop, "poll": poll})
    worker.start()
    result = wait_for(done)
    stop.set()
    worker.join(20)
    return bool(result) and not worker.is_alive()


def functions(url: str) -> set[str]:
    return {
        row["name"] for row in query(url, "SELECT proname AS name FROM pg_proc WHERE proname LIKE 'procrastinate%'")
    }


# --- handing out ---


def test_the_task_commits_and_rolls_back_with_its_job(scratch: Scratch) -> None:
    with pytest.raises(RuntimeError), scratch.hub.database.write("acme") as db:
        tasks.hand_out(db, 1)
        raise RuntimeError
    assert states(scratch.url) == []
    scratch.hub.request_job(scratch.connection)
    assert states(scratch.url) == ["todo"]


def test_an_idle_worker_is_told_and_need_not_look(scratch: Scratch) -> None:
    with scratch.another_process() as other:
        stop = threading.Event()
        worker = threading.Thread(target=run_worker, args=(other,), kwargs={"stop": stop, "poll": 3600})
        worker.start()
        assert wait_for(lambda: query(scratch.url, "SELECT id FROM procrastinate_workers"))
        job = scratch.hub.request_job(scratch.connection)
        assert wait_for(lambda: scratch.hub.job(job)["state"] == "completed")
        stop.set()
        worker.join(20)


def test_what_is_done_leaves_nothing_behind(scratch: Scratch) -> None:
    for _ in range(3):
        job = scratch.hub.request_job(scratch.connection)
        scratch.hub.work()
        assert scratch.hub.job(job)["state"] == "completed"
    last = scratch.hub.request_job(scratch.connection)
    assert states(scratch.url) == ["todo"] * 4
    with scratch.another_process() as other:
        done = lambda: scratch.hub.job(last)["state"] == "completed" and not states(scratch.url)  # noqa: E731
        assert work_until(other, done, poll=3600)
    left = "SELECT (SELECT count(*) FROM procrastinate_workers) + (SELECT count(*) FROM procrastinate_events) AS n"
    assert query(scratch.url, left) == [{"n": 0}]


def test_J6_what_dead_workers_left_is_removed_and_their_jobs_are_handed_out_again(scratch: Scratch) -> None:
    job = scratch.hub.request_job(scratch.connection)
    dead = "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '31 seconds') RETURNING id"
    for statement in (dead, "UPDATE procrastinate_jobs SET status = 'doing', worker_id = 1"):
        query(scratch.url, statement, "acme")
    with scratch.hub.database.write("acme") as db:
        assert tasks.hand_out_again(db, [job]) == [job]
        assert tasks.hand_out_again(db, [job]) == []
    assert states(scratch.url) == ["todo"]


def test_the_task_of_a_worker_that_lives_is_left_alone(scratch: Scratch) -> None:
    job = scratch.hub.request_job(scratch.connection)
    living = "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '20 seconds') RETURNING id"
    for statement in (living, "UPDATE procrastinate_jobs SET status = 'doing', worker_id = 1"):
        query(scratch.url, statement, "acme")
    with scratch.hub.database.write("acme") as db:
        assert tasks.hand_out_again(db, []) == []
    assert states(scratch.url) == ["doing"]
    assert scratch.hub.job(job)["state"] == "queued"


def test_procrastinate_itself_logs_nothing_of_what_the_hub_tells(scratch: Scratch) -> None:
    scratch.hub.request_job(scratch.connection)
    assert logging.getLogger("procrastinate").level == logging.CRITICAL


# --- its tables ---


def test_init_sets_the_tables_up_once(empty_database: str) -> None:
    with open_hub(empty_database) as hub:
        assert hub.init()
        assert not hub.init()
    assert "procrastinate_defer_jobs_v1" in functions(empty_database)


def test_init_brings_tables_of_an_earlier_release_up_to_date(empty_database: str) -> None:
    fresh = Database(empty_database)
    with fresh.write("acme") as db:  # as Procrastinate 3.0 left them
        for step in (early := [step for step in STEPS if step.name < "03.01"]):
            db.exec_driver_sql(step.read_text("utf-8"), execution_options={"no_parameters": True})
        db.exec_driver_sql(f"COMMENT ON TABLE procrastinate_jobs IS '{tasks._NOTE}{early[-1].name}'")
    assert "procrastinate_defer_jobs_v1" not in functions(empty_database)
    assert migrate(fresh)
    assert not migrate(fresh)
    with fresh.write("acme") as db:
        tasks.hand_out(db, 1)
        assert db.execute(text("SELECT count(*) FROM procrastinate_jobs")).scalar_one() == 1
    fresh.close()


def test_tables_of_a_later_release_are_refused_and_those_of_somebody_else_left_alone(scratch: Scratch) -> None:
    try:
        query(scratch.url, f"COMMENT ON TABLE procrastinate_jobs IS '{tasks._NOTE}99.sql'", "acme")
        with pytest.raises(StoreProblem) as caught:
            scratch.hub.init()
        assert caught.value.code == "newer_database"
        query(scratch.url, "COMMENT ON TABLE procrastinate_jobs IS 'Ours, hands off'", "acme")
        assert not scratch.hub.init()
    finally:
        query(scratch.url, f"COMMENT ON TABLE procrastinate_jobs IS '{tasks._NOTE}{STEPS[-1].name}'", "acme")


def test_tables_that_are_missing_are_told_in_one_sentence(empty_database: str) -> None:
    database = Database(empty_database)
    with pytest.raises(StoreProblem) as caught, database.write("acme") as db:
        tasks.hand_out(db, 1)
    assert (caught.value.code, caught.value.fix[:14]) == ("not_a_hub", "Run `hub init`")
    database.close()


def test_without_procrastinate_one_sentence_says_what_to_install(
    scratch: Scratch, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks._app.cache_clear()
    monkeypatch.setattr(tasks, "find_spec", lambda _name: None)
    imported = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        assert not name.startswith("procrastinate")
        return imported(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    for call in (
        lambda: scratch.hub.request_job(scratch.connection),
        lambda: run_worker(scratch.hub, stop=threading.Event()),
    ):
        with pytest.raises(StoreProblem) as caught:
            call()
        assert (caught.value.code, caught.value.fix[:31]) == ("task_queue_missing", "Install accounting-hub[postgres")
    assert not scratch.hub.init()
    scratch.customer()
    assert scratch.sync()["state"] == "completed"  # what a person does here and now needs no task queue
