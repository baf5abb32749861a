"""Figures for Prometheus: those of the database, read when asked for, and those of this process's own requests.

Queue, jobs and webhooks are the database's: of several processes each shows the same ones, whoever did the work.
Requests over HTTP are those that this process has answered.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub.app import Hub
from hub.errors import HubError
from hub.jobs.create import TOTALS

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_FAST = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_LONG = (1, 5, 15, 60, 300, 900, 3600, 14_400)


class Metrics:
    """Everything that is shown, in a registry of its own."""

    def __init__(self, hub: Hub) -> None:
        registry = self.registry = CollectorRegistry(auto_describe=False)
        self.requests = Counter(
            "hub_http_requests", "Requests answered by this process.", ("method", "route", "status"), registry=registry
        )
        self.seconds = Histogram(
            "hub_http_request_seconds", "Seconds until an answer began.", ("method", "route"), buckets=_FAST,
            registry=registry,
        )  # fmt: skip
        self._jobs = _Jobs(hub, registry)
        self._jobs.look()  # from here on jobs are counted, whenever somebody first asks for the figures
        registry.register(_Standing(hub))

    def text(self) -> bytes:
        """The figures of this moment, as Prometheus reads them."""
        self._jobs.look()
        return generate_latest(self.registry)


class _Standing:
    """Collects how the database stands at the moment it is asked."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def collect(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("hub_up", "Whether the database answers.")
        try:
            standing = self._hub.standing()
        except HubError:
            up.add_metric((), 0)
            yield up
            return
        up.add_metric((), 1)
        yield up
        queue = GaugeMetricFamily("hub_queue_requests", "Requests in the queue.", labels=("connection", "state"))
        for (connection, state), number in sorted(standing.queue.items()):
            queue.add_metric((connection, state), number)
        yield queue
        words = "Seconds that the oldest request has been in the queue."
        oldest = GaugeMetricFamily("hub_queue_oldest_seconds", words, labels=("connection",))
        paused = GaugeMetricFamily(
            "hub_connection_paused", "Whether it asks to be connected again.", labels=("connection",)
        )
        for connection, seconds in sorted(standing.oldest.items()):
            oldest.add_metric((connection,), seconds)
            paused.add_metric((connection,), float(standing.paused[connection]))
        yield oldest
        yield paused
        yield from _webhooks(standing.webhooks)


def _webhooks(found: list[tuple[str, str, int, int]]) -> Iterator[Metric]:
    number: dict[tuple[str, str], int] = {}
    tries: dict[tuple[str, str], int] = {}
    for company, state, taken, failed in found:
        number[company, state] = number.get((company, state), 0) + 1
        for outcome, count in (("taken", taken), ("failed", failed)):
            tries[company, outcome] = tries.get((company, outcome), 0) + count
    hooks = GaugeMetricFamily("hub_webhooks", "Webhooks by state.", labels=("company", "state"))
    for labels, count in sorted(number.items()):
        hooks.add_metric(labels, count)
    yield hooks
    deliveries = CounterMetricFamily("hub_webhook_deliveries", "Tries to deliver.", labels=("company", "outcome"))
    for labels, count in sorted(tries.items()):
        deliveries.add_metric(labels, count)
    yield deliveries


class _Jobs:
    """Counts the jobs that end from the time this process began, on whichever machine they ran; each once."""

    def __init__(self, hub: Hub, registry: CollectorRegistry) -> None:
        self._hub, self._lock = hub, threading.Lock()
        self._after: int | None = None
        self._open: set[int] = set()
        connection = ("connection",)
        self._ended = Counter(
            "hub_jobs", "Jobs that ended, by what came of them.", (*connection, "trigger", "state"), registry=registry
        )
        self._seconds = Histogram("hub_job_seconds", "How long jobs ran.", connection, buckets=_LONG, registry=registry)
        self._outcomes = Counter(
            "hub_attempts", "What became of requests in jobs that ended.", (*connection, "outcome"), registry=registry
        )
        self._calls = Counter(
            "hub_books_calls", "Calls to the books in jobs that ended.", (*connection, "kind"), registry=registry
        )

    def look(self) -> None:
        """Take up what ended since the last look; what cannot be read now is read the next time."""
        with self._lock:
            try:
                if self._after is None:
                    newest, unfinished = self._hub.newest_job()
                    self._after, self._open = newest, set(unfinished)
                rows = self._hub.jobs_since(self._after, self._open)
            except HubError:
                return
            for row in rows:
                self._after = max(self._after, row.id)
                if row.finished_at is None:
                    self._open.add(row.id)
                else:
                    self._open.discard(row.id)
                    self._count(row)

    def _count(self, row: Any) -> None:
        self._ended.labels(row.connection, row.trigger, row.state).inc()
        if row.started_at is not None:
            self._seconds.labels(row.connection).observe((row.finished_at - row.started_at).total_seconds())
        for outcome in TOTALS:
            self._outcomes.labels(row.connection, outcome).inc(row.totals.get(outcome, 0))
        for kind, count in row.totals.get("calls", {}).items():
            self._calls.labels(row.connection, kind).inc(count)


class Measured:
    """Counts each request under the template of its route, never under what somebody wrote into an address."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, and look at the clock when the answer begins."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = time.perf_counter()

        async def measured(message: Message) -> None:
            if message["type"] == "http.response.start":
                method = scope["method"] if scope["method"] in _METHODS else "other"
                route = _route(scope)
                self._metrics.requests.labels(method, route, str(message["status"])).inc()
                self._metrics.seconds.labels(method, route).observe(time.perf_counter() - begun)
            await send(message)

        await self._app(scope, receive, measured)


def _route(scope: Scope) -> str:
    path = getattr(scope.get("route"), "path", None)
    return "other" if path is None else f"{scope.get('root_path', '')}{path}"
