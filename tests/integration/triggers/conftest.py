"""A hub that has one connection and a clock that only tests move, and one that lives in real time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.app import Hub
from hub.testing.clock import Clock
from tests.integration.triggers.hubs import START, make_hub
from tests.stores import Store


@pytest.fixture
def clock() -> Clock:
    return Clock(START)


@pytest.fixture
def url(tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("HUB_DATA_DIR", str(tmp_path))
    return store.url(tmp_path)


@pytest.fixture
def hub(url: str, clock: Clock) -> Iterator[Hub]:
    with make_hub(url, clock.now) as hub:
        hub.add_company("Acme")
        hub.connect("acme", "mock")
        yield hub


@pytest.fixture
def live(url: str) -> Iterator[Hub]:
    """A hub with the real clock."""
    with make_hub(url) as hub:
        hub.add_company("Acme")
        for name in ("mock", "second", "third"):
            hub.connect("acme", "mock", name=name)
        yield hub
