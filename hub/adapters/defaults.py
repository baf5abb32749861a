"""The hub's own answers to hooks, behind the adapter's: operations split over the verbs, and an empty undo plan."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pluggy

from hub.adapters.hookspecs import hookimpl
from hub.adapters.types import Fault, Outcome, Rejected, Request, Unauthorised, UndoPlan, Unknown
from hub.errors import AuthorisationLost, ErrorClass
from hub.model.types import Operation

Verb = Callable[..., list[Outcome] | None]


class Defaults:
    """Answers of last resort: they stand behind the adapter's own."""

    def __init__(self, manager: pluggy.PluginManager) -> None:
        self._manager = manager

    @hookimpl(trylast=True)
    def hub_push(self, requests: Sequence[Request]) -> list[Outcome]:
        """Split mixed operations over the verb hooks, and put the answers back in order."""
        hook = self._manager.hook
        groups: dict[str, list[int]] = {}
        for at, request in enumerate(requests):
            groups.setdefault(_verb(request), []).append(at)
        answers: list[Outcome | None] = [None] * len(requests)
        for verb, places in groups.items():
            outcomes = _carry_out(getattr(hook, verb), [requests[at] for at in places])
            for at, outcome in zip(places, outcomes, strict=True):
                answers[at] = outcome
        return answers  # type: ignore[return-value]

    @hookimpl(trylast=True)
    def hub_plan_undo(self, requests: Sequence[Request]) -> list[UndoPlan]:
        """An adapter that cannot tell gives no plan: the removal itself will be accepted or refused."""
        return [UndoPlan() for _ in requests]


def _carry_out(verb: Verb, requests: list[Request]) -> list[Outcome]:
    """One verb's outcomes. What it raises stays within its own requests: the other verbs' answers must not be lost."""
    try:
        outcomes = verb(requests=requests)
    except AuthorisationLost as fault:
        return [Unauthorised(message=fault.message, token=fault.token)] * len(requests)
    except (Exception, SystemExit) as fault:
        return [Unknown(message=f"{type(fault).__name__}: {fault}")] * len(requests)
    if outcomes is None:
        return [_not_supported(request) for request in requests]
    if len(outcomes) != len(requests):
        return [Unknown(message=f"the adapter answered {len(outcomes)} of {len(requests)} requests")] * len(requests)
    return outcomes


def _verb(request: Request) -> str:
    match request.operation:
        case Operation.CREATE:
            return "hub_create"
        case Operation.UPDATE:
            return "hub_update"
        case Operation.DELETE:
            return "hub_delete" if request.type.is_entity else "hub_undo"


def _not_supported(request: Request) -> Outcome:
    return Rejected(
        fault=Fault(
            error=ErrorClass.NOT_SUPPORTED,
            code="not_supported",
            message=f"These books cannot {request.operation} a {request.type.words}.",
            fix="Enter it in the books by hand, or take its request out of the queue.",
        )
    )
