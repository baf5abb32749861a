"""The lines of documents, by their detail types (facts §1)."""

from __future__ import annotations

from hub_quickbooks.sandbox.fields import Choice, Day, Field, Flag, Group, Id, Many, Text, Whole
from hub_quickbooks.sandbox.shapes.parts import MONEY, PERCENT, PRICE, QUANTITY, SERVER, ref

LINKED = Group("LinkedTxn", {"TxnId": Id(), "TxnType": Text(50), "TxnLineId": Text(20)})
_ITEM_LINE: dict[str, Field] = {
    "ItemRef": ref("Item"),
    "ClassRef": ref("Class"),
    "Qty": QUANTITY,
    "UnitPrice": PRICE,
    "TaxCodeRef": ref("TaxCode"),
    "ItemAccountRef": SERVER,
    "TaxInclusiveAmt": SERVER,
}
_BILLABLE = Choice(("Billable", "NotBillable", "HasBeenBilled"))
SALES_ITEM = Group(
    "SalesItemLineDetail", {**_ITEM_LINE, "ServiceDate": Day(), "DiscountRate": PERCENT, "DiscountAmt": MONEY}
)
ITEM_EXPENSE = Group(
    "ItemBasedExpenseLineDetail", {**_ITEM_LINE, "CustomerRef": ref("Customer"), "BillableStatus": _BILLABLE}
)
ACCOUNT_EXPENSE = Group(
    "AccountBasedExpenseLineDetail",
    {
        "AccountRef": ref("Account"),
        "CustomerRef": ref("Customer"),
        "ClassRef": ref("Class"),
        "BillableStatus": _BILLABLE,
        "TaxCodeRef": ref("TaxCode"),
        "TaxAmount": MONEY,
        "TaxInclusiveAmt": SERVER,
    },
)
DISCOUNT = Group(
    "DiscountLineDetail",
    {
        "PercentBased": Flag(),
        "DiscountPercent": PERCENT,
        "DiscountAccountRef": ref("Account"),
        "ClassRef": ref("Class"),
        "TaxCodeRef": ref("TaxCode"),
    },
)
SUBTOTAL = Group("SubTotalLineDetail", {"ItemRef": ref("Item")})
DESCRIPTION = Group("DescriptionLineDetail", {"ServiceDate": Day(), "TaxCodeRef": ref("TaxCode")})
JOURNAL = Group(
    "JournalEntryLineDetail",
    {
        "PostingType": Choice(("Debit", "Credit")),
        "AccountRef": ref("Account"),
        "ClassRef": ref("Class"),
        "Entity": Group(
            "EntityTypeRef",
            {"Type": Choice(("Customer", "Vendor", "Employee")), "EntityRef": ref("Customer", "Vendor", "Employee")},
        ),
        "TaxCodeRef": ref("TaxCode"),
        "TaxAmount": MONEY,
        "TaxApplicableOn": Choice(("Sales", "Purchase")),
        "BillableStatus": _BILLABLE,
    },
)
ADJUSTMENT = Group(
    "ItemAdjustmentLineDetail",
    {"ItemRef": ref("Item"), "QtyDiff": QUANTITY, "NewQty": QUANTITY, "SalesPrice": PRICE, "ClassRef": ref("Class")},
)
DEPOSIT_LINE = Group(
    "DepositLineDetail",
    {
        "AccountRef": ref("Account"),
        "ClassRef": ref("Class"),
        "Entity": ref("Customer", "Vendor", "Employee"),
        "PaymentMethodRef": ref("PaymentMethod"),
        "CheckNum": Text(21),
    },
)
DETAILS = {
    "SalesItemLineDetail": SALES_ITEM,
    "ItemBasedExpenseLineDetail": ITEM_EXPENSE,
    "AccountBasedExpenseLineDetail": ACCOUNT_EXPENSE,
    "DiscountLineDetail": DISCOUNT,
    "SubTotalLineDetail": SUBTOTAL,
    "DescriptionLineDetail": DESCRIPTION,
    "JournalEntryLineDetail": JOURNAL,
    "ItemAdjustmentLineDetail": ADJUSTMENT,
    "DepositLineDetail": DEPOSIT_LINE,
}
"""The object that goes with each DetailType."""
DETAIL_TYPES = (
    "PaymentLineDetail", "DiscountLineDetail", "TaxLineDetail", "SalesItemLineDetail", "ItemBasedExpenseLineDetail",
    "AccountBasedExpenseLineDetail", "DepositLineDetail", "ItemReceiptLineDetail", "JournalEntryLineDetail",
    "GroupLineDetail", "DescriptionOnly", "SubTotalLineDetail", "ItemAdjustmentLineDetail", "TDSLineDetail",
)  # fmt: skip
LINE = Group(
    "Line",
    {
        "Id": Text(20),
        "LineNum": Whole(0),
        "Description": Text(4000, lines=True),
        "Amount": MONEY,
        "LinkedTxn": Many(LINKED),
        "DetailType": Choice(DETAIL_TYPES),
        **DETAILS,
        "LineEx": SERVER,
        "CustomExtensions": SERVER,
    },
)
