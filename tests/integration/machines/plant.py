"""A company group whose connections wait to be synced by processes of the command line, and the verdict afterwards."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import text

from hub.app import Hub, open_hub

HUB = str(Path(sys.executable).with_name("hub"))
WITNESS = Path(__file__).with_name("witness")


@dataclass(frozen=True, slots=True)
class Call:
    """One write to the books, as the witness saw it; `end` is None when its process died in it."""

    pid: int
    begin: int
    end: int | None
    keys: tuple[str, ...]


class Plant:
    """Companies with connections to slow mock books, on one database; and processes that may die at any time.

    Args:
        each: customers of each company; every one goes to each of its connections.
    """

    def __init__(
        self, folder: Path, url: str, *, companies: int, connections: int = 2, each: int = 6, latency: str = "0.05"
    ) -> None:
        self.folder, self.url, self.each = folder, url, each
        self.log = folder / "witness.log"
        self.environment = self.given(folder, url)
        os.environ["WITNESS"] = str(self.log)  # the tests put it back
        self.processes: list[subprocess.Popen[bytes]] = []
        self.hub: Hub = open_hub(url, data_dir=folder, actor="tester")
        self.hub.init()
        self.connections: list[str] = []
        books = {"batch_size": "2", "concurrency": "1", "latency": latency}
        for number in range(companies):
            company = self.hub.add_company(f"Company {number}")["id"]
            for at in range(connections):
                made = self.hub.connect(company, "mock", name=f"books{at}", settings=books, extensions=["witness"])
                self.connections.append(made["connection"])
            for at in range(each):
                self.hub.put(company, "customer", f"C{at}", {"name": f"Customer {at}"})

    @staticmethod
    def given(folder: Path, url: str) -> dict[str, str]:
        """The environment of every process."""
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith("HUB_")},
            "HUB_DATABASE_URL": url,
            "HUB_DATA_DIR": str(folder),
            "HUB_SECRET_KEY": "not so secret",
            "HUB_LEASE_SECONDS": "4",
            "HUB_WORKERS": "2",
            "HUB_LOG_LEVEL": "INFO",
            "PYTHONPATH": str(WITNESS),
            "WITNESS": str(folder / "witness.log"),
        }

    def start(self, *words: str, **environment: str) -> subprocess.Popen[bytes]:
        """Start a command of the hub as a process."""
        command = [HUB, *words] if words[0] != HUB else list(words)
        with (self.folder / f"said-{len(self.processes)}").open("wb") as said:
            process = subprocess.Popen(
                command,
                env={**self.environment, **environment},
                cwd=self.folder,
                stdout=subprocess.DEVNULL,
                stderr=said,
            )
        self.processes.append(process)
        return process

    def ask(self, statement: str) -> list[dict[str, Any]]:
        """What the hub's database answers."""
        with self.hub.database.read() as db:
            return [dict(row) for row in db.execute(text(statement)).mappings()]

    def all_ready(self) -> None:
        """Wait until every process waits for jobs."""
        ready = "The worker waits for jobs."
        wait_for(lambda: self.said().count(ready) == len(self.processes), what="a worker did not start")

    def said(self) -> str:
        """What all processes said so far."""
        return "\n".join(file.read_text("utf-8") for file in sorted(self.folder.glob("said-*")))

    def close(self) -> None:
        """End what still runs."""
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.wait()
        self.hub.close()

    def finish(self) -> None:
        """Ask every process that still runs to end, and wait for it; none ended by a fault."""
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        codes = {process.wait(30) for process in self.processes}
        assert codes <= {0, -signal.SIGKILL}, self.said()
        assert "Traceback" not in self.said()

    def holds(self, process: subprocess.Popen[bytes]) -> bool:
        """Whether the process is sending for a job at this moment."""
        held = f"SELECT 1 FROM jobs WHERE state = 'exporting' AND holder LIKE '% {process.pid} %'"
        calls = [call for call in self.calls() if call.pid == process.pid]
        return bool(calls) and calls[-1].end is None and bool(self.ask(held))

    def drained(self) -> bool:
        """Whether every job has ended."""
        return not self.ask("SELECT 1 FROM jobs WHERE finished_at IS NULL LIMIT 1")

    def calls(self) -> list[Call]:
        """Every write to the books so far, in order of their beginnings."""
        open_calls: dict[tuple[int, tuple[str, ...]], int] = {}
        done: list[Call] = []
        for line in self.log.read_text("ascii").splitlines() if self.log.exists() else []:
            what, pid, at, *keys = line.split()
            name = (int(pid), tuple(keys))
            if what == "begin":
                open_calls[name] = int(at)
            else:
                done.append(Call(name[0], open_calls.pop(name), int(at), name[1]))
        done += [Call(pid, at, None, keys) for (pid, keys), at in open_calls.items()]
        return sorted(done, key=lambda call: call.begin)

    def exactly_once(self) -> None:
        """Each connection's books hold each customer once, and nothing waits."""
        expected = sorted(f"Customer {at}" for at in range(self.each))
        for connection in self.connections:
            held = [each["name"] for each in self.hub.adapter(connection).bookkeeper.all("customer")]
            assert sorted(held) == expected, connection
            assert self.hub.queue(connection)["items"] == []
        states = self.ask("SELECT DISTINCT state FROM jobs")
        assert states == [{"state": "completed"}]

    def never_at_the_same_time(self, killed: dict[int, int]) -> None:
        """No two processes wrote for one job at the same time; `killed` tells when a process was dead for sure."""
        job_of = {row["key"]: row["job_id"] for row in self.ask("SELECT key, job_id FROM attempts")}
        by_job: dict[int, list[Call]] = defaultdict(list)
        for call in self.calls():
            (job,) = {job_of[key] for key in call.keys}
            by_job[job].append(call)
        assert by_job
        assert [pair for calls in by_job.values() for pair in overlaps(calls, killed)] == []
        # And the hub's own account: once a new holder has written an intent, no older one writes any more.
        fences: dict[int, int] = {}
        for row in self.ask("SELECT job_id, fence FROM attempts ORDER BY id"):
            assert row["fence"] >= fences.get(row["job_id"], 0), row
            fences[row["job_id"]] = row["fence"]


def overlaps(calls: list[Call], killed: dict[int, int]) -> list[tuple[Call, Call]]:
    """The pairs of calls that two processes made at the same time; one without an end ended with its process."""
    found = []
    for one in calls:
        end = killed[one.pid] if one.end is None else one.end
        found += [(one, other) for other in calls if other.pid != one.pid and one.begin <= other.begin <= end]
    return found


def wait_for(done: Callable[[], Any], seconds: float = 60, what: str = "") -> Any:
    """The first truthy answer; an AssertionError when there is none in time."""
    end = time.monotonic() + seconds
    while not (result := done()):
        assert time.monotonic() < end, f"not in {seconds:g} s: {what or done}"
        time.sleep(0.03)
    return result
