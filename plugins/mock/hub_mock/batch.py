"""One batch of requests: looked up in a few statements, decided one by one, written together or not at all."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from hub.adapters import Applied, Conflict, Outcome, Rejected, Removal
from hub.model import ENTITIES, Operation
from hub_mock import refusals
from hub_mock.codec import UNIQUE_NUMBERS, ZERO, Draft, Entry, dump_answer, load_answer
from hub_mock.faults import period_closed
from hub_mock.schema import AMONG as _AMONG
from hub_mock.schema import OBJECT_COLUMNS, claim_of_number
from hub_mock.settings import MockSettings

_INSERT = f"INSERT INTO objects ({OBJECT_COLUMNS}, content) VALUES ({'?, ' * 20}?)"
_UPDATE = (
    "UPDATE objects SET version = ?, name = ?, number = ?, claim = ?, active = ?, deleted = ?, marker = ?, date = ?,"
    " currency = ?, party = ?, total = ?, settled = ?, given = ?, refs = ?, modified = ?, seq = ?,"
    " content = coalesce(?, content) WHERE id = ?"
)


class Batch:
    """Runs inside a transaction that the caller has begun and will commit.

    Every request is checked in full before it changes anything here, so that one can be refused and the next carried
    out. Later requests see what earlier ones of the same batch did.
    """

    def __init__(self, books: sqlite3.Connection, settings: MockSettings, now: datetime) -> None:
        self._books = books
        self._settings = settings
        self._now = now.timestamp()
        self._instant = now.isoformat()
        self._entries: dict[int, Entry] = {}
        self._claims: dict[str, int] = {}
        self._kept: dict[str, tuple[bytes, str]] = {}
        self._counters: dict[str, int] = {}
        self._paid: dict[int, dict[int, Decimal]] = {}
        self._new: list[tuple[Any, ...]] = []
        self._touched: dict[int, Entry] = {}
        self._uses: list[tuple[int, int]] = []
        self._no_uses: list[tuple[int, int]] = []
        self._applications: list[tuple[int, int, str]] = []
        self._keys: list[tuple[str, bytes, str, float]] = []

    def run(self, drafts: Sequence[Draft]) -> list[Outcome]:
        """One outcome per draft; everything that was applied is written, but not yet committed."""
        self._look_up(drafts)
        outcomes = [self._answer(draft) for draft in drafts]
        self._write()
        return outcomes

    # ------------------------------------------------------------------------------------------------- looking up

    def _look_up(self, drafts: Sequence[Draft]) -> None:
        self._counters = dict(self._books.execute("SELECT name, value FROM counters"))
        keys = [draft.request.key for draft in drafts if draft.request.key]
        if keys and self._settings.key_memory:
            kept = f"SELECT key, digest, answer FROM keys WHERE first_used > ? AND key {_AMONG}"
            oldest = self._now - self._settings.key_memory
            rows = self._books.execute(kept, (oldest, _json(keys)))
            self._kept = {key: (digest, answer) for key, digest, answer in rows}
        if claims := [draft.claim for draft in drafts if draft.claim is not None]:
            held = f"SELECT claim, id FROM objects WHERE claim {_AMONG}"
            self._claims = dict(self._books.execute(held, (_json(claims),)))
        ids = {link for draft in drafts for _, link in draft.links if link is not None}
        existing = {draft.remote_id for draft in drafts if draft.remote_id is not None}
        if existing:
            paid = f"SELECT payer, document, amount FROM applications WHERE payer {_AMONG}"
            for payer, document, amount in self._books.execute(paid, (_json(existing),)):
                self._paid.setdefault(payer, {})[document] = Decimal(amount)
                ids.add(document)
        if ids or existing:
            wanted = f"SELECT {OBJECT_COLUMNS} FROM objects WHERE id {_AMONG}"
            self._entries = {row[0]: Entry(*row) for row in self._books.execute(wanted, (_json(ids | existing),))}

    # --------------------------------------------------------------------------------------------------- deciding

    def _answer(self, draft: Draft) -> Outcome:
        request = draft.request
        remember = bool(request.key) and self._settings.key_memory > 0
        if remember and (kept := self._kept.get(request.key)) is not None:
            return load_answer(kept[1]) if kept[0] == draft.digest else refusals.key_reused()
        match request.operation:
            case Operation.CREATE:
                outcome = self._create(draft)
            case Operation.UPDATE:
                outcome = self._update(draft)
            case Operation.DELETE:
                outcome = self._delete(draft)
        if remember:
            answer = dump_answer(outcome)
            self._kept[request.key] = (draft.digest, answer)
            self._keys.append((request.key, draft.digest, answer, self._now))
        return outcome

    def _create(self, draft: Draft) -> Applied | Rejected | Conflict:
        request = draft.request
        if refusal := self._refusal(draft, None):
            return refusal
        id = self._next("id")
        claim, number = draft.claim, draft.number
        if not number and not request.type.is_entity:
            number, claim = self._number(request.posts_as)
        if claim is not None:
            self._claims[claim] = id
        given = sum((amount for _, _, amount in draft.targets), ZERO) if draft.targets else ZERO
        seq = self._next("seq") if request.type.is_entity or draft.targets else None
        self._new.append((
            id, request.type.value, request.posts_as, 1, draft.name, number, claim, _active(draft), 0,
            request.marker or None, draft.day, draft.currency, draft.party,
            None if draft.total is None else format(draft.total, "f"), "0", format(given, "f"), draft.refs,
            self._instant, self._instant, seq, draft.content,
        ))  # fmt: skip
        self._uses += [(link, id) for ref, link in draft.links if link is not None and ref.type.is_entity]
        if draft.targets:
            self._apply(id, draft)
        return Applied(remote_id=str(id), version="1", name=draft.name or number)

    def _update(self, draft: Draft) -> Applied | Rejected | Conflict:
        request = draft.request
        entry = self._entries.get(draft.remote_id or 0)
        if entry is None or entry.deleted or entry.type != request.type:
            return refusals.gone(request)
        if _stale(draft, entry):
            return refusals.stale(request, entry)
        if refusal := self._refusal(draft, entry):
            return refusal
        claim, number = draft.claim, draft.number or entry.number
        if number == entry.number and not request.type.is_entity:
            claim = entry.claim
        if claim != entry.claim:
            self._claims.pop(entry.claim or "", None)
            if claim is not None:
                self._claims[claim] = entry.id
        given = sum((amount for _, _, amount in draft.targets), ZERO)
        self._release(entry.id)
        self._no_uses += _used(entry)
        self._uses += [(link, entry.id) for ref, link in draft.links if link is not None and ref.type.is_entity]
        entry.name, entry.number, entry.claim, entry.active = draft.name, number, claim, _active(draft)
        entry.marker = request.marker or entry.marker
        entry.date, entry.currency, entry.party, entry.refs = draft.day, draft.currency, draft.party, draft.refs
        entry.total = None if draft.total is None else format(draft.total, "f")
        entry.given, entry.content = format(given, "f"), draft.content
        self._apply(entry.id, draft)
        self._changed(entry, feed=bool(draft.targets))
        return Applied(remote_id=str(entry.id), version=str(entry.version), name=entry.name or entry.number)

    def _delete(self, draft: Draft) -> Applied | Rejected | Conflict:
        request = draft.request
        entry = self._entries.get(draft.remote_id or 0)
        if entry is None or entry.deleted or entry.type != request.type:
            remote_id = "" if request.remote is None else request.remote.remote_id
            return Applied(remote_id=remote_id, version="" if entry is None else str(entry.version), how=Removal.DELETE)
        if _stale(draft, entry):
            return refusals.stale(request, entry)
        if request.type.is_entity:
            how = Removal.INACTIVATE if self._is_used(entry.id) else Removal.DELETE
        else:
            how = Removal.DELETE
            if refusal := refusals.removal(entry, self._settings):
                return Rejected(fault=refusal)
            self._release(entry.id)
        if how is Removal.INACTIVATE and not entry.active:
            return self._removed(entry, how)
        entry.active = 0
        if how is Removal.DELETE:
            self._claims.pop(entry.claim or "", None)
            self._no_uses += _used(entry)
            entry.deleted, entry.claim, entry.refs, entry.marker = 1, None, "[]", None
        self._changed(entry)
        return self._removed(entry, how)

    def _removed(self, entry: Entry, how: Removal) -> Applied:
        return Applied(
            remote_id=str(entry.id), version=str(entry.version), how=how, name=entry.name or entry.number
        )

    def _refusal(self, draft: Draft, entry: Entry | None) -> Rejected | Conflict | None:
        """Why a create (no entry) or an update must not be carried out; None when it may."""
        request, settings = draft.request, self._settings
        if not settings.holds(request.type):
            return refusals.not_held(request)
        if draft.claim is not None and (holder := self._claims.get(draft.claim)) not in (None, entry and entry.id):
            return refusals.taken(draft, str(holder))
        if draft.lacking:
            return refusals.missing(request, f"{draft.lacking} is named without its object in the books")
        for ref, link in draft.links:
            found = self._entries.get(link or 0)
            if found is None or found.deleted or found.type != ref.type:
                return refusals.missing(request, f"the {ref.type.words} it names ({ref.source_id}) is not in the books")
            if not found.active and ref.type.is_entity:
                return refusals.missing(request, f"the {ref.type.words} {found.name} is inactive in the books")
        if draft.day is None:
            return None
        if settings.closing_date is not None:
            days = (date.fromisoformat(draft.day), _day(entry))
            if settings.closed(*days):
                return period_closed(f"The books are closed up to {settings.closing_date}.")
        if settings.currencies and draft.currency not in settings.currencies:
            return refusals.currency(draft, settings)
        if draft.total != draft.stated:
            return refusals.does_not_sum(draft)
        if draft.targets or entry is not None:
            return self._refusal_of_amounts(draft, entry)
        return None

    def _refusal_of_amounts(self, draft: Draft, entry: Entry | None) -> Rejected | None:
        before = {} if entry is None else self._paid.get(entry.id, {})
        total, settled = draft.total or ZERO, ZERO if entry is None else Decimal(entry.settled)
        asked: dict[int, Decimal] = {}
        for ref, link, amount in draft.targets:
            if link is None or link not in self._entries:
                return refusals.missing(draft.request, f"the {ref} it is applied to is not in the books")
            asked[link] = asked.get(link, ZERO) + amount
        for link, amount in asked.items():
            document = self._entries[link]
            left = document.open + before.get(link, ZERO)
            if document.currency != draft.currency:
                return refusals.other_currency(draft, document)
            if amount > left:
                return refusals.over_applied(draft, document, amount, left)
        if sum(asked.values(), ZERO) > total - settled:
            return refusals.applies_too_much(draft, total - settled)
        if settled > total:
            return Rejected(fault=refusals.payments_applied(entry, "lowered below what was paid"))
        return None

    # ------------------------------------------------------------------------------------------- changing, writing

    def _next(self, counter: str) -> int:
        value = self._counters.get(counter, 0) + 1
        self._counters[counter] = value
        return value

    def _number(self, posts_as: str) -> tuple[str, str | None]:
        """The next automatic number of that kind that nobody has taken by hand."""
        self._counters.setdefault(f"number:{posts_as}", 1000)
        while True:
            number = str(self._next(f"number:{posts_as}"))
            if posts_as not in UNIQUE_NUMBERS:
                return number, None
            claim = claim_of_number(posts_as, number)
            taken = self._books.execute("SELECT 1 FROM objects WHERE claim = ?", (claim,)).fetchone()
            if claim not in self._claims and not taken:
                return number, claim

    def _apply(self, payer: int, draft: Draft) -> None:
        paid: dict[int, Decimal] = {}
        for _, link, amount in draft.targets:
            if link is not None:
                paid[link] = paid.get(link, ZERO) + amount
        for link, amount in paid.items():
            document = self._entries[link]
            document.settled = format(Decimal(document.settled) + amount, "f")
            self._touched[link] = document
            self._applications.append((payer, link, format(amount, "f")))
        if paid:
            self._paid[payer] = paid

    def _release(self, payer: int) -> None:
        paid = self._paid.pop(payer, None)
        if paid is None:
            return
        for link, amount in paid.items():
            document = self._entries[link]
            document.settled = format(Decimal(document.settled) - amount, "f")
            self._touched[link] = document
        self._applications = [row for row in self._applications if row[0] != payer]
        self._books.execute("DELETE FROM applications WHERE payer = ?", (payer,))

    def _changed(self, entry: Entry, *, feed: bool = False) -> None:
        entry.version += 1
        entry.modified = self._instant
        if feed or entry.seq is not None:
            entry.seq = self._next("seq")
        self._touched[entry.id] = entry

    def _is_used(self, id: int) -> bool:
        self._write_uses()
        return self._books.execute("SELECT 1 FROM uses WHERE used = ? LIMIT 1", (id,)).fetchone() is not None

    def _write_uses(self) -> None:
        if self._no_uses:
            self._books.executemany("DELETE FROM uses WHERE used = ? AND user = ?", self._no_uses)
        if self._uses:
            self._books.executemany("INSERT OR IGNORE INTO uses VALUES (?, ?)", self._uses)
        self._uses, self._no_uses = [], []

    def _write(self) -> None:
        if self._touched:
            # Claims change hands within a batch: all are let go before any is taken.
            freed = [(id,) for id in self._touched]
            self._books.executemany("UPDATE objects SET claim = NULL WHERE id = ? AND claim IS NOT NULL", freed)
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


def _active(draft: Draft) -> int:
    return int(getattr(draft.request.record, "active", True))


def _day(entry: Entry | None) -> date | None:
    return None if entry is None or entry.date is None else date.fromisoformat(entry.date)


def _stale(draft: Draft, entry: Entry) -> bool:
    remote = draft.request.remote
    return remote is not None and remote.version not in ("", str(entry.version))


def _used(entry: Entry) -> list[tuple[int, int]]:
    kept = json.loads(entry.refs)
    return [(int(remote), entry.id) for (type, _), remote in kept if type in ENTITIES]


def _update_row(entry: Entry) -> tuple[Any, ...]:
    return (
        entry.version, entry.name, entry.number, entry.claim, entry.active, entry.deleted, entry.marker, entry.date,
        entry.currency, entry.party, entry.total, entry.settled, entry.given, entry.refs, entry.modified, entry.seq,
        entry.content, entry.id,
    )  # fmt: skip

