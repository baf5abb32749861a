"""What an object holds in the fields that the hub writes, as one short text: equal text means that nobody edited it.

The version alone does not tell: books move it for reasons of their own, a payment that settles the document among them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any


def content_of(fields: Mapping[str, Any]) -> str:
    """`field=digest` for every field that holds something, in order of their names; fields are words for people."""
    return " ".join(f"{field.replace(' ', '_')}={_digest(fields[field])}" for field in sorted(fields) if fields[field])


def edited_fields(before: str, now: str) -> tuple[str, ...]:
    """The fields in which two contents differ."""
    old, new = (dict(word.partition("=")[::2] for word in content.split()) for content in (before, now))
    return tuple(field.replace("_", " ") for field in sorted({*old, *new}) if old.get(field) != new.get(field))


def _digest(value: object) -> str:
    text = json.dumps(_plain(value), sort_keys=True, ensure_ascii=True)
    return hashlib.blake2b(text.encode(), digest_size=6).hexdigest()


def _plain(value: object) -> object:
    """Numbers by what they are worth: books answer 5, 5.0 and 5.00 as it pleases them."""
    match value:
        case bool() | None | str():
            return value
        case int() | Decimal():
            return f"{Decimal(value).normalize():f}"
        case Mapping():
            return {str(key): _plain(each) for key, each in value.items() if each is not None}
        case list() | tuple():
            return [_plain(each) for each in value]
        case _:
            return str(value)
