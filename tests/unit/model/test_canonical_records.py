"""One content has one spelling, amounts are worked out, and edits of posted content are told from bookkeeping (Q14)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from hub.model import (
    RecordType,
    Ref,
    dump_record,
    load_record,
    parse_record,
    posted_digest,
    record_data,
    references,
)

SHIP_DOC = RecordType.SHIP_DOC
GOOD: dict[str, Any] = {
    "status": "shipped",
    "date": "2026-01-04",
    "customer": "C1",
    "lines": [{"item": "I1", "quantity": "2", "unit_price": "10.00"}],
}


def dump(**changes: Any) -> str:
    return dump_record(parse_record(SHIP_DOC, {**GOOD, **changes}))


def line(**changes: Any) -> dict[str, Any]:
    return {"lines": [{**GOOD["lines"][0], **changes}]}


@pytest.mark.parametrize(
    "same",
    [
        {"status": " Shipped "},
        {"currency": "usd"},
        {"customer": " C1 "},
        {"memo": None},
        {"custom": {}},
        {"fully_recorded": True},
        line(quantity="2.000", unit_price="10"),
        line(quantity=2, unit_price=Decimal("1E+1")),
        line(amount="20"),
        line(discount_percent="0"),
    ],
)
def test_equal_records_have_equal_text(same: dict[str, Any]) -> None:
    assert dump(**same) == dump()


@pytest.mark.parametrize("other", [{"status": "closed"}, {"memo": "x"}, line(quantity="3"), {"custom": {"a": 1}}])
def test_other_records_have_other_text(other: dict[str, Any]) -> None:
    assert dump(**other) != dump()


def test_unknown_fields_have_one_order() -> None:
    assert dump(b=1, a=2) == dump(a=2, b=1) == dump(custom={"b": 1}, a=2)


def test_what_is_stored_is_read_back_the_same() -> None:
    for changes in ({}, {"memo": "é 🥐 ‏עברית", "colour": {"deep": [1, "2"]}}, line(**{"class": "K", "bin": 7})):
        text = dump(**changes)
        assert dump_record(load_record(SHIP_DOC, text)) == text


@pytest.mark.parametrize(
    ("given", "currency", "amount"),
    [
        ({"quantity": "3", "unit_price": "0.335"}, "USD", "1.01"),
        ({"quantity": "3", "unit_price": "33.5"}, "JPY", "101"),
        ({"quantity": "1", "unit_price": "1.2345"}, "KWD", "1.235"),
        ({"unit_price": "10", "discount_percent": "33.333"}, "USD", "6.67"),
        ({"amount": "5.00"}, "USD", "5.00"),
    ],
)
def test_the_amount_of_a_line_is_worked_out_half_up(given: dict[str, Any], currency: str, amount: str) -> None:
    record: Any = parse_record(SHIP_DOC, {**GOOD, "currency": currency, "lines": [given]})
    assert record.lines[0].amount == Decimal(amount)
    assert record.total == Decimal(amount)


def test_the_total_is_the_sum_of_the_lines_not_of_what_they_were_rounded_from() -> None:
    third = {"quantity": "1", "unit_price": "0.335"}
    record: Any = parse_record(SHIP_DOC, {**GOOD, "lines": [third] * 3, "total": "1.02"})
    assert record.total == Decimal("1.02")


def test_data_names_every_default_and_leaves_out_what_is_empty() -> None:
    data = record_data(parse_record(RecordType.CUSTOMER, {"name": "Blue", "phone": None}))
    assert data == {"name": "Blue", "active": True}


@pytest.mark.parametrize(
    "bookkeeping", [{"status": "closed"}, {"fully_recorded": False}, {"status": "open", "fully_recorded": False}]
)
def test_Q14_the_sources_own_bookkeeping_is_no_edit_of_posted_content(bookkeeping: dict[str, Any]) -> None:
    assert posted_digest(parse_record(SHIP_DOC, {**GOOD, **bookkeeping})) == posted_digest(parse_record(SHIP_DOC, GOOD))


@pytest.mark.parametrize("edit", [{"memo": "x"}, {"date": "2026-01-05"}, {"colour": "red"}, line(description="x")])
def test_Q14_everything_else_is(edit: dict[str, Any]) -> None:
    assert posted_digest(parse_record(SHIP_DOC, {**GOOD, **edit})) != posted_digest(parse_record(SHIP_DOC, GOOD))


def test_a_record_knows_all_that_it_names() -> None:
    record = parse_record(
        RecordType.CUSTOMER_RETURN,
        {
            "status": "closed",
            "date": "2026-01-04",
            "customer": "C1",
            "term": "N30",
            "lines": [{"item": "I1", "amount": "1", "tax_code": "T", "class": "K", "account": "4000"}],
            "applied_to": [{"source_id": "S1", "amount": "1"}],
        },
    )
    assert {str(ref) for ref in references(record)} == {
        "customer C1", "term N30", "item I1", "tax code T", "class K", "account 4000", "ship doc S1",
    }  # fmt: skip
    assert references(parse_record(RecordType.CUSTOMER, {"name": "x", "parent": "C9"})) == {
        Ref(RecordType.CUSTOMER, "C9")
    }
