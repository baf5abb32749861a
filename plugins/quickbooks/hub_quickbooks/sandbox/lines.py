"""The lines of a document: each complete and of a kind the document takes, with ids that stay, and their subtotal."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from hub_quickbooks.sandbox.book import Book
from hub_quickbooks.sandbox.fields import trim
from hub_quickbooks.sandbox.kinds import Kind
from hub_quickbooks.sandbox.references import EXEMPT, TAXABLE, target
from hub_quickbooks.sandbox.refusals import Refusal, business, missing, not_modelled

ZERO = Decimal("0.00")
_LEDGERS = {"Accounts Receivable": "Customer", "Accounts Payable": "Vendor"}


def completed_lines(
    book: Book, kind: Kind, details: Sequence[str], new: dict[str, Any], before: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """The lines as the books keep them; Refusal for one that lacks something or does not belong here."""
    given = new.get("Line") or []
    if not details:
        return [_settling(kind, line) for line in given]
    lines = [_line(book, kind, details, new, line) for line in given if line.get("DetailType") != "SubTotalLineDetail"]
    if kind.name == "JournalEntry":
        _balanced(lines)
    if "SubTotalLineDetail" in details:
        lines = _with_subtotal(lines)
    return _numbered(lines, before, first=0 if kind.name == "JournalEntry" else 1, plain=kind.name == "JournalEntry")


def _settling(kind: Kind, line: dict[str, Any]) -> dict[str, Any]:
    """A line of a payment: an amount and what it pays."""
    if line.get("Amount") is None:
        raise missing("Line.Amount")
    if line["Amount"] < 0:
        raise Refusal(2290, "Amounts of a payment's lines cannot be negative.", "Amount")
    links = line.get("LinkedTxn")
    if not links:
        raise missing("Line.LinkedTxn")
    if len(links) > 1:
        raise not_modelled(f"a line of a {kind.name} with more than one LinkedTxn")
    return {"Amount": line["Amount"], "LinkedTxn": links}


def _line(book: Book, kind: Kind, details: Sequence[str], new: dict[str, Any], line: dict[str, Any]) -> dict[str, Any]:
    type = line.get("DetailType")
    if kind.name == "Deposit" and line.get("LinkedTxn"):
        if line.get("Amount") is None:
            raise missing("Line.Amount")
        return {name: line[name] for name in ("Id", "Amount", "LinkedTxn") if name in line}
    if type is None:
        raise missing("Line.DetailType")
    if type not in details:
        if type == "GroupLineDetail":
            raise not_modelled("lines of bundles (GroupLineDetail)")
        raise business(f"A line of the type {type} does not belong on a {kind.name}.", "DetailType")
    kept: dict[str, Any] = {name: line[name] for name in ("Id", "Description", "Amount", "LinkedTxn") if name in line}
    kept["DetailType"] = type
    if type == "DescriptionOnly":
        kept.pop("Amount", None)
        kept["DescriptionLineDetail"] = line.get("DescriptionLineDetail", {})
        return kept
    detail = {name: value for name, value in (line.get(type) or {}).items() if value is not None}
    if not detail:
        raise missing(f"Line.{type}")
    kept[type] = detail
    if type == "ItemAdjustmentLineDetail":
        _adjusting(book, detail, new)
        kept.pop("Amount", None)
        return kept
    if type == "DiscountLineDetail":
        if detail.get("PercentBased"):
            if detail.get("DiscountPercent") is None:
                raise missing("Line.DiscountLineDetail.DiscountPercent")
            kept.setdefault("Amount", ZERO)  # worked out from the subtotal
        else:
            detail["PercentBased"] = False
    if kept.get("Amount") is None:
        raise missing("Line.Amount")
    code = detail.get("TaxCodeRef")
    if code is not None and type != "JournalEntryLineDetail" and code["value"] not in (TAXABLE, EXEMPT):
        raise Refusal(6100, f"Specify TAX or NON for a line's tax code. Supplied value:{code['value']}", "TaxCodeRef")
    if type in ("SalesItemLineDetail", "ItemBasedExpenseLineDetail"):
        _item(book, kept["Amount"], type, detail, new)
    elif type == "AccountBasedExpenseLineDetail":
        if not detail.get("AccountRef"):
            raise missing("Line.AccountBasedExpenseLineDetail.AccountRef")
        detail.setdefault("BillableStatus", "NotBillable")
        detail.setdefault("TaxCodeRef", {"value": EXEMPT})
    elif type == "JournalEntryLineDetail":
        _posting(book, kept["Amount"], detail)
    elif type == "DepositLineDetail" and not detail.get("AccountRef"):
        raise missing("Line.DepositLineDetail.AccountRef")
    return kept


def _item(book: Book, amount: Decimal, type: str, detail: dict[str, Any], new: dict[str, Any]) -> None:
    if not detail.get("ItemRef"):
        raise missing(f"Line.{type}.ItemRef")
    quantity, price = detail.get("Qty"), detail.get("UnitPrice")
    if quantity is not None and price is not None and trim(quantity * price, 2) != amount:
        raise Refusal(6070, f"Amount is not equal to UnitPrice * Qty. Supplied value:{amount}", "Line.Amount")
    item = target(book, detail["ItemRef"], "Item").body
    if item["Type"] == "Category":
        raise business("A category cannot be sold or bought.", "ItemRef")
    _not_before_start(item, new)
    sales = type == "SalesItemLineDetail"
    detail.setdefault("TaxCodeRef", {"value": TAXABLE if sales and item.get("Taxable") else EXEMPT})
    if not sales:
        detail.setdefault("BillableStatus", "NotBillable")


def _adjusting(book: Book, detail: dict[str, Any], new: dict[str, Any]) -> None:
    if not detail.get("ItemRef"):
        raise missing("Line.ItemAdjustmentLineDetail.ItemRef")
    item = target(book, detail["ItemRef"], "Item").body
    if item["Type"] != "Inventory":
        raise business("Only the quantity of an inventory item can be adjusted.", "ItemRef")
    _not_before_start(item, new)
    if detail.get("NewQty") is not None:
        raise not_modelled("NewQty of an inventory adjustment (send QtyDiff)")
    if detail.get("QtyDiff") is None:
        raise missing("Line.ItemAdjustmentLineDetail.QtyDiff")


def _not_before_start(item: dict[str, Any], new: dict[str, Any]) -> None:
    if item["Type"] == "Inventory" and new["TxnDate"] < item["InvStartDate"]:
        raise Refusal(
            6270,
            f"Transaction date is prior to start date for inventory item {item['Name']} ({item['InvStartDate']}).",
            "TxnDate",
        )


def _posting(book: Book, amount: Decimal, detail: dict[str, Any]) -> None:
    if amount < 0:
        raise Refusal(2290, "Amounts of journal lines cannot be negative.", "Amount")
    if not detail.get("PostingType"):
        raise Refusal(2260, "A posting type is required: Debit or Credit.", "PostingType")
    if not detail.get("AccountRef"):
        raise missing("Line.JournalEntryLineDetail.AccountRef")
    entity = detail.get("Entity")
    if entity is not None and not (entity.get("Type") and entity.get("EntityRef")):
        raise missing("Line.JournalEntryLineDetail.Entity.EntityRef")
    if entity is not None and book.get(entity["Type"], int(entity["EntityRef"]["value"])) is None:
        raise Refusal(
            2500, f"Invalid Reference Id : {entity['Type']}s element id {entity['EntityRef']['value']} not found"
        )
    ledger = _LEDGERS.get(target(book, detail["AccountRef"], "Account").body["AccountType"])
    if ledger is not None and (entity is None or entity["Type"] != ledger):
        raise business(f"A line on this account must name a {ledger.lower()} (Entity).", "Entity")


def _balanced(lines: list[dict[str, Any]]) -> None:
    sides = {"Debit": ZERO, "Credit": ZERO}
    posted = [line for line in lines if line["DetailType"] == "JournalEntryLineDetail"]
    for line in posted:
        sides[line["JournalEntryLineDetail"]["PostingType"]] += line["Amount"]
    if sides["Debit"] != sides["Credit"] or len(posted) < 2:
        raise Refusal(
            2300, f"Debits {sides['Debit']} and credits {sides['Credit']} must be equal, on two lines at least.", "Line"
        )


def _with_subtotal(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The books' own line after the items; a discount follows it."""
    discounts = [line for line in lines if line["DetailType"] == "DiscountLineDetail"]
    others = [line for line in lines if line["DetailType"] != "DiscountLineDetail"]
    subtotal = sum((line["Amount"] for line in others if "Amount" in line), ZERO)
    for line in discounts:
        detail = line["DiscountLineDetail"]
        if detail.get("PercentBased"):
            line["Amount"] = trim(subtotal * detail["DiscountPercent"] / 100, 2)
    return [*others, {"Amount": subtotal, "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}}, *discounts]


def _numbered(
    lines: list[dict[str, Any]], before: list[dict[str, Any]], *, first: int, plain: bool
) -> list[dict[str, Any]]:
    """Lines with a known id keep it; the others get new ones, which were never used before."""
    known = {line["Id"] for line in before if "Id" in line}
    top = max((int(id) for id in known), default=first - 1)
    used: set[str] = set()
    numbered = []
    for place, line in enumerate(lines, 1):
        if line["DetailType"] == "SubTotalLineDetail" if "DetailType" in line else False:
            numbered.append(line)
            continue
        id = line.pop("Id", None)
        if id not in known or id in used:
            top += 1
            id = str(top)
        used.add(id)
        head: dict[str, Any] = {"Id": id} if plain else {"Id": id, "LineNum": place}
        numbered.append({**head, **line})
    return numbered
