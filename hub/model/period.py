"""Which days' documents may be posted, changed or removed on a connection: start date and closing date (rule X8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

CLOSED_FIX = (
    "Date the document after the closing date, or have the period re-opened (in the books, or in this connection's "
    "policy); the next sync looks again."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """The open days: from `start` on, and after `closed`, the last day of the closed period. None sets no limit.

    Both dates of a document count, the one that the books hold and the one it is to have, so that nothing moves into a
    closed period or out of it. What has no date, as an entity, passes.
    """

    start: date | None = None
    closed: date | None = None

    def too_early(self, *days: date | None) -> str | None:
        """Why such a document is left out, for lying before the start date; None when it does not."""
        start = self.start
        if start is not None and any(day is not None and day < start for day in days):
            return f"it is dated before {start}, the day from which this connection syncs documents"
        return None

    def shut(self, *days: date | None) -> str | None:
        """Why such a document must not be touched, for lying in the closed period; None when it does not."""
        closed = self.closed
        if closed is None:
            return None
        inside = next((day for day in days if day is not None and day <= closed), None)
        return None if inside is None else f"It is dated {inside}, and the books are closed up to {closed}."


ALWAYS = Period()
"""No day is left out."""
