"""Real `hub worker` processes on one database: one is killed in the middle, and every job is run by one at a time."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.machines.plant import WITNESS, Call, Plant, overlaps, wait_for
from tests.stores import Store


def test_the_verdict_sees_two_processes_at_the_same_time() -> None:
    first, killed = Call(1, 100, 200, ("a",)), Call(1, 300, None, ("b",))
    assert overlaps([first, killed, Call(2, 201, 299, ("c",)), Call(3, 351, 360, ("d",))], {1: 350}) == []
    for other in (Call(2, 150, 250, ("c",)), Call(2, 320, 330, ("d",))):
        assert len(overlaps([first, killed, other], {1: 350})) == 1


@pytest.fixture
def plant(tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Plant]]:
    monkeypatch.syspath_prepend(str(WITNESS))
    monkeypatch.setenv("WITNESS", "")  # put back afterwards
    built: list[Plant] = []

    def plant(**given: Any) -> Plant:
        built.append(Plant(tmp_path, store.url(tmp_path), **given))
        return built[-1]

    yield plant
    for each in built:
        each.close()
    sys.modules.pop("hub_witness", None)


@pytest.mark.slow
def test_J6_two_workers_and_a_killed_one_drain_all_connections_and_no_job_is_run_twice_at_a_time(
    plant: Callable[..., Plant], store: Store, record_property: Callable[[str, object], None]
) -> None:
    plant = plant(companies=10 if store.name == "postgres" else 4)
    victim, *_others = [plant.start("worker") for _ in range(3)]
    plant.all_ready()
    jobs = [plant.hub.request_job(connection) for connection in plant.connections]
    wait_for(lambda: plant.holds(victim), what="the victim never had a job")
    victim.kill()
    victim.wait()
    dead = time.monotonic_ns()
    record_property("kills", 1)
    wait_for(plant.drained, what="jobs were left")
    plant.finish()
    plant.exactly_once()
    plant.never_at_the_same_time({victim.pid: dead})
    taken_over = plant.ask("SELECT id FROM jobs WHERE fence > 1")
    assert 1 <= len(taken_over) <= 2, plant.said()  # what the victim had at hand
    assert len(plant.ask("SELECT id FROM jobs")) == len(jobs)
    assert len({call.pid for call in plant.calls()}) == 3


@pytest.mark.slow
def test_one_signal_finishes_the_job_at_hand_and_a_second_one_ends_at_once(
    plant: Callable[..., Plant], store: Store
) -> None:
    number = signal.SIGTERM if store.name == "postgres" else signal.SIGINT
    plant = plant(companies=1, connections=1, latency="0.4")
    job = plant.hub.request_job(plant.connections[0])
    hasty = plant.start("worker")
    wait_for(lambda: plant.holds(hasty))
    hasty.send_signal(number)
    time.sleep(0.2)
    assert hasty.poll() is None
    hasty.send_signal(number)
    hasty.wait(10)
    dead = time.monotonic_ns()
    assert not plant.drained()
    patient = plant.start("worker")
    wait_for(lambda: plant.holds(patient))
    patient.send_signal(number)
    patient.wait(30)
    assert plant.hub.job(job)["state"] == "completed"
    assert (hasty.returncode, patient.returncode) == (-number, 0)
    plant.never_at_the_same_time({hasty.pid: dead})
    plant.exactly_once()
    assert "Traceback" not in plant.said()
