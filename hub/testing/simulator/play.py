"""Plays a history with the real engine, lets everything settle, and gives the verdict."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from hub.errors import HubError, StoreUnreachable
from hub.testing.simulator.controls import TRUE, Engine
from hub.testing.simulator.hands import Store
from hub.testing.simulator.history import LEASE, History, Step
from hub.testing.simulator.source import People
from hub.testing.simulator.tasks import START, Process
from hub.testing.simulator.verdict import Wrong, judge
from hub.testing.simulator.wire import Fate
from hub.testing.simulator.world import CONNECTION, World

ROUNDS = 14
_ENOUGH = 20_000
"""Pauses after which a job counts as one that never ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a history: what was wrong, what was met how often, and its story, one line each step."""

    history: History
    wrongs: tuple[Wrong, ...] = ()
    met: Counter[str] = field(default_factory=Counter)
    story: tuple[str, ...] = ()

    @property
    def rule(self) -> str | None:
        """The rule that broke first; None when none did."""
        return self.wrongs[0][0] if self.wrongs else None


class _Broken(Exception):
    """A rule broke; the rest of the history tells nothing more."""


class _Play:
    def __init__(self, store: Store, history: History, engine: Engine, *, telling: bool) -> None:
        self.story: list[str] = []
        self._telling = telling
        self.world = World(store, history.setup, self._tell, engine.next_step, looks=engine.looks)
        self.people = People(self.world)
        self.tasks, self.books, self.met = self.world.tasks, self.world.books, self.world.met

    def _tell(self, now: datetime, who: str, words: str) -> None:
        if self._telling:
            self.story.append(f"{(now - START).total_seconds():9.1f} s  {who:<11} {words}")

    # --- the steps ---

    def run(self, steps: Sequence[Step]) -> tuple[Wrong, ...]:
        try:
            for step in steps:
                act = getattr(self, f"_{step[0]}", None) or getattr(self.people, step[0])
                act(*step[1:])
                self._watch()
            self._settle()
        except _Broken:
            return tuple(self.books.wrongs)
        return tuple(judge(self.world, self.people))

    def _watch(self) -> None:
        if self.books.wrongs:
            raise _Broken

    def _job(self, name: str, how: str) -> None:
        process = self.world.process_of(name)
        if process is None or process.tasks:
            return
        self.world.tell(name, "begins a job" if how == "sync" else "looks for work")
        self.tasks.start(process, lambda: self._work(process, how))

    def _work(self, process: Process, how: str) -> None:
        hub = self.world.hubs[process.name]
        try:
            jobs = [hub.sync(CONNECTION)] if how == "sync" else hub.work()
        except HubError as fault:
            self.world.tell(process.name, f"cannot: {fault.code}")
            self.met[f"refused: {fault.code}"] += 1
            if fault.code not in ("job_unfinished", StoreUnreachable.default_code):
                self.books.wrongs.append(("code", f"{process.name} met {fault.code}: {fault.message}"))
            return
        except Exception as fault:
            self.books.wrongs.append(("code", f"{process.name} failed: {type(fault).__name__}: {fault}"))
            return
        for job in [*(jobs[0].get("resumed", ()) if jobs else ()), *jobs]:
            totals = ", ".join(f"{count} {word}" for word, count in job["totals"].items() if count)
            self.world.tell(process.name, f"ends job {job['id']}, {job['state']}: {totals or 'nothing to do'}")
            self.met["jobs"] += 1

    def _run(self, name: str, pauses: int, number: int) -> None:
        process = self.world.process_of(name)
        if process is None:
            return
        self._note_zombie(process)
        dice = random.Random(number)
        for _ in range(pauses):
            if not self._step(process, dice):
                break
            self._watch()
        process.holds = self._held(process)

    def _until(self, name: str, point: str, number: int) -> None:
        """Until the worker has come to a named point, or to its end."""
        process = self.world.process_of(name)
        if process is None:
            return
        dice = random.Random(number)
        process.point = ""
        while process.point != point and self._step(process, dice):
            self._watch()
        process.holds = self._held(process)

    def _finish(self, name: str, number: int) -> None:
        process = self.world.process_of(name)
        if process is None:
            return
        self._note_zombie(process)
        dice = random.Random(number)
        for _ in range(_ENOUGH):
            if not self._step(process, dice):
                break
            self._watch()
        else:
            self.books.wrongs.append(("J6", f"{name} never comes to an end"))
        if process.tasks:
            self.books.wrongs.append(("J6", f"{name} waits for ever"))
        process.holds = None

    def _step(self, process: Process, dice: random.Random) -> bool:
        deaths = process.deaths
        went = self.tasks.step(process, dice)
        if process.deaths > deaths:
            self.met["deaths inside a transaction"] += 1
            self.world.wire.cut_off(process, 0.9)
            self.world.tell(process.name, "dies inside a transaction")
        return went

    def _note_zombie(self, process: Process) -> None:
        if process.holds and self._held(process) != process.holds:
            self.met["workers that woke after they had been succeeded"] += 1
            self.world.tell(process.name, "goes on, though another has its job")

    def _held(self, process: Process) -> int | None:
        query = "SELECT id FROM jobs WHERE holder = ? AND state IN ('exporting', 'importing', 'queued')"
        rows = self.world.rows(query, process.holder)
        return rows[0][0] if rows else None

    def _crash(self, name: str, land: float | None) -> None:
        process = self.world.process_of(name)
        if process is None or not process.tasks:
            return
        flying = sum(each.process is process and each.lands_at is not None for each in self.world.wire.flying)
        self.tasks.kill(process)
        self.world.wire.cut_off(process, land)
        self.met["deaths"] += 1
        what = f"; {flying} call{'s' if flying > 1 else ''} on the way" if flying else ""
        self.world.tell(name, f"dies{what}")

    def _doom(self, name: str, count: int) -> None:
        process = self.world.process_of(name)
        if process is not None and process.tasks:
            process.doom = count

    def _time(self, seconds: float) -> None:
        self.world.tell("clock", f"{seconds:g} s pass")
        self.tasks.pause(None, seconds)

    def _skew(self, name: str, seconds: float) -> None:
        process = self.world.process_of(name)
        if process is not None and self.world.setup.skewed:
            self.met["clocks that jumped"] += 1
            self.world.tell(name, f"its clock is now {seconds:+g} s off")
            process.skew = seconds

    def _fault(self, kind: str, on: str, times: int, cut: float, land: float) -> None:
        self.world.tell("weather", f"{kind}, {times} times, on {on}")
        self.world.weather.brew(on, Fate(kind=kind, cut=cut, land=land), times)

    def _calm(self) -> None:
        self.world.weather.clear()

    # --- the end ---

    def _settle(self) -> None:
        """No faults any more; people decide what is theirs to decide; jobs run until nothing changes."""
        self.world.tell("", "— everything settles —")
        self.world.weather.clear()
        for process in self.world.processes.values():
            process.doom = None
            self._finish(process.name, 0)
        before: Any = None
        for _ in range(ROUNDS):
            self.tasks.pause(None, max(2 * LEASE, self.world.setup.settle) + 100)
            self._let_go_on()
            self.people.decide()
            name = next(iter(self.world.processes))
            self._job(name, "sync")
            self._finish(name, 0)
            self._watch()
            now = self._state()
            if now == before or self._nothing_left():
                return
            before = now
        self.books.wrongs.append(("X4", f"it never settles: {before}"))
        raise _Broken

    def _let_go_on(self) -> None:
        """People let held requests go on, and removals of what was changed in the books."""
        held = "SELECT id FROM requests WHERE state = 'held' OR (state = 'waiting' AND error_code = 'stale_version')"
        for (id,) in self.world.rows(held):
            try:
                self.world.office.release(CONNECTION, [id])
            except HubError as fault:
                self.books.wrongs.append(("Q15", f"a held request cannot be released: {fault.message}"))

    def _nothing_left(self) -> bool:
        """The queue is empty, every doubt and question is settled, and the hub has seen the books' last change."""
        cursor = self.world.rows("SELECT cursor FROM cursors")
        seen = int(cursor[0][0]) if cursor else 0
        asked = "SELECT 1 FROM conflicts WHERE resolved_at IS NULL"
        return not (self.world.rows("SELECT 1 FROM requests") or self.world.rows(asked) or self.books.news(seen))

    def _state(self) -> Any:
        rows = self.world.rows
        return (  # without the state: what the books refuse for good is held after a few times, and released again
            rows("SELECT id, operation, error_code, waits_for FROM requests ORDER BY id"),
            rows("SELECT record_id, remote_id, remote_version, detached_at FROM links ORDER BY record_id"),
            rows("SELECT id, revision FROM records ORDER BY id"),
            sum(thing.version for thing in self.books.things.values()),
        )


def play(store: Store, history: History, engine: Engine = TRUE, *, telling: bool = False) -> Outcome:
    """Play a history to its end, on a store of :func:`hub.testing.simulator.world.make_store`."""
    playing = _Play(store, history, engine, telling=telling)
    try:
        wrongs = playing.run(history.steps)
    finally:
        for process in playing.world.processes.values():
            playing.tasks.kill(process)
    met = playing.met
    (taken,) = playing.world.rows("SELECT coalesce(sum(fence - 1), 0) FROM jobs WHERE fence > 1")
    met["jobs taken over"] += taken[0]
    return Outcome(history=history, wrongs=wrongs, met=met, story=tuple(playing.story))
