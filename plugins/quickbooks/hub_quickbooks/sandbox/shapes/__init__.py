"""The fields of every modelled entity, with their lengths (facts §1); names as in the official schemas."""

from hub_quickbooks.sandbox.shapes.documents import (
    BILL,
    BILL_PAYMENT,
    CREDIT_MEMO,
    DEPOSIT,
    INVENTORY_ADJUSTMENT,
    INVOICE,
    JOURNAL_ENTRY,
    PAYMENT,
    PURCHASE_ORDER,
    REFUND_RECEIPT,
    SALES_RECEIPT,
    VENDOR_CREDIT,
)
from hub_quickbooks.sandbox.shapes.lines import DETAILS, LINE
from hub_quickbooks.sandbox.shapes.lists import (
    ACCOUNT,
    ACCOUNT_TYPES,
    CLASS,
    CUSTOMER,
    EMPLOYEE,
    ITEM,
    PAYMENT_METHOD,
    TAX_CODE,
    TAX_RATE,
    TERM,
    VENDOR,
)

__all__ = [
    "ACCOUNT", "ACCOUNT_TYPES", "BILL", "BILL_PAYMENT", "CLASS", "CREDIT_MEMO", "CUSTOMER", "DEPOSIT",
    "DETAILS", "EMPLOYEE", "INVENTORY_ADJUSTMENT", "INVOICE", "ITEM", "JOURNAL_ENTRY", "LINE", "PAYMENT",
    "PAYMENT_METHOD", "PURCHASE_ORDER", "REFUND_RECEIPT", "SALES_RECEIPT", "TAX_CODE", "TAX_RATE", "TERM",
    "VENDOR", "VENDOR_CREDIT",
]  # fmt: skip
