"""A scratch hub, the bookkeeper of its mock books, and a way to act in the middle of a job."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hub_mock.bookkeeper import Bookkeeper
from hub_mock.faults import FaultName, FaultRow, On
from sqlalchemy import select

from hub.app import Hub
from hub.errors import HubError
from hub.queue import Actor, Right
from hub.store.tables import attempts, audit
from hub.testing.scratch import Scratch
from tests.stores import Store


class Midway:
    """Lets something happen once, when a job passes a named point."""

    def __init__(self) -> None:
        self._acts: dict[str, Callable[[], Any]] = {}
        self.results: list[Any] = []

    def at(self, point: str, act: Callable[[], Any]) -> None:
        self._acts[point] = act

    def __call__(self, point: str) -> None:
        act = self._acts.pop(point, None)
        if act is not None:
            self.results.append(act())


class Clerk:
    """Looks into the mock books and changes them, as their own staff would."""

    def __init__(self, adapter: Any) -> None:
        self._books = adapter.books
        self._keeper = Bookkeeper(adapter.books)

    def all(self, word: str) -> list[dict[str, Any]]:
        return self._keeper.page(word, "", 100_000)[0]

    def names(self, word: str) -> list[str]:
        return [each["name"] for each in self.all(word)]

    def one(self, word: str, remote_id: str | None = None) -> dict[str, Any]:
        (found,) = [each for each in self.all(word) if remote_id in (None, each["remote_id"])]
        return found

    def add(self, word: str, **fields: str) -> str:
        remote_id: str = self._keeper.add(word, [f"{key}={value}" for key, value in fields.items()])["remote_id"]
        return remote_id

    def edit(self, word: str, remote_id: str, **fields: str) -> None:
        self._keeper.edit(word, remote_id, [f"{key}={value}" for key, value in fields.items()])

    def delete(self, word: str, remote_id: str) -> None:
        self._keeper.delete(word, remote_id)

    def fault(self, name: str, *, on: str = "any", times: int | None = None) -> None:
        self._books.switch(FaultRow(name=FaultName(name), on=On(on), times=times))

    def no_faults(self) -> None:
        self._books.switch(None)

    def close(self) -> None:
        self._books.close()


@pytest.fixture
def midway() -> Midway:
    """`midway.at("after-lock", act)`: do it while the next job has the queue locked."""
    return Midway()


@pytest.fixture
def scratch(tmp_path: Path, store: Store, midway: Midway) -> Iterator[Scratch]:
    """As everywhere, with `midway` listening."""
    scratch = Scratch(tmp_path, store.url(tmp_path), reach=midway)
    yield scratch
    scratch.hub.close()


@pytest.fixture
def clerk(scratch: Scratch) -> Iterator[Clerk]:
    """The bookkeeper of the scratch hub's books."""
    clerk = Clerk(scratch.books)
    yield clerk
    clerk.close()


@pytest.fixture
def synced(scratch: Scratch) -> Scratch:
    """Customer C1, item I1 and ship doc S1 are in the books, and the queue is empty."""
    scratch.customer()
    scratch.item()
    scratch.ship_doc()
    assert scratch.sync()["state"] == "completed"
    assert scratch.queue() == []
    return scratch


@pytest.fixture
def doubtful(synced: Scratch, clerk: Any) -> Scratch:
    """Ship doc S2 is to be checked by hand: its answer was lost, and somebody entered an invoice of that number."""
    synced.hub.connect(synced.company, "mock", settings={"key_memory": 0})
    clerk.add("invoice", customer="Customer C1", number="S2", amount="5.00")
    clerk.fault("drop-before-commit", on="create", times=1)
    synced.ship_doc("S2")
    synced.sync()
    assert synced.state("ship_doc", "S2") == "check_by_hand"
    return synced


@pytest.fixture
def code_of() -> Callable[[Callable[[], Any]], str]:
    """The code with which something is refused; fails when it is not refused, or is refused without a way out."""

    def code_of(act: Callable[[], Any]) -> str:
        with pytest.raises(HubError) as caught:
            act()
        assert caught.value.message
        assert caught.value.fix
        return caught.value.code

    return code_of


@pytest.fixture
def hub_of(scratch: Scratch) -> Iterator[Callable[..., Hub]]:
    """The same hub in the hands of somebody with these rights."""
    opened: list[Hub] = []

    def hub_of(name: str, *rights: Right) -> Hub:
        hub = scratch.another_process()
        hub.actor = Actor(name=name, rights=frozenset(rights))
        opened.append(hub)
        return hub

    yield hub_of
    for hub in opened:
        hub.close()


@pytest.fixture
def audited(scratch: Scratch) -> Callable[[str], list[tuple[str, str | None]]]:
    """(who, why) of every audit row of that action, oldest first."""

    def audited(action: str) -> list[tuple[str, str | None]]:
        with scratch.hub.database.read() as db:
            rows = db.execute(select(audit).where(audit.c.action == action).order_by(audit.c.id)).all()
        return [(row.actor, row.reason) for row in rows]

    return audited


@pytest.fixture
def sent(scratch: Scratch) -> Callable[[], list[Any]]:
    """Every attempt ever made, oldest first."""

    def sent() -> list[Any]:
        with scratch.hub.database.read() as db:
            return list(db.execute(select(attempts).order_by(attempts.c.id)).all())

    return sent
