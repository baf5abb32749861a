"""The brake: a job that would take out too many of the books' entities holds those removals for a person (rule J8)."""

from __future__ import annotations

from sqlalchemy import Connection, func, select, update

from hub.jobs.lease import Lease
from hub.model import ENTITIES
from hub.queue import Lane, State
from hub.queue.apply import BY_ITSELF
from hub.store.tables import links, requests

_TYPES = sorted(type.value for type in ENTITIES)


def too_many(db: Connection, lane: Lane, count: int) -> str | None:
    """Why so many entities must not be taken out at once without a person's word; None when they may."""
    if count <= lane.policy.brake_from:
        return None
    held = links.c.connection_id == lane.id, links.c.remote_type.in_(_TYPES)
    there: int = db.execute(select(func.count()).select_from(links).where(*held)).scalar_one()
    if count * 100 <= there * lane.policy.brake_percent:
        return None
    return f"held: {count} of {there} entities would be taken out of the books at once; release them if that is right"


def brake(db: Connection, lease: Lease) -> int:
    """Hold the removals of entities that this job has locked when they are too many; how many were held.

    Those that a person has released are confirmed: they pass, and no longer count.
    """
    removals = (
        requests.c.job_id == lease.job_id,
        requests.c.removal.is_(True),
        requests.c.confirmed.is_(False),
        requests.c.type.in_(_TYPES),
    )
    count: int = db.execute(select(func.count()).select_from(requests).where(*removals)).scalar_one()
    why = too_many(db, lease.lane, count)
    if why is None:
        return 0
    db.execute(
        update(requests)
        .where(*removals, requests.c.first_sent.is_(None))
        .values(state=State.HELD, held_by=BY_ITSELF, reason=why, job_id=None)
    )
    return count
