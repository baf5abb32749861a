"""A clock that obeys: time passes when somebody sleeps, and never by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class Clock:
    """Stands still until told otherwise; sleeping moves it and is written down.

    Attributes:
        at: the present instant.
        slept: the seconds of each sleep, in order.
    """

    def __init__(self, at: datetime = datetime(2026, 1, 5, 9, tzinfo=UTC)) -> None:
        self.at = at
        self.slept: list[float] = []

    def now(self) -> datetime:
        """The present instant."""
        return self.at

    def sleep(self, seconds: float) -> None:
        """Let time pass at once."""
        self.slept.append(seconds)
        self.at += timedelta(seconds=seconds)
