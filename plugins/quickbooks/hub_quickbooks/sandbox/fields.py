"""What a field may hold: each kind of field cleans a value from outside, or refuses it with the real code."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, Protocol

from hub_quickbooks.sandbox.refusals import Refusal

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}(?:T.*)?", re.ASCII)
_LIMIT = Decimal(10) ** 12
_DROP = object()


@dataclass(slots=True)
class Met:
    """What was met while a body was cleaned: references to look up, each with its target and where it stood."""

    refs: list[tuple[dict[str, Any], tuple[str, ...], str]] = field(default_factory=list)


class Field(Protocol):
    """One kind of field."""

    def clean(self, value: Any, where: str, met: Met) -> Any:
        """The value as the books keep it; Refusal when they would not take it."""


@dataclass(frozen=True, slots=True)
class ReadOnly:
    """The books set it themselves; what a caller sends is ignored."""

    def clean(self, value: Any, where: str, met: Met) -> Any:
        """Nothing."""
        return _DROP


@dataclass(frozen=True, slots=True)
class Text:
    """A string up to a length; `banned` characters and, unless `lines`, tabs and line ends are refused."""

    most: int
    banned: str = ""
    lines: bool = False

    def clean(self, value: Any, where: str, met: Met) -> Any:
        """2050 for the length, 2040 for characters."""
        if isinstance(value, bool | dict | list):
            raise _invalid(where, value)
        text = value if isinstance(value, str) else str(value)
        if len(text) > self.most:
            raise Refusal(
                2050, f"Min:0 Max:{self.most} supported. Supplied length:{len(text)}", where.rsplit(".", 1)[-1]
            )
        wrong = _CONTROL.search(text) or (None if self.lines else re.search(r"[\t\r\n]", text))
        if wrong or any(char in self.banned for char in text):
            raise Refusal(2040, f"Element {where} contains invalid characters", where.rsplit(".", 1)[-1])
        return text if self.lines else text.strip()


@dataclass(frozen=True, slots=True)
class Email:
    """An address: up to 100 characters, with an @ and a dot."""

    def clean(self, value: Any, where: str, met: Met) -> Any:
        """2210 when it is none."""
        text = Text(100).clean(value, where, met)
        if text and ("@" not in text or "." not in text.partition("@")[2]):
            raise Refusal(2210, f"Email address does not conform to RFC 822. Supplied value: {text}", "Address")
        return text


@dataclass(frozen=True, slots=True)
class Number:
    """A decimal, rounded half up to so many places."""

    places: int = 2
    least: Decimal | None = None

    def clean(self, value: Any, where: str, met: Met) -> Any:
        """2080 when it is no number, 2090 when it is one the books cannot hold."""
        number = value
        if isinstance(number, str | int) and not isinstance(number, bool):
            try:
                number = Decimal(str(number).strip())
            except (InvalidOperation, ValueError):
                raise Refusal(2080, f"Invalid number: {where}. Supplied value: {_short(value)}", where) from None
        if not isinstance(number, Decimal):
            raise Refusal(2080, f"Invalid number: {where}. Supplied value: {_short(value)}", where)
        if not number.is_finite() or number.copy_abs() >= _LIMIT or (self.least is not None and number < self.least):
            raise Refusal(2090, f"Number out of range: {where}. Supplied value: {_short(value)}", where)
        return trim(number, self.places)


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number of days, lines, …"""

    least: int = 0
    most: int = 999_999

    def clean(self, value: Any, where: str, met: Met) -> Any:
        """2090 outside its range."""
        number = Number(0).clean(value, where, met)
        if not self.least <= number <= self.most:
            raise Refusal(2090, f"Number out of range: {where}. Supplied value: {_short(value)}", where)
        return int(number)


@dataclass(frozen=True, slots=True)
class Flag:
    """True or false."""

    def clean(self, value: Any, where: str, met: Met) -> Any:
        """2230 when it is neither."""
        if isinstance(value, bool):
            return value
        if value in ("true", "false"):
            return bool(value == "true")
        raise Refusal(2230, f"Invalid boolean: {where}. Supplied value: {_short(value)}", where)


@dataclass(frozen=True, slots=True)
class Day:
    """A plain date."""

    def clean(self, value: Any, where: str, met: Met) -> Any:
        """2060 for the form, 2070 for a day that no calendar has."""
        if not isinstance(value, str) or not _DAY.fullmatch(value):
            raise Refusal(2060, f"Invalid date format: {where}. Supplied value: {_short(value)}", where)
        try:
            return date.fromisoformat(value[:10]).isoformat()
        except ValueError:
            raise Refusal(2070, f"Invalid date: {where}. Supplied value: {_short(value)}", where) from None


@dataclass(frozen=True, slots=True)
class Choice:
    """One word of a list."""

    words: tuple[str, ...]

    def clean(self, value: Any, where: str, met: Met) -> Any:
        """2170 for another word."""
        if value not in self.words or not isinstance(value, str):
            known = ", ".join(self.words)
            raise Refusal(2170, f"Invalid enumeration: {where}. Supplied value: {_short(value)}. Known: {known}", where)
        return value


@dataclass(frozen=True, slots=True)
class Ref:
    """A reference to another object; only `value` counts, the name is filled in from the books (facts §1)."""

    targets: tuple[str, ...]

    def clean(self, value: Any, where: str, met: Met) -> Any:
        """2030 when it holds no id; whether the object exists is looked up afterwards."""
        if not isinstance(value, dict):
            raise _invalid(where, value)
        unknown = value.keys() - {"value", "name", "type"}
        if unknown:
            raise unknown_property("ReferenceType", min(unknown), ["name", "type", "value"])
        id = value.get("value")
        if isinstance(id, int) and not isinstance(id, bool):
            id = str(id)
        if not isinstance(id, str) or not id or len(id) > 40:
            raise Refusal(2030, f"Id should be a valid number. Supplied value:{_short(id)}", where)
        ref = {"value": id}
        met.refs.append((ref, self.targets, where))
        return ref


@dataclass(frozen=True, slots=True)
class Id:
    """An id in a string."""

    def clean(self, value: Any, where: str, met: Met) -> Any:
        """2030 when it is not a whole number."""
        text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
        if not isinstance(text, str) or not re.fullmatch(r"\d{1,18}", text, re.ASCII):
            raise Refusal(2030, f"Id should be a valid number. Supplied value:{_short(value)}", where)
        return text


@dataclass(frozen=True, slots=True)
class Group:
    """An object with fields of its own; an unknown one is refused with 2010, which names the known ones."""

    name: str
    fields: dict[str, Field]

    def clean(self, value: Any, where: str, met: Met) -> Any:
        """The known fields, cleaned; null stays, because it clears a field."""
        if not isinstance(value, dict):
            raise _invalid(where or self.name, value)
        cleaned: dict[str, Any] = {}
        for name, inner in value.items():
            kind = self.fields.get(name)
            if kind is None:
                raise unknown_property(self.name, name, list(self.fields))
            if inner is None:
                cleaned[name] = None
                continue
            kept = kind.clean(inner, f"{where}.{name}" if where else name, met)
            if kept is not _DROP:
                cleaned[name] = kept
        return cleaned


@dataclass(frozen=True, slots=True)
class Many:
    """A list of groups."""

    each: Group
    most: int = 10_000

    def clean(self, value: Any, where: str, met: Met) -> Any:
        """Each in turn; null inside is dropped."""
        if not isinstance(value, list):
            raise _invalid(where, value)
        if len(value) > self.most:
            raise Refusal(6000, f"Business Validation Error: {where} holds more than {self.most} entries.", where)
        rows = [self.each.clean(one, where, met) for one in value]
        return [{name: inner for name, inner in row.items() if inner is not None} for row in rows]


def trim(number: Decimal, places: int) -> Decimal:
    """Rounded half up to so many places at most; without an exponent, and with at least what was there."""
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or exponent < -places:
        number = number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    elif exponent > 0:
        number = number.quantize(Decimal(1))
    return number + 0 if number else abs(number)


def unknown_property(owner: str, name: str, known: list[str]) -> Refusal:
    """2010, with the list of known properties that the real books give."""
    return Refusal(
        2010,
        f'Property Name:Unrecognized field "{name[:100]}" (class com.intuit.schema.finance.v3.{owner}), not marked as '
        f"ignorable ({len(known)} known properties: {', '.join(sorted(known))}) specified is unsupported or invalid",
    )


def _invalid(where: str, value: Any) -> Refusal:
    return Refusal(2010, f"Property Name:Can not read {where} from {_short(value)} specified is unsupported or invalid")


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else repr(value)
    text = text.encode("utf-8", "replace").decode("utf-8")
    return text if len(text) <= 60 else text[:57] + "..."
