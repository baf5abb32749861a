"""Pages of a queue of a million requests: random filters and orders, first pages and later ones."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from statistics import median, quantiles
from time import perf_counter
from typing import Any

from sqlalchemy import text

from hub.app import Hub
from hub.queue.paging import SORTS
from hub.store.rows import NewRows
from hub.store.tables import records, requests

TYPES = ("customer", "item", "ship_doc", "receiver", "payment")
OPERATIONS = ("create", "create", "create", "update", "delete")
STATES = ("waiting", "waiting", "waiting", "held", "unknown")
ERRORS = (None, None, None, None, "conflict", "validation", "transient", "unknown_outcome")
SLICE = 20_000


def fill(hub: Hub, company: str, connection: str, count: int) -> None:
    """So many requests of every kind, as rows: what matters here is only how they are found."""
    lane, dice, now = hub.lane(connection).id, random.Random(1), datetime.now(UTC)
    new_records = NewRows(records, "id", "company_id", "type", "source_id", "title", "fully_recorded", "prevented",
                          "deleted", "revision", "payload", "updated_at")  # fmt: skip
    new = NewRows(requests, "connection_id", "record_id", "type", "source_id", "title", "operation", "removal",
                  "origin", "state", "confirmed", "attempts", "error_class", "error_count", "generation", "rank",
                  "date", "amount", "queued_at")  # fmt: skip
    for start in range(1, count + 1, SLICE):
        rows = []
        for id in range(start, min(start + SLICE, count + 1)):
            operation, type = dice.choice(OPERATIONS), dice.choice(TYPES)
            rows.append({
                "id": id, "company_id": company, "fully_recorded": True, "prevented": False, "deleted": False,
                "revision": 1, "payload": "{}", "updated_at": now, "connection_id": lane, "record_id": id,
                "type": type, "source_id": f"S{id}", "title": f"INV-{dice.randrange(10**7)}", "operation": operation,
                "removal": operation == "delete", "origin": "saved", "state": dice.choice(STATES), "confirmed": False,
                "attempts": dice.randrange(6), "error_class": dice.choice(ERRORS), "error_count": 0, "generation": 1,
                "rank": 10, "date": now.date(), "amount": dice.randrange(10**6), "queued_at": now,
            })  # fmt: skip
        with hub.core.database.write(company) as db:
            new_records.write(db, rows)
            new.write(db, rows)
    if not hub.core.database.is_sqlite:
        with hub.core.database.engine.connect() as db:
            db.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM ANALYZE requests"))


def looks(hub: Hub, connection: str, count: int) -> list[float]:
    """Milliseconds of `count` pages: each a random filter and order, followed to a random later page now and then."""
    dice, times = random.Random(2), []
    while len(times) < count:
        chosen: dict[str, Any] = {}
        for name, values in (("type", TYPES), ("operation", OPERATIONS), ("state", STATES), ("error", ERRORS[4:])):
            if dice.random() < 0.4:
                chosen[name] = dice.choice(values)
        if dice.random() < 0.3:
            chosen["failed"] = dice.random() < 0.5
        sort = dice.choice(("", "-")) + dice.choice(list(SORTS))
        after = None
        for _ in range(dice.choice((1, 1, 2, 5))):
            begun = perf_counter()
            page = hub.queue(connection, sort=sort, limit=50, after=after, **chosen)
            times.append((perf_counter() - begun) * 1000)
            after = page["next"]
            if after is None:
                break
    return times


def told(times: list[float]) -> str:
    """Median, 95th percentile and the slowest."""
    return f"{median(times):.1f} ms, p95 {quantiles(times, n=20)[-1]:.1f} ms, slowest {max(times):.0f} ms"
