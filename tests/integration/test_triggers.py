"""Schedules ask for jobs and a worker runs them: on one machine or several, each slot gives exactly one job."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hub_mock.bookkeeper import Bookkeeper
from sqlalchemy import insert, select, update
from structlog.testing import capture_logs

from hub.app import Hub, open_hub
from hub.errors import InvalidInput, Refused, UsageError
from hub.jobs import rhythm
from hub.jobs.schedules import forget_slots, list_schedules
from hub.store.tables import connections, jobs, schedules, slots
from hub.triggers import Scheduler, run_scheduler_and_worker, run_worker
from tests.stores import Store

ACME = "acme/mock"
START = datetime(2026, 5, 4, 10, 7, 31, tzinfo=UTC)


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def make_hub(url: str, now: Callable[[], datetime] | None = None) -> Hub:
    return open_hub(url, now=now or (lambda: datetime.now(UTC)))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def url(tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("HUB_DATA_DIR", str(tmp_path))
    return store.url(tmp_path)


@pytest.fixture
def hub(url: str, clock: Clock) -> Iterator[Hub]:
    with make_hub(url, clock) as hub:
        hub.add_company("Acme")
        hub.connect("acme", "mock")
        yield hub


def finish_jobs(hub: Hub) -> None:
    with hub.database.write(None) as db:
        db.execute(update(jobs).values(state="completed"))


def taken(hub: Hub) -> list[str]:
    with hub.database.read() as db:
        return list(db.execute(select(slots.c.slot).order_by(slots.c.slot)).scalars())


def count_jobs(hub: Hub) -> int:
    return len(hub.jobs(ACME, limit=500)["items"])


def wait_for(done: Callable[[], Any], seconds: float = 20) -> Any:
    end = time.monotonic() + seconds
    while not (result := done()) and time.monotonic() < end:
        time.sleep(0.02)
    return result


# --- setting ---


def test_a_schedule_is_set_changed_and_removed(hub: Hub) -> None:
    assert hub.schedule(ACME) is None
    assert hub.set_schedule(ACME, every="15m") == {
        "connection": ACME,
        "kind": "every",
        "expression": "15m",
        "timezone": "UTC",
        "jitter": 0,
        "next_run": "2026-05-04T10:15:00+00:00",
    }
    changed = hub.set_schedule(ACME, cron="0  6 * * MON-FRI", timezone="Europe/Berlin", jitter=60)
    assert changed == hub.schedule(ACME)
    assert changed is not None
    assert changed["expression"] == "0 6 * * mon-fri"
    assert changed["next_run"] == "2026-05-05T04:00:00+00:00"
    assert [schedule.version for schedule in list_schedules(hub.core)] == [2]
    assert hub.set_schedule(ACME, off=True) is None
    assert hub.schedule(ACME) is None
    assert hub.set_schedule(ACME, off=True) is None


@pytest.mark.parametrize(
    ("given", "error", "code"),
    [
        ({}, UsageError, "bad_schedule"),
        ({"every": "15m", "cron": "* * * * *"}, UsageError, "bad_schedule"),
        ({"every": "15m", "off": True}, UsageError, "bad_schedule"),
        ({"every": ""}, InvalidInput, "bad_schedule"),
        ({"every": "5s"}, InvalidInput, "bad_schedule"),
        ({"cron": ""}, InvalidInput, "bad_schedule"),
        ({"cron": "nonsense"}, InvalidInput, "bad_schedule"),
        ({"cron": ",".join(["0"] * 200) + " * * * *"}, InvalidInput, "bad_schedule"),
        ({"cron": "0 6 * * *", "timezone": "Mars/Olympus"}, InvalidInput, "bad_timezone"),
        ({"every": "30s", "jitter": 30}, InvalidInput, "bad_jitter"),
        ({"every": "2h", "jitter": 3601}, InvalidInput, "bad_jitter"),
        ({"every": "2h", "jitter": -1}, InvalidInput, "bad_jitter"),
        ({"every": "2h", "jitter": 1.5}, InvalidInput, "bad_jitter"),
    ],
)
def test_a_schedule_that_makes_no_sense_is_refused_and_the_old_one_stays(
    hub: Hub, given: dict[str, Any], error: type[Exception], code: str
) -> None:
    before = hub.set_schedule(ACME, every="15m")
    with pytest.raises(error) as caught:
        hub.set_schedule(ACME, **given)
    assert vars(caught.value)["code"] == code
    assert hub.schedule(ACME) == before


# --- asking ---


def test_J2_a_schedule_asks_for_one_job_per_slot(hub: Hub, clock: Clock) -> None:
    hub.set_schedule(ACME, every="15m")
    scheduler = Scheduler(hub)
    connection = list_schedules(hub.core)[0].connection_id
    assert scheduler.tick(connection) is None  # the slot of 10:00 was before the schedule
    clock.now = START + timedelta(minutes=8)
    job = scheduler.tick(connection)
    assert job is not None
    assert hub.job(job)["trigger"] == "schedule"
    finish_jobs(hub)
    assert scheduler.tick(connection) is None
    assert taken(hub) == ["2026-05-04T10:15:00+00:00"]
    clock.now += timedelta(minutes=15)
    assert scheduler.tick(connection) is not None


def test_J2_a_scheduled_job_exports_the_queue_and_then_imports(hub: Hub, clock: Clock) -> None:
    hub.put("acme", "customer", "c1", {"name": "Anna's Café"})
    Bookkeeper(hub.adapter(ACME).books).add("customer", ["name=Bea"])
    hub.set_schedule(ACME, every="15m")
    clock.now += timedelta(minutes=8)
    assert Scheduler(hub).tick(list_schedules(hub.core)[0].connection_id) is not None
    phases: list[str] = []
    (job,) = hub.work(lambda progress: phases.append(progress.phase))
    assert (job["trigger"], job["state"], job["totals"]["applied"]) == ("schedule", "completed", 1)
    assert hub.show("acme", "customer", "c1")["sync"][0]["state"] == "synced"
    assert "Bea" in str(hub.changes("acme")["items"])
    assert list(dict.fromkeys(phases)) == ["exporting", "importing"]


def test_J1_a_slot_that_comes_while_a_job_is_unfinished_is_let_go_quietly(hub: Hub, clock: Clock) -> None:
    hub.set_schedule(ACME, every="15m")
    hub.request_job(ACME)
    clock.now += timedelta(minutes=8)
    with capture_logs() as logs:
        assert Scheduler(hub).tick(list_schedules(hub.core)[0].connection_id) is None
    assert [(entry["log_level"], entry["code"]) for entry in logs] == [("info", "job_unfinished")]
    assert taken(hub) == []
    assert count_jobs(hub) == 1


def test_a_paused_connection_is_not_asked_for_jobs(hub: Hub, clock: Clock) -> None:
    hub.set_schedule(ACME, every="15m")
    with hub.database.write(None) as db:
        db.execute(update(connections).values(paused_reason="authorisation lost"))
    clock.now += timedelta(minutes=8)
    with capture_logs() as logs:
        assert Scheduler(hub).tick(list_schedules(hub.core)[0].connection_id) is None
    assert [(entry["log_level"], entry["code"]) for entry in logs] == [("info", "connection_paused")]
    assert count_jobs(hub) == 0


def test_a_fault_while_asking_is_one_sentence_and_the_next_slot_is_asked_for(
    hub: Hub, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.set_schedule(ACME, every="15m")
    scheduler, connection = Scheduler(hub), list_schedules(hub.core)[0].connection_id
    clock.now += timedelta(minutes=8)

    def broken(*_: object, **__: object) -> int:
        raise RuntimeError("out of paper")

    with monkeypatch.context() as patch, capture_logs() as logs:
        patch.setattr(Hub, "request_job", broken)
        assert scheduler.tick(connection) is None
    errors = [entry for entry in logs if entry["log_level"] == "error"]
    assert [entry["event"] for entry in errors] == [
        "acme/mock: the scheduled job could not be asked for: RuntimeError: out of paper."
    ]
    assert scheduler.tick(connection) is not None


def test_a_node_that_slept_asks_once(hub: Hub, clock: Clock) -> None:
    hub.set_schedule(ACME, every="15m")
    connection = list_schedules(hub.core)[0].connection_id
    clock.now += timedelta(hours=9)
    assert Scheduler(hub).tick(connection) is not None
    finish_jobs(hub)
    assert Scheduler(hub).tick(connection) is None
    assert taken(hub) == ["2026-05-04T19:00:00+00:00"]


def test_the_autumn_hour_that_comes_twice_gives_one_nightly_job(hub: Hub, clock: Clock) -> None:
    clock.now = datetime(2026, 10, 24, 22, 0, tzinfo=UTC)
    hub.set_schedule(ACME, cron="30 2 * * *", timezone="Europe/Berlin")
    scheduler, connection = Scheduler(hub), list_schedules(hub.core)[0].connection_id
    for _ in range(12):
        clock.now += timedelta(minutes=30)
        scheduler.tick(connection)
        finish_jobs(hub)
    assert taken(hub) == ["2026-10-25T00:30:00+00:00"]


def test_old_slots_are_forgotten_and_recent_ones_kept(hub: Hub, clock: Clock) -> None:
    hub.request_job(ACME, slot="old")
    finish_jobs(hub)
    clock.now += timedelta(days=6)
    hub.request_job(ACME, slot="recent")
    clock.now += timedelta(days=2)
    assert forget_slots(hub.core) == 1
    assert taken(hub) == ["recent"]
    with pytest.raises(Refused) as caught:
        hub.request_job(ACME, slot="recent")
    assert caught.value.code == "slot_taken"


# --- two schedulers on one database ---


def follow(url: str, barrier: Any, first: datetime, jitter: int, report: Any) -> None:
    """One node: at each of 20 slots it asks at the same moment as the other one; what it was given is reported."""
    clock = Clock(first)
    given = []
    with make_hub(url, clock) as hub:
        scheduler, schedule = Scheduler(hub), list_schedules(hub.core)[0]
        for number in range(20):
            clock.now = first + number * timedelta(minutes=15) + timedelta(seconds=jitter)
            barrier.wait(30)
            job = scheduler.tick(schedule.connection_id)
            if job is not None:
                given.append(job)
            barrier.wait(30)
            if job is not None:
                finish_jobs(hub)
            barrier.wait(30)
    report(given)


def each_slot_once(hub: Hub, given: list[list[int]], first: datetime) -> None:
    together = sorted(job for node in given for job in node)
    assert len(together) == len(set(together)) == 20
    assert count_jobs(hub) == 20
    assert taken(hub) == [(first + number * timedelta(minutes=15)).isoformat() for number in range(20)]


@pytest.mark.parametrize("jitter", [0, 600])
def test_J1_two_schedulers_in_threads_share_20_slots_without_a_double_or_a_gap(hub: Hub, url: str, jitter: int) -> None:
    hub.set_schedule(ACME, every="15m", jitter=jitter)
    first = datetime(2026, 5, 4, 10, 15, tzinfo=UTC)
    barrier = threading.Barrier(2)
    given: list[list[int]] = []
    nodes = [threading.Thread(target=follow, args=(url, barrier, first, jitter, given.append)) for _ in range(2)]
    for node in nodes:
        node.start()
    for node in nodes:
        node.join(60)
    each_slot_once(hub, given, first)


def test_J1_two_schedulers_in_processes_share_20_slots_without_a_double_or_a_gap(hub: Hub, url: str) -> None:
    hub.set_schedule(ACME, every="15m")
    first = datetime(2026, 5, 4, 10, 15, tzinfo=UTC)
    context = multiprocessing.get_context("spawn")
    barrier, reports = context.Barrier(2), context.SimpleQueue()
    nodes = [context.Process(target=follow, args=(url, barrier, first, 0, reports.put)) for _ in range(2)]
    for node in nodes:
        node.start()
    for node in nodes:
        node.join(60)
    assert [node.exitcode for node in nodes] == [0, 0]
    each_slot_once(hub, [reports.get(), reports.get()], first)


def test_J1_two_schedulers_whose_clocks_differ_make_one_job_per_slot(hub: Hub, url: str, clock: Clock) -> None:
    hub.set_schedule(ACME, every="15m")
    late = Clock(START)
    with make_hub(url, late) as other:
        ahead, behind = Scheduler(hub), Scheduler(other)
        connection = list_schedules(hub.core)[0].connection_id
        made = []
        for number in range(200):
            clock.now = START + number * timedelta(minutes=1)
            late.now = clock.now - timedelta(minutes=4)
            made += [job for node in (ahead, behind) if (job := node.tick(connection)) is not None]
            finish_jobs(hub)
    assert len(made) == len(set(taken(hub))) == 13


# --- a running scheduler ---


@pytest.fixture
def live(url: str) -> Iterator[Hub]:
    """A hub with the real clock."""
    with make_hub(url) as hub:
        hub.add_company("Acme")
        for name in ("mock", "second", "third"):
            hub.connect("acme", "mock", name=name)
        yield hub


def test_schedules_are_set_changed_and_removed_without_a_restart(live: Hub) -> None:
    scheduler = Scheduler(live, reread=0.05)
    scheduler.start()
    try:
        assert scheduler.upcoming() == {}
        live.set_schedule(ACME, cron="0 6 1 1 *")
        first = wait_for(lambda: scheduler.upcoming().get(ACME))
        assert (first.month, first.day, first.hour) == (1, 1, 6)
        live.set_schedule(ACME, cron="0 7 2 2 *")
        assert wait_for(lambda: scheduler.upcoming().get(ACME, first).month == 2)
        live.set_schedule(ACME, off=True)
        assert wait_for(lambda: scheduler.upcoming() == {})
        live.set_schedule(ACME, cron="0 8 3 3 *")  # its version begins at 1 again
        assert wait_for(lambda: ACME in scheduler.upcoming())
        assert scheduler.upcoming()[ACME].month == 3
    finally:
        scheduler.stop()
    assert count_jobs(live) == 0


def test_a_removed_schedule_asks_for_nothing_even_before_that_is_noticed(hub: Hub, clock: Clock) -> None:
    hub.set_schedule(ACME, every="15m")
    scheduler, connection = Scheduler(hub), list_schedules(hub.core)[0].connection_id
    scheduler.reload()
    hub.set_schedule(ACME, off=True)
    clock.now += timedelta(minutes=8)
    assert scheduler.tick(connection) is None
    assert count_jobs(hub) == 0


def test_broken_schedules_in_the_table_do_not_stop_the_others(live: Hub) -> None:
    nonsense = {"timezone": "UTC", "jitter": 0, "version": 1, "changed_at": datetime.now(UTC)}
    broken = [("every", "soon", "UTC"), ("cron", "0 6 * * *", "Mars/Olympus"), ("weekly", "mon", "UTC")]
    for kind, expression, zone in broken:
        with live.database.write(None) as db:
            db.execute(schedules.delete())
            lane = live.lane("acme/second")
            row = {**nonsense, "connection_id": lane.id, "kind": kind, "expression": expression, "timezone": zone}
            db.execute(insert(schedules), row)
        live.set_schedule("acme/third", every="1h")
        scheduler = Scheduler(live, reread=0.05)
        with capture_logs() as logs:
            scheduler.start()
            assert list(scheduler.upcoming()) == ["acme/third"]
            time.sleep(0.2)  # it is told once, not at each look
            scheduler.stop()
        assert len([entry for entry in logs if entry["log_level"] == "error"]) == 1
        shown = live.schedule("acme/second")
        assert shown is not None
        assert shown["next_run"] is None


def test_a_database_that_cannot_be_read_for_a_while_does_not_end_the_scheduler(
    live: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    scheduler = Scheduler(live, reread=0.05)
    scheduler.start()
    try:
        with monkeypatch.context() as patch, capture_logs() as logs:
            patch.setattr("hub.triggers.scheduler.list_schedules", lambda _: 1 / 0)
            assert wait_for(lambda: [entry for entry in logs if entry["log_level"] == "error"])
            time.sleep(0.2)
            assert len([entry for entry in logs if entry["log_level"] == "error"]) == 1  # told once
        live.set_schedule(ACME, every="1h")
        assert wait_for(lambda: ACME in scheduler.upcoming())
    finally:
        scheduler.stop()


def test_a_slot_missed_while_no_node_was_awake_is_asked_for_at_the_start(live: Hub) -> None:
    live.set_schedule(ACME, every="1d")
    yesterday = datetime.now(UTC) - timedelta(days=2)
    with live.database.write(None) as db:
        db.execute(update(schedules).values(changed_at=yesterday))
    for _ in range(2):  # the second time it finds the slot taken
        scheduler = Scheduler(live)
        scheduler.start()
        assert wait_for(lambda: count_jobs(live) == 1)
        scheduler.stop()
        finish_jobs(live)
    assert count_jobs(live) == 1


def test_J2_two_schedulers_and_two_workers_run_in_real_time(
    live: Hub, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rhythm, "SHORTEST", timedelta(seconds=1))
    live.set_schedule(ACME, every="1s")
    stop = threading.Event()
    with make_hub(url) as other:
        nodes = [threading.Thread(target=run_scheduler_and_worker, args=(hub, stop)) for hub in (live, other)]
        for node in nodes:
            node.start()
        enough = wait_for(lambda: len(taken(live)) >= 3)
        stop.set()
        for node in nodes:
            node.join(30)
    assert enough
    assert count_jobs(live) == len(taken(live))
    assert not any(node.is_alive() for node in nodes)
    assert "completed" in {job["state"] for job in live.jobs(ACME)["items"]}


# --- the worker ---


def test_J2_a_worker_runs_the_jobs_of_all_connections_until_it_is_stopped(live: Hub) -> None:
    ids = [live.request_job(f"acme/{name}") for name in ("mock", "second", "third")]
    stop = threading.Event()
    worker = threading.Thread(target=run_worker, args=(live,), kwargs={"poll": 0.02, "stop": stop})
    worker.start()
    assert wait_for(lambda: all(live.job(id)["state"] == "completed" for id in ids))
    stop.set()
    worker.join(10)
    assert not worker.is_alive()


def test_a_job_that_cannot_be_run_does_not_keep_the_worker_from_the_others(
    live: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = live.request_job("acme/second"), live.request_job(ACME)
    lane = Hub.lane

    def broken(self: Hub, label: str) -> Any:
        if label == "acme/second":
            raise RuntimeError("no such drawer")
        return lane(self, label)

    stop = threading.Event()
    with capture_logs() as logs:
        monkeypatch.setattr(Hub, "lane", broken)
        worker = threading.Thread(target=run_worker, args=(live,), kwargs={"poll": 0.02, "stop": stop})
        worker.start()
        assert wait_for(lambda: live.job(good)["state"] == "completed")
        stop.wait(0.2)
        stop.set()
        worker.join(10)
    assert live.job(bad)["state"] == "queued"
    errors = [entry["event"] for entry in logs if entry["log_level"] == "error"]
    assert len(errors) == 1  # it is left alone for a while, so the log stays readable
    assert "no such drawer" in errors[0]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_scheduler_and_worker_cleanly(live: Hub, url: str, number: int) -> None:
    job = live.request_job(ACME)
    script = "import sys; from hub.app import open_hub; from hub.triggers import run_scheduler_and_worker as run\n"
    script += "with open_hub(sys.argv[1]) as hub: run(hub)\nprint('ended')"
    with subprocess.Popen(
        [sys.executable, "-c", script, url], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert wait_for(lambda: live.job(job)["state"] == "completed")
            os.kill(process.pid, number)
            out, err = process.communicate(timeout=20)
        finally:
            process.kill()
    assert process.returncode == 0
    assert out.rstrip().endswith("ended")
    assert "Traceback" not in err
