"""One batch of requests: looked up in a few statements, decided one by one, written together or not at all."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from hub.adapters import Applied, Conflict, Outcome, Rejected, Removal
from hub.model import Operation, Ref
from hub_mock import refusals
from hub_mock.codec import ZERO, Draft, Entry, dump_answer, load_answer
from hub_mock.faults import period_closed
from hub_mock.overlay import Overlay
from hub_mock.settings import MockSettings


class Batch:
    """Runs inside a transaction that the caller has begun and will commit.

    Every request is checked in full before it changes anything here, so that one can be refused and the next carried
    out. Later requests see what earlier ones of the same batch did.
    """

    def __init__(self, books: sqlite3.Connection, settings: MockSettings, now: datetime) -> None:
        self._settings = settings
        self._seen = Overlay(books, settings, now)

    def run(self, drafts: Sequence[Draft]) -> list[Outcome]:
        """One outcome per draft; everything that was applied is written, but not yet committed."""
        self._seen.look_up(drafts)
        outcomes = [self._answer(draft) for draft in drafts]
        self._seen.write()
        return outcomes

    def _answer(self, draft: Draft) -> Outcome:
        request = draft.request
        remember = bool(request.key) and self._settings.key_memory > 0
        if remember and (kept := self._seen.kept.get(request.key)) is not None:
            return load_answer(kept[1]) if kept[0] == draft.digest else refusals.key_reused()
        match request.operation:
            case Operation.CREATE:
                outcome = self._create(draft)
            case Operation.UPDATE:
                outcome = self._update(draft)
            case Operation.DELETE:
                outcome = self._delete(draft)
        if remember:
            self._seen.remember(draft, dump_answer(outcome))
        return outcome

    def _create(self, draft: Draft) -> Applied | Rejected | Conflict:
        request = draft.request
        if refusal := self._refusal(draft, None):
            return refusal
        id = self._seen.next("id")
        claim, number = draft.claim, draft.number
        if not number and not request.type.is_entity:
            number, claim = self._seen.number(request.posts_as)
        if claim is not None:
            self._seen.claims[claim] = id
        given = sum((amount for _, _, amount in draft.targets), ZERO) if draft.targets else ZERO
        seq = self._seen.next("seq") if request.type.is_entity or draft.targets else None
        row = (
            id, request.type.value, request.posts_as, 1, draft.name, number, claim, _active(draft), 0,
            request.marker or None, draft.day, draft.currency, draft.party,
            None if draft.total is None else format(draft.total, "f"), "0", format(given, "f"), draft.refs,
            self._seen.instant, self._seen.instant, seq, draft.content,
        )  # fmt: skip
        self._seen.insert(row, draft)
        return Applied(remote_id=str(id), version="1", name=draft.name or number)

    def _update(self, draft: Draft) -> Applied | Rejected | Conflict:
        request = draft.request
        entry = self._seen.entries.get(draft.remote_id or 0)
        if entry is None or entry.deleted or entry.type != request.type:
            return refusals.gone(request)
        if _stale(draft, entry):
            return refusals.stale(request, entry)
        if refusal := self._refusal(draft, entry):
            return refusal
        claim, number = draft.claim, draft.number or entry.number
        if number == entry.number and not request.type.is_entity:
            claim = entry.claim
        given = sum((amount for _, _, amount in draft.targets), ZERO)
        self._seen.release(entry.id)
        self._seen.unuse(entry)
        self._seen.use(entry.id, draft)
        self._seen.claim(entry, claim)
        entry.name, entry.number, entry.active = draft.name, number, _active(draft)
        entry.marker = request.marker or entry.marker
        entry.date, entry.currency, entry.party, entry.refs = draft.day, draft.currency, draft.party, draft.refs
        entry.total = None if draft.total is None else format(draft.total, "f")
        entry.given, entry.content = format(given, "f"), draft.content
        self._seen.apply(entry.id, draft)
        self._seen.changed(entry, feed=bool(draft.targets))
        return Applied(remote_id=str(entry.id), version=str(entry.version), name=entry.name or entry.number)

    def _delete(self, draft: Draft) -> Applied | Rejected | Conflict:
        request = draft.request
        entry = self._seen.entries.get(draft.remote_id or 0)
        if entry is None or entry.deleted or entry.type != request.type:
            remote_id = "" if request.remote is None else request.remote.remote_id
            return Applied(remote_id=remote_id, version="" if entry is None else str(entry.version), how=Removal.DELETE)
        if _stale(draft, entry):
            return refusals.stale(request, entry)
        if request.type.is_entity:
            how = Removal.INACTIVATE if self._seen.is_used(entry.id) else Removal.DELETE
        else:
            how = Removal.DELETE
            if refusal := refusals.removal(entry, self._settings):
                return Rejected(fault=refusal)
            self._seen.release(entry.id)
        if how is Removal.INACTIVATE and not entry.active:
            return self._removed(entry, how)
        entry.active = 0
        if how is Removal.DELETE:
            self._seen.claim(entry, None)
            self._seen.unuse(entry)
            entry.deleted, entry.refs, entry.marker = 1, "[]", None
        self._seen.changed(entry)
        return self._removed(entry, how)

    def _removed(self, entry: Entry, how: Removal) -> Applied:
        return Applied(remote_id=str(entry.id), version=str(entry.version), how=how, name=entry.name or entry.number)

    def _refusal(self, draft: Draft, entry: Entry | None) -> Rejected | Conflict | None:
        """Why a create (no entry) or an update must not be carried out; None when it may."""
        request, settings = draft.request, self._settings
        if not settings.holds(request.type):
            return refusals.not_held(request)
        if draft.claim is not None and (holder := self._seen.claims.get(draft.claim)) not in (None, entry and entry.id):
            return refusals.taken(draft, str(holder))
        if draft.lacking:
            return refusals.missing(request, f"{draft.lacking} is named without its object in the books")
        for ref, link in draft.links:
            found = self._seen.entries.get(link or 0)
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
        before = {} if entry is None else self._seen.paid.get(entry.id, {})
        total, settled = draft.total or ZERO, ZERO if entry is None else Decimal(entry.settled)
        asked: dict[int, Decimal] = {}
        ours: dict[int, Ref] = {}
        for ref, link, amount in draft.targets:
            if link is None or link not in self._seen.entries:
                return refusals.missing(draft.request, f"the {ref} it is applied to is not in the books")
            asked[link] = asked.get(link, ZERO) + amount
            ours[link] = ref
        for link, amount in asked.items():
            document = self._seen.entries[link]
            left = document.open + before.get(link, ZERO)
            if document.currency != draft.currency:
                return refusals.other_currency(draft, ours[link], document)
            if amount > left:
                return refusals.over_applied(ours[link], document, amount, left)
        if settled and settled > total:
            return Rejected(fault=refusals.payments_applied(entry, "lowered below what was paid"))
        if asked and sum(asked.values(), ZERO) > total - settled:
            return refusals.applies_too_much(draft, total - settled)
        return None


def _active(draft: Draft) -> int:
    return int(getattr(draft.request.record, "active", True))


def _day(entry: Entry | None) -> date | None:
    return None if entry is None or entry.date is None else date.fromisoformat(entry.date)


def _stale(draft: Draft, entry: Entry) -> bool:
    remote = draft.request.remote
    return remote is not None and remote.version not in ("", str(entry.version))
