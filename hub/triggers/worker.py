"""Runs the jobs that wait, until told to stop; no fault of one job keeps it from the others."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from hub import jobs
from hub.app import Hub
from hub.triggers.report import log, tell
from hub.triggers.scheduler import Scheduler

REST = 30.0


def run_worker(hub: Hub, *, poll: float = 1.0, stop: threading.Event | None = None) -> None:
    """Run every job that waits, or whose process died, until `stop` is set or the process is asked to end.

    In the main thread SIGTERM and SIGINT end it once the job at hand is done; a second one ends it at once, which
    loses nothing: the next worker takes over (J6, X4).

    Args:
        poll: seconds between two looks for jobs.
    """
    stop = stop or threading.Event()
    resting: dict[int, float] = {}
    with _signals(stop):
        while not stop.is_set():
            try:
                waiting = jobs.waiting_jobs(hub.core)
            except Exception as fault:
                tell("The worker cannot look for jobs and tries again", fault)
                stop.wait(max(poll, REST / 6))
                continue
            resting = {id: until for id, until in resting.items() if until > time.monotonic()}
            for job_id, label in waiting:
                if not stop.is_set() and job_id not in resting and not _run(hub, job_id, label):
                    resting[job_id] = time.monotonic() + REST
            stop.wait(poll)


def _run(hub: Hub, job_id: int, label: str) -> bool:
    """Run one job; False when it could not be run, so that it is left alone for a while."""
    try:
        job = jobs.take_and_run(hub.core, hub.lane(label), job_id, hub.settings.lease_seconds, None)
    except Exception as fault:
        tell(f"{label}: job {job_id} could not be run and is tried again", fault, connection=label, job=job_id)
        return False
    if job is not None:
        log.info("A job ended.", connection=label, job=job_id, state=job["state"], totals=job["totals"])
    return True


def run_scheduler_and_worker(hub: Hub, stop: threading.Event | None = None) -> None:
    """Scheduler and worker in one process, as `hub serve` has them, until `stop` is set or the process must end."""
    scheduler = Scheduler(hub)
    scheduler.start()
    try:
        run_worker(hub, stop=stop)
    finally:
        scheduler.stop()


@contextmanager
def _signals(stop: threading.Event) -> Iterator[None]:
    """While this lasts, SIGTERM and SIGINT set `stop`; only a process's main thread may arrange that."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)

    def ask(_number: int, _frame: FrameType | None) -> None:
        restore()
        # From a thread: the main thread may be inside `stop` at this very moment and hold its lock.
        threading.Thread(target=stop.set, daemon=True).start()

    for number in before:
        signal.signal(number, ask)
    try:
        yield
    finally:
        restore()
