"""Keeps one connection's calls within what its books allow, whichever thread makes them, and lets all of that through.

A window slides: a call counts from when it may have reached the books until the window is over, so the books never see
more than the limit, whatever the network does to the spacing. The first three quarters of a window may go at once; the
rest is spread, so that somebody who saturates the limit never waits for long at a stretch.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from weakref import WeakValueDictionary

SPREAD_FROM = 0.75
POLL = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """At most `calls` in any `seconds`.

    `kinds` names the calls that count; none means all. `grace` is how long a call takes to reach the books at most:
    a window starts that long after it was sent, or with the answer when that is there sooner.
    """

    calls: int
    seconds: float
    grace: float = 1.0
    kinds: frozenset[str] = frozenset()


class NoRoom(Exception):
    """There is none before the deadline; `until` is when to come again."""

    def __init__(self, until: datetime, reason: str) -> None:
        super().__init__(reason)
        self.until, self.reason = until, reason


@dataclass(slots=True)
class _Slot:
    """One call in a window, and when it leaves it."""

    sent: datetime
    clears: datetime


@dataclass(slots=True)
class _Window:
    limit: Limit
    slots: list[_Slot] = field(default_factory=list)

    def take(self, now: datetime) -> _Slot:
        """A call goes now; it may reach the books until its grace is over."""
        slot = _Slot(now, now + timedelta(seconds=self.limit.grace + self.limit.seconds))
        self.slots.append(slot)
        return slot

    def answered(self, slot: _Slot, now: datetime) -> None:
        """It has reached the books by now."""
        slot.clears = min(slot.clears, now + timedelta(seconds=self.limit.seconds))

    def opens(self, now: datetime) -> datetime:
        """When the next call may go."""
        self.slots = [slot for slot in self.slots if slot.clears > now]
        limit, held = self.limit.calls, len(self.slots)
        if held < limit and (limit < 8 or held < limit * SPREAD_FROM):
            return now
        live = sorted(slot.clears for slot in self.slots)
        if held >= limit:
            return live[held - limit]
        last = self.slots[-1].sent
        return max(now, last + (live[0] - last) / (limit - held + 1))


class Budget:
    """The limits of one connection, shared by all its threads."""

    def __init__(
        self, limits: Sequence[Limit], *, at_once: int, now: Callable[[], datetime], sleep: Callable[[float], None]
    ) -> None:
        self._windows = [_Window(limit) for limit in limits]
        self._at_once, self._flying = at_once, 0
        self._now, self._sleep = now, sleep
        self._lock = threading.Lock()
        self._paused: datetime | None = None
        self._why = ""

    @contextmanager
    def spend(self, kind: str, deadline: datetime) -> Iterator[None]:
        """Wait for room, and hold it for as long as the call lasts.

        Raises:
            NoRoom: there will be none before the deadline. Nothing was sent.
        """
        slots = self._enter(kind, deadline)
        try:
            yield
        finally:
            with self._lock:
                self._flying -= 1
                for window, slot in slots:
                    window.answered(slot, self._now())

    def pause(self, until: datetime, why: str) -> None:
        """Let nobody send before this instant: the books have asked for it."""
        with self._lock:
            if self._paused is None or until > self._paused:
                self._paused, self._why = until, why

    def _enter(self, kind: str, deadline: datetime) -> list[tuple[_Window, _Slot]]:
        while True:
            with self._lock:
                now = self._now()
                opens, why = self._opens(kind, now)
                if now >= deadline:
                    raise NoRoom(max(opens, now), why or "The time for it had passed before it could be sent.")
                if opens <= now and self._flying < self._at_once:
                    self._flying += 1
                    return [(window, window.take(now)) for window in self._counting(kind)]
            if opens > deadline:
                raise NoRoom(opens, why)
            self._sleep(max(POLL, (opens - now).total_seconds()))

    def _counting(self, kind: str) -> list[_Window]:
        return [window for window in self._windows if not window.limit.kinds or kind in window.limit.kinds]

    def _opens(self, kind: str, now: datetime) -> tuple[datetime, str]:
        """The earliest instant for a call of this kind, and why it is not now."""
        opens, why = now, ""
        if self._paused is not None and self._paused > now:
            opens, why = self._paused, self._why
        for window in self._counting(kind):
            at = window.opens(now)
            if at > opens:
                opens, why = at, f"The books take {window.limit.calls} calls in {window.limit.seconds:g} s."
        return opens, why


_SHARED: WeakValueDictionary[Hashable, Budget] = WeakValueDictionary()
_SHARING = threading.Lock()


def shared_budget(key: Hashable, make: Callable[[], Budget]) -> Budget:
    """The budget of this key in this process: renewed credentials make a new adapter, and the books go on counting."""
    with _SHARING:
        found = _SHARED.get(key)
        if found is None:
            found = _SHARED[key] = make()
        return found
