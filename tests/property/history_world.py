"""A hub, its mock books, a bookkeeper and a source, cheap enough to be made anew for every history.

What the books hold is read from the books' own file, never from the hub's tables.
"""

from __future__ import annotations

import atexit
import json
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from history_model import Psr, Seen
from hub_mock.bookkeeper import Bookkeeper
from sqlalchemy.engine import make_url

from hub.adapters import NameRule
from hub.app import Hub, open_hub
from hub.testing.clock import Clock
from hub.testing.scratch import Scratch
from tests.stores import MEMORY, Store

IDENTITY = {"customer": "notes", "vendor": "notes", "item": "description", "ship_doc": "memo", "payment": "memo"}
"""The field that says whose copy an object of the books is, whatever its name, number or marker."""
FREE = {"customer": ("phone", "email"), "vendor": ("phone", "email"), "item": ("sku", "purchase_description")}
FIELDS = {type: ("name", "active", IDENTITY[type], *free) for type, free in FREE.items()}
NAMESPACE = {"customer": "names", "vendor": "names", "item": "item"}
normalise = NameRule().normalise


@dataclass(frozen=True)
class Copy:
    """An object of the books that is not deleted."""

    remote_id: str
    type: str
    name: str
    number: str
    active: bool
    settled: str
    total: str | None
    data: dict[str, Any]

    @property
    def key(self) -> str:
        """Its name, as the books compare names."""
        return normalise(self.name)

    @property
    def whose(self) -> str:
        """The source id of the record that it is a copy of; empty when it is nobody's."""
        text: str = self.data.get(IDENTITY.get(self.type, "memo")) or ""
        return text.partition(" ")[0]


class World(Scratch):
    """A scratch hub made from a template: a company, connected, with the books' own lists imported."""

    def __init__(
        self, store: Store, reach: Callable[[str], None], policy: dict[str, Any], settings: dict[str, Any]
    ) -> None:
        self.folder, self.store = Path(tempfile.mkdtemp(prefix="history-", dir=MEMORY)), store
        store.copy(_template(store), self.folder)
        self.url = store.url(self.folder)
        self._hub_db = Plain(self.url)
        self._books_db = sqlite3.connect(self.folder / "books.db", isolation_level=None, check_same_thread=False)
        chosen = {**settings, "file": str(self.folder / "books.db")}
        self._hub_db.execute("UPDATE connections SET settings = ?", [json.dumps(chosen)])
        self.clock = Clock()
        self.clock.sleep(60)
        self._open = {"now": self.clock.now, "sleep": self.clock.sleep, "reach": reach, "actor": "tester"}
        self.hub: Hub = open_hub(self.url, **self._open)
        self.company, self.connection = "acme", "acme/mock"
        self._others: list[Hub] = []
        if policy:
            self.hub.set_policy(self.connection, policy)
        self.screen = Bookkeeper(self.books.books)
        self.faults = self.screen._books

    def other(self) -> Hub:
        """Another process's hub, one for the whole history."""
        if not self._others:
            self._others.append(self.another_process())
        return self._others[0]

    def close(self) -> None:
        """Leave nothing behind."""
        for each in (self.hub, *self._others):
            each.close()
        self._hub_db.close()
        self._books_db.close()
        self.faults.close()
        self.store.drop(self.folder)
        shutil.rmtree(self.folder, ignore_errors=True)

    # --- what is so, read from the tables ---

    def seen(self, type: str, id: str) -> Seen:
        """One record on the connection."""
        row = self._hub_db.execute("SELECT id FROM records WHERE type = ? AND source_id = ?", (type, id)).fetchone()
        if row is None:
            return Seen()
        link = self._hub_db.execute("SELECT remote_id, detached_at FROM links WHERE record_id = ?", row).fetchone()
        queued = self._hub_db.execute(
            "SELECT id, operation, origin, state, error_code, first_sent FROM requests WHERE record_id = ? ORDER BY id",
            row,
        )
        return Seen(
            requests=tuple(Psr(*values[:5], sent=values[5] is not None) for values in queued),
            remote_id=link[0] if link else None,
            detached=bool(link and link[1]),
            proxied=self._has("proxies", row),
            diverged=self._has("divergences", row),
        )

    def _has(self, table: str, row: Any) -> bool:
        return self._hub_db.execute(f"SELECT 1 FROM {table} WHERE record_id = ?", row).fetchone() is not None

    def flags(self, type: str, id: str) -> tuple[str | None, bool, bool]:
        """(status, prevented, deleted) of a record."""
        found = self._hub_db.execute(
            "SELECT status, prevented, deleted FROM records WHERE type = ? AND source_id = ?", (type, id)
        ).fetchone()
        return found[0], bool(found[1]), bool(found[2])

    def data(self, type: str, id: str) -> dict[str, Any]:
        """The record's content, as a source that follows along has it."""
        (payload,) = self._hub_db.execute(
            "SELECT payload FROM records WHERE type = ? AND source_id = ?", (type, id)
        ).fetchone()
        data: dict[str, Any] = json.loads(payload)
        return {"active": True, **data} if type in FREE else data

    def name(self, type: str, id: str) -> str:
        """The record's name, as the books compare names."""
        return normalise(self.data(type, id).get("name", ""))

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Any other question to the hub's tables."""
        return self._hub_db.execute(query, values).fetchall()

    def unfinished(self) -> tuple[int, bool] | None:
        """The unfinished job, and whether its lease is over."""
        rows = self.rows("SELECT id, lease_until FROM jobs WHERE state IN ('queued', 'exporting', 'importing')")
        if not rows:
            return None
        now = int(self.clock.now().timestamp() * 1_000_000)
        return rows[0][0], rows[0][1] is None or rows[0][1] <= now

    def in_books(self) -> list[Copy]:
        """Every object in the books that is not deleted, and that is not one of the books' own lists."""
        found = self._books_db.execute(
            "SELECT id, type, name, number, active, settled, total, content FROM objects WHERE deleted = 0"
            " AND type IN ('customer', 'vendor', 'item', 'ship_doc', 'payment') ORDER BY id"
        )
        return [
            Copy(str(id), type, name, number, bool(active), settled, total, json.loads(content))
            for id, type, name, number, active, settled, total, content in found
        ]


class Plain:
    """Plain SQL on a hub's database, with `?` for each value, beside whatever the hub itself is doing."""

    def __init__(self, url: str) -> None:
        address = make_url(url)
        if address.get_backend_name() == "sqlite":
            self._db: Any = sqlite3.connect(str(address.database), isolation_level=None, check_same_thread=False)
            self._spell: Callable[[str], str] = str
        else:
            self._db = psycopg.connect(url, autocommit=True)
            self._spell = lambda query: query.replace("%", "%%").replace("?", "%s")

    def execute(self, query: str, values: Sequence[object] = ()) -> Any:
        """The cursor with the answer."""
        return self._db.execute(self._spell(query), values)

    def close(self) -> None:
        """Give the connection back."""
        self._db.close()


_templates: dict[str, Path] = {}


def _template(store: Store) -> Path:
    if store.name not in _templates:
        folder = Path(tempfile.mkdtemp(prefix="template-", dir=MEMORY))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        scratch = Scratch(folder, store.url(folder, keep=True), settings={"file": str(folder / "books.db")})
        scratch.sync()
        scratch.hub.close()
        for file in folder.glob("*.db"):
            with sqlite3.connect(file) as opened:
                opened.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        _templates[store.name] = folder
    return _templates[store.name]
