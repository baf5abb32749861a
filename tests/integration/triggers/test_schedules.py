"""A schedule is set in words that make sense, and asks for one job for each of its times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hub_mock.bookkeeper import Bookkeeper
from sqlalchemy import select, update
from structlog.testing import capture_logs

from hub.app import Hub
from hub.errors import InvalidInput, Refused, UsageError
from hub.jobs.schedules import forget_slots, list_schedules
from hub.store.tables import audit, connections
from hub.testing.clock import Clock
from hub.triggers import Scheduler
from tests.integration.triggers.hubs import ACME, START, count_jobs, finish_jobs, taken


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


def test_setting_a_schedule_as_it_is_changes_and_notes_nothing(hub: Hub) -> None:
    def notes() -> int:
        with hub.database.read() as db:
            return len(db.execute(select(audit).where(audit.c.action == "schedule_set")).all())

    first = hub.set_schedule(ACME, cron="0 6 * * mon-fri", timezone="Europe/Berlin")
    assert hub.set_schedule(ACME, cron="0  6 * * MON-FRI", timezone="Europe/Berlin") == first
    assert (notes(), [each.version for each in list_schedules(hub.core)]) == (1, [1])
    hub.set_schedule(ACME, cron="0 7 * * mon-fri", timezone="Europe/Berlin")
    assert notes() == 2


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


def test_J2_a_schedule_asks_for_one_job_per_slot(hub: Hub, clock: Clock) -> None:
    hub.set_schedule(ACME, every="15m")
    scheduler = Scheduler(hub)
    connection = list_schedules(hub.core)[0].connection_id
    assert scheduler.tick(connection) is None  # the slot of 10:00 was before the schedule
    clock.at = START + timedelta(minutes=8)
    job = scheduler.tick(connection)
    assert job is not None
    assert hub.job(job)["trigger"] == "schedule"
    finish_jobs(hub)
    assert scheduler.tick(connection) is None
    assert taken(hub) == ["2026-05-04T10:15:00+00:00"]
    clock.at += timedelta(minutes=15)
    assert scheduler.tick(connection) is not None


def test_J2_a_scheduled_job_exports_the_queue_and_then_imports(hub: Hub, clock: Clock) -> None:
    hub.put("acme", "customer", "c1", {"name": "Anna's Café"})
    Bookkeeper(hub.adapter(ACME).books).add("customer", ["name=Bea"])
    hub.set_schedule(ACME, every="15m")
    clock.at += timedelta(minutes=8)
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
    clock.at += timedelta(minutes=8)
    with capture_logs() as logs:
        assert Scheduler(hub).tick(list_schedules(hub.core)[0].connection_id) is None
    assert [(entry["log_level"], entry["code"]) for entry in logs] == [("info", "job_unfinished")]
    assert taken(hub) == []
    assert count_jobs(hub) == 1


def test_a_paused_connection_is_not_asked_for_jobs(hub: Hub, clock: Clock) -> None:
    hub.set_schedule(ACME, every="15m")
    with hub.database.write(None) as db:
        db.execute(update(connections).values(paused_reason="authorisation lost"))
    clock.at += timedelta(minutes=8)
    with capture_logs() as logs:
        assert Scheduler(hub).tick(list_schedules(hub.core)[0].connection_id) is None
    assert [(entry["log_level"], entry["code"]) for entry in logs] == [("info", "connection_paused")]
    assert count_jobs(hub) == 0


def test_a_fault_while_asking_is_one_sentence_and_the_next_slot_is_asked_for(
    hub: Hub, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.set_schedule(ACME, every="15m")
    scheduler, connection = Scheduler(hub), list_schedules(hub.core)[0].connection_id
    clock.at += timedelta(minutes=8)

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
    clock.at += timedelta(hours=9)
    assert Scheduler(hub).tick(connection) is not None
    finish_jobs(hub)
    assert Scheduler(hub).tick(connection) is None
    assert taken(hub) == ["2026-05-04T19:00:00+00:00"]


def test_the_autumn_hour_that_comes_twice_gives_one_nightly_job(hub: Hub, clock: Clock) -> None:
    clock.at = datetime(2026, 10, 24, 22, 0, tzinfo=UTC)
    hub.set_schedule(ACME, cron="30 2 * * *", timezone="Europe/Berlin")
    scheduler, connection = Scheduler(hub), list_schedules(hub.core)[0].connection_id
    for _ in range(12):
        clock.at += timedelta(minutes=30)
        scheduler.tick(connection)
        finish_jobs(hub)
    assert taken(hub) == ["2026-10-25T00:30:00+00:00"]


def test_old_slots_are_forgotten_and_recent_ones_kept(hub: Hub, clock: Clock) -> None:
    hub.request_job(ACME, slot="old")
    finish_jobs(hub)
    clock.at += timedelta(days=6)
    hub.request_job(ACME, slot="recent")
    clock.at += timedelta(days=2)
    assert forget_slots(hub.core) == 1
    assert taken(hub) == ["recent"]
    with pytest.raises(Refused) as caught:
        hub.request_job(ACME, slot="recent")
    assert caught.value.code == "slot_taken"
