"""Sync jobs: created once, held by lease, exporting the queue in order, importing what changed in the books."""

from hub.jobs.create import cancel_job as _cancel
from hub.jobs.create import connection_of, stop_unfinished
from hub.jobs.identity import same_books
from hub.jobs.listing import list_jobs, show_job, unfinished_job
from hub.jobs.plan import make_plan
from hub.jobs.run import OnProgress, Progress, ask_for_job, sync, take_and_run, waiting_jobs
from hub.queue import Actor, Core


def cancel_job(core: Core, job_id: int, actor: Actor) -> dict[str, object]:
    """Ask a job to stop; the job as it is now (J6)."""
    _cancel(core, job_id, actor)
    return show_job(core, job_id)


__all__ = [
    "OnProgress", "Progress", "ask_for_job", "cancel_job", "connection_of", "list_jobs", "make_plan", "same_books",
    "show_job", "stop_unfinished", "sync", "take_and_run", "unfinished_job", "waiting_jobs",
]  # fmt: skip
