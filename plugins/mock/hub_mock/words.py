"""The words of `hub mock`: types, KEY=VALUE pairs and amounts read, objects described; pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from hub.errors import InvalidInput
from hub.model import RecordType, read_json
from hub.model.records import MODELS
from hub_mock.codec import Entry, data_of

POSTS_AS = {
    "invoice": RecordType.SHIP_DOC,
    "bill": RecordType.RECEIVER,
    "credit_note": RecordType.CUSTOMER_RETURN,
    "vendor_credit": RecordType.VENDOR_RETURN,
    "inventory_adjustment": RecordType.ADJUSTMENT,
    "journal": RecordType.VALUE_ADJUSTMENT,
}
WORDS = {type: word for word, type in POSTS_AS.items()} | {RecordType.WORK_ORDER: "journal"}


def parse_kind(word: str) -> RecordType:
    """The record type of a TYPE argument: the hub's word, or the books' (`invoice`)."""
    if word in POSTS_AS:
        return POSTS_AS[word]
    try:
        return RecordType(word)
    except ValueError:
        known = ", ".join([*RecordType, *POSTS_AS])
        raise InvalidInput(f"There is no type {word!r}.", code="unknown_type", fix=f"Use one of {known}.") from None


def parse_pairs(pairs: Sequence[str]) -> dict[str, Any]:
    """`KEY=VALUE` words as data: dots reach into an address, JSON lists and objects are read, an empty value clears."""
    data: dict[str, Any] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        steps = key.strip().split(".")
        if not equals or not all(steps):
            raise InvalidInput(
                f"{pair!r} is not KEY=VALUE.", code="bad_setting", fix="Write for example --set name='Blue Ltd'."
            )
        into = data
        for step in steps[:-1]:
            into = into.setdefault(step, {})
            if not isinstance(into, dict):
                raise InvalidInput(f"{key!r} is set twice, as a value and as a group.", code="bad_setting")
        into[steps[-1]] = read_json(value) if value[:1] in ("[", "{") else value if value != "" else None
    return data


def describe(entry: Entry) -> dict[str, Any]:
    """An object as `hub mock` prints it; documents also tell date, currency, party and what is open."""
    shown: dict[str, Any] = {"remote_id": str(entry.id), "type": entry.type, "version": str(entry.version)}
    if RecordType(entry.type).is_entity:
        shown |= {"name": entry.name}
    else:
        shown |= {"number": entry.number, "posts_as": entry.posts_as, "date": entry.date, "currency": entry.currency}
        shown |= {"party": None if entry.party is None else str(entry.party), "open": format(entry.open, "f")}
    shown |= {"active": bool(entry.active), "status": entry.status, "total": entry.total, "marker": entry.marker}
    return shown | {"data": json.loads(json.dumps(data_of(entry), default=str))}


def known_fields(type: RecordType, data: dict[str, Any]) -> dict[str, Any]:
    """The data, once every field in it is one of the model's; the books keep no others."""
    fields = MODELS[type].model_fields
    known = {field.alias or name for name, field in fields.items()} - {"custom"}
    if unknown := sorted(data.keys() - known):
        raise InvalidInput(
            f"A {type.words} has no field {', '.join(map(repr, unknown))}.",
            code="unknown_field",
            fix=f"Use {', '.join(sorted(known))}.",
        )
    return data


def overlaid(old: dict[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """`new` laid over `old`, group by group."""
    data = dict(old)
    for key, value in new.items():
        before = data.get(key)
        data[key] = overlaid(before, value) if isinstance(before, dict) and isinstance(value, dict) else value
    return data


def decimal(text: str) -> Decimal:
    """A positive amount."""
    try:
        value = Decimal(text)
    except ArithmeticError:
        value = Decimal(-1)
    if not value.is_finite() or value <= 0:
        raise InvalidInput(f"{text!r} is not an amount.", code="bad_setting", fix="Write for example 12.50.")
    return value
