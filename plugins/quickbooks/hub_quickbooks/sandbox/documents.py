"""Documents: what each kind must have, how its lines add up, and what it does to balances and quantities."""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hub_quickbooks.sandbox import clock
from hub_quickbooks.sandbox.book import Book
from hub_quickbooks.sandbox.fields import trim
from hub_quickbooks.sandbox.kinds import Kind
from hub_quickbooks.sandbox.lines import completed_lines
from hub_quickbooks.sandbox.masters import check_currency
from hub_quickbooks.sandbox.references import TAXABLE, currency_ref, target
from hub_quickbooks.sandbox.refusals import Refusal, business, missing, not_modelled
from hub_quickbooks.sandbox.store import Thing

ZERO = Decimal("0.00")
_CENT = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One kind of document, as data."""

    details: tuple[str, ...]
    party: str = ""
    required: tuple[str, ...] = ()
    owed: int = 0
    """+1: adds to what the party owes or is owed; -1: takes from it."""
    stock: int = 0
    """+1: items come in; -1: they go out."""
    sequence: str = ""
    """Numbered by the books when the caller gives no number."""
    open: bool = False
    """Has a balance that payments and credits bring down."""


_SALES = ("SalesItemLineDetail", "DiscountLineDetail", "SubTotalLineDetail", "DescriptionOnly")
_BUYING = ("ItemBasedExpenseLineDetail", "AccountBasedExpenseLineDetail", "DescriptionOnly")
DOCUMENTS = {
    "Invoice": Document(
        details=_SALES, party="Customer", required=("CustomerRef", "Line"), owed=1, stock=-1, sequence="sales", open=True
    ),
    "SalesReceipt": Document(details=_SALES, party="Customer", required=("Line",), stock=-1, sequence="sales"),
    "CreditMemo": Document(
        details=_SALES, party="Customer", required=("CustomerRef", "Line"), owed=-1, stock=1, sequence="sales", open=True
    ),
    "RefundReceipt": Document(
        details=_SALES, party="Customer", required=("DepositToAccountRef", "Line"), stock=1, sequence="sales"
    ),
    "Payment": Document(details=(), party="Customer", required=("CustomerRef", "TotalAmt"), owed=-1),
    "Bill": Document(details=_BUYING, party="Vendor", required=("VendorRef", "Line"), owed=1, stock=1, open=True),
    "VendorCredit": Document(details=_BUYING, party="Vendor", required=("VendorRef", "Line"), owed=-1, stock=-1, open=True),
    "BillPayment": Document(
        details=(), party="Vendor", required=("VendorRef", "TotalAmt", "PayType", "Line"), owed=-1
    ),
    "PurchaseOrder": Document(
        details=_BUYING, party="Vendor", required=("VendorRef", "APAccountRef", "Line"), sequence="orders"
    ),
    "JournalEntry": Document(details=("JournalEntryLineDetail", "DescriptionOnly"), required=("Line",)),
    "InventoryAdjustment": Document(details=("ItemAdjustmentLineDetail",), required=("AdjustAccountRef", "Line"), stock=1),
    "Deposit": Document(details=("DepositLineDetail",), required=("DepositToAccountRef", "Line")),
}  # fmt: skip


def complete(book: Book, kind: Kind, new: dict[str, Any], old: Thing | None, id: int) -> dict[str, Any]:
    """The body as the books keep it; Refusal for what breaks a rule of this kind of document."""
    info = DOCUMENTS[kind.name]
    before = None if old is None else old.body
    for name in info.required:
        if new.get(name) is None:
            raise missing(name)
    if "Line" in info.required and not new["Line"]:
        raise Refusal(2250, "At least one line is required.", "Line")
    new.setdefault("TxnDate", clock.today(book.now))
    check_closed(book, new, before)
    _currency(book, info, new)
    new["Line"] = completed_lines(book, kind, info.details, new, [] if before is None else before.get("Line", []))
    _party(book, info, new)
    match kind.name:
        case "JournalEntry":
            new["TotalAmt"] = Decimal(0)
            new.setdefault("Adjustment", False)
        case "InventoryAdjustment" | "Payment" | "BillPayment":
            pass
        case _:
            _total(book, new)
    if "HomeTotalAmt" in kind.shape.fields and book.preferences["CurrencyPrefs"]["MultiCurrencyEnabled"]:
        new["HomeTotalAmt"] = trim(new["TotalAmt"] * new["ExchangeRate"], _CENT)
    _dates(book, kind, new)
    if info.open:
        settled = ZERO if before is None else before["TotalAmt"] - before["Balance"]
        if new["TotalAmt"] < settled:
            raise business(f"{settled} of this document is settled already; its total cannot be less.", "TotalAmt")
        set_balance(kind.name, new, new["TotalAmt"] - settled)
    if kind.name != "Payment" or "LinkedTxn" in new:
        new.setdefault("LinkedTxn", [])
    _number(book, kind, info, new, before, id)
    _defaults(book, kind, new)
    return new


def set_balance(kind: str, body: dict[str, Any], balance: Decimal) -> None:
    """What is still open of it; a credit memo says so twice."""
    body["Balance"] = balance
    if kind == "CreditMemo":
        body["RemainingCredit"] = balance


def check_closed(book: Book, *bodies: dict[str, Any] | None) -> None:
    """Refusal 6210 or 6200 when one of them is dated on or before the closing date."""
    closing = book.preferences["AccountingInfoPrefs"].get("BookCloseDate")
    if closing and any(body and body.get("TxnDate", "9999") <= closing for body in bodies):
        code = 6210 if book.settings.closed_books == "password" else 6200
        raise Refusal(
            code,
            f"The account period has closed: the books are closed up to {closing} and take no changes there.",
            "TxnDate",
        )


def apply(book: Book, kind: Kind, before: dict[str, Any] | None, after: dict[str, Any] | None) -> None:
    """Carry the difference that a change of a document makes to its party's balance and its items' quantities."""
    owed: dict[tuple[str, int], Decimal] = defaultdict(Decimal)
    stock: dict[int, Decimal] = defaultdict(Decimal)
    for body, sign in ((before, -1), (after, 1)):
        if body is not None:
            _effects(book, kind, body, sign, owed, stock)
    for (party, id), amount in owed.items():
        if amount:
            _owe(book, party, id, amount)
    for id, quantity in stock.items():
        item = book.get("Item", id)
        if quantity and item is not None:
            on_hand = trim(item.body["QtyOnHand"] + quantity, 7)
            book.put("Item", id, {**item.body, "QtyOnHand": on_hand}, item, "", bump=False)


def _effects(
    book: Book,
    kind: Kind,
    body: dict[str, Any],
    sign: int,
    owed: dict[tuple[str, int], Decimal],
    stock: dict[int, Decimal],
) -> None:
    info = DOCUMENTS[kind.name]
    if info.owed:
        owed[info.party, int(body[f"{info.party}Ref"]["value"])] += sign * info.owed * body["TotalAmt"]
    if kind.name == "JournalEntry":
        for line in body["Line"]:
            detail = line.get("JournalEntryLineDetail", {})
            entity = detail.get("Entity")
            if not entity or entity["Type"] == "Employee":
                continue
            account = target(book, detail["AccountRef"], "Account").body["AccountType"]
            side = {("Customer", "Accounts Receivable"): 1, ("Vendor", "Accounts Payable"): -1}.get(
                (entity["Type"], account)
            )
            if side:
                debit = 1 if detail["PostingType"] == "Debit" else -1
                owed[entity["Type"], int(entity["EntityRef"]["value"])] += sign * side * debit * line["Amount"]
    if info.stock:
        for line in body["Line"]:
            detail = line.get(line["DetailType"], {})
            quantity = detail.get("QtyDiff") if kind.name == "InventoryAdjustment" else detail.get("Qty")
            if quantity and "ItemRef" in detail:
                item = book.get("Item", int(detail["ItemRef"]["value"]))
                if item is not None and item.body["Type"] == "Inventory":
                    stock[item.id] += sign * info.stock * quantity


def _owe(book: Book, party: str, id: int, amount: Decimal) -> None:
    bump = book.settings.related == "bump"
    own = True
    while True:
        thing = book.get(party, id)
        if thing is None:
            return
        body = dict(thing.body)
        if own:
            body["Balance"] = body["Balance"] + amount
        if party == "Customer":
            body["BalanceWithJobs"] = body["BalanceWithJobs"] + amount
        book.put(party, id, body, thing, "", bump=bump)
        if party != "Customer" or not body.get("ParentRef"):
            return
        own, id = False, int(body["ParentRef"]["value"])


def _currency(book: Book, info: Document, new: dict[str, Any]) -> None:
    prefs = book.preferences["CurrencyPrefs"]
    home = prefs["HomeCurrency"]["value"]
    if not prefs["MultiCurrencyEnabled"]:
        new.setdefault("CurrencyRef", currency_ref(home))
        check_currency(book, new["CurrencyRef"]["value"])
        new.pop("ExchangeRate", None)
        return
    if new.get("CurrencyRef") is None:
        raise missing("CurrencyRef")
    currency = new["CurrencyRef"]["value"]
    if info.party and new.get(f"{info.party}Ref"):
        own = target(book, new[f"{info.party}Ref"], info.party).body["CurrencyRef"]["value"]
        if own != currency:
            raise business(
                f"The {info.party.lower()} is kept in {own}; a document in {currency} cannot name it.", "CurrencyRef"
            )
    if currency == home or not new.get("ExchangeRate"):
        new["ExchangeRate"] = Decimal(1)


def _party(book: Book, info: Document, new: dict[str, Any]) -> None:
    if info.party != "Customer" or not new.get("CustomerRef"):
        return
    customer = target(book, new["CustomerRef"], "Customer").body
    if "SalesItemLineDetail" in info.details:
        for name in ("BillAddr", "ShipAddr"):
            if name not in new and customer.get(name):
                new[name] = customer[name]


def _total(book: Book, new: dict[str, Any]) -> None:
    net, taxable = ZERO, ZERO
    for line in new["Line"]:
        type = line.get("DetailType")
        if type in ("SubTotalLineDetail", "DescriptionOnly"):
            continue
        amount = -line["Amount"] if type == "DiscountLineDetail" else line["Amount"]
        net += amount
        code = line.get(type, {}).get("TaxCodeRef", {}).get("value") if type else None
        taxable += amount if code == TAXABLE else 0
    if new.get("GlobalTaxCalculation") == "TaxInclusive":
        raise not_modelled("amounts that include tax (GlobalTaxCalculation TaxInclusive)")
    total = net + _tax(book, new, taxable)
    if total < 0:
        raise business("The total of a document cannot be negative.", "TotalAmt")
    new["TotalAmt"] = trim(total, _CENT)


def _tax(book: Book, new: dict[str, Any], taxable: Decimal) -> Decimal:
    detail = dict(new.get("TxnTaxDetail") or {})
    code = detail.get("TxnTaxCodeRef")
    if detail.get("TaxLine"):
        summed = sum((line.get("Amount", ZERO) for line in detail["TaxLine"]), ZERO)
        if detail.get("TotalTax") is not None and detail["TotalTax"] != summed:
            raise business(f"TotalTax is {detail['TotalTax']}, but the tax lines add up to {summed}.", "TotalTax")
        detail["TotalTax"] = summed
    elif detail.get("TotalTax") is None:
        detail["TotalTax"] = ZERO if code is None else trim(taxable * _rate(book, code) / 100, _CENT)
    if "SalesItemLineDetail" in {line.get("DetailType") for line in new["Line"]} or new.get("TxnTaxDetail"):
        new["TxnTaxDetail"] = detail
    tax: Decimal = detail["TotalTax"]
    return tax


def _rate(book: Book, code: dict[str, Any]) -> Decimal:
    if not code["value"].isdigit():
        return Decimal(0)
    rates = target(book, code, "TaxCode").body.get("SalesTaxRateList", {}).get("TaxRateDetail", [])
    return sum((target(book, one["TaxRateRef"], "TaxRate").body["RateValue"] for one in rates), Decimal(0))


def _dates(book: Book, kind: Kind, new: dict[str, Any]) -> None:
    if kind.name not in ("Invoice", "Bill") or new.get("DueDate"):
        return
    on = date.fromisoformat(new["TxnDate"])
    term = target(book, new["SalesTermRef"], "Term").body if new.get("SalesTermRef") else {}
    try:
        new["DueDate"] = _due(on, term).isoformat()
    except OverflowError:
        new["DueDate"] = on.isoformat()


def _due(on: date, term: dict[str, Any]) -> date:
    if term.get("DayOfMonthDue") is None:
        return on + timedelta(days=term.get("DueDays", 0))
    day = term["DayOfMonthDue"]
    due = on.replace(day=min(day, monthrange(on.year, on.month)[1]))
    if due - timedelta(days=term.get("DueNextMonthDays", 0)) >= on:
        return due
    following = on.replace(day=1) + timedelta(days=32)
    return following.replace(day=min(day, monthrange(following.year, following.month)[1]))


def _number(
    book: Book, kind: Kind, info: Document, new: dict[str, Any], before: dict[str, Any] | None, id: int
) -> None:
    number = new.get("DocNumber")
    if not number:
        new.pop("DocNumber", None)
        custom = book.preferences["SalesFormsPrefs"]["CustomTxnNumbers"]
        if before is None and info.sequence and not (custom and info.sequence == "sales"):
            new["DocNumber"] = str(book.next(f"number:{info.sequence}"))
        return
    if before is not None and before.get("DocNumber") == number:
        return
    if not (book.duplicate_numbers or book.settings.allows_duplicates(kind.name)):
        for other in book.numbered(kind.name, number):
            mine = info.party != "Vendor" or other.body["VendorRef"]["value"] == new["VendorRef"]["value"]
            if other.id != id and mine:
                raise Refusal(
                    6140,
                    "Duplicate Document Number Error : You must specify a different number. This number has already been "
                    f"used. DocNumber={number} is assigned to TxnType={kind.name} with TxnId={other.id}",
                    "DocNumber",
                )
    if before is None and info.sequence and number.isascii() and number.isdigit() and len(number) <= 9:
        book.advance(f"number:{info.sequence}", int(number))


def _defaults(book: Book, kind: Kind, new: dict[str, Any]) -> None:
    if kind.name in ("Payment", "SalesReceipt") and "DepositToAccountRef" not in new:
        undeposited = book.holder("Account", "Undeposited Funds")
        if undeposited is not None:
            new["DepositToAccountRef"] = {"value": str(undeposited[1]), "name": "Undeposited Funds"}
    match kind.name:
        case "Invoice":
            for name, value in _INVOICE.items():
                new.setdefault(name, value)
        case "SalesReceipt" | "CreditMemo" | "RefundReceipt":
            new.setdefault("ApplyTaxAfterDiscount", False)
            new.setdefault("PrintStatus", "NotSet")
            new.setdefault("EmailStatus", "NotSet")
        case "Payment":
            new.setdefault("ProcessPayment", False)
        case "BillPayment":
            name, account = _PAID_FROM[new["PayType"]]
            if not (new.get(name) or {}).get(account):
                raise missing(f"{name}.{account}")
        case "PurchaseOrder":
            new.setdefault("POStatus", "Open")
            new.setdefault("EmailStatus", "NotSet")
        case _:
            pass


_PAID_FROM = {"Check": ("CheckPayment", "BankAccountRef"), "CreditCard": ("CreditCardPayment", "CCAccountRef")}
_INVOICE = {
    "AllowIPNPayment": False,
    "AllowOnlinePayment": False,
    "AllowOnlineCreditCardPayment": False,
    "AllowOnlineACHPayment": False,
    "ApplyTaxAfterDiscount": False,
    "PrintStatus": "NotSet",
    "EmailStatus": "NotSet",
}
