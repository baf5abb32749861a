"""Create, update, delete and void one object: the forms that facts §2 gives for each entity, and no others."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hub_quickbooks.sandbox import documents, links, masters
from hub_quickbooks.sandbox.book import Book
from hub_quickbooks.sandbox.fields import Met, ReadOnly
from hub_quickbooks.sandbox.kinds import Kind
from hub_quickbooks.sandbox.references import resolve
from hub_quickbooks.sandbox.refusals import Refusal, missing, not_found, unsupported
from hub_quickbooks.sandbox.store import Thing

HEAD = frozenset({"domain", "sparse", "status", "Id", "SyncToken", "MetaData"})
_KEPT = (
    "Active",
    "CurrencyRef",
    "Type",
    "AccountType",
    "AccountSubType",
    "InvStartDate",
    "QtyOnHand",
    "LinkedTxn",
    "POStatus",
)
"""Fields that a full update does not clear, because there is no object without them."""
_PRICED = ("Qty", "UnitPrice")


def write(book: Book, kind: Kind, body: Any, operation: str = "") -> tuple[str, Thing]:
    """Do what a body asks for; what was done, and the object as it now stands.

    Args:
        operation: `delete`, `void` or `include-void`; empty for a body that is created, or updated when it has an Id.
    """
    if not kind.writable:
        raise unsupported(f"{operation or 'create'} on {kind.name}")
    if not isinstance(body, dict):
        raise Refusal(2000, f"Object Name: {kind.name} expected as a JSON object.")
    match operation:
        case "delete":
            return "delete", _delete(book, kind, _identified(book, kind, body))
        case "void" | "include-void":
            if kind.void != ("operation" if operation == "void" else "include"):
                raise unsupported(f"{operation} on {kind.name}")
            return "void", _void(book, kind, _identified(book, kind, body))
        case _:
            pass
    met = Met()
    cleaned = kind.shape.clean(body, "", met)
    resolve(book, met)
    if cleaned.get("Id") is None:
        return "create", _create(book, kind, cleaned)
    return "update", _update(book, kind, cleaned, _current(book, kind, cleaned["Id"], cleaned.get("SyncToken")))


def _create(book: Book, kind: Kind, cleaned: dict[str, Any]) -> Thing:
    id = book.next(f"id:{kind.ids}")
    new = {name: value for name, value in cleaned.items() if value is not None and name not in HEAD}
    return _keep(book, kind, new, None, id, "Create")


def _update(book: Book, kind: Kind, cleaned: dict[str, Any], current: Thing) -> Thing:
    if cleaned.get("sparse"):
        if kind.name in ("CreditMemo", "VendorCredit", "PurchaseOrder") and book.settings.credit_sparse == "refuse":
            raise unsupported(f"sparse update on {kind.name}")
        base = dict(current.body)
    else:
        if not kind.full:
            raise unsupported(f"full update on {kind.name} (only sparse ones)")
        fields = kind.shape.fields
        base = {
            name: value
            for name, value in current.body.items()
            if name in _KEPT or isinstance(fields.get(name), ReadOnly)
        }
    if kind.is_transaction:
        links.check_deposited(current.body)
        if "Line" in cleaned and "TxnTaxDetail" not in cleaned:
            _forget_computed_tax(base)
    elif kind.name == "Item" and cleaned.get("QtyOnHand") is not None and cleaned.get("InvStartDate") is None:
        cleaned = {name: value for name, value in cleaned.items() if name != "QtyOnHand"}  # only transactions change it
    new = {name: value for name, value in {**base, **cleaned}.items() if value is not None and name not in HEAD}
    return _keep(book, kind, new, current, current.id, "Update")


def _keep(book: Book, kind: Kind, new: dict[str, Any], old: Thing | None, id: int, event: str) -> Thing:
    before = None if old is None else old.body
    if kind.is_transaction:
        new = documents.complete(book, kind, new, old, id)
        links.settle(kind, new)
    else:
        new = masters.complete(book, kind, new, old, id)
    if old is not None and new == {name: value for name, value in old.body.items() if name not in HEAD}:
        return old  # a change of nothing is silent: same SyncToken, same time (facts §2)
    kept = book.put(kind.name, id, new, old, event)
    if kind.is_transaction:
        links.link(book, kind, id, before, new)
        documents.apply(book, kind, before, new)
    elif before is not None and before.get("FullyQualifiedName") != new.get("FullyQualifiedName"):
        masters.rename_children(book, kind, kept)
    return kept


def _delete(book: Book, kind: Kind, current: Thing) -> Thing:
    if not kind.is_transaction:
        raise unsupported(f"delete on {kind.name} (make it inactive)")
    documents.check_closed(book, current.body)
    links.check_deposited(current.body)
    links.check_unlinked(kind, current.body)
    book.bury(current)
    links.link(book, kind, current.id, current.body, None)
    documents.apply(book, kind, current.body, None)
    return current


def _void(book: Book, kind: Kind, current: Thing) -> Thing:
    documents.check_closed(book, current.body)
    links.check_deposited(current.body)
    if kind.name == "Invoice":
        links.unlink_payments(book, kind, current)
    else:
        links.link(book, kind, current.id, current.body, None)
    new = {name: value for name, value in current.body.items() if name not in HEAD}
    if kind.name in ("Payment", "BillPayment"):
        new["Line"] = []
    else:
        new["Line"] = [_voided(line) for line in new["Line"]]
        new["LinkedTxn"] = []
    zero = Decimal(0)
    for name in ("TotalAmt", "Balance", "UnappliedAmt", "HomeTotalAmt"):
        if name in new:
            new[name] = zero
    if "TxnTaxDetail" in new:
        new["TxnTaxDetail"] = {"TotalTax": zero}
    note = new.get("PrivateNote")
    if not (note or "").startswith("Voided"):
        new["PrivateNote"] = f"Voided - {note}"[:4000] if note else "Voided"
    if new == {name: value for name, value in current.body.items() if name not in HEAD}:
        return current
    kept = book.put(kind.name, current.id, new, current, "Void")
    documents.apply(book, kind, current.body, new)
    return kept


def _voided(line: dict[str, Any]) -> dict[str, Any]:
    if "Amount" not in line:
        return line
    new = {**line, "Amount": Decimal(0)}
    detail = new.get(new["DetailType"])
    if isinstance(detail, dict) and any(name in detail for name in _PRICED):
        new[new["DetailType"]] = {name: Decimal(0) if name in _PRICED else value for name, value in detail.items()}
    return new


def _identified(book: Book, kind: Kind, body: dict[str, Any]) -> Thing:
    """What a delete or void names by Id and SyncToken; whatever else the body holds does not matter."""
    fields = kind.shape.fields
    wanted = {
        name: fields[name].clean(body[name], name, Met()) for name in ("Id", "SyncToken") if body.get(name) is not None
    }
    return _current(book, kind, wanted.get("Id"), wanted.get("SyncToken"))


def _current(book: Book, kind: Kind, id: str | None, token: str | None) -> Thing:
    if id is None:
        raise missing("Id")
    current = book.get(kind.name, int(id))
    if current is None:
        raise not_found(f"{kind.name} {id}")
    if token is None:
        raise missing("SyncToken")
    if token != str(current.token):
        raise Refusal(
            5010,
            "Stale Object Error : You and someone else were working on this at the same time, and the other finished "
            "first, so your work was not saved.",
        )
    return current


def _forget_computed_tax(base: dict[str, Any]) -> None:
    """New lines mean a new tax, where the books worked it out from a code."""
    detail = base.get("TxnTaxDetail")
    if detail and "TxnTaxCodeRef" in detail and "TaxLine" not in detail:
        base["TxnTaxDetail"] = {name: value for name, value in detail.items() if name != "TotalTax"}
