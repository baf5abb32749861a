"""Which of QuickBooks' entities stands for which record, and what can be done to it, as data."""

from __future__ import annotations

from dataclasses import dataclass

from hub.model import RecordType


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One entity of QuickBooks.

    Attributes:
        entity: its name in bodies and queries; in small letters in addresses.
        type: the record type that an object of it is read as.
        number: the field that holds a document's number.
        name: the field that holds an entity's name.
        sparse: whether an update may leave fields out. Credit memos and vendor credits are documented for whole
            updates only.
        party: the field that names the customer or vendor.
        sales_form: whether QuickBooks may number it by itself.
        void: the query parameters that void it; empty where only deleting is documented.
        feed: whether change data capture tells of it.
        page: the page of one object in the browser, up to its id; empty where none is known.
    """

    entity: str
    type: RecordType
    number: str = ""
    name: str = ""
    sparse: bool = True
    party: str = ""
    sales_form: bool = False
    void: tuple[tuple[str, str], ...] = ()
    feed: bool = True
    page: str = ""

    @property
    def path(self) -> str:
        """The entity in an address."""
        return self.entity.lower()

    @property
    def is_list(self) -> bool:
        """Whether it is master data, which can be made inactive, and never deleted."""
        return self.type.is_entity


LISTS = {
    kind.type: kind
    for kind in (
        Kind(entity="Account", type=RecordType.ACCOUNT, name="Name"),
        Kind(entity="Term", type=RecordType.TERM, name="Name"),
        Kind(entity="TaxCode", type=RecordType.TAX_CODE, name="Name", feed=False),
        Kind(entity="PaymentMethod", type=RecordType.PAYMENT_METHOD, name="Name"),
        Kind(entity="Class", type=RecordType.CLASS, name="Name"),
        Kind(entity="Employee", type=RecordType.EMPLOYEE, name="DisplayName"),
        Kind(entity="Customer", type=RecordType.CUSTOMER, name="DisplayName", page="customerdetail?nameId"),
        Kind(entity="Vendor", type=RecordType.VENDOR, name="DisplayName", page="vendordetail?nameId"),
        Kind(entity="Item", type=RecordType.ITEM, name="Name"),
    )
}
"""Master data, in the order in which it is read for the first time: what others refer to comes first."""

POSTED = {
    "invoice": Kind(
        entity="Invoice", type=RecordType.SHIP_DOC, number="DocNumber", party="CustomerRef", sales_form=True,
        void=(("operation", "void"),), page="invoice?txnId",
    ),
    "bill": Kind(
        entity="Bill", type=RecordType.RECEIVER, number="DocNumber", party="VendorRef", page="bill?txnId"
    ),
    "credit_note": Kind(
        entity="CreditMemo", type=RecordType.CUSTOMER_RETURN, number="DocNumber", party="CustomerRef", sales_form=True,
        sparse=False, page="creditmemo?txnId",
    ),
    "vendor_credit": Kind(
        entity="VendorCredit", type=RecordType.VENDOR_RETURN, number="DocNumber", party="VendorRef", sparse=False,
        page="vendorcredit?txnId",
    ),
    "payment": Kind(
        entity="Payment", type=RecordType.PAYMENT, number="PaymentRefNum", party="CustomerRef",
        void=(("operation", "update"), ("include", "void")), page="recvpayment?txnId",
    ),
    "refund": Kind(
        entity="RefundReceipt", type=RecordType.REFUND, number="DocNumber", party="CustomerRef", sales_form=True,
        page="refundreceipt?txnId",
    ),
    "inventory_adjustment": Kind(
        entity="InventoryAdjustment", type=RecordType.ADJUSTMENT, number="DocNumber", feed=False
    ),
    "journal": Kind(
        entity="JournalEntry", type=RecordType.VALUE_ADJUSTMENT, number="DocNumber", page="journal?txnId"
    ),
}  # fmt: skip
"""Documents, by what the hub's policy says they post as."""

BY_ENTITY = {kind.entity: kind for kind in (*LISTS.values(), *POSTED.values())}
DOCUMENTS = tuple(POSTED.values())
_MAY_BE = {
    RecordType.ADJUSTMENT: (POSTED["inventory_adjustment"], POSTED["journal"]),
    RecordType.WORK_ORDER: (POSTED["journal"], POSTED["inventory_adjustment"]),
    RecordType.VALUE_ADJUSTMENT: (POSTED["journal"], POSTED["inventory_adjustment"]),
}


def kind_for(type: RecordType, posts_as: str) -> Kind | None:
    """The entity for a record of this type that posts as this; None when QuickBooks has none."""
    return LISTS.get(type) if type.is_entity else POSTED.get(posts_as)


def kinds_of(type: RecordType) -> tuple[Kind, ...]:
    """What an object of this type may be, where nobody says what it was posted as."""
    if type.is_entity:
        return (LISTS[type],)
    return _MAY_BE.get(type) or tuple(kind for kind in DOCUMENTS if kind.type is type)
