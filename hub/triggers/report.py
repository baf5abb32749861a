"""Faults of scheduler and worker are told as one sentence; the traceback only to those who ask for debug messages."""

from __future__ import annotations

from typing import Any

import structlog

from hub.errors import HubError

log = structlog.get_logger("hub.triggers")


def tell(what: str, fault: Exception, **about: Any) -> None:
    """Log a fault that was survived: what could not be done, why, and what to do about it."""
    if isinstance(fault, HubError):
        said, code, fix = fault.message.rstrip("."), fault.code, fault.fix
    else:
        said, code, fix = f"{type(fault).__name__}: {fault}", "unexpected", "Report it."
    sentence = f"{what}: {said}."
    log.error(sentence, code=code, fix=fix, **about)
    log.debug(what, exc_info=fault)
