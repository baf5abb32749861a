"""Where processes are killed: copies of the company on either database, and the processes that work for it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hub.app import Hub, open_hub
from hub.errors import Refused
from tests.integration.kills.company import BOOKS, EXPECTED, LIVE, TOKENS, books_file, furnish, held
from tests.stores import Store, query

ENDED = ("completed", "completed_with_errors", "failed", "cancelled")
REFUSED, CRASHED = 4, 70
LONG = 120.0
"""Seconds after which a process that does not end, or a job that is not finished, hangs."""


class Failure(AssertionError):
    """The promise of rule X4 was broken."""


class Arena:
    """One database server, one process that forks victims, and the furnished companies that stages are copies of."""

    def __init__(self, store: Store, root: Path) -> None:
        self.store, self.root = store, root
        self.kills: Counter[str] = Counter()
        self._count = 0
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("victim.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": "."},
        )

    def close(self) -> None:
        """End the forking process."""
        with self._process as process:
            assert process.stdin is not None
            process.stdin.close()

    def order(self, what: dict[str, Any]) -> dict[str, Any]:
        """Give an order to the forking process; its answer."""
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(what) + "\n")
        process.stdin.flush()
        answer: dict[str, Any] = json.loads(process.stdout.readline())
        return answer

    def stage(
        self, kind: str, *, tokens: bool = False, connections: Sequence[str] = ("mock",), **settings: Any
    ) -> Stage:
        """A fresh copy of the company on books of that kind."""
        given = {**BOOKS[kind], **(TOKENS if tokens else {}), **settings}
        words = [kind, *connections, *(f"{key} {value}" for key, value in given.items())]
        template = self.root / f"{self.store.name} {' '.join(words)}".replace(" ", "-")
        if not template.exists():
            template.mkdir(parents=True)
            furnish(template, self.store.url(template), given, connections)
        self._count += 1
        folder = self.root / f"{self.store.name}-{self._count}"
        self.store.copy(template, folder)
        return Stage(self, folder, connections)


class Stage:
    """One copy of the company."""

    def __init__(self, arena: Arena, folder: Path, connections: Sequence[str]) -> None:
        self.arena, self.folder, self.connections = arena, folder, connections
        self.url = arena.store.url(folder)
        self.kills = 0
        self.alive: dict[int, str] = {}

    # --- processes ---

    def start(self, task: str, point: str = "", **more: Any) -> int:
        """Start a process on a task, which gets a signal at the point if it passes it; its pid."""
        order = {"task": task, "url": self.url, "data_dir": str(self.folder), "point": point,
                 "connection": f"acme/{self.connections[0]}", **more}  # fmt: skip
        pid: int = self.arena.order(order)["pid"]
        self.alive[pid] = point
        return pid

    def kill(self, pid: int, at: str = "random time") -> None:
        """SIGKILL from outside; one that had died already, or ended, is counted as what it was."""
        os.kill(pid, signal.SIGKILL) if self.is_there(pid) else None
        self.wait(pid, at)

    def wait(self, pid: int, at: str = "random time") -> int:
        """How the process ended: its exit code, negative for the signal that killed it."""
        end = time.monotonic() + LONG
        while self.is_there(pid):
            if time.monotonic() > end:
                os.kill(pid, signal.SIGUSR1)  # where it stands goes to what it said
                time.sleep(0.5)
                os.kill(pid, signal.SIGKILL)
                raise Failure(f"A process did not end within {LONG:g} s:\n{self.said(pid)}")
            time.sleep(0.005)
        point = self.alive.pop(pid)
        code: int = self.arena.order({"task": "wait", "pid": pid})["code"]
        if code == -signal.SIGKILL:
            self.kills += 1
            self.arena.kills[point.partition(":")[0] or at] += 1
        elif code == CRASHED:
            raise Failure(f"A process ended with a traceback:\n{self.said(pid)}")
        return code

    def run(self, task: str, point: str = "", **more: Any) -> int:
        """Start a process and wait for its end."""
        return self.wait(self.start(task, point, **more))

    def said(self, pid: int) -> str:
        """What a process printed."""
        file = self.folder / f"said-{pid}"
        return file.read_text("utf-8", "replace") if file.exists() else ""

    def is_there(self, pid: int) -> bool:
        """Whether a process still exists: the forking process has not reaped it."""
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        return True

    def is_stopped(self, pid: int) -> bool:
        """Whether it was stopped by SIGSTOP."""
        try:
            return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0] == "T"
        except OSError:
            return False

    # --- the hub, seen from outside ---

    def hub(self) -> Hub:
        """Look into the hub."""
        return open_hub(self.url, actor="tester", data_dir=self.folder)

    def ask_for_jobs(self) -> None:
        """A job on every connection that has none."""
        with self.hub() as hub:
            for name in self.connections:
                try:
                    hub.request_job(f"acme/{name}")
                except Refused:
                    pass

    def busy(self) -> bool:
        """Whether a request or a job is left."""
        unfinished = "SELECT 1 AS x FROM jobs WHERE state IN ('queued', 'exporting', 'importing')"
        return bool(query(self.url, f"SELECT 1 AS x FROM requests UNION {unfinished}"))

    def await_calm(self, seconds: float = LONG) -> None:
        """Wait until no job is unfinished: a worker must be running."""
        end = time.monotonic() + seconds
        unfinished = "SELECT id FROM jobs WHERE state IN ('queued', 'exporting', 'importing')"
        while query(self.url, unfinished):
            if time.monotonic() > end:
                raise Failure(f"A job is not finished after {seconds:g} s, though workers run.")
            time.sleep(0.05)

    def finish(self) -> None:
        """Sync until nothing waits, a few times at most: what an unknown outcome blocked goes out next time."""
        for _ in range(5):
            for name in self.connections:
                pid = self.start("sync", connection=f"acme/{name}")
                code = self.wait(pid)
                if code not in (0, REFUSED):
                    raise Failure(f"A sync failed by itself ({code}): {self.said(pid)}")
            if not self.busy():
                return

    def verdict(self) -> None:
        """Exactly one object per record, equal to the source; nothing waits; no job is unfinished."""
        with self.hub() as hub:
            for name in self.connections:
                found = held(books_file(self.folder, name))
                if found != EXPECTED:
                    raise Failure(told(name, found))
                label = f"acme/{name}"
                if left := hub.queue(label)["items"]:
                    raise Failure(f"{label} still has requests: {left}")
                jobs = hub.jobs(label, limit=500)["items"]
                if open_jobs := [each for each in jobs if each["state"] not in ENDED]:
                    raise Failure(f"{label} still has unfinished jobs: {open_jobs}")
                for type, source_id in LIVE:
                    states = {
                        each["connection"]: each for each in hub.show("acme", type, source_id, history=False)["sync"]
                    }
                    if states[label]["state"] != "synced" or not states[label]["remote_id"]:
                        raise Failure(f"{type} {source_id} is not synced on {label}: {states[label]}")

    def end(self) -> None:
        """Kill what is still there and remove the copy."""
        for pid in list(self.alive):
            self.kill(pid, "end")
        self.arena.store.drop(self.folder)
        shutil.rmtree(self.folder, ignore_errors=True)


def told(name: str, found: dict[str, list[tuple[str, str]]]) -> str:
    """What the books hold too often, and what they lack."""
    lines = [f"The books {name} are not as they must be:"]
    for kind, wanted in EXPECTED.items():
        twice = Counter(found[kind]) - Counter(wanted)
        lost = Counter(wanted) - Counter(found[kind])
        lines += [f"  {kind}: duplicate or wrong {dict(twice)}"] if twice else []
        lines += [f"  {kind}: lost {dict(lost)}"] if lost else []
    return "\n".join(lines)
