"""Makes a failing history smaller: steps are left out as long as the same rule still breaks (delta debugging)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from hub.testing.simulator.history import History, Step

PATIENCE = 400
"""So many smaller histories are tried at most."""


def shrink(history: History, still_fails: Callable[[History], bool]) -> History:
    """A history that still fails, of which no single step can be left out any more (or patience ran out)."""
    steps, tries = history.steps, 0
    size = max(1, len(steps) // 2)
    while size:
        shorter = None
        for fewer in _without(steps, size):
            tries += 1
            if tries > PATIENCE:
                return replace(history, steps=steps)
            if still_fails(replace(history, steps=fewer)):
                shorter = fewer
                break
        if shorter is None:
            size //= 2
        else:
            steps = shorter
            size = min(size, max(1, len(steps) // 2))
    return replace(history, steps=steps)


def _without(steps: tuple[Step, ...], size: int) -> Iterator[tuple[Step, ...]]:
    """The steps without each run of so many, the last ones first."""
    for start in range(len(steps) - size, -1, -size):
        yield steps[:start] + steps[start + size :]
    if len(steps) % size:
        yield steps[len(steps) % size :]
