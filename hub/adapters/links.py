"""Which of a plugin's addresses may be shown to a person as a link."""

from __future__ import annotations

from urllib.parse import urlsplit

_LONGEST = 2000
_UNSAFE = frozenset('"<>\\^`{|}')
"""What an address never holds unescaped; browsers read a backslash as a slash."""


def web_address(told: object) -> str | None:
    """The address, when it is a whole one of http or https that names nobody's password; None for anything else."""
    if not isinstance(told, str) or len(told) > _LONGEST:
        return None
    if any(not "!" <= letter <= "~" or letter in _UNSAFE for letter in told):
        return None
    try:
        parts = urlsplit(told)
        parts.port  # noqa: B018 - raises for one that is none
    except ValueError:
        return None
    whole = parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc
    return told if whole else None
