"""Records are read whole or refused whole: every fault at once, in plain words, with a fix."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hub.errors import InvalidInput
from hub.model import RecordType, dump_record, kept_as_custom, load_record, parse_record, parse_type, read_json

LINE = {"quantity": "2", "unit_price": "10.00"}
GOOD: dict[str, Any] = {"status": "shipped", "date": "2026-01-04", "customer": "C1", "lines": [LINE]}


def faults(type: str, data: Any) -> list[str]:
    with pytest.raises(InvalidInput) as caught:
        parse_record(RecordType(type), data)
    assert caught.value.fix
    found: list[str] = caught.value.details.get("faults", [caught.value.message])
    assert all(fault in caught.value.message for fault in found[:10])
    return found


def code(type: str, data: Any) -> str:
    with pytest.raises(InvalidInput) as caught:
        parse_record(RecordType(type), data)
    return caught.value.code


def test_every_fault_is_named_at_once() -> None:
    assert faults("ship_doc", {"status": "", "date": "4.1.2026", "currency": "US", "fully_recorded": "maybe",
                               "lines": [{"unit_price": 1.5, "quantity": "two"}]}) == [
        "status must not be empty",
        "fully_recorded must be true or false",
        "date must be a date written YYYY-MM-DD",
        "currency is not an ISO 4217 currency code such as USD or EUR",
        "lines[1].quantity must be a number such as 12.50",
        "lines[1].unit_price must be a decimal string or Decimal, not a float, which cannot hold cents",
        "customer is missing",
    ]  # fmt: skip


def test_what_does_not_add_up_is_named_beside_what_is_missing() -> None:
    data = {"status": "shipped", "date": "2026-01-04", "lines": [{**LINE, "amount": "19.00"}, {"quantity": "-1"}]}
    found = faults("ship_doc", data)
    assert found[0] == "customer is missing"
    assert "line 1: amount is 19.00 but quantity × unit price less discount is 20.00" in found[1]
    assert "line 2: quantity must not be negative (got -1)" in found[1]
    payment = {"amount": "5.00", "applied_to": [{"source_id": "S1", "amount": "6.00"}]}
    assert any("more than the amount" in fault for fault in faults("payment", payment))


def test_a_long_list_of_faults_is_cut_but_counted() -> None:
    with pytest.raises(InvalidInput, match="and 20 more") as caught:
        parse_record(RecordType.SHIP_DOC, {**GOOD, "lines": [{"unit_price": "x"}] * 30})
    assert len(caught.value.details["faults"]) == 30


@pytest.mark.parametrize(
    ("type", "data", "fault"),
    [
        ("customer", {}, "name is missing"),
        ("customer", {"name": "  "}, "name must not be empty"),
        ("customer", {"name": "two\nlines"}, "name holds control characters or line breaks"),
        ("customer", {"name": "x" * 501}, "name is too long (at most 500 characters)"),
        ("customer", {"name": "\ud800"}, "name holds characters that are not valid Unicode"),
        ("customer", {"name": 5}, "name must be text"),
        ("customer", {"name": "x", "active": "perhaps"}, "active must be true or false"),
        ("customer", {"name": "x", "billing_address": "Main St"}, "billing_address must be an object"),
        ("item", {"name": "x", "kind": "ghost"}, "kind must be one of 'inventory', 'non_inventory' or 'service'"),
        ("item", {"name": "x", "unit_price": "1e20"}, "unit_price must be below 10^13 with at most 10 decimals"),
        ("ship_doc", {**GOOD, "lines": []}, "lines needs at least one entry"),
        ("ship_doc", {**GOOD, "lines": [LINE] * 10_001}, "lines has more than 10000 entries"),
        ("ship_doc", {**GOOD, "date": "2026-02-30"}, "date is not a day of the calendar"),
        ("ship_doc", {**GOOD, "date": 20260104}, "date must be a date written YYYY-MM-DD"),
        ("ship_doc", {**GOOD, "lines": [{**LINE, "discount_percent": "101"}]},
         "lines[1].discount_percent must be at most 100"),
        ("ship_doc", {**GOOD, "lines": [{"unit_price": "NaN"}]}, "lines[1].unit_price must be a number such as 12.50"),
        ("payment", {"status": "x", "date": "2026-01-04", "customer": "C", "amount": "0"},
         "amount must be greater than 0"),
    ],
)  # fmt: skip
def test_each_fault_is_said_in_plain_words(type: str, data: dict[str, Any], fault: str) -> None:
    assert faults(type, data) == [fault]


@pytest.mark.parametrize("value", [1.5, float("nan"), True, "1,50", "", "abc", None, [], "１２"])
def test_amounts_that_are_no_exact_number_are_refused(value: object) -> None:
    assert code("item", {"name": "x", "unit_price": value if value is not None else {}}) == "invalid_record"


def test_a_negative_quantity_is_a_fault_of_the_record_and_a_wrong_amount_one_of_its_sum() -> None:
    assert code("ship_doc", {**GOOD, "lines": [{**LINE, "quantity": "-2"}]}) == "invalid_record"
    assert code("ship_doc", {**GOOD, "lines": [{"quantity": "2"}]}) == "invalid_record"
    assert code("ship_doc", {**GOOD, "lines": [{**LINE, "amount": "20.01"}]}) == "lines_do_not_sum"
    assert code("ship_doc", {**GOOD, "total": "20.01"}) == "lines_do_not_sum"


def test_adjustments_may_be_negative() -> None:
    data = {"status": "closed", "date": "2026-01-04", "lines": [{"quantity": "-2", "unit_price": "1.50"}]}
    assert str(parse_record(RecordType.ADJUSTMENT, data).total) == "-3.00"  # type: ignore[union-attr]


def test_an_unknown_type_is_named_with_the_known_ones() -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_type("spaceship")
    assert caught.value.code == "unknown_type"
    assert "ship_doc" in caught.value.fix


@pytest.mark.parametrize(
    "text", ["{a}", "", '{"a": NaN}', '{"a": Infinity}', b"\xff\xfe", "[" * 100_000, "1e" + "9" * 30]
)
def test_text_that_is_no_json_is_refused_in_one_sentence(text: str | bytes) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_json(text)
    assert caught.value.code == "malformed_json"


def test_custom_fields_have_so_many_levels_that_they_can_be_stored_again() -> None:
    custom: dict[str, object] = {}
    for _ in range(28):
        custom = {"x": custom}
    dump_record(parse_record(RecordType.CUSTOMER, {"name": "A", "custom": custom}))
    for _ in range(500):
        custom = {"x": [custom]}
    with pytest.raises(InvalidInput) as caught:
        parse_record(RecordType.CUSTOMER, {"name": "A", "custom": custom})
    assert caught.value.code == "invalid_record"


def test_json_numbers_are_read_exactly() -> None:
    assert str(read_json('{"a": 0.10}')["a"]) == "0.10"


def test_unknown_fields_are_kept_under_custom_at_every_level() -> None:
    address = {"city": "Berlin", "district": "Mitte"}
    data = {**GOOD, "colour": "red", "custom": {"given": 1}, "shipping_address": address, "lines": [{**LINE, "bin": 7}]}
    record: Any = load_record(RecordType.SHIP_DOC, dump_record(parse_record(RecordType.SHIP_DOC, data)))
    assert record.custom == {"colour": "red", "given": 1}
    assert record.lines[0].custom == {"bin": 7}
    assert record.shipping_address.custom == {"district": "Mitte"}


PLACES: dict[str, Callable[[object], dict[str, Any]]] = {
    "record": lambda value: {**GOOD, "extra": value},
    "line": lambda value: {**GOOD, "lines": [{**LINE, "extra": value}]},
    "address": lambda value: {**GOOD, "shipping_address": {"extra": value}},
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("value", [float("nan"), float("inf"), "\ud800", object(), {"deep": [float("nan")]}])
def test_what_json_cannot_carry_is_refused_wherever_it_stands(place: str, value: object) -> None:
    assert code("ship_doc", PLACES[place](value)) == "invalid_record"


@pytest.mark.parametrize("data", [None, [], "text", 5])
def test_what_is_no_object_is_refused(data: object) -> None:
    assert code("customer", data) == "invalid_record"


@pytest.mark.parametrize("value", ["yes", "true", 1, 0, "", None, []])
@pytest.mark.parametrize(("type", "field"), [("customer", "active"), ("payment", "gateway_processed")])
def test_true_or_false_is_said_as_true_or_false(type: str, field: str, value: Any) -> None:
    given = {"name": "Ada", "status": "recorded", "date": "2026-01-01", "customer": "C1", "amount": "1", field: value}
    with pytest.raises(InvalidInput, match=f"{field} must be true or false"):
        parse_record(RecordType(type), given, given=True)


@pytest.mark.parametrize("email", ["ada", "n/a", "zoë@exämple.com", "", None])
def test_what_the_books_may_hold_as_an_email_can_be_saved_again(email: str | None) -> None:
    parse_record(RecordType.CUSTOMER, {"name": "Ada", "email": email}, given=True)


TOO_LARGE = ["1e400", "9" * 32 + ".99", "1e9999999999999999999999", "-1e13", "9" * 100_000, "1e-400", "0." + "1" * 40]


@pytest.mark.parametrize("number", TOO_LARGE, ids=lambda text: text[:12])
def test_every_number_out_of_range_gets_the_same_sentence(number: str) -> None:
    with pytest.raises(InvalidInput, match=r"unit_price must be below 10\^13 with at most 10 decimals"):
        parse_record(RecordType.ITEM, {"name": "Tea", "unit_price": number})


def test_the_fields_at_fault_are_named_for_programs() -> None:
    lines = [{"item": "I1", "quantity": "1"}, {"item": "I1", "quantity": "x", "unit_price": "1"}]
    with pytest.raises(InvalidInput) as refused:
        parse_record(RecordType.SHIP_DOC, {"status": "shipped", "date": "1.1.2026", "customer": "C1", "lines": lines})
    assert refused.value.details["fields"] == ["date", "lines[2].quantity"]


def test_fields_that_the_model_does_not_know_are_named_wherever_they_stand() -> None:
    data = {
        "name": "Ada", "vat_id": "1", "custom": {"meant": 1}, "billing_address": {"line1": "x", "floor": 3},
    }  # fmt: skip
    record = parse_record(RecordType.CUSTOMER, data, given=True)
    assert kept_as_custom(record, data) == ["vat_id", "billing_address.floor"]
