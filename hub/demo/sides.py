"""Both sides next to each other: what should be in the books by the order system's own records, and what is."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from hub.app import Hub
from hub.demo.records import Record, total
from hub.demo.shop import Shop

KINDS = {
    "customer": "customer",
    "vendor": "vendor",
    "item": "item",
    "ship_doc": "invoice",
    "receiver": "bill",
    "customer_return": "credit_note",
    "vendor_return": "vendor_credit",
    "payment": "payment",
}
"""The source's types, and the books' word for each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One type on both sides; `unmatched` are the objects that are not the same here and there, by name and total."""

    type: str
    posts_as: str
    source_count: int
    source_total: Decimal | None
    books_count: int
    books_total: Decimal | None
    difference: Decimal | None
    unmatched: int

    def as_dict(self) -> dict[str, Any]:
        """The row with amounts as text."""
        return {name: str(value) if isinstance(value, Decimal) else value for name, value in asdict(self).items()}


def compare(hub: Hub, connection: str, shop: Shop, books: Any) -> list[Row]:
    """Every type, object by object; `books` is the mock books' own screen."""
    policy = hub.policy(connection)
    rows = []
    for type, word in KINDS.items():
        ours = Counter(
            (record.get("name") or record["number"], total(record))
            for key, record in shop.records.items()
            if key[0] == type and key not in shop.left_out and _goes(record, policy[type])
        )
        theirs = Counter(
            (one.get("name") or one["number"], Decimal(one["total"] or 0)) for one in books.all(word) if one["active"]
        )
        entity = "trigger_statuses" not in policy[type]
        here, there = _sum(ours), _sum(theirs)
        rows.append(
            Row(
                type=type,
                posts_as=word,
                source_count=ours.total(),
                source_total=None if entity else here,
                books_count=theirs.total(),
                books_total=None if entity else there,
                difference=None if entity else here - there,
                unmatched=((ours - theirs) + (theirs - ours)).total(),
            )
        )
    return rows


def _goes(record: Record, rule: dict[str, Any]) -> bool:
    return "trigger_statuses" not in rule or record["status"] in rule["trigger_statuses"]


def _sum(objects: Counter[tuple[str, Decimal]]) -> Decimal:
    return sum((amount * count for (_, amount), count in objects.items()), Decimal())
