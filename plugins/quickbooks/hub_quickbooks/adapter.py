"""The QuickBooks Online adapter: each hook answered from the books, or the doubt told; no HTTP in here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from hub.adapters import (
    AdapterContext,
    AdapterInfo,
    Capabilities,
    ChangePage,
    Fault,
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
from hub_quickbooks.limits import capabilities
from hub_quickbooks.settings import QuickBooksSettings
from hub_quickbooks.version import VERSION

if TYPE_CHECKING:
    from hub_quickbooks.client import Client
    from hub_quickbooks.parts import Parts


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
        secrets={
            "client_secret": "client secret of your own app at developer.intuit.com",
            "webhook_verifier": "verifier token of the app's webhooks, if QuickBooks is to tell of changes",
        },
    )

    def __init__(self, context: AdapterContext) -> None:
        if not isinstance(context.settings, QuickBooksSettings):
            raise PluginProblem(
                "The QuickBooks adapter was given another adapter's settings.",
                fix="Connect it again.",
            )
        self.settings, self._context = context.settings, context

    @cached_property
    def parts(self) -> Parts:
        """What reads and writes; loaded when it is needed first."""
        from hub_quickbooks.parts import Parts

        return Parts(self.settings, self._context)

    @property
    def client(self) -> Client:
        """The endpoints."""
        return self.parts.client

    @property
    def capabilities(self) -> Capabilities:
        """The facts that hold for this connection's settings."""
        return capabilities(self.settings)

    @property
    def call_counts(self) -> Mapping[str, int]:
        """How many calls were made so far, by kind; QuickBooks meters those that read."""
        return dict(self.client.counts) if "parts" in self.__dict__ else {}

    @hookimpl
    def hub_check(self) -> Identity:
        """Which company the books are, and up to when they are closed."""
        self.parts.lists.forget_old()
        company = self.parts.lists.company(fresh=True)
        closed = company.closed_up_to if self.settings.closed_with_books else None
        return Identity(id=company.id, name=company.name, closing_date=closed)

    @hookimpl
    def hub_missing(self) -> list[Fault]:
        """Accounts, an item and a preference that are not set up."""
        from hub_quickbooks.readiness import gaps

        self.parts.lists.load([RecordType.ACCOUNT])
        return gaps(self.settings, self.parts.lists.company(), self.parts.lists.held)

    @hookimpl
    def hub_authorise_url(self, given: Mapping[str, str], state: str) -> str | None:
        """Where a person lets the hub in; None for a local sandbox, or when there is a code or token already."""
        from hub_quickbooks import auth

        return auth.authorise_url(self.settings, self._context, given, state)

    @hookimpl
    def hub_obtain_credentials(self, given: Mapping[str, str]) -> Mapping[str, str] | None:
        """Tokens for a code; a local sandbox gives them for the asking."""
        from hub_quickbooks import auth

        return auth.obtain(self.settings, self._context, given)

    @hookimpl
    def hub_refresh_credentials(self, credentials: Mapping[str, str]) -> Mapping[str, str] | None:
        """Fresh tokens."""
        from hub_quickbooks import auth

        return auth.refresh(self.settings, self._context, credentials)

    @hookimpl
    def hub_create(self, requests: Sequence[Request]) -> list[Outcome]:
        """Create entities and post documents, in one batch."""
        return self.parts.writer.carry_out(requests)

    @hookimpl
    def hub_update(self, requests: Sequence[Request]) -> list[Outcome]:
        """Change what is there still as it was, in one batch."""
        return self.parts.writer.carry_out(requests)

    @hookimpl
    def hub_delete(self, requests: Sequence[Request]) -> list[Outcome]:
        """Make entities inactive: QuickBooks deletes no master data."""
        return self.parts.writer.carry_out(requests)

    @hookimpl
    def hub_undo(self, requests: Sequence[Request]) -> list[Outcome]:
        """Delete documents, or void those for which the settings say so."""
        return self.parts.writer.carry_out(requests)

    @hookimpl
    def hub_plan_undo(self, requests: Sequence[Request]) -> list[UndoPlan]:
        """How, or why not."""
        from hub_quickbooks import undoing

        return undoing.plan(requests, self.settings, self.parts.finder, self.parts.lists)

    @hookimpl
    def hub_foresee(self, requests: Sequence[Request]) -> list[Fault | None]:
        """What is wrong with them by QuickBooks' rules or the settings; reads the lists whose entries they name."""
        return self.parts.writer.foresee(requests)

    @hookimpl
    def hub_find(self, wanted: Sequence[Find]) -> list[tuple[RemoteObject, ...]]:
        """Objects by name, by number, and by the hub's mark among what is new."""
        return self.parts.finder.find(wanted)

    @hookimpl
    def hub_read(self, refs: Sequence[RemoteRef]) -> list[RemoteObject | None]:
        """Objects by id."""
        return self.parts.finder.read(refs)

    @hookimpl
    def hub_changes(self, cursor: str | None, limit: int) -> ChangePage:
        """A page of changed entities and payments."""
        return self.parts.changes.page(cursor, limit)

    @hookimpl
    def hub_documents(self, since: date, until: date, cursor: str | None, limit: int) -> ChangePage:
        """A page of documents of a period."""
        return self.parts.changes.documents(since, until, cursor, limit)

    @hookimpl
    def hub_record_url(self, ref: RemoteRef, posts_as: str) -> str | None:
        """The page of an object in QuickBooks, or in the local sandbox."""
        from hub_quickbooks import pages

        return pages.address(self.settings, self._context.credentials.get("realm_id", ""), ref, posts_as)

    @hookimpl
    def hub_verify_webhook(self, headers: Mapping[str, str], body: bytes) -> str | None:
        """The id of the company that a webhook concerns: this connection's, when it is among them."""
        from hub_quickbooks import webhooks

        events = webhooks.verify(self._context.credentials.get("webhook_verifier", ""), headers, body)
        realms = {event.realm for event in events}
        if self.client.realm in realms:
            return self.client.realm
        return next(iter(sorted(realms)), None)
