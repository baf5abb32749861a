"""Runs the jobs that wait, several at once, and sends webhooks, until told to stop; no fault reaches the others."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from hub import jobs
from hub.app import Hub
from hub.dispatch import Work
from hub.errors import StoreUnreachable
from hub.triggers.courier import Courier
from hub.triggers.report import log, tell
from hub.triggers.scheduler import Scheduler

REST = 30.0


def run_worker(
    hub: Hub,
    *,
    poll: float | None = None,
    stop: threading.Event | None = None,
    ready: Callable[[str], None] | None = None,
) -> None:
    """Run every job that waits, or whose process died, until `stop` is set or the process is asked to end.

    In the main thread SIGTERM and SIGINT end it once the jobs at hand are done; a second one ends it at once, which
    loses nothing: the next worker takes over (J6, X4). A database that is away is waited for.

    Args:
        poll: seconds between two looks for jobs; default, what suits the database.
        ready: told once, in a line for whoever started it, that it waits for jobs.

    Raises:
        StoreProblem: the database cannot be used at all, which waiting would not mend.
    """
    stop = stop or threading.Event()
    runner = _Runner(hub, stop)
    runner.look_first()
    work = Work(
        look=runner.look,
        run=runner.run,
        trouble=runner.trouble,
        workers=hub.settings.workers,
        lease=hub.settings.lease_seconds,
        pause=poll,
    )
    courier = Courier(hub)
    with _signals(stop):
        if ready is not None:
            ready(f"Waiting for jobs, {work.workers} at once.")
        log.info("The worker waits for jobs.", side_by_side=work.workers)
        courier.start()
        try:
            hub.dispatcher.run(work, stop)
        finally:
            courier.stop()


class _Runner:
    """What a dispatcher is given to do; every fault ends here, in one sentence."""

    def __init__(self, hub: Hub, stop: threading.Event) -> None:
        self._hub, self._stop = hub, stop
        self._resting: dict[int, float] = {}
        self._away = False

    def look_first(self) -> None:
        try:
            jobs.waiting_jobs(self._hub.core)
        except StoreUnreachable as fault:
            self.trouble(fault)

    def look(self) -> list[int] | None:
        try:
            waiting = jobs.waiting_jobs(self._hub.core)
        except Exception as fault:
            self.trouble(fault)
            return None
        if self._away:
            self._away = False
            log.warning("The database is back; the worker goes on.")
        now = time.monotonic()
        self._resting = {id: until for id, until in self._resting.items() if until > now}
        return [job_id for job_id, _ in waiting if job_id not in self._resting]

    def trouble(self, fault: Exception) -> None:
        """An outage is told once."""
        if not self._away:
            tell("The worker cannot look for jobs and tries again", fault)
        self._away = True

    def run(self, job_id: int) -> None:
        """Run one job; one that could not be run is left alone for a while."""
        if self._stop.is_set() or self._resting.get(job_id, 0) > time.monotonic():
            return
        label = f"job {job_id}"
        try:
            label = jobs.connection_of(self._hub.core, job_id)
            lane = self._hub.lane(label)
            job = jobs.take_and_run(self._hub.core, lane, job_id, self._hub.settings.lease_seconds, None)
        except StoreUnreachable as fault:
            self.trouble(fault)
            return
        except Exception as fault:
            self._resting[job_id] = time.monotonic() + REST
            tell(f"{label}: job {job_id} could not be run and is tried again", fault, connection=label, job=job_id)
            return
        if job is not None:
            log.info("A job ended.", connection=label, job=job_id, state=job["state"], totals=job["totals"])


def run_scheduler_and_worker(
    hub: Hub, stop: threading.Event | None = None, ready: Callable[[str], None] | None = None
) -> None:
    """Scheduler and worker in one process, as `hub serve` has them, until `stop` is set or the process must end."""
    scheduler = Scheduler(hub)
    scheduler.start()
    followed = f"{scheduler.followed} schedule{'' if scheduler.followed == 1 else 's'}"
    try:
        run_worker(hub, stop=stop, ready=None if ready is None else lambda line: ready(f"{followed}. {line}"))
    finally:
        scheduler.stop()


@contextmanager
def _signals(stop: threading.Event) -> Iterator[None]:
    """While this lasts, SIGTERM and SIGINT set `stop`, and a second one kills; only a main thread may arrange that."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = {number: signal.getsignal(number) for number in numbers}

    def ask(_number: int, _frame: FrameType | None) -> None:
        for number in numbers:
            signal.signal(number, signal.SIG_DFL)
        # From a thread: the main thread may be inside `stop` at this very moment and hold its lock.
        threading.Thread(target=stop.set, daemon=True).start()

    for number in numbers:
        signal.signal(number, ask)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)
