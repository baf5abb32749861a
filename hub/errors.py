"""Every failure a person can meet, as one sentence, a code, and what to do; grouped by what to do next."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from enum import IntEnum, StrEnum
from typing import Any


class Exit(IntEnum):
    """The exit codes that scripts rely on."""

    DONE = 0
    ERROR = 1
    USAGE = 2
    JOB_HAD_ERRORS = 3
    REFUSED = 4


class ErrorClass(StrEnum):
    """What kind of trouble a request met; every stored error has exactly one (rule C9)."""

    CONFLICT = "conflict"
    MISSING_DEPENDENCY = "missing_dependency"
    VALIDATION = "validation"
    PERIOD_CLOSED = "period_closed"
    AUTHORISATION = "authorisation"
    TRANSIENT = "transient"
    UNKNOWN_OUTCOME = "unknown_outcome"
    NOT_SUPPORTED = "not_supported"


class HubError(Exception):
    """Base of all errors meant for people.

    Args:
        message: what happened and why, one plain sentence.
        code: stable word for programs, snake case.
        fix: what to do about it, one plain sentence; may be empty.
        details: further facts for programs, JSON-ready.
    """

    exit_code: Exit = Exit.ERROR
    default_code = "error"

    def __init__(
        self, message: str, *, code: str | None = None, fix: str = "", details: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.fix = fix
        self.details = dict(details or {})

    def as_dict(self) -> dict[str, Any]:
        """The `error` object of the outer interfaces."""
        return {"code": self.code, "message": self.message, "fix": self.fix, "details": self.details}


class UsageError(HubError):
    """The call itself is wrong: correct the command line."""

    exit_code = Exit.USAGE
    default_code = "usage"


class InvalidInput(HubError):
    """The data handed in is wrong: correct it and send it again. Nothing was changed."""

    default_code = "invalid_input"


class NotFound(HubError):
    """The thing named does not exist: check the name."""

    default_code = "not_found"


class Refused(HubError):
    """A rule of the hub forbids this; `code` names the rule's refusal, `fix` the way that is open."""

    exit_code = Exit.REFUSED
    default_code = "refused"


class StoreProblem(HubError):
    """The hub's own database cannot be used: mend disk, rights or version. Nothing committed is lost."""

    default_code = "store_problem"


class StoreUnreachable(StoreProblem):
    """The hub's own database cannot be asked for the moment: wait, then try again. Nothing committed is lost."""

    default_code = "store_unreachable"


class PluginProblem(HubError):
    """An adapter plugin is missing, broken or not configured: install, mend or configure it."""

    default_code = "plugin_problem"


class BooksProblem(HubError):
    """The books could not be asked or gave no usable answer: try again later."""

    default_code = "books_unavailable"


class AuthorisationLost(BooksProblem):
    """The books no longer accept this connection's authorisation: reconnect it (rule J5).

    `token`: only the token was refused, so that one fetched anew may be taken.
    """

    default_code = "authorisation_lost"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        fix: str = "",
        details: Mapping[str, Any] | None = None,
        token: bool = False,
    ) -> None:
        super().__init__(message, code=code, fix=fix, details=details)
        self.token = token


class LeaseLost(HubError):
    """Another process has taken this job over; nothing of this process's later results was recorded (rule J6)."""

    default_code = "lease_lost"


def place_of(fault: BaseException) -> str:
    """Where a fault nobody foresaw arose, innermost last, with the faults behind it; without what any of them says.

    Their texts may hold what somebody sent or a secret, which no log may show.
    """
    told: list[str] = []
    seen: set[int] = set()  # a fault raised from one that it caused stands behind itself
    at: BaseException | None = fault
    while at is not None and id(at) not in seen:
        seen.add(id(at))
        lines = traceback.extract_tb(at.__traceback__)
        told.append(f"{type(at).__name__} at " + " > ".join(f"{each.filename}:{each.lineno}" for each in lines))
        at = at.__cause__ or (None if at.__suppress_context__ else at.__context__)
    return "\nbehind it ".join(told)
