"""The errors of a queue, each once: how many requests it stops, what they come to, one example, and the fix (C9)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, literal_column, select

from hub.queue.core import Core, Lane
from hub.queue.listing import amount_words, describe
from hub.queue.paging import RUNS, Filter
from hub.store.among import among
from hub.store.tables import requests

MOST_READ = 20_000
_ONE = (
    select(requests)
    .where(
        requests.c.connection_id == bindparam("connection_id"),
        requests.c.state == bindparam("state"),
        requests.c.type == bindparam("type"),
        requests.c.operation == bindparam("operation"),
        requests.c.error_class == bindparam("error"),
        func.coalesce(requests.c.error_class, literal_column("''")) == bindparam("error"),
    )
    .limit(1)
)


def list_troubles(core: Core, lane: Lane, chosen: Filter) -> list[dict[str, Any]]:
    """Requests with an error, by its class and code, the most frequent first.

    It reads those that have an error and that the filter lets through; where they are too many for that, they are told
    by class alone, from the counts that the database keeps, and without totals.
    """
    grouped = (requests.c.error_class, requests.c.error_code)
    columns = (*grouped, requests.c.currency, func.count(), func.sum(requests.c.amount), func.min(requests.c.id))
    failed = (requests.c.connection_id == lane.id, requests.c.error_class.is_not(None), *chosen.conditions())
    with core.database.read() as db:
        runs = [run for run in db.execute(RUNS, {"lane": lane.id}) if run.error and chosen.lets_through(run)]
        if sum(run.number for run in runs) > MOST_READ and not chosen.narrows_runs:
            return _by_class(db, lane, runs)
        rows = db.execute(select(*columns).where(*failed).group_by(*grouped, requests.c.currency)).all()
        examples = [row[5] for row in rows]
        found = db.execute(select(requests).where(among(requests.c.id, "ids")), {"ids": examples}).mappings()
        shown = {row["id"]: describe(row, lane.label) for row in found}
    groups: dict[tuple[str, str | None], dict[str, Any]] = {}
    for error, code, currency, count, amount, example in rows:
        new = {"class": error, "code": code, "count": 0, "totals": [], "example": shown[example]}
        group = groups.setdefault((error, code), new)
        group["count"] += count
        if amount is not None:
            total = {"currency": currency, "count": count, "amount": amount_words(amount, currency)}
            group["totals"].append(total)
    return _frequent_first(groups.values())


def _by_class(db: Connection, lane: Lane, runs: Sequence[Row[Any]]) -> list[dict[str, Any]]:
    first: dict[str, Row[Any]] = {}
    counts: Counter[str] = Counter()
    for run in runs:
        first.setdefault(run.error, run)
        counts[run.error] += run.number
    groups: list[dict[str, Any]] = []
    for error, run in first.items():
        row = db.execute(_ONE, dict(run._mapping)).mappings().first()
        if row is not None:
            shown = describe(row, lane.label)
            groups.append({"class": error, "code": None, "count": counts[error], "totals": [], "example": shown})
    return _frequent_first(groups)


def _frequent_first(groups: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(groups, key=lambda group: (-group["count"], group["class"], group["code"] or ""))
