"""V1: whatever is done to source and books, each document lands in the bucket it belongs to, and the buckets sum."""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.testing.scratch import Scratch

SINCE, UNTIL = "2026-01-10", "2026-01-20"
DAYS = st.dates(date(2026, 1, 5), date(2026, 1, 25)).map(date.isoformat)
KINDS = ("synced", "waiting", "open", "prevented", "unrecorded", "detached", "undone", "deleted")
TAMPERINGS = ("none", "gone", "number", "date", "amount", "edited here")


@dataclass(frozen=True)
class Doc:
    """A document of the source, what becomes of it there, and what is done to it in the books."""

    kind: str
    day: str
    price: int
    currency: str
    tampering: str
    other_day: str


DOCS = st.lists(
    st.builds(
        Doc,
        kind=st.sampled_from(KINDS) | st.just("synced"),
        day=DAYS,
        price=st.integers(1, 10**6),
        currency=st.sampled_from(["USD", "EUR"]),
        tampering=st.sampled_from(TAMPERINGS),
        other_day=DAYS,
    ),
    max_size=8,
)
EXTRAS = st.lists(st.tuples(DAYS, st.integers(1, 10**6)), max_size=3)


def inside(day: str) -> bool:
    """Whether the period has that day."""
    return SINCE <= day <= UNTIL


def put(scratch: Scratch, name: str, doc: Doc, **more: Any) -> None:
    """Save the document; it posts unless told otherwise."""
    lines = [{"item": "I1", "quantity": "1", "unit_price": f"{doc.price / 100:.2f}"}]
    scratch.ship_doc(name, date=doc.day, currency=doc.currency, **{"lines": lines, **more})


def before_the_sync(scratch: Scratch, name: str, doc: Doc) -> None:
    """Bring the document on its way."""
    match doc.kind:
        case "waiting":
            put(scratch, name, doc, customer="nobody")
        case "open":
            put(scratch, name, doc, status="processing")
        case "prevented":
            put(scratch, name, doc, status="processing")
            scratch.hub.prevent("acme", "ship_doc", name)
            put(scratch, name, doc)
        case "unrecorded":
            put(scratch, name, doc, fully_recorded=False)
        case _:
            put(scratch, name, doc)


def after_the_sync(scratch: Scratch, name: str, doc: Doc) -> list[tuple[str, str, bool, bool]]:
    """Meddle with it; the entries it must have: (bucket, name, counted in source, counted in books)."""
    here, keeper = inside(doc.day), scratch.books.bookkeeper
    match doc.kind:
        case "waiting":
            return [("missing", name, here, False)]
        case "open" | "prevented" | "unrecorded":
            return [("excluded", name, here, False)]
        case "detached":
            scratch.hub.detach("acme", "ship_doc", name)
            return [("excluded", name, here, False), ("excluded", name, False, here)]
        case "undone":
            scratch.hub.undo("acme", "ship_doc", name)
            return [("excluded", name, here, False), ("extra", name, False, here)]
        case "deleted":
            scratch.hub.delete("acme", "ship_doc", name)
            return [("extra", name, False, here)]
    remote_id = scratch.sync_of("ship_doc", name)["remote_id"]
    there = here
    match doc.tampering:
        case "none":
            return [("matched", name, here, here)]
        case "gone":
            keeper.delete("ship_doc", remote_id)
            return [("missing", name, here, False)]
        case "number":
            keeper.edit("ship_doc", remote_id, [f"number=changed {name}"])
        case "date":
            if doc.other_day == doc.day:
                return [("matched", name, here, here)]
            keeper.edit("ship_doc", remote_id, [f"date={doc.other_day}"])
            there = inside(doc.other_day)
        case "amount":
            price = f"{(doc.price + 1) / 100:.2f}"
            keeper.edit("ship_doc", remote_id, [f'lines=[{{"item":"I1","quantity":"1","unit_price":"{price}"}}]'])
        case "edited here":
            put(scratch, name, doc, lines=[{"item": "I1", "quantity": "2", "unit_price": f"{doc.price / 100:.2f}"}])
    return [("diverged", name, here, there)]


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(docs=DOCS, extras=EXTRAS)
def test_V1_each_tampering_lands_in_its_bucket_and_the_buckets_sum(
    docs: list[Doc], extras: list[tuple[str, int]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        scratch = Scratch(Path(folder))
        scratch.customer()
        scratch.item()
        for at, doc in enumerate(docs):
            before_the_sync(scratch, f"S{at}", doc)
        scratch.sync()
        expected = [entry for at, doc in enumerate(docs) for entry in after_the_sync(scratch, f"S{at}", doc)]
        for day, cents in extras:
            scratch.books.bookkeeper.add(
                "invoice", ["customer=Customer C1", f"amount={cents / 100:.2f}", "account=Sales", f"date={day}"]
            )
        made = scratch.hub.reconcile(scratch.connection, since=SINCE, until=UNTIL)
        again = scratch.hub.reconcile(scratch.connection, since=SINCE, until=UNTIL)
        scratch.hub.close()
    assert made["adds_up"]
    assert made["complete"]
    assert made["digest"] == again["digest"]
    expected += [("extra", None, False, True) for day, _ in extras if inside(day)]
    counted = [entry for entry in expected if entry[2] or entry[3]]
    found = [
        (each["bucket"], each["source_id"], "source" in each["counted"], "books" in each["counted"])
        for each in made["items"]
    ]
    assert sorted(found, key=str) == sorted((entry for entry in counted if entry[0] != "matched"), key=str)
    assert tallied(made, "source") == Counter(bucket for bucket, _, here, _ in counted if here)
    assert tallied(made, "books") == Counter(bucket for bucket, _, _, there in counted if there)
    assert made["agrees"] is not any(bucket in ("missing", "extra", "diverged") for bucket, *_ in counted)


def tallied(made: dict[str, Any], side: str) -> Counter[str]:
    """How many documents each bucket of a side counts, over all currencies; the sums checked on the way."""
    counts: Counter[str] = Counter()
    for row in made["totals"]:
        cells = {name: cell["count"] for name, cell in row[side].items()}
        assert cells.pop("total") == sum(cells.values())
        counts.update(cells)
    return +counts
