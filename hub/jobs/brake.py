"""The brake: a job that would take too many entities out of use in the books holds them for a person (rule J8)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, select, update

from hub.jobs.lease import Lease
from hub.model import ENTITIES, Entity, Operation, RecordType, load_record
from hub.queue import Core, Lane, State, describe
from hub.queue.apply import BY_ITSELF
from hub.queue.holding import SLICE
from hub.records.books import agreed
from hub.store.history import append
from hub.store.tables import links, records, requests, unsent

_TYPES = sorted(type.value for type in ENTITIES)


def too_many(db: Connection, lane: Lane, count: int) -> str | None:
    """Why so many entities must not be taken out at once without a person's word; None when they may."""
    if count <= lane.policy.brake_from:
        return None
    held = links.c.connection_id == lane.id, links.c.remote_type.in_(_TYPES)
    there: int = db.execute(select(func.count()).select_from(links).where(*held)).scalar_one()
    if count * 100 <= there * lane.policy.brake_percent:
        return None
    return f"held: {count} of {there} entities {_AT_ONCE}; release them if that is right"


_AT_ONCE = "would be taken out of the books at once"


def list_braked(core: Core, lane: Lane, *, limit: int = 20) -> dict[str, Any]:
    """What the brake holds for a person's word: all `ids`, the first few `items`, and `why`."""
    mine = (
        requests.c.connection_id == lane.id,
        requests.c.state == State.HELD,
        requests.c.held_by == BY_ITSELF,
        requests.c.reason.contains(_AT_ONCE),
    )
    with core.database.read() as db:
        ids = list(db.execute(select(requests.c.id).where(*mine).order_by(requests.c.id)).scalars())
        shown = db.execute(select(requests).where(*mine).order_by(requests.c.id).limit(limit)).mappings().all()
    items = [describe(row, lane.label) for row in shown]
    return {"ids": ids, "items": items, "why": items[0]["reason"] if items else None}


def inactivations(db: Connection, taken: ColumnElement[bool], given: dict[str, Any]) -> list[int]:
    """Of the requests taken, the updates that make an active entity inactive and that no person has released."""
    rows = db.execute(
        select(requests.c.id, requests.c.type, records.c.payload, links.c.base)
        .join(records, records.c.id == requests.c.record_id)
        .join(links, and_(links.c.connection_id == requests.c.connection_id, links.c.record_id == requests.c.record_id))
        .where(
            taken,
            requests.c.operation == Operation.UPDATE,
            requests.c.confirmed.is_(False),
            requests.c.first_sent.is_(None),
            requests.c.type.in_(_TYPES),
            records.c.payload.like('%"active":false%'),  # most are sorted out here, the rest below
        ),
        given,
    )
    return [row.id for row in rows if _goes_out_of_use(RecordType(row.type), row.payload, row.base)]


def _goes_out_of_use(type: RecordType, payload: str, base: str | None) -> bool:
    record = load_record(type, payload)
    return isinstance(record, Entity) and not record.active and bool(agreed(type, base).get("active", True))


def brake(db: Connection, lease: Lease) -> int:
    """Hold what this job has locked of removals and inactivations when they are too many; how many were held.

    Those that a person has released are confirmed: they pass, and no longer count.
    """
    mine = requests.c.job_id == lease.job_id
    removals = and_(mine, requests.c.removal.is_(True), requests.c.confirmed.is_(False), requests.c.type.in_(_TYPES))
    count: int = db.execute(select(func.count()).select_from(requests).where(removals)).scalar_one()
    ids = inactivations(db, mine, {})
    why = too_many(db, lease.lane, count + len(ids))
    if why is None:
        return 0
    held = _hold(db, lease, and_(removals, requests.c.first_sent.is_(None)), why)
    held += sum(_hold(db, lease, requests.c.id.in_(ids[at : at + SLICE]), why) for at in range(0, len(ids), SLICE))
    lease.count("waiting", held)
    return held


def _hold(db: Connection, lease: Lease, those: ColumnElement[bool], why: str) -> int:
    rows = db.execute(select(requests.c.id, requests.c.record_id, requests.c.operation).where(those)).all()
    told = {"job_id": lease.job_id, "outcome": "waiting", "message": why, "at": lease.core.now(),
            "error_class": None, "error_code": None, "fix": None}  # fmt: skip
    for at in range(0, len(rows), SLICE):
        some = rows[at : at + SLICE]
        append(
            db,
            unsent,
            [{**told, "request_id": row.id, "record_id": row.record_id, "operation": row.operation} for row in some],
        )
    holding = {"state": State.HELD, "held_by": BY_ITSELF, "reason": why, "job_id": None}
    count: int = db.execute(update(requests).where(those).values(holding)).rowcount
    return count
