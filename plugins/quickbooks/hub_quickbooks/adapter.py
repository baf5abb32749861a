"""The QuickBooks Online adapter: each hook answered from the books, or the doubt told; no HTTP in here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
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
    Request,
    UndoPlan,
    hookimpl,
)
from hub.errors import PluginProblem
from hub.model import RecordType
from hub_quickbooks import auth, undoing, webhooks
from hub_quickbooks.changes import Changes
from hub_quickbooks.client import Client
from hub_quickbooks.finding import Finder
from hub_quickbooks.limits import capabilities
from hub_quickbooks.readiness import Gap, gaps
from hub_quickbooks.reference import ReferenceLists
from hub_quickbooks.settings import QuickBooksSettings
from hub_quickbooks.version import VERSION
from hub_quickbooks.writing import Writer


class QuickBooksAdapter:
    """One connection's access to one QuickBooks company.

    It implements the four verbs and not `hub_push`, so that an extension that wraps a verb sees every request.
    """

    info: ClassVar[AdapterInfo] = AdapterInfo(
        name="quickbooks",
        title="QuickBooks Online",
        version=VERSION,
        settings=QuickBooksSettings,
        capabilities=capabilities(QuickBooksSettings()),
    )

    def __init__(self, context: AdapterContext) -> None:
        if not isinstance(context.settings, QuickBooksSettings):
            raise PluginProblem(
                "The QuickBooks adapter was given another adapter's settings.",
                fix="Connect it again with `hub connect`.",
            )
        self.settings, self._context = context.settings, context
        self.client = Client(self.settings, context)
        self._lists = ReferenceLists(self.settings, self.client, context.now)
        self._finder = Finder(self.client, self._lists)
        self._writer = Writer(self.settings, context, self.client, self._lists, self._finder)
        self._changes = Changes(self.settings, self.client, self._lists, context.now)

    @property
    def capabilities(self) -> Capabilities:
        """The facts that hold for this connection's settings."""
        return capabilities(self.settings)

    @property
    def calls(self) -> Mapping[str, int]:
        """How many calls were made so far, by kind; QuickBooks meters those that read."""
        return dict(self.client.counts)

    def readiness(self) -> list[Gap]:
        """What is missing before everything can be posted."""
        self._lists.load([RecordType.ACCOUNT, RecordType.ITEM])
        return gaps(self.settings, self._lists.company(fresh=True), self._lists.held)

    @hookimpl
    def hub_check(self) -> Identity:
        """Which company the books are, and up to when they are closed."""
        self._lists.forget_old()
        company = self._lists.company(fresh=True)
        closed = company.closed_up_to if self.settings.closed_with_books else None
        return Identity(id=company.id, name=company.name, closing_date=closed)

    @hookimpl
    def hub_authorise_url(self, given: Mapping[str, str], state: str) -> str | None:
        """Where a person lets the hub in; None for a local sandbox, or when there is a code or token already."""
        return auth.authorise_url(self.settings, self._context, given, state)

    @hookimpl
    def hub_obtain_credentials(self, given: Mapping[str, str]) -> Mapping[str, str] | None:
        """Tokens for a code; a local sandbox gives them for the asking."""
        return auth.obtain(self.settings, self._context, given)

    @hookimpl
    def hub_refresh_credentials(self, credentials: Mapping[str, str]) -> Mapping[str, str] | None:
        """Fresh tokens."""
        return auth.refresh(self.settings, self._context, credentials)

    @hookimpl
    def hub_create(self, requests: Sequence[Request]) -> list[Outcome]:
        """Create entities and post documents, in one batch."""
        return self._writer.carry_out(requests)

    @hookimpl
    def hub_update(self, requests: Sequence[Request]) -> list[Outcome]:
        """Change what is there still as it was, in one batch."""
        return self._writer.carry_out(requests)

    @hookimpl
    def hub_delete(self, requests: Sequence[Request]) -> list[Outcome]:
        """Make entities inactive: QuickBooks deletes no master data."""
        return self._writer.carry_out(requests)

    @hookimpl
    def hub_undo(self, requests: Sequence[Request]) -> list[Outcome]:
        """Delete documents, or void those for which the settings say so."""
        return self._writer.carry_out(requests)

    @hookimpl
    def hub_plan_undo(self, requests: Sequence[Request]) -> list[UndoPlan]:
        """How, or why not."""
        return undoing.plan(requests, self.settings, self._finder, self._lists)

    @hookimpl
    def hub_find(self, wanted: Sequence[Find]) -> list[tuple[RemoteObject, ...]]:
        """Objects by name, by number, and by the hub's mark among what is new."""
        return self._finder.find(wanted)

    @hookimpl
    def hub_read(self, refs: Sequence[RemoteRef]) -> list[RemoteObject | None]:
        """Objects by id."""
        return self._finder.read(refs)

    @hookimpl
    def hub_changes(self, cursor: str | None, limit: int) -> ChangePage:
        """A page of changed entities and payments."""
        return self._changes.page(cursor, limit)

    @hookimpl
    def hub_documents(self, since: date, until: date, cursor: str | None, limit: int) -> ChangePage:
        """A page of documents of a period."""
        return self._changes.documents(since, until, cursor, limit)

    @hookimpl
    def hub_verify_webhook(self, headers: Mapping[str, str], body: bytes) -> str | None:
        """The id of the company that a webhook concerns: this connection's, when it is among them."""
        events = webhooks.verify(self.settings.webhook_verifier, headers, body)
        realms = {event.realm for event in events}
        if self.client.realm in realms:
            return self.client.realm
        return next(iter(sorted(realms)), None)
