"""Runs a job from its beginning, or from where a dead process left it: check, lock, export, import, finish (J2, J6)."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, select, update

from hub.adapters import Relay
from hub.errors import AuthorisationLost, HubError, LeaseLost, StoreUnreachable
from hub.jobs.create import create_job, labels, lock_requests, set_state
from hub.jobs.export import Export
from hub.jobs.giveback import give_back_rest
from hub.jobs.identity import same_books
from hub.jobs.imports import run_import
from hub.jobs.lease import Lease, take, takeable
from hub.jobs.listing import show_job
from hub.jobs.planned import check_plan
from hub.queue import HUB, Actor, Core, Lane, State
from hub.queue.core import by_hand
from hub.queue.trail import Note, write_audit
from hub.records import queue_existing
from hub.store.tables import connections, jobs, requests


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a job is: `done` of `total` requests, and its totals so far."""

    phase: str
    done: int
    total: int
    totals: dict[str, int]


OnProgress = Callable[[Progress], None]
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
"""Seconds between two looks for a database that is away."""


def sync(
    core: Core,
    lane: Lane,
    trigger: str,
    lease_seconds: float,
    on_progress: OnProgress | None = None,
    plan_id: int | None = None,
    *,
    actor: Actor = HUB,
) -> dict[str, Any]:
    """Create a job and run it to its end; the job as it ended. With a plan, it sends that and nothing else (J10).

    One that a dead process left behind is finished first, by this process, and told under `resumed`.

    Raises:
        Refused: `job_unfinished` while another process works on this connection (J1), and what
            :func:`hub.jobs.planned.check_plan` refuses.
    """
    resumed = []
    for job_id, connection_id in takeable(core):
        if connection_id == lane.id:
            finished = take_and_run(core, lane, job_id, lease_seconds, on_progress)
            resumed += [finished] if finished else []
    job_id = ask_for_job(core, lane, trigger, actor=actor, plan_id=plan_id, mine_for=lease_seconds)
    done = take_and_run(core, lane, job_id, lease_seconds, on_progress) or show_job(core, job_id)
    told = [{"id": each["id"], "state": each["state"], "totals": each["totals"]} for each in resumed]
    return {**done, "resumed": told} if told else done


def ask_for_job(
    core: Core,
    lane: Lane,
    trigger: str,
    *,
    actor: Actor = HUB,
    slot: str | None = None,
    plan_id: int | None = None,
    mine_for: float | None = None,
) -> int:
    """Create a job as :func:`create_job` does; its id. One that applies a plan only while the plan holds (J10)."""
    if plan_id is not None:
        check_plan(core, lane, plan_id)
    return create_job(core, lane, trigger, actor=actor, slot=slot, plan_id=plan_id, mine_for=mine_for)


def waiting_jobs(core: Core) -> list[tuple[int, str]]:
    """(job id, connection) of the jobs that wait for a worker, or whose worker is dead."""
    found = takeable(core)
    named = labels(core) if found else {}
    return [(job_id, named[connection_id]) for job_id, connection_id in found]


def take_and_run(
    core: Core, lane: Lane, job_id: int, lease_seconds: float, on_progress: OnProgress | None = None
) -> dict[str, Any] | None:
    """Run a job if this process can become its holder; None when another one has it, or takes it over meanwhile.

    While the hub's database is away the job rests; when it is back within the lease's time, this process goes on as
    any other would: it takes the job over, and looks up in the books what was on its way.

    Raises:
        StoreUnreachable: the database stayed away; the job goes on when somebody runs it again.
    """
    lease = take(core, lane, job_id, lease_seconds)
    while lease is not None:
        try:
            with _few_collections():
                _run(lease, on_progress or (lambda _: None))
            return show_job(core, job_id)
        except LeaseLost:
            return None
        except StoreUnreachable:
            _await_store(core, lease)
            lease = take(core, lane, job_id, lease_seconds)
        except Exception:
            with suppress(HubError):
                lease.let_go()
            raise
    return None


def _await_store(core: Core, lease: Lease) -> None:
    """Let go of the job as soon as the database answers again; asked ever more rarely, for as long as a lease lasts."""
    pause, end = FIRST_PAUSE, core.now() + timedelta(seconds=lease.seconds)
    while True:
        core.sleep(pause)
        try:
            lease.let_go()
        except StoreUnreachable:
            if core.now() >= end:
                raise
            pause = min(2 * pause, LONGEST_PAUSE)
        else:
            return


@contextmanager
def _few_collections() -> Iterator[None]:
    """A job makes very many short-lived objects and hardly a cycle: looking for garbage less often saves a sixth.

    Of jobs that run side by side the first sets it and the last sets it back.
    """
    global _running, _before
    with _counting:
        if not _running:
            _before = gc.get_threshold()
            gc.set_threshold(50_000, 20, 100)
        _running += 1
    try:
        yield
    finally:
        with _counting:
            _running -= 1
            if not _running:
                gc.set_threshold(*_before)


_counting = threading.Lock()
_running, _before = 0, gc.get_threshold()


def _run(lease: Lease, on_progress: OnProgress) -> None:
    core = lease.core
    try:
        relay = core.relay(lease.lane)
        lease.calls = relay.count_calls()
        _check_books(lease, relay)
    except (LeaseLost, StoreUnreachable):
        raise
    except HubError as fault:
        _fail(lease, fault)
        return
    with core.database.read() as db:
        row = db.execute(select(jobs.c.state, jobs.c.locked, jobs.c.plan_id).where(jobs.c.id == lease.job_id)).one()
    state, total = row.state, row.locked
    if state == "queued":
        queue_existing(core, lease.lane)  # nothing to do, unless the process that made the connection died over it
        total = lock_requests(lease, row.plan_id)
        core.reach("after-lock")
    elif state == "exporting":
        _inherit(lease)

    def progress(phase: str, done: int) -> None:
        on_progress(Progress(phase=phase, done=done, total=total, totals=dict(lease.totals)))

    progress("exporting", 0)
    if state != "importing":
        export = Export(lease, relay, progress, row.plan_id)
        export.run()
        core.reach("before-export-end")
        if not _end_export(lease, export, imports=relay.tells_changes):
            return
    if not relay.tells_changes:
        _finish(lease, None)
        return
    try:
        run_import(lease, relay.changes, progress)
    except AuthorisationLost as fault:
        _fail(lease, fault)
    except (LeaseLost, StoreUnreachable):
        raise
    except HubError as fault:
        _finish(lease, "completed_with_errors", f"The import did not succeed: {fault.message}")
    except Exception as fault:  # an adapter may hand over anything; what was sent stands, the next job asks again
        _finish(lease, "completed_with_errors", f"The import did not succeed: {type(fault).__name__}: {fault}.")
    else:
        _finish(lease, "cancelled" if lease.cancelled else None)


def _check_books(lease: Lease, relay: Relay) -> None:
    with lease.core.pool(1, "hub-check") as pool:
        identity = lease.beat_until_done(pool, pool.submit(relay.check))
    mine = connections.c.id == lease.lane.id
    with lease.write() as db:
        row = db.execute(select(connections).where(mine)).one()
        same_books(lease.lane.label, row.identity_id, row.identity_name, identity)
        found: dict[str, Any] = {}
        notes = []
        if row.paused_reason and not by_hand(row.paused_reason):  # what a person paused, a person resumes
            found["paused_reason"] = None
            notes.append(Note(action="resumed", connection_id=row.id, reason="the books let the hub in again"))
        if row.closing_date != identity.closing_date:
            found["closing_date"] = identity.closing_date
            days = {"old": _day(row.closing_date), "new": _day(identity.closing_date)}
            notes.append(Note(action="books_closed", connection_id=row.id, details=days))
        if found:
            db.execute(update(connections).where(mine).values(found))
            write_audit(db, lease.lane.company, HUB, lease.core.now(), notes)
    lease.lane = replace(lease.lane, paused=None, books_closed=identity.closing_date)


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _inherit(lease: Lease) -> None:
    """A dead holder's calls were given up on when it died, at the latest now; one that is only late may still wait."""
    if not lease.after_death:
        return
    now = lease.core.now()
    with lease.write() as db:
        db.execute(
            update(requests)
            .where(requests.c.job_id == lease.job_id, requests.c.state == State.LOCKED, requests.c.last_sent > now)
            .values(last_sent=now)
        )


def _end_export(lease: Lease, export: Export, *, imports: bool) -> bool:
    """Give back what is left; True unless the job has ended with that. With `imports`, they are what follows."""
    if export.stopped == "authorisation":
        _fail(lease, AuthorisationLost("The books no longer accept this connection's authorisation."))
        return False
    with lease.write() as db:
        throttled = export.stopped == "throttled"
        reason = "rate limited" if throttled else None
        waiting, unknown = give_back_rest(db, lease, reason, export.until if throttled else None)
        lease.count("unknown", unknown)
        if export.stopped != "cancelled":
            lease.count("waiting", waiting)
        if imports and (export.stopped is None or export.stopped == "throttled"):
            set_state(db, lease, "importing")
    if export.stopped == "cancelled":
        _finish(lease, "cancelled")
        return False
    return True


def _fail(lease: Lease, fault: HubError) -> None:
    """End the job without success: everything returns uncounted; lost authorisation pauses the connection (J5)."""
    with lease.write() as db:
        _, unknown = give_back_rest(db, lease, "disconnected")
        lease.count("unknown", unknown)
        if isinstance(fault, AuthorisationLost):
            _pause(db, lease, fault)
        set_state(db, lease, "failed", f"{fault.message} {fault.fix}".strip(), finished=True)


def _pause(db: Connection, lease: Lease, fault: AuthorisationLost) -> None:
    mine = connections.c.id == lease.lane.id
    if by_hand(db.execute(select(connections.c.paused_reason).where(mine)).scalar_one()):
        return  # the next job, once a person has let it go on, finds out by itself
    db.execute(update(connections).where(mine).values(paused_reason=f"{fault.message} Connect it again."))
    note = Note(action="paused", connection_id=lease.lane.id, reason=fault.message)
    write_audit(db, lease.lane.company, HUB, lease.core.now(), [note])


def _finish(lease: Lease, state: str | None, message: str | None = None) -> None:
    with lease.write() as db:
        if state is None:
            troubles = sum(lease.totals.get(name, 0) for name in ("rejected", "conflict", "unknown"))
            state = "completed_with_errors" if troubles else "completed"
        set_state(db, lease, state, message, finished=True)
        lease.core.reach("inside-finish")
    lease.core.reach("after-finish")
