"""V1: what goes back counts against what it goes back from, on both sides, and unlike things are never added up."""

from __future__ import annotations

from typing import Any

import pytest

from hub.model import TRANSACTIONS
from hub.proof.documents import COUNTED, Group
from hub.testing.scratch import Scratch
from tests.integration.proof.statements import Statement

SIDES = ("source", "books")


def lines(price: str) -> list[dict[str, str]]:
    """One line of that price."""
    return [{"item": "I1", "quantity": "1", "unit_price": price}]


@pytest.fixture
def traded(synced: Scratch) -> Scratch:
    """Beside the ship doc of 20.00, one document of every kind that money follows, all in the books."""
    synced.put("vendor", "V1", name="Vendor V1")
    synced.put("customer_return", "CR1", number="CR1", status="received", date="2026-01-05", customer="C1",
               lines=lines("5.00"))  # fmt: skip
    synced.put("receiver", "R1", number="R1", status="received", date="2026-01-05", vendor="V1", lines=lines("30.00"))
    synced.put("vendor_return", "VR1", number="VR1", status="shipped", date="2026-01-05", vendor="V1",
               lines=lines("10.00"))  # fmt: skip
    synced.payment()
    synced.put("refund", "F1", status="recorded", date="2026-01-06", customer="C1", amount="7.00")
    assert synced.sync()["state"] == "completed"
    return synced


def told(rows: list[dict[str, Any]], side: str, bucket: str) -> dict[str, tuple[int, str]]:
    """Count and amount of one bucket, by group."""
    return {row["group"]: (row[side][bucket]["count"], row[side][bucket]["amount"]) for row in rows}


@pytest.mark.parametrize("rows", ["sums", "months"])
@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("bucket", ["total", "matched"])
def test_V1_returns_and_refunds_count_against_sales_purchases_and_payments(
    traded: Scratch, statement: Statement, side: str, rows: str, bucket: str
) -> None:
    made = statement()
    assert made["agrees"]
    assert told(made[rows], side, bucket) == {
        "sales": (2, "15.00"), "purchases": (2, "20.00"), "payments": (2, "13.00"),
    }  # fmt: skip


def test_V1_by_itself_each_type_counts_what_its_documents_say(traded: Scratch, statement: Statement) -> None:
    totals = {row["type"]: row for row in statement()["totals"]}
    for side in SIDES:
        amounts = {type: row[side]["total"]["amount"] for type, row in totals.items()}
        assert amounts == {
            "ship_doc": "20.00", "customer_return": "5.00", "receiver": "30.00", "vendor_return": "10.00",
            "payment": "20.00", "refund": "7.00",
        }  # fmt: skip


def test_V1_a_credit_on_one_side_only_lowers_that_side(traded: Scratch, statement: Statement) -> None:
    traded.put("customer_return", "CR2", number="CR2", status="received", date="2026-01-07", customer="C1",
               lines=lines("2.00"))  # fmt: skip
    traded.books.bookkeeper.add("credit_note", ["customer=Customer C1", "amount=4", "account=Sales", "date=2026-01-07"])
    made = statement()
    for rows in ("sums", "months"):
        assert told(made[rows], "source", "missing")["sales"] == (1, "-2.00")
        assert told(made[rows], "source", "total")["sales"] == (3, "13.00")
        assert told(made[rows], "books", "extra")["sales"] == (1, "-4.00")
        assert told(made[rows], "books", "total")["sales"] == (3, "11.00")


def test_V1_a_credit_of_another_amount_there_diverges_by_the_difference(traded: Scratch, statement: Statement) -> None:
    traded.put("customer_return", "CR1", number="CR1", status="received", date="2026-01-05", customer="C1",
               lines=lines("6.00"))  # fmt: skip
    made = statement()
    assert told(made["sums"], "source", "diverged")["sales"] == (1, "-6.00")
    assert told(made["sums"], "books", "diverged")["sales"] == (1, "-5.00")


def test_V1_every_document_type_has_its_group_and_what_goes_back_the_sign_against_it() -> None:
    assert set(COUNTED) == TRANSACTIONS
    back = {type.value for type, (_, sign) in COUNTED.items() if sign < 0}
    assert back == {"customer_return", "vendor_return", "refund"}
    assert {group for group, _ in COUNTED.values()} == set(Group)
