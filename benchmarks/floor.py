"""The floor: the durable writes of the hub and of the mock books, by the drivers alone, with nothing decided.

The tables, indexes and triggers are the hub's own, made by its migrations, and the books' own. Every row that a record
costs is written again with the values that the hub wrote for it, in transactions of the same size, and the record is
read where the hub must read it to send it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from hub_mock.schema import connect
from hub_mock.settings import MockSettings

from benchmarks.race import Run
from hub.store import Database, migrate

BATCH, CHUNK = 50, 100
"""Requests of one call to the books, and of one transaction of the hub: it feeds two calls at once."""
Rows = tuple[list[str], list[tuple[Any, ...]]]


class Driver:
    """sqlite3 or psycopg, told the same things in the same words."""

    def __init__(self, url: str) -> None:
        self.is_sqlite = url.startswith("sqlite")
        if self.is_sqlite:
            self.db: Any = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
            for pragma in ("synchronous=FULL", "cache_size=-65536", "wal_autocheckpoint=8000", "foreign_keys=ON"):
                self.db.execute(f"PRAGMA {pragma}")
        else:
            import psycopg

            self.db = psycopg.connect(url, autocommit=True, prepare_threshold=1)

    def begin(self) -> None:
        """A transaction that will write."""
        self.db.execute("BEGIN IMMEDIATE" if self.is_sqlite else "BEGIN")

    def commit(self) -> None:
        """Durably."""
        self.db.execute("COMMIT")

    def insert(self, table: str, rows: Rows, some: Sequence[tuple[Any, ...]] | None = None) -> None:
        """New rows through the driver's executemany."""
        chosen = rows[1] if some is None else some
        if chosen:
            places = ", ".join(["?" if self.is_sqlite else "%s"] * len(rows[0]))
            with_cursor = self.db.cursor()
            with_cursor.executemany(f"INSERT INTO {table} ({', '.join(rows[0])}) VALUES ({places})", chosen)
            with_cursor.close()

    def run(self, text: str, *values: Any) -> list[Any]:
        """One statement and its answer."""
        cursor = self.db.execute(text if self.is_sqlite else text.replace("?", "%s"), values)
        return list(cursor.fetchall()) if cursor.description else []

    def rows(self, table: str, order: str = "id") -> Rows:
        """All rows of a table, ready to be written again."""
        cursor = self.db.execute(f"SELECT * FROM {table} ORDER BY {order}")
        names = [each[0] for each in cursor.description]
        return names, [tuple(json.dumps(v) if isinstance(v, dict | list) else v for v in row) for row in cursor]


@dataclass(slots=True, kw_only=True)
class Written:
    """The rows that a drained hub and its books hold; `waiting` are the requests as they stood before the drain."""

    waiting: Rows
    hub: dict[str, Rows] = field(default_factory=dict)
    books: dict[str, Rows] = field(default_factory=dict)


def read_back(hub: Driver, waiting: Rows, books: Path) -> Written:
    """Everything to be written again."""
    orders = {"links": "record_id", "names": "record_id"}
    tables = ("companies", "connections", "jobs", "records", "audit", "names", "attempts", "answers", "links")
    opened = Driver(f"sqlite:///{books}")
    return Written(
        waiting=waiting,
        hub={table: hub.rows(table, orders.get(table, "id")) for table in tables},
        books={"objects": opened.rows("objects"), "uses": opened.rows("uses", "user, used"),
               "keys": opened.rows("keys", "first_used, key")},
    )  # fmt: skip


def floor(url: str, plain_url: str, folder: Path, written: Written) -> tuple[Run, Run]:
    """(enqueue, drain) on a fresh database at `url`, whose driver wants `plain_url`, and fresh books."""
    database = Database(url)
    migrate(database)
    database.close()
    books_file = folder / "floor-books.db"
    connect(books_file, MockSettings(), "bench/mock", datetime.now(UTC)).close()
    db, books = Driver(plain_url), Driver(f"sqlite:///{books_file}")
    seeded = books.run("SELECT count(*) FROM objects")[0][0]
    for table in ("companies", "connections", "jobs"):
        db.insert(table, written.hub[table])
    return _enqueue(db, written), _drain(db, written, books, seeded)


def _enqueue(db: Driver, written: Written) -> Run:
    """Records, their history, their requests and the names they claim: a transaction for each thousand."""
    begun, cpu = perf_counter(), process_time()
    for at in range(0, len(written.waiting[1]), 1000):
        db.begin()
        for table in ("records", "audit", "names"):
            db.insert(table, written.hub[table], written.hub[table][1][at : at + 1000])
        db.insert("requests", written.waiting, written.waiting[1][at : at + 1000])
        db.commit()
    return Run(wall=perf_counter() - begun, cpu=process_time() - cpu)


def _drain(db: Driver, written: Written, books: Driver, seeded: int) -> Run:
    """Lock all; then intents, the books' own batches, and outcomes in one transaction with the next intents."""
    attempts, answers, links = (written.hub[table] for table in ("attempts", "answers", "links"))
    objects = (written.books["objects"][0], written.books["objects"][1][seeded:])
    uses: dict[int, list[tuple[Any, ...]]] = {}
    for row in written.books["uses"][1]:
        uses.setdefault(row[0], []).append(row)
    ids = [row[written.waiting[0].index("id")] for row in written.waiting[1]]
    (job,) = (row[0] for row in written.hub["jobs"][1])
    begun, cpu = perf_counter(), process_time()
    db.begin()
    db.run("UPDATE requests SET state = 'locked', job_id = ? WHERE state = 'waiting'", job)
    db.commit()
    for at in range(0, len(ids) + CHUNK, CHUNK):
        done, chunk = slice(max(0, at - CHUNK), at), ids[at : at + CHUNK]
        db.begin()
        if at:
            db.insert("answers", answers, answers[1][done])
            db.insert("links", links, links[1][done])
            db.run("DELETE FROM requests WHERE id BETWEEN ? AND ?", ids[done][0], ids[done][-1])
        if chunk:
            between = (chunk[0], chunk[-1])
            db.run("SELECT q.id, r.payload FROM requests q JOIN records r ON r.id = q.record_id"
                   " WHERE q.id BETWEEN ? AND ?", *between)  # fmt: skip
            db.insert("attempts", attempts, attempts[1][at : at + CHUNK])
            db.run("UPDATE requests SET first_sent = 1, last_sent = 2 WHERE id BETWEEN ? AND ?", *between)
        db.commit()
        for start in range(at, at + len(chunk), BATCH):
            some = objects[1][start : min(start + BATCH, at + len(chunk))]
            books.begin()
            books.insert("objects", objects, some)
            books.insert("uses", written.books["uses"], [use for row in some for use in uses.get(row[0], ())])
            books.insert("keys", written.books["keys"], written.books["keys"][1][start : start + len(some)])
            books.run("UPDATE counters SET value = ? WHERE name = 'id'", some[-1][0])
            books.commit()
    return Run(wall=perf_counter() - begun, cpu=process_time() - cpu)
