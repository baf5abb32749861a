"""`make bench`: the hub beside its floor and its peers, what a record costs as they grow, lists of a million."""

from __future__ import annotations

import argparse
import os
import platform
import sqlite3
import sys
import tempfile
from pathlib import Path

from benchmarks import servers
from benchmarks.growth import grow
from benchmarks.lists import fill, looks, told
from benchmarks.side import Entry, side_by_side
from hub.app import open_hub
from hub.store import Database, migrate


def main() -> None:
    """Run what is asked for, and print tables ready for docs/performance.md."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", nargs="*", choices=("side", "growth", "lists"), default=["side", "growth", "lists"])
    parser.add_argument("--records", type=int, default=20_000, help="records of the comparison side by side")
    parser.add_argument("--growth", type=int, nargs="*", default=[1_000, 10_000, 100_000], help="sizes; 1000000 too")
    parser.add_argument("--requests", type=int, default=1_000_000, help="requests of the queue that is listed")
    chosen = parser.parse_args()
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    command = " ".join(["python -m benchmarks", *sys.argv[1:]])
    print(f"{machine}, SQLite {sqlite3.sqlite_version}; `{command}`\n")
    if "side" in chosen.only:
        _side(chosen.records)
    if "growth" in chosen.only:
        _growth(chosen.growth)
    if "lists" in chosen.only:
        _lists(chosen.requests)


def _side(count: int) -> None:
    print("| Engine | Workers | Records | Enqueue /s | Drain /s | Drain, CPU µs | Hub is | To the floor | How |")
    print("|---|---|---|---|---|---|---|---|---|", flush=True)
    ours: dict[tuple[str, int], float] = {}
    lines: list[Entry] = []
    for entry in side_by_side(count):
        lines.append(entry)
        print(f"{entry.name}, {entry.workers} workers: {entry.drain:,.0f}/s", file=sys.stderr, flush=True)
        if entry.name.startswith("hub"):
            ours[entry.kind, entry.workers] = entry.drain
    floors = {entry.kind: entry.drain for entry in lines if entry.name.startswith("floor")}
    for each in lines:
        if each.left_out:
            print(f"| {each.name} | | | | | | left out: {each.left_out} | | |")
            continue
        faster = ours.get((each.kind, each.workers), 0) / each.drain
        above = floors.get(each.kind, 0) / each.drain
        print(f"| {each.name} | {each.workers} | {each.count:,} | {each.enqueue:,.0f} | {each.drain:,.0f} "
              f"| {each.cpu:,.0f} | {faster:.1f} × | {above:.1f} × | {each.how} |")  # fmt: skip
    print(flush=True)


def _growth(sizes: list[int]) -> None:
    print("| Records | Step | µs each | CPU µs each | Memory |")
    print("|---|---|---|---|---|", flush=True)
    for size in sizes:
        for cost in grow(size):
            print(
                f"| {cost.count:,} | {cost.step} | {cost.wall:.0f} | {cost.cpu:.0f} | {cost.memory:+.0f} MB |",
                flush=True,
            )
    print(flush=True)


def _lists(count: int) -> None:
    print(f"| Queue of {count:,} | A page of 50, random filter and order, first and later pages |")
    print("|---|---|", flush=True)
    with tempfile.TemporaryDirectory(prefix="hub-bench-") as folder, servers.postgres() as address:
        addresses = {"SQLite": f"sqlite:///{Path(folder)}/hub.db"}
        if address is not None:
            addresses["PostgreSQL"] = servers.fresh(address, "lists").replace("postgresql://", "postgresql+psycopg://")
        for name, url in addresses.items():
            os.environ.setdefault("HUB_SECRET_KEY", "only for this benchmark")
            database = Database(url)
            migrate(database)
            database.close()
            with open_hub(url) as hub:
                company = hub.add_company("Bench")["id"]
                connection = hub.connect(company, "mock", settings={"file": f"{folder}/books.db"})["connection"]
                fill(hub, company, connection, count)
                print(f"| {name} | {told(looks(hub, connection, 400))} |", flush=True)


if __name__ == "__main__":
    main()
