"""Whoever waits sees how far it is: a bar on a terminal, plain lines elsewhere, and never a word on standard output."""

from __future__ import annotations

import os
import pty
import subprocess

import pytest

from hub.cli import progress
from hub.cli.progress import Meter
from tests.e2e.cli.running import HUB, ITEM, RECORDS, Run


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "EVERY", 0.0)


@pytest.mark.usefixtures("at_once")
def test_away_from_a_terminal_a_plain_line_tells_counts_rate_and_time_left(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    with Meter("load x", quiet=False) as meter:
        meter.update("saved", 0, 1000, count=0, words="0 records")
        now[0] += 10
        meter.update("saved", 250, 1000, count=50, words="50 records")
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines() == [
        "load x: saved 0 records",
        "load x: saved 50 records · 5/s · about 30 s left",
    ]


def test_lines_do_not_come_faster_than_every_few_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    with Meter("load x", quiet=False) as meter:
        for done in range(1000):
            meter.update("saved", done, 1000, count=done, words=f"{done} records")
    assert capsys.readouterr().err == ""


@pytest.mark.usefixtures("at_once")
def test_programs_that_read_json_are_not_disturbed(acme: Run) -> None:
    result = acme("load", "acme", acme.file("all", RECORDS), "--json")
    assert (result.code, result.err, result.json["unchanged"]) == (0, "", 6)
    assert acme("sync", "acme/mock", "--json").err == ""


@pytest.mark.usefixtures("at_once")
def test_load_and_sync_tell_how_far_they_are(acme: Run) -> None:
    things = [{**ITEM, "source_id": f"T{n}", "name": f"Thing {n}"} for n in range(3)]
    assert "saved 3 records" in acme("load", "acme", acme.file("things", things)).err
    assert "exporting 3 of 3 · applied 3" in acme("sync", "acme/mock").err


def test_on_a_terminal_there_is_a_bar_and_colour(acme: Run) -> None:
    leader, follower = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color"}
    environment.pop("NO_COLOR", None)
    command = [HUB, "sync", "acme/mock"]
    with subprocess.Popen(command, stdin=follower, stdout=follower, stderr=follower, env=environment) as running:
        os.close(follower)
        said = b""
        while True:
            try:
                said += (part := os.read(leader, 4096))
            except OSError:  # the other side has closed
                break
            if not part:
                break
    os.close(leader)
    assert running.returncode == 0
    words = said.decode()
    assert "sync acme/mock: exporting" in words
    assert "\033[32mEverything went through." in words
