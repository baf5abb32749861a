"""What to do about a request whose outcome is unknown: resend, wait, or look first; decided by the rule (X3).

The rule counts a key's age from its *first* use, and lets every request that was given up on settle before it searches.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

from hub.adapters import Capabilities


class Step(Enum):
    """The next step for a request of unknown outcome."""

    RESEND = auto()
    WAIT = auto()
    SEARCH = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """When the present key was used first, and when its bytes may last have been leaving."""

    first_sent: datetime
    last_sent: datetime


NextStep = Callable[[datetime, Doubt, Capabilities, datetime], tuple[Step, datetime]]


def next_step(now: datetime, doubt: Doubt, books: Capabilities, leaves_by: datetime) -> tuple[Step, datetime]:
    """The next step and, when that is to wait, until when.

    `leaves_by` is the latest instant at which the bytes of a resend would leave: the books must still know the key
    when they arrive, not only when the resend is decided.
    """
    settle, memory = timedelta(seconds=books.settle), timedelta(seconds=books.key_memory)
    if books.key_memory > 0 and max(now, leaves_by) + settle < doubt.first_sent + memory:
        return Step.RESEND, now
    settled = doubt.last_sent + settle
    return (Step.WAIT, settled) if now < settled else (Step.SEARCH, now)
