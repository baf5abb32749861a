"""The brake: a job that would take out too many of the books' entities holds those removals for a person (rule J8)."""

from __future__ import annotations

from sqlalchemy import Connection, func, select, update

from hub.jobs.lease import Lease
from hub.model import ENTITIES
from hub.queue import State
from hub.queue.apply import BY_ITSELF
from hub.store.tables import links, requests

_TYPES = sorted(type.value for type in ENTITIES)


def brake(db: Connection, lease: Lease) -> int:
    """Hold the removals of entities that this job has locked when they are too many; how many were held.

    Those that a person has released are confirmed: they pass, and no longer count.
    """
    policy = lease.lane.policy
    removals = (
        requests.c.job_id == lease.job_id,
        requests.c.removal.is_(True),
        requests.c.confirmed.is_(False),
        requests.c.type.in_(_TYPES),
    )
    count: int = db.execute(select(func.count()).select_from(requests).where(*removals)).scalar_one()
    if count <= policy.brake_from:
        return 0
    held = links.c.connection_id == lease.lane.id, links.c.remote_type.in_(_TYPES)
    there: int = db.execute(select(func.count()).select_from(links).where(*held)).scalar_one()
    if count * 100 <= there * policy.brake_percent:
        return 0
    why = f"held: {count} of {there} entities would be taken out of the books at once; release them if that is right"
    db.execute(
        update(requests)
        .where(*removals, requests.c.first_sent.is_(None))
        .values(state=State.HELD, held_by=BY_ITSELF, reason=why, job_id=None)
    )
    return count
