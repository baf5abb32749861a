"""What a change in the books means for a record here; decided from values alone (rules C2, C5, C8, J7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hub.adapters import RemoteObject
from hub.model import Clash, Policy, Winner, merge
from hub.model.differences import same
from hub.records.books import readable


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The linked record as it is here."""

    record_id: int
    version: str
    base: Mapping[str, Any]
    data: Mapping[str, Any]
    source_changed: bool
    diverged: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    """Seen before, or not our business; `why` is for the history."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Overwrite:
    """Take these fields from the books; `base` is what both sides now agree on.

    `overwritten` are the source's values that are lost by it; `lost` those of the books that the source overrides.
    """

    record_id: int
    fields: Mapping[str, Any]
    base: Mapping[str, Any]
    overwritten: Mapping[str, Any]
    lost: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Both sides changed the same fields, and a person is to choose."""

    record_id: int
    clashes: tuple[Clash, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """The entity no longer exists in the books."""

    record_id: int


Decision = Nothing | Overwrite | Ask | Gone


def linked(found: RemoteObject, known: Known, policy: Policy) -> Decision:
    """What a change of a linked entity means.

    Without a change of ours the books' values are taken. With one (a waiting request), fields merge three ways
    against the last agreed snapshot, and a field that both changed follows the policy (C5).
    """
    if found.deleted:
        return Gone(record_id=known.record_id)
    if found.version and found.version == known.version:
        return Nothing(why="our own write, or nothing new")
    theirs = readable(found)
    if theirs is None:
        return Nothing(why="the books hold values that the model cannot")
    base = known.base
    winner = policy.conflicts if known.source_changed else Winner.BOOKS
    result = merge(base=base, source=known.data, books=theirs, winner=winner)
    clashes = result.clashes if known.source_changed else ()
    if clashes and winner is Winner.ASK:
        return Ask(record_id=known.record_id, clashes=clashes)
    if known.diverged and not known.source_changed:
        # The change that was taken out of the queue is given up for the books' values (Q9).
        fields = {field: value for field, value in theirs.items() if not same(known.data.get(field), value)}
    else:
        fields = {field: theirs[field] for field in result.from_books}
    overwritten = {field: known.data.get(field) for field in fields if known.data.get(field) != base.get(field)}
    lost = {clash.field: clash.books for clash in clashes if winner is Winner.SOURCE}
    return Overwrite(
        record_id=known.record_id,
        fields=fields,
        base=theirs,
        overwritten=overwritten,
        lost=lost,
    )


def agreed_late(sent: Mapping[str, Any], held: Mapping[str, Any], theirs: Mapping[str, Any] | None) -> dict[str, Any]:
    """What both sides agree on once a write in doubt turns out to have been taken, and an import came in between.

    The import is the newer agreement; what was sent is the newer one only where the books still say just that.
    `theirs` is None where nobody has looked.
    """
    landed = {field: value for field, value in sent.items() if theirs is not None and same(theirs.get(field), value)}
    return {**held, **landed}


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A record here that has the name of an unlinked entity of the books."""

    record_id: int
    waiting: bool
    proxied: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopt:
    """Link the record to it; the books' values win (C2)."""

    record_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Create:
    """Make a record here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ambiguous:
    """Several records match; a person chooses, the hub never guesses (C8)."""

    record_ids: tuple[int, ...]


def unlinked(
    found: RemoteObject, candidates: Sequence[Candidate], *, import_new: bool
) -> Adopt | Create | Ambiguous | Nothing:
    """What an entity that no record is linked to means. A record whose own request waits keeps its conflict (C1)."""
    if found.deleted:
        return Nothing(why="deleted in the books, unknown here")
    if any(candidate.proxied for candidate in candidates):
        return Nothing(why="a record of that name is posted with a proxy")
    if any(candidate.waiting for candidate in candidates):
        return Nothing(why="a record of that name waits to be created there")
    if len(candidates) > 1:
        return Ambiguous(record_ids=tuple(candidate.record_id for candidate in candidates))
    if candidates:
        return Adopt(record_id=candidates[0].record_id)
    if not found.active or not import_new:
        return Nothing(why="inactive" if not found.active else "the policy imports no new records")
    return Create()
