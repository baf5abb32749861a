"""Lines of documents: their amounts are the source's to the cent, whatever price × quantity would give."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hub.model import Document, Line, RecordType, round_half_up, round_money
from hub_quickbooks.codec.book import Body, Book, filled

ZERO = Decimal(0)
PRICE_PLACES = 7


def sales_line(line: Line, document: Document, book: Book) -> Body | None:
    """A line of an invoice, a credit memo or a refund."""
    if line.item is None:
        if line.account is None and not line.amount:
            return {"DetailType": "DescriptionOnly", "Description": line.description or "", "DescriptionLineDetail": {}}
        book.wrong(
            f"The line {line.description or line.amount} names no item, and QuickBooks posts sales by item only.",
            "Name an item on the line; a service item will do.", "item_missing",
        )  # fmt: skip
        return None
    tax = book.listed(
        RecordType.TAX_CODE, line.tax_code or book.settings.default_tax_code or None, book.settings.tax_codes
    )
    detail = {
        "ItemRef": book.linked(RecordType.ITEM, line.item),
        **priced(line, document.currency),
        "TaxCodeRef": tax,
        "ClassRef": book.listed(RecordType.CLASS, line.class_),
    }
    return _line(line, book, "SalesItemLineDetail", detail)


def purchase_line(line: Line, document: Document, book: Book) -> Body | None:
    """A line of a bill or a vendor credit: by item, or by account."""
    tax = book.listed(RecordType.TAX_CODE, line.tax_code, book.settings.tax_codes)
    shared = {"TaxCodeRef": tax, "ClassRef": book.listed(RecordType.CLASS, line.class_)}
    if line.item is not None:
        detail = {"ItemRef": book.linked(RecordType.ITEM, line.item), **priced(line, document.currency), **shared}
        return _line(line, book, "ItemBasedExpenseLineDetail", detail)
    account = book.account(line.account, "expense_account", "a line that names neither item nor account")
    return _line(line, book, "AccountBasedExpenseLineDetail", {"AccountRef": account, **shared})


def priced(line: Line, currency: str) -> dict[str, Decimal]:
    """Quantity and price that give the amount. A discount goes into the price, with more decimals where it must.

    QuickBooks refuses a line whose amount is not their product (6070); one for which no price of that many decimals
    gives it is sent with the amount alone.
    """
    quantity, amount = line.quantity, line.amount or ZERO
    if not quantity:
        return {}
    price = line.unit_price
    if price is None or line.discount_percent or round_money(quantity * price, currency) != amount:
        price = round_half_up(amount / quantity, PRICE_PLACES).normalize()
    return {"Qty": quantity, "UnitPrice": price} if round_money(quantity * price, currency) == amount else {}


def described(line: Line, book: Book) -> str | None:
    """The description; of a discounted line also what it was before, as the price in the books is the net one."""
    words = line.description or ""
    if line.discount_percent and line.unit_price is not None:
        words = f"{words} ({line.unit_price:f} less {line.discount_percent:f} %)".strip()
    return book.text(words, 4000, "description of a line") or None


def _line(line: Line, book: Book, detail_type: str, detail: dict[str, Any]) -> Body:
    return filled(
        {
            "Description": described(line, book),
            "Amount": line.amount or ZERO,
            "DetailType": detail_type,
            detail_type: filled(detail),
        }
    )
