"""The unit files and the compose file that docs/many-machines.md hands out do what it says, started for real."""

from __future__ import annotations

import configparser
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from hub.settings import Settings
from tests.integration.machines.plant import HUB, WITNESS, Plant, wait_for
from tests.stores import query

FILES = Path(__file__).parents[3] / "examples" / "many-machines"
UNITS = ("hub-serve.service", "hub-worker.service", "hub-worker.service")
pytestmark = pytest.mark.postgres


@dataclass(frozen=True, slots=True)
class Process:
    """One process as a file describes it; its first word, wherever that is installed, must be the hub's command."""

    words: list[str]
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def command(self) -> list[str]:
        assert Path(self.words[0]).name == "hub"
        return [HUB, *self.words[1:]]


def unit(name: str) -> configparser.SectionProxy:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string((FILES / name).read_text("utf-8"))
    return parser["Service"]


def from_units() -> list[Process]:
    found = []
    for name in UNITS:
        service = unit(name)
        environment = dict(pair.split("=", 1) for pair in shlex.split(service["Environment"]))
        found.append(Process(shlex.split(service["ExecStart"]), environment))
    return found


def compose() -> dict[str, Any]:
    services: dict[str, Any] = yaml.safe_load((FILES / "compose.yaml").read_text("utf-8"))["services"]
    return services


def from_compose() -> list[Process]:
    found = []
    for name in ("serve", "worker"):
        service = compose()[name]
        fixed = {key: value for key, value in service["environment"].items() if "$" not in value}
        found += [Process(service["command"], fixed)] * service.get("deploy", {}).get("replicas", 1)
    return found


MACHINES = {"units": from_units, "compose": from_compose}


@pytest.fixture
def settings_of_this_test(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.syspath_prepend(str(WITNESS))
    monkeypatch.setenv("WITNESS", "")
    yield
    sys.modules.pop("hub_witness", None)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "victim"), [("units", 1), ("compose", 0)])
def test_three_machines_follow_a_schedule_and_one_is_lost(
    kind: str, victim: int, tmp_path: Path, empty_database: str, settings_of_this_test: None
) -> None:
    init = {**Plant.given(tmp_path, empty_database)}
    subprocess.run([HUB, *compose()["init"]["command"][1:]], env=init, cwd=tmp_path, check=True, capture_output=True)
    plant = Plant(tmp_path, empty_database, companies=6)
    try:
        machines = [plant.start(*each.command, **each.environment) for each in MACHINES[kind]()]
        assert len(machines) == 3
        plant.all_ready()
        for connection in plant.connections:
            plant.hub.set_schedule(connection, every="1h")
        set_long_ago = "UPDATE schedules SET changed_at = changed_at - 7200000000"  # so the last full hour is its own
        query(plant.url, set_long_ago, "acme")
        wait_for(lambda: plant.holds(machines[victim]), what="the victim never had a job")
        wait_for(lambda: len(plant.ask("SELECT 1 FROM jobs")) == len(plant.connections))
        machines[victim].kill()
        machines[victim].wait()
        dead = time.monotonic_ns()
        wait_for(plant.drained, what="jobs were left")
        plant.finish()
        plant.exactly_once()
        plant.never_at_the_same_time({machines[victim].pid: dead})
        jobs = plant.ask("SELECT DISTINCT trigger, count(*) AS n FROM jobs GROUP BY trigger")
        assert jobs == [{"trigger": "schedule", "n": len(plant.connections)}]
    finally:
        plant.close()


def test_the_files_name_only_settings_that_exist() -> None:
    known = {f"HUB_{name}".upper() for name in Settings.model_fields}
    for each in (*from_units(), *from_compose()):
        assert each.environment.keys() <= known
    for name in ("init", "serve", "worker"):
        assert compose()[name]["environment"].keys() <= known
    assert {"HUB_DATABASE_URL", "HUB_SECRET_KEY"} <= compose()["worker"]["environment"].keys()


def test_a_stop_leaves_the_jobs_at_hand_the_time_to_finish() -> None:
    for name in UNITS:
        assert int(unit(name)["TimeoutStopSec"]) >= 60
        assert "KillSignal" not in unit(name)
    assert {compose()[name]["stop_grace_period"] for name in ("serve", "worker")} == {"2m"}


def test_the_page_shows_the_files_that_are_there() -> None:
    page = (FILES.parents[1] / "docs" / "many-machines.md").read_text("utf-8")
    assert {path.name for path in FILES.iterdir()} == {*UNITS, "compose.yaml"}
    for path in FILES.iterdir():
        assert f"../examples/many-machines/{path.name}" in page
