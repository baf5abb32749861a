"""On SQLite: threads of this process run the jobs of different connections side by side, and find them by looking."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Connection

from hub.dispatch.port import Work

PAUSE = 0.2
AWAY = 2.0
"""Seconds to the next look at a database that is away."""


class Threads:
    """A job's row is announcement enough: a look costs a fraction of a millisecond, and no other machine is there."""

    def announce(self, db: Connection, job_id: int) -> None:
        """Nothing: whoever looks sees the job once it is committed."""

    def run(self, work: Work, stop: threading.Event) -> None:
        """Run jobs until `stop` is set."""
        begun: set[int] = set()
        ended = threading.Event()

        def run(job_id: int) -> None:
            try:
                work.run(job_id)
            finally:
                begun.discard(job_id)
                ended.set()

        with ThreadPoolExecutor(work.workers, "hub-job") as pool:
            while not stop.is_set():
                ended.clear()
                waiting = work.look() if len(begun) < work.workers else []
                for job_id in waiting or ():
                    if len(begun) < work.workers and job_id not in begun and not stop.is_set():
                        begun.add(job_id)
                        pool.submit(run, job_id)
                if waiting is None:
                    stop.wait(AWAY)
                else:
                    ended.wait(work.pause or PAUSE)
