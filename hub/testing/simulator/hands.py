"""What the engine is handed in place of threads and of a database of its own: it gives way where others may act."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from sqlalchemy import Connection

from hub.errors import StoreUnreachable
from hub.store import Database
from hub.testing.simulator.tasks import Death, Process, Tasks

Answer = TypeVar("Answer")


def memory() -> Path | None:
    """Where files need no disk, on most systems; None where the usual temporary folder must serve."""
    folder = Path("/dev/shm")
    return folder if folder.is_dir() and os.access(folder, os.W_OK) else None


class _Flight(Future[Answer]):
    """A call in flight; waiting for it gives way."""

    def __init__(self, tasks: Tasks) -> None:
        super().__init__()
        self._tasks = tasks

    def result(self, timeout: float | None = None) -> Answer:
        while not self.done():
            self._tasks.pause(self.done, timeout)
        return super().result(timeout=0)


class Flights:
    """A pool whose calls are tasks of the owner's process: they may be overtaken, delayed, or die with it."""

    def __init__(self, tasks: Tasks, process: Process, size: int) -> None:
        self._tasks, self._process, self._size = tasks, process, size
        self._flying: list[_Flight[Any]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        if kind is None or not issubclass(kind, Death):
            while left := [flight for flight in self._flying if not flight.done()]:
                self.wait(left, None)

    def submit(self, call: Callable[..., Answer], /, *args: Any) -> Future[Answer]:
        """Start a call, as soon as one of so many places is free."""
        flight: _Flight[Answer] = _Flight(self._tasks)
        self._flying = [each for each in self._flying if not each.done()]
        ahead = [*self._flying]
        self._flying.append(flight)

        def fly() -> None:
            while sum(not each.done() for each in ahead) >= self._size:
                self._tasks.pause(lambda: sum(not each.done() for each in ahead) < self._size)
            try:
                flight.set_result(call(*args))
            except Exception as fault:
                flight.set_exception(fault)

        self._tasks.start(self._process, fly)
        return flight

    def wait(self, flying: Iterable[Future[Any]], timeout: float | None) -> set[Future[Any]]:
        """Those of the calls that are done, as soon as one is; none when that takes longer than so many seconds."""
        flights = list(flying)
        self._tasks.pause(lambda: any(flight.done() for flight in flights), timeout)
        return {flight for flight in flights if flight.done()}


class Store(Database):
    """The hub's own database, on SQLite, made anew for each history from one template."""

    def __init__(self, within: Path | None = None) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="hub-simulator-", dir=within or memory()))
        super().__init__(f"sqlite:///{self._folder / 'hub.db'}")
        self.tasks = Tasks()
        self.trouble: Callable[[], str] = lambda: ""
        self._template = sqlite3.connect(":memory:")
        self._raw: sqlite3.Connection | None = None

    @contextmanager
    def write(self, company: str | None) -> Iterator[Connection]:
        """A transaction: the process may be overtaken before it and after it, and may die inside it.

        `trouble` tells whether the database is away: before it begins, at its commit, or just after that.
        """
        self.tasks.pause()
        trouble = self.trouble()
        if trouble == "before":
            raise StoreUnreachable("The database is away.")
        with super().write(company) as db, self.tasks.indivisible():
            yield db
            if trouble == "inside":
                raise StoreUnreachable("The database went away; nothing of this step was kept.")
        if trouble == "after":
            raise StoreUnreachable("The database went away, and nobody knows whether this step was kept.")
        self.tasks.pause()

    def keep_as_template(self) -> None:
        """From now on :meth:`restore` brings this state back."""
        self.raw.backup(self._template)

    def restore(self, tasks: Tasks) -> None:
        """Begin a history."""
        self.tasks, self.trouble = tasks, lambda: ""
        self._template.backup(self.raw)

    @property
    def raw(self) -> sqlite3.Connection:
        """A way to look into the tables that gives way to nobody."""
        if self._raw is None:
            self._raw = sqlite3.connect(self._folder / "hub.db", isolation_level=None)
            self._raw.execute("PRAGMA synchronous=OFF")
        return self._raw

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Any question to the tables."""
        return self.raw.execute(query, values).fetchall()

    def close(self) -> None:
        """Leave nothing behind."""
        super().close()
        if self._raw is not None:
            self._raw.close()
            self._raw = None
        self._template.close()
        shutil.rmtree(self._folder, ignore_errors=True)
