"""Takes tokens out of texts before anybody reads them: those it was told, and whatever looks like one."""

from __future__ import annotations

import re
from collections.abc import Iterable

BLOT = "[secret]"
_SHORTEST = 6
_LOOKS = (
    re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}"),
    re.compile(
        r"(?i)(\"?(?:access_token|refresh_token|client_secret|id_token|authorization|code|token)\"?\s*[=:]\s*\"?)"
        r"[A-Za-z0-9._~+/=-]{8,}"
    ),
    re.compile(r"\b(eyJ)[A-Za-z0-9_-]{10,}(?:\.[A-Za-z0-9_-]+){1,4}"),
)
"""A bearer header, a named token, and a JSON web token, whole or the part of it that an error quotes."""


def _blotted(found: re.Match[str]) -> str:
    kept = found[1]
    return f"{kept}{BLOT}" if kept.endswith(("=", ":", " ", '"')) else f"{kept} {BLOT}"


class Redactor:
    """Knows some secrets by heart; longer ones go first, should one hold another."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets = sorted((each for each in set(secrets) if len(each) >= _SHORTEST), key=len, reverse=True)

    def __call__(self, text: str) -> str:
        """The text without secrets."""
        for secret in self._secrets:
            text = text.replace(secret, BLOT)
        for look in _LOOKS:
            text = look.sub(_blotted, text)
        return text
