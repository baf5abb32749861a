"""Creates jobs, at most one unfinished per connection; locks what they will send; ends them (rules J1, Q6)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, bindparam, exists, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from hub.errors import NotFound, Refused
from hub.jobs.brake import brake
from hub.jobs.lease import UNFINISHED, Lease
from hub.queue import NOT_RECORDED, Core, Lane, State
from hub.queue.order import EARLY, LAST
from hub.store.tables import companies, connections, jobs, requests, slots

MANY = 500
"""So many requests locked at once change what the database should know about its table."""
TOTALS = ("applied", "rejected", "conflict", "waiting", "unknown", "excluded", "imported")


def create_job(core: Core, lane: Lane, trigger: str, *, slot: str | None = None) -> int:
    """Create a job that waits for somebody to run it; its id.

    Args:
        trigger: manual, schedule or api.
        slot: the nominal time of a schedule that asks; of several who ask for the same slot one gets it.

    Raises:
        Refused: `job_unfinished`, `slot_taken`; `connection_paused` when a schedule asks.
    """
    now = core.now()
    if lane.paused and trigger == "schedule":
        raise Refused(
            f"{lane.label} is paused: {lane.paused}",
            code="connection_paused",
            fix=f"Connect it again: hub connect {lane.company} {lane.adapter} --name {lane.name}.",
        )
    with core.database.write(lane.company) as db:
        if slot is not None:
            row = {"connection_id": lane.id, "slot": slot, "taken_at": now}
            taking = core.database.insert(slots).values(row).on_conflict_do_nothing().returning(slots.c.slot)
            if not db.execute(taking).first():
                raise Refused("Another scheduler has this slot.", code="slot_taken", fix="Nothing needs to be done.")
        _one_at_a_time(db, lane)
        values = {
            "connection_id": lane.id,
            "trigger": trigger,
            "state": "queued",
            "totals": dict.fromkeys(TOTALS, 0),
            "fence": 0,
            "cancel_requested": False,
            "locked": 0,
            "created_at": now,
        }
        try:
            job_id: int = db.execute(insert(jobs).returning(jobs.c.id), values).scalar_one()
        except IntegrityError:  # another machine was quicker; the constraint decides
            raise _unfinished(lane, None) from None
        if slot is not None:
            mine = (slots.c.connection_id == lane.id, slots.c.slot == slot)
            db.execute(update(slots).where(*mine).values(job_id=job_id))
        return job_id


def _one_at_a_time(db: Connection, lane: Lane) -> None:
    row = db.execute(
        select(jobs.c.id, jobs.c.created_at).where(jobs.c.connection_id == lane.id, jobs.c.state.in_(UNFINISHED))
    ).first()
    if row:
        raise _unfinished(lane, row.id)


def _unfinished(lane: Lane, job_id: int | None) -> Refused:
    return Refused(
        f"A job of {lane.label} is not finished yet.",
        code="job_unfinished",
        fix=f"Wait for it; see `hub jobs {lane.label}`.",
        details={"job": job_id},
    )


_earlier = requests.alias("earlier")
_READY = (
    update(requests)
    .where(
        requests.c.connection_id == bindparam("b_lane"),
        (requests.c.state == State.UNKNOWN)
        | (
            (requests.c.state == State.WAITING)
            & (requests.c.reason.is_(None) | (requests.c.reason != NOT_RECORDED))
            & (requests.c.not_before.is_(None) | (requests.c.not_before <= bindparam("b_now")))
            # One that waits behind a request of unknown outcome cannot be sent before that is known.
            & ~exists().where(
                _earlier.c.connection_id == requests.c.connection_id,
                _earlier.c.record_id == requests.c.record_id,
                _earlier.c.removal == requests.c.removal,
                _earlier.c.state.in_([State.UNKNOWN, State.LOCKED]),
            )
        ),
    )
    .values(state=State.LOCKED, job_id=bindparam("b_job"), reason=None, waits_for=None, not_before=None)
)

_in_job = requests.c.job_id == bindparam("b_job")
_write = requests.alias("w")
_of_the_job = (_write.c.job_id == bindparam("b_job"), _write.c.removal.is_(False))
_IN_TURN = update(requests).where(_in_job, requests.c.rank < 0).values(rank=requests.c.rank + EARLY)
"""One that made room in an earlier job and came back is looked at anew."""
_MAKES_ROOM = (
    update(requests)
    .where(
        _in_job,
        requests.c.removal.is_(True),
        requests.c.rank > LAST,
        exists().where(*_of_the_job, _write.c.record_id == requests.c.record_id, _write.c.id > requests.c.id)
        | func.lower(requests.c.title).in_(
            select(func.lower(_write.c.title)).where(*_of_the_job, _write.c.operation == "create")
        ),
    )
    .values(rank=requests.c.rank - EARLY)
)


def lock_requests(lease: Lease) -> int:
    """Lock everything that is ready, in one step; how many. Removals that make room for a create go first (J4)."""
    with lease.write() as db:
        given = {"b_lane": lease.lane.id, "b_job": lease.job_id, "b_now": lease.core.now()}
        count: int = db.execute(_READY, given).rowcount
        removals = select(func.count()).where(requests.c.job_id == lease.job_id, requests.c.removal.is_(True))
        if db.execute(removals).scalar_one():
            count -= brake(db, lease)
            db.execute(_IN_TURN, {"b_job": lease.job_id})
            db.execute(_MAKES_ROOM, {"b_job": lease.job_id})
        db.execute(update(jobs).where(jobs.c.id == lease.job_id).values(state="exporting", locked=count))
    if count >= MANY:
        lease.core.database.analyse(requests)
    return count


def set_state(db: Connection, lease: Lease, state: str, message: str | None = None, *, finished: bool = False) -> None:
    """Move the job on."""
    values: dict[str, Any] = {"state": state, "message": message}
    if finished:
        values |= {"finished_at": lease.core.now(), "lease_until": None, "holder": None, "totals": lease.totals}
    db.execute(update(jobs).where(jobs.c.id == lease.job_id).values(**values))


def cancel_job(core: Core, job_id: int) -> None:
    """Ask a job to stop; one that nobody has begun ends at once.

    Raises:
        NotFound: `job_not_found`. Refused: `job_finished`.
    """
    with core.database.write(_company_of(core, job_id)) as db:
        row = db.execute(select(jobs.c.state, jobs.c.holder).where(jobs.c.id == job_id)).one()
        if row.state not in UNFINISHED:
            raise Refused(f"Job {job_id} has ended already.", code="job_finished", fix="Nothing needs to be done.")
        values: dict[str, Any] = {"cancel_requested": True}
        if row.state == "queued" and row.holder is None:
            values |= {"state": "cancelled", "finished_at": core.now()}
        db.execute(update(jobs).where(jobs.c.id == job_id).values(**values))


def _company_of(core: Core, job_id: int) -> str:
    with core.database.read() as db:
        query = select(connections.c.company_id).join(jobs, jobs.c.connection_id == connections.c.id)
        company: str | None = db.execute(query.where(jobs.c.id == job_id)).scalar()
    if company is None:
        raise NotFound(f"There is no job {job_id}.", code="job_not_found", fix="See `hub jobs CONNECTION`.")
    return company


def labels(core: Core) -> dict[int, str]:
    """Connection labels by id."""
    with core.database.read() as db:
        rows = db.execute(select(connections.c.id, companies.c.id, connections.c.name).join(companies))
        return {id: f"{company}/{name}" for id, company, name in rows}
