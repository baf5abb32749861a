"""Notifications of changes, signed, in either format, told again on the real plan until they are taken (facts §7)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import uuid
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from hub_quickbooks.sandbox import clock, wire
from hub_quickbooks.sandbox.book import Event

RETRIES = (10, 20, 30, 300, 1200, 7200, 14_400, 21_600)
"""Seconds between attempts; the last one again and again."""
_MOST = 100
_PAST = {"Create": "created", "Update": "updated", "Delete": "deleted", "Merge": "merged", "Void": "voided"}


@dataclass(slots=True)
class Webhooks:
    """Where notifications go, and those that wait; a restart forgets them, as hints may be lost."""

    speed: float
    address: str = ""
    verifier: str = "sandbox-verifier"
    format: str = "cloudevents"
    """`cloudevents` or `legacy`."""
    sent: int = 0
    failed: int = 0
    attempt: int = 0
    _waiting: deque[tuple[str, Event, float]] = field(default_factory=deque)

    def note(self, realm: str, events: Iterable[Event], now: float) -> None:
        """Remember what changed, when there is someone to tell."""
        if self.address:
            self._waiting.extend((realm, event, now) for event in events if event[2])

    def next(self) -> tuple[bytes, dict[str, str], int] | None:
        """The next notification: body, headers, and how many events it holds; they wait until `taken`."""
        batch = list(self._waiting)[:_MOST]
        if not batch:
            return None
        build = _cloud if self.format == "cloudevents" else _legacy
        body = wire.encode(build(batch)).encode()
        return (
            body,
            {"content-type": "application/json", "intuit-signature": signature(self.verifier, body)},
            len(batch),
        )

    def taken(self, count: int) -> None:
        """They were accepted."""
        for _ in range(min(count, len(self._waiting))):
            self._waiting.popleft()
        self.sent += count
        self.attempt = 0

    def refused(self) -> float:
        """They were not; seconds to wait before the next attempt."""
        wait = RETRIES[min(self.attempt, len(RETRIES) - 1)] / self.speed
        self.attempt += 1
        self.failed += 1
        return wait

    def forget(self) -> None:
        """Drop what waits."""
        self._waiting.clear()
        self.attempt = 0

    def shown(self) -> dict[str, Any]:
        """As the control endpoint shows it; the verifier is the sandbox's own, so no secret."""
        return {
            "address": self.address,
            "format": self.format,
            "verifier": self.verifier,
            "sent": self.sent,
            "failed": self.failed,
            "waiting": len(self._waiting),
        }


def signature(verifier: str, body: bytes) -> str:
    """The `intuit-signature` of a body."""
    return base64.b64encode(hmac.new(verifier.encode(), body, hashlib.sha256).digest()).decode()


def _cloud(batch: list[tuple[str, Event, float]]) -> list[dict[str, Any]]:
    return [
        {
            "specversion": "1.0",
            "id": str(uuid.uuid4()),
            "source": "intuit.dsnBgbseACLLRZNxo2dfc4evmEJdxde58xeeYcZliOU=",
            "type": f"qbo.{kind.lower()}.{_PAST[what.partition(':')[0]]}.v1",
            "time": datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "datacontenttype": "application/json",
            "intuitentityid": str(id),
            "intuitaccountid": realm,
            "data": {"deletedid": what.partition(":")[2]} if ":" in what else {},
        }
        for realm, (kind, id, what), at in batch
    ]


def _legacy(batch: list[tuple[str, Event, float]]) -> dict[str, Any]:
    by_realm: dict[str, list[dict[str, str]]] = {}
    for realm, (kind, id, what), at in batch:
        operation, _, dead = what.partition(":")
        one = {"name": kind, "id": str(id), "operation": operation, "lastUpdated": clock.stamp(int(at))}
        by_realm.setdefault(realm, []).append(one | ({"deletedId": dead} if dead else {}))
    notices = [{"realmId": realm, "dataChangeEvent": {"entities": them}} for realm, them in by_realm.items()]
    return {"eventNotifications": notices}
