"""The port between those who create jobs and those who run them: it brings them; who may run one, its lease decides."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a dispatcher is given to do. None of the calls raises, and each may be made from any thread.

    Attributes:
        look: the jobs that wait for somebody, oldest first; None while the database is away.
        run: runs a job, if it still needs running.
        trouble: hears of what keeps jobs from arriving.
        workers: how many jobs run side by side.
        pause: seconds between two looks; default, what suits the dispatcher.
        lease: seconds after which a job whose holder gives no sign of life waits again.
    """

    look: Callable[[], list[int] | None]
    run: Callable[[int], None]
    trouble: Callable[[Exception], None]
    workers: int
    lease: float
    pause: float | None = None


class Dispatcher(Protocol):
    """Brings waiting jobs to workers.

    It never decides who may run a job: a job told of twice is run once, by its lease; one told of too late is found
    finished; one never told of is found by looking.
    """

    def announce(self, db: Connection, job_id: int) -> None:
        """Tell of a new job, inside the transaction that creates it; nobody hears of one that is rolled back."""

    def run(self, work: Work, stop: threading.Event) -> None:
        """Run jobs until `stop` is set, then finish those at hand; also those that waited, or whose process died."""
