"""Short words for what the tests of reconciliation look at in a statement."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from hub.testing.scratch import Scratch

Statement = Callable[..., dict[str, Any]]


def assert_sums(made: dict[str, Any]) -> None:
    """The buckets of each side sum to its total, in counts and in money, counted here once more."""
    for row in made["totals"] + made["sums"] + made["months"]:
        for side in ("source", "books"):
            cells = dict(row[side])
            total = cells.pop("total")
            assert sum(cell["count"] for cell in cells.values()) == total["count"]
            assert sum(Decimal(cell["amount"]) for cell in cells.values()) == Decimal(total["amount"])


def buckets(made: dict[str, Any]) -> list[tuple[str, str | None, list[str]]]:
    """(bucket, source id, sides that count it) of everything that did not match."""
    return [(each["bucket"], each["source_id"], each["counted"]) for each in made["items"]]


def only(made: dict[str, Any], bucket: str) -> dict[str, Any]:
    """The one document of a bucket."""
    (item,) = [each for each in made["items"] if each["bucket"] == bucket]
    return item


def remote(scratch: Scratch, source_id: str = "S1") -> str:
    """Where a ship doc is in the books."""
    found: str = scratch.sync_of("ship_doc", source_id)["remote_id"]
    return found


def matched(made: dict[str, Any]) -> int:
    """How many pairs matched."""
    return sum(row["source"]["matched"]["count"] for row in made["sums"])
