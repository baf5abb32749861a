"""Runs the engine's unmodified code as tasks that can be suspended, left alone for hours, or killed at any such place.

One thread, one task at a time. A task gives way before and after every transaction, at every point a process may die
at, while it sleeps, and on both ways of every call to the books. Inside a transaction nobody gives way, for writers
take turns there on either database; but a process may die there.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from greenlet import getcurrent, greenlet

START = datetime(2026, 1, 5, 9, tzinfo=UTC)


class Death(BaseException):
    """The process ends here: no handler of the engine's may catch it, and nothing more is written."""


@dataclass(eq=False, slots=True)
class Process:
    """A process of the hub: its run, its clock, and its tasks. `doom` counts down to its death inside a transaction."""

    name: str
    run: int = 1
    skew: float = 0
    tasks: list[Task] = field(default_factory=list)
    doom: int | None = None
    holds: int | None = None
    point: str = ""
    deaths: int = 0

    @property
    def holder(self) -> str:
        """How it signs the jobs it holds."""
        return f"{self.name} {self.run}"


@dataclass(eq=False, slots=True)
class Task:
    """Something a process does. It can go on once `ready` says so, or at `wake` at the latest."""

    process: Process
    body: Callable[[], Any]
    strand: greenlet | None = None
    ready: Callable[[], bool] | None = None
    wake: datetime | None = None
    inside: int = 0
    done: bool = False
    dying: bool = False

    def can_go_on(self, now: datetime) -> bool:
        """Whether it has something to do now."""
        if self.ready is None:
            return self.wake is None or self.wake <= now
        return self.ready() or (self.wake is not None and self.wake <= now)


class Tasks:
    """All processes' tasks, and the time. `pass_time` is told how far time is to move: the world moves with it."""

    def __init__(self) -> None:
        self.now = START
        self.pass_time: Callable[[datetime], None] = self._set
        self._current: Task | None = None
        self.pauses = 0

    def _set(self, until: datetime) -> None:
        self.now = max(self.now, until)

    @property
    def process(self) -> Process | None:
        """The process whose code runs now; None for the people, who are outside."""
        return self._current.process if self._current else None

    # --- called by what runs ---

    def start(self, process: Process, body: Callable[[], Any]) -> Task:
        """Begin something in a process; it runs when the process is next let go on."""
        task = Task(process, body)
        process.tasks.append(task)
        return task

    def pause(self, ready: Callable[[], bool] | None = None, seconds: float | None = None) -> None:
        """Give way: anything may happen before this returns, or the process dies here.

        Args:
            ready: go on once it says so; default: at any time.
            seconds: go on after so long in any case; default: as long as it takes.
        """
        task = self._current
        wake = None if seconds is None else self.now + timedelta(seconds=seconds)
        if task is None:  # the people wait in earnest
            if wake is not None and not (ready and ready()):
                self.pass_time(wake)
            return
        if task.dying:
            raise Death
        if task.inside:
            return
        task.ready, task.wake = ready, wake
        self.pauses += 1
        self._current = None
        strand = getcurrent()
        assert strand.parent is not None
        strand.parent.switch()
        task.ready = task.wake = None

    @contextmanager
    def indivisible(self) -> Iterator[None]:
        """Nobody else goes on meanwhile; but the process may be doomed to die before it is through."""
        task = self._current
        if task is None:
            yield
            return
        task.inside += 1
        try:
            yield
            self.may_die()
        finally:
            task.inside -= 1

    def may_die(self) -> None:
        """Inside a transaction: a doomed process dies when its time has come."""
        task = self._current
        if task and task.inside and task.process.doom is not None and not task.dying:
            task.process.doom -= 1
            if task.process.doom <= 0:
                task.process.doom = None
                raise Death

    # --- called by what drives it ---

    def step(self, process: Process, dice: random.Random) -> bool:
        """Let one of a process's tasks go on to its next pause; False when it has nothing to do any more.

        When all of them wait for the time, time passes.
        """
        if not process.tasks:
            return False
        able = [task for task in process.tasks if task.can_go_on(self.now)]
        if not able:
            wakes = [task.wake for task in process.tasks if task.wake is not None]
            if not wakes:
                return False
            self.pass_time(min(wakes))
            return True
        task = able[dice.randrange(len(able))] if len(able) > 1 else able[0]
        try:
            self._resume(task)
        except Death:  # inside a transaction; whatever else the process did ends with it
            self.kill(process)
        return True

    def kill(self, process: Process) -> None:
        """The process dies where it stands; its next run begins with nothing."""
        for task in [*process.tasks]:
            task.dying = True
            if task.strand is not None and not task.strand.dead:
                task.inside = 0
                self._current = task
                try:
                    task.strand.throw(Death)
                except Death:
                    pass
                finally:
                    self._current = None
        process.tasks.clear()
        process.run += 1
        process.holds = None
        process.deaths += 1
        process.doom = None

    def _resume(self, task: Task) -> None:
        if task.strand is None:
            task.strand = greenlet(task.body)
        self._current = task
        try:
            task.strand.switch()
        finally:
            self._current = None
            if task.strand.dead:
                task.done = True
                if task in task.process.tasks:
                    task.process.tasks.remove(task)
