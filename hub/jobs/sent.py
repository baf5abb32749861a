"""What jobs brought into the books and took out of them, newest first, paged by key over what indexes hold (X5)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, exists, literal_column, select

from hub.errors import InvalidInput
from hub.queue import Core, Lane
from hub.queue.listing import amount_words
from hub.store.among import among
from hub.store.tables import answers, attempts, jobs, records

JOBS = 50
"""So many jobs that sent something are looked into at once."""
DONE = ("applied", "adopted")

_removal = attempts.c.operation == literal_column("'delete'")  # spelt out, as in the index that holds only these
_taken = exists().where(answers.c.attempt_id == attempts.c.id, answers.c.outcome.in_(DONE))
_ROWS = (
    select(attempts.c.id, attempts.c.request_id, attempts.c.operation, attempts.c.job_id, answers.c.remote_id,
           answers.c.how, answers.c.at, records.c.type, records.c.source_id, records.c.title, records.c.amount,
           records.c.currency)
    .join(records, records.c.id == attempts.c.record_id)
    .join(answers, answers.c.attempt_id == attempts.c.id)
    .where(among(attempts.c.id, "ids"), answers.c.outcome.in_(DONE))
)  # fmt: skip


def list_sent(
    core: Core, lane: Lane, *, removed: bool = False, since: datetime | None = None, limit: int = 50,
    after: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    """One page of what the books took, or with `removed` of what was taken out of them; `next` is a cursor or None.

    Raises:
        InvalidInput: `bad_cursor`.
    """
    job, place = _read_cursor(after) if after else (None, None)
    limit = max(1, min(limit, 1000))
    with core.database.read() as db:
        found = (
            _removals(db, lane, since, limit + 1, place) if removed else _writes(db, lane, since, limit + 1, job, place)
        )
        by_id = {row["id"]: row for row in db.execute(_ROWS, {"ids": found[:limit]}).mappings()}
    rows = [by_id[id] for id in found[:limit]]
    more = f"{rows[-1]['job_id']}-{rows[-1]['id']}" if len(found) > limit else None
    return {"items": [_describe(row, lane.label) for row in rows], "next": more}


def _removals(db: Connection, lane: Lane, since: datetime | None, size: int, place: int | None) -> Sequence[int]:
    """By the index that holds nothing but removals."""
    these = [attempts.c.connection_id == lane.id, _removal, _taken, *_since(since)]
    these += [attempts.c.id < place] if place else []
    return db.execute(select(attempts.c.id).where(*these).order_by(attempts.c.id.desc()).limit(size)).scalars().all()


def _writes(
    db: Connection, lane: Lane, since: datetime | None, size: int, job: int | None, place: int | None
) -> Sequence[int]:
    """Job by job, newest first: what a job sent stands together in an index."""
    found: list[int] = []
    if job is not None:
        found += _of_job(db, job, size, place)
    while len(found) < size:
        some = _jobs(db, lane, since, job)
        for job in some:
            found += _of_job(db, job, size - len(found), None)
            if len(found) >= size:
                return found
        if len(some) < JOBS:
            return found
    return found


def _jobs(db: Connection, lane: Lane, since: datetime | None, before: int | None) -> Sequence[int]:
    these: list[ColumnElement[bool]] = [jobs.c.connection_id == lane.id]
    these.append(exists().where(attempts.c.job_id == jobs.c.id))
    these += [jobs.c.id < before] if before is not None else []
    these += [jobs.c.finished_at.is_(None) | (jobs.c.finished_at >= since)] if since else []
    return db.execute(select(jobs.c.id).where(*these).order_by(jobs.c.id.desc()).limit(JOBS)).scalars().all()


def _of_job(db: Connection, job: int, size: int, place: int | None) -> Sequence[int]:
    these = [attempts.c.job_id == job, ~_removal, _taken]
    these += [attempts.c.id < place] if place else []
    return db.execute(select(attempts.c.id).where(*these).order_by(attempts.c.id.desc()).limit(size)).scalars().all()


def _since(since: datetime | None) -> list[ColumnElement[bool]]:
    return [] if since is None else [attempts.c.at >= since]


def _describe(row: Any, connection: str) -> dict[str, Any]:
    return {
        "id": row["id"],
        "connection": connection,
        "psr": row["request_id"],
        "type": row["type"],
        "source_id": row["source_id"],
        "title": row["title"],
        "operation": row["operation"],
        "amount": amount_words(row["amount"], row["currency"]),
        "currency": row["currency"],
        "remote_id": row["remote_id"],
        "how": row["how"],
        "at": row["at"].isoformat(),
        "job": row["job_id"],
    }


def _read_cursor(text: str) -> tuple[int, int]:
    job, _, place = text.partition("-")
    if not all(part.isascii() and part.isdigit() and len(part) < 19 for part in (job, place)):
        raise InvalidInput(
            "This cursor is not one the hub gave out.", code="bad_cursor", fix="Start again without a cursor."
        )
    return int(job), int(place)
