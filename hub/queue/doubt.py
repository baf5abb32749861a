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
    """When the present key was used first, and by when its last sending was surely given up on."""

    first_sent: datetime
    last_sent: datetime


NextStep = Callable[[datetime, Doubt, Capabilities, datetime], tuple[Step, datetime]]


def next_step(now: datetime, doubt: Doubt, books: Capabilities, given_up_by: datetime) -> tuple[Step, datetime]:
    """The next step and, when that is to wait, until when.

    `given_up_by` is the latest instant at which somebody still waits for a resend's answer: the books must still know
    the key when it arrives, which may be SETTLE later, and not only when the resend is decided.
    """
    settle, memory = timedelta(seconds=books.settle), timedelta(seconds=books.key_memory)
    if books.key_memory > 0 and max(now, given_up_by) + settle < doubt.first_sent + memory:
        return Step.RESEND, now
    settled = doubt.last_sent + settle
    return (Step.WAIT, settled) if now < settled else (Step.SEARCH, now)
