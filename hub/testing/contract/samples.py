"""A plain record of every type, which any books should take."""

from __future__ import annotations

from datetime import date
from typing import Any

from hub.model import ENTITIES, RecordType


def sample(type: RecordType, number: int, day: date) -> dict[str, Any]:
    """The data of a new record; `number` makes its name or number its own."""
    if type in ENTITIES:
        return _entity(type, number)
    document = {"number": f"N-{number}", "date": day.isoformat(), "currency": "USD", "status": "closed"}
    match type:
        case RecordType.SHIP_DOC | RecordType.CUSTOMER_RETURN:
            return document | {"customer": "C1", "lines": [_line()]}
        case RecordType.RECEIVER | RecordType.VENDOR_RETURN:
            return document | {"vendor": "V1", "lines": [_line()]}
        case RecordType.PAYMENT | RecordType.REFUND:
            return document | {"customer": "C1", "amount": "20.00"}
        case _:
            return document | {"lines": [_line()]}


def _line() -> dict[str, Any]:
    return {"item": "I1", "quantity": "2", "unit_price": "10.00"}


def _entity(type: RecordType, number: int) -> dict[str, Any]:
    named = {"name": f"{type.words.capitalize()} number {number}"}
    match type:
        case RecordType.CUSTOMER | RecordType.VENDOR:
            return named | {"email": f"person{number}@example.com", "phone": f"555 01{number:02}"}
        case RecordType.ITEM:
            return named | {"kind": "service", "unit_price": "10.00"}
        case _:
            return named
