"""Short words for what the tests of schedules and workers do most."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select, update

from hub.app import Hub, open_hub
from hub.store.tables import jobs, slots

ACME = "acme/mock"
START = datetime(2026, 5, 4, 10, 7, 31, tzinfo=UTC)


def make_hub(url: str, now: Callable[[], datetime] | None = None) -> Hub:
    return open_hub(url, now=now or (lambda: datetime.now(UTC)))


def finish_jobs(hub: Hub) -> None:
    with hub.database.write(None) as db:
        db.execute(update(jobs).values(state="completed"))


def taken(hub: Hub) -> list[str]:
    with hub.database.read() as db:
        return list(db.execute(select(slots.c.slot).order_by(slots.c.slot)).scalars())


def count_jobs(hub: Hub) -> int:
    return len(hub.jobs(ACME, limit=500)["items"])


def wait_for(done: Callable[[], Any], seconds: float = 20) -> Any:
    end = time.monotonic() + seconds
    while not (result := done()) and time.monotonic() < end:
        time.sleep(0.02)
    return result
