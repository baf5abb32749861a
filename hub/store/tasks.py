"""Procrastinate's tables in a PostgreSQL hub, and our one task in them: handed out in the transaction of its job."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from hub.errors import StoreProblem

if TYPE_CHECKING:
    from procrastinate import App

QUEUE, TASK = "hub", "hub.run_job"
SILENT = 30.0
"""Seconds without a sign of life after which Procrastinate's workers count as dead; they give one every 10."""

_NOTE = "Set up for accounting-hub, up to "
_STANDS = text("SELECT t IS NOT NULL, obj_description(t) FROM to_regclass('procrastinate_jobs') AS t")
_ANNOUNCED = text(
    "SELECT CAST(args ->> 'job_id' AS bigint) FROM procrastinate_jobs WHERE queue_name = :queue AND status = 'todo'"
)
_FORGET = text(
    "DELETE FROM procrastinate_jobs WHERE queue_name = :queue AND status <> 'todo' AND (status <> 'doing' OR NOT EXISTS"
    " (SELECT FROM procrastinate_workers w WHERE w.id = worker_id"
    " AND w.last_heartbeat > now() - make_interval(secs => :silent)))"
)


def steps_missing(db: Connection, where: str) -> list[Path]:
    """The SQL files that bring Procrastinate's tables to the installed release, in order; none when they are there.

    The table's comment tells how far they are: only the files of a release know what it needs. Tables that somebody
    else has set up stay that one's affair.

    Raises:
        StoreProblem: `newer_database` when a later release has set them up.
    """
    if find_spec("procrastinate") is None:
        return []
    from procrastinate.schema import SchemaManager

    steps = sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))
    stands, comment = db.execute(_STANDS).one()
    if not stands:
        return steps
    if not (comment or "").startswith(_NOTE):
        return []
    last = comment.removeprefix(_NOTE)
    if last > steps[-1].name:
        raise StoreProblem(
            f"The task queue in the database {where} was set up by a newer release of Procrastinate.",
            code="newer_database",
            fix="Upgrade accounting-hub[postgres], or name another database.",
            details={"schema": last},
        )
    return [step for step in steps if step.name > last]


def take_steps(db: Connection, steps: list[Path]) -> None:
    """Take these steps, inside the caller's transaction."""
    from procrastinate.schema import SchemaManager

    whole = steps[0].name.startswith("00.00.00")
    for script in [SchemaManager.get_schema()] if whole else [step.read_text("utf-8") for step in steps]:
        db.exec_driver_sql(script, execution_options={"no_parameters": True})
    db.exec_driver_sql(f"COMMENT ON TABLE procrastinate_jobs IS '{_NOTE}{steps[-1].name}'")


def hand_out(db: Connection, job_id: int) -> None:
    """Tell the workers of a job, inside the caller's transaction: they hear of it when that commits, and not before.

    Raises:
        StoreProblem: `task_queue_missing` when Procrastinate is not installed.
    """
    app = _app()
    from procrastinate.exceptions import ConnectorException

    raw: Any = db.connection.driver_connection
    try:
        app.configure_task(TASK, queue=QUEUE, connection=raw).defer(job_id=job_id)
    except ConnectorException as fault:
        cause = fault.__cause__ or fault
        raise DBAPIError("defer", None, cause, connection_invalidated=raw.closed) from fault


def hand_out_again(db: Connection, waiting: Iterable[int]) -> list[int]:
    """Hand out those of the waiting jobs of which no task tells, and remove what dead workers left; which they were."""
    db.execute(_FORGET, {"queue": QUEUE, "silent": SILENT})
    announced = set(db.execute(_ANNOUNCED, {"queue": QUEUE}).scalars())
    silent = [job_id for job_id in waiting if job_id not in announced]
    for job_id in silent:
        hand_out(db, job_id)
    return silent


def need_procrastinate() -> None:
    """StoreProblem `task_queue_missing` unless Procrastinate is installed."""
    if find_spec("procrastinate") is None:
        raise StoreProblem(
            "On PostgreSQL, jobs reach their workers through Procrastinate, which is not installed.",
            code="task_queue_missing",
            fix="Install accounting-hub[postgres], then run `hub init`.",
        )


def hush() -> None:
    """What Procrastinate and its pool log is told by the hub in its own words; unless debugging, they say nothing."""
    if logging.getLogger().level > logging.DEBUG:
        for name in ("procrastinate", "psycopg.pool"):
            logging.getLogger(name).setLevel(logging.CRITICAL)


@cache
def _app() -> App:
    need_procrastinate()
    from procrastinate import App, PsycopgConnector

    hush()
    return App(connector=PsycopgConnector())
