"""Cursors: where a page of a list ended, as text that callers hand back; whatever else they hand in is refused."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from hub.errors import InvalidInput

LARGEST_ID = 2**63 - 1


def write_cursor(*place: Any) -> str:
    """The place, numbers and texts, as text that fits into an address."""
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def read_cursor(text: str, *kinds: type) -> tuple[Any, ...]:
    """The place that :func:`write_cursor` wrote; InvalidInput `bad_cursor` for anything else.

    Every whole number in it is one that a database can hold.
    """
    try:
        place = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if not isinstance(place, list) or [type(each) for each in place] != list(kinds):
            raise ValueError
        if any(not 0 <= each <= LARGEST_ID for each in place if isinstance(each, int)):
            raise ValueError
        for each in place:
            if isinstance(each, str) and "\0" in each.encode().decode():  # no lone surrogates, no NUL
                raise ValueError
        return tuple(place)
    except (ValueError, TypeError, binascii.Error, RecursionError):
        raise bad_cursor() from None


def bad_cursor() -> InvalidInput:
    """The refusal of a cursor that the hub never gave out."""
    return InvalidInput(
        "This cursor is not one the hub gave out.", code="bad_cursor", fix="Start again without a cursor."
    )
