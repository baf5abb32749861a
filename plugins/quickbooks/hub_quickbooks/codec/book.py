"""What a codec needs to know beside the record: settings, the company's preferences, and its reference lists."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from hub.adapters import Fault, RemoteRef
from hub.errors import ErrorClass
from hub.model import RecordType, Ref
from hub_quickbooks.settings import QuickBooksSettings

Body = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """Who the books are, and those of their preferences that change what may be sent."""

    id: str
    name: str
    country: str = "US"
    currency: str = "USD"
    many_currencies: bool = False
    own_numbers: bool = True
    sales_tax: bool = False
    closed_up_to: date | None = None

    @property
    def american(self) -> bool:
        """Elsewhere every document says how its tax is meant."""
        return self.country in ("US", "USA", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An entry of a reference list."""

    id: str
    name: str
    number: str = ""
    kind: str = ""
    active: bool = True


Lists = Mapping[RecordType, tuple[Entry, ...]]
_WORDS = {
    RecordType.ACCOUNT: "account",
    RecordType.TAX_CODE: "tax code",
    RecordType.TERM: "term",
    RecordType.PAYMENT_METHOD: "payment method",
    RecordType.CLASS: "class",
    RecordType.ITEM: "item",
}


@dataclass(slots=True, kw_only=True)
class Book:
    """One request's encoding: answers what its words stand for, and gathers everything that is wrong with it.

    `wanted` collects the reference lists that were asked for and are not at hand; then the result is of no use, and
    the caller reads those lists and encodes again.
    """

    settings: QuickBooksSettings
    company: Company
    links: Mapping[Ref, RemoteRef]
    lists: Lists
    faults: list[Fault] = field(default_factory=list)
    wanted: set[RecordType] = field(default_factory=set)

    def wrong(self, message: str, fix: str, code: str = "invalid", error: ErrorClass = ErrorClass.VALIDATION) -> None:
        """Note one thing that QuickBooks would refuse."""
        self.faults.append(Fault(error=error, code=code, message=message, fix=fix))

    def text(self, value: str | None, longest: int, what: str, *, banned: str = "") -> str | None:
        """The text, once it is short enough and free of what QuickBooks refuses in it."""
        if value is None:
            return None
        if len(value) > longest:
            self.wrong(
                f"The {what} has {len(value)} characters, and QuickBooks takes {longest}: {value[:40]}…",
                "Shorten it in the source.", "too_long",
            )  # fmt: skip
        if found := sorted({each for each in value if each in banned}):
            shown = " ".join(map(repr, found))
            self.wrong(
                f"The {what} {value[:60]!r} holds {shown}, which QuickBooks does not take there.",
                "Rename it in the source.", "bad_characters",
            )  # fmt: skip
        return value

    def linked(self, type: RecordType, source_id: str | None) -> Body | None:
        """The reference to a record that must be in the books already."""
        if source_id is None:
            return None
        remote = self.links.get(Ref(type, source_id))
        if remote is None:
            self.wrong(
                f"The {type.words} {source_id} is not in QuickBooks.", f"Sync the {type.words} first.",
                "missing_dependency", ErrorClass.MISSING_DEPENDENCY,
            )  # fmt: skip
            return None
        return {"value": remote.remote_id}

    def listed(self, type: RecordType, word: str | None, mapped: Mapping[str, str] | None = None) -> Body | None:
        """The reference to an entry of a reference list, by its link or by the books' own word for it."""
        if not word:
            return None
        remote = self.links.get(Ref(type, word))
        if remote is not None and remote.remote_id:
            return {"value": remote.remote_id}
        given = (mapped or {}).get(word, word)
        if type is RecordType.TAX_CODE and self.company.american and given in ("TAX", "NON"):
            return {"value": given}
        found = self._entry(type, given)
        return {"value": found.id} if found else None

    def sales_tax(self, word: str | None = None) -> Body | None:
        """The tax code of a sales line; NON and TAX are words of the US only."""
        default = self.settings.default_tax_code
        if default == "NON" and not self.company.american:
            default = ""
        return self.listed(RecordType.TAX_CODE, word or default or None, self.settings.tax_codes)

    def account(self, word: str | None, setting: str, purpose: str) -> Body | None:
        """The account a record names, or the one that the settings name for want of it."""
        if word:
            return self.listed(RecordType.ACCOUNT, word, self.settings.accounts)
        given: str = getattr(self.settings, setting)
        if given:
            found = self._entry(RecordType.ACCOUNT, given)
            return {"value": found.id} if found else None
        self.wrong(
            f"No account is known for {purpose}.",
            f"Name it in the record, or set the connection's {setting} to its name in QuickBooks.",
            "not_ready",
        )
        return None

    def optional_account(self, word: str | None, setting: str) -> Body | None:
        """As :meth:`account`, where QuickBooks has a default of its own."""
        return self.account(word, setting, "") if word or getattr(self.settings, setting) else None

    def named_item(self, word: str, setting: str, purpose: str) -> Body | None:
        """An item that the settings name."""
        if not word:
            self.wrong(f"No item is known for {purpose}.", f"Set the connection's {setting} to its name.", "not_ready")
            return None
        found = self._entry(RecordType.ITEM, word)
        return {"value": found.id} if found else None

    def money(self, currency: str) -> Body | None:
        """The currency of a document; None where the company has only one, which it must be."""
        if self.company.many_currencies:
            return {"value": currency}
        if currency != self.company.currency:
            self.wrong(
                f"It is in {currency}, and this QuickBooks company keeps its books in {self.company.currency} only.",
                "Switch multicurrency on in QuickBooks, or enter it in the home currency.", "currency_not_held",
            )  # fmt: skip
        return None

    def _entry(self, type: RecordType, word: str) -> Entry | None:
        if type not in self.lists:
            self.wanted.add(type)
            return None
        wanted = word.strip()
        for spelled in _SPELLED:
            found = [each for each in self.lists[type] if spelled(each) == _same(wanted)]
            active = [each for each in found if each.active]
            if len(active) == 1:
                return active[0]
            if found:
                why = f"is not one but {len(active)}" if active else "is inactive"
                self._missing(type, f"The {_WORDS[type]} {word!r} {why} in QuickBooks.")
                return None
        self._missing(type, f"QuickBooks has no {_WORDS[type]} {word!r}.")
        return None

    def _missing(self, type: RecordType, message: str) -> None:
        setting = {RecordType.ACCOUNT: "accounts", RecordType.TAX_CODE: "tax_codes", RecordType.TERM: "terms"}.get(type)
        fix = f"Make the {_WORDS[type]} in QuickBooks, or name another"
        fix += f"; or map it in the connection's {setting}, as OURS=THEIRS." if setting else "."
        self.wrong(message, fix, "missing_reference", ErrorClass.MISSING_DEPENDENCY)


_same = str.casefold
_SPELLED: tuple[Callable[[Entry], str], ...] = (
    lambda each: _same(each.name),
    lambda each: _same(each.number),
    lambda each: _same(each.name.rpartition(":")[2]),
    lambda each: each.id,
)
"""By what an entry may be named, the surest first: its whole name, its number, its own name, its id."""


def filled(body: Mapping[str, Any]) -> Body:
    """The body without what is not there."""
    return {key: value for key, value in body.items() if value is not None}


def decimal_of(value: object) -> Decimal | None:
    """A number of a QuickBooks body; None for what is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | Decimal):
        return Decimal(value)
    if isinstance(value, str):
        try:
            number = Decimal(value)
        except ArithmeticError:
            return None
        return number if number.is_finite() else None
    return None


def text_of(value: object) -> str | None:
    """A text of a QuickBooks body; None for an empty one."""
    return value if isinstance(value, str) and value else None


def ref_of(value: object) -> str | None:
    """The id that a reference holds."""
    return text_of(value.get("value")) if isinstance(value, Mapping) else None
