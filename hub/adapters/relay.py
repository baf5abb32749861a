"""One pluggy relay per connection: a hook call can only ever reach this connection's adapter and its extensions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pluggy

from hub.adapters.capability import Capabilities
from hub.adapters.defaults import Defaults
from hub.adapters.hookspecs import PROJECT, AdapterSpec
from hub.adapters.links import web_address
from hub.adapters.secrets import Blotter
from hub.adapters.types import (
    AdapterContext,
    Applied,
    ChangePage,
    Fault,
    Find,
    Identity,
    Outcome,
    RemoteObject,
    RemoteRef,
    Request,
    Unauthorised,
    UndoPlan,
    Unknown,
    Waiting,
)
from hub.errors import AuthorisationLost, BooksProblem, HubError, PluginProblem
from hub.model.types import Operation

AGAIN_SECONDS = 30
"""When credentials could not be renewed because the books did not answer: how long until it is tried again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One adapter instance and the credentials it was made with, as the hub numbers them."""

    adapter: Any
    context: AdapterContext
    version: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewed:
    """A line with newer credentials; `by_us` when this process fetched them, and not another."""

    line: Line
    by_us: bool


Renew = Callable[[int, bool], Renewed]
"""Given the version of the credentials that were refused, and whether this very call had fetched them: newer ones,
stored already. AuthorisationLost when there are none."""


class Relay:
    """Typed calls to one connection's adapter. What a plugin raises or answers wrongly is its fault and is named.

    When the books refuse the authorisation, it is renewed and the call made once more; what they refuse with
    credentials that were fetched just now stays refused (rule J5). Where they say that it is only the token they do not
    take, that is no loss of authorisation but trouble that passes: BooksProblem `token_refused_again`, or waiting.

    Raises (all methods):
        HubError: the adapter's own, or PluginProblem `plugin_failed`, `plugin_answer_incomplete`, `hook_missing`.
    """

    def __init__(
        self,
        adapter: Any,
        context: AdapterContext,
        extensions: Sequence[object] = (),
        *,
        version: int = 0,
        renew: Renew | None = None,
    ) -> None:
        self.info = adapter.info
        self.context = context
        self.capabilities: Capabilities = getattr(adapter, "capabilities", adapter.info.capabilities)
        self._extensions = tuple(extensions)
        self._renew = renew
        self._retired: Counter[str] = Counter()
        self._line = self._made(Line(adapter=adapter, context=context, version=version))

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

    def missing(self) -> list[Fault]:
        """What is missing before everything can be posted; nothing from an adapter that does not look."""
        return [each for each in self._call("hub_missing") or () if isinstance(each, Fault)]

    def push(self, requests: Sequence[Request]) -> list[Outcome]:
        """One outcome per request, in order. What was refused for its authorisation is sent once more with new one."""
        line, patience = self._line, _Patience()
        outcomes = self._push(line, requests)
        while refused := [at for at, outcome in enumerate(outcomes) if isinstance(outcome, Unauthorised)]:
            line, answers = self._once_more(line, [requests[at] for at in refused], patience)
            if not answers:
                self._later(outcomes, refused, patience)
                break
            for at, answer in zip(refused, answers, strict=True):
                outcomes[at] = answer
        return outcomes

    def plan_undo(self, requests: Sequence[Request]) -> list[UndoPlan]:
        """How each document would be removed, or why not."""
        return self._listed("hub_plan_undo", requests, requests=requests)

    def foresee(self, requests: Sequence[Request]) -> list[Fault | None]:
        """What the adapter would refuse by itself, for each; nothing from an adapter that does not look."""
        told = self._call("hub_foresee", requests=requests) if requests else []
        if told is None:
            return [None] * len(requests)
        told = self._whole(told, "hub_foresee", requests)
        return [self._line.blotter.refusal(each) if isinstance(each, Fault) else None for each in told]

    def find(self, wanted: Sequence[Find]) -> list[tuple[RemoteObject, ...]]:
        """The objects that meet each entry."""
        return self._listed("hub_find", wanted, wanted=wanted)

    def read(self, refs: Sequence[RemoteRef]) -> list[RemoteObject | None]:
        """The objects by id, None for one that is gone."""
        return self._listed("hub_read", refs, refs=refs)

    @property
    def tells_changes(self) -> bool:
        """Whether there is anything to import: False where no type travels that way and `hub_changes` is left out."""
        asked = self._manager.hook.hub_changes.get_hookimpls()
        return bool(self.capabilities.imported) or any(not (each.wrapper or each.hookwrapper) for each in asked)

    def changes(self, cursor: str | None, limit: int) -> ChangePage:
        """A page of changed entities."""
        page: ChangePage | None = self._call("hub_changes", cursor=cursor, limit=limit)
        if page is None:
            raise self._missing("hub_changes")
        return page

    def verify_webhook(self, headers: Mapping[str, str], body: bytes) -> str | None:
        """The company that a webhook of the books concerns, once its signature is right; None when nobody looked."""
        company = self._call("hub_verify_webhook", headers=headers, body=body)
        return company if isinstance(company, str) and company else None

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

    def record_url(self, ref: RemoteRef, posts_as: str) -> str | None:
        """The object's own page for a person's browser; None where there is none, or no address that may be shown.

        Raises nothing: a link is never worth the page it stands on.
        """
        try:
            return web_address(self._ask(self._line, "hub_record_url", None, ref=ref, posts_as=posts_as))
        except HubError:
            return None

    def authorise_url(self, given: Mapping[str, str], state: str) -> str | None:
        """Where a person authorises the hub; None when nobody need be asked, or the adapter knows no such thing."""
        url = self._ask(self._line, "hub_authorise_url", Blotter(given), given=given, state=state)
        if url is not None and not isinstance(url, str):
            raise PluginProblem(
                f"The {self.info.name} adapter answered hub_authorise_url with a {type(url).__name__}.",
                code="plugin_failed",
                fix="Report this to the adapter's author.",
            )
        return url

    def obtain_credentials(self, given: Mapping[str, str]) -> Mapping[str, str] | None:
        """The first credentials, for what a person was given when they authorised the hub; None: no such hook."""
        return self._credentials("hub_obtain_credentials", given=given)

    def refresh_credentials(self, credentials: Mapping[str, str]) -> Mapping[str, str] | None:
        """Fresh credentials for these; None when the adapter knows no such thing."""
        return self._credentials("hub_refresh_credentials", credentials=credentials)

    def count_calls(self) -> Callable[[], dict[str, int]]:
        """How many calls to the books were made from now on, by kind; nothing from an adapter that does not count."""
        before = self._counted()

        def since() -> dict[str, int]:
            made = {kind: count - before.get(kind, 0) for kind, count in self._counted().items()}
            return {kind: count for kind, count in sorted(made.items()) if count > 0}

        return since

    def _counted(self) -> Counter[str]:
        """All calls of this relay: those of adapters whose credentials were renewed, and of the present one."""
        return self._retired + self._counts_of(self._line)

    def _counts_of(self, line: _Made) -> Counter[str]:
        told = getattr(line.adapter, "call_counts", None)
        return Counter(told) if isinstance(told, Mapping) else Counter()

    @property
    def _manager(self) -> pluggy.PluginManager:
        """The plugins that answer at present."""
        return self._line.manager

    # --- one call, and once more with renewed authorisation ---

    def _call(self, hook: str, /, **arguments: Any) -> Any:
        patience = _Patience()
        while True:
            line = self._line
            try:
                return self._ask(line, hook, None, **arguments)
            except AuthorisationLost as fault:
                if not self._renewed(line, patience):
                    if fault.token and patience.fetched:
                        raise self._refused_again(fault.message) from None
                    raise

    def _renewed(self, refused: _Made, patience: _Patience) -> bool:
        """Whether there are newer credentials to try than those just refused.

        Raises:
            HubError: they could not be renewed for another reason than a refusal.
        """
        if self._renew is None or not patience.left:
            return False
        try:
            renewed = self._renew(refused.version, patience.fetched)
        except AuthorisationLost:
            return False
        patience.left -= 1
        patience.fetched |= renewed.by_us
        if renewed.line.version > self._line.version:
            self._retired += self._counts_of(self._line)
            self._line = self._made(renewed.line)
        return True

    def _once_more(
        self, refused: _Made, requests: Sequence[Request], patience: _Patience
    ) -> tuple[_Made, list[Outcome]]:
        """What came of sending them with newer credentials, and with which; nothing when there are none."""
        now = self.context.now
        try:
            if not self._renewed(refused, patience):
                return refused, []
        except HubError as fault:  # surely not executed, and not the end of the authorisation: the queue waits
            later = now() + timedelta(seconds=AGAIN_SECONDS)
            return refused, [Waiting(until=later, reason=fault.message)] * len(requests)
        line = self._line
        if now() >= min(request.deadline for request in requests):
            late = Waiting(until=now(), reason="The authorisation was renewed too late to send it.")
            return line, [late] * len(requests)
        try:
            return line, self._push(line, requests)
        except Exception as fault:  # the answers that are there already must not be lost over it
            return line, [Unknown(message=f"{type(fault).__name__}: {fault}")] * len(requests)

    def _refused_again(self, said: str) -> BooksProblem:
        """The books gave a new token and refused that too: trouble of theirs, and no end of the authorisation."""
        return BooksProblem(
            f"The books refused the authorisation although it had just been renewed. {said}",
            code="token_refused_again",
            fix="Try again; only if it lasts, connect it again.",
        )

    def _later(self, outcomes: list[Outcome], refused: Sequence[int], patience: _Patience) -> None:
        """What was refused for its token, though that was new, waits: nothing of it was executed."""
        until = self.context.now() + timedelta(seconds=AGAIN_SECONDS)
        for at in refused:
            outcome = outcomes[at]
            if isinstance(outcome, Unauthorised) and outcome.token and patience.fetched:
                outcomes[at] = Waiting(until=until, reason=self._refused_again(outcome.message).message)

    def _made(self, line: Line) -> _Made:
        manager = pluggy.PluginManager(PROJECT)
        manager.add_hookspecs(AdapterSpec)
        manager.register(Defaults(manager), "hub-defaults")
        manager.register(line.adapter, line.adapter.info.name)
        for extension in self._extensions:
            manager.register(extension)
        manager.check_pending()
        return _Made(
            adapter=line.adapter, manager=manager, version=line.version, blotter=Blotter(line.context.credentials)
        )

    def _push(self, line: _Made, requests: Sequence[Request]) -> list[Outcome]:
        if not requests:
            return []
        try:
            answers = self._whole(self._ask(line, "hub_push", None, requests=requests), "hub_push", requests)
        except AuthorisationLost as fault:
            return [Unauthorised(message=fault.message, token=fault.token)] * len(requests)
        return [line.blotter.outcome(_sound(*each)) for each in zip(requests, answers, strict=True)]

    # --- asked, and answered in full ---

    def _listed(self, hook: str, asked: Sequence[object], **arguments: object) -> list[Any]:
        return self._whole(self._call(hook, **arguments), hook, asked) if asked else []

    def _whole(self, answers: list[Any] | None, hook: str, asked: Sequence[object]) -> list[Any]:
        if answers is None:
            raise self._missing(hook)
        if len(answers) != len(asked):
            raise PluginProblem(
                f"The {self.info.name} adapter answered {len(answers)} of {len(asked)} entries of {hook}.",
                code="plugin_answer_incomplete",
                fix="Report this to the adapter's author.",
            )
        return answers

    def _credentials(self, hook: str, **arguments: Mapping[str, str]) -> Mapping[str, str] | None:
        (handed_in,) = arguments.values()
        answer = self._ask(self._line, hook, Blotter(handed_in), **arguments)
        if answer is None:
            return None
        if not isinstance(answer, Mapping) or not all(
            isinstance(each, str) for pair in answer.items() for each in pair
        ):
            raise PluginProblem(
                f"The {self.info.name} adapter answered {hook} with something that is no mapping of texts.",
                code="plugin_failed",
                fix="Report this to the adapter's author.",
            )
        return dict(answer)

    def _ask(self, line: _Made, hook: str, blotter: Blotter | None = None, /, **arguments: Any) -> Any:
        blotter = blotter or line.blotter
        try:
            return getattr(line.manager.hook, hook)(**arguments)
        except HubError as fault:
            raise blotter.fault(fault) from blotter.cause(fault.__cause__)
        except (Exception, SystemExit) as fault:
            raise PluginProblem(
                f"The {self.info.name} adapter failed in {hook}: {type(fault).__name__}: {blotter.text(str(fault))}.",
                code="plugin_failed",
                fix="Try again; if it lasts, report it to the adapter's author.",
            ) from blotter.cause(fault)

    def _missing(self, hook: str) -> PluginProblem:
        return PluginProblem(
            f"The {self.info.name} adapter does not answer {hook}.", code="hook_missing", fix="Update the adapter."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    """A line with its plugins registered."""

    adapter: Any
    manager: pluggy.PluginManager
    version: int
    blotter: Blotter


@dataclass(slots=True)
class _Patience:
    """How often one call is still made once more, and whether its last credentials were fetched by itself."""

    left: int = 4
    fetched: bool = False


def _sound(request: Request, answer: Any) -> Outcome:
    """The outcome, or *unknown* for an answer that tells nothing: no outcome at all, or done without a remote id."""
    if not isinstance(answer, Outcome):
        return Unknown(message=f"the adapter answered with a {type(answer).__name__}, which is no outcome")
    if isinstance(answer, Applied) and not answer.remote_id and request.operation is not Operation.DELETE:
        return Unknown(message="the adapter says it is done, but not under which remote id")
    return answer
