"""Records as rows: found, locked for a decision, written in bulk, and noted in the audit trail."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update

from hub.adapters import NameRule
from hub.errors import NotFound
from hub.model import Document, Entity, Payment, Record, RecordType, Transaction, dump_record, load_record
from hub.queue import Subject
from hub.store.among import among
from hub.store.tables import records

_name_rule = NameRule()
_BY_KEYS = select(records).where(
    records.c.company_id == bindparam("company"),
    records.c.type == bindparam("type"),
    among(records.c.source_id, "ids"),
)
_UPDATE = (
    update(records)
    .where(records.c.id == bindparam("b_id"))
    .values({
        name: bindparam(f"b_{name}")
        for name in ("name_key", "title", "status", "fully_recorded", "deleted", "revision", "date", "amount",
                     "currency", "payload", "updated_at", "prevented")
    })
)  # fmt: skip


def find_rows(db: Connection, company: str, type: RecordType, source_ids: Iterable[str]) -> dict[str, Row[Any]]:
    """The stored records of these source ids."""
    given = {"company": company, "type": type.value, "ids": list(source_ids)}
    return {row.source_id: row for row in db.execute(_BY_KEYS, given).all()}


def get_row(db: Connection, company: str, type: RecordType, source_id: str) -> Row[Any]:
    """The stored record; NotFound `record_not_found`."""
    row = find_rows(db, company, type, [source_id]).get(source_id)
    if row is None:
        raise NotFound(
            f"{company} has no {type.words} {source_id}.",
            code="record_not_found",
            fix="Check type and source id, or put the record first.",
        )
    return row


def row_values(record: Record, source_id: str) -> dict[str, Any]:
    """The columns that follow from a record's content."""
    values: dict[str, Any] = {
        "name_key": None,
        "title": source_id,
        "status": None,
        "fully_recorded": True,
        "date": None,
        "amount": None,
        "currency": None,
        "payload": dump_record(record),
    }
    if isinstance(record, Entity):
        values |= {"name_key": _name_rule.normalise(record.name), "title": record.name}
    elif isinstance(record, Transaction):
        values |= {
            "title": record.number or source_id,
            "status": record.status,
            "fully_recorded": record.fully_recorded,
            "date": record.date,
            "currency": record.currency,
            "amount": record.total if isinstance(record, Document | Payment) else None,
        }
    return values


def subject(id: int, type: RecordType, source_id: str, values: Mapping[str, Any]) -> Subject:
    """The record as the queue shows it, from its columns."""
    return Subject(
        record_id=id,
        type=type,
        source_id=source_id,
        title=values["title"],
        fully_recorded=values["fully_recorded"],
        date=values["date"],
        amount=values["amount"],
        currency=values["currency"],
    )


def update_rows(db: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Write changed records; each mapping holds every column of `row_values`, and id, flags, revision, time."""
    if rows:
        db.execute(_UPDATE, [{f"b_{name}": value for name, value in row.items()} for row in rows])


def with_status(row: Row[Any], status: str, now: datetime) -> dict[str, Any]:
    """The row as it is once the transaction has this status, ready for :func:`update_rows`."""
    record = load_record(RecordType(row.type), row.payload).changed(status=status)
    return {
        "id": row.id,
        **row_values(record, row.source_id),
        "deleted": row.deleted,
        "prevented": row.prevented,
        "revision": row.revision + 1,
        "updated_at": now,
    }
