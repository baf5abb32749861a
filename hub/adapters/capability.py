"""Honest facts about one set of books, which the hub acts on; a fact not proven is given its safe value."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from hub.model.policy import Direction
from hub.model.types import RecordType


class Removal(StrEnum):
    """How books take something out: three different things, never used for one another."""

    DELETE = "delete"
    INACTIVATE = "inactivate"
    VOID = "void"
    CREDIT = "credit"


@dataclass(frozen=True, slots=True, kw_only=True)
class NameRule:
    """When the books take two names for the same one (rule C4)."""

    ignore_case: bool = True
    collapse_spaces: bool = True

    def normalise(self, name: str) -> str:
        """The form under which a name is claimed; equal forms collide."""
        name = unicodedata.normalize("NFC", name)
        if self.collapse_spaces:
            name = " ".join(name.split())
        return name.casefold() if self.ignore_case else name


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What an adapter's books can do. Times are in seconds.

    Attributes:
        types: record types the books hold, with the directions they can travel; a type not named is excluded.
        batch_size: requests handed to one `hub_push` at most.
        concurrency: `hub_push` calls in flight at most.
        rate_per_minute: calls the books accept a minute, None for no limit known.
        key_memory: how long the books surely remember an idempotency key, from its first use; 0 when not proven.
        settle: the longest time after which a request that was given up on (cut off, timed out, or its process dead)
            may still land. Both leave room for clocks of the hub's machines that differ.
        call_timeout: the adapter gives a call up after this time, whatever happens.
        markers: whether `hub_find` can find an object by its marker.
        unmarked: types whose objects have no place for a marker, all the same; they are found by name or number.
        removals: how each type is taken out, the way tried first standing first.
        namespaces: types whose names must be unique together share one word; a type not named has unlimited names.
        name_rule: when two names are the same.
        inactive_names_count: whether an inactive entity still occupies its name.
        version_guard: whether an update names the version it expects and is refused when that is stale.
        reports_closing_date: whether `hub_check` tells the books' closing date.
        recomputes_tax: whether the books compute tax themselves.
    """

    types: Mapping[RecordType, Direction]
    batch_size: int = 1
    concurrency: int = 1
    rate_per_minute: int | None = None
    key_memory: float = 0
    settle: float = 300
    call_timeout: float = 30
    markers: bool = False
    unmarked: frozenset[RecordType] = frozenset()
    removals: Mapping[RecordType, tuple[Removal, ...]] = field(default_factory=dict)
    namespaces: Mapping[RecordType, str] = field(default_factory=dict)
    name_rule: NameRule = NameRule()
    inactive_names_count: bool = True
    version_guard: bool = False
    reports_closing_date: bool = False
    recomputes_tax: bool = False

    def exports(self, type: RecordType) -> bool:
        """Whether records of this type can be sent to the books."""
        return self.types.get(type, Direction.OFF) in (Direction.BOTH, Direction.EXPORT)

    def imports(self, type: RecordType) -> bool:
        """Whether changes of this type come back from the books."""
        return self.types.get(type, Direction.OFF) in (Direction.BOTH, Direction.IMPORT)

    @property
    def imported(self) -> list[RecordType]:
        """The types whose changes come back from the books."""
        return [type for type in self.types if self.imports(type)]

    def marks(self, type: RecordType) -> bool:
        """Whether an object of this type is found by the marker left in it."""
        return self.markers and type not in self.unmarked
