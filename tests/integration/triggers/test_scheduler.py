"""A running scheduler follows its schedules, and a fault in one of them or in the database does not end it."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, update
from structlog.testing import capture_logs

from hub.app import Hub
from hub.jobs import rhythm
from hub.jobs.schedules import list_schedules
from hub.store.tables import schedules
from hub.testing.clock import Clock
from hub.triggers import Scheduler, run_scheduler_and_worker
from tests.integration.triggers.hubs import ACME, count_jobs, finish_jobs, make_hub, taken, wait_for


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
    clock.at += timedelta(minutes=8)
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
