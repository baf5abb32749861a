"""What the books hold and the hub has never seen: new entities, payments of their own staff, and names (C4, J9)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, delete, select

from hub.adapters import RemoteObject
from hub.errors import InvalidInput
from hub.jobs.doubts import documents_in_doubt, not_ours
from hub.jobs.lease import Lease
from hub.model import Record, RecordType, load_record, parse_record, record_data
from hub.queue import HUB, Lane
from hub.queue.trail import Event, EventKind, Note, write_audit, write_events
from hub.records.books import books_data, write_links
from hub.records.rows import find_rows, row_values, update_rows
from hub.store import Database
from hub.store.tables import links, names, records


def create_locally(
    db: Connection, lease: Lease, type: RecordType, found: Sequence[RemoteObject]
) -> list[tuple[int, RemoteObject, dict[str, Any]]]:
    """Make records for entities met in the books: (record id, entity, its values). They are never queued (J7)."""
    ready: list[tuple[RemoteObject, dict[str, Any], Record]] = []
    for each in found:
        try:
            data = books_data(each)
            record = parse_record(type, {field: value for field, value in data.items() if value is not None})
        except InvalidInput:
            continue
        ready.append((each, data, record))
    ids = _insert(db, lease, type, [(source_id(lease.lane, each), record) for each, _, record in ready])
    return [(ids[source_id(lease.lane, each)], each, data) for each, data, _ in ready]


def import_payments(db: Connection, lease: Lease, found: Sequence[RemoteObject]) -> tuple[int, bool]:
    """Take over payments that the books' staff applied to documents of ours (J9).

    How many were new, and whether some may settle a document of ours that the hub does not know to be there yet.
    """
    lane = lease.lane
    known = _records_of(db, lane, RecordType.PAYMENT, [each.remote_id for each in found])
    strangers = [each for each in found if each.remote_id not in known and not each.deleted]
    strangers = not_ours(db, lane, RecordType.PAYMENT, strangers)
    applied = {document for each in strangers for document, _ in each.applied_to}
    documents = _records_of(db, lane, None, sorted(applied))
    ready = []
    for each in strangers:
        record = _payment(each, documents)
        if record is not None:
            ready.append((each, record))
    ids = _insert(db, lease, RecordType.PAYMENT, [(source_id(lane, each), record) for each, record in ready])
    now = lease.core.now()
    write_links(
        db,
        [
            {
                "connection_id": lane.id,
                "record_id": ids[source_id(lane, each)],
                "remote_type": RecordType.PAYMENT.value,
                "remote_id": each.remote_id,
                "remote_version": each.version,
                "remote_name": each.number or each.remote_id,
                "base": None,
                "remote_date": each.date,
                "detached_at": None,
                "linked_at": now,
            }
            for each, _ in ready
        ],
    )
    unexplained = any(document not in documents for each in strangers for document, _ in each.applied_to)
    return len(ready), unexplained and documents_in_doubt(db, lane)


def _payment(found: RemoteObject, documents: dict[str, tuple[str, str, str]]) -> Record | None:
    """The payment as a record, or None when it settles nothing of ours."""
    settles = [(documents[remote], amount) for remote, amount in found.applied_to if remote in documents]
    if not settles or found.total is None or found.date is None:
        return None
    data = {
        "number": found.number or None,
        "status": "recorded",
        "date": found.date.isoformat(),
        "customer": settles[0][0][2],
        "currency": found.currency or "USD",
        "amount": found.total,
        "applied_to": [
            {"type": type, "source_id": source_id, "amount": amount} for (type, source_id, _), amount in settles
        ],
    }
    try:
        return parse_record(RecordType.PAYMENT, {field: value for field, value in data.items() if value is not None})
    except InvalidInput:
        return None


def note_names(
    db: Connection, database: Database, lane: Lane, found: Sequence[RemoteObject], linked: Collection[str]
) -> None:
    """Remember the names of the books' own entities, so that a clash shows before anything is sent (C4).

    Those in `linked`, by remote id, are no longer the books' own: their records hold their names.
    """
    if lane.capabilities is None:
        return
    remote_ids = [each.remote_id for each in found]
    if not remote_ids:
        return
    stale = delete(names).where(
        names.c.connection_id == lane.id,
        names.c.remote_type == found[0].type.value,
        names.c.remote_id.in_(remote_ids),
    )
    db.execute(stale)
    rows = []
    for each in found:
        namespace = lane.capabilities.namespaces.get(each.type)
        counts = each.active or lane.capabilities.inactive_names_count
        if namespace and not each.deleted and counts and each.remote_id not in linked:
            rows.append(
                {
                    "connection_id": lane.id,
                    "namespace": namespace,
                    "name_key": lane.capabilities.name_rule.normalise(each.name),
                    "remote_id": each.remote_id,
                    "remote_type": each.type.value,
                }
            )
    if rows:
        db.execute(database.insert(names).on_conflict_do_nothing(), rows)


def source_id(lane: Lane, found: RemoteObject) -> str:
    """The source id of a record that was born in the books."""
    return f"{lane.name}:{found.remote_id}"


def _insert(db: Connection, lease: Lease, type: RecordType, new: Sequence[tuple[str, Record]]) -> dict[str, int]:
    if not new:
        return {}
    now, company = lease.core.now(), lease.lane.company
    wanted = dict(new)
    there = {row.source_id: row for row in find_rows(db, company, type, wanted).values()}
    names = {id: id if id not in there or there[id].deleted else f"{id}:books" for id in wanted}
    fixed = {"company_id": company, "type": type.value, "deleted": False, "prevented": False, "revision": 1,
             "updated_at": now}  # fmt: skip
    fresh = [
        {**fixed, "source_id": names[id], **row_values(record, names[id])}
        for id, record in wanted.items()
        if id not in there or not there[id].deleted
    ]
    if fresh:
        db.execute(lease.core.database.insert(records).on_conflict_do_nothing(), fresh)
    update_rows(  # deleted here once, and back in the books: it lives again
        db,
        [
            {"id": row.id, **row_values(wanted[id], id), "deleted": False, "prevented": False,
             "revision": row.revision + 1, "updated_at": now}
            for id, row in there.items()
            if row.deleted
        ],
    )  # fmt: skip
    made = find_rows(db, company, type, names.values())
    ids = {id: made[name].id for id, name in names.items()}
    notes = [Note(action="created_from_books", record_id=ids[id], connection_id=lease.lane.id) for id, _ in new]
    write_audit(db, company, HUB, now, notes)
    kind = EventKind.ENTITY_CREATED if type.is_entity else EventKind.PAYMENT_IMPORTED
    told = [
        Event(kind=kind, type=type.value, source_id=names[id], connection_id=lease.lane.id, data=record_data(record))
        for id, record in new
    ]
    write_events(db, company, now, told)
    return ids


def _records_of(
    db: Connection, lane: Lane, type: RecordType | None, remote_ids: Sequence[str]
) -> dict[str, tuple[str, str, str]]:
    """(type, source id, party) of the records linked to these remote objects."""
    if not remote_ids:
        return {}
    query = (
        select(links.c.remote_id, records.c.type, records.c.source_id, records.c.payload)
        .join(records, records.c.id == links.c.record_id)
        .where(links.c.connection_id == lane.id, links.c.remote_id.in_(remote_ids))
    )
    documents = ("ship_doc", "customer_return")
    query = query.where(links.c.remote_type == type.value if type else links.c.remote_type.in_(documents))
    return {
        row.remote_id: (
            row.type,
            row.source_id,
            getattr(load_record(RecordType(row.type), row.payload), "customer", ""),
        )
        for row in db.execute(query)
    }
