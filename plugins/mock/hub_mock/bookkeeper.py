"""What a bookkeeper does at the books' own screen: the hub's rules hold, but there are no keys, markers or faults."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from hub.adapters import Applied, Conflict, Rejected, RemoteRef, Request
from hub.errors import BooksProblem, InvalidInput, NotFound
from hub.model import (
    ENTITIES,
    Document,
    Operation,
    Payment,
    Record,
    RecordType,
    Ref,
    parse_record,
    references,
)
from hub.model.records import MODELS, SOFT
from hub_mock.books import Books
from hub_mock.codec import Entry, as_id, data_of, normalise
from hub_mock.schema import claim_of_name
from hub_mock.words import POSTS_AS, WORDS, decimal, describe, known_fields, overlaid, parse_kind, parse_pairs

_ONE_LINE = frozenset(
    ["item", "account", "description", "quantity", "unit_price", "discount_percent", "amount", "tax_code", "class"]
)  # a document entered without `lines` has one, made of these


class Bookkeeper:
    """Lists and changes objects of one set of books.

    Raises (all methods):
        InvalidInput: wrong words, or what the books refuse, with their code.
        NotFound: no such object.
    """

    def __init__(self, books: Books) -> None:
        self._books = books

    def page(self, word: str, after: str, limit: int) -> tuple[list[dict[str, Any]], int, str | None]:
        """Objects of a type in order of entry, how many there are, and where the next page starts."""
        type = parse_kind(word)
        since = as_id(after or "0")
        if since is None:
            raise InvalidInput(f"{after!r} is no cursor of this list.", code="bad_cursor", fix="Leave --after out.")
        condition, value = ("posts_as = ?", word) if word in POSTS_AS else ("type = ?", type.value)
        entries, total = self._books.page(condition, [value], since, limit + 1)
        more = str(entries[limit - 1].id) if len(entries) > limit else None
        return [describe(entry) for entry in entries[:limit]], total, more

    def all(self, word: str) -> list[dict[str, Any]]:
        """Every object of a type that is not deleted, in order of entry."""
        items, _, _ = self.page(word, "", 10**9)
        return items

    def add(self, word: str, pairs: Sequence[str]) -> dict[str, Any]:
        """Enter a new object."""
        type = parse_kind(word)
        data = parse_pairs(pairs)
        if not type.is_entity:
            data = self._document(type, data)
        posts_as = word if word in POSTS_AS else WORDS.get(type, type.value)
        return self._save(type, known_fields(type, data), None, posts_as)

    def edit(self, word: str, remote_id: str, pairs: Sequence[str]) -> dict[str, Any]:
        """Change fields of an object."""
        entry = self._entry(word, remote_id)
        type = RecordType(entry.type)
        given = known_fields(type, parse_pairs(pairs))
        if isinstance(given.get("applied_to"), str):
            given["applied_to"] = self._applied_to(given["applied_to"])
        data = overlaid({key: value for key, value in data_of(entry).items() if value is not None}, given)
        return self._save(type, data, entry, entry.posts_as)

    def delete(self, word: str, remote_id: str) -> dict[str, Any]:
        """Delete an object, or make it inactive when it is used."""
        entry = self._entry(word, remote_id)
        type = RecordType(entry.type)
        record = parse_record(type, {key: value for key, value in data_of(entry).items() if value is not None})
        applied = self._carry_out(self._request(Operation.DELETE, type, entry.posts_as, record, {}, entry))
        return self._shown(applied.remote_id) | {"how": None if applied.how is None else applied.how.value}

    # ------------------------------------------------------------------------------------------------------------

    def _save(self, type: RecordType, data: Mapping[str, Any], entry: Entry | None, posts_as: str) -> dict[str, Any]:
        record = parse_record(type, {key: value for key, value in data.items() if value is not None})
        operation = Operation.CREATE if entry is None else Operation.UPDATE
        links = self._links(record, entry)
        return self._shown(self._carry_out(self._request(operation, type, posts_as, record, links, entry)).remote_id)

    def _request(
        self,
        operation: Operation,
        type: RecordType,
        posts_as: str,
        record: Record,
        links: dict[Ref, RemoteRef],
        entry: Entry | None,
    ) -> Request:
        remote = None if entry is None else RemoteRef(type=type, remote_id=str(entry.id), version=str(entry.version))
        return Request(
            operation=operation,
            type=type,
            posts_as=posts_as,
            source_id="entered by hand" if entry is None else str(entry.id),
            record=record,
            key="",
            marker="",
            deadline=self._books.now() + timedelta(minutes=1),
            links=links,
            remote=remote,
        )

    def _carry_out(self, request: Request) -> Applied:
        (outcome,) = self._books.apply([request])
        match outcome:
            case Applied():
                return outcome
            case Rejected(fault=fault):
                raise InvalidInput(fault.message, code=fault.code, fix=fault.fix)
            case Conflict(code=code, message=message, remote_id=holder):
                details = {} if holder is None else {"remote_id": holder}
                raise InvalidInput(message, code=code, fix="Choose another, or change the other one.", details=details)
            case _:
                raise BooksProblem("The books are busy or could not save.", fix="Try again.")

    def _entry(self, word: str, remote_id: str) -> Entry:
        type = parse_kind(word)
        entry = self._books.entry(remote_id)
        fits = entry is not None and (entry.posts_as == word if word in POSTS_AS else entry.type == type)
        if entry is None or entry.deleted or not fits:
            raise NotFound(
                f"The books hold no {word.replace('_', ' ')} {remote_id!r}.",
                fix=f"See `hub mock list CONNECTION {word}` for the ids.",
            )
        return entry

    def _shown(self, remote_id: str) -> dict[str, Any]:
        entry = self._books.entry(remote_id)
        return {} if entry is None else describe(entry)

    def _links(self, record: Record, entry: Entry | None) -> dict[Ref, RemoteRef]:
        """What the record names, as objects: as linked before, by remote id, or by name in the books."""
        known = {(type, source): remote for (type, source), remote in json.loads("[]" if entry is None else entry.refs)}
        links = {}
        for ref in references(record):
            remote_id = known.get((ref.type.value, ref.source_id)) or self._resolved(ref)
            if remote_id is not None:
                links[ref] = RemoteRef(type=ref.type, remote_id=remote_id)
        return links

    def _resolved(self, ref: Ref) -> str | None:
        entry = self._books.entry(ref.source_id)
        if entry is not None and not entry.deleted and entry.type == ref.type:
            return ref.source_id
        if ref.type in ENTITIES:
            claim = claim_of_name(ref.type, normalise(ref.source_id))
            named, _ = self._books.page("claim = ?", [claim], 0, 1)
            if named and named[0].type == ref.type:
                return str(named[0].id)
        if ref.type in SOFT:
            return None
        raise InvalidInput(
            f"The books hold no {ref.type.words} {ref.source_id!r}.",
            code="missing_dependency",
            fix="Give its id or its name.",
        )

    def _document(self, type: RecordType, data: dict[str, Any]) -> dict[str, Any]:
        """What a bookkeeper leaves out: date, currency, party and amount follow from the documents settled."""
        if isinstance(data.get("applied_to"), str):
            data["applied_to"] = self._applied_to(data["applied_to"], data.get("amount"))
        parts = [part for part in data.get("applied_to") or [] if isinstance(part, Mapping)]
        first = self._books.entry(str(parts[0].get("source_id", ""))) if parts else None
        data.setdefault("date", self._books.now().date().isoformat())
        data.setdefault("status", "recorded" if issubclass(MODELS[type], Payment) else "closed")
        if first is not None:
            data.setdefault("currency", first.currency)
            if "customer" in MODELS[type].model_fields:
                data.setdefault("customer", None if first.party is None else str(first.party))
        if issubclass(MODELS[type], Payment) and "amount" not in data and parts:
            data["amount"] = str(sum((decimal(str(part.get("amount"))) for part in parts), Decimal(0)))
        if issubclass(MODELS[type], Document) and "lines" not in data:
            line = {key: data.pop(key) for key in _ONE_LINE if key in data and key not in MODELS[type].model_fields}
            data["lines"] = [line]
        return data

    def _applied_to(self, text: str, amount: Any = None) -> list[dict[str, Any]]:
        """`ID[:AMOUNT],…` as applications; an amount left out is what is open, at most what is left to apply."""
        parts = []
        left = None if amount is None else decimal(str(amount))
        for word in filter(None, (word.strip() for word in text.split(","))):
            remote_id, _, given = word.partition(":")
            entry = self._books.entry(remote_id)
            if entry is None or entry.deleted or RecordType(entry.type).is_entity:
                raise NotFound(
                    f"The books hold no document {remote_id!r}.", fix="See `hub mock list CONNECTION invoice` for ids."
                )
            value = decimal(given) if given else entry.open if left is None else min(left, entry.open)
            # Nothing open: the amount asked for is passed on, so that the books say that it is more than is open.
            value = value if value > 0 else left or Decimal(entry.total or 0)
            left = None if left is None else left - value
            parts.append({"type": entry.type, "source_id": remote_id, "amount": format(value, "f")})
        return parts
