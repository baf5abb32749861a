"""The log of the sandbox: each request and answer as one JSON line, tokens left out."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hub_quickbooks.sandbox import wire
from hub_quickbooks.sandbox.calls import Answer, Call
from hub_quickbooks.sandbox.refusals import Refusal

_SECRET = frozenset({"code", "token", "access_token", "refresh_token", "client_secret"})
_OAUTH = ("/oauth2/", "/v2/oauth2/", "/connect/")


class Journal:
    """Appends to a file; each line is there when the answer leaves."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", encoding="utf-8")

    def note(self, now: float, call: Call, answer: Answer) -> None:
        """One line."""
        line = {
            "time": datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds"),
            "method": call.method,
            "path": call.path,
            "query": {name: "…" if name in _SECRET else value for name, value in call.query.items()},
            "request": _request(call),
            "status": None if answer.drop else answer.status,
            "response": _response(answer),
        }
        self._file.write(wire.encode(line).encode("utf-8", "replace").decode("utf-8") + "\n")
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _request(call: Call) -> Any:
    if not call.body:
        return None
    if call.path.startswith(_OAUTH):
        return "…"
    return _parsed(call.body)


def _response(answer: Answer) -> Any:
    if answer.private is not None:
        return answer.private
    if answer.drop:
        return None
    text = answer.text[: len(answer.text) // 2] if answer.cut else answer.text
    return _parsed(text.encode("utf-8", "replace")) if text else None


def _parsed(body: bytes) -> Any:
    if body[:1] not in b"{[":
        return body.decode("utf-8", "replace")
    try:
        return wire.decode(body)
    except Refusal:
        return body.decode("utf-8", "replace")
