"""`make bench`: load, enqueue, drain, list with filter, and memory, each beside the floor of raw SQLite."""

from __future__ import annotations

import argparse
import os
import platform
import sqlite3
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.company import records
from benchmarks.floor import floor
from benchmarks.memory import Peak, resident_mb
from hub.app import Hub, open_hub

LOOKS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("first page", {}),
    ("one type, by amount, falling", {"type": "ship_doc", "sort": "-amount"}),
    ("search for a name", {"search": "Customer 77"}),
    ("needs attention", {"error": "conflict"}),
)


def measure(work: Callable[[], Any]) -> tuple[float, float, Any]:
    """Seconds, peak resident megabytes, result."""
    with Peak() as peak:
        started = perf_counter()
        result = work()
        seconds = perf_counter() - started
    return seconds, peak.mb, result


def bench(folder: Path, count: int, table: Table) -> None:
    """One size: rows into the table, and an exit when the books do not hold exactly what was put in."""
    store_floor, drain_floor = floor(folder, count)
    start = resident_mb()
    with open_hub(f"sqlite:///{folder / 'hub.db'}") as hub:
        company = hub.add_company("Bench")["id"]

        def row(name: str, seconds: float, peak: float, floor_seconds: float | None) -> None:
            ratio = "" if floor_seconds is None else f"{seconds / floor_seconds:.1f} ×"
            each = f"{seconds / count * 1e6:.0f}"
            table.add_row(f"{count:,}", name, f"{count / seconds:,.0f}", each, ratio, f"{peak - start:+.0f} MB")

        seconds, peak, _ = measure(lambda: sum(1 for _ in hub.put_many(company, records(count))))
        row("load", seconds, peak, None)
        loaded = seconds
        seconds, peak, made = measure(lambda: hub.connect(company, "mock"))
        row("enqueue", seconds, peak, None)
        row("load + enqueue", loaded + seconds, peak, store_floor)
        assert made["queued"] == count
        looks(hub, made["connection"], count, table)
        seconds, peak, job = measure(lambda: hub.sync(made["connection"]))
        row("drain, batch 50", seconds, peak, drain_floor)
        if job["totals"]["applied"] != count or hub.queue(made["connection"])["total"]:
            sys.exit(f"The books do not hold what was put in: {job['totals']}")


def looks(hub: Hub, connection: str, count: int, table: Table) -> None:
    """Latency of one page of the full queue."""
    for name, chosen in LOOKS:
        times = []
        for _ in range(20):
            started = perf_counter()
            hub.queue(connection, limit=50, **chosen)
            times.append((perf_counter() - started) * 1000)
        p95 = quantiles(times, n=20)[-1]
        table.add_row(f"{count:,}", f"list: {name}", "", f"{median(times):.1f} ms, p95 {p95:.1f} ms", "", "")


def main() -> None:
    """Run all sizes and print one table with the machine it was made on."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--records", type=int, nargs="*", default=[10_000, 100_000], help="sizes to measure")
    chosen = parser.parse_args()
    table = Table("records", "step", "records/s", "µs each", "to the floor", "peak memory", box=None, pad_edge=False)
    for column in table.columns[2:]:
        column.justify = "right"
    for count in chosen.records:
        with tempfile.TemporaryDirectory(prefix="hub-bench-") as folder:
            bench(Path(folder), count, table)
    console = Console(width=110)
    console.print(table)
    console.print(
        f"{os.cpu_count()} cores, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, WAL, FULL. "
        "Floor: the same durable rows through sqlite3 alone."
    )


if __name__ == "__main__":
    main()
