"""X4 through the front door: `hub sync` is killed by HUB_KILL_AT, and the same command finishes the work."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest


def hub_sync(stage, kill_at=""):
    command = [sys.executable, "-c", "import hub.cli; hub.cli.main()", "sync", "acme/mock", "--json"]
    settings = {"HUB_DATABASE_URL": stage.url, "HUB_DATA_DIR": str(stage.folder), "HUB_KILL_AT": kill_at}
    return subprocess.run(command, env={**os.environ, **settings}, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("point", ["after-lock", "mock-after-commit", "after-reply:2"])
def test_X4_hub_sync_killed_and_started_again(stage, arena, point):
    killed = stage("markers only" if point.startswith("mock") else "keys and markers")
    ended = hub_sync(killed, point)
    assert ended.returncode == -9, ended.stderr
    arena.kills[point.partition(":")[0]] += 1
    again = hub_sync(killed)
    assert again.returncode == 0, again.stderr
    killed.finish()
    killed.verdict()
