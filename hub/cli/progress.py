"""Shows how far a long command is, on standard error: a bar on a terminal, else a plain line every few seconds."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

EVERY = 3.0
"""Seconds between two plain lines."""


class Meter:
    """Counts, rate and time left of one command. `quiet` shows nothing (scripts that read standard error as JSON).

    Args:
        what: the command in words, first in every line.
        quiet: show nothing unless a person watches a terminal.
    """

    def __init__(self, what: str, *, quiet: bool) -> None:
        self.what = what
        self._terminal = sys.stderr.isatty()
        self._silent = quiet and not self._terminal
        self._phase: str | None = None
        self._begun = self._said = time.monotonic()
        self._bar: Progress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        if self._terminal:
            from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

            from hub.cli.output import console

            self._bar = Progress(
                TextColumn("{task.description}", markup=False),
                BarColumn(bar_width=24),
                TextColumn("{task.fields[words]}", markup=False),
                TimeRemainingColumn(compact=True),
                console=console(stderr=True),
                transient=True,
            )
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def update(self, phase: str, done: int, total: int | None, *, count: int, words: str) -> None:
        """Say how far it is.

        Args:
            phase: what is being done; a new phase starts its own clock.
            done, total: how much of the way, in any unit (bytes, requests); no total when nobody knows.
            count: things done so far, for the rate.
            words: the counts as people read them.
        """
        if self._silent:
            return
        now = time.monotonic()
        if phase != self._phase:
            self._phase, self._begun = phase, now
            if self._bar is not None and self._task is not None:
                self._bar.remove_task(self._task)
                self._task = None
        seconds = now - self._begun
        rate = f" · {count / seconds:,.0f}/s" if seconds > 0.5 and count else ""
        if self._bar is not None:
            self._draw(phase, done, total, words + rate)
        elif now - self._said >= EVERY:
            self._said = now
            left = _left(seconds, done, total)
            print(f"{self.what}: {phase} {words}{rate}{left}", file=sys.stderr, flush=True)

    def say(self, line: str) -> None:
        """Print a line of its own, above the bar."""
        if self._silent:
            return
        if self._bar is not None:
            self._bar.console.print(line, soft_wrap=True)
        else:
            print(line, file=sys.stderr, flush=True)

    def _draw(self, phase: str, done: int, total: int | None, words: str) -> None:
        assert self._bar is not None
        shown: dict[str, Any] = {"completed": done, "total": total, "words": words}
        if self._task is None:
            self._task = self._bar.add_task(f"{self.what}: {phase}", **shown)
        else:
            self._bar.update(self._task, **shown)


def _left(seconds: float, done: int, total: int | None) -> str:
    if not total or done <= 0 or done >= total or seconds <= 0:
        return ""
    left = seconds * (total - done) / done
    return f" · about {left:.0f} s left" if left < 120 else f" · about {left / 60:.0f} min left"
