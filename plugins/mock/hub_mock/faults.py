"""Faults that the books can be told to show, decided purely; and the named points where a test kills the process."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from hub.adapters import Conflict, Fault, Outcome, Rejected, Request
from hub.errors import ErrorClass, InvalidInput
from hub.model import Operation

THROTTLE_SECONDS = 2
_passes: Counter[str] = Counter()


class FaultName(StrEnum):
    """How the books can misbehave; the first five befall a whole call, the others one request each."""

    UNAUTHORISED = "unauthorised"
    THROTTLE = "throttle"
    DROP_BEFORE_COMMIT = "drop-before-commit"
    SLOW = "slow"
    DROP_AFTER_COMMIT = "drop-after-commit"
    REFUSE = "refuse"
    STALE = "stale"
    CLOSED = "closed"


class On(StrEnum):
    """What a fault strikes; the reading ones only for `unauthorised`, refresh for that and the two drops."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    ANY = "any"
    CHECK = "check"
    READ = "read"
    FIND = "find"
    CHANGES = "changes"
    REFRESH = "refresh"


READING = frozenset({On.CHECK, On.READ, On.FIND, On.CHANGES})
OF_A_CALL = (
    FaultName.UNAUTHORISED,
    FaultName.THROTTLE,
    FaultName.DROP_BEFORE_COMMIT,
    FaultName.SLOW,
    FaultName.DROP_AFTER_COMMIT,
)
OF_A_REFRESH = (FaultName.UNAUTHORISED, FaultName.DROP_BEFORE_COMMIT, FaultName.DROP_AFTER_COMMIT)
OF_A_REQUEST = (FaultName.REFUSE, FaultName.STALE, FaultName.CLOSED)
NEVER_REACHES_THE_BOOKS = frozenset({FaultName.UNAUTHORISED, FaultName.THROTTLE, FaultName.DROP_BEFORE_COMMIT})


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultRow:
    """One switched-on fault: what it strikes and how often it still does (None: until it is cleared)."""

    name: FaultName
    on: On = On.ANY
    times: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Strike:
    """What befalls one call: at most one fault of the whole call, and answers for single requests by their place."""

    call: FaultName | None = None
    requests: dict[int, Outcome] = field(default_factory=dict)
    spent: Counter[tuple[FaultName, On]] = field(default_factory=Counter)


def fault_row(name: str, on: str, times: int | None) -> FaultRow:
    """The fault that a person names; InvalidInput for a word that is none, or a fault that cannot strike there."""
    if name not in list(FaultName):
        raise InvalidInput(
            f"There is no fault {name!r}.", code="unknown_fault", fix=f"Use one of {', '.join(FaultName)}."
        )
    if on not in list(On):
        raise InvalidInput(f"Nothing is called {on!r}.", code="unknown_operation", fix=f"Use one of {', '.join(On)}.")
    if On(on) is On.REFRESH and name not in OF_A_REFRESH:
        raise InvalidInput(
            f"The fault {name} does not strike a refresh.",
            code="unknown_operation",
            fix=f"Use one of {', '.join(OF_A_REFRESH)} there.",
        )
    if On(on) in READING and name != FaultName.UNAUTHORISED:
        raise InvalidInput(
            f"The fault {name} strikes writes only.", code="unknown_operation", fix="Use create, update, delete or any."
        )
    return FaultRow(name=FaultName(name), on=On(on), times=times)


def strike_on_reading(rows: Iterable[FaultRow], operation: On) -> Strike:
    """What befalls a call that reads: loss of authorisation is the only fault there."""
    for row in rows:
        if row.name is FaultName.UNAUTHORISED and row.on in (On.ANY, operation):
            return Strike(call=row.name, spent=Counter([(row.name, row.on)]))
    return Strike()


def strike_on_refreshing(rows: Iterable[FaultRow]) -> Strike:
    """What befalls the exchange of a refresh token; only what is switched on for it by name."""
    for row in rows:
        if row.on is On.REFRESH:
            return Strike(call=row.name, spent=Counter([(row.name, row.on)]))
    return Strike()


def strike_on_writing(rows: Sequence[FaultRow], requests: Sequence[Request]) -> Strike:
    """What befalls a call that writes: the first fault of the call in the order above, then those of its requests.

    A fault that is not reached is not counted down.
    """
    spent: Counter[tuple[FaultName, On]] = Counter()
    call = None
    for row in sorted(rows, key=lambda row: list(FaultName).index(row.name)):
        if row.name in OF_A_CALL and any(row.on in (On.ANY, request.operation.value) for request in requests):
            call = row.name
            spent[row.name, row.on] += 1
            break
    struck: dict[int, Outcome] = {}
    if call not in NEVER_REACHES_THE_BOOKS:
        for at, request in enumerate(requests):
            for row in rows:
                left = row.times is None or spent[row.name, row.on] < row.times
                if left and row.name in OF_A_REQUEST and _fits(row, request):
                    struck[at] = _answer(row.name, request)
                    spent[row.name, row.on] += 1
                    break
    return Strike(call=call, requests=struck, spent=spent)


def _fits(row: FaultRow, request: Request) -> bool:
    if row.on not in (On.ANY, request.operation.value):
        return False
    if row.name is FaultName.STALE:
        return request.operation is not Operation.CREATE
    return row.name is not FaultName.CLOSED or not request.type.is_entity


def _answer(name: FaultName, request: Request) -> Outcome:
    if name is FaultName.STALE:
        return Conflict(
            code=Conflict.STALE_VERSION,
            message=f"The {request.type.words} was changed in the books meanwhile (a fault switched on by hand).",
            remote_id=None if request.remote is None else request.remote.remote_id,
        )
    if name is FaultName.CLOSED:
        return period_closed("The books are closed for this date (a fault switched on by hand).")
    return Rejected(
        fault=Fault(
            error=ErrorClass.VALIDATION,
            code="refused_by_fault",
            message=f"The books refuse this {request.type.words} (a fault switched on by hand).",
            fix="Try again; where it stays, switch the fault off: `hub mock fault CONNECTION --clear`.",
        )
    )


def period_closed(message: str) -> Rejected:
    """The refusal of anything in a closed period (rule X8)."""
    return Rejected(
        fault=Fault(
            error=ErrorClass.PERIOD_CLOSED,
            code="period_closed",
            message=message,
            fix="Date the document after the closing date, or have the period re-opened in the books.",
        )
    )


def kill_point(name: str) -> None:
    """Kill this process, as a power cut would, when HUB_KILL_AT equals `name` or, at the N-th pass, `name:N`."""
    wanted = os.environ.get("HUB_KILL_AT")
    if not wanted or not wanted.startswith(name):
        return
    _passes[name] += 1
    if wanted in (name, f"{name}:{_passes[name]}"):
        os.kill(os.getpid(), signal.SIGKILL)
