"""One history's world: the hub's database, the books, the wire, the workers, and everything they are handed."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from hub.adapters import AdapterInfo, Capabilities, Found, Removal
from hub.app import Hub
from hub.model import Direction, RecordType
from hub.queue import Actor
from hub.queue.doubt import NextStep, next_step
from hub.settings import Settings
from hub.store import migrate
from hub.testing.simulator.adapter import Plug, Weather
from hub.testing.simulator.books import NAMESPACES, Books, Habits
from hub.testing.simulator.hands import Flights, Store
from hub.testing.simulator.history import LEASE, WORKERS, Setup
from hub.testing.simulator.tasks import START, Process, Tasks
from hub.testing.simulator.wire import Wire

COMPANY, CONNECTION = "acme", "acme/books"
_TYPES = {
    RecordType.CUSTOMER: Direction.BOTH,
    RecordType.VENDOR: Direction.BOTH,
    RecordType.ITEM: Direction.BOTH,
    RecordType.SHIP_DOC: Direction.EXPORT,
    RecordType.PAYMENT: Direction.BOTH,
}


class World:
    """A hub with several workers, its books, and the people's way in (`office`), made anew for each history."""

    def __init__(
        self, store: Store, setup: Setup, tell: Callable[[datetime, str, str], None], rule: NextStep, *, looks: bool
    ) -> None:
        self.store, self.setup = store, setup
        self.tasks = Tasks()
        store.restore(self.tasks)
        self.books = Books(
            Habits(remembers=setup.remembers, markers=setup.markers, numbers=setup.numbers, voids=setup.voids)
        )
        self.met = self.books.met
        self._tell = tell
        self.wire = Wire(self.tasks, self.books, store, setup.really_settle, self.tell)
        self.weather = Weather()
        store.trouble = self._trouble
        self._info = _info(setup)
        self.processes = {name: Process(name) for name in WORKERS[: setup.workers]}
        self.hubs = {name: self._hub(process, rule, looks) for name, process in self.processes.items()}
        self.office = self._hub(None, rule, looks=True)
        policy: dict[str, Any] = {"conflicts": setup.conflicts, "hold_after": 3, "ship_doc": {"on_edit": setup.on_edit}}
        store.raw.execute("UPDATE connections SET policy = ?", [json.dumps(policy)])

    def tell(self, who: str, words: str) -> None:
        """One line of the story."""
        self._tell(self.tasks.now, who, words)

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Any question to the hub's tables."""
        return self.store.rows(query, *values)

    def process_of(self, name: str) -> Process | None:
        """A worker, if this world has so many."""
        return self.processes.get(name)

    def _is_dead(self, holder: str | None) -> bool:
        """Provable where the workers share a machine; elsewhere a holder only ever counts as late."""
        if holder is None:
            return True
        name, _, run = holder.rpartition(" ")
        return self.setup.provable and self.processes[name].run != int(run)

    def _trouble(self) -> str:
        """Whether the database is away from the process that is at work now."""
        if self.tasks.process is None:
            return ""
        kind = self.weather.strike({"store"}).kind
        if kind == "fine":
            return ""
        self.met["transactions without a database"] += 1
        self.tell(self.tasks.process.name, f"finds the database away, {kind.removeprefix('away ')} its transaction")
        return kind.removeprefix("away ")

    def _reach(self, point: str) -> None:
        if self.tasks.process:
            self.tasks.process.point = point
        self.tasks.may_die()
        self.tasks.pause()

    def _hub(self, process: Process | None, rule: NextStep, looks: bool) -> Hub:
        plug = Plug(self._info, self.tasks, self.wire, self.books, self.weather, process, looks=looks)
        skewed = process or Process("office")

        def pool(size: int, _name: str) -> Flights:
            assert process is not None
            return Flights(self.tasks, process, size)

        return Hub(
            _settings(self.store), self.store, Actor(name=skewed.name),
            {"books": Found(name="books", version="0", status="ready", adapter=plug)},
            now=lambda: self.tasks.now + timedelta(seconds=skewed.skew),
            sleep=lambda seconds: self.tasks.pause(None, seconds),
            reach=self._reach, me=lambda: skewed.holder, is_dead=self._is_dead, pool=pool, token=lambda: "0" * 32,
            next_step=rule,
        )  # fmt: skip


def make_store(within: Path | None = None) -> Store:
    """A database whose template holds one company, connected, and nothing else. Made once in a process."""
    store = Store(within)
    migrate(store)
    plain = Setup(
        settle=0, really_settle=0, key_memory=0, remembers=0, markers=True, numbers="own", voids=False, batch=1,
        concurrency=1, call_timeout=20, workers=2, skewed=False, provable=False, conflicts="source", on_edit="update",
    )  # fmt: skip
    tasks, books = Tasks(), Books(Habits(remembers=0, markers=True, numbers="own", voids=False))
    wire = Wire(tasks, books, store, 0, lambda *_: None)
    plug = Plug(_info(plain), tasks, wire, books, Weather(), None)
    hub = Hub(
        _settings(store), store, Actor(name="setup"),
        {"books": Found(name="books", version="0", status="ready", adapter=plug)},
        now=lambda: START, sleep=lambda _: None, reach=lambda _: None, token=lambda: "0" * 32,
    )  # fmt: skip
    hub.add_company("Acme")
    hub.connect(COMPANY, "books")
    store.keep_as_template()
    return store


def _settings(store: Store) -> Settings:
    """Nothing from the environment: a seed is the same history everywhere."""
    return Settings.model_construct(
        database_url=str(store.url), secret_key=SecretStr("0" * 64), log_level="ERROR", data_dir=Path(store.folder),
        lease_seconds=LEASE, policy={}, connections={},
    )  # fmt: skip


def _info(setup: Setup) -> AdapterInfo:
    how = {True: (Removal.VOID,), False: (Removal.DELETE,)}[setup.voids]
    return AdapterInfo(
        name="books", title="Simulated books", version="0",
        capabilities=Capabilities(
            types=_TYPES, batch_size=setup.batch, concurrency=setup.concurrency, key_memory=setup.key_memory,
            settle=setup.settle, call_timeout=setup.call_timeout, markers=setup.markers, version_guard=True,
            namespaces=NAMESPACES,
            removals={type: (Removal.DELETE, Removal.INACTIVATE) if type.is_entity else how for type in _TYPES},
        ),
    )  # fmt: skip


__all__ = ["COMPANY", "CONNECTION", "World", "make_store", "next_step"]
