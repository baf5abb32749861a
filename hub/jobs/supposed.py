"""What decisions take for granted beyond what the database says: in a plan, that everything before has gone well."""

from __future__ import annotations

from dataclasses import dataclass, field

from hub.queue import State

_PAGE = 512


class IdSet:
    """A set of row ids that are mostly neighbours, in a bit each: a million of them take less than a megabyte."""

    __slots__ = ("_pages",)

    def __init__(self) -> None:
        self._pages: dict[int, bytearray] = {}

    def add(self, id: int) -> None:
        """Put an id in."""
        page, at = divmod(id, _PAGE)
        bits = self._pages.get(page)
        if bits is None:
            bits = self._pages[page] = bytearray(_PAGE // 8)
        bits[at >> 3] |= 1 << (at & 7)

    def discard(self, id: int) -> None:
        """Take an id out, if it is in."""
        page, at = divmod(id, _PAGE)
        if page in self._pages:
            self._pages[page][at >> 3] &= ~(1 << (at & 7))

    def clear(self) -> None:
        """Take all out."""
        self._pages.clear()

    def __contains__(self, id: int) -> bool:
        page, at = divmod(id, _PAGE)
        bits = self._pages.get(page)
        return bits is not None and bool(bits[at >> 3] & 1 << (at & 7))


@dataclass(frozen=True, slots=True)
class Supposed:
    """What is so by supposition. A job supposes nothing, and notes only what it has just created.

    Attributes:
        moving: records created in this pass over a rank: what names them goes in the next pass, however quick the
            books were, so that the order of sending depends on nothing but the queue.
        locked: requests that the job would hold; back: those that went back to the queue; done: those that left it.
        made: records created by now, under a remote id nobody knows yet; gone: those taken out.
    """

    moving: IdSet = field(default_factory=IdSet)
    locked: IdSet = field(default_factory=IdSet)
    back: IdSet = field(default_factory=IdSet)
    done: IdSet = field(default_factory=IdSet)
    made: IdSet = field(default_factory=IdSet)
    gone: IdSet = field(default_factory=IdSet)

    def state(self, request_id: int, stored: str) -> str | None:
        """The state of a request; None once it has left the queue."""
        if request_id in self.done:
            return None
        if request_id in self.back:
            return State.WAITING
        return State.LOCKED if request_id in self.locked else stored
