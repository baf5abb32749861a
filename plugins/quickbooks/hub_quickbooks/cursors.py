"""Where an import or a listing goes on, as the text that the hub keeps; pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hub.errors import BooksProblem
from hub_quickbooks.codec.reading import instant_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Everything:
    """Reading all master data by pages, for the first time, or after too long or too much for the feed.

    Attributes:
        at: which entity is being read.
        start: the first object of the page, counted from 1.
        began: the feed goes on from here once this is done.
        since: only what changed since; None for all. Then deletions may be missed.
        seen: with `since`, the instant up to which this entity was read; the page begins there.
    """

    at: int = 0
    start: int = 1
    began: datetime
    since: datetime | None = None
    seen: datetime | None = None

    def text(self) -> str:
        """The cursor."""
        return json.dumps({"read": "all", "at": self.at, "start": self.start, "began": self.began.isoformat(),
                           "since": self.since.isoformat() if self.since else None,
                           "seen": self.seen.isoformat() if self.seen else None})  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """Following the change feed.

    Attributes:
        since: ask for what changed from here on.
        after: where in that answer the last page ended: instant, entity and id of its last object.
    """

    since: datetime
    after: tuple[str, str, str] | None = None

    def text(self) -> str:
        """The cursor."""
        return json.dumps({"read": "feed", "since": self.since.isoformat(), "after": self.after})


def read_cursor(text: str) -> Everything | Feed:
    """What a cursor says; BooksProblem `bad_cursor` for one that is none of ours."""
    try:
        said: Mapping[str, Any] = json.loads(text)
        if said["read"] == "all":
            since, seen = said.get("since"), said.get("seen")
            return Everything(
                at=int(said["at"]),
                start=max(1, int(said["start"])),
                began=_instant(said["began"]),
                since=None if since is None else _instant(since),
                seen=None if seen is None else _instant(seen),
            )
        after = said.get("after")
        return Feed(since=_instant(said["since"]), after=None if after is None else _after(after))
    except (ValueError, TypeError, KeyError, AttributeError):
        raise BooksProblem(
            f"QuickBooks' change feed has no place {text!r}.",
            code="bad_cursor",
            fix="Start the import from the beginning.",
        ) from None


def _after(said: Any) -> tuple[str, str, str]:
    instant, entity, id = map(str, said)
    return instant, entity, id


def _instant(text: Any) -> datetime:
    instant = instant_of(text)
    if instant is None:
        raise ValueError
    return instant
