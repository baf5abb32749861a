"""The books on disk: one SQLite file (or memory), one transaction for each call, nothing answered before it is in."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from hub_quickbooks.sandbox import wire

_CACHED = 50_000
_SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
  realm TEXT NOT NULL, kind TEXT NOT NULL, id INTEGER NOT NULL, token INTEGER NOT NULL, active INTEGER NOT NULL,
  deleted INTEGER NOT NULL, name TEXT, number TEXT, created INTEGER NOT NULL, updated INTEGER NOT NULL,
  seq INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (realm, kind, id)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS objects_number ON objects (realm, kind, number) WHERE number IS NOT NULL;
CREATE INDEX IF NOT EXISTS objects_name ON objects (realm, kind, name) WHERE name IS NOT NULL;
CREATE INDEX IF NOT EXISTS objects_updated ON objects (realm, kind, updated, seq);
CREATE TABLE IF NOT EXISTS names (
  realm TEXT NOT NULL, space TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL, id INTEGER NOT NULL,
  PRIMARY KEY (realm, space, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS counters (
  realm TEXT NOT NULL, name TEXT NOT NULL, value INTEGER NOT NULL, PRIMARY KEY (realm, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS answers (
  realm TEXT NOT NULL, requestid TEXT NOT NULL, at INTEGER NOT NULL, body TEXT NOT NULL,
  PRIMARY KEY (realm, requestid)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS companies (
  realm TEXT PRIMARY KEY, info TEXT NOT NULL, preferences TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tokens (
  token TEXT PRIMARY KEY, use TEXT NOT NULL, realm TEXT NOT NULL, grant_id TEXT NOT NULL, redirect TEXT NOT NULL,
  ends REAL NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS tokens_grant ON tokens (grant_id, use);
"""


@dataclass(slots=True)
class Thing:
    """One object as it stands in the books; its body is never changed in place."""

    kind: str
    id: int
    token: int
    active: bool
    deleted: bool
    created: int
    updated: int
    seq: int
    name: str | None
    number: str | None
    _body: dict[str, Any] | None = None
    _text: str | None = field(default=None, repr=False)

    @property
    def body(self) -> dict[str, Any]:
        """Its JSON object; do not change it."""
        if self._body is None:
            self._body = wire.loads(self._text or "{}")
        return self._body

    @property
    def text(self) -> str:
        """Its JSON text."""
        if self._text is None:
            self._text = wire.encode(self._body)
        return self._text


COLUMNS = "kind, id, token, active, deleted, created, updated, seq, name, number, body"


def thing(row: Sequence[Any]) -> Thing:
    """An object from a row of COLUMNS."""
    kind, id, token, active, deleted, created, updated, seq, name, number, body = row
    return Thing(kind, id, token, bool(active), bool(deleted), created, updated, seq, name, number, None, body)


class Store:
    """Reads and writes rows; all in one thread."""

    def __init__(self, path: str = ":memory:") -> None:
        self.db = sqlite3.connect(path, timeout=1, isolation_level=None, cached_statements=512, check_same_thread=False)
        self.db.execute("PRAGMA locking_mode=EXCLUSIVE")  # what is cached here must be all there is
        self.db.execute("PRAGMA journal_mode=WAL")
        self.db.execute("PRAGMA synchronous=NORMAL")  # an answered write outlives a kill of the process
        self.db.execute("PRAGMA cache_size=-65536")
        self.db.executescript(_SCHEMA)
        self._cache: dict[tuple[str, str, int], Thing] = {}

    def close(self) -> None:
        """Let go of the file."""
        self.db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside is in the file at the end, or nothing of it when something went wrong."""
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.db.execute("ROLLBACK")
            self._cache.clear()
            raise
        self.db.execute("COMMIT")

    def get(self, realm: str, kind: str, id: int) -> Thing | None:
        """One object, also a deleted one."""
        found = self._cache.get((realm, kind, id))
        if found is None:
            row = self.db.execute(
                f"SELECT {COLUMNS} FROM objects WHERE realm = ? AND kind = ? AND id = ?", (realm, kind, id)
            ).fetchone()
            if row is None:
                return None
            found = thing(row)
            self._remember(realm, found)
        return found

    def save(self, realm: str, things: Iterable[Thing]) -> None:
        """Write objects, new and changed ones alike."""
        rows = []
        for one in things:
            self._remember(realm, one)
            rows.append(
                (realm, one.kind, one.id, one.token, one.active, one.deleted, one.name, one.number, one.created,
                 one.updated, one.seq, one.text)
            )  # fmt: skip
        self.db.executemany("INSERT OR REPLACE INTO objects VALUES (?,?,?,?,?,?,?,?,?,?,?,?)", rows)

    def select(self, realm: str, kind: str, where: str, values: Sequence[Any], tail: str = "") -> list[Thing]:
        """Objects of one entity by a condition made by this program."""
        sql = f"SELECT {COLUMNS} FROM objects WHERE realm = ? AND kind = ? AND {where} {tail}"
        return [thing(row) for row in self.db.execute(sql, (realm, kind, *values))]

    def count(self, realm: str, kind: str, where: str, values: Sequence[Any]) -> int:
        """How many objects meet the condition."""
        sql = f"SELECT count(*) FROM objects WHERE realm = ? AND kind = ? AND {where}"
        return int(self.db.execute(sql, (realm, kind, *values)).fetchone()[0])

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """The rows of a statement."""
        return self.db.execute(sql, values).fetchall()

    def _remember(self, realm: str, one: Thing) -> None:
        if len(self._cache) >= _CACHED:
            self._cache.clear()
        self._cache[realm, one.kind, one.id] = one
