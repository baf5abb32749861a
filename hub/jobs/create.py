"""Creates jobs, at most one unfinished per connection; locks what they will send; ends them (rules J1, Q6)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from hub.errors import NotFound, Refused
from hub.jobs.brake import brake
from hub.jobs.lease import UNFINISHED, Lease
from hub.jobs.ready import in_plan, makes_room, ready
from hub.queue import HUB, Actor, Core, Lane, State
from hub.queue.core import by_hand
from hub.queue.order import EARLY, LAST
from hub.queue.trail import Note, write_audit
from hub.store.tables import companies, connections, jobs, plans, requests, slots

MANY = 500
"""So many requests locked at once change what the database should know about its table."""
TOTALS = ("applied", "rejected", "conflict", "waiting", "unknown", "excluded", "imported")


def create_job(
    core: Core,
    lane: Lane,
    trigger: str,
    *,
    actor: Actor = HUB,
    slot: str | None = None,
    plan_id: int | None = None,
    mine_for: float | None = None,
) -> int:
    """Create a job that waits for somebody to run it, and announce it; its id.

    Args:
        trigger: manual, schedule or api.
        actor: who asks; the hub itself for a schedule, and when the books told of a change.
        slot: the nominal time of a schedule that asks; of several who ask for the same slot one gets it.
        plan_id: the plan that it is to apply; whoever asks has made sure that it still holds.
        mine_for: so many seconds it is left to this process, which begins it itself, and is not announced.

    Raises:
        Refused: `job_unfinished`, `slot_taken`, `plan_applied`; `connection_paused` when a schedule asks, or a person
            has paused it.
    """
    now = core.now()
    with core.database.write(lane.company) as db:
        _not_paused(db, lane, trigger)
        if slot is not None:
            row = {"connection_id": lane.id, "slot": slot, "taken_at": now}
            taking = core.database.insert(slots).values(row).on_conflict_do_nothing().returning(slots.c.slot)
            if not db.execute(taking).first():
                raise Refused("Another scheduler has this slot.", code="slot_taken", fix="Nothing needs to be done.")
        one_at_a_time(db, lane)
        values = {
            "connection_id": lane.id,
            "trigger": trigger,
            "requested_by": actor.name,
            "state": "queued",
            "totals": dict.fromkeys(TOTALS, 0),
            "fence": 0,
            "holder": None if mine_for is None else core.me(),
            "lease_until": None if mine_for is None else now + timedelta(seconds=mine_for),
            "cancel_requested": False,
            "locked": 0,
            "plan_id": plan_id,
            "created_at": now,
        }
        try:
            job_id: int = db.execute(insert(jobs).returning(jobs.c.id), values).scalar_one()
        except IntegrityError:  # another machine was quicker; the constraint decides
            raise _unfinished(lane, None) from None
        if plan_id is not None:
            unused = update(plans).where(plans.c.id == plan_id, plans.c.job_id.is_(None)).values(job_id=job_id)
            if not db.execute(unused).rowcount:
                raise plan_applied(lane, plan_id)
        if slot is not None:
            mine = (slots.c.connection_id == lane.id, slots.c.slot == slot)
            db.execute(update(slots).where(*mine).values(job_id=job_id))
        details = {"job": job_id, "trigger": trigger, **({"plan": plan_id} if plan_id is not None else {})}
        asked = Note(action="job_requested", connection_id=lane.id, details=details)
        write_audit(db, lane.company, actor, now, [asked])
        if mine_for is None:
            core.announce(db, job_id)
        core.reach("inside-job-creation")
    core.reach("after-job-creation")
    return job_id


def plan_applied(lane: Lane, plan_id: int) -> Refused:
    """The refusal of a plan that a job has applied already."""
    return Refused(f"Plan {plan_id} was applied already.", code="plan_applied", fix="Make a new one.")


def _not_paused(db: Connection, lane: Lane, trigger: str) -> None:
    """Refused `connection_paused`; as it is now, not as it was when the lane was read."""
    reason = db.execute(select(connections.c.paused_reason).where(connections.c.id == lane.id)).scalar_one()
    if by_hand(reason):
        raise Refused(f"{lane.label} is {reason}.", code="connection_paused", fix="Resume the connection first.")
    if reason and trigger == "schedule":
        raise Refused(f"{lane.label} is paused: {reason}", code="connection_paused", fix="Connect it again.")


def one_at_a_time(db: Connection, lane: Lane) -> None:
    """Refused `job_unfinished` while the connection has a job (J1)."""
    row = db.execute(
        select(jobs.c.id, jobs.c.created_at).where(jobs.c.connection_id == lane.id, jobs.c.state.in_(UNFINISHED))
    ).first()
    if row:
        raise _unfinished(lane, row.id)


def _unfinished(lane: Lane, job_id: int | None) -> Refused:
    return Refused(
        f"A job of {lane.label} is not finished yet.",
        code="job_unfinished",
        fix="Wait until it has ended.",
        details={"job": job_id, "connection": lane.label},
    )


_CONNECTION = (
    select(connections.c.company_id, connections.c.name)
    .join(jobs, jobs.c.connection_id == connections.c.id)
    .where(jobs.c.id == bindparam("b_job"))
)
LOCKS: dict[str, Any] = {"state": State.LOCKED, "job_id": bindparam("b_job"), "reason": None, "waits_for": None,
                         "not_before": None}  # fmt: skip
_READY = update(requests).where(ready(requests)).values(LOCKS)
_PLANNED = update(requests).where(ready(requests), in_plan(requests), requests.c.first_sent.is_(None)).values(LOCKS)

_in_job = requests.c.job_id == bindparam("b_job")
_IN_TURN = update(requests).where(_in_job, requests.c.rank < 0).values(rank=requests.c.rank + EARLY)
"""One that made room in an earlier job and came back is looked at anew."""
_MAKES_ROOM = (
    update(requests)
    .where(_in_job, requests.c.rank > LAST, makes_room(lambda each: each.c.job_id == bindparam("b_job")))
    .values(rank=requests.c.rank - EARLY)
)


def lock_requests(lease: Lease, plan_id: int | None = None) -> int:
    """Lock everything that is ready, or of that only what a plan names, in one step; how many.

    Removals that make room for a create go first (J4).
    """
    with lease.write() as db:
        given = {"b_lane": lease.lane.id, "b_job": lease.job_id, "b_now": lease.core.now(), "b_plan": plan_id}
        count: int = db.execute(_READY if plan_id is None else _PLANNED, given).rowcount
        count -= brake(db, lease)
        removals = select(func.count()).where(requests.c.job_id == lease.job_id, requests.c.removal.is_(True))
        if db.execute(removals).scalar_one():
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
        values |= {"finished_at": lease.core.now(), "lease_until": None, "holder": None}
        values["totals"] = lease.stored_totals()
    db.execute(update(jobs).where(jobs.c.id == lease.job_id).values(**values))


def cancel_job(core: Core, job_id: int, actor: Actor) -> None:
    """Ask a job to stop; one that nobody has begun ends at once.

    Raises:
        NotFound: `job_not_found`. Refused: `job_finished`.
    """
    company = connection_of(core, job_id).partition("/")[0]
    with core.database.write(company) as db:
        row = db.execute(select(jobs).where(jobs.c.id == job_id)).one()
        if row.state not in UNFINISHED:
            raise Refused(f"Job {job_id} has ended already.", code="job_finished", fix="Nothing needs to be done.")
        _stop(core, db, company, row, actor)


def stop_unfinished(core: Core, db: Connection, company: str, connection_id: int, actor: Actor) -> None:
    """Ask the connection's job to stop, if it has one."""
    mine = select(jobs).where(jobs.c.connection_id == connection_id, jobs.c.state.in_(UNFINISHED))
    for row in db.execute(mine).all():
        _stop(core, db, company, row, actor)


def _stop(core: Core, db: Connection, company: str, row: Row[Any], actor: Actor) -> None:
    values: dict[str, Any] = {"cancel_requested": True}
    if row.state == "queued" and row.holder is None:
        values |= {"state": "cancelled", "finished_at": core.now()}
    db.execute(update(jobs).where(jobs.c.id == row.id).values(**values))
    if not row.cancel_requested:
        note = Note(action="job_cancelled", connection_id=row.connection_id, details={"job": row.id})
        write_audit(db, company, actor, core.now(), [note])


def connection_of(core: Core, job_id: int) -> str:
    """The connection that a job belongs to.

    Raises:
        NotFound: `job_not_found`.
    """
    with core.database.read() as db:
        row = db.execute(_CONNECTION, {"b_job": job_id}).first()
    if row is None:
        raise NotFound(f"There is no job {job_id}.", code="job_not_found", fix="Look at the list of jobs.")
    return f"{row.company_id}/{row.name}"


def labels(core: Core) -> dict[int, str]:
    """Connection labels by id."""
    with core.database.read() as db:
        rows = db.execute(select(connections.c.id, companies.c.id, connections.c.name).join(companies))
        return {id: f"{company}/{name}" for id, company, name in rows}
