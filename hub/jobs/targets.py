"""What a record's references stand for in the books: the linked entity, its proxy, or nothing yet (J4, C6, C7)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, bindparam, select

from hub.adapters import NameRule, RemoteRef
from hub.jobs.supposed import Supposed
from hub.model import Item, RecordType, Ref, load_record
from hub.model.records import SOFT
from hub.queue import Lane, State
from hub.store.among import among
from hub.store.tables import links, proxies, records, requests

_rule = NameRule()


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One reference, looked up. `remote` is what to post with; without one the request waits.

    Attributes:
        exists: there is such a record here; False waits for it to be put.
        deleted: the source has deleted it; waiting would be in vain.
        sending: this job is about to send it.
        stands_in: a proxy, whose lines keep the original's code.
        record_id: the record here that it is.
    """

    remote: RemoteRef | None = None
    exists: bool = False
    deleted: bool = False
    sending: bool = False
    stands_in: bool = False
    record_id: int | None = None


def _its(column: Column[Any], label: str) -> ColumnElement[Any]:
    """What a link or proxy tells, by its key: in a join, PostgreSQL reads all of them until it has counted them."""
    table = column.table
    mine = (table.c.connection_id == bindparam("lane"), table.c.record_id == records.c.id)
    taken_up = (links.c.detached_at.is_(None),) if table is links else ()
    return select(column).where(*mine, *taken_up).scalar_subquery().label(label)


_SELECT = select(
    records.c.id,
    records.c.source_id,
    records.c.name_key,
    records.c.title,
    records.c.deleted,
    _its(links.c.remote_id, "remote_id"),
    _its(links.c.remote_version, "remote_version"),
    _its(links.c.remote_name, "remote_name"),
    _its(proxies.c.remote_id, "proxy_id"),
    _its(proxies.c.remote_name, "proxy_name"),
)
_own = (records.c.company_id == bindparam("company"), records.c.type == bindparam("type"))
_BY_ID = _SELECT.where(*_own, among(records.c.source_id, "wanted"))
_BY_NAME = _SELECT.where(*_own, among(records.c.name_key, "wanted"))
_PAYLOADS = select(records.c.id, records.c.payload).where(among(records.c.id, "ids"))
_QUEUED = select(requests.c.record_id, requests.c.id, requests.c.state).where(
    requests.c.connection_id == bindparam("lane"), among(requests.c.record_id, "ids")
)


def find_targets(db: Connection, lane: Lane, wanted: Iterable[Ref], supposed: Supposed) -> dict[Ref, Target]:
    """Look references up, in one or two statements per type. One that no record here meets has an empty target."""
    by_type: dict[RecordType, set[str]] = {}
    for ref in wanted:
        by_type.setdefault(ref.type, set()).add(ref.source_id)
    found: dict[Ref, Target] = {}
    open: dict[int, Ref] = {}
    for type, ids in by_type.items():
        given = {"lane": lane.id, "company": lane.company, "type": type.value}
        for row in db.execute(_BY_ID, {**given, "wanted": sorted(ids)}).all():
            ref = Ref(type, row.source_id)
            found[ref] = to = _target(type, row, supposed)
            if to.remote is None and not to.sending and not row.deleted:
                open[row.id] = ref
        if type in SOFT:
            _by_name(db, given, type, ids, found, supposed)
    if open:
        _look_closer(db, lane, open, found, supposed)
    return found


def _target(type: RecordType, row: Any, supposed: Supposed) -> Target:
    if row.id in supposed.moving and type not in SOFT:
        return Target(exists=True, sending=True, record_id=row.id)
    if row.id in supposed.made:
        return Target(exists=True, remote=RemoteRef(type=type, remote_id="", name=row.title), record_id=row.id)
    if row.remote_id is not None and row.id not in supposed.gone:
        remote = RemoteRef(
            type=type,
            remote_id=row.remote_id,
            version=row.remote_version,
            name=row.remote_name,
        )
        return Target(remote=remote, exists=True, record_id=row.id)
    if row.proxy_id is not None:
        remote = RemoteRef(type=type, remote_id=row.proxy_id, name=row.proxy_name)
        return Target(remote=remote, exists=True, stands_in=True, record_id=row.id)
    return Target(exists=True, deleted=row.deleted, record_id=row.id)


def _by_name(
    db: Connection,
    given: dict[str, object],
    type: RecordType,
    ids: set[str],
    found: dict[Ref, Target],
    supposed: Supposed,
) -> None:
    """Reference lists may be named in the books' own words ("Sales")."""
    spelled = {_rule.normalise(id): id for id in ids if Ref(type, id) not in found}
    if spelled:
        for row in db.execute(_BY_NAME, {**given, "wanted": sorted(spelled)}):
            linked = row.remote_id is not None and row.id not in supposed.gone
            if (linked or row.id in supposed.made) and not row.deleted:
                found[Ref(type, spelled[row.name_key])] = _target(type, row, supposed)


def _look_closer(
    db: Connection, lane: Lane, open: dict[int, Ref], found: dict[Ref, Target], supposed: Supposed
) -> None:
    """Those not in the books: is this job sending them, or does the default proxy stand in for them (C7)?"""
    queued: dict[int, set[str]] = {}
    for record_id, request_id, stored in db.execute(_QUEUED, {"lane": lane.id, "ids": list(open)}):
        if (state := supposed.state(request_id, stored)) is not None:
            queued.setdefault(record_id, set()).add(state)
    stand_in, items = lane.policy.default_item_proxy, []
    for id, ref in open.items():
        states = queued.get(id, set())
        if State.LOCKED in states:
            found[ref] = Target(exists=True, sending=True, record_id=id)
        elif stand_in and not states and ref.type is RecordType.ITEM:
            items.append(id)
    if items and stand_in:
        remote = RemoteRef(type=RecordType.ITEM, remote_id=stand_in)
        for id, payload in db.execute(_PAYLOADS, {"ids": items}):
            item = load_record(RecordType.ITEM, payload)
            if isinstance(item, Item) and item.kind == "inventory":
                found[open[id]] = Target(exists=True, remote=remote, stands_in=True, record_id=id)
