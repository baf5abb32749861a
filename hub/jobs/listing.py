"""Jobs as people see them: the list, and one with what became of each request (J3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, null, select

from hub.errors import NotFound
from hub.jobs.create import TOTALS, labels
from hub.jobs.lease import UNFINISHED
from hub.queue import HUB, Core, Lane
from hub.store.tables import answers, attempts, jobs, records, unsent

RESULTS = 500


def list_jobs(core: Core, lane: Lane, *, limit: int = 50, before: int | None = None) -> dict[str, Any]:
    """A connection's jobs, newest first; `before`: only those older than this job."""
    mine = jobs.c.connection_id == lane.id
    page = select(jobs).where(mine).order_by(jobs.c.id.desc()).limit(limit)
    with core.database.read() as db:
        rows = db.execute(page if before is None else page.where(jobs.c.id < before)).mappings().all()
        total = db.execute(select(func.count()).select_from(jobs).where(mine)).scalar_one()
    return {"items": [_describe(row, lane.label) for row in rows], "next": None, "total": total}


def unfinished_job(core: Core, lane: Lane) -> dict[str, Any] | None:
    """The job of a connection that is not at its end, or None (J1)."""
    with core.database.read() as db:
        row = db.execute(_UNFINISHED, {"lane": lane.id}).mappings().first()
    return None if row is None else _describe(row, lane.label)


def show_job(core: Core, job_id: int, *, results: bool = True) -> dict[str, Any]:
    """One job, with up to 500 results, those that did not succeed first."""
    named = labels(core)
    with core.database.read() as db:
        row = db.execute(select(jobs).where(jobs.c.id == job_id)).mappings().first()
        if row is None:
            raise NotFound(f"There is no job {job_id}.", code="job_not_found", fix="Look at the list of jobs.")
        told = _describe(row, named[row["connection_id"]])
        return {**told, "results": _results(db, job_id)} if results else told


def _describe(row: Any, label: str) -> dict[str, Any]:
    def instant(name: str) -> str | None:
        return None if row[name] is None else row[name].isoformat()

    return {
        "id": row["id"],
        "connection": label,
        "trigger": row["trigger"],
        "requested_by": row["requested_by"],
        "state": row["state"],
        "message": row["message"],
        "plan": row["plan_id"],
        "requests": row["locked"],
        "cancelling": row["cancel_requested"] and row["finished_at"] is None,
        "totals": {name: row["totals"].get(name, 0) for name in TOTALS},
        "calls": row["totals"].get("calls", {}),
        "created_at": instant("created_at"),
        "started_at": instant("started_at"),
        "finished_at": instant("finished_at"),
    }


def asked_by(job: Mapping[str, Any]) -> str:
    """Who asked for a job, in words; `job` is as `hub job --json` gives it."""
    who, trigger = job["requested_by"], job["trigger"]
    if trigger == "schedule":
        return "the schedule"
    if who == HUB.name:
        return "the hub, for the books told of a change"
    if who is None:  # a job from before this was kept
        return "a person" if trigger == "manual" else "a program"
    return f"key '{who.removeprefix('key ')}'" if trigger == "api" and who.startswith("key ") else str(who)


_UNFINISHED = select(jobs).where(jobs.c.connection_id == bindparam("lane"), jobs.c.state.in_(UNFINISHED))
_WHO = (records.c.type, records.c.source_id, records.c.title)
_told = answers.alias("told")
_last = select(func.max(_told.c.id)).where(_told.c.attempt_id == attempts.c.id).correlate(attempts).scalar_subquery()
_tried = attempts.alias("tried")  # a request that was sent again is one result, its last
_latest = select(func.max(_tried.c.id)).where(_tried.c.job_id == bindparam("job")).group_by(_tried.c.request_id)
SENT = (
    select(
        attempts.c.request_id,
        attempts.c.operation,
        func.coalesce(answers.c.outcome, "unknown").label("outcome"),
        answers.c.remote_id,
        answers.c.how,
        answers.c.error_class,
        answers.c.error_code,
        answers.c.message,
        answers.c.fix,
        *_WHO,
    )
    .join(records, records.c.id == attempts.c.record_id)
    .outerjoin(answers, answers.c.id == _last)
    .where(attempts.c.id.in_(_latest))
)
LEFT = (
    select(
        unsent.c.request_id,
        unsent.c.operation,
        unsent.c.outcome,
        null().label("remote_id"),
        null().label("how"),
        unsent.c.error_class,
        unsent.c.error_code,
        unsent.c.message,
        unsent.c.fix,
        *_WHO,
    )
    .join(records, records.c.id == unsent.c.record_id)
    .where(unsent.c.job_id == bindparam("job"))
)
WELL = func.coalesce(answers.c.outcome, "unknown").in_(["applied", "adopted"])
_SENT = SENT.order_by(WELL, attempts.c.id).limit(RESULTS)
_LEFT = LEFT.order_by(unsent.c.id).limit(RESULTS)


def _results(db: Connection, job_id: int) -> list[dict[str, Any]]:
    """What was sent and what was not, troubles first."""
    results = [describe_result(row) for query in (_LEFT, _SENT) for row in db.execute(query, {"job": job_id})]
    results.sort(key=lambda result: _ORDER.get(result["outcome"], 0))
    return results[:RESULTS]


_ORDER = {"waiting": 1, "excluded": 2, "applied": 3, "adopted": 3}
"""Troubles come first; what is not named here is one."""


def describe_result(row: Row[Any]) -> dict[str, Any]:
    """What became of one request in a job."""
    error = None
    if row.error_class is not None:
        error = {"class": row.error_class, "code": row.error_code, "message": row.message, "fix": row.fix or ""}
    return {
        "psr": row.request_id,
        "type": row.type,
        "source_id": row.source_id,
        "title": row.title,
        "operation": row.operation,
        "outcome": row.outcome,
        "remote_id": row.remote_id,
        "how": row.how,
        "reason": row.message if error is None else None,
        "error": error,
    }
