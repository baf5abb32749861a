"""JSON whose numbers stay exact: read as Decimal, written digit for digit, and a float is refused on the way out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Any

LARGEST_EXPONENT = 40
"""A number with more digits than this before or after the point is none of accounting's."""


def read_json(text: str | bytes) -> Any:
    """The JSON document, its numbers exact.

    Raises:
        ValueError: it is no JSON, or it holds NaN or an infinity.
    """
    try:
        return json.loads(text, parse_float=_decimal, parse_constant=_no_constant)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def dump_json(value: object) -> bytes:
    """The document as UTF-8 in one spelling: keys in their given order, decimals digit for digit.

    Raises:
        TypeError: it holds a float, or something that JSON has no word for.
        ValueError: it holds NaN, an infinity, or a number out of all proportion.
    """
    parts: list[str] = []
    _write(value, parts)
    return "".join(parts).encode()


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except ArithmeticError:
        raise ValueError(f"{text[:40]} is out of all proportion") from None


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not a number")


def _write(value: object, parts: list[str]) -> None:
    if isinstance(value, str):
        parts.append(encode_basestring(value))
    elif value is None:
        parts.append("null")
    elif isinstance(value, bool):
        parts.append("true" if value else "false")
    elif isinstance(value, int):
        parts.append(str(int(value)))
    elif isinstance(value, Decimal):
        parts.append(_number(value))
    elif isinstance(value, Mapping):
        _write_mapping(value, parts)
    elif isinstance(value, list | tuple):
        _write_list(value, parts)
    else:
        raise TypeError(f"JSON cannot carry a {type(value).__name__} exactly")


def _write_mapping(value: Mapping[Any, Any], parts: list[str]) -> None:
    start = "{"
    for key, each in value.items():
        if not isinstance(key, str):
            raise TypeError(f"{key!r} is no name of a JSON field")
        parts.append(f"{start}{encode_basestring(key)}:")
        _write(each, parts)
        start = ","
    parts.append("}" if value else "{}")


def _write_list(value: list[Any] | tuple[Any, ...], parts: list[str]) -> None:
    start = "["
    for each in value:
        parts.append(start)
        _write(each, parts)
        start = ","
    parts.append("]" if value else "[]")


def _number(value: Decimal) -> str:
    if not value.is_finite():
        raise ValueError(f"{value} is not a number")
    if abs(value.adjusted()) > LARGEST_EXPONENT:
        raise ValueError(f"{value} is out of all proportion")
    return format(abs(value) if value.is_zero() else value, "f")
