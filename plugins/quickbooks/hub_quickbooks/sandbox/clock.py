"""Times as the books write them: ISO 8601 with the offset of the company's zone, Pacific in sandboxes (facts §1)."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("America/Los_Angeles")


@lru_cache(maxsize=4096)
def stamp(seconds: int) -> str:
    """A second since 1970 as MetaData shows it."""
    return datetime.fromtimestamp(seconds, ZONE).isoformat()


def answered(now: float) -> str:
    """The `time` of an answer: with milliseconds."""
    return datetime.fromtimestamp(now, ZONE).isoformat(timespec="milliseconds")


def today(now: float) -> str:
    """The date that a document without one gets."""
    return datetime.fromtimestamp(now, ZONE).date().isoformat()


def instant(text: str) -> float:
    """Seconds since 1970 of a time or a date; without an offset the company's zone counts. ValueError for anything else."""
    at = datetime.fromisoformat(text.strip().replace(" ", "+") if "T" in text else text.strip())
    return (at if at.tzinfo else at.replace(tzinfo=ZONE)).astimezone(UTC).timestamp()
