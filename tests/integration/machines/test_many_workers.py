"""Several workers on one database: a job announced twice, too late or not at all is run once, by its lease."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from structlog.testing import capture_logs

from hub.app import Hub, open_hub
from hub.errors import StoreProblem, UsageError
from hub.jobs import take_and_run
from hub.jobs.create import create_job
from hub.store.tables import jobs
from hub.testing.scratch import Scratch
from hub.triggers import run_worker

OTHER_MACHINE = "another-boot 4711 0"


def wait_for(done: Callable[[], Any], seconds: float = 20) -> Any:
    end = time.monotonic() + seconds
    while not (result := done()) and time.monotonic() < end:
        time.sleep(0.01)
    return result


@contextmanager
def workers(*hubs: Hub) -> Iterator[None]:
    """A worker on each of these hubs, for as long as this lasts."""
    stop = threading.Event()
    threads = [threading.Thread(target=run_worker, args=(hub,), kwargs={"poll": 0.05, "stop": stop}) for hub in hubs]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(20)
    assert not any(thread.is_alive() for thread in threads)


@pytest.fixture
def others(scratch: Scratch) -> Iterator[list[Hub]]:
    """Two hubs on the database of `scratch`, as in two other processes."""
    with ExitStack() as stack:
        yield [stack.enter_context(scratch.another_process()) for _ in range(2)]


def announce(hub: Hub, job: int, times: int = 1) -> None:
    with hub.database.write("acme") as db:
        for _ in range(times):
            hub.core.announce(db, job)


def job_row(hub: Hub, job: int) -> Any:
    with hub.database.read() as db:
        return db.execute(select(jobs).where(jobs.c.id == job)).one()


def ended(hub: Hub, job: int) -> bool:
    return job_row(hub, job).state == "completed"


def test_J6_a_job_announced_many_times_to_two_workers_runs_once(scratch: Scratch, others: list[Hub]) -> None:
    for number in range(30):
        scratch.customer(f"C{number}")
    with workers(*others):
        job = scratch.hub.request_job(scratch.connection)
        announce(scratch.hub, job, 6)
        assert wait_for(lambda: ended(scratch.hub, job))
        announce(scratch.hub, job, 2)  # too late
        second = scratch.hub.request_job(scratch.connection)
        assert wait_for(lambda: ended(scratch.hub, second))
    assert [job_row(scratch.hub, each).fence for each in (job, second)] == [1, 1]
    assert scratch.hub.job(job)["totals"]["applied"] == 30
    assert len(scratch.books.bookkeeper.all("customer")) == 30


def test_J6_a_job_of_which_nobody_was_told_is_run(scratch: Scratch, others: list[Hub]) -> None:
    untold = dataclasses.replace(scratch.hub.core, announce=lambda _db, _job: None)
    job = create_job(untold, scratch.hub.lane(scratch.connection), "api")
    with workers(others[0]):
        assert wait_for(lambda: ended(scratch.hub, job))


def test_J6_a_job_whose_machine_fell_silent_is_run_by_another_once_its_lease_is_over(
    scratch: Scratch, others: list[Hub]
) -> None:
    scratch.customer()
    job = scratch.hub.request_job(scratch.connection)
    until = scratch.clock.now() + timedelta(seconds=60)
    with scratch.hub.database.write("acme") as db:
        db.execute(update(jobs).values(holder=OTHER_MACHINE, lease_until=until, fence=1))
    with workers(*others):
        announce(scratch.hub, job)
        time.sleep(0.4)
        assert job_row(scratch.hub, job).holder == OTHER_MACHINE
        scratch.clock.sleep(61)
        assert wait_for(lambda: ended(scratch.hub, job))
    assert job_row(scratch.hub, job).fence == 2
    assert scratch.state("customer", "C1") == "synced"


def test_J2_what_a_person_syncs_is_not_handed_to_workers(
    scratch: Scratch, others: list[Hub], monkeypatch: pytest.MonkeyPatch
) -> None:
    def slowly(*given: Any) -> Any:
        time.sleep(0.5)  # a worker would have it by now
        return take_and_run(*given)

    monkeypatch.setattr("hub.jobs.run.take_and_run", slowly)
    scratch.customer()
    with capture_logs() as logs, workers(*others):
        done = scratch.sync()
    assert (done["state"], done["totals"]["applied"]) == ("completed", 1)
    assert [entry for entry in logs if entry["event"] == "A job ended."] == []


def test_J6_a_job_left_to_a_person_who_went_away_before_it_began_is_run_by_a_worker(
    scratch: Scratch, others: list[Hub]
) -> None:
    person = dataclasses.replace(scratch.hub.core, me=lambda: OTHER_MACHINE)
    job = create_job(person, scratch.hub.lane(scratch.connection), "manual", mine_for=60)
    with workers(*others):
        time.sleep(0.3)
        assert job_row(scratch.hub, job).state == "queued"
        scratch.clock.sleep(61)
        assert wait_for(lambda: ended(scratch.hub, job))


def test_jobs_of_different_connections_run_side_by_side(scratch: Scratch) -> None:
    names = [scratch.connection]
    names += [scratch.hub.connect("acme", "mock", name=f"more{n}")["connection"] for n in (1, 2)]
    meeting = threading.Barrier(3, timeout=20)
    met: set[str] = set()

    def reach(point: str) -> None:
        if point == "after-lock":
            meeting.wait()
            met.add(threading.current_thread().name)

    with open_hub(scratch.url, data_dir=scratch.folder, reach=reach, workers=3) as hub:
        ids = [scratch.hub.request_job(name) for name in names]
        with workers(hub):
            assert wait_for(lambda: all(ended(scratch.hub, id) for id in ids))
    assert len(met) == 3


# --- bad beginnings ---


@pytest.mark.parametrize("nonsense", ["0", "-1", "17", "1.5", "many", ""])
def test_a_number_of_workers_that_makes_no_sense_is_refused(monkeypatch: pytest.MonkeyPatch, nonsense: str) -> None:
    monkeypatch.setenv("HUB_WORKERS", nonsense)
    with pytest.raises(UsageError) as caught:
        open_hub("sqlite://")
    assert caught.value.code == "bad_settings"
    assert "workers" in caught.value.message


@pytest.mark.postgres
def test_a_worker_on_a_database_without_a_hub_says_so_and_ends(empty_database: str) -> None:
    with open_hub(empty_database) as hub, pytest.raises(StoreProblem) as caught:
        run_worker(hub, stop=threading.Event())
    assert caught.value.code == "not_a_hub"


def test_a_worker_whose_database_cannot_be_reached_says_so_once_and_keeps_trying(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUB_SECRET_KEY", "not so secret")
    stop = threading.Event()
    with open_hub(f"postgresql://hub@/hub?host={tmp_path}") as hub, capture_logs() as logs:
        worker = threading.Thread(target=run_worker, args=(hub,), kwargs={"stop": stop})
        worker.start()
        time.sleep(1.5)
        assert worker.is_alive()
        stop.set()
        worker.join(20)
    assert not worker.is_alive()
    said = [entry["event"] for entry in logs if entry["log_level"] == "error" and entry["code"] == "cannot_connect"]
    assert len(said) == len(set(said))  # the courier of webhooks tells of it too, once
    assert any("look for jobs" in event and f"No database answers at hub at {tmp_path}" in event for event in said)
