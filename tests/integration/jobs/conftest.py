"""A scratch hub whose adapter can be listened to and meddled with, on real mock books."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hub_mock import MockAdapter

from hub.adapters import Found, hookimpl
from hub.app import open_hub
from hub.jobs import lease
from hub.testing.scratch import Scratch
from tests.stores import Store


class Wire:
    """What passes between hub and books. `before(hook)` is called first; `alter(requests, outcomes)` may lie."""

    def __init__(self) -> None:
        self.calls: list[list[tuple[str, str, str]]] = []
        self.requests: list[Any] = []
        self.before: Callable[[str], None] = lambda _hook: None
        self.alter: Callable[[list[Any], list[Any]], Any] = lambda _requests, outcomes: outcomes

    @property
    def seen(self) -> list[tuple[str, str, str]]:
        """(operation, type, source id) of everything the books were asked to write, in order."""
        return [each for call in self.calls for each in call]

    def places(self) -> dict[tuple[str, str, str], int]:
        """At which place each thing was asked for."""
        return {each: at for at, each in enumerate(self.seen)}

    def keys(self) -> list[str]:
        """The idempotency keys, in the order they left."""
        return [request.key for request in self.requests]

    def forget(self) -> None:
        """Start listening anew."""
        self.calls, self.requests = [], []


def adapter_on(wire: Wire) -> Found:
    """The mock adapter with that wire between it and the hub."""

    class Tapped(MockAdapter):
        def _write(self, requests: Any) -> Any:
            wire.before("write")
            wire.calls.append([(each.operation.value, each.type.value, each.source_id) for each in requests])
            wire.requests += requests
            return wire.alter(list(requests), super()._write(requests))

        @hookimpl
        def hub_check(self) -> Any:
            wire.before("check")
            return super().hub_check()

        @hookimpl
        def hub_refresh_credentials(self, credentials: Any) -> Any:
            wire.before("refresh")
            return super().hub_refresh_credentials(credentials)

        @hookimpl
        def hub_find(self, wanted: Any) -> Any:
            wire.before("find")
            return super().hub_find(wanted)

        @hookimpl
        def hub_read(self, refs: Any) -> Any:
            wire.before("read")
            return super().hub_read(refs)

        @hookimpl
        def hub_changes(self, cursor: Any, limit: int) -> Any:
            wire.before("changes")
            return super().hub_changes(cursor, limit)

    return Found(name="mock", version="0", status="ready", adapter=Tapped)


@pytest.fixture
def wire() -> Wire:
    """What passes between hub and books."""
    return Wire()


@pytest.fixture
def make(tmp_path: Path, store: Store, wire: Wire) -> Iterator[Callable[..., Scratch]]:
    """Make a scratch hub: `settings` are those of the mock books, anything else goes to `open_hub`."""
    made: list[Scratch] = []

    def make(reach: Callable[[str], None] = lambda _: None, folder: str = "hub", **settings: Any) -> Scratch:
        (tmp_path / folder).mkdir()
        tapped = {"mock": adapter_on(wire)}
        url = store.url(tmp_path / folder)
        made.append(Scratch(tmp_path / folder, url, settings=settings, reach=reach, adapters=tapped))
        return made[-1]

    yield make
    for scratch in made:
        scratch.hub.close()


def _held(scratch: Scratch, word: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = scratch.books.bookkeeper.all(word)
    return items


@pytest.fixture
def held() -> Callable[[Scratch, str], list[dict[str, Any]]]:
    """What the books hold of one kind."""
    return _held


class PowerCut(BaseException):
    """What stands in for the death of a process inside a test."""


@pytest.fixture
def died(monkeypatch: pytest.MonkeyPatch) -> Callable[..., bool]:
    """Let a sync die when it passes a point for the n-th time; afterwards its process counts as dead.

    Returns whether it died. Not a real process: `tests/integration/kills` does that, more slowly.
    """

    def died(scratch: Scratch, point: str, time: int = 1) -> bool:
        left = time

        def reach(name: str) -> None:
            nonlocal left
            left -= name == point
            if name == point and left == 0:
                raise PowerCut(point)

        hub = open_hub(scratch.url, **{**scratch._open, "reach": reach})
        try:
            hub.sync(scratch.connection)
        except PowerCut:
            monkeypatch.setattr(lease, "_run", f"{lease._run}x")
            return True
        finally:
            hub.close()
        return False

    return died
