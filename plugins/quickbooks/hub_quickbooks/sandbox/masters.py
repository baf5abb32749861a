"""Customers, vendors, employees, items, accounts and the short lists: names, parents, and what each kind must have."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hub_quickbooks.sandbox import shapes
from hub_quickbooks.sandbox.book import Book
from hub_quickbooks.sandbox.kinds import Kind
from hub_quickbooks.sandbox.references import currency_ref, target
from hub_quickbooks.sandbox.refusals import Refusal, business, missing, not_modelled
from hub_quickbooks.sandbox.store import Thing

DELETED = " (deleted)"
_NAME_PARTS = ("Title", "GivenName", "MiddleName", "FamilyName", "Suffix")
_SUB = {"Customer": "Job", "Item": "SubItem", "Account": "SubAccount", "Class": "SubClass"}
_DEEPEST = 5
_INVENTORY_ACCOUNTS = {
    "AssetAccountRef": ("Other Current Asset", "Inventory"),
    "IncomeAccountRef": ("Income", "SalesOfProductIncome"),
    "ExpenseAccountRef": ("Cost of Goods Sold", None),
}


def complete(book: Book, kind: Kind, new: dict[str, Any], old: Thing | None, id: int) -> dict[str, Any]:
    """The body as the books keep it, its name claimed; Refusal for what breaks a rule of this kind."""
    before = None if old is None else old.body
    if old is None and new.get("Active") is False:
        raise business("An object cannot be created inactive.", "Active")
    new["Active"] = new.get("Active", True)
    if kind.ids == "name":
        _person(book, kind, new, before)
    elif not new.get("Name"):
        raise missing("Name")
    match kind.name:
        case "Item":
            _item(book, new, before)
        case "Account":
            _account(book, new, before, id)
        case "Term":
            _term(new)
        case "PaymentMethod":
            new.setdefault("Type", "NON_CREDIT_CARD")
        case _:
            pass
    if before is not None and before["Active"] and not new["Active"]:
        _inactivate(kind, new)
    _hierarchy(book, kind, new, before, id)
    key = name_key(kind, new)
    book.rename(kind.namespace, kind.name, id, None if before is None else name_key(kind, before), key)
    return new


def name_key(kind: Kind, body: dict[str, Any]) -> str:
    """What must be unique: the display name, or the full name in a list (facts §3)."""
    return str(body["DisplayName"] if kind.ids == "name" else body.get("FullyQualifiedName") or body["Name"])


def rename_children(book: Book, kind: Kind, parent: Thing) -> None:
    """Carry a parent's new full name down to everything below it."""
    for child in book.children(kind.name, parent.id):
        body = dict(child.body)
        own = body[kind.name_field]
        body["FullyQualifiedName"] = f"{parent.body['FullyQualifiedName']}:{own}"
        body["ParentRef"] = {"value": str(parent.id), "name": parent.body["FullyQualifiedName"]}
        if kind.ids != "name":
            book.rename(
                kind.namespace, kind.name, child.id, child.body["FullyQualifiedName"], body["FullyQualifiedName"]
            )
        rename_children(book, kind, book.put(kind.name, child.id, body, child, "Update"))


def _inactivate(kind: Kind, new: dict[str, Any]) -> None:
    if new.get("Balance") or new.get("CurrentBalance"):
        raise Refusal(6220, f"This {kind.name.lower()} has a balance and cannot be made inactive.")
    if new.get("Type") == "Inventory" and new.get("QtyOnHand"):
        raise Refusal(6220, "This item has a quantity on hand and cannot be made inactive.")
    if new[kind.name_field].endswith(DELETED):
        return
    new[kind.name_field] += DELETED


def _person(book: Book, kind: Kind, new: dict[str, Any], before: dict[str, Any] | None) -> None:
    if not new.get("DisplayName"):
        parts = [new[part] for part in _NAME_PARTS if new.get(part)]
        if not parts:
            raise Refusal(
                6080, "At least one of Title, GivenName, MiddleName, FamilyName, DisplayName, Suffix must be given."
            )
        new["DisplayName"] = " ".join(parts)
    if not new.get("PrintOnCheckName"):
        new["PrintOnCheckName"] = (new.get("CompanyName") or new["DisplayName"])[:110]
    if kind.name == "Employee":
        return
    home = book.preferences["CurrencyPrefs"]["HomeCurrency"]["value"]
    new.setdefault("CurrencyRef", currency_ref(home))
    check_currency(book, new["CurrencyRef"]["value"])
    if before is not None and before["CurrencyRef"]["value"] != new["CurrencyRef"]["value"]:
        raise business(f"The currency of a {kind.name.lower()} cannot be changed.", "CurrencyRef")
    new.setdefault("Balance", Decimal(0))
    if kind.name == "Customer":
        new.setdefault("BalanceWithJobs", Decimal(0))
        new.setdefault("Taxable", False)
        new.setdefault("Job", False)
        new.setdefault("PreferredDeliveryMethod", "None")
        if new.get("ParentRef"):
            new.setdefault("BillWithParent", False)
    else:
        new.setdefault("Vendor1099", False)


def check_currency(book: Book, code: str) -> None:
    """Refusal 6000 for a foreign currency in a company that keeps one only."""
    prefs = book.preferences["CurrencyPrefs"]
    if code != prefs["HomeCurrency"]["value"] and not prefs["MultiCurrencyEnabled"]:
        raise business(f"Multicurrency is off in this company; {code} is not its home currency.", "CurrencyRef")


def _hierarchy(book: Book, kind: Kind, new: dict[str, Any], before: dict[str, Any] | None, id: int) -> None:
    flag = _SUB.get(kind.name)
    own = new[kind.name_field]
    if flag is None:
        if kind.ids == "name":
            new["FullyQualifiedName"] = own
        return
    parent_ref = new.get("ParentRef")
    if new.get(flag) and not parent_ref:
        raise missing("ParentRef")
    if parent_ref is None or new.get(flag) is False and "ParentRef" in new and (before or {}).get(flag):
        new.pop("ParentRef", None)
        new["FullyQualifiedName"] = own
        new[flag] = False
        new.pop("Level", None)
        return
    parent = target(book, parent_ref, kind.name)
    depth, above = 1, parent
    while True:
        if above.id == id:
            raise Refusal(6180, "An object cannot be its own parent.", "ParentRef")
        depth += 1
        if depth > _DEEPEST:
            raise Refusal(6180, f"At most {_DEEPEST} levels can be nested.", "ParentRef")
        if not above.body.get("ParentRef"):
            break
        above = target(book, above.body["ParentRef"], kind.name)
    new[flag] = True
    new["FullyQualifiedName"] = f"{parent.body['FullyQualifiedName']}:{own}"
    if kind.name in ("Customer", "Item"):
        new["Level"] = depth - 1


def _item(book: Book, new: dict[str, Any], before: dict[str, Any] | None) -> None:
    type = new.setdefault("Type", "Service")
    if type == "Group":
        raise not_modelled("items of the type Group (bundles)")
    if before is not None and before["Type"] != type and "Inventory" in (before["Type"], type):
        raise Refusal(2120, f"An item of the type {before['Type']} cannot become {type}.", "Type")
    if type == "Category":
        for name in ("UnitPrice", "PurchaseCost", "IncomeAccountRef", "ExpenseAccountRef", "QtyOnHand"):
            if new.get(name) is not None:
                raise business(f"A category has no {name}.", name)
        new.setdefault("SubItem", False)
        return
    new.setdefault("Taxable", False)
    new.setdefault("UnitPrice", Decimal(0))
    new.setdefault("PurchaseCost", Decimal(0))
    tracked = type == "Inventory"
    if new.setdefault("TrackQtyOnHand", tracked) is not tracked:
        raise business("TrackQtyOnHand is for inventory items, and must be true for them.", "TrackQtyOnHand")
    if not tracked:
        if not (new.get("IncomeAccountRef") or new.get("ExpenseAccountRef")):
            raise missing("IncomeAccountRef")
        if new.get("QtyOnHand"):
            raise business("Only inventory items have a quantity on hand.", "QtyOnHand")
        return
    for name in ("QtyOnHand", "InvStartDate", *_INVENTORY_ACCOUNTS):
        if new.get(name) is None:
            raise missing(name)
    for name, (wanted, sub) in _INVENTORY_ACCOUNTS.items():
        account = target(book, new[name], "Account").body
        if account["AccountType"] != wanted or (sub and account["AccountSubType"] != sub):
            words = wanted if sub is None else f"{wanted} / {sub}"
            raise business(f"{name} of an inventory item must be an account of the type {words}.", name)


def _account(book: Book, new: dict[str, Any], before: dict[str, Any] | None, id: int) -> None:
    type, sub = new.get("AccountType"), new.get("AccountSubType")
    if type is None:
        type = _TYPE_OF_SUB.get(sub or "")
        if type is None:
            raise missing("AccountType")
        new["AccountType"] = type
    new.setdefault("AccountSubType", _SUB_OF_TYPE[type])
    if shapes.ACCOUNT_TYPES[type]:
        new["Classification"] = shapes.ACCOUNT_TYPES[type]
    new.setdefault("CurrentBalance", Decimal(0))
    new.setdefault("CurrentBalanceWithSubAccounts", Decimal(0))
    new.setdefault("CurrencyRef", currency_ref(book.preferences["CurrencyPrefs"]["HomeCurrency"]["value"]))
    check_currency(book, new["CurrencyRef"]["value"])
    number = new.get("AcctNum")
    if number and number != (before or {}).get("AcctNum"):
        where = "deleted = 0 AND json_extract(body, '$.AcctNum') = ? AND id <> ?"
        if book.store.count(book.realm, "Account", where, (number, id)):
            raise business(f"The account number {number} is already in use.", "AcctNum")
    if not new["Active"] and (before or {}).get("AccountType") in ("Accounts Receivable", "Accounts Payable"):
        raise business("This account is used by the books themselves and cannot be made inactive.", "Active")


def _term(new: dict[str, Any]) -> None:
    if new.get("DayOfMonthDue") is not None:
        new["Type"] = "DATE_DRIVEN"
    elif new.get("DueDays") is not None:
        new["Type"] = "STANDARD"
    else:
        raise missing("DueDays")


_SUB_OF_TYPE = {
    "Bank": "Checking", "Other Current Asset": "OtherCurrentAssets", "Fixed Asset": "OtherFixedAssets",
    "Other Asset": "OtherLongTermAssets", "Accounts Receivable": "AccountsReceivable", "Equity": "OpeningBalanceEquity",
    "Expense": "OtherMiscellaneousServiceCost", "Other Expense": "OtherMiscellaneousExpense",
    "Cost of Goods Sold": "SuppliesMaterialsCogs", "Accounts Payable": "AccountsPayable", "Credit Card": "CreditCard",
    "Long Term Liability": "OtherLongTermLiabilities", "Other Current Liability": "OtherCurrentLiabilities",
    "Income": "SalesOfProductIncome", "Other Income": "OtherMiscellaneousIncome", "Non-Posting": "Non-Posting",
}  # fmt: skip
_TYPE_OF_SUB = {sub: type for type, sub in _SUB_OF_TYPE.items()} | {
    "Inventory": "Other Current Asset",
    "UndepositedFunds": "Other Current Asset",
    "SalesTaxPayable": "Other Current Liability",
    "ServiceFeeIncome": "Income",
    "DiscountsRefundsGiven": "Income",
    "Savings": "Bank",
}
