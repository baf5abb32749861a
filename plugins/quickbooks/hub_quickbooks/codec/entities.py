"""Master data both ways: one table of fields per type, read for sending and for receiving alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from hub.adapters import RemoteObject
from hub.model import Account, Address, Customer, Entity, Item, Party, RecordType, Vendor
from hub_quickbooks.codec.book import Body, Book, decimal_of, filled, text_of
from hub_quickbooks.codec.kinds import LISTS, Kind

SUFFIX = " (deleted)"
_NO_NAME = ":\t\n\r"


class Text(NamedTuple):
    """A text field: where it stands in the body, how long it may be, and what people call it."""

    path: str
    longest: int
    what: str
    banned: str = ""


_PARTY = {
    "company_name": Text("CompanyName", 100, "company name"),
    "email": Text("PrimaryEmailAddr.Address", 100, "e-mail address"),
    "phone": Text("PrimaryPhone.FreeFormNumber", 30, "phone number"),
    "fax": Text("Fax.FreeFormNumber", 30, "fax number"),
    "website": Text("WebAddr.URI", 1000, "web address"),
    "notes": Text("Notes", 2000, "notes"),
}
TEXTS: dict[RecordType, dict[str, Text]] = {
    RecordType.CUSTOMER: {"name": Text("DisplayName", 500, "name", _NO_NAME), **_PARTY},
    RecordType.VENDOR: {
        "name": Text("DisplayName", 500, "name", _NO_NAME),
        **_PARTY,
        "account_number": Text("AcctNum", 100, "account number"),
    },
    RecordType.ITEM: {
        "name": Text("Name", 100, "name", "\t\n\r"),
        "sku": Text("Sku", 100, "SKU"),
        "description": Text("Description", 4000, "description"),
        "purchase_description": Text("PurchaseDesc", 1000, "purchase description"),
    },
    RecordType.ACCOUNT: {
        "name": Text("Name", 100, "name", '"\t\n\r'),
        "number": Text("AcctNum", 20, "account number", ":"),
        "description": Text("Description", 100, "description"),
    },
    RecordType.PAYMENT_METHOD: {"name": Text("Name", 31, "name", _NO_NAME)},
    RecordType.CLASS: {"name": Text("Name", 100, "name", "\t\n\r")},
    RecordType.TERM: {"name": Text("Name", 31, "name")},
    RecordType.TAX_CODE: {"name": Text("Name", 100, "name"), "description": Text("Description", 4000, "description")},
    RecordType.EMPLOYEE: {"name": Text("DisplayName", 500, "name")},
}
_PRICES = {"unit_price": "UnitPrice", "purchase_cost": "PurchaseCost"}
_ADDRESS = {
    "line1": Text("Line1", 500, "street"),
    "line2": Text("Line2", 500, "second line of the address"),
    "city": Text("City", 255, "city"),
    "region": Text("CountrySubDivisionCode", 255, "region"),
    "postal_code": Text("PostalCode", 30, "postal code"),
    "country": Text("Country", 255, "country"),
}
_ADDRESSES = {"billing_address": "BillAddr", "shipping_address": "ShipAddr"}
ITEM_TYPES = {"inventory": "Inventory", "non_inventory": "NonInventory", "service": "Service"}
_ITEM_KINDS = {theirs: ours for ours, theirs in ITEM_TYPES.items()}
_TREES = (RecordType.ITEM, RecordType.ACCOUNT, RecordType.CLASS)
"""Lists in which an entry may stand under another; its whole name has colons in it."""
ACCOUNT_TYPES = (
    "Bank", "Accounts Receivable", "Other Current Asset", "Fixed Asset", "Other Asset", "Accounts Payable",
    "Credit Card", "Other Current Liability", "Long Term Liability", "Equity", "Income", "Cost of Goods Sold",
    "Expense", "Other Income", "Other Expense", "Non-Posting",
)  # fmt: skip


# ------------------------------------------------------------------------------------------------------- to QuickBooks


def encode(record: Entity, type: RecordType, book: Book, *, update: bool) -> Body:
    """The fields of an entity. An update also says which texts are empty now, or QuickBooks would keep the old ones."""
    body: Body = {}
    for field, text in TEXTS[type].items():
        value = getattr(record, field, None)
        if field == "name" and type in _TREES:
            value = _leaf(record.name, book, update=update)
        value = book.text(value, text.longest, text.what, banned=text.banned)
        if value or update:
            _put(body, text.path, value or "")
    body["Active"] = record.active
    match record:
        case Party():
            body |= _party(record, type, book, update=update)
        case Item():
            body |= _item(record, book, update=update)
        case Account():
            body |= _account(record, book, update=update)
        case _:
            pass
    return body


def _leaf(name: str, book: Book, *, update: bool) -> str:
    """The name within its parent. QuickBooks has the place of one that is there already; a new one has none yet."""
    if ":" in name and not update:
        book.wrong(
            f"The name {name!r} holds a colon, which stands for a level in QuickBooks.",
            "Rename it in the source, or make it in QuickBooks under its parent.", "bad_characters",
        )  # fmt: skip
    return name.rpartition(":")[2].strip() or name


def _party(record: Party, type: RecordType, book: Book, *, update: bool) -> Body:
    if record.email and ("@" not in record.email or "." not in record.email):
        book.wrong(f"{record.email!r} is no e-mail address.", "Correct it in the source.", "bad_value")
    given, family = person(record.contact_name)
    for part in (given, family):
        book.text(part, 100, "contact name")
    body: Body = {}
    if record.contact_name or update:
        body |= {"GivenName": given, "FamilyName": family}
    if update:
        body["MiddleName"] = ""
    for field, path in _ADDRESSES.items():
        if (address := getattr(record, field)) is not None:
            body[path] = postal(address, book)
    if record.currency is not None and not update:
        body |= filled({"CurrencyRef": book.money(record.currency)})
    if isinstance(record, Customer):
        body |= filled(
            {
                "ParentRef": book.linked(RecordType.CUSTOMER, record.parent),
                "Job": True if record.parent else None,
                "SalesTermRef": book.listed(RecordType.TERM, record.term, book.settings.terms),
                "DefaultTaxCodeRef": book.listed(RecordType.TAX_CODE, record.tax_code, book.settings.tax_codes),
                "PaymentMethodRef": book.listed(RecordType.PAYMENT_METHOD, record.payment_method),
            }
        )
    elif isinstance(record, Vendor):
        body |= filled({"TermRef": book.listed(RecordType.TERM, record.term, book.settings.terms)})
    return body


def person(name: str | None) -> tuple[str, str]:
    """Given and family name: the last word is the family's, as QuickBooks shows them one after the other."""
    words = (name or "").split()
    return (" ".join(words[:-1]), words[-1]) if len(words) > 1 else (" ".join(words), "")


def postal(address: Address, book: Book) -> Body:
    """An address as a whole: QuickBooks replaces it as one."""
    parts = {text.path: book.text(getattr(address, field), text.longest, text.what) for field, text in _ADDRESS.items()}
    return {path: value for path, value in parts.items() if value}


def _item(record: Item, book: Book, *, update: bool) -> Body:
    body: Body = {} if update else {"Type": ITEM_TYPES[record.kind]}
    for field, path in _PRICES.items():
        if (price := getattr(record, field)) is not None:
            body[path] = price
    stock = record.kind == "inventory"
    buys = stock or record.purchase_cost is not None or record.expense_account is not None
    if not update or record.income_account:
        body |= filled({"IncomeAccountRef": book.account(record.income_account, "income_account", "the item's sales")})
    if (buys and not update) or record.expense_account:
        cost = book.account(record.expense_account, "expense_account", "the item's cost")
        body |= filled({"ExpenseAccountRef": cost})
    if stock and (not update or record.asset_account):
        body |= filled({"AssetAccountRef": book.account(record.asset_account, "asset_account", "the item's stock")})
    if stock and not update:
        start = book.settings.inventory_start.isoformat()
        body |= {"TrackQtyOnHand": True, "QtyOnHand": Decimal(0), "InvStartDate": start}
    if record.vendor:
        body |= filled({"PrefVendorRef": book.linked(RecordType.VENDOR, record.vendor)})
    if record.tax_code:
        body |= _item_tax(record.tax_code, book)
    return body


def _item_tax(code: str, book: Book) -> Body:
    ref = book.listed(RecordType.TAX_CODE, code, book.settings.tax_codes)
    if ref is None:
        return {}
    return {"Taxable": ref["value"] != "NON"} if book.company.american else {"SalesTaxCodeRef": ref}


def _account(record: Account, book: Book, *, update: bool) -> Body:
    body: Body = {}
    if not update:
        types = {name.casefold().replace(" ", "_"): name for name in ACCOUNT_TYPES}
        found = types.get((record.kind or "").casefold().replace(" ", "_"))
        if found is None:
            book.wrong(
                f"{record.kind!r} is no type of account in QuickBooks.", f"Use one of {', '.join(ACCOUNT_TYPES)}.",
                "bad_value",
            )  # fmt: skip
        body["AccountType"] = found or ""
        if record.currency is not None:
            body |= filled({"CurrencyRef": book.money(record.currency)})
    return body


def _put(body: Body, path: str, value: str) -> None:
    outer, dot, inner = path.partition(".")
    if dot:
        body[outer] = {inner: value}
    else:
        body[outer] = value


# ----------------------------------------------------------------------------------------------------- from QuickBooks


def decode(kind: Kind, body: Mapping[str, Any], *, many_currencies: bool = False) -> RemoteObject | None:
    """The entity as the hub sees it; None for one that the model has no word for, such as a bundle of items.

    What it refers to is left out: QuickBooks names it by its own ids, and the hub's records by the source's.
    """
    type = kind.type
    if type is RecordType.ITEM and body.get("Type") not in _ITEM_KINDS and body.get("status") != "Deleted":
        return None
    found: dict[str, Any] = {
        field: text_of(_get(body, text.path)) for field, text in TEXTS[type].items() if field != "name"
    }
    active = body.get("Active", True) is not False
    name = bare(text_of(body.get("FullyQualifiedName")) if type in _TREES else None, active=active) or bare(
        text_of(body.get(kind.name)), active=active
    )
    read = _READERS.get(type)
    if read is not None:
        found |= read(body)
    if many_currencies and type in (RecordType.CUSTOMER, RecordType.VENDOR, RecordType.ACCOUNT):
        found["currency"] = text_of(_get(body, "CurrencyRef.value"))
    return RemoteObject(
        type=type,
        remote_id=str(body.get("Id", "")),
        version=str(body.get("SyncToken", "")),
        name=name or "",
        active=active,
        deleted=body.get("status") == "Deleted",
        data={**found, "name": name, "active": active},
    )


def bare(name: str | None, *, active: bool) -> str | None:
    """The name without what QuickBooks hangs on one that it makes inactive."""
    while name and not active and name.endswith(SUFFIX):
        name = name.removesuffix(SUFFIX)
    return name


def _read_party(body: Mapping[str, Any]) -> dict[str, Any]:
    words = [text_of(body.get(part)) for part in ("GivenName", "MiddleName", "FamilyName")]
    return {
        "contact_name": " ".join(" ".join(word.split()) for word in words if word) or None,
        **{field: _read_address(body.get(path)) for field, path in _ADDRESSES.items()},
    }


def _read_address(body: object) -> dict[str, str] | None:
    if not isinstance(body, Mapping):
        return None
    parts = {field: text_of(body.get(text.path)) for field, text in _ADDRESS.items()}
    return {field: value for field, value in parts.items() if value} or None


def _read_item(body: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "kind": _ITEM_KINDS.get(str(body.get("Type")), "non_inventory"),
        **{field: _price(body.get(path)) for field, path in _PRICES.items()},
    }


def _price(value: object) -> Decimal | None:
    """QuickBooks answers 0 for a price that was never given."""
    number = decimal_of(value)
    return number or None


def _read_account(body: Mapping[str, Any]) -> dict[str, Any]:
    return {"kind": text_of(body.get("AccountType"))}


_READERS: dict[RecordType, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    RecordType.CUSTOMER: _read_party,
    RecordType.VENDOR: _read_party,
    RecordType.ITEM: _read_item,
    RecordType.ACCOUNT: _read_account,
}


def _get(body: Mapping[str, Any], path: str) -> Any:
    value: Any = body
    for step in path.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


assert TEXTS.keys() == LISTS.keys()
