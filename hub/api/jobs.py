"""Plans and sync jobs: asked for, followed, cancelled."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Query

from hub.api import inputs, shapes
from hub.api.caller import At, OperatesOn, ReadsOn
from hub.api.routing import Routes, told
from hub.errors import NotFound
from hub.queue import read_cursor, write_cursor
from hub.threads import asks_books

router = Routes("jobs", prefix="/connections/{company}/{name}")
JobId = Annotated[int, Path(ge=1, le=2**63 - 1)]
Limit = Annotated[int, Query(ge=1, le=1000)]
After = Annotated[str | None, Query(max_length=200, description="`next` of the page before")]
_JOB = {
    "id": 7, "connection": "acme-trading/mock", "trigger": "api", "requested_by": "key Order system",
    "state": "queued", "message": None, "plan": None,
    "totals": {"applied": 0, "rejected": 0, "conflict": 0, "waiting": 0, "unknown": 0, "excluded": 0, "imported": 0},
    "calls": {}, "created_at": "2026-01-05T09:00:00+00:00", "started_at": None, "finished_at": None,
}  # fmt: skip
_RESULT = {
    "psr": 41, "type": "ship_doc", "source_id": "10248", "title": "10248", "operation": "create", "outcome": "applied",
    "remote_id": "1001", "how": None, "reason": None, "error": None,
}  # fmt: skip


@router.post("/plan", summary="What the next job would send", openapi_extra=told(shapes.Plan))
@asks_books
def plan(at: OperatesOn, limit: Limit = 200) -> dict[str, Any]:
    """Nothing is sent. At most `limit` requests are told in full; totals cover all. A job can be asked to apply it."""
    return at.hub.plan(at.connection, limit=limit)


@router.post(
    "/jobs",
    status_code=202,
    summary="Ask for a sync job",
    openapi_extra=told(shapes.Job, example=_JOB, repeatable=False),
)
def start(at: OperatesOn, given: inputs.NewJob | None = None) -> dict[str, Any]:
    """A worker runs it (`hub serve` has one); 409 `job_unfinished` while the connection has an unfinished one."""
    wanted = given.plan if given else None
    return at.hub.job(at.hub.request_job(at.connection, trigger="api", plan=wanted), results=False)


@router.get(
    "/jobs",
    summary="The connection's jobs, newest first",
    openapi_extra=told(shapes.Listed[shapes.Job], example={"items": [_JOB], "next": None, "total": 1}),
)
def jobs(at: ReadsOn, limit: Limit = 50, after: After = None) -> dict[str, Any]:
    """Completed does not mean that all succeeded: see `totals`, and the results of each."""
    (before,) = read_cursor(after, int) if after else (None,)
    page = at.hub.jobs(at.connection, limit=limit + 1, before=before)
    items = page["items"][:limit]
    more = len(page["items"]) > limit
    return {**page, "items": items, "next": write_cursor(items[-1]["id"]) if more else None}


@router.get("/jobs/{job}", summary="A job", openapi_extra=told(shapes.Job, example=_JOB))
def job(at: ReadsOn, job: JobId) -> dict[str, Any]:
    """Its state and totals."""
    return _own(at, job)


@router.get(
    "/jobs/{job}/results",
    summary="What became of each request, troubles first",
    openapi_extra=told(shapes.Listed[shapes.Result], example={"items": [_RESULT], "next": None, "total": 1}),
)
def results(at: ReadsOn, job: JobId, limit: Limit = 50, after: After = None) -> dict[str, Any]:
    """A request that was sent again is one result, its last."""
    _own(at, job)
    return at.hub.job_results(job, limit=limit, after=after)


@router.post("/jobs/{job}/cancel", summary="Ask a job to stop", openapi_extra=told(shapes.Job, example=_JOB))
def cancel(at: OperatesOn, job: JobId) -> dict[str, Any]:
    """What was not sent returns to the queue."""
    _own(at, job)
    at.hub.cancel(job)
    return _own(at, job)


def _own(at: At, job: int) -> dict[str, Any]:
    """The job, if it is one of this connection: of others it is not even told that there are any."""
    try:
        found = at.hub.job(job, results=False)
    except NotFound:
        found = {}
    if found.get("connection") != at.connection:
        raise NotFound(f"{at.connection} has no job {job}.", code="job_not_found", fix="Look at the list of its jobs.")
    return found
