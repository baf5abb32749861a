"""Amounts as a person's locale writes them, and in addresses one plain way that no locale takes for another amount."""

from __future__ import annotations

import re
from decimal import Decimal

from babel import Locale
from babel.numbers import NumberFormatError, format_decimal, get_group_symbol, parse_decimal

LARGEST = Decimal(10) ** 13
_LONGEST = 60
_PLAIN = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_SPACES = "\u00a0\u202f "


def read_amount(text: str, locale: Locale | None = None) -> str:
    """The amount as it stands in addresses; `locale`: that of the person who may have typed it.

    Where both ways can be meant, the person's counts: `1.234` is one thousand and more to a German.

    Raises:
        ValueError: it is none, or beyond `LARGEST`.
    """
    value = None if locale is None else _typed(text, locale)
    if value is None and len(text) <= _LONGEST and _PLAIN.fullmatch(text):
        value = Decimal(text)
    if value is None or abs(value) > LARGEST:
        raise ValueError(text)
    plain = format(value, "f")
    # With three places it could be a thousand where the point parts thousands; with four it is written nowhere.
    return f"{plain}0" if re.fullmatch(r"-?[0-9]+\.[0-9]{3}", plain) else plain


def write_amount(plain: str, locale: Locale) -> str:
    """An amount of an address as a person of this locale writes it, with every place it has."""
    return format_decimal(Decimal(plain), locale=locale, decimal_quantization=False) if plain else ""


def example(locale: Locale) -> str:
    """An amount as this locale writes it, to show how."""
    return format_decimal(Decimal("1234.50"), format="#,##0.00", locale=locale)


def _typed(text: str, locale: Locale) -> Decimal | None:
    if len(text) > _LONGEST or any(each.isalpha() or each == "_" for each in text):
        return None
    group = get_group_symbol(locale)
    if group in _SPACES:  # nobody types the space that does not break
        text = re.sub(f"[{_SPACES}]", group, text)
    try:
        value = parse_decimal(text.replace("\u2212", "-"), locale=locale, strict=True)
    except NumberFormatError:
        return None
    return value if value.is_finite() else None
