"""A document on either side, as far as the two are compared; small, because there may be very many."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from hub.model import RecordType, round_money


class Bucket(StrEnum):
    """Where a document falls; exactly one on each side (rule V1)."""

    MATCHED = "matched"
    MISSING = "missing"
    EXTRA = "extra"
    DIVERGED = "diverged"
    UNKNOWN = "unknown"
    EXCLUDED = "excluded"


EXCEPTIONS = (Bucket.MISSING, Bucket.EXTRA, Bucket.DIVERGED, Bucket.UNKNOWN)
"""The buckets that ask for somebody's attention."""


class Group(StrEnum):
    """What may be added up: an invoice and the payment of it, or a sale and a purchase, are unlike and never are."""

    SALES = "sales"
    PURCHASES = "purchases"
    PAYMENTS = "payments"
    STOCK = "stock"


COUNTED: Mapping[RecordType, tuple[Group, int]] = {
    RecordType.SHIP_DOC: (Group.SALES, 1),
    RecordType.CUSTOMER_RETURN: (Group.SALES, -1),
    RecordType.RECEIVER: (Group.PURCHASES, 1),
    RecordType.VENDOR_RETURN: (Group.PURCHASES, -1),
    RecordType.PAYMENT: (Group.PAYMENTS, 1),
    RecordType.REFUND: (Group.PAYMENTS, -1),
    RecordType.ADJUSTMENT: (Group.STOCK, 1),
    RecordType.WORK_ORDER: (Group.STOCK, 1),
    RecordType.VALUE_ADJUSTMENT: (Group.STOCK, 1),
}
"""The group of a type, and its sign there. Both sides hold a credit as a positive amount; what goes back counts against
what it goes back from. Documents of the house carry their sign themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """The days from one to another, both included."""

    since: date = date.min
    until: date = date.max

    def holds(self, day: date | None) -> bool:
        """Whether the day lies in it; what has no date lies in every period."""
        return day is None or self.since <= day <= self.until


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """What is compared. `party` is a remote id; a field that a side does not know is empty, and not compared."""

    number: str = ""
    date: date | None = None
    currency: str | None = None
    amount: Decimal | None = None
    party: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        return {
            "number": self.number or None,
            "date": self.date.isoformat() if self.date else None,
            "currency": self.currency,
            "amount": money(self.amount, self.currency),
            "party": self.party,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request in the queue, as far as it explains a document. `doubtful`: sent, and nobody knows what came of it."""

    id: int
    removal: bool
    held: bool
    doubtful: bool
    by_hand: bool
    why: str | None = None
    fix: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    """A document of the source and how it stands on the connection.

    Attributes:
        posts: whether its status is one that posts.
        excluded: why documents like it are not sent, or None.
        remote_id: the object in the books it is linked to, a kept copy included.
        diverged: why the two sides are known to differ, or None.
    """

    record_id: int
    type: RecordType
    source_id: str
    face: Face
    status: str
    posts: bool
    undoable: bool
    recorded: bool = True
    prevented: bool = False
    deleted: bool = False
    excluded: str | None = None
    remote_id: str | None = None
    detached: bool = False
    diverged: str | None = None
    write: Asked | None = None
    removal: Asked | None = None

    @property
    def linked(self) -> bool:
        """Whether the books' object is kept in step; a kept copy is not."""
        return self.remote_id is not None and not self.detached


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One document, or a linked pair, in its bucket. `source` and `books` say which sides of the period count it."""

    bucket: Bucket
    type: RecordType
    source_id: str | None = None
    remote_id: str | None = None
    ours: Face | None = None
    theirs: Face | None = None
    source: bool = False
    books: bool = False
    differs: tuple[Mapping[str, Any], ...] = ()
    reason: str | None = None
    fix: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        face = self.ours or self.theirs
        return {
            "bucket": self.bucket.value,
            "type": self.type.value,
            "source_id": self.source_id,
            "number": (face.number or None) if face else None,
            "remote_id": self.remote_id,
            "counted": [side for side, counts in (("source", self.source), ("books", self.books)) if counts],
            "source": self.ours.as_dict() if self.ours else None,
            "books": self.theirs.as_dict() if self.theirs else None,
            "differs": [dict(each) for each in self.differs],
            "reason": self.reason,
            "fix": self.fix,
        }


def money(amount: Decimal | None, currency: str | None) -> str | None:
    """An amount as text, in the spelling of its currency."""
    if amount is None:
        return None
    return str(round_money(amount, currency) if currency else amount)
