"""On PostgreSQL: any number of processes on any number of machines share the jobs, told of them by Procrastinate."""

from __future__ import annotations

import threading

from sqlalchemy import Connection

from hub.dispatch.port import Work
from hub.store import Database, tasks


class Machines:
    """A task of Procrastinate tells of a job; what it fails to tell, a sweep on every machine finds."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def announce(self, db: Connection, job_id: int) -> None:
        """A task in the same transaction."""
        tasks.hand_out(db, job_id)

    def run(self, work: Work, stop: threading.Event) -> None:
        """Run jobs until `stop` is set; a database that went away is waited for.

        Raises:
            StoreProblem: `task_queue_missing` when Procrastinate is not installed.
        """
        tasks.need_procrastinate()
        from hub.dispatch.procrastinate import serve  # heavy, and only workers need it

        tasks.hush()
        serve(self._database, work, stop)
