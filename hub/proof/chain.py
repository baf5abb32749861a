"""Whether a chain of seals holds, and what is wrong with it; decided from values, not from the database."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hub.store.history import ABOUT, START, Entry, digest, seal_hash, unpack
from hub.store.types import EPOCH, TICK

WORDS = {
    "audit": "the note",
    "attempts": "the attempt",
    "answers": "the answer",
    "unsent": "the note of what was not sent,",
}
"""What an entry of each history table is called in a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """One seal as it is stored; what tampering made unreadable is empty."""

    company: str
    number: int
    at: datetime | None
    previous: str
    entries: bytes
    hash: str

    @property
    def is_whole(self) -> bool:
        """Whether its hash covers what it holds."""
        if self.at is None:
            return False
        ticks = (self.at - EPOCH) // TICK
        return self.hash == seal_hash(self.company, self.number, ticks, self.previous, self.entries)


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """One thing that is not as it was sealed.

    Attributes:
        kind: seal_gone, seal_changed, entry_changed, entry_gone, entry_added, head_gone.
        seal: the number of the seal concerned, None for an entry that no seal covers. Of several in a row that are gone
            it is the first, and `until` the last.
        at: when that seal was made, or the entry says it was written.
        table, id, about: the entry; `about` is its record, for an answer its attempt.
    """

    kind: str
    seal: int | None = None
    until: int | None = None
    at: datetime | None = None
    table: str | None = None
    id: int | None = None
    about: int | None = None


def seals_hold(seals: Iterable[Seal], broken: list[Break]) -> Iterator[Seal]:
    """The seals one by one; gaps and seals that are not as they were made go to `broken`.

    After a break the chain is followed on from what is stored, so that one break is told once.
    """
    number, previous = 0, START
    for seal in seals:
        gap = seal.number != number + 1
        if gap:
            broken.append(Break(kind="seal_gone", seal=number + 1, until=seal.number - 1, at=seal.at))
        if not (gap or seal.previous == previous) or not seal.is_whole:
            broken.append(Break(kind="seal_changed", seal=seal.number, at=seal.at))
        number, previous = seal.number, seal.hash
        yield seal


def entries_hold(seal: Seal, rows: Mapping[tuple[str, int], Mapping[str, Any]]) -> Iterator[Break]:
    """What of a seal's entries is no longer there as it was.

    `rows` are the history rows by table and id; an empty one is there, but cannot be read any more.
    """
    for entry in unpack(seal.entries):
        row = rows.get((entry.name, entry.id))
        if row is None:
            yield _break("entry_gone", seal, entry)
        elif not row or (row[ABOUT[entry.name]] or 0) != entry.about or not _as_written(entry, row):
            yield _break("entry_changed", seal, entry)


def _break(kind: str, seal: Seal, entry: Entry) -> Break:
    return Break(kind=kind, seal=seal.number, at=seal.at, table=entry.name, id=entry.id, about=entry.about or None)


def _as_written(entry: Entry, row: Mapping[str, Any]) -> bool:
    """Whether the row is still the one that was sealed; of an attempt, also the text that its digest was made of."""
    if "sent" in row and _blake(str(row["sent"])) != row["digest"]:
        return False
    return digest(entry.name, entry.id, row) == entry.digest


def _blake(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def unsealed(there: array[int], sealed: array[int]) -> list[int]:
    """Ids, given in rising order, that no seal names."""
    known = iter(sorted(sealed))
    next_known = next(known, None)
    strangers = []
    for id in there:
        while next_known is not None and next_known < id:
            next_known = next(known, None)
        if next_known != id:
            strangers.append(id)
    return strangers


def sentence(found: Break, about: str | None = None) -> str:
    """What is wrong, in plain words; `about` names the record."""
    of = f" of {about}" if about else ""
    entry = f"{WORDS.get(found.table or '', 'the entry')} {found.id}{of}"
    match found.kind:
        case "seal_gone" if found.until == found.seal:
            return f"Seal {found.seal} is gone, and with it the proof of what was written then."
        case "seal_gone":
            return f"Seals {found.seal} to {found.until} are gone, and with them the proof of what was written then."
        case "seal_changed":
            return f"Seal {found.seal} is not as it was made."
        case "entry_changed":
            return f"{entry[0].upper()}{entry[1:]} was changed after seal {found.seal} was made."
        case "entry_gone":
            return f"{entry[0].upper()}{entry[1:]} was taken out after seal {found.seal} was made."
        case "entry_added":
            return f"{entry[0].upper()}{entry[1:]} was slipped in: no seal knows it."
        case _:
            return "The head that was kept outside is not in this chain: its end was cut off, or it was written anew."
