"""JSON in and out with exact decimals: no amount ever passes through a float, and nothing hostile gets further."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, NoReturn

import simplejson

from hub_quickbooks.sandbox.refusals import Refusal

_encoder = simplejson.JSONEncoder(
    use_decimal=True, separators=(",", ":"), ensure_ascii=False, namedtuple_as_object=False, tuple_as_array=True
)


def encode(value: Any) -> str:
    """The JSON text of dictionaries, lists, strings, numbers and Decimals."""
    text: str = _encoder.encode(value)
    return text


def pretty(value: Any) -> str:
    """The same for a person to read."""
    text: str = simplejson.dumps(value, use_decimal=True, indent=2, ensure_ascii=False)
    return text


def loads(text: str) -> Any:
    """What `encode` wrote."""
    return simplejson.loads(text, use_decimal=True)


def decode(body: bytes) -> Any:
    """A body from outside; Refusal 500 for bytes that are no UTF-8, 2010 for text that is no JSON."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        at = error.start
        detail = f"MalformedByteSequenceException: Invalid byte {body[at]:#04x} of UTF-8 sequence at position {at}."
        raise Refusal(500, detail, type="SystemFault") from None
    try:
        return simplejson.loads(text, parse_float=_decimal, parse_constant=_constant)
    except RecursionError:
        raise Refusal(2010, "Property Name:the JSON is nested too deeply specified is unsupported or invalid") from None
    except (ValueError, ArithmeticError) as error:
        raise Refusal(2010, f"Property Name:{_words(error)} specified is unsupported or invalid") from None


def _decimal(text: str) -> Decimal:
    return Decimal(text)


def _constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _words(error: Exception) -> str:
    return f"Unexpected JSON: {error}"[:300]
