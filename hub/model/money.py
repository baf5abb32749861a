"""Amounts are Decimal, currencies are ISO 4217, and rounding is half up to the currency's minor unit."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from functools import cache

from iso4217 import Currency

LARGEST = Decimal(10) ** 13
"""No single amount, price or quantity reaches this; larger input is a mistake."""


@cache
def minor_digits(currency: str) -> int | None:
    """Decimal places of a currency, or None when ISO 4217 knows no such currency (or it has no minor unit)."""
    try:
        return Currency(currency).exponent
    except ValueError:
        return None


@cache
def _quantum(digits: int) -> Decimal:
    return Decimal(1).scaleb(-digits)


def round_money(amount: Decimal, currency: str) -> Decimal:
    """`amount` rounded half up to the minor unit of `currency`, a known ISO 4217 code."""
    digits = minor_digits(currency)
    return amount.quantize(_quantum(2 if digits is None else digits), rounding=ROUND_HALF_UP)


def round_half_up(value: Decimal, places: int = 2) -> Decimal:
    """`value` rounded half up to `places` decimals; what a source calls to clean float noise from its prices."""
    return value.quantize(_quantum(places), rounding=ROUND_HALF_UP)


def line_amount(quantity: Decimal, unit_price: Decimal, discount_percent: Decimal, currency: str) -> Decimal:
    """Quantity × unit price less discount, rounded half up to the currency's minor unit."""
    if discount_percent:
        return round_money(quantity * unit_price * (100 - discount_percent) / 100, currency)
    return round_money(quantity * unit_price, currency)


def plain(value: Decimal, at_least: int = 0) -> Decimal:
    """`value` in one canonical spelling: no exponent, no trailing zeros beyond `at_least` decimals."""
    short = value.quantize(_quantum(at_least))
    if short == value:
        return abs(short) if short.is_zero() else short
    return value.normalize()
