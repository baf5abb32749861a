"""Schedulers of one database, in threads, processes or with other clocks: each slot gives exactly one job."""

from __future__ import annotations

import multiprocessing
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hub.app import Hub
from hub.jobs.schedules import list_schedules
from hub.testing.clock import Clock
from hub.triggers import Scheduler
from tests.integration.triggers.hubs import ACME, START, count_jobs, finish_jobs, make_hub, taken


def follow(url: str, barrier: Any, first: datetime, jitter: int, report: Any) -> None:
    """One node: at each of 20 slots it asks at the same moment as the other one; what it was given is reported."""
    clock = Clock(first)
    given = []
    with make_hub(url, clock.now) as hub:
        scheduler, schedule = Scheduler(hub), list_schedules(hub.core)[0]
        for number in range(20):
            clock.at = first + number * timedelta(minutes=15) + timedelta(seconds=jitter)
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
    with make_hub(url, late.now) as other:
        ahead, behind = Scheduler(hub), Scheduler(other)
        connection = list_schedules(hub.core)[0].connection_id
        made = []
        for number in range(200):
            clock.at = START + number * timedelta(minutes=1)
            late.at = clock.at - timedelta(minutes=4)
            made += [job for node in (ahead, behind) if (job := node.tick(connection)) is not None]
            finish_jobs(hub)
    assert len(made) == len(set(taken(hub))) == 13
