"""What every test may ask for: a scratch hub connected to mock books."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.testing.scratch import Scratch


@pytest.fixture
def scratch(tmp_path: Path) -> Iterator[Scratch]:
    """The company `acme` with one connection to mock books, on real SQLite files."""
    scratch = Scratch(tmp_path)
    yield scratch
    scratch.hub.close()
