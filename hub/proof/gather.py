"""Reads the documents of the source, page by page, with everything that explains how they stand on a connection."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select

from hub.adapters import RemoteObject
from hub.jobs.doubts import not_ours
from hub.model import ENTITIES, TRANSACTIONS, RecordType, Ref, Transaction, load_record
from hub.proof.documents import Asked, Days, Face, Ours
from hub.queue import Core, Lane, State
from hub.queue.listing import why
from hub.store.tables import cursors, divergences, jobs, links, proxies, records, requests, seals

PAGE = 1000
_PARTIES = (RecordType.CUSTOMER, RecordType.VENDOR)
_ids: Any = bindparam("ids", expanding=True)
_DOCUMENTS = (
    select(
        records,
        links.c.remote_id,
        links.c.detached_at,
        divergences.c.reason.label("diverged"),
    )
    .outerjoin(links, (links.c.record_id == records.c.id) & (links.c.connection_id == bindparam("lane")))
    .outerjoin(
        divergences, (divergences.c.record_id == records.c.id) & (divergences.c.connection_id == bindparam("lane"))
    )
)
_PERIOD = (  # along the unique index of records, so that a page costs the same wherever it is
    _DOCUMENTS.where(
        records.c.company_id == bindparam("company"),
        records.c.type == bindparam("type"),
        records.c.source_id > bindparam("after"),
        records.c.date.between(bindparam("since"), bindparam("until")),
        records.c.deleted.is_(False),
    )
    .order_by(records.c.source_id)
    .limit(bindparam("size"))
)
_BY_ID = _DOCUMENTS.where(records.c.id.in_(_ids))
_LINKED = select(links.c.record_id).where(
    links.c.connection_id == bindparam("lane"),
    links.c.remote_type == bindparam("type"),
    links.c.remote_id.in_(_ids),
)
_REMOTE = (
    select(records.c.source_id, func.coalesce(links.c.remote_id, proxies.c.remote_id))
    .outerjoin(
        links,
        (links.c.record_id == records.c.id)
        & (links.c.connection_id == bindparam("lane"))
        & links.c.detached_at.is_(None),
    )
    .outerjoin(proxies, (proxies.c.record_id == records.c.id) & (proxies.c.connection_id == bindparam("lane")))
    .where(
        records.c.company_id == bindparam("company"),
        records.c.type == bindparam("type"),
        records.c.source_id.in_(_ids),
    )
)
_REQUESTS = (
    select(requests)
    .where(requests.c.connection_id == bindparam("lane"), requests.c.record_id.in_(_ids))
    .order_by(requests.c.id)
)


def source_documents(core: Core, lane: Lane, period: Days) -> Iterator[list[Ours]]:
    """The documents of the source that are dated in the period, a page at a time, each in a transaction of its own."""
    given = {**_where(lane), "since": period.since, "until": period.until, "size": PAGE}
    for type in sorted(TRANSACTIONS):
        after = ""
        while True:
            with core.database.read() as db:
                rows = db.execute(_PERIOD, {**given, "type": type.value, "after": after}).all()
                page = _documents(db, lane, rows)
            if page:
                yield page
            if len(rows) < PAGE:
                break
            after = rows[-1].source_id


def linked_documents(db: Connection, lane: Lane, found: Sequence[RemoteObject]) -> dict[tuple[str, str], Ours]:
    """The documents, of whatever date and deleted ones too, that these objects are linked to; by :func:`place`."""
    wanted: dict[str, list[str]] = {}
    for each in found:
        wanted.setdefault(lane.policy.posts_as(each.type), []).append(each.remote_id)
    ids: list[int] = []
    for type in sorted(TRANSACTIONS):
        if remote_ids := wanted.get(lane.policy.posts_as(type)):
            ids += db.execute(_LINKED, {"lane": lane.id, "type": type.value, "ids": remote_ids}).scalars()
    docs = _documents(db, lane, db.execute(_BY_ID, {"lane": lane.id, "ids": ids}).all())
    return {(lane.policy.posts_as(doc.type), doc.remote_id): doc for doc in docs if doc.remote_id is not None}


def place(lane: Lane, found: RemoteObject) -> tuple[str, str]:
    """Where an object is in the books: several of our types may post as one of theirs, and share its ids."""
    return lane.policy.posts_as(found.type), found.remote_id


def in_doubt(db: Connection, lane: Lane, strangers: Sequence[RemoteObject]) -> set[tuple[str, str]]:
    """Those of the unlinked objects that a request of unknown outcome may have made."""
    by_type: dict[RecordType, list[RemoteObject]] = {}
    for each in strangers:
        by_type.setdefault(each.type, []).append(each)
    doubtful = set()
    for type, some in by_type.items():
        clear = {each.remote_id for each in not_ours(db, lane, type, some)}
        doubtful |= {place(lane, each) for each in some if each.remote_id not in clear}
    return doubtful


def _where(lane: Lane) -> dict[str, Any]:
    return {"lane": lane.id, "company": lane.company}


def _documents(db: Connection, lane: Lane, rows: Sequence[Row[Any]]) -> list[Ours]:
    if not rows:
        return []
    parsed = {row.id: load_record(RecordType(row.type), row.payload) for row in rows}
    parties = {id: _party(record) for id, record in parsed.items()}
    known = _remote_parties(db, lane, {party for party in parties.values() if party})
    asked: dict[int, list[Asked]] = {}
    for request in db.execute(_REQUESTS, {"lane": lane.id, "ids": [row.id for row in rows]}).mappings():
        asked.setdefault(request["record_id"], []).append(_asked(dict(request)))
    found = []
    for row in rows:
        type, record, party = RecordType(row.type), parsed[row.id], parties[row.id]
        rule = lane.policy.of_transaction(type)
        mine = asked.get(row.id, [])
        number = record.number if isinstance(record, Transaction) else None
        found.append(
            Ours(
                record_id=row.id,
                type=type,
                source_id=row.source_id,
                face=Face(
                    number=number or "",
                    date=row.date,
                    currency=row.currency,
                    amount=row.amount,
                    party=known.get(party) if party else None,
                ),
                status=row.status,
                posts=row.status in rule.trigger_statuses,
                undoable=rule.undo,
                recorded=row.fully_recorded,
                prevented=row.prevented,
                deleted=row.deleted,
                excluded=lane.excluded(type, record),
                remote_id=row.remote_id,
                detached=row.detached_at is not None,
                diverged=row.diverged,
                write=_first(mine, removal=False),
                removal=_first(mine, removal=True),
            )
        )
    return found


def _party(record: Any) -> Ref | None:
    for type in _PARTIES:
        if source_id := getattr(record, type.value, None):
            return Ref(type, source_id)
    return None


def _remote_parties(db: Connection, lane: Lane, wanted: set[Ref]) -> dict[Ref, str]:
    """What customers and vendors are in the books: the linked entity, or the proxy."""
    found = {}
    for type in _PARTIES:
        ids = sorted(ref.source_id for ref in wanted if ref.type is type)
        if ids:
            for source_id, remote_id in db.execute(_REMOTE, {**_where(lane), "type": type.value, "ids": ids}):
                found[Ref(type, source_id)] = remote_id
    return found


def _first(asked: Sequence[Asked], *, removal: bool) -> Asked | None:
    """The request that says most: one of unknown outcome before the oldest that waits."""
    mine = [each for each in asked if each.removal is removal]
    return next((each for each in mine if each.doubtful), mine[0] if mine else None)


def _asked(request: Mapping[str, Any]) -> Asked:
    sent = request["first_sent"] is not None
    return Asked(
        id=request["id"],
        removal=request["removal"],
        held=request["state"] == State.HELD,
        doubtful=request["state"] == State.UNKNOWN or (request["state"] == State.LOCKED and sent),
        by_hand=request["error_code"] == "check_by_hand",
        why=request["error_message"] or why(request),
        fix=request["error_fix"] or (f"See to {request['waits_for']} first." if request["waits_for"] else None),
    )


# -------------------------------------------------------------------------------------------- what it was made from


def moment(core: Core, lane: Lane) -> dict[str, Any]:
    """What the statement is made from: the head of the history, the import's cursor, and the jobs so far."""
    with core.database.read() as db:
        mine = jobs.c.connection_id == lane.id
        last, running = db.execute(
            select(func.max(jobs.c.id), func.count(jobs.c.id) - func.count(jobs.c.finished_at)).where(mine)
        ).one()
        cursor = db.execute(select(cursors.c.cursor).where(cursors.c.connection_id == lane.id)).scalar()
        head = db.execute(
            select(seals.c.number, seals.c.hash)
            .where(seals.c.company_id == lane.company)
            .order_by(seals.c.number.desc())
            .limit(1)
        ).first()
    return {
        "history_head": f"{head.number}:{head.hash}" if head else None,
        "import_cursor": cursor,
        "last_job": last,
        "jobs_running": running,
    }


def entity_counts(core: Core, lane: Lane) -> list[dict[str, Any]]:
    """Master data in short: how many records of each type there are, and how many are linked or have a proxy."""
    query = (
        select(
            records.c.type,
            func.count().label("total"),
            func.count(links.c.remote_id).label("linked"),
            func.count(proxies.c.remote_id).label("proxied"),
        )
        .outerjoin(links, (links.c.record_id == records.c.id) & (links.c.connection_id == lane.id))
        .outerjoin(proxies, (proxies.c.record_id == records.c.id) & (proxies.c.connection_id == lane.id))
        .where(records.c.company_id == lane.company, records.c.deleted.is_(False), records.c.type.in_(sorted(ENTITIES)))
        .group_by(records.c.type)
        .order_by(records.c.type)
    )
    with core.database.read() as db:
        rows = db.execute(query).all()
    return [
        {"type": row.type, "total": row.total, "linked": row.linked, "proxied": row.proxied,
         "unlinked": row.total - row.linked - row.proxied}
        for row in rows
    ]  # fmt: skip
