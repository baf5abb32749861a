"""What differs between two versions of a record, field by field, and how two edits of one base merge (rule C5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """One field whose value changes; None where there is or was nothing."""

    field: str
    old: Any
    new: Any

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        return {"field": self.field, "old": self.old, "new": self.new}


def same(one: Any, other: Any) -> bool:
    """Whether two values say the same: an empty text says as much as none at all, wherever it stands."""
    return bool(one == other or _said(one) == _said(other))


def _said(value: Any) -> Any:
    if isinstance(value, Mapping):
        told = {key: said for key, each in value.items() if (said := _said(each)) is not None}
        return told or None
    if isinstance(value, list | tuple):
        return [_said(each) for each in value] or None
    return None if value == "" else value


def field_changes(old: Data, new: Data) -> list[FieldChange]:
    """What changes from one version to the next, down to single values: `lines[2].quantity`, `billing_address.city`."""
    before, after = dict(_leaves(old)), dict(_leaves(new))
    names = [*after, *(name for name in before if name not in after)]
    return [
        FieldChange(field=name, old=before.get(name), new=after.get(name))
        for name in names
        if before.get(name) != after.get(name)
    ]


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and value:
        for key, each in value.items():
            yield from _leaves(each, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list | tuple) and value:
        for at, each in enumerate(value, 1):
            yield from _leaves(each, f"{path}[{at}]")
    elif value is not None and value != {} and value != []:
        yield path, value


def merge(*, base: Data, source: Data, books: Data, winner: Winner) -> Merge:
    """Three-way merge: a field changed on one side only takes that side's value; a clash follows `winner`.

    Only the fields named in `books` take part: those are the ones the books keep, an emptied one being None.
    With `Winner.ASK` a clash keeps the source's value in `data`, and nothing may be sent until a person chose.
    A text that is empty and one that is not there are the same: few books tell the two apart.
    """
    data = dict(source)
    clashes, from_books = [], []
    for field in sorted(books):
        theirs, ours, before = books[field], source.get(field), base.get(field)
        if same(theirs, before) or same(theirs, ours):
            continue
        if not same(ours, before):
            clashes.append(Clash(field=field, base=before, source=ours, books=theirs))
            if winner is not Winner.BOOKS:
                continue
        from_books.append(field)
        if theirs is None:
            data.pop(field, None)
        else:
            data[field] = theirs
    return Merge(data=data, clashes=tuple(clashes), from_books=tuple(from_books))
