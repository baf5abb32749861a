"""Amounts are exact and round half up to the currency's own minor unit."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.model import line_amount, minor_digits, round_half_up, round_money
from hub.model.money import plain

D = Decimal


@pytest.mark.parametrize(
    ("currency", "digits"), [("USD", 2), ("EUR", 2), ("JPY", 0), ("KWD", 3), ("CLF", 4), ("NOPE", None), ("usd", None)]
)
def test_minor_digits_follow_iso_4217(currency: str, digits: int | None) -> None:
    assert minor_digits(currency) == digits


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [
        ("0.005", "USD", "0.01"), ("0.015", "USD", "0.02"), ("0.0049999", "USD", "0.00"), ("-0.005", "USD", "-0.01"),
        ("0.5", "JPY", "1"), ("1.5", "JPY", "2"), ("2.5", "JPY", "3"), ("0.0005", "KWD", "0.001"),
    ],
)  # fmt: skip
def test_halves_are_rounded_up_in_every_currency(amount: str, currency: str, expected: str) -> None:
    assert round_money(D(amount), currency) == D(expected)


@pytest.mark.parametrize(
    ("quantity", "price", "discount", "currency", "expected"),
    [
        ("12", "14.00", "0", "USD", "168.00"), ("3", "0.335", "0", "USD", "1.01"), ("1", "0.005", "0", "USD", "0.01"),
        ("7", "9.99", "12.5", "USD", "61.19"), ("1", "100", "100", "USD", "0.00"), ("3", "33.5", "0", "JPY", "101"),
        ("2", "1.2345", "0", "KWD", "2.469"), ("-2", "1.005", "0", "USD", "-2.01"),
    ],
)  # fmt: skip
def test_a_line_is_quantity_times_price_less_discount(
    quantity: str, price: str, discount: str, currency: str, expected: str
) -> None:
    assert line_amount(D(quantity), D(price), D(discount), currency) == D(expected)


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=6), st.sampled_from(["USD", "JPY", "KWD"]))
def test_rounding_moves_an_amount_by_half_a_unit_at_most_and_only_once(amount: Decimal, currency: str) -> None:
    rounded = round_money(amount, currency)
    assert abs(rounded - amount) <= D("0.5").scaleb(-(minor_digits(currency) or 0))
    assert round_money(rounded, currency) == rounded


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=8))
def test_one_number_has_one_spelling(value: Decimal) -> None:
    spelled = plain(value, 2)
    assert spelled == value
    assert format(spelled, "f") == format(plain(value + D("0.000000000"), 2), "f")
    assert "." in format(spelled, "f")
    assert plain(spelled, 2).as_tuple() == spelled.as_tuple()


def test_float_noise_of_a_source_is_cleaned_half_up() -> None:
    assert round_half_up(D(str(0.1 + 0.2))) == D("0.30")
    assert round_half_up(D("2.675")) == D("2.68")
    assert round_half_up(D("14.5"), 0) == D("15")
