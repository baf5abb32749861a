"""Adds documents up by bucket, and checks itself: what was read on each side is what lies in the buckets (V1)."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from hub.model import RecordType
from hub.proof.documents import COUNTED, EXCEPTIONS, Bucket, Face, Group, Item, money

SIDES: Mapping[str, tuple[Bucket, ...]] = {
    "source": (Bucket.MATCHED, Bucket.MISSING, Bucket.DIVERGED, Bucket.UNKNOWN, Bucket.EXCLUDED),
    "books": (Bucket.MATCHED, Bucket.EXTRA, Bucket.DIVERGED, Bucket.UNKNOWN, Bucket.EXCLUDED),
}
"""The buckets whose sum is a side's total."""
Kind = tuple[RecordType, str]
"""A type and the currency; amounts as the documents say them."""
Month = tuple[str, str, Group]
"""`YYYY-MM`, empty for what has no date, the currency and the group; amounts with their sign in it."""
_ORDER = {bucket: at for at, bucket in enumerate(Bucket)}
_GROUPS = {group: at for at, group in enumerate(Group)}
_TYPES = {type: at for at, type in enumerate(COUNTED)}


@dataclass(slots=True)
class Sum:
    """How many documents, and how much."""

    count: int = 0
    amount: Decimal = Decimal(0)

    def add(self, amount: Decimal | None, count: int = 1) -> None:
        """Count documents of this amount together; one without an amount counts as none."""
        self.count += count
        self.amount += amount or 0


Cells = dict[str, dict[str, Sum]]
"""By side, and by bucket or `total`."""


@dataclass(slots=True)
class Statement:
    """Every document read, and the bucket it fell into.

    What is read is tallied when it is read, what is decided when it is decided: that the two agree is the proof that
    nothing fell between the buckets.
    """

    read: dict[tuple[str, Kind], Sum] = field(default_factory=dict)
    decided: dict[tuple[str, Kind, Bucket], Sum] = field(default_factory=dict)
    read_in: dict[tuple[str, Month], Sum] = field(default_factory=dict)
    decided_in: dict[tuple[str, Month, Bucket], Sum] = field(default_factory=dict)
    items: dict[tuple[str, ...], Item] = field(default_factory=dict)
    digests: list[bytes] = field(default_factory=list)

    def saw(self, side: str, type: RecordType, face: Face) -> None:
        """A document of a side was read."""
        self.read.setdefault((side, (type, face.currency or "")), Sum()).add(face.amount)
        self.read_in.setdefault((side, month_of(type, face)), Sum()).add(signed(type, face.amount))

    def put(self, item: Item, key: tuple[str, ...]) -> None:
        """A document, or a pair, is decided. What `key` named before is thereby decided anew."""
        before = self.items.pop(key, None)
        if before:
            self._tally(before, -1)
        self._tally(item, 1)
        if item.bucket is Bucket.MATCHED:
            self.digests.append(_digest(item))
        else:
            self.items[key] = item

    def _tally(self, item: Item, sign: int) -> None:
        for side, counts, face in (("source", item.source, item.ours), ("books", item.books, item.theirs)):
            if counts and face:
                kind, month = (item.type, face.currency or ""), month_of(item.type, face)
                one = self.decided.setdefault((side, kind, item.bucket), Sum())
                one.add(sign * (face.amount or Decimal(0)), sign)
                in_month = self.decided_in.setdefault((side, month, item.bucket), Sum())
                in_month.add(sign * signed(item.type, face.amount), sign)

    @property
    def adds_up(self) -> bool:
        """On both sides, for each type and currency, and for each month, the buckets sum to what was read."""
        sums: dict[tuple[str, Kind], Sum] = {}
        for (side, kind, bucket), one in self.decided.items():
            if bucket in SIDES[side]:
                sums.setdefault((side, kind), Sum()).add(one.amount, one.count)
        by_month: dict[tuple[str, Month], Sum] = {}
        for (side, month, bucket), one in self.decided_in.items():
            if bucket in SIDES[side]:
                by_month.setdefault((side, month), Sum()).add(one.amount, one.count)
        return {key: one for key, one in sums.items() if one.count} == self.read and {
            key: one for key, one in by_month.items() if one.count
        } == self.read_in

    @property
    def exceptions(self) -> int:
        """How many documents ask for attention."""
        return sum(item.bucket in EXCEPTIONS for item in self.items.values())

    def totals(self) -> list[dict[str, Any]]:
        """Totals of both sides by currency and type, as the documents say; empty buckets are there as zero."""
        tables: dict[Kind, Cells] = {}
        for (side, kind), one in self.read.items():
            _cell(tables, kind, side, "total").add(one.amount, one.count)
        for (side, kind, bucket), one in self.decided.items():
            _cell(tables, kind, side, bucket.value).add(one.amount, one.count)
        return [
            {"type": type.value, "group": COUNTED[type][0].value, **_spelled(cells, currency)}
            for (type, currency), cells in sorted(tables.items(), key=lambda each: (each[0][1], _TYPES[each[0][0]]))
        ]

    def groups(self, *, by_month: bool) -> list[dict[str, Any]]:
        """Totals of both sides by currency and group, and by month too: what goes back counts against its group.

        Each side's document counts in the month of its own date.
        """

        def fold(month: Month) -> Month:
            return month if by_month else ("", month[1], month[2])

        tables: dict[Month, Cells] = {}
        for (side, month), one in self.read_in.items():
            _cell(tables, fold(month), side, "total").add(one.amount, one.count)
        for (side, month, bucket), one in self.decided_in.items():
            _cell(tables, fold(month), side, bucket.value).add(one.amount, one.count)
        return [
            {**({"month": day or None} if by_month else {"type": None}), "group": group.value,
             **_spelled(cells, currency)}
            for (day, currency, group), cells in sorted(tables.items(), key=_in_order)
        ]  # fmt: skip

    def listed(self) -> list[dict[str, Any]]:
        """Everything but what matched, in an order that only depends on what it is."""
        return [item.as_dict() for item in sorted(self.items.values(), key=_place)]

    def reasons(self) -> dict[str, int]:
        """How many documents were excluded for which reason."""
        found = Counter(_general(item) for item in self.items.values() if item.bucket is Bucket.EXCLUDED)
        return dict(sorted(found.items(), key=lambda each: (-each[1], each[0])))

    def digest(self, head: Mapping[str, Any]) -> str:
        """Fingerprint of the statement: the same documents on both sides give the same one."""
        hash = hashlib.sha256(_canonical(head))
        for one in sorted([*self.digests, *(_digest(item) for item in self.items.values())]):
            hash.update(one)
        return hash.hexdigest()


def month_of(type: RecordType, face: Face) -> Month:
    """The month of a document's date, its currency, and its group."""
    return (face.date.isoformat()[:7] if face.date else "", face.currency or "", COUNTED[type][0])


def signed(type: RecordType, amount: Decimal | None) -> Decimal:
    """A document's amount as it counts in its group."""
    return COUNTED[type][1] * (amount or Decimal(0))


def _in_order(row: tuple[Month, Cells]) -> tuple[str, str, int]:
    (month, currency, group), _ = row
    return month, currency, _GROUPS[group]


def _cell(tables: dict[Any, Cells], key: Any, side: str, name: str) -> Sum:
    empty = {each: {"total": Sum(), **{bucket.value: Sum() for bucket in kinds}} for each, kinds in SIDES.items()}
    return tables.setdefault(key, empty)[side].setdefault(name, Sum())


def _spelled(cells: Cells, currency: str) -> dict[str, Any]:
    return {
        "currency": currency or None,
        **{
            side: {
                name: {"count": one.count, "amount": money(one.amount, currency or None)} for name, one in of.items()
            }
            for side, of in cells.items()
        },
    }


def _general(item: Item) -> str:
    """The reason without what is peculiar to one document."""
    reason = item.reason or ""
    return reason.partition(":")[0] if reason.startswith(("it was detached", "a copy that was kept")) else reason


def _place(item: Item) -> tuple[int, str, str, str]:
    return _ORDER[item.bucket], item.type.value, item.source_id or "", item.remote_id or ""


def _digest(item: Item) -> bytes:
    return hashlib.sha256(_canonical(item.as_dict())).digest()


def _canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
