"""The query language of facts §3: what it permits becomes one SQL statement, everything else the real refusal."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from hub_quickbooks.sandbox import clock, wire
from hub_quickbooks.sandbox.book import fold
from hub_quickbooks.sandbox.kinds import KINDS, Kind
from hub_quickbooks.sandbox.refusals import Refusal
from hub_quickbooks.sandbox.store import Store, Thing

MOST = 1000
_USUAL = 100
_LONGEST = 200_000
_CONDITIONS = 100
_TOKEN = re.compile(
    r"\s*(?:('(?:[^'\\]|\\.)*')|([A-Za-z][\w.]*)|(-?\d+(?:\.\d+)?)|(<=|>=|=|<|>|\(|\)|,|\*))", re.DOTALL
)
_WORDS = {
    "SELECT",
    "FROM",
    "WHERE",
    "AND",
    "IN",
    "LIKE",
    "ORDERBY",
    "ORDER",
    "BY",
    "STARTPOSITION",
    "MAXRESULTS",
    "COUNT",
    "ASC",
    "DESC",
}
_INSIDE = {"PrimaryEmailAddr": "PrimaryEmailAddr.Address", "PrimaryPhone": "PrimaryPhone.FreeFormNumber"}
_COLUMNS = {"Id": "id", "SyncToken": "token", "MetaData.CreateTime": "created", "MetaData.LastUpdatedTime": "updated"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One comparison."""

    field: str
    operator: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One statement, understood."""

    kind: Kind
    columns: tuple[str, ...] | None
    """None: all of them."""
    count: bool = False
    where: tuple[Condition, ...] = ()
    order: tuple[tuple[str, bool], ...] = ()
    """Fields, and whether each goes down."""
    start: int = 1
    most: int = _USUAL


def parse(text: str) -> Query:
    """Understand a statement; Refusal 4000 when it is none, 4001 for a field or number that cannot be."""
    return _Parser(text).query()


def run(store: Store, realm: str, query: Query) -> str:
    """The JSON text of the `QueryResponse`."""
    where, values = _condition(query)
    if query.count:
        return wire.encode({"totalCount": store.count(realm, query.kind.name, where, values)})
    tail = f"ORDER BY {_order(query)} LIMIT {query.most} OFFSET {query.start - 1}"
    found = store.select(realm, query.kind.name, where, values, tail)
    if not found:
        return "{}"
    shown = ",".join(_shown(query, one) for one in found)
    return f'{{"{query.kind.name}":[{shown}],"startPosition":{query.start},"maxResults":{len(found)}}}'


def _shown(query: Query, one: Thing) -> str:
    if query.columns is None:
        return one.text
    kept: dict[str, Any] = {"domain": "QBO", "sparse": True}
    for name in query.columns:
        first, _, second = name.partition(".")
        value = one.body.get(first)
        if value is None:
            continue
        if second:
            kept.setdefault(first, {})[second] = value.get(second)
        else:
            kept[first] = value
    return wire.encode(kept)


def _condition(query: Query) -> tuple[str, list[Any]]:
    parts, values = ["deleted = 0"], []
    if query.kind.name_field and not any(one.field == "Active" for one in query.where):
        parts.append("active = 1")  # inactive ones hide unless they are asked for
    for one in query.where:
        part, bound = _compare(query.kind, one)
        parts.append(part)
        values += bound
    return " AND ".join(parts), values


def _compare(kind: Kind, one: Condition) -> tuple[str, list[Any]]:
    field, operator = one.field, one.operator
    if field in ("Id", "SyncToken"):
        if operator not in ("=", "IN"):
            raise Refusal(4001, f"QueryValidationError: Operator {operator} is not supported for property {field}")
        return _listed(
            _COLUMNS[field],
            operator,
            [int(value) if value.isdigit() and len(value) < 19 else -1 for value in one.values],
        )
    if field.startswith("MetaData."):
        if operator in ("LIKE", "IN"):
            raise Refusal(4001, f"QueryValidationError: Operator {operator} is not supported for property {field}")
        return f"{_COLUMNS[field]} {operator} ?", [_instant(field, one.values[0])]
    if field == "Active" or kind.name in _FLAGS and field in _FLAGS[kind.name]:
        if operator not in ("=", "IN") or any(value.lower() not in ("true", "false") for value in one.values):
            raise Refusal(4001, f"QueryValidationError: Property {field} takes true or false")
        column = "active" if field == "Active" else f"coalesce({_json(field)}, 0)"
        return _listed(column, operator, [int(value.lower() == "true") for value in one.values])
    if field in _AMOUNTS:
        if operator == "LIKE":
            raise Refusal(4001, f"QueryValidationError: Operator LIKE is not supported for property {field}")
        try:
            numbers = [float(value) for value in one.values]
        except ValueError:
            raise Refusal(4001, f"QueryValidationError: value of {field} is no number") from None
        return _listed(f"coalesce({_json(field)}, 0)", operator, numbers)
    if field == kind.name_field:
        return _listed("name", operator, [fold(value) for value in one.values])
    if field == "DocNumber":
        return _listed("number", operator, [fold(value) for value in one.values])
    return _listed(f"{_json(field)} COLLATE NOCASE", operator, list(one.values))


def _listed(column: str, operator: str, values: list[Any]) -> tuple[str, list[Any]]:
    if operator == "IN":
        return f"{column} IN (SELECT value FROM json_each(?))", [wire.encode(values)]
    if operator == "LIKE":  # only % stands for anything here
        escaped = str(values[0]).replace("\\", "\\\\").replace("_", "\\_")
        return f"{column} LIKE ? ESCAPE '\\'", [escaped]
    return f"{column} {operator} ?", values[:1]


def _order(query: Query) -> str:
    parts = []
    for field, down in query.order:
        if field == query.kind.name_field:
            column = "name"
        elif field == "DocNumber":
            column = "number"
        else:
            column = _COLUMNS.get(field) or ("active" if field == "Active" else _json(field))
        parts.append(f"{column} {'DESC' if down else 'ASC'}")
    return ", ".join([*parts, "id"])


def _json(field: str) -> str:
    path = _INSIDE.get(field) or (f"{field}.value" if field.endswith("Ref") else field)
    return f"json_extract(body, '$.{path}')"


def _instant(field: str, value: str) -> int:
    try:
        return int(clock.instant(value))
    except (ValueError, OverflowError):
        raise Refusal(4001, f"QueryValidationError: Property {field} takes a date or a time: {value[:40]}") from None


_AMOUNTS = {"TotalAmt", "Balance", "UnappliedAmt", "UnitPrice", "QtyOnHand", "DueDays", "RateValue"}
_FLAGS = {
    "Customer": {"Job", "Taxable"},
    "Vendor": {"Vendor1099"},
    "Item": {"SubItem", "TrackQtyOnHand"},
    "Account": {"SubAccount"},
    "Class": {"SubClass"},
    "TaxCode": {"Taxable"},
    "JournalEntry": {"Adjustment"},
}


class _Parser:
    """Reads a statement word by word."""

    def __init__(self, text: str) -> None:
        if len(text) > _LONGEST:
            raise Refusal(4000, "QueryParserError: the query is too long")
        self._tokens: list[tuple[str, str]] = []
        at = 0
        while text[at:].strip(" \t\r\n;"):
            found = _TOKEN.match(text, at)
            if found is None:
                raise Refusal(4000, f'QueryParserError: Encountered " {text[at:].strip()[:30]!r} " at position {at}.')
            string, word, number, sign = found.groups()
            if string is not None:
                self._tokens.append(("string", re.sub(r"\\(.)", r"\1", string[1:-1], flags=re.DOTALL)))
            elif word is not None:
                self._tokens.append(("word", word))
            elif number is not None:
                self._tokens.append(("number", number))
            else:
                self._tokens.append(("sign", sign))
            at = found.end()
        self._at = 0

    def query(self) -> Query:
        """The whole statement."""
        self._must("SELECT")
        count, names = self._columns()
        self._must("FROM")
        kind = self._kind()
        columns = None if names is None else tuple(self._field(kind, name, filter=False) for name in names)
        where: list[Condition] = []
        if self._may("WHERE"):
            where.append(self._comparison(kind))
            while self._may("AND"):
                where.append(self._comparison(kind))
                if len(where) > _CONDITIONS:
                    raise Refusal(4001, f"QueryValidationError: more than {_CONDITIONS} conditions")
        order: list[tuple[str, bool]] = []
        if self._may("ORDERBY") or (self._may("ORDER") and self._must("BY")):
            order.append(self._sorting(kind))
            while self._sign(",") and len(order) < _CONDITIONS:
                order.append(self._sorting(kind))
        start, most = 1, _USUAL
        while True:
            if self._may("STARTPOSITION"):
                start = self._number("STARTPOSITION", 1, 10**9)
            elif self._may("MAXRESULTS"):
                most = min(MOST, self._number("MAXRESULTS", 0 if count else 1, 10**9))
            else:
                break
        if self._at < len(self._tokens):
            self._stop()
        return Query(
            kind=kind, columns=columns, count=count, where=tuple(where), order=tuple(order), start=start, most=most
        )

    def _columns(self) -> tuple[bool, list[str] | None]:
        if self._may("COUNT"):
            if not (self._sign("(") and self._sign("*") and self._sign(")")):
                self._stop()
            return True, None
        names: list[str] = []
        everything = False
        while True:
            if self._sign("*"):
                everything = True
            else:
                names.append(self._name())
            if not self._sign(","):
                return False, None if everything else names

    def _kind(self) -> Kind:
        name = self._name()
        kind = next((one for one in KINDS.values() if one.name.lower() == name.lower()), None)
        if kind is None:
            raise Refusal(4001, f"QueryValidationError: Entity {name[:60]} is not known to the local sandbox")
        return kind

    def _comparison(self, kind: Kind) -> Condition:
        field = self._field(kind, self._name(), filter=True)
        if self._may("LIKE"):
            return Condition(field=field, operator="LIKE", values=(self._value(),))
        if self._may("IN"):
            if not self._sign("("):
                self._stop()
            values = [self._value()]
            while self._sign(","):
                values.append(self._value())
            if not self._sign(")"):
                self._stop()
            return Condition(field=field, operator="IN", values=tuple(values))
        for operator in ("<=", ">=", "=", "<", ">"):
            if self._sign(operator):
                return Condition(field=field, operator=operator, values=(self._value(),))
        self._stop()
        raise AssertionError

    def _sorting(self, kind: Kind) -> tuple[str, bool]:
        field = self._field(kind, self._name(), filter=True)
        if self._may("DESC"):
            return field, True
        self._may("ASC")
        return field, False

    def _field(self, kind: Kind, name: str, *, filter: bool) -> str:
        if filter:
            known = next((one for one in kind.filters if one.lower() == name.lower()), None)
            if known is None and name.lower() in {one.lower() for one in kind.shape.fields}:
                raise Refusal(4001, f"QueryValidationError: Property {name} is not queryable for Entity {kind.name}")
        else:
            first = name.partition(".")[0]
            known = name if first in kind.shape.fields else None
        if known is None:
            raise Refusal(4001, f"QueryValidationError: Property {name[:60]} not found for Entity {kind.name}")
        return known

    def _value(self) -> str:
        type, text = self._next()
        if type == "string" or type == "number" or (type == "word" and text.lower() in ("true", "false")):
            return text
        self._at -= 1
        self._stop()
        raise AssertionError

    def _number(self, word: str, least: int, most: int) -> int:
        type, text = self._next()
        if type == "string" and text.lstrip("-").isdigit():
            type = "number"
        if type != "number" or "." in text:
            self._at -= 1
            self._stop()
        number = int(text[:12])
        if not least <= number <= most:
            raise Refusal(4001, f"QueryValidationError: value {text[:12]} of {word} is out of range")
        return number

    def _name(self) -> str:
        type, text = self._next()
        if type != "word" or text.upper() in _WORDS - {"COUNT", "ORDER"}:
            self._at -= 1
            self._stop()
        return text

    def _next(self) -> tuple[str, str]:
        if self._at >= len(self._tokens):
            self._stop()
        self._at += 1
        return self._tokens[self._at - 1]

    def _may(self, word: str) -> bool:
        if self._at < len(self._tokens):
            type, text = self._tokens[self._at]
            if type == "word" and text.upper() == word:
                self._at += 1
                return True
        return False

    def _must(self, word: str) -> bool:
        if not self._may(word):
            self._stop(word)
        return True

    def _sign(self, sign: str) -> bool:
        if self._at < len(self._tokens) and self._tokens[self._at] == ("sign", sign):
            self._at += 1
            return True
        return False

    def _stop(self, wanted: str = "") -> None:
        found = self._tokens[self._at][1][:40] if self._at < len(self._tokens) else "<EOF>"
        expecting = f" Was expecting: {wanted}" if wanted else ""
        raise Refusal(4000, f'QueryParserError: Encountered " {found} " at word {self._at + 1}.{expecting}')
