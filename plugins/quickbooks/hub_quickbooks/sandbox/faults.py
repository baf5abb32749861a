"""Fault switches: how the books can be told to misbehave, chosen by a seeded draw so that runs repeat."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from hub_quickbooks.sandbox.refusals import Refusal


class Fault(StrEnum):
    """Every way to misbehave; `docs/quickbooks-sandbox.md` says what each does."""

    DROP_BEFORE = "drop-before"
    DROP_AFTER = "drop-after"
    ERROR_BEFORE = "error-before"
    ERROR_AFTER = "error-after"
    SLOW = "slow"
    LATE = "late"
    THROTTLE = "throttle"
    TRUNCATE = "truncate"
    EXPIRE_TOKEN = "expire-token"
    HTML = "html"
    HTML_AFTER = "html-after"
    XML = "xml"
    EMPTY = "empty"
    FAULT_200 = "fault-200"
    INVALID_GRANT = "invalid-grant"


AFTER = frozenset({Fault.DROP_AFTER, Fault.ERROR_AFTER, Fault.TRUNCATE, Fault.HTML_AFTER, Fault.EMPTY, Fault.SLOW})
"""These strike when the work is done and in the file."""
OPERATIONS = (
    "any", "write", "create", "update", "delete", "void", "batch", "query", "cdc", "read", "token", "refresh", "revoke",
)  # fmt: skip
"""What a fault may be aimed at, besides an entity such as `invoice`."""
_FORM = re.compile(
    r"(?P<name>[a-z0-9-]+)(?:=(?P<seconds>\d+(?:\.\d+)?))?(?::(?P<amount>\d*\.?\d+%?))?(?:@(?P<on>[a-z]+))?", re.ASCII
)


@dataclass(slots=True, kw_only=True)
class Switch:
    """One fault that is on."""

    name: Fault
    on: str = "any"
    share: float = 1.0
    times: int | None = None
    seconds: float = 5.0

    def shown(self) -> dict[str, Any]:
        """As the control endpoint shows it."""
        return {
            "name": self.name.value,
            "on": self.on,
            "share": self.share,
            "times": self.times,
            "seconds": self.seconds,
        }


def switch(text: str, entities: Iterable[str]) -> Switch:
    """Read `name[=seconds][:share|:times][@operation]`; Refusal 2170 with the known words."""
    found = _FORM.fullmatch(text.strip()) if len(text) < 100 else None
    if found is None or found["name"] not in list(Fault):
        raise Refusal(
            2170, f"A fault is name[=seconds][:share|:times][@operation], name one of {', '.join(Fault)}", "fault"
        )
    on = found["on"] or "any"
    if on not in OPERATIONS and on not in set(entities):
        raise Refusal(2170, f"A fault strikes {', '.join(OPERATIONS)} or an entity such as invoice", "fault")
    share, times, amount = 1.0, None, found["amount"]
    if amount and amount.endswith("%"):
        share = float(amount[:-1]) / 100
    elif amount and "." in amount:
        share = float(amount)
    elif amount:
        times = int(amount)
    if not 0 <= share <= 1 or times == 0:
        raise Refusal(2170, "The share lies between 0 and 1 (or 0% and 100%); the times are at least 1", "fault")
    return Switch(name=Fault(found["name"]), on=on, share=share, times=times, seconds=float(found["seconds"] or 5))


class Faults:
    """The switches that are on."""

    def __init__(self, seed: int = 0) -> None:
        self.on: list[Switch] = []
        self.struck: dict[str, int] = {}
        self._random = random.Random(seed)

    def strike(self, words: frozenset[str]) -> Switch | None:
        """The first switch that strikes a call of these words; it is counted down."""
        for one in self.on:
            if one.on != "any" and one.on not in words:
                continue
            if one.name is Fault.INVALID_GRANT and "token" not in words:
                continue
            if one.on == "any" and "token" in words and one.name is not Fault.INVALID_GRANT:
                continue  # connecting goes well unless it is aimed at
            if one.share < 1 and self._random.random() >= one.share:
                continue
            if one.times is not None:
                one.times -= 1
                if one.times == 0:
                    self.on.remove(one)
            self.struck[one.name.value] = self.struck.get(one.name.value, 0) + 1
            return one
        return None
