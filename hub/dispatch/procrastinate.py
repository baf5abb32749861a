"""Runs what Procrastinate's tasks tell of, as long as wanted, however often the database goes away in between.

Its own locks and retries stay unused: who runs a job is decided by the job's lease, and what was not told, or told to a
process that died, is handed out again by a sweep on every machine.
"""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.worker import Worker
from psycopg import Error

from hub.dispatch.port import Work
from hub.errors import HubError, StoreUnreachable
from hub.store import Database, tasks

SWEEP = 15.0
POLL = 2.0
"""Seconds between two looks of Procrastinate's own, for what is announced while it begins to listen."""
AWAY = 1.0
TURN = "(tasks)"
"""Sweeping machines take turns, so that one job is not handed out again by each; no company can have this id."""


def serve(database: Database, work: Work, stop: threading.Event) -> None:
    """Run jobs until `stop` is set, then finish those at hand."""
    # The jobs' own threads outlive a session with the database: a job rests while that is away, and then goes on.
    with ThreadPoolExecutor(work.workers, "hub-job") as pool:
        asyncio.run(_serve(database, work, stop, pool))


async def _serve(database: Database, work: Work, stop: threading.Event, pool: ThreadPoolExecutor) -> None:
    asyncio.get_running_loop().set_exception_handler(lambda *_: None)  # told as trouble, or of no consequence
    while not stop.is_set():
        if await asyncio.to_thread(sweep, database, work):
            try:
                await _session(database, work, stop, pool)
            except Exception as fault:
                lost = isinstance(fault, ConnectorException | Error)
                work.trouble(_broken(database.name, fault) if lost else fault)
        if not stop.is_set():
            await asyncio.sleep(AWAY)


async def _session(database: Database, work: Work, stop: threading.Event, pool: ThreadPoolExecutor) -> None:
    """Take jobs until `stop` is set or the database goes away."""
    _, address = database.engine.dialect.create_connect_args(database.engine.url)
    app = App(connector=PsycopgConnector(kwargs=address, min_size=1, max_size=2, timeout=3))

    @app.task(name=tasks.TASK, queue=tasks.QUEUE)
    async def run_job(job_id: int) -> None:
        await asyncio.get_running_loop().run_in_executor(pool, work.run, job_id)

    async with app.open_async():
        worker = _Worker(
            app=app,
            queues=[tasks.QUEUE],
            concurrency=work.workers,
            delete_jobs="always",
            fetch_job_polling_interval=POLL,
            stalled_worker_timeout=tasks.SILENT,
            install_signal_handlers=False,
            shutdown_graceful_timeout=0,  # the pool finishes what is at hand
        )
        taking = asyncio.create_task(worker.run())
        others = [asyncio.create_task(_sweeping(database, work)), asyncio.create_task(_until(stop))]
        await asyncio.wait([taking, *others], return_when=asyncio.FIRST_COMPLETED)
        for other in others:
            other.cancel()
        worker.stop()
        await taking


def sweep(database: Database, work: Work) -> bool:
    """Hand out again what waits and is not told of; False while the database is away."""
    waiting = work.look()
    if waiting is None:
        return False
    try:
        with database.write(TURN) as db:
            tasks.hand_out_again(db, waiting)
    except HubError as fault:
        work.trouble(fault)
        return False
    return True


async def _sweeping(database: Database, work: Work) -> None:
    """Sweep every so often, for as long as the database answers."""
    pause = work.pause or min(SWEEP, work.lease / 4)
    while True:
        await asyncio.sleep(pause)
        if not await asyncio.to_thread(sweep, database, work):
            return


async def _until(stop: threading.Event) -> None:
    while not stop.is_set():
        await asyncio.sleep(0.1)


def _broken(where: str, fault: Exception) -> StoreUnreachable:
    return StoreUnreachable(
        f"The connection to the database {where} broke.",
        code="connection_lost",
        fix="Nothing needs to be done: the worker goes on once it is back.",
        details={"database": " ".join(str(fault.__cause__ or fault).split())},
    )


class _Worker(Worker):
    """Procrastinate's worker, which stops when its listener or its heartbeat fails.

    In 3.10 it watches them only until the first of its side tasks ends, and without periodic tasks the one for these
    ends at once; a listener that died would then go unnoticed.
    """

    async def _periodic_deferrer(self) -> None:
        await asyncio.Event().wait()
