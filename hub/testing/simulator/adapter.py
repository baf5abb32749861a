"""The adapter to the simulated books: an honest one, whose every call can be delayed, lost or answered in vain."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from hub.adapters import (
    AdapterContext,
    AdapterInfo,
    Capabilities,
    ChangePage,
    Conflict,
    Find,
    Identity,
    Outcome,
    RemoteObject,
    RemoteRef,
    Request,
    Unknown,
    Waiting,
    hookimpl,
)
from hub.errors import AuthorisationLost, BooksProblem, ErrorClass
from hub.testing.simulator.books import Books, rejected
from hub.testing.simulator.tasks import Process, Tasks
from hub.testing.simulator.wire import FINE, Fate, Wire

THROTTLED = 8.0
"""Seconds the books ask to wait: longer than a job's patience."""


class Weather:
    """Faults that are to come: each strikes the next calls it concerns, so many times."""

    def __init__(self) -> None:
        self._coming: list[tuple[str, Fate, int]] = []

    def brew(self, on: str, fate: Fate, times: int) -> None:
        """A fault strikes the next of create, update, delete, write, read, call; or of the database, store."""
        self._coming.append((on, fate, times))

    def clear(self) -> None:
        """No fault any more."""
        self._coming.clear()

    def strike(self, kinds: set[str]) -> Fate:
        """What befalls a call of these kinds."""
        for at, (on, fate, times) in enumerate(self._coming):
            if on in kinds:
                if times > 1:
                    self._coming[at] = (on, fate, times - 1)
                else:
                    del self._coming[at]
                return fate
        return FINE


class Plug:
    """What stands in an adapter's place in the list of installed ones: it makes the adapter of one process."""

    def __init__(
        self, info: AdapterInfo, tasks: Tasks, wire: Wire, books: Books, weather: Weather, process: Process | None, *,
        looks: bool = True,
    ) -> None:  # fmt: skip
        self.info = info
        self._parts = (tasks, wire, books, weather)
        self._process, self._looks = process, looks

    def __call__(self, context: AdapterContext) -> BooksAdapter:
        return BooksAdapter(self.info, context, *self._parts, process=self._process, looks=self._looks)


class BooksAdapter:
    """One process's access to the books. `looks` False makes one that never finds anything: a control needs it."""

    def __init__(
        self, info: AdapterInfo, context: AdapterContext, tasks: Tasks, wire: Wire, books: Books, weather: Weather, *,
        process: Process | None, looks: bool,
    ) -> None:  # fmt: skip
        self.info, self._context = info, context
        self._tasks, self._wire, self._books, self._weather = tasks, wire, books, weather
        self._process, self._looks = process, looks

    @property
    def capabilities(self) -> Capabilities:
        """The facts stated of these books."""
        return self.info.capabilities

    @hookimpl
    def hub_check(self) -> Identity:
        """Always the same company."""
        self._read()
        return Identity(id="books", name="The simulated books")

    @hookimpl
    def hub_create(self, requests: Sequence[Request]) -> list[Outcome]:
        """One call."""
        return self._write(requests)

    @hookimpl
    def hub_update(self, requests: Sequence[Request]) -> list[Outcome]:
        """One call."""
        return self._write(requests)

    @hookimpl
    def hub_delete(self, requests: Sequence[Request]) -> list[Outcome]:
        """One call."""
        return self._write(requests)

    @hookimpl
    def hub_undo(self, requests: Sequence[Request]) -> list[Outcome]:
        """One call."""
        return self._write(requests)

    @hookimpl
    def hub_find(self, wanted: Sequence[Find]) -> list[tuple[RemoteObject, ...]]:
        """Looked up at one instant, between two pauses."""
        self._read()
        if self._process:
            self._books.met["searches"] += len(wanted)
            self._books.met["searches once a key was too old"] += len(wanted) if self._books.habits.remembers else 0
        found = [self._books.find(each) if self._looks else () for each in wanted]
        self._tasks.pause()
        return found

    @hookimpl
    def hub_read(self, refs: Sequence[RemoteRef]) -> list[RemoteObject | None]:
        """Looked up at one instant, between two pauses."""
        self._read()
        found = [self._books.read(ref) for ref in refs]
        self._tasks.pause()
        return found

    @hookimpl
    def hub_changes(self, cursor: str | None, limit: int) -> ChangePage:
        """Small pages, so that an import has several."""
        self._read()
        page = self._books.changes(cursor, min(limit, 4))
        self._tasks.pause()
        return page

    def _read(self) -> None:
        self._tasks.pause()
        if self._process is None:
            return
        match self._weather.strike({"read", "call"}).kind:
            case "unauthorised":
                self._books.met["lost authorisations"] += 1
                raise AuthorisationLost("The books no longer accept this connection.")
            case "blind":
                self._books.met["failed readings"] += 1
                raise BooksProblem("The books cannot be asked now.")
            case _:
                pass

    def _write(self, requests: Sequence[Request]) -> list[Outcome]:
        assert self._process is not None
        now = self._context.now()
        if now >= min(request.deadline for request in requests):
            self._books.met["calls too late to be made"] += 1
            return [Waiting(until=now, reason="The deadline has passed.") for _ in requests]
        fate = self._weather.strike({"write", "call", *(request.operation.value for request in requests)})
        timeout = self.capabilities.call_timeout
        match fate.kind:
            case "throttle":
                self._books.met["throttled calls"] += 1
                self._tasks.pause()
                until = self._context.now() + timedelta(seconds=THROTTLED * (fate.cut or 0.1))
                return [Waiting(until=until, reason="Too many requests.") for _ in requests]
            case "unauthorised":
                self._books.met["lost authorisations"] += 1
                self._tasks.pause()
                raise AuthorisationLost("The books no longer accept this connection.")
            case "refuse":
                self._books.met["refusals"] += 1
                self._tasks.pause()
                return [_refused(request) for request in requests]
            case "stale":
                self._books.met["stale versions"] += 1
                self._tasks.pause()
                return [_stale(request) if request.remote else _refused(request) for request in requests]
            case _:
                pass
        message = self._wire.send(self._process, requests, fate, timeout)
        lost: list[Outcome] = [Unknown(message="no trustworthy answer came back") for _ in requests]
        match fate.kind:
            case "lost" | "late":
                self._books.met["lost requests" if fate.kind == "lost" else "held up requests"] += 1
                self._tasks.pause(None, fate.cut * timeout)
                self._wire.pass_time(self._tasks.now)  # what was to land by now has landed
                self._wire.forget(message)
                return lost
            case "slow":
                self._books.met["slow calls"] += 1
                self._tasks.pause(lambda: message.landed, timeout)
            case _:
                self._tasks.pause()
        self._wire.land(message)
        self._tasks.pause()
        if fate.kind == "no reply":
            self._books.met["lost replies"] += 1
            self._tasks.pause(None, fate.cut * timeout)
            return lost
        return message.answer or lost


def _refused(request: Request) -> Outcome:
    return rejected("refused", ErrorClass.VALIDATION, f"The books refuse this {request.type.words}.")


def _stale(request: Request) -> Outcome:
    remote_id = request.remote.remote_id if request.remote else None
    return Conflict(code=Conflict.STALE_VERSION, message="It was changed meanwhile.", remote_id=remote_id)
