"""Carries requests out: encoded, refused here where QuickBooks would refuse, sent together, answered one by one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hub.adapters import (
    AdapterContext,
    Applied,
    Conflict,
    Fault,
    Outcome,
    Rejected,
    RemoteRef,
    Removal,
    Request,
    Waiting,
    edited_fields,
)
from hub.errors import AuthorisationLost, ErrorClass, HubError
from hub.model import Operation
from hub_quickbooks import undoing
from hub_quickbooks.catalogue import Does
from hub_quickbooks.client import Answer, Client, Item
from hub_quickbooks.codec import Book, Company, Draft, draft
from hub_quickbooks.codec.book import text_of
from hub_quickbooks.codec.content import content
from hub_quickbooks.codec.entities import bare
from hub_quickbooks.faults import Trouble, outcome_of
from hub_quickbooks.finding import Finder
from hub_quickbooks.reference import ReferenceLists
from hub_quickbooks.settings import QuickBooksSettings

LATER = timedelta(seconds=15)
_WHOLE_NUMBER = re.compile(r"(?<![\d.,])\d+(?![.,]?\d)")
"""What may be an id; amounts have decimals."""


class Writer:
    """Writes for one connection."""

    def __init__(
        self,
        settings: QuickBooksSettings,
        context: AdapterContext,
        client: Client,
        lists: ReferenceLists,
        finder: Finder,
    ) -> None:
        self._settings, self._now, self._client = settings, context.now, client
        self._lists, self._finder = lists, finder

    def carry_out(self, requests: Sequence[Request]) -> list[Outcome]:
        """One outcome per request. What is read beforehand can fail without a write being in doubt."""
        if not requests:
            return []
        try:
            requests, edited = self._versioned(requests)
            drafts = self._drafts(requests)
            self._refuse_voids(requests, drafts)
        except AuthorisationLost:
            raise
        except HubError as fault:
            return [Waiting(until=self._now() + LATER, reason=fault.message)] * len(requests)
        answers: list[Outcome | None] = [
            Rejected(fault=found) if isinstance(found, Fault) else None for found in drafts
        ]
        ready = [(at, found) for at, found in enumerate(drafts) if isinstance(found, Draft)]
        together = [(at, each) for at, each in ready if each.batchable and not self._settings.key_memory]
        alone = [(at, each) for at, each in ready if not (each.batchable and not self._settings.key_memory)]
        deadline = min(request.deadline for request in requests)
        said: dict[int, Answer] = {}
        size = self._settings.batch_size
        for start in range(0, len(together), size):
            some = together[start : start + size]
            items = [Item(draft=each, key=requests[at].key) for at, each in some]
            said |= zip((at for at, _ in some), self._client.write_together(items, deadline), strict=True)
        for at, each in alone:
            said[at] = self._client.write(Item(draft=each, key=requests[at].key), deadline)
        holders, kept = self._holders(requests, said), self._why_kept(requests, said)
        for at, each in ready:
            outcome = self._outcome(requests[at], each, said[at], holders.get(at), edited.get(at, ""))
            answers[at] = Rejected(fault=kept[at]) if at in kept and isinstance(outcome, Rejected) else outcome
        return [answer for answer in answers if answer is not None]

    def foresee(self, requests: Sequence[Request]) -> list[Fault | None]:
        """What would be refused here, before anything is sent: the very refusals of :meth:`carry_out`."""
        return [found if isinstance(found, Fault) else None for found in self._drafts(requests)]

    # ------------------------------------------------------------------------------------------------------ before it

    def _versioned(self, requests: Sequence[Request]) -> tuple[list[Request], dict[int, str]]:
        """The requests with the version that their object has now, where that is no guess; and what the others' hold.

        A person has said *whatever it is by now* of those that name no version. Of a document whose content is known,
        another version is nobody's edit as long as the content is the same: payments move it too, the hub's own among
        them. What was edited keeps the version that was seen, so that QuickBooks refuses it.
        """
        open = {at: r.remote for at, r in enumerate(requests) if r.remote is not None and _to_look_at(r.remote)}
        if not open:
            return list(requests), {}
        found = dict(zip(open, self._finder.read(list(open.values())), strict=True))
        renewed, edited = list(requests), {}
        for at, remote in open.items():
            there = found[at]
            if there is None or there.version == remote.version:
                continue
            if not remote.version or there.content == remote.content:
                renewed[at] = replace(requests[at], remote=replace(remote, version=there.version))
            else:
                edited[at] = ", ".join(edited_fields(remote.content, there.content))
        return renewed, edited

    def _drafts(self, requests: Sequence[Request]) -> list[Draft | Fault]:
        company = self._lists.company()
        drafted: list[Draft | Fault] = []
        for request in requests:
            found = draft(request, self._book(request, company))
            while not isinstance(found, Draft | Fault):
                self._lists.load(found.types)
                found = draft(request, self._book(request, company))
            drafted.append(found)
        return drafted

    def _refuse_voids(self, requests: Sequence[Request], drafts: list[Draft | Fault]) -> None:
        """Where the plan refuses: QuickBooks itself would void a paid invoice, and leave its payment in the air.

        One that was edited since is left to QuickBooks, which says so by its SyncToken.
        """
        voids = [at for at, each in enumerate(drafts) if isinstance(each, Draft) and each.how is Removal.VOID]
        plans = undoing.plan([requests[at] for at in voids], self._settings, self._finder, self._lists) if voids else []
        for at, planned in zip(voids, plans, strict=True):
            if planned.refusal is not None and planned.refusal.error is not ErrorClass.CONFLICT:
                drafts[at] = planned.refusal

    def _book(self, request: Request, company: Company) -> Book:
        return Book(settings=self._settings, company=company, links=request.links, lists=self._lists.held)

    # ------------------------------------------------------------------------------------------------------- after it

    def _holders(self, requests: Sequence[Request], said: Mapping[int, Answer]) -> dict[int, str]:
        """Who has the names and numbers that are taken: asked once for all: QuickBooks' words may name another kind."""
        taken = [
            at for at, answer in said.items() if isinstance(answer, Trouble) and answer.does in (Does.NAME, Does.NUMBER)
        ]
        if not taken:
            return {}
        try:
            found = self._finder.holders([requests[at] for at in taken])
        except HubError:
            return {}  # the conflict stands all the same; only its holder is not known
        return {at: holder for at, holder in zip(taken, found, strict=True) if holder}

    def _why_kept(self, requests: Sequence[Request], said: Mapping[int, Answer]) -> dict[int, Fault]:
        """Why QuickBooks kept documents that were to go, where its answer is only that a rule of its own forbids it."""
        kept = [
            at
            for at, answer in said.items()
            if requests[at].operation is Operation.DELETE and isinstance(answer, Trouble) and answer.by_a_rule
        ]
        try:
            plans = (
                undoing.plan([requests[at] for at in kept], self._settings, self._finder, self._lists) if kept else []
            )
        except HubError:
            return {}  # its own words stand
        return {at: found.refusal for at, found in zip(kept, plans, strict=True) if found.refusal is not None}

    def _outcome(self, request: Request, sent: Draft, answer: Answer, holder: str | None, edited: str) -> Outcome:
        if not isinstance(answer, Trouble):
            return _applied(sent, answer)
        removal = request.operation is Operation.DELETE
        if removal and answer.does is Does.GONE:
            remote_id = request.remote.remote_id if request.remote else ""
            return Applied(remote_id=remote_id, how=sent.how)
        outcome = outcome_of(answer, self._now(), holder)
        if isinstance(outcome, Conflict) and outcome.code == Conflict.STALE_VERSION and edited:
            return replace(outcome, message=f"{outcome.message}. What was changed there: {edited}.")
        if isinstance(outcome, Rejected) and (named := _our_names(request, outcome.fault.message)):
            return Rejected(fault=replace(outcome.fault, message=f"{outcome.fault.message} {named}"))
        return outcome


def _our_names(request: Request, said: str) -> str:
    """Whom QuickBooks means by ids that nobody here knows: the documents that a payment settles."""
    words = set(_WHOLE_NUMBER.findall(said.partition(" [")[0]))
    met = [(ref, to) for ref, to in request.links.items() if to.remote_id in words and not ref.type.is_entity]
    return " ".join(f"{to.remote_id} is the {ref.type.words} {ref.source_id}." for ref, to in sorted(met))


def _to_look_at(remote: RemoteRef) -> bool:
    return bool(remote.remote_id) and (not remote.version or bool(remote.content))


def _applied(sent: Draft, body: Mapping[str, Any]) -> Applied:
    """Done; a deletion is answered without a version."""
    active = sent.how is None
    name = text_of(body.get(sent.kind.name or sent.kind.number)) or ""
    return Applied(
        remote_id=str(body["Id"]),
        version=str(body.get("SyncToken", "")),
        how=sent.how,
        name=bare(name, active=active) or "",
        content=content(sent.kind, body) if active and not sent.kind.is_list else "",
    )
