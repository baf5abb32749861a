"""The database server is stopped, or killed, under running workers: they say so once, and go on when it is back."""

from __future__ import annotations

import os
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from hub.app import open_hub
from hub.testing.scratch import Scratch
from hub.triggers import run_worker
from tests.integration.machines.plant import wait_for
from tests.stores import MEMORY, query, start_server

pytestmark = pytest.mark.postgres


class Server:
    """A server of this test alone, which may be stopped."""

    def __init__(self, folder: Path) -> None:
        self.own = start_server(folder)
        self.url: str = self.own.get_uri("postgres")

    def stop(self) -> None:
        self.own.stop()

    def kill(self) -> None:
        pid = self.own.get_pid()
        os.kill(pid, signal.SIGKILL)
        with suppress(ChildProcessError):  # ours, where an earlier test made this process adopt orphans
            os.waitpid(pid, 0)
        time.sleep(0.3)  # its own processes see that and end

    def start(self) -> None:
        wait_for(self._started)

    def _started(self) -> bool:
        try:
            self.own.start()
            query(self.url, "SELECT 1 AS x")
        except Exception:  # the old one is not quite gone, or the new one still mends what that left
            time.sleep(0.2)
            return False
        return True


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    folder = Path(MEMORY or tmp_path) / f"pg-restarts-{os.getpid()}"
    folder.mkdir()
    server = Server(folder)
    yield server
    server.start()
    server.own.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.slow
def test_workers_survive_a_server_that_is_stopped_and_one_that_is_killed(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUB_SECRET_KEY", "not so secret")
    scratch = Scratch(tmp_path, server.url)
    monkeypatch.setattr("hub.dispatch.procrastinate.POLL", 3600)  # a sweep alone starts nothing: it must be told
    stop, sending, go_on = threading.Event(), threading.Event(), threading.Event()

    def reach(point: str) -> None:
        if point == "after-send" and not sending.is_set():
            sending.set()
            go_on.wait(30)

    def ended(job: int) -> bool:
        return bool(scratch.hub.job(job)["finished_at"])

    hub = open_hub(server.url, data_dir=tmp_path, reach=reach, lease_seconds=20)
    worker = threading.Thread(target=run_worker, args=(hub,), kwargs={"stop": stop, "poll": 5})
    with capture_logs() as logs:
        worker.start()
        scratch.customer()
        job = scratch.hub.request_job(scratch.connection)
        assert sending.wait(30)
        server.stop()  # in the middle of a job
        go_on.set()
        wait_for(lambda: _told(logs, "error"))
        time.sleep(1)
        server.start()
        wait_for(lambda: _answers(ended, job))
        wait_for(lambda: _told(logs, "warning"))
        assert scratch.state("customer", "C1") == "synced"

        server.kill()  # while the worker is idle
        wait_for(lambda: len(_told(logs, "error")) == 2)
        server.start()
        wait_for(lambda: len(_told(logs, "warning")) == 2)
        wait_for(lambda: _answers(_listens, server.url))
        second = wait_for(lambda: _answers(scratch.hub.request_job, scratch.connection))

        def told_until_ended(job: int) -> bool:
            with scratch.hub.database.write("acme") as db:
                scratch.hub.core.announce(db, job)  # again, for one that looks at this moment hears nothing
            time.sleep(0.5)
            return ended(job)

        wait_for(lambda: _answers(told_until_ended, second))
        stop.set()
        worker.join(30)
    assert not worker.is_alive()
    assert {entry["code"] for entry in _told(logs, "error")} <= {"connection_lost", "cannot_connect", "commit_unsure"}
    assert len(_told(logs, "error")) == 2  # one sentence for each time
    assert [each["name"] for each in scratch.books.bookkeeper.all("customer")] == ["Customer C1"]
    hub.close()
    scratch.hub.close()


def _told(logs: list[Any], level: str) -> list[Any]:
    """What the worker said; its courier, which looks oftener, tells of an outage by itself."""
    return [each for each in logs if each["log_level"] == level and not each["event"].startswith("Webhooks")]


def _listens(url: str) -> bool:
    return bool(query(url, "SELECT 1 FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"))


def _answers(call: Callable[[Any], Any], given: Any) -> Any:
    try:
        return call(given)
    except Exception:
        return None
