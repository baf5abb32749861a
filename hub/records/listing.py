"""A company's records as a list: searched by name, number or id, or by what they name; paged by key."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, or_, select, tuple_

from hub.errors import InvalidInput
from hub.model import TRANSACTIONS, Document, Line, Payment, RecordType, Ref, load_record, references
from hub.model.records import MODELS
from hub.queue import NEW, Core, Lane, Standing, load_standings
from hub.queue.listing import amount_words
from hub.records.show import sync_state
from hub.store.tables import records

MOST = 200


def list_records(
    core: Core, company: str, *, type: RecordType | None = None, search: str | None = None, uses: Ref | None = None,
    limit: int = 50, after: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    """One page: `items`, and `next`, a cursor or None. `uses` finds the records that name this one.

    Raises:
        InvalidInput: `bad_cursor`.
    """
    limit = max(1, min(limit, MOST))
    lanes = core.lanes(company)
    query = select(records).where(records.c.company_id == company).order_by(records.c.type, records.c.source_id)
    if type is not None:
        query = query.where(records.c.type == type.value)
    if search:
        found_in = (records.c.title, records.c.source_id)
        query = query.where(or_(*(column.icontains(search, autoescape=True) for column in found_in)))
    if uses is not None:
        query = query.where(naming(uses))
    if after:
        at, source_id = _read_cursor(after)
        if type is not None and type.value == at:
            query = query.where(records.c.source_id > source_id)  # along the unique index, as the other
        else:
            query = query.where(tuple_(records.c.type, records.c.source_id) > (at, source_id))
    with core.database.read() as db:
        rows = db.execute(query.limit(limit + 1)).all()
        standings = load_standings(db, [row.id for row in rows[:limit]])
    shown = [row for row in rows[:limit] if uses is None or uses in _names(row)]
    more = len(rows) > limit
    return {
        "items": [_describe(row, lanes, standings) for row in shown],
        "next": _cursor(rows[limit - 1]) if more else None,
    }


def referred(core: Core, company: str, type: RecordType, source_id: str) -> list[dict[str, Any]]:
    """What a record names: type, source id, and the title where there is such a record here."""
    with core.database.read() as db:
        mine = (records.c.company_id == company, records.c.type == type.value, records.c.source_id == source_id)
        row = db.execute(select(records).where(*mine)).first()
        named = sorted(_names(row)) if row else []
        titles: dict[Ref, str] = {}
        for kind in {ref.type for ref in named}:
            ids = [ref.source_id for ref in named if ref.type is kind][:1000]
            query = select(records.c.source_id, records.c.title).where(
                records.c.company_id == company, records.c.type == kind.value, records.c.source_id.in_(ids)
            )
            titles |= {Ref(kind, found.source_id): found.title for found in db.execute(query)}
    return [{"type": ref.type.value, "source_id": ref.source_id, "title": titles.get(ref)} for ref in named]


def _names(row: Row[Any]) -> set[Ref]:
    return references(load_record(RecordType(row.type), row.payload))


def naming(uses: Ref) -> ColumnElement[bool]:
    """Whether a stored payload may name this record; what only looks so is sorted out by whoever reads it."""
    return or_(*_namings(uses))


def _namings(uses: Ref) -> Iterator[ColumnElement[bool]]:
    """How a stored payload spells that it names this record; what only looks so is sorted out afterwards."""
    value = json.dumps(uses.source_id, ensure_ascii=False)
    for field in _FIELDS.get(uses.type, ()):
        yield records.c.payload.contains(f'"{field}":{value}', autoescape=True)
    if uses.type in TRANSACTIONS:
        yield and_(records.c.type.in_(_APPLYING), records.c.payload.contains(f'"source_id":{value}', autoescape=True))
    yield records.c.id.is_(None)


_FIELDS: dict[RecordType, set[str]] = {}
for _part in (Line, *MODELS.values()):
    for _field, _type in _part.references.items():
        _FIELDS.setdefault(_type, set()).add(_field.removesuffix("_"))
_APPLYING = sorted(type.value for type, model in MODELS.items() if issubclass(model, Document | Payment))


def _describe(row: Row[Any], lanes: list[Lane], standings: dict[tuple[int, int], Standing]) -> dict[str, Any]:
    return {
        "type": row.type,
        "source_id": row.source_id,
        "title": row.title,
        "status": row.status,
        "date": row.date.isoformat() if row.date else None,
        "amount": amount_words(row.amount, row.currency),
        "currency": row.currency,
        "deleted": row.deleted,
        "sync": [
            {"connection": lane.label, "state": _state(standings.get((lane.id, row.id), NEW), row, lane)}
            for lane in lanes
        ],
    }


def _state(at: Standing, row: Row[Any], lane: Lane) -> str:
    request = at.in_flight or at.write or at.removal
    return sync_state(
        request={"state": request.state, "error_class": request.error_code} if request else None,
        linked=at.linked,
        proxied=at.proxied,
        prevented=row.prevented,
        diverged=at.diverged,
        excluded=lane.excluded(RecordType(row.type)) is not None,
        deleted=row.deleted,
    )


def _cursor(row: Row[Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps([row.type, row.source_id]).encode()).decode().rstrip("=")


def _read_cursor(text: str) -> tuple[str, str]:
    try:
        type, source_id = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if not (isinstance(type, str) and isinstance(source_id, str)) or "\0" in type + source_id:
            raise ValueError
        return type, source_id
    except (ValueError, TypeError, binascii.Error, RecursionError):
        raise InvalidInput(
            "This cursor is not one the hub gave out.", code="bad_cursor", fix="Start again without a cursor."
        ) from None
