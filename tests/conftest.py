"""What every test may ask for: a scratch hub connected to mock books."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hub.testing.scratch import Scratch


@pytest.fixture
def scratch(tmp_path: Path) -> Iterator[Scratch]:
    """The company `acme` with one connection to mock books, on real SQLite files."""
    scratch = Scratch(tmp_path)
    yield scratch
    scratch.hub.close()


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """One line on the processes that were killed: a test that kills notes how many it killed (`kills`)."""
    ended = [report for report in terminalreporter.stats.get("", []) if getattr(report, "when", "") == "teardown"]
    kills = [number for report in ended for name, number in report.user_properties if name == "kills"]
    if any(kills):
        failed = sum("/kills/" in report.nodeid for report in terminalreporter.stats.get("failed", []))
        terminalreporter.write_line(
            f"{sum(kills)} processes killed in {len(kills)} tests; {failed} of these tests failed."
        )
