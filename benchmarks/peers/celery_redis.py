"""Celery with Redis, appendfsync always; each task acknowledged singly once it ran (acks_late), 50 fetched ahead."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

NAME = "Celery, Redis"
NEEDS = "celery"
HOW = "appendfsync always; one command each to enqueue, to take and, after it ran, to acknowledge"


def _app(where: str) -> tuple[Any, Any]:
    from celery import Celery

    app = Celery("bench", broker=where)
    app.conf.update(
        task_ignore_result=True,
        task_acks_late=True,
        worker_prefetch_multiplier=50,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        broker_connection_retry_on_startup=True,
        worker_send_task_events=False,
    )

    @app.task(name="nothing")
    def nothing(text: str) -> None:
        pass

    return app, nothing


def _redis(where: str) -> Any:
    import redis

    return redis.Redis.from_url(where)


def prepare(where: str) -> None:
    """An empty Redis."""
    _redis(where).flushall()


def enqueue(where: str, texts: Iterable[str]) -> None:
    """Celery knows no batches."""
    app, nothing = _app(where)
    with app.connection_for_write() as connection, app.amqp.Producer(connection) as producer:
        for text in texts:
            nothing.apply_async((text,), producer=producer)


def work(where: str, go: Callable[[], None]) -> None:
    """A worker in this process that stops by itself when nothing is left."""
    from celery.signals import worker_init
    from celery.worker import state

    app, _ = _app(where)
    arguments = ["worker", "--pool=solo", "--concurrency=1", "--loglevel=CRITICAL", "--without-gossip",
                 "--without-mingle", "--without-heartbeat", f"--hostname=w{time.time_ns()}"]  # fmt: skip

    def watch() -> None:
        while left(where):
            time.sleep(0.02)
        state.should_stop = 0

    @worker_init.connect(weak=False)
    def ready(**_: Any) -> None:
        go()
        threading.Thread(target=watch, daemon=True).start()

    app.worker_main(arguments)


def left(where: str) -> int:
    """Tasks in the list, and those that were taken and not acknowledged."""
    redis = _redis(where)
    return int(redis.llen("celery")) + int(redis.hlen("unacked"))
