"""The mock adapter: each hook asks the faults first, then the books; what is answered is what happened, or unknown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import ClassVar

from hub.adapters import (
    AdapterContext,
    AdapterInfo,
    Capabilities,
    ChangePage,
    Find,
    Identity,
    Outcome,
    RemoteObject,
    RemoteRef,
    Removal,
    Request,
    UndoPlan,
    Unknown,
    Waiting,
    hookimpl,
)
from hub.errors import AuthorisationLost, BooksProblem, PluginProblem
from hub_mock import refusals
from hub_mock.bookkeeper import Bookkeeper
from hub_mock.books import Books
from hub_mock.faults import (
    THROTTLE_SECONDS,
    FaultName,
    On,
    fault_row,
    strike_on_reading,
    strike_on_refreshing,
    strike_on_writing,
)
from hub_mock.settings import MockSettings, capabilities

_LOST = "The answer of the books was lost on its way (a fault switched on by hand)."


class MockAdapter:
    """One connection's access to its mock books.

    It implements the four verbs and not `hub_push`, so that an extension that wraps a verb sees every request.
    """

    info: ClassVar[AdapterInfo] = AdapterInfo(
        name="mock",
        title="Mock books",
        version="0.1.0",
        settings=MockSettings,
        capabilities=capabilities(MockSettings()),
    )

    def __init__(self, context: AdapterContext) -> None:
        if not isinstance(context.settings, MockSettings):
            raise PluginProblem("The mock adapter was given another adapter's settings.", fix="Connect it again.")
        self.settings = context.settings
        self._context = context
        default = context.data_dir / f"books-{context.connection.replace('/', '--')}.db"
        self.books = Books(self.settings.file or default, self.settings, context.connection, context.now)

    @property
    def capabilities(self) -> Capabilities:
        """The facts that hold for this connection's settings."""
        return capabilities(self.settings)

    @property
    def bookkeeper(self) -> Bookkeeper:
        """The books' own screen: what a person there sees and changes, as `hub mock` does."""
        return Bookkeeper(self.books)

    def misbehave(self, name: str, *, times: int | None = None, on: str = "any") -> None:
        """Switch a fault on, as `hub mock fault` does; InvalidInput for words that are none."""
        self.books.switch(fault_row(name, on, times))

    @hookimpl
    def hub_check(self) -> Identity:
        """Which company the books are; opens, and if need be creates, their file."""
        self._gate(On.CHECK)
        return self.books.identity()

    @hookimpl
    def hub_obtain_credentials(self, given: Mapping[str, str]) -> Mapping[str, str] | None:
        """The first tokens, for the asking; None for books that ask for no tokens."""
        return self.books.authorise() if self.settings.token_seconds else None

    @hookimpl
    def hub_refresh_credentials(self, credentials: Mapping[str, str]) -> Mapping[str, str] | None:
        """New tokens for a refresh token that is still taken; None for books that ask for no tokens."""
        if not self.settings.token_seconds:
            return None
        self._pause()
        struck = self.books.struck(strike_on_refreshing).call
        if struck is FaultName.DROP_BEFORE_COMMIT:
            raise _refresh_lost()
        fresh = None if struck is FaultName.UNAUTHORISED else self.books.refresh(credentials)
        if struck is FaultName.DROP_AFTER_COMMIT:
            raise _refresh_lost()
        if fresh is None:
            token = credentials.get("refresh_token")
            raise AuthorisationLost(f"The books refuse the refresh token {token!r}.", fix="Connect it again.")
        return fresh

    @hookimpl
    def hub_create(self, requests: Sequence[Request]) -> list[Outcome]:
        """Create entities and documents: one transaction."""
        return self._write(requests)

    @hookimpl
    def hub_update(self, requests: Sequence[Request]) -> list[Outcome]:
        """Change what exists, if it is still at the version the request names: one transaction."""
        return self._write(requests)

    @hookimpl
    def hub_delete(self, requests: Sequence[Request]) -> list[Outcome]:
        """Delete unused entities, make used ones inactive: one transaction."""
        return self._write(requests)

    @hookimpl
    def hub_undo(self, requests: Sequence[Request]) -> list[Outcome]:
        """Delete documents: one transaction."""
        return self._write(requests)

    @hookimpl
    def hub_plan_undo(self, requests: Sequence[Request]) -> list[UndoPlan]:
        """Deletion, or the refusal that `hub_undo` would give."""
        self._gate(On.READ)
        plans = []
        for request, entry in zip(requests, self.books.stored(requests), strict=True):
            refusal = None
            if entry is not None and not entry.deleted and entry.type == request.type:
                refusal = refusals.removal(entry, self.settings)
                seen = "" if request.remote is None else request.remote.version
                if refusal is None and seen not in ("", str(entry.version)):
                    refusal = refusals.edited(request, entry)
            plans.append(UndoPlan(how=None if refusal else Removal.DELETE, refusal=refusal))
        return plans

    @hookimpl
    def hub_find(self, wanted: Sequence[Find]) -> list[tuple[RemoteObject, ...]]:
        """Objects by marker, name or number."""
        self._gate(On.FIND)
        return self.books.find(wanted)

    @hookimpl
    def hub_read(self, refs: Sequence[RemoteRef]) -> list[RemoteObject | None]:
        """Objects by remote id."""
        self._gate(On.READ)
        return self.books.read(refs)

    @hookimpl
    def hub_changes(self, cursor: str | None, limit: int) -> ChangePage:
        """A page of changed entities and of payments applied to documents."""
        self._gate(On.CHANGES)
        return self.books.changes(cursor, limit)

    @hookimpl
    def hub_documents(self, since: date, until: date, cursor: str | None, limit: int) -> ChangePage:
        """A page of the documents of a period, deleted ones marked."""
        self._gate(On.READ)
        return self.books.documents(since, until, cursor, limit)

    def _gate(self, operation: On) -> None:
        """Latency and loss of authorisation, before anything is read."""
        self._pause()
        self.books.admit(self._context.credentials)
        if self.books.struck(lambda rows: strike_on_reading(rows, operation)).call is not None:
            raise _authorisation_lost()

    def _write(self, requests: Sequence[Request]) -> list[Outcome]:
        if not requests:
            return []
        self._pause()
        self.books.admit(self._context.credentials)
        strike = self.books.struck(lambda rows: strike_on_writing(rows, requests))
        unknown: list[Outcome] = [Unknown(message=_LOST) for _ in requests]
        match strike.call:
            case FaultName.UNAUTHORISED:
                raise _authorisation_lost()
            case FaultName.THROTTLE:
                until = self._context.now() + timedelta(seconds=THROTTLE_SECONDS)
                return [Waiting(until=until, reason="Too many requests; the books ask to wait.") for _ in requests]
            case FaultName.DROP_BEFORE_COMMIT:
                return unknown
            case FaultName.SLOW:
                left = min(request.deadline for request in requests) - self._context.now()
                self._context.sleep(max(0.0, min(self.settings.call_timeout, left.total_seconds())))
            case _:
                pass
        outcomes = self._apply(requests, strike.requests, late=strike.call is FaultName.SLOW)
        return unknown if strike.call in (FaultName.SLOW, FaultName.DROP_AFTER_COMMIT) else outcomes

    def _apply(self, requests: Sequence[Request], struck: dict[int, Outcome], *, late: bool) -> list[Outcome]:
        """Let the books carry out what no fault has answered already."""
        if not struck:
            return self.books.apply(requests, late=late)
        rest = [at for at in range(len(requests)) if at not in struck]
        outcomes = self.books.apply([requests[at] for at in rest], late=late) if rest else []
        answers = struck | dict(zip(rest, outcomes, strict=True))
        return [answers[at] for at in range(len(requests))]

    def _pause(self) -> None:
        if self.settings.latency:
            self._context.sleep(self.settings.latency)


def _refresh_lost() -> BooksProblem:
    return BooksProblem(
        "The answer to the token refresh was lost on its way (a fault switched on by hand).", fix="Try again later."
    )


def _authorisation_lost() -> AuthorisationLost:
    return AuthorisationLost(
        "The mock books no longer accept this connection (a fault switched on by hand).",
        fix="Clear it with `hub mock fault CONNECTION --clear`, then connect again.",
    )
