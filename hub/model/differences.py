"""What differs between two versions of a record, field by field, and how two edits of one base merge (rule C5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hub.model.policy import Winner

Data = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clash:
    """One field that both sides changed, to different values."""

    field: str
    base: Any
    source: Any
    books: Any

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        return {"field": self.field, "base": self.base, "source": self.source, "books": self.books}


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """The merged values, what both sides changed, and which fields came from the books."""

    data: dict[str, Any]
    clashes: tuple[Clash, ...]
    from_books: tuple[str, ...]


def differences(old: Data, new: Data) -> tuple[str, ...]:
    """Names of the top-level fields whose values differ, sorted."""
    return tuple(sorted(field for field in old.keys() | new.keys() if old.get(field) != new.get(field)))


def merge(*, base: Data, source: Data, books: Data, winner: Winner) -> Merge:
    """Three-way merge: a field changed on one side only takes that side's value; a clash follows `winner`.

    Only the fields named in `books` take part: those are the ones the books keep, an emptied one being None.
    With `Winner.ASK` a clash keeps the source's value in `data`, and nothing may be sent until a person chose.
    """
    data = dict(source)
    clashes, from_books = [], []
    for field in sorted(books):
        theirs, ours, before = books[field], source.get(field), base.get(field)
        if theirs in (before, ours):
            continue
        if ours != before:
            clashes.append(Clash(field=field, base=before, source=ours, books=theirs))
            if winner is not Winner.BOOKS:
                continue
        from_books.append(field)
        if theirs is None:
            data.pop(field, None)
        else:
            data[field] = theirs
    return Merge(data=data, clashes=tuple(clashes), from_books=tuple(from_books))
