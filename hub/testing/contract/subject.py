"""What the suite must be able to do with an adapter's books: connect to them, look at them, and make them misbehave."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar, NoReturn

import pytest

from hub.adapters import AdapterContext
from hub.model import RecordType

OURS, OTHERS = "acme", "other"
"""The two sets of books a subject keeps: the ones under test, and those of another company."""


class Trouble(StrEnum):
    """What the suite has happen to the calls that follow, until it is switched off."""

    LOSE_REQUEST = "lose_request"
    LOSE_REPLY = "lose_reply"
    THROTTLE = "throttle"
    UNAUTHORISED = "unauthorised"
    UNREACHABLE = "unreachable"
    MIDWAY = "midway"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """An object as somebody sees it who looks into the books without the adapter.

    Attributes:
        remote_id: its id in the books.
        name: an entity's name.
        number: a document's number.
        total: a document's total, as the books hold it.
        active: False for inactive entities and voided documents. What is deleted is not seen at all.
        fields: fields of the model as the books hold them; the suite asks for a customer's `phone`.
    """

    remote_id: str
    name: str = ""
    number: str = ""
    total: Decimal | None = None
    active: bool = True
    fields: Mapping[str, Any] = field(default_factory=dict)


class Subject(ABC):
    """An adapter under test, with two sets of fresh books: `acme`, and `other` of another company.

    Fresh books hold no customers, vendors, items and documents; accounts, terms and the like as they come.
    The suite makes one for every rule, and closes it. Only the first two methods must be written; each of the others
    lets more rules run, and what is not written skips the rules that need it, with its reason.

    Attributes:
        adapter: the adapter's class.
        currencies: those that the books accept; name some without decimals and with three, where they do.
        public: names of credentials that are no secrets: the number of a company, the name of an application.
        ways: for a trouble that has several, words for `switch_on`: a reply can be cut off, garbled or a 500.
    """

    adapter: ClassVar[type[Any]]
    currencies: ClassVar[Sequence[str]] = ("USD",)
    public: ClassVar[Sequence[str]] = ()
    ways: ClassVar[Mapping[Trouble, Sequence[str]]] = {}

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._time = datetime(2026, 1, 5, 9, tzinfo=UTC)

    # --- must be written ---

    @abstractmethod
    def context(self, books: str) -> AdapterContext:
        """What the hub would hand to an adapter for these books, which are made when first named."""

    @abstractmethod
    def look(self, type: RecordType, books: str = OURS) -> list[Seen]:
        """Every object of that type which is not deleted, read past the adapter. Types that are one in the books, as
        journals may be, need not be told apart."""

    def connect(self, books: str = OURS) -> Any:
        """A new instance of the adapter on these books, as after a restart of the hub."""
        return self.adapter(self.context(books))

    # --- the other side: what a bookkeeper does there ---

    def add(self, type: RecordType, name: str) -> str:
        """Enter an entity, and tell its remote id."""
        cannot(self, "enter an entity in the books")

    def edit(self, type: RecordType, remote_id: str, **fields: str) -> None:
        """Change fields, in the model's names. The suite asks for a customer's `phone` and a document's `memo`."""
        cannot(self, "edit an object in the books")

    def inactivate(self, type: RecordType, remote_id: str) -> None:
        """Make an entity inactive."""
        cannot(self, "make an entity inactive in the books")

    def pay(self, remote_id: str, amount: Decimal) -> None:
        """Receive a payment for an invoice."""
        cannot(self, "enter a payment in the books")

    def close_period(self, until: date) -> None:
        """Close the books up to and including that day; the suite connects anew afterwards."""
        cannot(self, "close a period of the books")

    # --- trouble ---

    def switch_on(self, trouble: Trouble, way: str = "") -> None:
        """Have it befall every call from now on, in the way named.

        Midway is for adapters that write one thing after another: an entity goes well, a document meets with trouble.
        """
        cannot(self, f"have the books {trouble.value.replace('_', ' ')}")

    def switch_off(self) -> None:  # noqa: B027 - without troubles there is nothing to end
        """End every trouble; the suite connects anew afterwards."""

    # --- samples, time, secrets ---

    def sample(self, type: RecordType) -> Mapping[str, Any]:
        """Fields that these books want in a new record of that type, beyond those the suite gives it."""
        return {}

    def secrets(self) -> Sequence[str]:
        """Secrets beyond the credentials, which must not appear anywhere either (an application's password)."""
        return ()

    def now(self) -> datetime:
        """The clock that adapters are handed; unless written otherwise it stands still until somebody sleeps."""
        return self._time

    def sleep(self, seconds: float) -> None:
        """How adapters wait."""
        self._time += timedelta(seconds=seconds)

    def let_pass(self, seconds: float) -> None:
        """Let time pass, for adapter and books; the suite connects anew afterwards.

        Where the clock is a real one, write this as `cannot`.
        """
        self._time += timedelta(seconds=seconds)

    def close(self) -> None:  # noqa: B027 - not every subject holds something
        """Let go of everything."""


def cannot(subject: Subject, what: str) -> NoReturn:
    """Skip the rule, for what the subject cannot do."""
    pytest.skip(f"{type(subject).__name__} cannot {what}")
