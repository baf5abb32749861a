"""The books as one batch sees them: looked up in a few statements, changed in memory, written in a few more."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from hub_mock.codec import UNIQUE_NUMBERS, ZERO, Draft, Entry
from hub_mock.schema import AMONG, OBJECT_COLUMNS, claim_of_number
from hub_mock.settings import MockSettings

_INSERT = f"INSERT INTO objects ({OBJECT_COLUMNS}, content) VALUES ({'?, ' * 20}?)"
_UPDATE = (
    "UPDATE objects SET version = ?, name = ?, number = ?, claim = ?, active = ?, deleted = ?, marker = ?, date = ?,"
    " currency = ?, party = ?, total = ?, settled = ?, given = ?, refs = ?, modified = ?, seq = ?,"
    " content = coalesce(?, content) WHERE id = ?"
)


class Overlay:
    """Later requests of a batch see here what earlier ones did; nothing is in the file before :meth:`write`."""

    def __init__(self, books: sqlite3.Connection, settings: MockSettings, now: datetime) -> None:
        self._books = books
        self._settings = settings
        self._now = now.timestamp()
        self.instant = now.isoformat()
        self.entries: dict[int, Entry] = {}
        self.claims: dict[str, int] = {}
        self.kept: dict[str, tuple[bytes, str]] = {}
        self._counters: dict[str, int] = {}
        self.paid: dict[int, dict[int, Decimal]] = {}
        self._new: list[tuple[Any, ...]] = []
        self._touched: dict[int, Entry] = {}
        self._settled: dict[int, Entry] = {}
        self._let_go: list[tuple[int]] = []
        self._uses: list[tuple[int, int]] = []
        self._no_uses: list[tuple[int]] = []
        self._used: set[int] = set()
        self._uses_changed = False
        self._applications: list[tuple[int, int, str]] = []
        self._keys: list[tuple[str, bytes, str, float]] = []

    def look_up(self, drafts: Sequence[Draft]) -> None:
        """Everything the drafts name: keys, claims, objects, and what payments among them have settled."""
        self._counters = dict(self._books.execute("SELECT name, value FROM counters"))
        keys = [draft.request.key for draft in drafts if draft.request.key]
        if keys and self._settings.key_memory:
            kept = f"SELECT key, digest, answer FROM keys WHERE first_used > ? AND key {AMONG}"
            oldest = self._now - self._settings.key_memory
            rows = self._books.execute(kept, (oldest, _json(keys)))
            self.kept = {key: (digest, answer) for key, digest, answer in rows}
        if claims := [draft.claim for draft in drafts if draft.claim is not None]:
            held = f"SELECT claim, id FROM objects WHERE claim {AMONG}"
            self.claims = dict(self._books.execute(held, (_json(claims),)))
        leaving = [draft.remote_id for draft in drafts if draft.removes_entity]
        if leaving:
            used = f"SELECT DISTINCT used FROM uses WHERE used {AMONG} AND user <> used"
            self._used = {id for (id,) in self._books.execute(used, (_json(leaving),))}
        ids = {link for draft in drafts for _, link in draft.links if link is not None}
        existing = {draft.remote_id for draft in drafts if draft.remote_id is not None}
        if existing:
            paid = f"SELECT payer, document, amount FROM applications WHERE payer {AMONG}"
            for payer, document, amount in self._books.execute(paid, (_json(existing),)):
                self.paid.setdefault(payer, {})[document] = Decimal(amount)
                ids.add(document)
        if ids or existing:
            wanted = f"SELECT {OBJECT_COLUMNS} FROM objects WHERE id {AMONG}"
            self.entries = {row[0]: Entry(*row) for row in self._books.execute(wanted, (_json(ids | existing),))}

    def next(self, counter: str) -> int:
        """The next value of a counter of the books."""
        value = self._counters.get(counter, 0) + 1
        self._counters[counter] = value
        return value

    def number(self, posts_as: str) -> tuple[str, str | None]:
        """The next automatic number of that kind that nobody has taken by hand."""
        self._counters.setdefault(f"number:{posts_as}", 1000)
        while True:
            number = str(self.next(f"number:{posts_as}"))
            if posts_as not in UNIQUE_NUMBERS:
                return number, None
            claim = claim_of_number(posts_as, number)
            taken = self._books.execute("SELECT 1 FROM objects WHERE claim = ?", (claim,)).fetchone()
            if claim not in self.claims and not taken:
                return number, claim

    def insert(self, row: tuple[Any, ...], draft: Draft) -> None:
        """A new object, in the order of the columns, with what it uses and settles."""
        self._new.append(row)
        self.use(row[0], draft)
        if draft.targets:
            self.apply(row[0], draft)

    def use(self, user: int, draft: Draft) -> None:
        """Note which entities an object names: those are not deleted any more."""
        self._uses += [(user, link) for ref, link in draft.links if link is not None and ref.type.is_entity]

    def unuse(self, entry: Entry) -> None:
        """Forget which entities an object named."""
        if entry.refs == "[]":
            return
        if entry.id in self._touched:
            self._write_uses()  # it was changed in this batch already: what it named then must be there to be forgotten
        self._no_uses.append((entry.id,))

    def claim(self, entry: Entry, claim: str | None) -> None:
        """Give an object's name or number up for another, or for none."""
        if claim == entry.claim:
            return
        if entry.claim is not None:
            self.claims.pop(entry.claim, None)
            self._let_go.append((entry.id,))
        if claim is not None:
            self.claims[claim] = entry.id
        entry.claim = claim

    def remember(self, draft: Draft, answer: str) -> None:
        """Keep the answer with its key."""
        key = draft.request.key
        self.kept[key] = (draft.digest, answer)
        self._keys.append((key, draft.digest, answer, self._now))

    def apply(self, payer: int, draft: Draft) -> None:
        """Let a payment or credit settle its documents."""
        paid: dict[int, Decimal] = {}
        for _, link, amount in draft.targets:
            if link is not None:
                paid[link] = paid.get(link, ZERO) + amount
        for link, amount in paid.items():
            document = self.entries[link]
            document.settled = format(Decimal(document.settled) + amount, "f")
            self._settled[link] = document
            self._applications.append((payer, link, format(amount, "f")))
        if paid:
            self.paid[payer] = paid

    def release(self, payer: int) -> None:
        """Take a payment or credit off the documents it settled."""
        paid = self.paid.pop(payer, None)
        if paid is None:
            return
        for link, amount in paid.items():
            document = self.entries[link]
            document.settled = format(Decimal(document.settled) - amount, "f")
            self._settled[link] = document
        self._applications = [row for row in self._applications if row[0] != payer]
        self._books.execute("DELETE FROM applications WHERE payer = ?", (payer,))

    def changed(self, entry: Entry, *, feed: bool = False) -> None:
        """A new version of an object; entities always, and others once they paid something, enter the change feed."""
        entry.version += 1
        entry.modified = self.instant
        if feed or entry.seq is not None:
            entry.seq = self.next("seq")
        self._touched[entry.id] = entry

    def is_used(self, id: int) -> bool:
        """Whether any document or other entity names this one."""
        self._write_uses()
        if not self._uses_changed:
            return id in self._used
        user = "SELECT 1 FROM uses WHERE used = ? AND user <> used LIMIT 1"
        return self._books.execute(user, (id,)).fetchone() is not None

    def _write_uses(self) -> None:
        self._uses_changed = self._uses_changed or bool(self._uses or self._no_uses)
        if self._no_uses:
            self._books.executemany("DELETE FROM uses WHERE user = ?", self._no_uses)
        if self._uses:
            self._books.executemany("INSERT OR IGNORE INTO uses VALUES (?, ?)", self._uses)
        self._uses, self._no_uses = [], []

    def write(self) -> None:
        """Put it all into the file; the caller commits."""
        if self._let_go:
            # Claims change hands within a batch: all are let go before any is taken.
            self._books.executemany("UPDATE objects SET claim = NULL WHERE id = ?", self._let_go)
        if self._settled:
            rows = [(entry.settled, id) for id, entry in self._settled.items()]
            self._books.executemany("UPDATE objects SET settled = ? WHERE id = ?", rows)
        if self._touched:
            self._books.executemany(_UPDATE, map(_update_row, self._touched.values()))
        if self._new:
            self._books.executemany(_INSERT, self._new)
        self._write_uses()
        if self._applications:
            self._books.executemany("INSERT INTO applications VALUES (?, ?, ?)", self._applications)
        if self._keys:
            self._books.executemany("INSERT OR REPLACE INTO keys VALUES (?, ?, ?, ?)", self._keys)
        if self._new or self._touched:
            self._books.executemany("INSERT OR REPLACE INTO counters VALUES (?, ?)", self._counters.items())


def forget_keys(books: sqlite3.Connection, now: datetime, memory: float) -> None:
    """Drop the keys that are older than the books remember."""
    books.execute("DELETE FROM keys WHERE first_used <= ?", ((now - timedelta(seconds=memory)).timestamp(),))


def _json(values: Iterable[object]) -> str:
    return json.dumps(list(values))


def _update_row(entry: Entry) -> tuple[Any, ...]:
    return (
        entry.version, entry.name, entry.number, entry.claim, entry.active, entry.deleted, entry.marker, entry.date,
        entry.currency, entry.party, entry.total, entry.settled, entry.given, entry.refs, entry.modified, entry.seq,
        entry.content, entry.id,
    )  # fmt: skip
