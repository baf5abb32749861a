"""What one record costs, and what the process holds in memory, as the number of records grows."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from benchmarks.company import records
from benchmarks.memory import Peak, resident_mb
from hub.app import open_hub


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """One step at one size: µs by the clock and of the processor for each record, megabytes more than at its start."""

    count: int
    step: str
    wall: float
    cpu: float
    memory: float


def grow(count: int) -> list[Cost]:
    """Save and queue, then drain, so many records on a fresh SQLite hub."""
    with (
        tempfile.TemporaryDirectory(prefix="hub-bench-") as folder,
        open_hub(f"sqlite:///{Path(folder)}/hub.db") as hub,
    ):
        company = hub.add_company("Bench")["id"]
        connection = hub.connect(company, "mock")["connection"]
        saved = _cost(count, "save and queue", lambda: sum(1 for _ in hub.put_many(company, records(count))))
        drained = _cost(count, "drain", lambda: hub.sync(connection))
        if left := hub.queue(connection, limit=1)["total"]:
            raise SystemExit(f"{left} of {count} requests are still in the queue")
    return [saved, drained]


def _cost(count: int, step: str, work: Callable[[], Any]) -> Cost:
    before, begun, cpu = resident_mb(), perf_counter(), process_time()
    with Peak() as peak:
        work()
    wall, used = perf_counter() - begun, process_time() - cpu
    return Cost(count=count, step=step, wall=wall / count * 1e6, cpu=used / count * 1e6, memory=peak.mb - before)
