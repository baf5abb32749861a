"""Decides for each locked request whether it can be sent now, and if so exactly what is sent (J4, C4 to C7, X5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Row, bindparam, func, select, tuple_

from hub.adapters import Fault, RemoteRef, Request
from hub.conflicts import Claim, Kind, claim_names, taken
from hub.errors import ErrorClass
from hub.jobs.intent import make_key, make_marker
from hub.jobs.targets import Target, find_targets
from hub.model import Document, Operation, Record, RecordType, Ref, Transaction, load_record, references
from hub.model.records import SOFT
from hub.model.types import TYPES
from hub.queue import NOT_RECORDED, Core, Lane, State
from hub.store.among import among
from hub.store.tables import conflicts, links, records, requests


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """It can go out; `as_stored` when its record is sent just as it is stored."""

    request: Request
    as_stored: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Later:
    """Something that this job is still sending must be done first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """It goes back to the queue and waits, for that record or for that reason; no attempt is counted (Q15)."""

    waits_for: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """It goes back to the queue with this error, unsent."""

    fault: Fault
    kind: Kind | None = None
    remote_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    """It leaves the queue unsent: excluded for this reason, or nothing is left to do (None)."""

    reason: str | None


Decision = Send | Later | Wait | Stop | Skip
Off = Mapping[RecordType, str | None]

_OWN: tuple[Column[Any], ...] = (
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


def _of_record(column: Column[Any]) -> ColumnElement[Any]:
    return select(column).where(records.c.id == _PICKED.c.record_id).scalar_subquery().label(column.name)


def _of_link(column: Column[Any]) -> ColumnElement[Any]:
    mine = (links.c.connection_id == _PICKED.c.connection_id, links.c.record_id == _PICKED.c.record_id)
    return select(column).where(*mine, links.c.detached_at.is_(None)).scalar_subquery().label(column.name)


_PICKED = (
    select(*_OWN)
    .where(
        requests.c.job_id == bindparam("job"),
        requests.c.rank == bindparam("rank"),
        requests.c.state == State.LOCKED,
        tuple_(requests.c.date, requests.c.id) > tuple_(bindparam("day"), bindparam("after")),
    )
    .order_by(requests.c.date, requests.c.id)
    .limit(bindparam("size"))
    .subquery("picked")
)
# First the few requests, then what belongs to each by its key. As a join, PostgreSQL reads all records and links for
# every chunk, as long as it does not know yet how many there are.
_CHUNK = select(
    _PICKED,
    _of_record(records.c.payload),
    _of_record(records.c.deleted),
    _of_link(links.c.remote_id),
    _of_link(links.c.remote_version),
    _of_link(links.c.remote_name),
).order_by(_PICKED.c.date, _PICKED.c.id)


def next_chunk(db: Connection, job_id: int, rank: int, after: tuple[Any, int], size: int) -> Sequence[Row[Any]]:
    """The next locked requests of a rank, in order of date and place, with record and link."""
    return db.execute(_CHUNK, {"job": job_id, "rank": rank, "day": after[0], "after": after[1], "size": size}).all()


def prepare(
    db: Connection, core: Core, lane: Lane, rows: Sequence[Row[Any]], deadline: datetime, paired: set[int]
) -> list[tuple[Row[Any], Decision]]:
    """Decide for requests that were never sent under their present key; a handful of statements for all of them.

    `paired` are the records that may have other requests in the queue, from :func:`find_paired`.
    """
    parsed = {row.id: load_record(TYPES[row.type], row.payload) for row in rows}
    off = {type: lane.excluded(type) for type in {TYPES[row.type] for row in rows}}
    before = _requests_before(db, lane, rows, paired)
    asked = _open_questions(db, lane, rows)
    writes = [row for row in rows if not row.removal and not row.deleted]
    named = {row.id: references(parsed[row.id]) for row in writes}
    targets = find_targets(db, lane, set().union(*named.values()))
    late = claim_names(db, lane, list(_claims(lane, off, writes, parsed)))
    decided: list[tuple[Row[Any], Decision]] = []
    for row in rows:
        record = parsed[row.id]
        decided.append(
            (
                row,
                _obstacle(lane, off, row, record, before.get(row.id))
                or _question(row, asked)
                or _name_taken(row, late)
                or _request(lane, row, record, named.get(row.id, _NOBODY), targets, deadline),
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
    if row.removal:
        return None if row.remote_id else Skip(reason=None)
    if row.deleted:
        return Skip(reason=None)
    reason = None if row.remote_id else _excluded(lane, off, type, record)
    if reason:
        return Skip(reason=reason)
    if isinstance(record, Transaction) and not record.fully_recorded:  # since it was locked (Q4)
        return Wait(reason=NOT_RECORDED)
    return None


def _question(row: Row[Any], asked: set[int]) -> Decision | None:
    if row.removal or row.record_id not in asked:
        return None
    fault = Fault(
        error=ErrorClass.CONFLICT,
        code=Kind.BOTH_CHANGED,
        message="Both sides changed the same fields, and this connection asks a person.",
        fix="Choose whose values win: hub link … --keep source or --keep books.",
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
        fix="Rename one of them in the source, or link this one to the existing entity, or use that as its proxy.",
    )
    return Stop(fault=fault, kind=Kind.DUPLICATE_NAME, remote_id=holder.remote_id)


def _request(
    lane: Lane, row: Row[Any], record: Record, named: set[Ref], targets: dict[Ref, Target], deadline: datetime
) -> Decision:
    type = TYPES[row.type]
    remote, as_stored = None, True
    if row.remote_id is not None:
        # A person has released this removal knowing that the object may have changed: whatever its version is by now.
        version = "" if row.removal and row.confirmed else row.remote_version
        remote = RemoteRef(type=type, remote_id=row.remote_id, version=version, name=row.remote_name)
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
            yield Claim(record_id=row.record_id, namespace=name[0], name_key=name[1])


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


def _requests_before(db: Connection, lane: Lane, rows: Sequence[Row[Any]], paired: set[int]) -> dict[int, str]:
    """For each request that stands behind another one of its record: that one's state."""
    asked = [row.record_id for row in rows if row.record_id in paired]
    if not asked:
        return {}
    by_record: dict[int, list[tuple[int, str]]] = {}
    for record_id, id, state in db.execute(_SIBLINGS, {"lane": lane.id, "ids": asked}).all():
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
