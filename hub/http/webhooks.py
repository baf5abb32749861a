"""Signatures of webhooks, checked over the raw body and in constant time, before anything in it is looked at."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping

LARGEST = 2_000_000
"""Bytes; no books send a longer notification, and a longer one is not even hashed."""


def signature_matches(secret: str, body: bytes, given: str) -> bool:
    """Whether `given` is base64 of HMAC-SHA256 over the body with this secret; an empty secret matches nothing."""
    if not secret or not given or len(body) > LARGEST:
        return False
    try:
        claimed = base64.b64decode(given.strip(), validate=True)
    except (binascii.Error, ValueError):
        return False
    return hmac.compare_digest(claimed, hmac.digest(secret.encode(), body, hashlib.sha256))


def header(headers: Mapping[str, str], name: str) -> str:
    """A header's value whatever the case it is spelled in; empty when it is missing."""
    wanted = name.lower()
    return next((value for key, value in headers.items() if key.lower() == wanted), "")
