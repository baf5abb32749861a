"""A worker runs the jobs of all connections until it is told to stop; one that fails keeps none waiting."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from typing import Any

import pytest
from structlog.testing import capture_logs

from hub.app import Hub
from hub.triggers import run_worker
from tests.integration.triggers.hubs import ACME, wait_for


def test_J2_a_worker_runs_the_jobs_of_all_connections_until_it_is_stopped(live: Hub) -> None:
    ids = [live.request_job(f"acme/{name}") for name in ("mock", "second", "third")]
    stop = threading.Event()
    worker = threading.Thread(target=run_worker, args=(live,), kwargs={"poll": 0.02, "stop": stop})
    worker.start()
    assert wait_for(lambda: all(live.job(id)["state"] == "completed" for id in ids))
    stop.set()
    worker.join(10)
    assert not worker.is_alive()


def test_a_job_that_cannot_be_run_does_not_keep_the_worker_from_the_others(
    live: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = live.request_job("acme/second"), live.request_job(ACME)
    lane = Hub.lane

    def broken(self: Hub, label: str) -> Any:
        if label == "acme/second":
            raise RuntimeError("no such drawer")
        return lane(self, label)

    stop = threading.Event()
    with capture_logs() as logs:
        monkeypatch.setattr(Hub, "lane", broken)
        worker = threading.Thread(target=run_worker, args=(live,), kwargs={"poll": 0.02, "stop": stop})
        worker.start()
        assert wait_for(lambda: live.job(good)["state"] == "completed")
        stop.wait(0.2)
        stop.set()
        worker.join(10)
    assert live.job(bad)["state"] == "queued"
    errors = [entry["event"] for entry in logs if entry["log_level"] == "error"]
    assert len(errors) == 1  # it is left alone for a while, so the log stays readable
    assert "no such drawer" in errors[0]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_scheduler_and_worker_cleanly(live: Hub, url: str, number: int) -> None:
    job = live.request_job(ACME)
    script = "import sys; from hub.app import open_hub; from hub.triggers import run_scheduler_and_worker as run\n"
    script += "with open_hub(sys.argv[1]) as hub: run(hub)\nprint('ended')"
    with subprocess.Popen(
        [sys.executable, "-c", script, url], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert wait_for(lambda: live.job(job)["state"] == "completed")
            os.kill(process.pid, number)
            out, err = process.communicate(timeout=20)
        finally:
            process.kill()
    assert process.returncode == 0
    assert out.rstrip().endswith("ended")
    assert "Traceback" not in err
