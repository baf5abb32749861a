"""One pluggy relay per connection: a hook call can only ever reach this connection's adapter and its extensions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pluggy

from hub.adapters.capability import Capabilities
from hub.adapters.hookspecs import PROJECT, AdapterSpec, hookimpl
from hub.adapters.types import (
    AdapterContext,
    Applied,
    ChangePage,
    Fault,
    Find,
    Identity,
    Outcome,
    Rejected,
    RemoteObject,
    RemoteRef,
    Request,
    Unauthorised,
    UndoPlan,
    Unknown,
)
from hub.errors import AuthorisationLost, ErrorClass, HubError, PluginProblem
from hub.model.types import Operation

Verb = Callable[..., list[Outcome] | None]


class Relay:
    """Typed calls to one connection's adapter. What a plugin raises or answers wrongly is its fault and is named.

    Raises (all methods):
        HubError: the adapter's own, or PluginProblem `plugin_failed`, `plugin_answer_incomplete`, `hook_missing`.
    """

    def __init__(self, adapter: Any, context: AdapterContext, extensions: Sequence[object] = ()) -> None:
        self.info = adapter.info
        self.context = context
        self.capabilities: Capabilities = getattr(adapter, "capabilities", adapter.info.capabilities)
        self._manager = pluggy.PluginManager(PROJECT)
        self._manager.add_hookspecs(AdapterSpec)
        self._manager.register(_Defaults(self._manager), "hub-defaults")
        self._manager.register(adapter, adapter.info.name)
        for extension in extensions:
            self._manager.register(extension)
        self._manager.check_pending()
        self._hook = self._manager.hook

    def check(self) -> Identity:
        """Which company the books are; a closing date only where the adapter says that it reports them."""
        identity: Identity | None = self._call("hub_check")
        if identity is None:
            raise self._missing("hub_check")
        closing = identity.closing_date
        if closing is None or not self.capabilities.reports_closing_date:
            return replace(identity, closing_date=None)
        if type(closing) is not date:
            raise PluginProblem(
                f"The {self.info.name} adapter reports the closing date {closing!r}, which is no plain date.",
                code="plugin_failed",
                fix="Report this to the adapter's author.",
            )
        return identity

    def push(self, requests: Sequence[Request]) -> list[Outcome]:
        """One outcome per request, in order."""
        answers = self._listed("hub_push", requests, requests=requests)
        return [_sound(request, answer) for request, answer in zip(requests, answers, strict=True)]

    def plan_undo(self, requests: Sequence[Request]) -> list[UndoPlan]:
        """How each document would be removed, or why not."""
        return self._listed("hub_plan_undo", requests, requests=requests)

    def find(self, wanted: Sequence[Find]) -> list[tuple[RemoteObject, ...]]:
        """The objects that meet each entry."""
        return self._listed("hub_find", wanted, wanted=wanted)

    def read(self, refs: Sequence[RemoteRef]) -> list[RemoteObject | None]:
        """The objects by id, None for one that is gone."""
        return self._listed("hub_read", refs, refs=refs)

    def changes(self, cursor: str | None, limit: int) -> ChangePage:
        """A page of changed entities."""
        page: ChangePage | None = self._call("hub_changes", cursor=cursor, limit=limit)
        if page is None:
            raise self._missing("hub_changes")
        return page

    def documents(self, since: date, until: date, cursor: str | None, limit: int) -> ChangePage | None:
        """A page of the documents dated in a period; None from an adapter that cannot list them."""
        page = self._call("hub_documents", since=since, until=until, cursor=cursor, limit=limit)
        if page is not None and not isinstance(page, ChangePage):
            raise PluginProblem(
                f"The {self.info.name} adapter answered hub_documents with a {type(page).__name__}, which is no page.",
                code="plugin_failed",
                fix="Report this to the adapter's author.",
            )
        return page

    def _listed(self, hook: str, asked: Sequence[object], **arguments: object) -> list[Any]:
        if not asked:
            return []
        answers: list[Any] | None = self._call(hook, **arguments)
        if answers is None:
            raise self._missing(hook)
        if len(answers) != len(asked):
            raise PluginProblem(
                f"The {self.info.name} adapter answered {len(answers)} of {len(asked)} entries of {hook}.",
                code="plugin_answer_incomplete",
                fix="Report this to the adapter's author.",
            )
        return answers

    def _call(self, hook: str, **arguments: object) -> Any:
        try:
            return getattr(self._hook, hook)(**arguments)
        except HubError:
            raise
        except (Exception, SystemExit) as fault:
            raise PluginProblem(
                f"The {self.info.name} adapter failed in {hook}: {type(fault).__name__}: {fault}.",
                code="plugin_failed",
                fix="Try again; if it lasts, report it to the adapter's author.",
            ) from fault

    def _missing(self, hook: str) -> PluginProblem:
        return PluginProblem(
            f"The {self.info.name} adapter does not answer {hook}.", code="hook_missing", fix="Update the adapter."
        )


class _Defaults:
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
        return [Unauthorised(message=fault.message)] * len(requests)
    except (Exception, SystemExit) as fault:
        return [Unknown(message=f"{type(fault).__name__}: {fault}")] * len(requests)
    if outcomes is None:
        return [_not_supported(request) for request in requests]
    if len(outcomes) != len(requests):
        return [Unknown(message=f"the adapter answered {len(outcomes)} of {len(requests)} requests")] * len(requests)
    return outcomes


def _sound(request: Request, answer: Any) -> Outcome:
    """The outcome, or *unknown* for an answer that tells nothing: no outcome at all, or done without a remote id."""
    if not isinstance(answer, Outcome):
        return Unknown(message=f"the adapter answered with a {type(answer).__name__}, which is no outcome")
    if isinstance(answer, Applied) and not answer.remote_id and request.operation is not Operation.DELETE:
        return Unknown(message="the adapter says it is done, but not under which remote id")
    return answer


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
