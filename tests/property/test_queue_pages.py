"""Every filter, order and page of the queue gives what a plain sort of all its rows gives, and exact totals (Q5)."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, func, insert, select, update

from hub.queue import paging
from hub.store.tables import queue_counts, records, requests
from hub.testing.scratch import Scratch

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
KEYS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "position": lambda row: row["id"],
    "age": lambda row: row["queued_at"],
    "type": lambda row: row["type"],
    "operation": lambda row: row["operation"],
    "state": lambda row: row["state"],
    "title": lambda row: row["title"],
    "attempts": lambda row: row["attempts"],
    "amount": lambda row: row["amount"] or Decimal(0),
    "error": lambda row: row["error_class"] or "",
}
FILTERS: dict[str, tuple[Any, ...]] = {
    "type": (None, "customer", "ship_doc", "", "unheard"),
    "operation": (None, "create", "delete"),
    "state": (None, "waiting", "held"),
    "error": (None, "conflict", ""),
    "failed": (None, True, False),
}
RANGES: dict[str, tuple[Any, ...]] = {
    "queued_before": (None, START + timedelta(seconds=1)),
    "amount_from": (None, Decimal(0), Decimal(4)),
    "amount_to": (None, Decimal("6.5")),
    "attempts_from": (None, 2),
    "code": (None, "duplicate_name"),
}


def lets_through(chosen: dict[str, Any], row: dict[str, Any]) -> bool:
    """What the filter means, said plainly."""
    amount = row["amount"] or Decimal(0)
    plainly = {
        "error": lambda value: row["error_class"] == value,
        "failed": lambda value: (row["error_class"] is not None) == value,
        "queued_before": lambda value: row["queued_at"] < value,
        "amount_from": lambda value: amount >= value,
        "amount_to": lambda value: amount <= value,
        "code": lambda value: row["error_code"] == value,
        "attempts_from": lambda value: row["attempts"] >= value,
    }
    return all(plainly.get(name, lambda value, name=name: row[name] == value)(value) for name, value in chosen.items())


def fill(scratch: Scratch, dice: random.Random, count: int) -> None:
    """Requests of every kind; the clock jumps back now and then, and many keys are equal."""
    with scratch.hub.core.database.write(scratch.company) as db:
        lane = scratch.hub.lane(scratch.connection).id
        some = {"company_id": scratch.company, "fully_recorded": True, "prevented": False, "deleted": False,
                "revision": 1, "payload": "{}", "updated_at": START}  # fmt: skip
        for number in range(count):
            type = dice.choice(("customer", "item", "ship_doc"))
            record = {**some, "type": type, "source_id": f"R{number}", "title": "x"}
            record_id = db.execute(insert(records).returning(records.c.id), record).scalar_one()
            operation = dice.choice(("create", "update", "delete"))
            row = {
                "connection_id": lane, "record_id": record_id, "type": type, "source_id": f"R{number}",
                "title": dice.choice("abcdefg") + dice.choice("xyz"), "operation": operation,
                "removal": operation == "delete", "origin": "saved",
                "state": dice.choice(("waiting", "waiting", "held", "unknown")), "confirmed": False,
                "attempts": dice.randrange(4), "error_class": dice.choice((None, None, "conflict", "validation")),
                "error_code": dice.choice((None, "duplicate_name")), "error_count": 0,
                "generation": 1, "rank": 10, "date": date.min,
                "amount": dice.choice((None, Decimal("1.50"), Decimal("-3"), Decimal(dice.randrange(9)))),
                "queued_at": START + timedelta(seconds=dice.randrange(-5, 5)),
            }  # fmt: skip
            db.execute(insert(requests), row)


def stir(scratch: Scratch, dice: random.Random) -> None:
    """Some change, many at once, and some leave."""
    some = requests.c.id % 7
    with scratch.hub.core.database.write(scratch.company) as db:
        db.execute(update(requests).where(some == dice.randrange(7)).values(state="held", error_class="conflict"))
        db.execute(update(requests).where(some == dice.randrange(7)).values(operation="update", error_class=None))
        db.execute(update(requests).where(some == dice.randrange(7)).values(reason="no facet of it"))
        db.execute(delete(requests).where(some == dice.randrange(7)))


def pages(scratch: Scratch, size: int, **chosen: Any) -> tuple[list[int], set[int]]:
    """All ids, page by page, and the totals that were told."""
    ids: list[int] = []
    totals: set[int] = set()
    after = None
    while True:
        page = scratch.hub.queue(scratch.connection, limit=size, after=after, **chosen)
        ids += [each["id"] for each in page["items"]]
        totals.add(page["total"])
        after = page["next"]
        if after is None:
            return ids, totals


@pytest.mark.parametrize("few", [0, 5_000], ids=["walking", "collecting"])
@pytest.mark.parametrize("seed", range(3))
def test_Q5_every_filter_order_and_page_agrees_with_a_plain_sort(
    scratch: Scratch, monkeypatch: pytest.MonkeyPatch, seed: int, few: int
) -> None:
    monkeypatch.setattr(paging, "FEW", few)
    monkeypatch.setattr(paging, "MOST_RUNS", 3)
    dice = random.Random(seed)
    fill(scratch, dice, 40)
    stir(scratch, dice)
    with scratch.hub.core.database.read() as db:
        rows = [dict(row) for row in db.execute(select(requests)).mappings()]
    assert len(rows) > 15
    combinations = list(product(*FILTERS.values()))
    for values in [*dice.sample(combinations, 3), (None,) * len(FILTERS)]:
        chosen = {name: value for name, value in zip(FILTERS, values, strict=True) if value is not None}
        shown = [row for row in rows if lets_through(chosen, row)]
        for (name, key), falling in product(KEYS.items(), (False, True)):
            plain = sorted(shown, key=lambda row, key=key: (key(row), row["id"]), reverse=falling)
            found, totals = pages(scratch, dice.choice((5, 9, 50)), sort=("-" if falling else "") + name, **chosen)
            assert found == [row["id"] for row in plain], (chosen, name, falling)
            assert totals == {len(shown)}, (chosen, name)


@pytest.mark.parametrize("few", [0, 3, 5_000], ids=["walking", "some", "collecting"])
@pytest.mark.parametrize("seed", range(3))
def test_Q5_ranges_narrow_every_filter_and_order_and_say_when_a_total_is_not_all(
    scratch: Scratch, monkeypatch: pytest.MonkeyPatch, seed: int, few: int
) -> None:
    monkeypatch.setattr(paging, "FEW", few)
    monkeypatch.setattr(paging, "MANY", few)
    monkeypatch.setattr(paging, "MOST_RUNS", 3)
    dice = random.Random(seed)
    fill(scratch, dice, 40)
    with scratch.hub.core.database.read() as db:
        rows = [dict(row) for row in db.execute(select(requests)).mappings()]
    asked = [*product(*FILTERS.values(), *RANGES.values())]
    for values in dice.sample([each for each in asked if any(value is not None for value in each[-5:])], 3):
        named = zip((*FILTERS, *RANGES), values, strict=True)
        chosen = {name: value for name, value in named if value is not None}
        shown = [row for row in rows if lets_through(chosen, row)]
        for (name, key), falling in product(KEYS.items(), (False, True)):
            plain = sorted(shown, key=lambda row, key=key: (key(row), row["id"]), reverse=falling)
            found, totals = pages(scratch, dice.choice((5, 50)), sort=("-" if falling else "") + name, **chosen)
            assert found == [row["id"] for row in plain], (chosen, name, falling)
            page = scratch.hub.queue(scratch.connection, limit=1, sort=name, **chosen)
            assert page["at_least"] == (len(shown) > few)
            assert totals == {min(len(shown), few) if page["at_least"] else len(shown)}


def test_Q5_the_counts_follow_every_change_of_the_queue(scratch: Scratch) -> None:
    dice = random.Random(5)
    fill(scratch, dice, 30)
    for _ in range(5):
        stir(scratch, dice)
        fields = (requests.c.connection_id, requests.c.type, requests.c.operation, requests.c.state,
                  func.coalesce(requests.c.error_class, "").label("error"))  # fmt: skip
        with scratch.hub.core.database.read() as db:
            counted = db.execute(select(*fields, func.count()).group_by(*fields)).all()
            kept = db.execute(select(queue_counts).where(queue_counts.c.number != 0)).all()
        assert sorted(map(tuple, counted)) == sorted(map(tuple, kept))


def test_Q5_a_total_is_known_without_a_search_and_with_one(scratch: Scratch, tmp_path: Path) -> None:
    for number in range(12):
        scratch.customer(f"C{number}", name=f"Blue {number}" if number % 3 else f"Red {number}")
    assert scratch.hub.queue(scratch.connection, limit=2)["total"] == 12
    page = scratch.hub.queue(scratch.connection, limit=2, search="red", sort="-title")
    assert page["total"] == 4
    assert [each["title"] for each in page["items"]] == ["Red 9", "Red 6"]
