"""The floor: the durable rows that a record costs, written by sqlite3 itself, with nothing decided."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from time import perf_counter

from benchmarks.company import records

BATCH = 50
_TABLES = """
PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;
CREATE TABLE records (id INTEGER PRIMARY KEY, type TEXT, source_id TEXT, payload TEXT, UNIQUE (type, source_id));
CREATE TABLE requests (id INTEGER PRIMARY KEY AUTOINCREMENT, record_id INTEGER UNIQUE, state TEXT);
CREATE TABLE attempts (id INTEGER PRIMARY KEY, record_id INTEGER, key TEXT, sent TEXT);
CREATE TABLE answers (id INTEGER PRIMARY KEY, attempt_id INTEGER, remote_id TEXT);
CREATE TABLE links (record_id INTEGER PRIMARY KEY, remote_id TEXT UNIQUE, version TEXT);
"""


def floor(folder: Path, count: int) -> tuple[float, float]:
    """Seconds to store and queue `count` records, and to drain them in batches of 50: intent, then outcome."""
    db = sqlite3.connect(folder / "floor.db", isolation_level=None)
    db.executescript(_TABLES)
    started = perf_counter()
    rows = [(each["type"], each["source_id"], json.dumps(each)) for each in records(count)]
    for at in range(0, count, 1000):
        db.execute("BEGIN IMMEDIATE")
        db.executemany("INSERT INTO records (type, source_id, payload) VALUES (?, ?, ?)", rows[at : at + 1000])
        ids = range(at + 1, min(at + 1000, count) + 1)
        db.executemany("INSERT INTO requests (record_id, state) VALUES (?, 'waiting')", [(id,) for id in ids])
        db.execute("COMMIT")
    stored = perf_counter()
    for at in range(0, count, BATCH):
        ids = range(at + 1, min(at + BATCH, count) + 1)
        db.execute("BEGIN IMMEDIATE")
        sent = db.execute("SELECT id, payload FROM records WHERE id BETWEEN ? AND ?", (ids[0], ids[-1])).fetchall()
        db.executemany(
            "INSERT INTO attempts (id, record_id, key, sent) VALUES (?, ?, ?, ?)",
            [(id, id, f"{id:032x}", payload) for id, payload in sent],
        )
        db.execute("COMMIT")
        db.execute("BEGIN IMMEDIATE")
        db.executemany("INSERT INTO answers (attempt_id, remote_id) VALUES (?, ?)", [(id, f"R{id}") for id in ids])
        db.executemany("INSERT INTO links VALUES (?, ?, '1')", [(id, f"R{id}") for id in ids])
        db.execute("DELETE FROM requests WHERE record_id BETWEEN ? AND ?", (ids[0], ids[-1]))
        db.execute("COMMIT")
    drained = perf_counter()
    db.close()
    return stored - started, drained - stored
