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
from hub.proof.documents import EXCEPTIONS, Bucket, Face, Item, money

SIDES: Mapping[str, tuple[Bucket, ...]] = {
    "source": (Bucket.MATCHED, Bucket.MISSING, Bucket.DIVERGED, Bucket.UNKNOWN, Bucket.EXCLUDED),
    "books": (Bucket.MATCHED, Bucket.EXTRA, Bucket.DIVERGED, Bucket.UNKNOWN, Bucket.EXCLUDED),
}
"""The buckets whose sum is a side's total."""
Group = tuple[RecordType | None, str]
Month = tuple[str, str]
"""`YYYY-MM`, empty for what has no date, and the currency."""
_ORDER = {bucket: at for at, bucket in enumerate(Bucket)}


@dataclass(slots=True)
class Sum:
    """How many documents, and how much."""

    count: int = 0
    amount: Decimal = Decimal(0)

    def add(self, amount: Decimal | None, count: int = 1) -> None:
        """Count documents of this amount together; one without an amount counts as none."""
        self.count += count
        self.amount += amount or 0


@dataclass(slots=True)
class Statement:
    """Every document read, and the bucket it fell into.

    What is read is tallied when it is read, what is decided when it is decided: that the two agree is the proof that
    nothing fell between the buckets.
    """

    read: dict[tuple[str, Group], Sum] = field(default_factory=dict)
    decided: dict[tuple[str, Group, Bucket], Sum] = field(default_factory=dict)
    read_in: dict[tuple[str, Month], Sum] = field(default_factory=dict)
    decided_in: dict[tuple[str, Month, Bucket], Sum] = field(default_factory=dict)
    items: dict[tuple[str, ...], Item] = field(default_factory=dict)
    digests: list[bytes] = field(default_factory=list)

    def saw(self, side: str, type: RecordType, face: Face) -> None:
        """A document of a side was read."""
        self.read.setdefault((side, (type, face.currency or "")), Sum()).add(face.amount)
        self.read_in.setdefault((side, month_of(face)), Sum()).add(face.amount)

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
                group = (item.type, face.currency or "")
                one = self.decided.setdefault((side, group, item.bucket), Sum())
                one.add(sign * (face.amount or Decimal(0)), sign)
                in_month = self.decided_in.setdefault((side, month_of(face), item.bucket), Sum())
                in_month.add(sign * (face.amount or Decimal(0)), sign)

    @property
    def adds_up(self) -> bool:
        """On both sides, for each type and currency, the buckets sum to what was read."""
        sums: dict[tuple[str, Group], Sum] = {}
        for (side, group, bucket), one in self.decided.items():
            if bucket in SIDES[side]:
                sums.setdefault((side, group), Sum()).add(one.amount, one.count)
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

    def rows(self, *, by_type: bool) -> list[dict[str, Any]]:
        """Totals of both sides by currency, and by type too; every bucket is there, empty ones as zero."""

        def fold(group: Group) -> Group:
            return group if by_type else (None, group[1])

        tables: dict[Group, dict[str, dict[str, Sum]]] = {}
        for (side, group), one in self.read.items():
            _cell(tables, fold(group), side, "total").add(one.amount, one.count)
        for (side, group, bucket), one in self.decided.items():
            _cell(tables, fold(group), side, bucket.value).add(one.amount, one.count)
        return [
            {
                "type": type.value if type else None,
                "currency": currency or None,
                **{side: _spelled(cells[side], currency) for side in SIDES},
            }
            for (type, currency), cells in sorted(tables.items(), key=lambda each: (each[0][1], str(each[0][0])))
        ]

    def months(self) -> list[dict[str, Any]]:
        """Totals of both sides by month and currency; each side's document counts in the month of its own date."""
        tables: dict[Month, dict[str, dict[str, Sum]]] = {}
        for (side, month), one in self.read_in.items():
            _cell(tables, month, side, "total").add(one.amount, one.count)
        for (side, month, bucket), one in self.decided_in.items():
            _cell(tables, month, side, bucket.value).add(one.amount, one.count)
        return [
            {"month": month or None, "currency": currency or None,
             **{side: _spelled(cells[side], currency) for side in SIDES}}
            for (month, currency), cells in sorted(tables.items())
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


def month_of(face: Face) -> Month:
    """The month of a document's date, and its currency."""
    return (face.date.isoformat()[:7] if face.date else "", face.currency or "")


def _cell(tables: dict[Any, dict[str, dict[str, Sum]]], group: Any, side: str, name: str) -> Sum:
    empty = {each: {"total": Sum(), **{bucket.value: Sum() for bucket in kinds}} for each, kinds in SIDES.items()}
    return tables.setdefault(group, empty)[side].setdefault(name, Sum())


def _spelled(cells: Mapping[str, Sum], currency: str) -> dict[str, Any]:
    return {name: {"count": one.count, "amount": money(one.amount, currency or None)} for name, one in cells.items()}


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
