"""What is known about a request that left: the adapter's outcomes, and what a search in the books adds to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from hub.adapters import (
    Applied,
    Conflict,
    Outcome,
    Rejected,
    RemoteObject,
    Removal,
    Request,
    Unauthorised,
    Unknown,
    Waiting,
)
from hub.errors import ErrorClass

FIXES = {
    Conflict.DUPLICATE_NAME: "Rename it in the source, or link it to the existing entity, or use that as its proxy.",
    Conflict.DUPLICATE_NUMBER: "Give the document another number in the source.",
    Conflict.STALE_VERSION: "It was changed in the books since it was sent: look at it there, then release the request"
    " to go on all the same.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A request that left, with the row it came from and the attempt it was written down as."""

    row: Row[Any]
    attempt_id: int
    request: Request
    first_use: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is known about a request now; one of applied, adopted, rejected, conflict, waiting, unauthorised, unknown,
    absent (searched for and not there), check_by_hand. `found` is the object that was adopted, as it is by now;
    `content` what the document now holds, as far as the books tell."""

    outcome: str
    remote_id: str | None = None
    version: str = ""
    name: str = ""
    content: str = ""
    how: Removal | None = None
    error: ErrorClass | None = None
    code: str | None = None
    message: str | None = None
    fix: str | None = None
    until: datetime | None = None
    found: RemoteObject | None = None

    @property
    def done(self) -> bool:
        """The books hold what was asked for."""
        return self.outcome in ("applied", "adopted")


Result = tuple[Sent, Verdict]


def verdict(outcome: Outcome) -> Verdict:
    """The verdict that an adapter's outcome is."""
    match outcome:
        case Applied():
            return Verdict(
                outcome="applied",
                remote_id=outcome.remote_id,
                version=outcome.version,
                name=outcome.name,
                content=outcome.content,
                how=outcome.how,
            )
        case Rejected():
            fault = outcome.fault
            return Verdict(outcome="rejected", error=fault.error, code=fault.code, message=fault.message, fix=fault.fix)
        case Conflict():
            return Verdict(
                outcome="conflict",
                remote_id=outcome.remote_id,
                error=ErrorClass.VALIDATION if outcome.code == Conflict.DUPLICATE_NUMBER else ErrorClass.CONFLICT,
                code=outcome.code,
                message=outcome.message,
                fix=FIXES.get(outcome.code, "Resolve it in the source or in the books, then sync again."),
            )
        case Waiting():
            return Verdict(outcome="waiting", until=outcome.until, message=outcome.reason)
        case Unauthorised():
            return Verdict(outcome="unauthorised", message=outcome.message)
        case Unknown():
            return Verdict(outcome="unknown", message=outcome.message)
