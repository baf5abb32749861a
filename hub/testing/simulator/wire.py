"""The way to the books: requests travel, are lost, or land late; answers are lost; and nobody sends without the right.

The physics, which an honest adapter's facts describe: bytes leave at one instant, just after a last look at the
deadline. A call is given up when it is cut off, after `call_timeout`, or when its process dies. A request that was not
yet carried out then may still land, up to `settle` later, and never after that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.adapters import Outcome, Request
from hub.testing.simulator.books import Books
from hub.testing.simulator.hands import Store
from hub.testing.simulator.tasks import Process, Tasks

PROMPT = 0.2
"""Seconds a request needs when nothing is in its way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What befalls a call.

    Attributes:
        kind: fine, slow, no reply, lost, late, throttle, refuse, unauthorised.
        cut: when the caller notices or, for a slow one, when it lands; as a share of `call_timeout`.
        land: when a late one lands after that, as a share of `settle`.
    """

    kind: str = "fine"
    cut: float = 0
    land: float = 0


FINE = Fate()


@dataclass(eq=False, slots=True)
class Message:
    """Requests on their way. `lands_at` is None once they have landed, or will never."""

    process: Process
    requests: Sequence[Request]
    fate: Fate
    lands_at: datetime | None
    answer: list[Outcome] | None = None

    @property
    def landed(self) -> bool:
        """Whether the books have carried them out."""
        return self.answer is not None


class Wire:
    """Everything that is on its way to the books, in the order it will land."""

    def __init__(self, tasks: Tasks, books: Books, store: Store, settle: float, tell: Callable[..., None]) -> None:
        self._tasks, self._books, self._store, self._settle, self._tell = tasks, books, store, settle, tell
        self.flying: list[Message] = []
        self._used: set[str] = set()
        tasks.pass_time = self.pass_time

    def send(self, process: Process, requests: Sequence[Request], fate: Fate, timeout: float) -> Message:
        """The bytes leave, now."""
        self._check_right(process, requests)
        seconds = {"slow": fate.cut * timeout, "late": fate.cut * timeout + fate.land * self._settle}.get(
            fate.kind, PROMPT
        )
        never = fate.kind == "lost"
        lands = None if never else self._tasks.now + timedelta(seconds=seconds)
        message = Message(process=process, requests=requests, fate=fate, lands_at=lands)
        self.flying.append(message)
        again = [request for request in requests if request.key in self._used]
        if again:
            self._books.met["resends under the same key"] += len(again)
        self._used.update(request.key for request in requests)
        self._tell(process.name, f"sends {_words(requests)}{' again' if again else ''}{_FATES.get(fate.kind, '')}")
        return message

    def land(self, message: Message) -> None:
        """The books carry the requests out, now."""
        if message.lands_at is None:
            return
        message.lands_at = None
        self.flying.remove(message)
        fate, now = message.fate, self._tasks.now
        message.answer = [self._books.apply(request, now) for request in message.requests]
        late = fate.kind == "late" or message.process.tasks == []
        if late:
            self._books.met["late landings"] += 1
            answers = ", ".join(type(answer).__name__.lower() for answer in message.answer)
            self._tell("the wire", f"{_words(message.requests)} lands late, and is {answers}")

    def cut_off(self, process: Process, land: float | None) -> None:
        """The process died: what it had sent lands after this share of `settle`, or (None) never."""
        for message in [*self.flying]:
            if message.process is process and message.lands_at is not None:
                latest = self._tasks.now + timedelta(seconds=(land or 0) * self._settle)
                message.lands_at = None if land is None else latest
                if land is None:
                    self.flying.remove(message)
        self.pass_time(self._tasks.now)

    def forget(self, message: Message) -> None:
        """It never lands."""
        if message in self.flying and message.lands_at is None:
            self.flying.remove(message)

    def pass_time(self, until: datetime) -> None:
        """Time passes; what is to land by then lands, each at its time."""
        while due := [each for each in self.flying if each.lands_at is not None and each.lands_at <= until]:
            message = min(due, key=lambda each: each.lands_at or until)
            self._tasks.now = max(self._tasks.now, message.lands_at or until)
            self.land(message)
        self._tasks.now = max(self._tasks.now, until)

    def _check_right(self, process: Process, requests: Sequence[Request]) -> None:
        """J1 and J6: only the holder of the connection's job sends. X1: and only what is written down."""
        holders = self._store.rows("SELECT holder FROM jobs WHERE state IN ('exporting', 'importing', 'queued')")
        if holders != [(process.holder,)]:
            self._books.wrongs.append(("J1", f"{process.name} sends while the job belongs to {holders}"))
        for request in requests:
            if not self._store.rows("SELECT 1 FROM attempts WHERE key = ? LIMIT 1", request.key):
                self._books.wrongs.append(("X1", f"{process.name} sends what is not written down: {_words([request])}"))


_FATES = {"no reply": "; the reply is lost", "lost": "; it is lost on the way", "late": "; it is held up on the way",
          "slow": "; slowly"}  # fmt: skip


def _words(requests: Sequence[Request]) -> str:
    return ", ".join(f"{each.operation} {each.type.words} {each.source_id}" for each in requests)
