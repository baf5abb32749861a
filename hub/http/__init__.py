"""The toolkit adapters are built with: one way to send, to keep to a rate, to read numbers, and to say what it meant.

Importing it loads nothing heavy; `requests` comes in when a :class:`Transport` is asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from hub.http.budget import Budget, Limit, NoRoom, shared_budget
from hub.http.meaning import Action, Meaning, Met, meaning_of
from hub.http.numbers import dump_json, read_json
from hub.http.redaction import Redactor
from hub.http.shapes import Shape, shape_of
from hub.http.webhooks import signature_matches

if TYPE_CHECKING:
    from hub.http.oauth import OAuth, TokenRefused, Tokens
    from hub.http.transport import NoAnswer, NotSent, Reply, Transport

_LATER = {
    "OAuth": "oauth", "TokenRefused": "oauth", "Tokens": "oauth",
    "NoAnswer": "transport", "NotSent": "transport", "Reply": "transport", "Transport": "transport",
}  # fmt: skip

__all__ = [
    "Action", "Budget", "Limit", "Meaning", "Met", "NoAnswer", "NoRoom", "NotSent", "OAuth", "Redactor", "Reply",
    "Shape", "TokenRefused", "Tokens", "Transport", "dump_json", "meaning_of", "read_json", "shape_of",
    "shared_budget", "signature_matches",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in _LATER:
        return getattr(import_module(f"hub.http.{_LATER[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
