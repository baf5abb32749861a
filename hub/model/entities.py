"""Master data: the customers, vendors, items and reference lists that both sides keep."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from hub.model.fields import Address, CurrencyCode, Flag, Name, Note, Part, Price, SourceId, Text
from hub.model.types import RecordType


class Entity(Part):
    """Any master-data record: it has a name, unique among its kind in the books, and may be inactive."""

    name: Name
    active: Flag = True


class Party(Entity):
    """What customers and vendors have in common."""

    company_name: Text | None = None
    contact_name: Text | None = None
    email: Text | None = None
    phone: Text | None = None
    fax: Text | None = None
    website: Text | None = None
    billing_address: Address | None = None
    shipping_address: Address | None = None
    currency: CurrencyCode | None = None
    term: SourceId | None = None
    tax_code: SourceId | None = None
    notes: Note | None = None


class Customer(Party):
    """Who buys. `parent` names the customer this one is a branch or job of."""

    references: ClassVar[Mapping[str, RecordType]] = {
        "parent": RecordType.CUSTOMER,
        "term": RecordType.TERM,
        "tax_code": RecordType.TAX_CODE,
        "payment_method": RecordType.PAYMENT_METHOD,
    }
    parent: SourceId | None = None
    payment_method: SourceId | None = None


class Vendor(Party):
    """Who sells to us."""

    references: ClassVar[Mapping[str, RecordType]] = {"term": RecordType.TERM, "tax_code": RecordType.TAX_CODE}
    account_number: Text | None = None


class Item(Entity):
    """What is bought and sold. Accounts are named by source id or by their name in the books."""

    references: ClassVar[Mapping[str, RecordType]] = {
        "income_account": RecordType.ACCOUNT,
        "expense_account": RecordType.ACCOUNT,
        "asset_account": RecordType.ACCOUNT,
        "vendor": RecordType.VENDOR,
        "tax_code": RecordType.TAX_CODE,
    }
    kind: Literal["inventory", "non_inventory", "service"] = "non_inventory"
    sku: Text | None = None
    description: Note | None = None
    purchase_description: Note | None = None
    unit_price: Price | None = None
    purchase_cost: Price | None = None
    income_account: SourceId | None = None
    expense_account: SourceId | None = None
    asset_account: SourceId | None = None
    vendor: SourceId | None = None
    tax_code: SourceId | None = None


class Account(Entity):
    """A general-ledger account; the books are its master."""

    number: Text | None = None
    kind: Text | None = None
    description: Note | None = None
    currency: CurrencyCode | None = None


class Listed(Entity):
    """An entry of a reference list: term, tax code, payment method, class or employee."""

    description: Note | None = None


ENTITY_MODELS: dict[RecordType, type[Entity]] = {
    RecordType.CUSTOMER: Customer,
    RecordType.VENDOR: Vendor,
    RecordType.ITEM: Item,
    RecordType.ACCOUNT: Account,
    RecordType.TERM: Listed,
    RecordType.TAX_CODE: Listed,
    RecordType.PAYMENT_METHOD: Listed,
    RecordType.CLASS: Listed,
    RecordType.EMPLOYEE: Listed,
}
