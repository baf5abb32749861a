"""Runs workers as processes that get ready first and start together: what is timed is the work, not the start-up."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Seconds by the clock, and processor seconds of the processes that did the work."""

    wall: float
    cpu: float


def race(workers: Sequence[tuple[str, str]]) -> Run:
    """Run each (module, where) in a process of its own; timed from the common start until the last one is done."""
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "benchmarks.race", module, where],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parent.parent,
            text=True,
        )
        for module, where in workers
    ]
    for each in started:
        _expect(each, "ready")
    begun = perf_counter()
    for each in started:
        assert each.stdin
        each.stdin.write("go\n")
        each.stdin.flush()
    cpu = sum(float(_expect(each, "done").split()[1]) for each in started)
    wall = perf_counter() - begun
    for each in started:
        each.communicate()
    return Run(wall=wall, cpu=cpu)


def _expect(process: subprocess.Popen[str], word: str) -> str:
    assert process.stdout
    for line in process.stdout:
        if line.startswith(word):
            return line
    raise RuntimeError(f"a worker ended before it was {word}: {process.args}")


def main(module: str, where: str) -> None:
    """One worker: get ready, wait for the word, work, tell the processor time it took."""
    before = 0.0

    def go() -> None:
        nonlocal before
        print("ready", flush=True)
        sys.stdin.readline()
        before = _cpu()

    with suppress(SystemExit):  # how Celery ends
        importlib.import_module(module).work(where, go)
    print(f"done {_cpu() - before}", flush=True)
    sys.stdout.flush()
    os._exit(0)  # some engines linger


def _cpu() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


if __name__ == "__main__":
    main(*sys.argv[1:])
