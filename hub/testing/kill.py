"""Kills this very process, as a power cut would, when it passes a named point: how crash tests choose the moment."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

from hub.errors import UsageError


def killer_from_environment() -> Callable[[str], None]:
    """What to hand to `open_hub(reach=…)`: obeys HUB_KILL_AT, `NAME` or `NAME:N` for the N-th time it is passed."""
    wanted = os.environ.get("HUB_KILL_AT", "")
    name, _, times = wanted.partition(":")
    if not name:
        return lambda _point: None
    if times and not (times.isdecimal() and int(times)):
        raise UsageError(
            f"HUB_KILL_AT is {wanted!r}.", code="bad_settings", fix="Write NAME, or NAME:N with N from 1 upward."
        )
    left = int(times or 1)

    def reach(point: str) -> None:
        nonlocal left
        if point == name:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    return reach
