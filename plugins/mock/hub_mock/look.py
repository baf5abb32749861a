"""Looking into the books: rows by id, marker, name and number, and the hub's objects made of them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from hub.adapters import Find, RemoteObject
from hub_mock.codec import Entry, normalise, remote_object
from hub_mock.schema import AMONG, OBJECT_COLUMNS, claim_of_name, claim_of_number

COLUMNS = f"{OBJECT_COLUMNS}, content"


def find(books: sqlite3.Connection, wanted: Sequence[Find], *, by_marker: bool) -> list[tuple[RemoteObject, ...]]:
    """The objects that meet any criterion of each entry; deleted ones are not found."""
    markers = {find.marker for find in wanted if find.marker} if by_marker else set()
    claims = {claim for find in wanted for claim in _claims(find)}
    numbers = {find.number for find in wanted if find.number and not find.type.is_entity}
    found = where(books, f"marker {AMONG} AND deleted = 0", markers)
    found |= where(books, f"claim {AMONG} AND deleted = 0", claims)
    found |= where(books, f"claim IS NULL AND number <> '' AND number {AMONG} AND deleted = 0", numbers)
    objects = dict(zip(found, objects_of(books, found.values()), strict=True))
    return [tuple(objects[id] for id, entry in found.items() if _meets(entry, one, markers)) for one in wanted]


def where(books: sqlite3.Connection, condition: str, values: Iterable[object]) -> dict[int, Entry]:
    """The rows that meet a condition with one list of values, by id; none for an empty list."""
    values = list(values)
    if not values:
        return {}
    rows = books.execute(f"SELECT {COLUMNS} FROM objects WHERE {condition} ORDER BY id", (json.dumps(values),))
    return {row[0]: Entry(*row) for row in rows}


def objects_of(books: sqlite3.Connection, entries: Iterable[Entry]) -> list[RemoteObject]:
    """The rows as the hub sees them, payments with what they settle."""
    entries = list(entries)
    payers = [entry.id for entry in entries if entry.given != "0"]
    applied: dict[int, list[tuple[str, Decimal]]] = {}
    if payers:
        query = f"SELECT payer, document, amount FROM applications WHERE payer {AMONG} ORDER BY payer, document"
        for payer, document, amount in books.execute(query, (json.dumps(payers),)):
            applied.setdefault(payer, []).append((str(document), Decimal(amount)))
    return [remote_object(entry, tuple(applied.get(entry.id, ()))) for entry in entries]


def _claims(find: Find) -> Iterator[str]:
    if find.name and find.type.is_entity:
        yield claim_of_name(find.type, normalise(find.name))
    if find.number and not find.type.is_entity:
        yield claim_of_number(find.posts_as, find.number)


def _meets(entry: Entry, find: Find, markers: set[str]) -> bool:
    if entry.type != find.type or entry.posts_as != find.posts_as:
        return False
    by_marker = find.marker is not None and find.marker in markers and entry.marker == find.marker
    by_name = bool(find.name) and find.type.is_entity and entry.claim in set(_claims(find))
    by_number = bool(find.number) and not find.type.is_entity and entry.number == find.number
    return by_marker or by_name or by_number
