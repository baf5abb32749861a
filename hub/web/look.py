"""How a person looks at the Sync Queue: state, filters, order, columns, all in the address: a view is a bookmark."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlencode

from babel import Locale

from hub.errors import ErrorClass, InvalidInput
from hub.model import Operation, RecordType
from hub.web.amounts import example, read_amount
from hub.web.words import Plain

TABS: dict[str, tuple[str, dict[str, Any]]] = {
    "all": ("All that is queued", {}),
    "waiting": (Plain.WAITING, {"state": "waiting", "failed": False}),
    "sending": (Plain.SENDING, {"state": "locked"}),
    "attention": (Plain.ATTENTION, {"state": "waiting", "failed": True}),
    "check": (Plain.CHECK, {"state": "unknown"}),
    "hold": (Plain.HOLD, {"state": "held"}),
    "books": (Plain.IN_BOOKS, {}),
    "undone": (Plain.UNDONE, {}),
}
"""The tabs: their names, and what each is of the queue's filter; the last two are of what was sent."""
SENT = ("books", "undone")
AGES = {"hour": ("an hour", timedelta(hours=1)), "day": ("a day", timedelta(days=1)),
        "three": ("three days", timedelta(days=3)), "week": ("a week", timedelta(days=7))}  # fmt: skip
COLUMNS = {
    "state": "State", "operation": "Does", "type": "Type", "title": "Record", "amount": "Amount",
    "attempts": "Attempts", "age": "Queued", "error": "What is the matter", "source_id": "Id", "position": "Number",
}  # fmt: skip
SORTED = ("position", "state", "operation", "type", "title", "amount", "attempts", "age", "error")
USUAL = ("state", "operation", "type", "title", "amount", "age", "error")
BUILT_IN = (
    ("Needs attention", "state=attention"), ("Waiting over a day", "state=waiting&age=day&sort=age"),
    ("Sent today", "state=books&since=today"), ("Check by hand", "state=check"),
)  # fmt: skip
NARROWING = ("type", "operation", "error", "code", "age", "least", "most", "attempts", "q")
_CHOICES: dict[str, Iterable[str]] = {
    "state": TABS, "type": list(RecordType), "operation": list(Operation), "error": list(ErrorClass), "age": AGES,
    "group": ("error",), "since": ("today",), "sort": [sign + key for sign in ("", "-") for key in SORTED],
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One view of the queue. Empty texts do not narrow; `columns` empty: those of habit."""

    state: str = "all"
    type: str = ""
    operation: str = ""
    error: str = ""
    code: str = ""
    age: str = ""
    least: str = ""
    most: str = ""
    attempts: str = ""
    q: str = ""
    sort: str = "position"
    group: str = ""
    since: str = ""
    columns: tuple[str, ...] = field(default=())

    @property
    def sent(self) -> bool:
        """Whether it is about what was sent, not about what waits."""
        return self.state in SENT

    @property
    def narrowed(self) -> bool:
        """Whether more than a tab is chosen."""
        return any(getattr(self, name) for name in NARROWING)

    def filter(self, now: datetime) -> dict[str, Any]:
        """The fields of :class:`hub.queue.Filter` for it."""
        chosen: dict[str, Any] = {**TABS[self.state][1]}
        chosen |= {name: getattr(self, name) for name in ("type", "operation", "error", "code") if getattr(self, name)}
        if self.q:
            chosen["search"] = self.q
        if self.age:
            chosen["queued_before"] = now - AGES[self.age][1]
        if self.least:
            chosen["amount_from"] = Decimal(self.least)
        if self.most:
            chosen["amount_to"] = Decimal(self.most)
        if self.attempts:
            chosen["attempts_from"] = int(self.attempts)
        return chosen

    def query(self, **changes: Any) -> str:
        """As it stands in an address, without what is usual."""
        look = replace(self, **changes)
        pairs = []
        for each in fields(Look):
            value = getattr(look, each.name)
            if value and value != each.default:
                pairs.append((each.name, ",".join(value) if isinstance(value, tuple) else value))
        return urlencode(pairs)

    def turned(self, key: str) -> str:
        """The address of this view sorted by that column; once more, the other way round."""
        return self.query(sort=f"-{key}" if self.sort == key else key)

    def matches(self, run: Mapping[str, Any]) -> bool:
        """Whether requests counted together belong to it, as far as their count can tell."""
        chosen = TABS[self.state][1]
        if chosen.get("failed", run["error"] != "") != (run["error"] != ""):
            return False
        wanted = {"state": chosen.get("state"), "type": self.type, "operation": self.operation, "error": self.error}
        return all(not value or run[name] == value for name, value in wanted.items())

    @property
    def countable(self) -> bool:
        """Whether the counts that the database keeps tell its total."""
        return not (self.sent or self.code or self.age or self.least or self.most or self.attempts or self.q)


def read_look(given: Mapping[str, str], remembered: str = "", locale: Locale | None = None) -> Look:
    """The view of an address; `remembered`: the columns of last time, used where the address names none.

    `locale` is that of the person who may have typed the amounts; without it they are written as addresses have them.

    Raises:
        InvalidInput: `bad_filter`.
    """
    found: dict[str, Any] = {}
    for each in fields(Look):
        value = given.get(each.name, "").strip()
        if not value:
            continue
        choices = _CHOICES.get(each.name)
        if choices is not None and value not in choices:
            raise _bad(f"{each.name}={value[:40]!r} is none of its choices")
        found[each.name] = value
    found["columns"] = _columns(found.get("columns") or remembered)
    for name in ("least", "most"):
        if name in found:
            try:
                found[name] = read_amount(found[name], locale)
            except ValueError:
                raise _bad(f"{found[name][:40]!r} is no amount") from None
    if not _counts(found.get("attempts", "0")):
        raise _bad("the attempts are no whole number up to 999999")
    for name, most in (("q", 200), ("code", 60)):
        if len(found.get(name, "")) > most or not found.get(name, "").isprintable():
            raise _bad("the search is too long, or no text")
    return Look(**found)


def read_query(query: str) -> Look:
    """The view that a form carries as text."""
    return read_look(dict(parse_qsl(query[:4000])))


def unread(given: Mapping[str, str], locale: Locale) -> dict[str, str]:
    """What somebody has typed into a field of the filters and cannot be read: how to write it, by field."""
    faults = {}
    for name in ("least", "most"):
        try:
            read_amount(given.get(name, "").strip() or "0", locale)
        except ValueError:
            faults[name] = f"Write an amount such as {example(locale)}."
    if not _counts(given.get("attempts", "").strip() or "0"):
        faults["attempts"] = "Write a whole number up to 999999."
    return faults


def _counts(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 6


def _columns(text: str) -> tuple[str, ...]:
    return tuple(name for name in COLUMNS if name in text.split(","))


def _bad(what: str) -> InvalidInput:
    return InvalidInput(
        f"The queue cannot be shown like this: {what}.", code="bad_filter", fix="Clear the filters, and choose again."
    )
