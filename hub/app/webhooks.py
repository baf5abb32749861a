"""Webhooks, outgoing and incoming; every change of them by a person is audited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import structlog
from sqlalchemy import Row

from hub import companies, jobs
from hub.app.wiring import Wiring
from hub.errors import HubError, Refused
from hub.queue import HUB
from hub.queue.discreet import plain_url
from hub.webhooks import hints, registry
from hub.webhooks.delivering import Deliverer
from hub.webhooks.sending import Sender
from hub.webhooks.signing import new_secret

log = structlog.get_logger("hub.webhooks")


class WebhookCalls(Wiring):
    """Where a company wants its events sent, and what the books themselves send."""

    def add_webhook(self, company: str, url: str, kinds: Sequence[str] = ()) -> dict[str, Any]:
        """A new webhook; its `secret` is told only now."""
        with self.database.read() as db:
            companies.need_company(db, company)
        registry.read_kinds(kinds)
        self.sender.check(url)  # asks name servers, so before the transaction
        secret = new_secret()
        sealed = self._seal().seal({"secret": secret}, _bound(company))
        with self.database.write(company) as db:
            made = registry.add_webhook(db, company, url, kinds, sealed, self.core.now())
            self._note(db, company, "webhook_added", webhook=made["id"], url=plain_url(url), kinds=made["kinds"])
        return {**made, "secret": secret}

    def webhooks(self, company: str) -> list[dict[str, Any]]:
        """A company's webhooks, without their secrets."""
        with self.database.read() as db:
            companies.need_company(db, company)
            return registry.list_webhooks(db, company)

    def remove_webhook(self, company: str, id: int) -> None:
        """Send nothing there any more, and forget its log."""
        with self.database.write(company) as db:
            url = registry.remove_webhook(db, company, id)
            self._note(db, company, "webhook_removed", webhook=id, url=plain_url(url))

    def enable_webhook(self, company: str, id: int, *, skip: bool = False) -> dict[str, Any]:
        """Try a webhook again at once, from the event that failed; `skip` leaves out what it has missed."""
        with self.database.write(company) as db:
            url = registry.enable_webhook(db, company, id, skip=skip)
            self._note(db, company, "webhook_enabled", webhook=id, url=plain_url(url), skip=skip)
        return next(each for each in self.webhooks(company) if each["id"] == id)

    def disable_webhook(self, company: str, id: int) -> dict[str, Any]:
        """Send nothing until it is enabled again; events wait for it."""
        with self.database.write(company) as db:
            reason = f"{self.actor.name} switched it off."
            url = registry.disable_webhook(db, company, id, reason, self.core.now())
            self._note(db, company, "webhook_disabled", webhook=id, url=plain_url(url))
        return next(each for each in self.webhooks(company) if each["id"] == id)

    def test_webhook(self, company: str, id: int) -> dict[str, Any]:
        """Send a message that tells of nothing, and what was answered: `status`, `error`, `milliseconds`."""
        with self.database.read() as db:
            row = registry.webhook_row(db, company, id)
        answer = self.deliverer.test(row)
        return {"taken": not answer.error, "status": answer.status, "error": answer.error or None,
                "milliseconds": answer.milliseconds}  # fmt: skip

    def deliveries(self, company: str, id: int) -> list[dict[str, Any]]:
        """The last tries of a webhook, newest first."""
        with self.database.read() as db:
            return registry.list_deliveries(db, company, id)

    @property
    def deliverer(self) -> Deliverer:
        """What sends, for a worker to use."""
        return Deliverer(database=self.database, now=self.core.now, send=self.sender, secret=self._secret_of)

    def books_said(self, adapter: str, headers: Mapping[str, str], body: bytes) -> int:
        """A webhook from the books: once its signature is right, a hint for each connection that it concerns.

        Nothing else in it is believed: the job that the hint becomes asks the books themselves. How many it concerns.

        Raises:
            Refused: `webhook_refused` when no connection of this adapter knows the signature.
        """
        with self.database.read() as db:
            rows = [row for row in companies.connection_rows(db) if row.adapter == adapter]
        told = {row.id: self._verified(row, headers, body) for row in rows}
        if not any(told.values()):
            raise Refused(
                "The signature of this webhook is missing or wrong.",
                code="webhook_refused",
                fix="Connect with what the books sign their webhooks with among the credentials.",
            )
        concerned = [row.id for row in rows if told[row.id] and told[row.id] == row.identity_id]
        hints.hear(self.database, concerned, self.core.now())
        return len(concerned)

    def follow_hints(self) -> list[str]:
        """Ask for the jobs that hints are due for; the connections on which one was asked for."""
        asked = []
        for hint in hints.due_hints(self.database, self.core.now()):
            try:
                lane = self.lane(hint.connection)
                if lane.paused is None:
                    jobs.ask_for_job(self.core, lane, "api", actor=HUB)
                    asked.append(hint.connection)
            except Refused:  # a job is under way, which may have read past the change
                hints.put_off(self.database, hint, self.core.now())
                continue
            hints.settle(self.database, hint)
        return asked

    def _verified(self, row: Row[Any], headers: Mapping[str, str], body: bytes) -> str | None:
        """The company that the books name, when the signature is right for this connection."""
        label = f"{row.company_id}/{row.name}"
        try:
            return self._relay(self._lane(row), row).verify_webhook(headers, body)
        except HubError as fault:
            log.debug("A webhook was not verified.", connection=label, code=fault.code)
            return None

    @cached_property
    def sender(self) -> Sender:
        """What carries messages out."""
        return Sender(private=self.settings.webhooks_to_private)

    def _secret_of(self, row: Row[Any]) -> str:
        return self._seal().open(row.secret, _bound(row.company_id))["secret"]


def _bound(company: str) -> str:
    """What a secret is sealed for; no connection is named so, for their names hold no spaces."""
    return f"{company} webhooks"
