"""The fields of documents, with their lengths (facts §1)."""

from __future__ import annotations

from decimal import Decimal

from hub_quickbooks.sandbox.fields import Choice, Day, Field, Flag, Group, Many, Number, Text
from hub_quickbooks.sandbox.shapes.lines import LINE, LINKED
from hub_quickbooks.sandbox.shapes.parts import ADDRESS, EMAIL, HEAD, MEMO, MONEY, PERCENT, SERVER, ref

_TAX_LINE = Group(
    "Line",
    {
        "Id": SERVER,
        "LineNum": SERVER,
        "Amount": MONEY,
        "DetailType": Choice(("TaxLineDetail",)),
        "TaxLineDetail": Group(
            "TaxLineDetail",
            {
                "TaxRateRef": ref("TaxRate"),
                "PercentBased": Flag(),
                "TaxPercent": PERCENT,
                "NetAmountTaxable": MONEY,
                "TaxInclusiveAmount": MONEY,
                "OverrideDeltaAmount": MONEY,
            },
        ),
    },
)
TAX_DETAIL = Group(
    "TxnTaxDetail",
    {"TxnTaxCodeRef": ref("TaxCode"), "TotalTax": Number(least=Decimal(0)), "TaxLine": Many(_TAX_LINE, 100)},
)
_TRANSACTION: dict[str, Field] = {
    **HEAD,
    "DocNumber": Text(21),
    "TxnDate": Day(),
    "DepartmentRef": ref("Department"),
    "CurrencyRef": ref("Currency"),
    "ExchangeRate": Number(places=9, least=Decimal(0)),
    "PrivateNote": Text(4000, lines=True),
    "TxnStatus": SERVER,
    "TxnSource": Text(50),
    "LinkedTxn": Many(LINKED),
    "Line": Many(LINE),
    "TxnTaxDetail": TAX_DETAIL,
    "RecurDataRef": SERVER,
}
_TAXED: dict[str, Field] = {
    "TotalAmt": SERVER,
    "GlobalTaxCalculation": Choice(("TaxExcluded", "TaxInclusive", "NotApplicable")),
}
_HOME: dict[str, Field] = {"HomeTotalAmt": SERVER}
_SALES: dict[str, Field] = {
    **_TRANSACTION,
    **_TAXED,
    **_HOME,
    "CustomerRef": ref("Customer"),
    "CustomerMemo": MEMO,
    "BillAddr": ADDRESS,
    "ShipAddr": ADDRESS,
    "ShipFromAddr": ADDRESS,
    "FreeFormAddress": Flag(),
    "ClassRef": ref("Class"),
    "SalesTermRef": ref("Term"),
    "DueDate": Day(),
    "ShipMethodRef": Group("ReferenceType", {"value": Text(31), "name": Text(31)}),
    "ShipDate": Day(),
    "TrackingNum": Text(31),
    "ApplyTaxAfterDiscount": Flag(),
    "PrintStatus": Choice(("NotSet", "NeedToPrint", "PrintComplete")),
    "EmailStatus": Choice(("NotSet", "NeedToSend", "EmailSent")),
    "BillEmail": EMAIL,
    "BillEmailCc": EMAIL,
    "BillEmailBcc": EMAIL,
    "ARAccountRef": ref("Account"),
    "Balance": SERVER,
    "HomeBalance": SERVER,
    "PaymentMethodRef": ref("PaymentMethod"),
    "PaymentRefNum": Text(21),
    "DepositToAccountRef": ref("Account"),
    "DeliveryInfo": SERVER,
}
INVOICE = Group(
    "Invoice",
    {
        **_SALES,
        "AllowIPNPayment": Flag(),
        "AllowOnlinePayment": Flag(),
        "AllowOnlineCreditCardPayment": Flag(),
        "AllowOnlineACHPayment": Flag(),
        "InvoiceLink": SERVER,
        "EInvoiceStatus": SERVER,
    },
)
SALES_RECEIPT = Group("SalesReceipt", _SALES)
CREDIT_MEMO = Group("CreditMemo", {**_SALES, "RemainingCredit": SERVER, "InvoiceRef": SERVER})
REFUND_RECEIPT = Group("RefundReceipt", _SALES)
PAYMENT = Group(
    "Payment",
    {
        **_TRANSACTION,
        "CustomerRef": ref("Customer"),
        "ARAccountRef": ref("Account"),
        "DepositToAccountRef": ref("Account"),
        "PaymentMethodRef": ref("PaymentMethod"),
        "PaymentRefNum": Text(21),
        "TotalAmt": Number(least=Decimal(0)),
        "UnappliedAmt": SERVER,
        "ProcessPayment": Flag(),
    },
)
_PURCHASE: dict[str, Field] = {**_TRANSACTION, "VendorRef": ref("Vendor"), "APAccountRef": ref("Account")}
BILL = Group(
    "Bill",
    {
        **_PURCHASE,
        **_TAXED,
        "SalesTermRef": ref("Term"),
        "DueDate": Day(),
        "VendorAddr": ADDRESS,
        "Balance": SERVER,
        "HomeBalance": SERVER,
    },
)
VENDOR_CREDIT = Group("VendorCredit", {**_PURCHASE, **_TAXED, "VendorAddr": ADDRESS, "Balance": SERVER})
PURCHASE_ORDER = Group(
    "PurchaseOrder",
    {
        **_PURCHASE,
        **_TAXED,
        "Memo": Text(4000, lines=True),
        "ClassRef": ref("Class"),
        "SalesTermRef": ref("Term"),
        "DueDate": Day(),
        "VendorAddr": ADDRESS,
        "ShipAddr": ADDRESS,
        "ShipTo": ref("Customer"),
        "ShipMethodRef": Group("ReferenceType", {"value": Text(31), "name": Text(31)}),
        "POEmail": EMAIL,
        "EmailStatus": Choice(("NotSet", "NeedToSend", "EmailSent")),
        "POStatus": Choice(("Open", "Closed")),
    },
)
_PRINT = Choice(("NotSet", "NeedToPrint", "PrintComplete"))
BILL_PAYMENT = Group(
    "BillPayment",
    {
        **_PURCHASE,
        "TotalAmt": Number(least=Decimal(0)),
        "PayType": Choice(("Check", "CreditCard")),
        "CheckPayment": Group("BillPaymentCheck", {"BankAccountRef": ref("Account"), "PrintStatus": _PRINT}),
        "CreditCardPayment": Group("BillPaymentCreditCard", {"CCAccountRef": ref("Account")}),
        "VendorAddr": ADDRESS,
    },
)
JOURNAL_ENTRY = Group(
    "JournalEntry", {**_TRANSACTION, **_TAXED, **_HOME, "Adjustment": Flag(), "HomeCurrencyAdjustment": Flag()}
)
INVENTORY_ADJUSTMENT = Group(
    "InventoryAdjustment",
    {**_TRANSACTION, "AdjustAccountRef": ref("Account"), "CustomerRef": ref("Customer"), "ShippingAdjustment": Flag()},
)
DEPOSIT = Group("Deposit", {**_TRANSACTION, **_TAXED, **_HOME, "DepositToAccountRef": ref("Account")})
