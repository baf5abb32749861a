"""What became of each request in a job, page by page: troubles first, then what waits, then what went well (J3)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, bindparam, func, select

from hub.errors import InvalidInput
from hub.jobs.listing import LEFT, SENT, WELL, describe_result
from hub.queue import Core, read_cursor, write_cursor
from hub.store.tables import attempts, unsent


def _part(rows: Select[Any], id: Any, condition: Any) -> Select[Any]:
    """One part of the list, in order of its ids."""
    further = id > bindparam("after")
    return rows.add_columns(id.label("place")).where(condition, further).order_by(id).limit(bindparam("size"))


_PARTS = (
    _part(LEFT, unsent.c.id, unsent.c.outcome.not_in(["waiting", "excluded"])),
    _part(SENT, attempts.c.id, ~WELL),
    _part(LEFT, unsent.c.id, unsent.c.outcome == "waiting"),
    _part(LEFT, unsent.c.id, unsent.c.outcome == "excluded"),
    _part(SENT, attempts.c.id, WELL),
)
_TOTALS = (
    select(func.count()).select_from(unsent).where(unsent.c.job_id == bindparam("job")),
    select(func.count(attempts.c.request_id.distinct())).where(attempts.c.job_id == bindparam("job")),
)


def list_results(core: Core, job_id: int, *, limit: int = 50, after: str | None = None) -> dict[str, Any]:
    """One page; a request that was sent again is one result, its last.

    Raises:
        InvalidInput: `bad_cursor`.
    """
    limit = max(1, min(limit, 1000))
    part, place = read_cursor(after, int, int) if after else (0, 0)
    if part >= len(_PARTS):
        raise InvalidInput(
            "This cursor is not one the hub gave out.", code="bad_cursor", fix="Start again without a cursor."
        )
    found: list[tuple[int, Any]] = []
    with core.database.read() as db:
        for at in range(part, len(_PARTS)):
            given = {"job": job_id, "after": place if at == part else 0, "size": limit + 1 - len(found)}
            found += [(at, row) for row in db.execute(_PARTS[at], given)]
            if len(found) > limit:
                break
        total = sum(db.execute(query, {"job": job_id}).scalar_one() for query in _TOTALS)
    last = (found[limit - 1][0], found[limit - 1][1].place) if len(found) > limit else None
    return {
        "items": [describe_result(row) for _, row in found[:limit]],
        "next": write_cursor(*last) if last else None,
        "total": total,
    }
