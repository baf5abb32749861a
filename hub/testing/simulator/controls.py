"""The true engine, and four that are wrong on purpose: a simulator that does not catch them proves nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.adapters import Capabilities
from hub.queue.doubt import Doubt, NextStep, Step, next_step


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """An engine's way to settle doubts. One that does not look never finds anything in the books."""

    words: str
    next_step: NextStep
    looks: bool = True


def _search_at_once(
    now: datetime, _doubt: Doubt, _books: Capabilities, _given_up_by: datetime
) -> tuple[Step, datetime]:
    return Step.SEARCH, now


def _resend_for_ever(
    now: datetime, _doubt: Doubt, _books: Capabilities, _given_up_by: datetime
) -> tuple[Step, datetime]:
    return Step.RESEND, now


def _age_from_last(now: datetime, doubt: Doubt, books: Capabilities, given_up_by: datetime) -> tuple[Step, datetime]:
    settle = timedelta(seconds=books.settle)
    last = min(doubt.last_sent, now)
    return next_step(now, Doubt(first_sent=last + settle, last_sent=doubt.last_sent), books, given_up_by)


TRUE = Engine(words="the hub's own rule", next_step=next_step)
CONTROLS = {
    "claim-post-mark": Engine(
        words="after an unknown outcome it posts again as new", next_step=_search_at_once, looks=False
    ),
    "search-only": Engine(
        words="it looks at once, lets nothing settle, and uses no key twice", next_step=_search_at_once
    ),
    "key-only": Engine(words="it sends again under the same key for ever, and never looks", next_step=_resend_for_ever),
    "key-age-from-last": Engine(words="it counts the age of a key from its last use", next_step=_age_from_last),
}
