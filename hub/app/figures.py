"""Figures for those who watch the hub: how it stands, in a few cheap statements, whatever the size of the queue."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, func, select

from hub.app.wiring import Wiring
from hub.errors import HubError, StoreProblem
from hub.jobs.lease import UNFINISHED
from hub.store.migrate import is_current
from hub.store.people import webhooks
from hub.store.tables import connections, jobs, queue_counts, requests

_LABEL = (connections.c.company_id + "/" + connections.c.name).label("connection")
_QUEUE = (
    select(_LABEL, queue_counts.c.state, func.sum(queue_counts.c.number).label("number"))
    .join(connections, connections.c.id == queue_counts.c.connection_id)
    .group_by(_LABEL, queue_counts.c.state)
)
_first = (
    select(requests.c.queued_at)
    .where(requests.c.connection_id == connections.c.id)
    .order_by(requests.c.queued_at, requests.c.id)
    .limit(1)
    .correlate(connections)
    .scalar_subquery()
)
_OLDEST = select(_LABEL, connections.c.paused_reason, _first.label("since"))
_WEBHOOKS = select(
    webhooks.c.company_id, webhooks.c.disabled_at, webhooks.c.failures, webhooks.c.delivered, webhooks.c.failed
)
_JOB = (jobs.c.id, _LABEL, jobs.c.trigger, jobs.c.state, jobs.c.totals, jobs.c.started_at, jobs.c.finished_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How the database stands.

    Attributes:
        queue: by connection and state, how many requests.
        oldest: by connection, for how many seconds its oldest request has been in the queue; 0 without any.
        paused: by connection, whether it is.
        webhooks: company, state, tries that were taken, and that were not, of each webhook.
    """

    queue: dict[tuple[str, str], int]
    oldest: dict[str, float]
    paused: dict[str, bool]
    webhooks: list[tuple[str, str, int, int]]


class FigureCalls(Wiring):
    """What health checks and Prometheus ask."""

    def not_ready(self) -> HubError | None:
        """Why nothing can be done at this moment: the database does not answer, or its tables are another version's."""
        try:
            if is_current(self.database):
                return None
        except HubError as fault:
            return fault
        return StoreProblem(
            "The tables of the database are not those of this version.",
            code="schema_not_current",
            fix="Run `hub init`.",
        )

    def standing(self) -> Standing:
        """The figures of this moment."""
        now = self.core.now()
        with self.database.read() as db:
            queue = {(row.connection, row.state): int(row.number) for row in db.execute(_QUEUE)}
            rows = db.execute(_OLDEST).all()
            hooks = db.execute(_WEBHOOKS).all()
        return Standing(
            queue=queue,
            oldest={row.connection: (now - row.since).total_seconds() if row.since else 0.0 for row in rows},
            paused={row.connection: row.paused_reason is not None for row in rows},
            webhooks=[
                (row.company_id, "disabled" if row.disabled_at else "failing" if row.failures else "active",
                 row.delivered, row.failed)
                for row in hooks
            ],
        )  # fmt: skip

    def newest_job(self) -> tuple[int, list[int]]:
        """The id of the newest job, and of those that are not finished."""
        with self.database.read() as db:
            newest: int = db.execute(select(func.coalesce(func.max(jobs.c.id), 0))).scalar_one()
            return newest, list(db.execute(select(jobs.c.id).where(jobs.c.state.in_(UNFINISHED))).scalars())

    def jobs_since(self, after: int, known: Collection[int]) -> list[Row[Any]]:
        """The jobs created after that one, and those that were known to be unfinished."""
        query = (
            select(*_JOB)
            .join(connections, connections.c.id == jobs.c.connection_id)
            .where((jobs.c.id > after) | jobs.c.id.in_(known))
            .order_by(jobs.c.id)
        )
        with self.database.read() as db:
            return list(db.execute(query))
