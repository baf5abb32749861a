"""From what a source sends to a typed record and back: every fault named at once, one canonical spelling kept."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from hub.errors import InvalidInput
from hub.model.entities import ENTITY_MODELS, Entity
from hub.model.fields import GIVEN, Part
from hub.model.transactions import BOOKKEEPING_FIELDS, STORED, TRANSACTION_MODELS, Document, Payment, Transaction
from hub.model.types import REFERENCE_LISTS, RecordType, Ref

Record = Entity | Transaction
MODELS: dict[RecordType, type[Entity] | type[Transaction]] = {**ENTITY_MODELS, **TRANSACTION_MODELS}
SOFT = REFERENCE_LISTS - {RecordType.EMPLOYEE}
"""Types a record may also name in the books' own words ("Sales"): they never make a request wait."""

DEEPEST = 30
"""So many levels of lists and objects in each other custom fields may have."""

_PLAIN = {
    "missing": "is missing",
    "string_too_short": "must not be empty",
    "string_too_long": "is too long (at most {max_length} characters)",
    "string_pattern_mismatch": "holds control characters or line breaks",
    "string_type": "must be text",
    "string_unicode": "holds characters that are not valid Unicode",
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "greater_than": "must be greater than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "literal_error": "must be one of {expected}",
    "too_short": "needs at least one entry",
    "too_long": "has more than {max_length} entries",
    "tuple_type": "must be a list",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "decimal_max_digits": "has too many digits",
    "date_from_datetime_parsing": "is not a day of the calendar",
    "date_parsing": "is not a day of the calendar",
}


def parse_type(name: str) -> RecordType:
    """The record type of that name, or InvalidInput `unknown_type` that lists the known ones."""
    try:
        return RecordType(name)
    except ValueError:
        raise InvalidInput(
            f"There is no record type {name!r}.", code="unknown_type", fix="Use one of " + ", ".join(RecordType) + "."
        ) from None


def read_json(text: str | bytes) -> Any:
    """JSON with numbers read as Decimal; InvalidInput `malformed_json` says where it breaks."""
    try:
        return json.loads(text, parse_float=_decimal, parse_constant=_no_constant, object_pairs_hook=_each_once)
    except (ValueError, RecursionError) as fault:
        why = "it is nested too deeply" if isinstance(fault, RecursionError) else fault
        raise InvalidInput(f"This is not JSON: {why}.", code="malformed_json", fix="Correct the JSON.") from None


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"the key {next(name for name in names if names.count(name) > 1)!r} stands there twice")
    return found


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except ArithmeticError:  # its exponent has more digits than any number here
        raise ValueError(f"{text[:40]} is out of all proportion") from None


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not a number")


def parse_record(type: RecordType, data: object, *, given: bool = False) -> Record:
    """The typed record of `data`, a mapping of the model's field names; `given` by a source, so looked at closely.

    Raises:
        InvalidInput: with every fault in one sentence; code `invalid_record`, or `lines_do_not_sum` (rule X6).
    """
    if not isinstance(data, Mapping):
        raise InvalidInput(f"A {type.words} must be a JSON object.", code="invalid_record", fix="Send an object.")
    try:
        record = MODELS[type].model_validate(data, context=GIVEN if given else None)
        if custom := [part.custom for part in _parts(record) if part.custom]:
            _shallow(custom, DEEPEST)
            json.dumps(custom, default=_carried, allow_nan=False, ensure_ascii=False).encode()
        return record
    except ValidationError as fault:
        errors = fault.errors(include_url=False)
        raise _invalid(type, errors + _hidden_faults(type, data, errors)) from None
    except (ValueError, TypeError, RecursionError):
        raise InvalidInput(
            f"The custom fields of this {type.words} hold what JSON cannot carry, or are nested too deeply.",
            code="invalid_record",
            fix="Send plain text and finite numbers.",
        ) from None


def kept_as_custom(record: Record, data: Mapping[str, Any]) -> list[str]:
    """The fields of `data` that the model does not know, which the record keeps under `custom`."""
    found = _strangers(record, data, "")
    for field in ("lines", "applied_to"):
        for part, given in zip(getattr(record, field, ()), data.get(field) or (), strict=False):
            found += _strangers(part, given, f"{field}.")
    for field in ("billing_address", "shipping_address"):
        if address := getattr(record, field, None):
            found += _strangers(address, data.get(field), f"{field}.")
    return found


def _strangers(part: Part, given: object, prefix: str) -> list[str]:
    if not part.custom or not isinstance(given, Mapping):
        return []
    meant = given.get("custom")
    return [prefix + name for name in part.custom if not (isinstance(meant, Mapping) and name in meant)]


def _parts(record: Record) -> Iterator[Part]:
    """The record, and everything in it that may have fields of its own."""
    yield record
    if isinstance(record, Document):
        yield from record.lines
    if isinstance(record, Document | Payment):
        yield from record.applied_to
    for field in ("billing_address", "shipping_address"):
        if address := getattr(record, field, None):
            yield address


def _shallow(value: object, levels: int) -> None:
    if isinstance(value, Mapping | list | tuple):
        if not levels:
            raise ValueError("nested too deeply")
        for each in value.values() if isinstance(value, Mapping) else value:
            _shallow(each, levels - 1)


def _carried(value: object) -> str:
    """What JSON has no word for and still carries as text."""
    if isinstance(value, Decimal | date | UUID):
        return str(value)
    raise TypeError


def load_record(type: RecordType, text: str) -> Record:
    """The typed record of a stored payload, as :func:`dump_record` wrote it."""
    return MODELS[type].model_validate_json(text, context=STORED)


def dump_record(record: Record) -> str:
    """The canonical JSON of a record: equal records give equal text; defaults and empty fields left out."""
    return record.model_dump_json(by_alias=True, exclude_defaults=True, exclude_none=True)


def record_data(record: Record) -> dict[str, Any]:
    """The record as JSON-ready values with the model's field names, defaults spelled out, empty fields left out."""
    data = record.model_dump(mode="json", by_alias=True, exclude_none=True)
    for part in (data, *data.get("lines", ())):
        if not part["custom"]:
            del part["custom"]
    return data


def posted_digest(record: Record) -> str:
    """Changes exactly when content that the books hold changes (rule Q14)."""
    text = record.model_dump_json(
        by_alias=True, exclude=set(BOOKKEEPING_FIELDS), exclude_defaults=True, exclude_none=True
    )
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def references(record: Record) -> set[Ref]:
    """Every record this one names, applied documents and lines included."""
    found: set[Ref] = set()
    _collect(record, found)
    if isinstance(record, Document):
        for line in record.lines:
            _collect(line, found)
    if isinstance(record, Document | Payment):
        found.update(Ref(part.type, part.source_id) for part in record.applied_to)
    return found


def _collect(part: Part, found: set[Ref]) -> None:
    values = part.__dict__
    for field, type in part.references.items():
        if value := values[field]:
            found.add(Ref(type, value))


_ADDED_UP = frozenset({"lines", "total", "currency", "amount", "applied_to"})
_STAND_INS = {"status": "-", "date": "2000-01-01", "customer": "-", "vendor": "-"}


def _hidden_faults(type: RecordType, data: Mapping[Any, Any], errors: list[ErrorDetails]) -> list[ErrorDetails]:
    """What does not add up: pydantic looks there only once every field is right, a person wants to know it at once."""
    wrong = {error["loc"][0] if error["loc"] else "lines" for error in errors}
    if type.is_entity or wrong & _ADDED_UP:
        return []
    try:
        MODELS[type].model_validate({**_STAND_INS, **{field: data[field] for field in _ADDED_UP & data.keys()}})
    except ValidationError as fault:
        return fault.errors(include_url=False)
    return []


def _invalid(type: RecordType, errors: list[ErrorDetails]) -> InvalidInput:
    broken = {error["loc"][0] for error in errors if len(error["loc"]) > 1}
    errors = [error for error in errors if error["type"] != "too_short" or error["loc"][0] not in broken]
    faults = [_plain_words(error) for error in errors]
    shown = "; ".join(faults[:10]) + (f"; and {len(faults) - 10} more" if len(faults) > 10 else "")
    code = "lines_do_not_sum" if any(error["type"] == "lines_do_not_sum" for error in errors) else "invalid_record"
    return InvalidInput(
        f"This {type.words} cannot be accepted: {shown}.",
        code=code,
        fix="Correct the fields named and send the record again.",
        details={
            "faults": faults,
            "fields": list(dict.fromkeys(where for error in errors if (where := _place(error)))),
        },
    )


def _place(error: ErrorDetails) -> str:
    where = ""
    for step in error["loc"]:
        where += f"[{step + 1}]" if isinstance(step, int) else f".{step}" if where else str(step)
    return where


def _plain_words(error: ErrorDetails) -> str:
    where = _place(error)
    template = _PLAIN.get(error["type"])
    words = template.format(**error.get("ctx", {})) if template else error["msg"]
    return f"{where} {words}".strip()
