"""Decides for each locked request whether it can be sent now, and if so exactly what is sent (J4, C4 to C7, X5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Row, Select, and_, bindparam, func, select, tuple_

from hub.adapters import Fault, RemoteRef, Request
from hub.conflicts import Claim, Kind, taken, way_out
from hub.errors import ErrorClass
from hub.jobs.decisions import Around, Decision, Later, Send, Skip, Stop, Wait
from hub.jobs.intent import make_key, make_marker
from hub.jobs.targets import Target, find_targets
from hub.model import Document, Operation, Record, RecordType, Ref, Transaction, load_record, references
from hub.model.records import SOFT
from hub.model.types import TYPES
from hub.queue import NOT_RECORDED, Lane, State
from hub.records.undo_plan import closed_period
from hub.store.among import among
from hub.store.tables import conflicts, links, records, requests

Off = Mapping[RecordType, str | None]

OWN: tuple[Column[Any], ...] = (
    requests.c.id,
    requests.c.connection_id,
    requests.c.record_id,
    requests.c.type,
    requests.c.source_id,
    requests.c.title,
    requests.c.operation,
    requests.c.removal,
    requests.c.confirmed,
    requests.c.generation,
    requests.c.first_sent,
    requests.c.last_sent,
    requests.c.date,
)
"""What a decision reads of a request itself."""


def whole(few: Select[Any]) -> Select[Any]:
    """These requests, in order of date and place, each with what belongs to it of its record and link.

    First the few requests, then the rest by its key. As a join, PostgreSQL reads all records and links for every
    chunk, as long as it does not know yet how many there are.
    """
    picked = few.subquery("picked")

    def of(column: Column[Any], its: ColumnElement[bool]) -> ColumnElement[Any]:
        return select(column).where(its).scalar_subquery().label(column.name)

    record = records.c.id == picked.c.record_id
    link = and_(
        links.c.connection_id == picked.c.connection_id,
        links.c.record_id == picked.c.record_id,
        links.c.detached_at.is_(None),
    )
    return select(
        picked,
        of(records.c.payload, record),
        of(records.c.deleted, record),
        of(links.c.remote_id, link),
        of(links.c.remote_version, link),
        of(links.c.remote_name, link),
        of(links.c.remote_date, link),
    ).order_by(picked.c.date, picked.c.id)


_CHUNK = whole(
    select(*OWN)
    .where(
        requests.c.job_id == bindparam("job"),
        requests.c.rank == bindparam("rank"),
        requests.c.state == State.LOCKED,
        tuple_(requests.c.date, requests.c.id) > tuple_(bindparam("day"), bindparam("after")),
    )
    .order_by(requests.c.date, requests.c.id)
    .limit(bindparam("size"))
)


def next_chunk(db: Connection, job_id: int, rank: int, after: tuple[Any, int], size: int) -> Sequence[Row[Any]]:
    """The next locked requests of a rank, in order of date and place, with record and link."""
    return db.execute(_CHUNK, {"job": job_id, "rank": rank, "day": after[0], "after": after[1], "size": size}).all()


def prepare(
    db: Connection, lane: Lane, rows: Sequence[Row[Any]], deadline: datetime, around: Around
) -> list[tuple[Row[Any], Decision]]:
    """Decide for requests that were never sent under their present key; a handful of statements for all of them.

    A job and a plan decide here, so that a plan tells what the job does (J10).
    """
    parsed = {row.id: load_record(TYPES[row.type], row.payload) for row in rows}
    off = {type: lane.excluded(type) for type in {TYPES[row.type] for row in rows}}
    before = _requests_before(db, lane, rows, around)
    asked = _open_questions(db, lane, rows)
    writes = [row for row in rows if not row.removal and not row.deleted]
    named = {row.id: references(parsed[row.id]) for row in writes}
    targets = find_targets(db, lane, set().union(*named.values()), around.supposed)
    held = _contents(db, lane, rows)
    late = around.claim(db, list(_claims(lane, off, writes, parsed)))
    decided: list[tuple[Row[Any], Decision]] = []
    for row in rows:
        record = parsed[row.id]
        decided.append(
            (
                row,
                _obstacle(lane, off, row, record, before.get(row.id))
                or _question(row, asked)
                or _name_taken(row, late)
                or _request(lane, row, record, named.get(row.id, _NOBODY), targets, held, deadline),
            )
        )
    return decided


def _excluded(lane: Lane, off: Off, type: RecordType, record: Record) -> str | None:
    """As :meth:`Lane.excluded`, which is asked only once for each type; items may be excluded one by one."""
    return lane.excluded(type, record) if type is RecordType.ITEM else off[type]


def _obstacle(lane: Lane, off: Off, row: Row[Any], record: Record, before: str | None) -> Decision | None:
    type = TYPES[row.type]
    if before == State.LOCKED:
        return Later()
    if before:
        return Wait(waits_for=f"the request before it, for {type.words} {row.source_id},")
    if off[type] and type.is_entity:
        return Skip(reason=off[type])
    if not row.remote_id if row.removal else row.deleted:
        return Skip(reason=None)
    reason = None if row.remote_id else _excluded(lane, off, type, record)
    if reason:
        return Skip(reason=reason)
    return _hindered(lane, row, record) if isinstance(record, Transaction) else None


def _hindered(lane: Lane, row: Row[Any], document: Transaction) -> Decision | None:
    """What is true of documents only: recorded or not (Q4), dated (X8), and made of lines (X6)."""
    if not row.removal and not document.fully_recorded:  # since it was locked
        return Wait(reason=NOT_RECORDED)
    period, days = lane.period, (row.remote_date, None if row.removal else document.date)
    if (why := period.too_early(*days)) is not None:
        return Skip(reason=why)
    if (why := period.shut(*days)) is not None:
        return Stop(fault=closed_period(why))
    stated = document.stated_total if isinstance(document, Document) and not row.removal else None
    if stated is not None and stated != document.total:
        fault = Fault(
            error=ErrorClass.VALIDATION,
            code="lines_do_not_sum",
            message=f"The document says {stated}, but its lines sum to {document.total}.",
            fix="Send the record again with lines that sum to its total.",
        )
        return Stop(fault=fault)
    return None


def _question(row: Row[Any], asked: set[int]) -> Decision | None:
    if row.removal or row.record_id not in asked:
        return None
    fault = Fault(
        error=ErrorClass.CONFLICT,
        code=Kind.BOTH_CHANGED,
        message="Both sides changed the same fields, and this connection asks a person.",
        fix="Choose whose values win: the source's or the books'.",
    )
    return Stop(fault=fault)


def _name_taken(row: Row[Any], late: dict[int, Any]) -> Decision | None:
    holder = late.get(row.record_id)
    if holder is None or row.removal:
        return None
    fault = Fault(
        error=ErrorClass.CONFLICT,
        code=Kind.DUPLICATE_NAME,
        message=taken(holder),
        fix=way_out(holder),
    )
    return Stop(fault=fault, kind=Kind.DUPLICATE_NAME, remote_id=holder.remote_id)


def _request(
    lane: Lane,
    row: Row[Any],
    record: Record,
    named: set[Ref],
    targets: dict[Ref, Target],
    held: dict[int, str],
    deadline: datetime,
) -> Decision:
    type = TYPES[row.type]
    remote, as_stored = None, True
    to: dict[Ref, Target]
    if row.remote_id is not None:
        # A person has released this removal knowing that the object may have changed: whatever its version is by now.
        version = "" if row.removal and row.confirmed else row.remote_version
        content = held.get(row.record_id) or ""
        remote = RemoteRef(type=type, remote_id=row.remote_id, version=version, name=row.remote_name, content=content)
    if row.removal:
        operation, to = Operation.DELETE, _NOWHERE
    else:
        operation = Operation.UPDATE if remote else Operation.CREATE
        to = {ref: targets.get(ref, _UNKNOWN) for ref in named}
        open = [ref for ref, target in to.items() if target.remote is None]
        for ref in sorted(open):
            if (hindrance := _hindrance(ref, to[ref])) is not None:
                return hindrance
        posted = with_original_codes(record, to)
        as_stored, record = posted is record, posted
    return Send(
        as_stored=as_stored,
        to=to,
        request=Request(
            operation=operation,
            type=type,
            posts_as=lane.policy.posts_as(type),
            source_id=row.source_id,
            record=record,
            key=make_key(lane.salt, row.id, row.generation),
            marker=make_marker(lane.salt, row.id),
            deadline=deadline,
            links={ref: target.remote for ref, target in to.items() if target.remote},
            remote=remote,
        ),
    )


_CONTENTS = select(links.c.record_id, links.c.base).where(
    links.c.connection_id == bindparam("lane"), among(links.c.record_id, "ids")
)


def _contents(db: Connection, lane: Lane, rows: Sequence[Row[Any]]) -> dict[int, str]:
    """What the books held of these documents when the hub last wrote them, where they tell it; by record."""
    ids = [row.record_id for row in rows if row.remote_id is not None and not TYPES[row.type].is_entity]
    return {row.record_id: row.base for row in db.execute(_CONTENTS, {"lane": lane.id, "ids": ids})} if ids else {}


_UNKNOWN = Target()
_NOBODY: set[Ref] = set()
_NOWHERE: dict[Ref, Target] = {}


def _hindrance(ref: Ref, target: Target) -> Decision | None:
    if ref.type in SOFT:
        return None
    if target.deleted:
        fault = Fault(
            error=ErrorClass.MISSING_DEPENDENCY,
            code="missing_dependency",
            message=f"It names {ref}, which was deleted in the source.",
            fix=f"Name another {ref.type.words}, or create that one anew.",
        )
        return Stop(fault=fault)
    return Later() if target.sending else Wait(waits_for=str(ref))


def with_original_codes(record: Record, to: dict[Ref, Target]) -> Record:
    """The record with the original item's code before the description of every line that posts with a proxy (C6)."""
    standing_in = {ref.source_id for ref, target in to.items() if target.stands_in and ref.type is RecordType.ITEM}
    if not standing_in or not isinstance(record, Document):
        return record
    lines = tuple(
        line.changed(description=f"[{line.item}] {line.description or ''}".strip())
        if line.item in standing_in
        else line
        for line in record.lines
    )
    return record.changed(lines=lines)


def _claims(lane: Lane, off: Off, rows: Iterable[Row[Any]], parsed: dict[int, Record]) -> Iterable[Claim]:
    for row in rows:
        type, record = TYPES[row.type], parsed[row.id]
        name = lane.name_key(type, record) if type.is_entity else None
        if name and not _excluded(lane, off, type, record):
            who = f"{type.words} {row.source_id}"
            yield Claim(record_id=row.record_id, namespace=name[0], name_key=name[1], who=who)


_SIBLINGS = select(requests.c.record_id, requests.c.id, requests.c.state).where(
    requests.c.connection_id == bindparam("lane"), among(requests.c.record_id, "ids")
)
_PAIRED = (
    select(requests.c.record_id)
    .where(requests.c.connection_id == bindparam("lane"))
    .group_by(requests.c.record_id)
    .having(func.count() > 1)
)


def find_paired(db: Connection, lane: Lane) -> set[int]:
    """Records with several requests. Asked once the job has locked its own: what comes later stands behind them."""
    return set(db.execute(_PAIRED, {"lane": lane.id}).scalars())


def _requests_before(db: Connection, lane: Lane, rows: Sequence[Row[Any]], around: Around) -> dict[int, str]:
    """For each request that stands behind another one of its record: that one's state."""
    asked = [row.record_id for row in rows if row.record_id in around.paired]
    if not asked:
        return {}
    by_record: dict[int, list[tuple[int, str]]] = {}
    for record_id, id, stored in db.execute(_SIBLINGS, {"lane": lane.id, "ids": asked}).all():
        if (state := around.supposed.state(id, stored)) is not None:
            by_record.setdefault(record_id, []).append((id, state))
    return {
        row.id: min(earlier)[1]
        for row in rows
        if (earlier := [other for other in by_record.get(row.record_id, ()) if other[0] < row.id])
    }


_ASKED = select(conflicts.c.record_id).where(
    conflicts.c.connection_id == bindparam("lane"),
    among(conflicts.c.record_id, "ids"),
    conflicts.c.kind == Kind.BOTH_CHANGED,
    conflicts.c.resolved_at.is_(None),
)


def _open_questions(db: Connection, lane: Lane, rows: Sequence[Row[Any]]) -> set[int]:
    return set(db.execute(_ASKED, {"lane": lane.id, "ids": [row.record_id for row in rows]}).scalars())
