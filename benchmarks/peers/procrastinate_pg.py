"""Procrastinate on PostgreSQL: a claim and an acknowledgement of its own for each task, ten at once in one process."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Any

NAME = "Procrastinate, PostgreSQL"
NEEDS = "procrastinate"
HOW = "batches of 1,000 to enqueue; one statement each to take and to acknowledge, ten at once"
AT_ONCE = 10


def _app(connector: Any) -> tuple[Any, Any]:
    import procrastinate

    logging.getLogger("procrastinate").setLevel(logging.ERROR)
    app = procrastinate.App(connector=connector)

    @app.task(name="nothing", queue="bench")
    async def nothing(text: str) -> None:
        pass

    return app, nothing


def _sync(where: str) -> tuple[Any, Any]:
    import procrastinate

    return _app(procrastinate.SyncPsycopgConnector(conninfo=where))


def prepare(where: str) -> None:
    """Its tables, emptied."""
    import psycopg

    with psycopg.connect(where, autocommit=True) as db:
        there = db.execute("SELECT to_regclass('procrastinate_jobs') IS NOT NULL").fetchone()
        if there and there[0]:
            db.execute("TRUNCATE procrastinate_jobs, procrastinate_events RESTART IDENTITY CASCADE")
            return
    app, _ = _sync(where)
    with app.open():
        app.schema_manager.apply_schema()


def enqueue(where: str, texts: Iterable[str]) -> None:
    """A thousand at once."""
    app, nothing = _sync(where)
    waiting = [{"text": text} for text in texts]
    with app.open():
        for at in range(0, len(waiting), 1000):
            nothing.batch_defer(*waiting[at : at + 1000])


def work(where: str, go: Callable[[], None]) -> None:
    """Drain the queue and end."""
    import procrastinate

    app, _ = _app(procrastinate.PsycopgConnector(conninfo=where, min_size=2, max_size=AT_ONCE + 2))
    go()
    app.run_worker(
        wait=False, concurrency=AT_ONCE, listen_notify=False, delete_jobs="never", install_signal_handlers=False
    )


def left(where: str) -> int:
    """Jobs that are not acknowledged."""
    import psycopg

    with psycopg.connect(where) as db:
        row = db.execute("SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing')").fetchone()
        return int(row[0]) if row else 0
