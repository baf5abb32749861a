"""How long a receiver that failed is left in peace, and when the hub gives up on it."""

from __future__ import annotations

from datetime import timedelta

_HOURS = 3600
PAUSES = (5, 300, 1800, 2 * _HOURS, 5 * _HOURS, 10 * _HOURS, 14 * _HOURS, 20 * _HOURS, 24 * _HOURS)
"""Seconds between two tries of one event: three days and three hours in all, as Standard Webhooks suggests."""
GONE = 410
"""With this status a receiver says that it wants no more (Standard Webhooks)."""


def pause_after(failures: int) -> timedelta | None:
    """How long to wait after so many failures in a row of one event, the first being 1; None: it is given up on."""
    return timedelta(seconds=PAUSES[failures - 1]) if failures <= len(PAUSES) else None


def gave_up(failures: int, status: int | None, error: str) -> str | None:
    """Why a webhook is to be disabled after this failure, in plain words; None while it is tried again."""
    if status == GONE:
        return "The receiver said that it is gone (410)."
    if pause_after(failures) is None:
        return f"It failed {failures} times in more than three days, the last time so: {error}"
    return None
