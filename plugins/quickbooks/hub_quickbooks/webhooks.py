"""Webhooks of QuickBooks: the signature first, then which companies they concern; a hint to import, and nothing more.

Both bodies are read: the older `eventNotifications`, and the array of CloudEvents that took its place in 2026.
https://developer.intuit.com/app/developer/qbo/docs/develop/webhooks
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hub.errors import InvalidInput
from hub.http import read_json, signature_matches
from hub.http.webhooks import header

SIGNATURE = "intuit-signature"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened. `id` names the notification, so that a repeated one is known."""

    realm: str
    entity: str
    remote_id: str
    operation: str
    id: str = ""
    gone_id: str = ""


def verify(secret: str, headers: Mapping[str, str], body: bytes) -> tuple[Event, ...]:
    """The events of a webhook, once its signature is right.

    Raises:
        InvalidInput: `webhook_refused` when the signature is missing or wrong, or the body cannot be read.
    """
    if not signature_matches(secret, body, header(headers, SIGNATURE)):
        raise InvalidInput(
            "The signature of this webhook is missing or wrong.",
            code="webhook_refused",
            fix="Set webhook_verifier to the verifier token of your app's webhooks page.",
        )
    try:
        return parse_events(read_json(body))
    except (ValueError, TypeError, AttributeError, KeyError):
        raise InvalidInput("This webhook cannot be read.", code="webhook_refused", fix="Nothing to do.") from None


def parse_events(said: Any) -> tuple[Event, ...]:
    """The events of either body."""
    if isinstance(said, list):
        return tuple(_cloud_event(each) for each in said)
    return tuple(
        Event(
            realm=str(notice["realmId"]),
            entity=str(each["name"]),
            remote_id=str(each["id"]),
            operation=str(each["operation"]).lower(),
            id=f"{notice['realmId']}:{each['name']}:{each['id']}:{each.get('lastUpdated', '')}",
            gone_id=str(each.get("deletedId") or ""),
        )
        for notice in said["eventNotifications"]
        for each in notice["dataChangeEvent"]["entities"]
    )


def _cloud_event(said: Mapping[str, Any]) -> Event:
    _, entity, operation, *_ = str(said["type"]).split(".")
    data = said.get("data") or {}
    return Event(
        realm=str(said["intuitaccountid"]),
        entity=entity,
        remote_id=str(said["intuitentityid"]),
        operation=operation,
        id=str(said["id"]),
        gone_id=str(data.get("deletedid") or ""),
    )
