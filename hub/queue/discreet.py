"""What the audit trail tells of settings: old and new values; secrets by name, addresses without what opens them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel

LONGEST = 200
"""Characters of one value."""
SECRET = "(secret)"
_SECRET = re.compile(
    r"secret|passw|passphrase|passcode|pwd|token|credential|bearer|auth(?!or)|authori[sz]ation"
    r"|key(?!_memory$)"  # how long the books remember a key is none
    r"|(^|[._-])(pass|pin)$",
    re.IGNORECASE,
)
"""Wherever it stands in a name, however that is joined: better one value too few in the trail than a secret."""
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://\S+")


def plain_url(url: str) -> str:
    """An address without user, password, query and fragment, any of which may let somebody in."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "an address that cannot be read"
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{f':{port}' if port else ''}{parts.path}"


def secret_names(settings: type[BaseModel]) -> frozenset[str]:
    """The fields of an adapter's settings that it marks as secret."""
    return frozenset(name for name, field in settings.model_fields.items() if "Secret" in str(field.annotation))


def changed(
    before: Mapping[str, Any], after: Mapping[str, Any], secrets: Collection[str] = ()
) -> dict[str, dict[str, Any]]:
    """What differs, by dotted name: `{"ship_doc.undo": {"old": True, "new": False}}`; None where nothing stood.

    Args:
        secrets: names of which only that they changed is told; names that sound like a secret are such without it.
    """
    old, new = dict(_flat(before)), dict(_flat(after))
    return {
        name: {
            side: _told(name, values.get(name), secrets) for side, values in (("old", old), ("new", new))
        }
        for name in sorted(old.keys() | new.keys())
        if old.get(name) != new.get(name)
    }  # fmt: skip


def _flat(values: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value


def _told(name: str, value: Any, secrets: Collection[str]) -> Any:
    if value is None:
        return None
    if name.partition(".")[0] in secrets or _SECRET.search(name):
        return SECRET
    if isinstance(value, list | tuple | set | frozenset):
        return [_told(name, each, ()) for each in value]
    if isinstance(value, Mapping):  # within a list
        return {each: _told(f"{name}.{each}", held, ()) for each, held in value.items()}
    if isinstance(value, str):
        return _ADDRESS.sub(lambda found: plain_url(found[0]), value)[:LONGEST]
    return value
