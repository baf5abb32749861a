"""pgqueuer on PostgreSQL: jobs claimed and acknowledged in batches of 50, its tables durable."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

NAME = "pgqueuer, PostgreSQL"
NEEDS = "pgqueuer"
HOW = "batches of 1,000 to enqueue, of 50 to take and to acknowledge; durable tables"
BATCH = 50


async def _connect(where: str) -> Any:
    import asyncpg

    return await asyncpg.connect(where)


async def _queries(where: str) -> tuple[Any, Any]:
    from pgqueuer.db import AsyncpgDriver
    from pgqueuer.queries import Queries

    raw = await _connect(where)
    return raw, Queries(AsyncpgDriver(raw))


def prepare(where: str) -> None:
    """Its tables, emptied."""

    async def run() -> None:
        raw, queries = await _queries(where)
        if await queries.schema_is_installed():
            await queries.uninstall()
        await queries.install()
        await raw.close()

    asyncio.run(run())


def enqueue(where: str, texts: Iterable[str]) -> None:
    """A thousand at once."""

    async def run() -> None:
        raw, queries = await _queries(where)
        waiting = [text.encode() for text in texts]
        for at in range(0, len(waiting), 1000):
            some = waiting[at : at + 1000]
            await queries.enqueue(["nothing"] * len(some), some, [0] * len(some))
        await raw.close()

    asyncio.run(run())


def work(where: str, go: Callable[[], None]) -> None:
    """Drain the queue and end."""
    from pgqueuer.db import AsyncpgDriver
    from pgqueuer.models import Job
    from pgqueuer.qm import QueueManager
    from pgqueuer.queries import Queries
    from pgqueuer.types import QueueExecutionMode

    async def run() -> None:
        raw = await _connect(where)
        manager = QueueManager(Queries(AsyncpgDriver(raw)))

        @manager.entrypoint("nothing")
        async def nothing(job: Job) -> None:
            pass

        go()
        await manager.run(dequeue_timeout=timedelta(seconds=0.05), batch_size=BATCH, mode=QueueExecutionMode.drain)

    asyncio.run(run())


def left(where: str) -> int:
    """Jobs that are not acknowledged."""

    async def run() -> int:
        raw = await _connect(where)
        count: int = await raw.fetchval("SELECT count(*) FROM pgqueuer")
        await raw.close()
        return count

    return asyncio.run(run())
