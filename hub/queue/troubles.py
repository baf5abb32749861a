"""The errors of a queue, each once: how many requests it stops, what they come to, one example, and the fix (C9)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from hub.queue.core import Core, Lane
from hub.queue.listing import amount_words, describe
from hub.queue.paging import Filter
from hub.store.among import among
from hub.store.tables import requests


def list_troubles(core: Core, lane: Lane, chosen: Filter) -> list[dict[str, Any]]:
    """Requests with an error, by its class and code, the most frequent first.

    It reads every request that has an error and that the filter lets through; those without are not touched.
    """
    grouped = (requests.c.error_class, requests.c.error_code)
    columns = (*grouped, requests.c.currency, func.count(), func.sum(requests.c.amount), func.min(requests.c.id))
    failed = (requests.c.connection_id == lane.id, requests.c.error_class.is_not(None), *chosen.conditions())
    with core.database.read() as db:
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
    return sorted(groups.values(), key=lambda group: (-group["count"], group["class"], group["code"] or ""))
