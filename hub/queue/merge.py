"""How a new wish merges into what already waits, so that one request waits and no edit is lost (rules Q8, Q13)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hub.model import Operation
from hub.queue.standing import Origin, Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Enqueue:
    """Put a new request at the end of the queue."""

    operation: Operation
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Amend:
    """Keep the waiting request, its place and its attempts; it now asks for this. A stored error is cleared."""

    request_id: int
    operation: Operation
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """Take a waiting request out of the queue."""

    request_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Diverge:
    """From now on the record shows as *diverged*: the books do not hold what the source holds (rule Q9)."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Agree:
    """The record no longer shows as diverged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Detach:
    """The books keep their copy, and no job touches it any more (rules U3, U5)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attach:
    """A kept copy in the books is taken up again, so that the document is not posted a second time."""


Change = Enqueue | Amend | Drop | Diverge | Agree | Detach | Attach


def want_write(at: Standing, origin: Origin = Origin.SAVED) -> list[Change]:
    """The record's present content is to be in the books: what changes in the queue."""
    changes: list[Change] = [Agree()] if at.diverged else []
    if at.write:
        return [*changes, Amend(request_id=at.write.id, operation=at.write.operation, origin=origin)]
    there = not last.is_removal if (last := at.last) else at.linked
    operation = Operation.UPDATE if there else Operation.CREATE
    return [*changes, Enqueue(operation=operation, origin=origin)]


def want_removal(at: Standing, origin: Origin) -> list[Change]:
    """The record is to be gone from the books: what changes in the queue. Nothing is there to remove: nothing."""
    changes: list[Change] = [Agree()] if at.diverged else []
    if at.removal or at.removing:
        if at.write:
            changes.append(Drop(request_id=at.write.id))
        if at.removal and origin is Origin.DELETED:
            changes.append(Amend(request_id=at.removal.id, operation=Operation.DELETE, origin=origin))
        elif at.removing and at.writing and at.writing.id > at.removing.id:
            # A pair in flight: the create behind the delete may yet land.
            changes.append(Enqueue(operation=Operation.DELETE, origin=origin))
        return changes
    if at.linked or at.writing:
        if at.write:
            return [*changes, Amend(request_id=at.write.id, operation=Operation.DELETE, origin=origin)]
        return [*changes, Enqueue(operation=Operation.DELETE, origin=origin)]
    return [*changes, Drop(request_id=at.write.id)] if at.write else changes


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """What becomes of a request that surely did not take effect, and of those that wait behind it."""

    keep: Operation | None
    drop_write: bool = False
    drop_removal: bool = False


def come_back(failed: Operation, *, write_behind: bool, removal_behind: bool) -> Returned:
    """A failed request meets the ones behind it: they become one and the stronger operation wins (rule Q8).

    An edit behind a failed create is a create; a delete behind it is nothing at all, for there is nothing to delete.
    """
    match failed:
        case Operation.CREATE if removal_behind:
            keep = Operation.CREATE if write_behind else None
            return Returned(keep=keep, drop_write=write_behind, drop_removal=True)
        case Operation.UPDATE if removal_behind:
            return Returned(keep=Operation.DELETE, drop_removal=True)
        case Operation.DELETE:
            return Returned(keep=Operation.DELETE, drop_removal=removal_behind)
        case _:
            return Returned(keep=failed, drop_write=write_behind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """One of a record's requests, oldest first: `waits` when it waits in the queue, False when it comes back to it."""

    id: int
    operation: Operation
    waits: bool


def fold_back(requests: Sequence[Queued]) -> dict[int, tuple[Operation | None, int]]:
    """What becomes of a record's requests when some come back: (operation or None for dropped, whose details it takes).

    From the newest to the oldest, each one that comes back meets what is left behind it.
    """
    outcome: dict[int, tuple[Operation | None, int]] = {}
    write: int | None = None
    removal: int | None = None
    for request in reversed(requests):
        keep: Operation | None = request.operation
        if not request.waits:
            result = come_back(request.operation, write_behind=write is not None, removal_behind=removal is not None)
            newest = request.id
            if write is not None and result.drop_write:
                outcome[write], newest, write = (None, write), max(newest, write), None
            if removal is not None and result.drop_removal:
                outcome[removal], newest, removal = (None, removal), max(newest, removal), None
            keep = result.keep
            outcome[request.id] = (keep, newest)
        if keep is Operation.DELETE:
            removal = request.id
        elif keep is not None:
            write = request.id
    return outcome
