"""Documents to QuickBooks: invoices, bills, credits, payments, refunds, stock adjustments and journals; pure."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from hub.adapters import Request
from hub.model import (
    Application,
    Document,
    Line,
    Payment,
    PurchaseDocument,
    RecordType,
    SalesDocument,
    StockDocument,
    Transaction,
)
from hub_quickbooks.codec.book import Body, Book, filled
from hub_quickbooks.codec.entities import postal
from hub_quickbooks.codec.kinds import Kind
from hub_quickbooks.codec.lines import ZERO, purchase_line, sales_line
from hub_quickbooks.codec.marks import LONGEST_NOTE, marked

LONGEST_NUMBER = 21
_SETTLES = {RecordType.SHIP_DOC: "Invoice", RecordType.CUSTOMER_RETURN: "CreditMemo"}


def encode(request: Request, kind: Kind, book: Book) -> Body:
    """The fields of a document. Everything that is wrong with it is noted in the book."""
    record = request.record
    assert isinstance(record, Transaction)
    body = _head(record, request.marker, kind, book)
    match record:
        case Payment():
            return body | (_refund(record, book) if kind.entity == "RefundReceipt" else _payment(record, book))
        case SalesDocument():
            return body | _sale(record, kind, book)
        case PurchaseDocument():
            return body | _purchase(record, kind, book)
        case StockDocument():
            return body | (_journal(record, book) if kind.entity == "JournalEntry" else _adjustment(record, book))
        case _:
            raise TypeError(type(record))


def _head(record: Transaction, marker: str, kind: Kind, book: Book) -> Body:
    note = marked(record.memo, marker)
    if len(note) > LONGEST_NOTE:
        room = LONGEST_NOTE - len(note) + len(record.memo or "")
        book.text(record.memo, room, "memo")
    number = book.text(record.number, LONGEST_NUMBER, "number")
    if kind.sales_form and not book.company.own_numbers:
        if book.settings.own_numbers == "required" and number:
            book.wrong(
                "QuickBooks gives its own numbers to sales forms, so this document would not keep its own.",
                "Switch on custom transaction numbers in QuickBooks (Account and settings, Sales), or accept theirs:"
                " set the connection's own_numbers to preferred.",
                "not_ready",
            )  # fmt: skip
        number = None
    return filled(
        {
            kind.number: number or None,
            "TxnDate": record.date.isoformat(),
            "CurrencyRef": book.money(record.currency),
            "PrivateNote": note,
        }
    )


def _taxed(book: Book) -> Body:
    """Elsewhere than in the US QuickBooks asks how the amounts are meant; ours are without tax."""
    return {} if book.company.american else {"GlobalTaxCalculation": "TaxExcluded"}


def _sale(record: SalesDocument, kind: Kind, book: Book) -> Body:
    invoice = kind.entity == "Invoice"
    _settles_nothing(record, book)
    return filled(
        {
            "CustomerRef": book.linked(RecordType.CUSTOMER, record.customer),
            "Line": _all(sales_line(line, record, book) for line in record.lines),
            "DueDate": record.due_date.isoformat() if record.due_date and invoice else None,
            "SalesTermRef": book.listed(RecordType.TERM, record.term, book.settings.terms) if invoice else None,
            "ShipAddr": postal(record.shipping_address, book) or None if record.shipping_address else None,
            "ARAccountRef": book.optional_account(None, "receivable_account") if invoice else None,
            "CustomField": _custom(record, book),
            **_taxed(book),
        }
    )


def _purchase(record: PurchaseDocument, kind: Kind, book: Book) -> Body:
    bill = kind.entity == "Bill"
    _settles_nothing(record, book)
    return filled(
        {
            "VendorRef": book.linked(RecordType.VENDOR, record.vendor),
            "Line": _all(purchase_line(line, record, book) for line in record.lines),
            "DueDate": record.due_date.isoformat() if record.due_date and bill else None,
            "SalesTermRef": book.listed(RecordType.TERM, record.term, book.settings.terms) if bill else None,
            "APAccountRef": book.optional_account(None, "payable_account"),
            **_taxed(book),
        }
    )


def _settles_nothing(record: Document, book: Book) -> None:
    if record.applied_to and book.settings.credits == "refuse":
        book.wrong(
            "It says which documents it settles, and QuickBooks applies credits only by a payment.",
            "Apply it in QuickBooks, and let the hub post it without: set the connection's credits to leave_open.",
            "cannot_apply",
        )  # fmt: skip


def _payment(record: Payment, book: Book) -> Body:
    return filled(
        {
            "CustomerRef": book.linked(RecordType.CUSTOMER, record.customer),
            "TotalAmt": record.amount,
            "PaymentMethodRef": book.listed(RecordType.PAYMENT_METHOD, record.payment_method),
            "DepositToAccountRef": book.optional_account(record.account, "deposit_account"),
            "Line": _all(_applied(part, book) for part in record.applied_to) or None,
        }
    )


def _applied(part: Application, book: Book) -> Body | None:
    remote = book.linked(part.type, part.source_id)
    entity = _SETTLES.get(part.type)
    if entity is None:
        book.wrong(
            f"A payment from a customer cannot settle a {part.type.words}.", "Apply it to an invoice.", "cannot_apply"
        )
    if remote is None or entity is None:
        return None
    return {"Amount": part.amount, "LinkedTxn": [{"TxnId": remote["value"], "TxnType": entity}]}


def _refund(record: Payment, book: Book) -> Body:
    """Money that goes back. QuickBooks books it as a sale turned round, so it needs an item and a bank account."""
    item = book.named_item(book.settings.refund_item, "refund_item", "refunds")
    line = {
        "Amount": record.amount,
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": filled(
            {"ItemRef": item, "Qty": Decimal(1), "UnitPrice": record.amount, "TaxCodeRef": book.sales_tax()}
        ),
    }
    return filled(
        {
            "CustomerRef": book.linked(RecordType.CUSTOMER, record.customer),
            "DepositToAccountRef": book.account(record.account, "deposit_account", "where refunds are paid from"),
            "PaymentMethodRef": book.listed(RecordType.PAYMENT_METHOD, record.payment_method),
            "Line": [line],
            **_taxed(book),
        }
    )


def _adjustment(record: StockDocument, book: Book) -> Body:
    """Quantities only: QuickBooks values them itself."""
    lines = []
    for line in record.lines:
        if line.item is None:
            book.wrong(
                "A line of this stock adjustment names no item.",
                "Name the item whose quantity changes.",
                "item_missing",
            )
            continue
        detail = filled({"ItemRef": book.linked(RecordType.ITEM, line.item), "QtyDiff": line.quantity})
        lines.append(
            filled(
                {
                    "Description": book.text(line.description, 4000, "description of a line"),
                    "DetailType": "ItemAdjustmentLineDetail",
                    "ItemAdjustmentLineDetail": detail,
                }
            )
        )
    account = book.account(record.account, "adjustment_account", "the other side of a stock adjustment")
    return filled({"AdjustAccountRef": account, "Line": lines})


def _journal(record: StockDocument, book: Book) -> Body:
    """Each line on its account, and one that balances them on the document's."""
    lines = [_posting(line, book) for line in record.lines if line.amount]
    if record.total:
        account = book.account(record.account, "adjustment_account", "the other side of a journal")
        lines.append(_entry(-record.total, account, "Balance"))
    if not lines:
        book.wrong(
            "All lines of this journal are zero, and QuickBooks takes no empty one.",
            "Give the lines amounts, or post the type as inventory_adjustment.", "empty_document",
        )  # fmt: skip
    return {"Line": lines}


def _posting(line: Line, book: Book) -> Body:
    account = book.account(line.account, "asset_account", "a journal line that names none")
    return _entry(line.amount or ZERO, account, book.text(line.description, 4000, "description of a line"),
                  book.listed(RecordType.CLASS, line.class_))  # fmt: skip


def _entry(amount: Decimal, account: Body | None, description: str | None, class_ref: Body | None = None) -> Body:
    detail = {"PostingType": "Debit" if amount > 0 else "Credit", "AccountRef": account, "ClassRef": class_ref}
    return filled(
        {
            "Description": description or None,
            "Amount": abs(amount),
            "DetailType": "JournalEntryLineDetail",
            "JournalEntryLineDetail": filled(detail),
        }
    )


def _custom(record: Document, book: Book) -> list[Body] | None:
    """Custom fields by their definition: only those that the settings name."""
    fields = []
    for ours, definition in book.settings.custom_fields.items():
        value = record.reference if ours == "reference" else record.custom.get(ours)
        if value is not None and str(value):
            text = book.text(str(value), 31, f"custom field {ours}")
            fields.append({"DefinitionId": definition, "Name": ours, "Type": "StringType", "StringValue": text})
    return fields or None


def _all(lines: Iterable[Body | None]) -> list[Body]:
    return [line for line in lines if line is not None]
