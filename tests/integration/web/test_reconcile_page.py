"""The page on which both sides are compared: months that sum, and every exception with its fix (V1)."""

from __future__ import annotations

from decimal import Decimal

from hub.testing.scratch import Scratch
from tests.integration.web.conftest import Person

PAGE = "/c/acme/mock/reconcile"
SIDES = ("source", "books")


def test_V1_months_of_both_sides_sum_to_the_whole(scratch: Scratch, ann: Person) -> None:
    scratch.customer()
    scratch.item()
    for at, day in enumerate(("2026-01-04", "2026-01-31", "2026-02-01"), 1):
        scratch.ship_doc(f"S{at}", date=day)
    scratch.sync()
    first = scratch.sync_of("ship_doc", "S1")["remote_id"]
    scratch.books.bookkeeper.edit("invoice", first, ["date=2026-02-02"])
    made = scratch.hub.reconcile("acme/mock")
    assert made["adds_up"]
    months = {each["month"]: each for each in made["months"]}
    counts = {month: tuple(each[side]["total"]["count"] for side in SIDES) for month, each in months.items()}
    assert counts == {"2026-01": (2, 1), "2026-02": (1, 2)}
    for side in SIDES:
        whole = Decimal(made["sums"][0][side]["total"]["amount"])
        assert sum(Decimal(each[side]["total"]["amount"]) for each in months.values()) == whole
        for each in months.values():
            buckets = [one for name, one in each[side].items() if name != "total"]
            assert sum(one["count"] for one in buckets) == each[side]["total"]["count"]
    page = ann.text(f"{PAGE}?go=1&from=&to=")
    assert "1 document needs a look." in page
    assert "date: 2026-01-04 here, 2026-02-02 there." in page


def test_V1_the_page_counts_returns_against_sales(scratch: Scratch, ann: Person) -> None:
    scratch.customer()
    scratch.item()
    scratch.ship_doc()
    scratch.put("customer_return", "CR1", number="CR1", status="received", date="2026-01-05", customer="C1",
                lines=[{"item": "I1", "quantity": "1", "unit_price": "5.00"}])  # fmt: skip
    scratch.payment()
    scratch.sync()
    page = ann.text(f"{PAGE}?go=1&from=&to=")
    assert page.count("2026-01 USD sales the source 2 $15.00 2 $15.00") == 1
    assert page.count("2026-01 USD payments the source 1 $20.00 1 $20.00") == 1
    assert "35.00" not in page
    assert "45.00" not in page


def test_nothing_is_read_before_it_is_asked_for(scratch: Scratch, ann: Person) -> None:
    scratch.books.misbehave("unauthorised", on="check")
    assert "Compare both sides" in ann.text(PAGE)
    assert "no longer accept" in ann.get(f"{PAGE}?go=1").text


def test_a_period_that_is_none_is_told(ann: Person) -> None:
    for period in ("from=2026-02-01&to=2026-01-01", "from=nonsense", "from=0000-00-00"):
        answer = ann.get(f"{PAGE}?go=1&{period}")
        assert answer.status_code == 422
        assert 'role="alert"' in answer.text
