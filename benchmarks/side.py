"""Side by side: the hub, the floor under it, and the peers, each enqueueing and draining the same records."""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, process_time

from benchmarks import hub_worker, servers
from benchmarks.company import records
from benchmarks.floor import Driver, floor, read_back
from benchmarks.race import Run, race
from hub.app import open_hub
from hub.store import Database, migrate

PEERS = {"huey_sqlite": 2_000, "pgqueuer_pg": 20_000, "procrastinate_pg": 5_000, "celery_redis": 1_000}
"""How many records each peer is given at most: those that commit each one by itself take long, at the same rate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the table. Rates are records a second, `cpu` the processor time of the drain in µs a record."""

    name: str
    workers: int
    count: int
    how: str
    enqueue: float = 0.0
    drain: float = 0.0
    cpu: float = 0.0
    kind: str = ""
    left_out: str = ""


def side_by_side(count: int) -> Iterator[Entry]:
    """Hub and floor on SQLite, hub and floor on PostgreSQL, then the peers."""
    os.environ.setdefault("HUB_SECRET_KEY", "only for this benchmark")
    with tempfile.TemporaryDirectory(prefix="hub-bench-") as folder, servers.postgres() as address:
        yield from _ours("SQLite", lambda name: f"sqlite:///{Path(folder) / name}.db", Path(folder), count)
        if address is None:
            yield Entry(name="hub, PostgreSQL", workers=1, count=0, how="", left_out="no PostgreSQL server")
        else:
            yield from _ours("PostgreSQL", lambda name: servers.fresh(address, name), Path(folder), count)
        with servers.redis() as redis:
            where = {"sqlite": str(Path(folder) / "huey.db"), "pg": address, "redis": redis}
            for module, most in PEERS.items():
                yield from _peer(module, where[module.rpartition("_")[2]], min(count, most))


def _ours(kind: str, address: object, folder: Path, count: int) -> Iterator[Entry]:
    assert callable(address)
    for workers in (1, 2):
        plain = address(f"hub{workers}")
        url = plain.replace("postgresql://", "postgresql+psycopg://")
        database = Database(url)
        migrate(database)
        database.close()
        data = folder / f"{kind}{workers}"
        data.mkdir()
        os.chdir(data)
        with open_hub(url) as hub:
            made = []
            for number in range(workers):
                company = hub.add_company(f"Bench {number}")["id"]
                file = str(data / f"books{number}.db")
                made.append((company, hub.connect(company, "mock", settings={"file": file})["connection"], file))
            begun = perf_counter()
            for company, _, _ in made:
                for _saved in hub.put_many(company, records(count // workers)):
                    pass
            stored = count / (perf_counter() - begun)
        if kind == "PostgreSQL":
            servers.analyse(plain)
        waiting = Driver(plain).rows("requests")
        run = race([(hub_worker.__name__, f"{url} {connection}") for _, connection, _ in made])
        how = (
            "one job, batches of 50, 4 calls at once" if workers == 1 else "two companies, a process each, one database"
        )
        yield _entry(f"hub, {kind}", kind, workers, count, how, stored, run)
        if workers == 1:
            written = read_back(Driver(plain), waiting, Path(made[0][2]))
            target = address("floor")
            wrote, drained = floor(target.replace("postgresql://", "postgresql+psycopg://"), target, data, written)
            yield _entry(f"floor, {kind}", kind, 1, count, "the same rows and commits, the books' too, by the driver",
                         count / wrote.wall, drained)  # fmt: skip


def _entry(name: str, kind: str, workers: int, count: int, how: str, enqueue: float, run: Run) -> Entry:
    return Entry(name=name, kind=kind, workers=workers, count=count, how=how, enqueue=enqueue, drain=count / run.wall,
                 cpu=run.cpu / count * 1e6)  # fmt: skip


def _peer(module: str, where: str | None, count: int) -> Iterator[Entry]:
    peer = importlib.import_module(f"benchmarks.peers.{module}")
    if importlib.util.find_spec(peer.NEEDS) is None:
        yield Entry(name=peer.NAME, workers=1, count=0, how="", left_out=f"{peer.NEEDS} is not installed (extra bench)")
        return
    if where is None:
        yield Entry(name=peer.NAME, workers=1, count=0, how="", left_out="its server is not installed")
        return
    texts = [json.dumps(each) for each in records(count)]
    for workers in (1, 2):
        peer.prepare(where)
        begun, _ = perf_counter(), process_time()
        peer.enqueue(where, texts)
        stored = count / (perf_counter() - begun)
        if module.endswith("_pg"):
            servers.analyse(where)
        run = race([(peer.__name__, where)] * workers)
        if remaining := peer.left(where):
            raise SystemExit(f"{peer.NAME} left {remaining} of {count} tasks")
        kind = "SQLite" if module.endswith("_sqlite") else "PostgreSQL"
        yield _entry(peer.NAME, kind, workers, count, peer.HOW, stored, run)
