"""A call and its answer, without any input or output: what the shell around them reads and writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

JSON, XML, HTML = "application/json;charset=UTF-8", "application/xml;charset=UTF-8", "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What a client sent; header names in lower case, the query decoded."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def token(self) -> str:
        """The bearer token, or nothing."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else ""


@dataclass(slots=True, kw_only=True)
class Answer:
    """What goes back, and how."""

    status: int = 200
    text: str = ""
    type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)
    pause: float = 0.0
    """Seconds before it is sent."""
    drop: bool = False
    """Nothing is sent; the connection is cut."""
    cut: bool = False
    """Half of it is sent; then the connection is cut."""
    private: Any = None
    """What the log shows instead of the text, where that holds tokens."""
