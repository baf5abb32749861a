"""What a document of QuickBooks holds in the fields that the hub writes; what a payment or a renamed customer changes
of it is left out, so that only somebody's edit makes a difference."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub.adapters import content_of
from hub_quickbooks.codec.kinds import Kind

_FIELDS = {
    "date": "TxnDate",
    "due date": "DueDate",
    "term": "SalesTermRef",
    "currency": "CurrencyRef",
    "memo": "PrivateNote",
    "lines": "Line",
    "total": "TotalAmt",
    "shipping address": "ShipAddr",
    "payment method": "PaymentMethodRef",
    "custom fields": "CustomField",
}
_ACCOUNTS = ("ARAccountRef", "APAccountRef", "DepositToAccountRef", "AdjustAccountRef")
_OF_A_LINE = frozenset({
    "Amount", "Description", "DetailType", "LinkedTxn", "TxnId", "TxnType", "ItemRef", "Qty", "QtyDiff", "UnitPrice",
    "TaxCodeRef", "ClassRef", "AccountRef", "PostingType", "ServiceDate", "CustomerRef", "BillableStatus",
})  # fmt: skip
"""Of a line all that the hub writes, and what a bookkeeper would change besides; not its number and place."""
_OF_AN_ADDRESS = frozenset({
    "Line1", "Line2", "Line3", "Line4", "Line5", "City", "Country", "CountrySubDivisionCode", "PostalCode",
})  # fmt: skip
"""QuickBooks gives an address an id, and finds out its place on the map by and by."""
_OF_A_FIELD = frozenset({"DefinitionId", "StringValue"})
_COMPUTED = "SubTotalLineDetail"


def content(kind: Kind, body: Mapping[str, Any]) -> str:
    """One text, equal for bodies between which nobody has edited the document."""
    held = {word: body.get(path) for word, path in _FIELDS.items()}
    held["number"] = body.get(kind.number)
    held[kind.party.removesuffix("Ref").lower() or "party"] = body.get(kind.party)
    held["account"] = [_id(body[path]) for path in _ACCOUNTS if path in body]
    held["lines"] = [_only(line, _OF_A_LINE) for line in _lines(body)]
    held["shipping address"] = _only(body.get("ShipAddr"), _OF_AN_ADDRESS)
    held["custom fields"] = [found for each in body.get("CustomField") or () if (found := _custom(each))]
    return content_of({word: _id(value) for word, value in held.items()})


def _lines(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [
        line for line in body.get("Line") or () if isinstance(line, Mapping) and line.get("DetailType") != _COMPUTED
    ]


def _only(value: object, kept: frozenset[str]) -> Any:
    """A value without what is not among `kept`; the detail of a line goes by whatever name it has."""
    if isinstance(value, list):
        return [_only(each, kept) for each in value]
    if not isinstance(value, Mapping):
        return value
    if "value" in value:
        return _id(value)
    return {key: _only(each, kept) for key, each in value.items() if key in kept or key.endswith("LineDetail")}


def _id(value: object) -> object:
    """Of a reference only the id: its name changes when the customer is renamed."""
    return value["value"] if isinstance(value, Mapping) and "value" in value else value


def _custom(field: object) -> Any:
    """A custom field that is filled in: QuickBooks lists the empty ones too."""
    found = _only(field, _OF_A_FIELD)
    return found if isinstance(found, dict) and found.get("StringValue") else None
