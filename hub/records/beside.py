"""What the books hold of a record, read now and laid beside the source's; slow books are told of, not waited for."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Select, Table, bindparam, select

from hub.adapters import Find, RemoteObject, RemoteRef
from hub.errors import BooksProblem, HubError
from hub.model import Record, RecordType, load_record, record_data, round_money
from hub.model.differences import same
from hub.queue import Core, Lane
from hub.records.books import page_of, readable
from hub.records.rows import get_row
from hub.store.tables import links, proxies, records, requests

T = TypeVar("T")


class Party(NamedTuple):
    """Whom a document is posted to on one connection, and how that is told."""

    remote_id: str
    said: str


PATIENCE = 8.0
"""Seconds a page waits for the books."""
_SLOTS = threading.BoundedSemaphore(16)


def within(seconds: float, ask: Callable[[], T]) -> T:
    """The answer to a question to the books; BooksProblem `books_slow` when there is none by then.

    The call itself goes on until its adapter gives it up; only so many may be under way at once.
    """
    box: queue.SimpleQueue[tuple[T | None, BaseException | None]] = queue.SimpleQueue()

    def run() -> None:
        try:
            box.put((ask(), None))
        except BaseException as fault:  # handed to whoever asked
            box.put((None, fault))
        finally:
            _SLOTS.release()

    slow = BooksProblem(
        f"The books did not answer within {seconds:g} seconds.", code="books_slow", fix="Try again in a moment."
    )
    if not _SLOTS.acquire(timeout=seconds):
        raise slow
    threading.Thread(target=run, name="hub-ask-books", daemon=True).start()
    try:
        answer, fault = box.get(timeout=seconds)
    except queue.Empty:
        raise slow from None
    if fault is not None:
        raise fault
    return answer  # type: ignore[return-value]


def both_sides(
    core: Core, company: str, type: RecordType, source_id: str, *, patience: float = PATIENCE
) -> list[dict[str, Any]]:
    """Per connection that holds the record: `rows` of field, source, books, differs; or the `error` in the way.

    `url` is the page on which `books` show the object, if they have one. Of one that is `gone`, `gone_by_us` says
    whether the hub had sent its removal. Nothing is open in the database while the books are asked.
    """
    lanes = {lane.id: lane for lane in core.lanes(company)}
    with core.database.read() as db:
        row = get_row(db, company, type, source_id)
        held = db.execute(select(links).where(links.c.record_id == row.id).order_by(links.c.connection_id)).all()
        record = load_record(type, row.payload)
        parties = _parties(db, company, record)
        removed_by_us = set(db.execute(_REMOVING, {"record": row.id}).scalars())
    sides = [_side(core, lanes[link.connection_id], type, record, link, parties, patience) for link in held]
    return [
        {**side, "gone_by_us": side["gone"] and link.connection_id in removed_by_us}
        for side, link in zip(sides, held, strict=True)
    ]


_REMOVING = select(requests.c.connection_id).where(
    requests.c.record_id == bindparam("record"), requests.c.removal.is_(True), requests.c.first_sent.is_not(None)
)
"""Connections to whose books a removal of the record was sent, whatever became of it."""


def look_in_books(
    core: Core, lane: Lane, type: RecordType, text: str, *, patience: float = PATIENCE
) -> list[dict[str, Any]]:
    """Objects of this name, number or id in the books, inactive ones included; what is linked says to which record."""
    text = text.strip()
    if not text:
        return []
    wanted = Find(
        type=type,
        posts_as=lane.policy.posts_as(type),
        name=text if type.is_entity else None,
        number=None if type.is_entity else text,
    )

    def ask() -> list[RemoteObject]:
        relay = core.relay(lane)
        by_name = list(relay.find([wanted])[0])
        by_id = [one for one in relay.read([RemoteRef(type=type, remote_id=text)]) if one] if len(text) <= 60 else []
        return [*by_name, *by_id]

    found = {one.remote_id: one for one in within(patience, ask) if not one.deleted}
    with core.database.read() as db:
        taken = {
            row.remote_id: {"type": row.type, "source_id": row.source_id}
            for row in db.execute(
                select(links.c.remote_id, records.c.type, records.c.source_id)
                .join(records, records.c.id == links.c.record_id)
                .where(
                    links.c.connection_id == lane.id,
                    links.c.remote_type == type.value,
                    links.c.remote_id.in_(list(found)),
                )
            )
        }
    return [{**_told(one), "linked_to": taken.get(one.remote_id)} for one in found.values()]


def _told(one: RemoteObject) -> dict[str, Any]:
    return {
        "remote_id": one.remote_id,
        "name": one.name or one.number,
        "active": one.active,
        "date": one.date.isoformat() if one.date else None,
        "total": str(one.total) if one.total is not None else None,
        "currency": one.currency,
        "data": readable(one) if one.type.is_entity else None,
    }


def _side(
    core: Core, lane: Lane, type: RecordType, record: Record, link: Any, parties: Mapping[int, Party],
    patience: float,
) -> dict[str, Any]:  # fmt: skip
    ref = RemoteRef(type=type, remote_id=link.remote_id)
    told = {"connection": lane.label, "remote_id": link.remote_id, "kept_copy": link.detached_at is not None,
            "books": _title(core, lane), "url": page_of(core, lane, type, link.remote_id), "gone": False,
            "error": None, "rows": [], "active": True}  # fmt: skip
    try:
        (found,) = within(patience, lambda: core.relay(lane).read([ref]))
    except HubError as fault:
        return {**told, "error": {"message": fault.message, "fix": fault.fix}}
    if found is None or found.deleted:
        return {**told, "gone": True}
    rows = _entity_rows(record, found) if type.is_entity else _document_rows(record, found, parties.get(lane.id))
    return {**told, "rows": rows, "active": found.active}


def _title(core: Core, lane: Lane) -> str:
    """What people call these books."""
    try:
        return str(core.relay(lane).info.title)
    except HubError:
        return lane.adapter


def _entity_rows(record: Record, found: RemoteObject) -> list[dict[str, Any]]:
    ours, theirs = record_data(record), readable(found)
    if theirs is None:
        theirs = {**found.data, "name": found.name}
    rows = [_row(field, ours.get(field), theirs[field]) for field in theirs if field in ours or theirs[field]]
    return rows + [_row(field, ours[field], None, known=False) for field in ours if field not in theirs]


def _document_rows(record: Record, found: RemoteObject, party: Party | None) -> list[dict[str, Any]]:
    ours = record_data(record)
    currency = found.currency or ours.get("currency")
    mine = getattr(record, "total", None)

    def spelled(amount: Any) -> str | None:
        return None if amount is None else str(round_money(amount, currency) if currency else amount)

    who = "vendor" if ours.get("vendor") else "customer"
    ours_there = bool(party and party.remote_id == found.party_id)
    there = party.said if party and ours_there else found.party_id
    rows = [
        _row("number", ours.get("number"), found.number or None, known=bool(found.number)),
        _row("date", ours.get("date"), found.date.isoformat() if found.date else None, known=found.date is not None),
        _row(who, ours.get(who), there, known=found.party_id is not None and party is not None, agrees=ours_there),
        _row("currency", ours.get("currency"), found.currency, known=found.currency is not None),
        _row("total", spelled(mine), spelled(found.total), known=None not in (mine, found.total)),
    ]
    return [each for each in rows if each["source"] is not None or each["books"] is not None]


def _row(field: str, source: Any, books: Any, *, known: bool = True, agrees: bool = False) -> dict[str, Any]:
    """`known`: the books keep this field, so that the two can be compared; `agrees`: they do, however they say it."""
    differs = known and not agrees and not same(source, books)
    return {"field": field, "source": source, "books": books, "differs": differs, "known": known}


def _parties(db: Any, company: str, record: Record) -> dict[int, Party]:
    """By connection: what the document's customer or vendor is there, itself or by its proxy (C6)."""
    for type in (RecordType.CUSTOMER, RecordType.VENDOR):
        if source_id := getattr(record, type.value, None):
            given = {"company": company, "type": type.value, "source_id": source_id}
            stand_ins = {
                row.connection_id: Party(row.remote_id, f"{row.remote_name or row.remote_id} (its proxy)")
                for row in db.execute(_standing_in(proxies), given)
            }
            linked = db.execute(_standing_in(links), given)
            return stand_ins | {row.connection_id: Party(row.remote_id, source_id) for row in linked}
    return {}


def _standing_in(table: Table) -> Select[Any]:
    """What one record is in the books of each connection, by its link or by its proxy."""
    return (
        select(table.c.connection_id, table.c.remote_id, table.c.remote_name)
        .join(records, records.c.id == table.c.record_id)
        .where(
            records.c.company_id == bindparam("company"),
            records.c.type == bindparam("type"),
            records.c.source_id == bindparam("source_id"),
        )
    )
