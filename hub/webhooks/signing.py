"""Signs what leaves, by the Standard Webhooks specification 1.0: HMAC-SHA256 over id, time and body.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from datetime import datetime

PREFIX = "whsec_"


def new_secret() -> str:
    """A secret of 256 random bits, as receivers' libraries expect it."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def message_id(event_id: int, at: datetime) -> str:
    """The same for every try of an event, so that a receiver can drop twins.

    The time is part of it: a hub that was restored from a backup gives its numbers out again, to other events.
    """
    return f"evt_{event_id}_{int(at.timestamp() * 1_000_000)}"


def sign(secret: str, id: str, timestamp: int, body: bytes) -> str:
    """The `webhook-signature` of a message."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    digest = hmac.digest(key, f"{id}.{timestamp}.".encode() + body, hashlib.sha256)
    return f"v1,{base64.b64encode(digest).decode()}"


def headers(secret: str, id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The headers of a message sent at this instant."""
    timestamp = int(at.timestamp())
    return {
        "content-type": "application/json",
        "webhook-id": id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": sign(secret, id, timestamp, body),
    }
