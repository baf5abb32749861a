"""Sync jobs and their schedules."""

from __future__ import annotations

from typing import Any

from hub import jobs
from hub.app.wiring import Wiring
from hub.jobs import OnProgress, schedules
from hub.jobs.results import list_results
from hub.queue import HUB


class JobCalls(Wiring):
    """Running jobs now, asking for them, and having them asked for."""

    def plan(self, connection: str, *, limit: int = 200) -> dict[str, Any]:
        """What the next job would send, in its order, field by field; kept, so that `sync` can apply it (J10).

        At most `limit` requests are told in full, and as many of those not sent; totals cover all.
        """
        return jobs.make_plan(self.core, self.lane(connection), self.actor, limit=limit)

    def sync(
        self,
        connection: str,
        *,
        trigger: str = "manual",
        plan: int | None = None,
        on_progress: OnProgress | None = None,
    ) -> dict[str, Any]:
        """Create a job and run it to its end; an unfinished one left by a dead process is finished first.

        With the id of a plan, the job sends exactly that; Refused `plan_changed` when it no longer holds (J10).
        """
        seconds = self.settings.lease_seconds
        return jobs.sync(self.core, self.lane(connection), trigger, seconds, on_progress, plan, actor=self.actor)

    def request_job(
        self, connection: str, *, trigger: str = "api", slot: str | None = None, plan: int | None = None
    ) -> int:
        """Create a job for a worker to run; its id. Refused `job_unfinished` while there is one (J1)."""
        who = HUB if trigger == "schedule" else self.actor  # a schedule asks for itself, whoever runs the scheduler
        return jobs.ask_for_job(self.core, self.lane(connection), trigger, actor=who, slot=slot, plan_id=plan)

    def work(self, on_progress: OnProgress | None = None) -> list[dict[str, Any]]:
        """Run every job that waits for a worker, or whose worker died; the jobs that ended."""
        ended = []
        for job_id, label in jobs.waiting_jobs(self.core):
            job = jobs.take_and_run(self.core, self.lane(label), job_id, self.settings.lease_seconds, on_progress)
            if job is not None:
                ended.append(job)
        return ended

    def jobs(self, connection: str, *, limit: int = 50, before: int | None = None) -> dict[str, Any]:
        """A connection's jobs, newest first; `before`: only those older than this job."""
        return jobs.list_jobs(self.core, self.lane(connection), limit=limit, before=before)

    def unfinished_job(self, connection: str) -> dict[str, Any] | None:
        """The job of a connection that waits or runs, or None."""
        return jobs.unfinished_job(self.core, self.lane(connection))

    def job(self, job_id: int, *, results: bool = True) -> dict[str, Any]:
        """One job, with its first results."""
        return jobs.show_job(self.core, job_id, results=results)

    def job_results(self, job_id: int, *, limit: int = 50, after: str | None = None) -> dict[str, Any]:
        """A page of what became of each request in a job, troubles first (J3)."""
        return list_results(self.core, job_id, limit=limit, after=after)

    def cancel(self, job_id: int) -> dict[str, Any]:
        """Ask a job to stop; what was not sent returns to the queue (J6)."""
        return jobs.cancel_job(self.core, job_id, self.actor)

    def set_schedule(self, connection: str, **chosen: Any) -> dict[str, Any] | None:
        """Set or remove (`off=True`) a schedule: `every` or `cron`, `timezone`, `jitter` in seconds."""
        return schedules.set_schedule(self.core, self.lane(connection), self.actor, **chosen)

    def schedule(self, connection: str) -> dict[str, Any] | None:
        """The schedule of a connection, or None."""
        return schedules.get_schedule(self.core, self.lane(connection))
