"""A job belongs to one holder at a time: by lease, by fence, and by proof that the last holder is dead (rule J6)."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

from sqlalchemy import Connection, bindparam, select, update

from hub.errors import LeaseLost
from hub.queue import Core, Lane
from hub.queue.pool import Pool
from hub.store.tables import jobs

T = TypeVar("T")
UNFINISHED = ("queued", "exporting", "importing")
_run = uuid4().hex[:8]


def myself() -> str:
    """Who holds a job: the machine's boot, the process, and this run of it."""
    return f"{_boot()} {os.getpid()} {_run}"


def is_dead(holder: str | None) -> bool:
    """True only when that holder's process surely no longer exists: same boot of the same machine, and no such pid."""
    if holder is None:
        return True
    boot, _, rest = holder.partition(" ")
    pid, _, run = rest.partition(" ")
    if boot != _boot() or boot == "?" or not pid.isdigit():
        return False
    if int(pid) == os.getpid():
        return run != _run
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def _boot() -> str:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot}:{Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return "?"


@dataclass(slots=True, kw_only=True)
class Lease:
    """The right to work on a job. Every write goes through :meth:`write`, which fails once the right is lost.

    `after_death`: the last holder surely no longer exists, or let go of the job. `calls`: how many calls to the books
    this holder has made so far, by kind, where the adapter counts them; `earlier`: those of the holders before.
    """

    core: Core
    lane: Lane
    job_id: int
    fence: int
    seconds: float
    until: datetime
    totals: dict[str, int] = field(default_factory=dict)
    cancelled: bool = False
    after_death: bool = False
    calls: Callable[[], dict[str, int]] = dict
    earlier: dict[str, int] = field(default_factory=dict)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that renews the lease, notes the totals, and is refused to anyone whose fence is old."""
        with self.core.database.write(self.lane.company) as db:
            self._renew(db)
            yield db
            # The totals change while the transaction runs; they are part of it.
            db.execute(_TOTALS, {"b_job": self.job_id, "b_totals": self.stored_totals()})

    def stored_totals(self) -> dict[str, Any]:
        """The totals, and the calls beside them."""
        calls = Counter(self.earlier) + Counter(self.calls())
        return {**self.totals, "calls": dict(calls)} if calls else dict(self.totals)

    def beat(self) -> None:
        """Renew the lease while nothing else is to be written."""
        with self.core.database.write(self.lane.company) as db:
            self._renew(db)

    def beat_until_done(self, pool: Pool, call: Future[T]) -> T:
        """What a call in another thread gives or raises; the lease is renewed while it lasts."""
        while not pool.wait([call], self.seconds / 3):
            self.beat()
        return call.result()

    def let_go(self) -> None:
        """Leave the job to whoever comes next: this process lives on, but cannot finish it. Nothing may be flying."""
        mine = update(jobs).where(jobs.c.id == self.job_id, jobs.c.fence == self.fence, jobs.c.state.in_(UNFINISHED))
        with self.core.database.write(self.lane.company) as db:
            db.execute(mine.values(lease_until=self.core.now(), holder=None))

    def count(self, total: str, number: int = 1) -> None:
        """Add to one of the job's totals; it is stored with the transaction that is open."""
        if number:
            self.totals[total] = self.totals.get(total, 0) + number

    def _renew(self, db: Connection) -> None:
        until = self.core.now() + timedelta(seconds=self.seconds)
        row = db.execute(_RENEW, {"b_job": self.job_id, "b_fence": self.fence, "b_until": until}).first()
        if row is None:
            raise LeaseLost(
                f"Job {self.job_id} was taken over by another process.",
                fix="Nothing needs to be done: that process finishes it.",
            )
        self.until = until
        self.cancelled = row.cancel_requested


_RENEW = (
    update(jobs)
    .where(jobs.c.id == bindparam("b_job"), jobs.c.fence == bindparam("b_fence"), jobs.c.state.in_(UNFINISHED))
    .values(lease_until=bindparam("b_until"))
    .returning(jobs.c.cancel_requested)
)
_TOTALS = update(jobs).where(jobs.c.id == bindparam("b_job")).values(totals=bindparam("b_totals"))


def take(core: Core, lane: Lane, job_id: int, seconds: float) -> Lease | None:
    """Become the holder of a job that nobody holds, or whose holder is dead or late; None when that is not so."""
    now = core.now()
    with core.database.write(lane.company) as db:
        row = db.execute(select(jobs).where(jobs.c.id == job_id, jobs.c.state.in_(UNFINISHED))).first()
        if row is None:
            return None
        late = row.lease_until is None or row.lease_until <= now
        dead = core.is_dead(row.holder)
        kept_for_me = row.fence == 0 and row.holder == core.me()
        if not (late or kept_for_me or dead):
            return None
        until = now + timedelta(seconds=seconds)
        db.execute(
            update(jobs)
            .where(jobs.c.id == job_id)
            .values(
                fence=jobs.c.fence + 1,
                holder=core.me(),
                lease_until=until,
                started_at=row.started_at or now,
            )
        )
    return Lease(
        core=core,
        lane=lane,
        job_id=job_id,
        fence=row.fence + 1,
        seconds=seconds,
        until=until,
        totals={name: count for name, count in row.totals.items() if name != "calls"},
        earlier=row.totals.get("calls", {}),
        cancelled=row.cancel_requested,
        after_death=dead,
    )


def takeable(core: Core) -> list[tuple[int, int]]:
    """(job id, connection id) of the jobs that wait for a holder, oldest first."""
    now = core.now()
    with core.database.read() as db:
        rows = db.execute(
            select(jobs.c.id, jobs.c.connection_id, jobs.c.holder, jobs.c.lease_until)
            .where(jobs.c.state.in_(UNFINISHED))
            .order_by(jobs.c.id)
        ).all()
    return [
        (row.id, row.connection_id)
        for row in rows
        if row.lease_until is None or row.lease_until <= now or core.is_dead(row.holder)
    ]
