"""One store for all histories of a test process, and a plain setup to vary."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hub.testing.simulator.hands import Store
from hub.testing.simulator.world import make_store


@pytest.fixture(scope="session")
def store() -> Iterator[Store]:
    made = make_store()
    yield made
    made.close()
