"""What the books know of each entity: its shape, which operations it permits, and what queries may filter by."""

from __future__ import annotations

from dataclasses import dataclass

from hub_quickbooks.sandbox import shapes
from hub_quickbooks.sandbox.fields import Group

_META = ("Id", "SyncToken", "MetaData.CreateTime", "MetaData.LastUpdatedTime")
_NAMES = (
    *_META,
    "DisplayName",
    "GivenName",
    "MiddleName",
    "FamilyName",
    "FullyQualifiedName",
    "PrintOnCheckName",
    "Active",
)
_PARTY = (*_NAMES, "CompanyName", "Balance", "PrimaryEmailAddr", "PrimaryPhone")
_LIST = (*_META, "Name", "Active")
_TXN = (*_META, "DocNumber", "TxnDate")
_SALES = (*_TXN, "CustomerRef", "TotalAmt", "Balance", "DueDate")
_BUYING = (*_TXN, "VendorRef", "TotalAmt")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One entity of the API."""

    name: str
    shape: Group
    ids: str
    """Objects of one id space share a sequence."""
    filters: tuple[str, ...]
    namespace: str = ""
    """Where its names must be unique: the shared one of customers, vendors and employees, or its own."""
    writable: bool = True
    in_cdc: bool = True
    full: bool = True
    sparse: bool = True
    void: str = ""
    """`operation`: by operation=void; `include`: by operation=update&include=void; empty: not at all (facts §2)."""

    @property
    def path(self) -> str:
        """The entity in an address."""
        return self.name.lower()

    @property
    def is_transaction(self) -> bool:
        """Whether it is a document: those are deleted, never made inactive."""
        return self.ids == "transaction"

    @property
    def name_field(self) -> str:
        """The field that holds its name; empty for transactions."""
        if self.is_transaction:
            return ""
        return "DisplayName" if self.ids == "name" else "Name"


def _name(name: str, shape: Group, *filters: str) -> Kind:
    return Kind(name=name, shape=shape, ids="name", filters=filters, namespace="names")


def _list(name: str, shape: Group, *filters: str, writable: bool = True, in_cdc: bool = True) -> Kind:
    return Kind(
        name=name,
        shape=shape,
        ids=name.lower(),
        filters=(*_LIST, *filters),
        namespace=name,
        writable=writable,
        in_cdc=in_cdc,
    )


def _txn(name: str, shape: Group, *filters: str, full: bool = True, void: str = "") -> Kind:
    return Kind(name=name, shape=shape, ids="transaction", filters=filters, full=full, void=void)


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        _name("Customer", shapes.CUSTOMER, *_PARTY, "ParentRef", "Job", "Taxable"),
        _name("Vendor", shapes.VENDOR, *_PARTY, "AcctNum", "Vendor1099"),
        _name("Employee", shapes.EMPLOYEE, *_NAMES),
        _list("Item", shapes.ITEM, "FullyQualifiedName", "Sku", "Type", "ParentRef", "SubItem", "UnitPrice", "QtyOnHand", "TrackQtyOnHand"),
        _list(
            "Account", shapes.ACCOUNT,
            "FullyQualifiedName", "AccountType", "AccountSubType", "Classification", "AcctNum", "ParentRef", "SubAccount",
        ),
        _list("Term", shapes.TERM, "DueDays", "Type"),
        _list("Class", shapes.CLASS, "FullyQualifiedName", "ParentRef", "SubClass"),
        _list("PaymentMethod", shapes.PAYMENT_METHOD, "Type"),
        _list("TaxCode", shapes.TAX_CODE, "Taxable", writable=False, in_cdc=False),
        _list("TaxRate", shapes.TAX_RATE, "RateValue", writable=False, in_cdc=False),
        _txn("Invoice", shapes.INVOICE, *_SALES, void="operation"),
        _txn("SalesReceipt", shapes.SALES_RECEIPT, *_SALES, void="include"),
        _txn("CreditMemo", shapes.CREDIT_MEMO, *_SALES),
        _txn("RefundReceipt", shapes.REFUND_RECEIPT, *_SALES),
        _txn("Payment", shapes.PAYMENT, *_TXN, "CustomerRef", "TotalAmt", "UnappliedAmt", "PaymentRefNum", void="include"),
        _txn("Bill", shapes.BILL, *_BUYING, "Balance", "DueDate"),
        _txn("VendorCredit", shapes.VENDOR_CREDIT, *_BUYING),
        _txn("BillPayment", shapes.BILL_PAYMENT, *_BUYING, "PayType", void="include"),
        _txn("PurchaseOrder", shapes.PURCHASE_ORDER, *_BUYING, "POStatus"),
        _txn("JournalEntry", shapes.JOURNAL_ENTRY, *_TXN, "Adjustment"),
        _txn("InventoryAdjustment", shapes.INVENTORY_ADJUSTMENT, *_TXN, full=False),
        _txn("Deposit", shapes.DEPOSIT, *_TXN, "TotalAmt"),
    )
}  # fmt: skip
"""Every modelled entity by its name."""

BY_PATH = {kind.path: kind for kind in KINDS.values()}
