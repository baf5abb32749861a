"""The fields of every modelled entity, with their lengths (facts §1); names as in the official schemas."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from hub_quickbooks.sandbox.fields import (
    Choice,
    Day,
    Email,
    Field,
    Flag,
    Group,
    Id,
    Many,
    Number,
    ReadOnly,
    Ref,
    Text,
    Whole,
)

_SERVER: Final = ReadOnly()
_MONEY: Final = Number()
_PRICE: Final = Number(places=7)
_PERCENT: Final = Number(places=5)
_QUANTITY: Final = Number(places=7)


def ref(*targets: str) -> Ref:
    """A reference to one of these entities."""
    return Ref(targets)


ADDRESS = Group(
    "PhysicalAddress",
    {
        "Id": _SERVER,
        **{f"Line{number}": Text(500, lines=True) for number in range(1, 6)},
        "City": Text(255),
        "Country": Text(255),
        "CountryCode": Text(255),
        "County": Text(255),
        "CountrySubDivisionCode": Text(255),
        "PostalCode": Text(30),
        "PostalCodeSuffix": Text(30),
        "Lat": _SERVER,
        "Long": _SERVER,
        "Tag": Text(100),
        "Note": Text(1000, lines=True),
    },
)
EMAIL = Group("EmailAddress", {"Id": _SERVER, "Address": Email(), "Default": Flag(), "Tag": Text(100)})
PHONE = Group(
    "TelephoneNumber",
    {"Id": _SERVER, "FreeFormNumber": Text(30), "Default": Flag(), "Tag": Text(100), "DeviceType": Text(30)},
)
SITE = Group("WebSiteAddress", {"Id": _SERVER, "URI": Text(1000), "Default": Flag(), "Tag": Text(100)})
MEMO = Group("MemoRef", {"value": Text(1000, lines=True), "id": _SERVER})
CUSTOM_FIELD = Group(
    "CustomField",
    {
        "DefinitionId": Text(30),
        "Name": Text(100),
        "Type": Choice(("StringType", "BooleanType", "NumberType", "DateType")),
        "StringValue": Text(31),
        "BooleanValue": Flag(),
        "NumberValue": _PRICE,
        "DateValue": Day(),
    },
)
META = Group("ModificationMetaData", {"CreateTime": _SERVER, "LastUpdatedTime": _SERVER})
_HEAD: dict[str, Field] = {
    "domain": _SERVER,
    "sparse": Flag(),
    "status": _SERVER,
    "Id": Id(),
    "SyncToken": Text(20),
    "MetaData": META,
    "CustomField": Many(CUSTOM_FIELD, 12),
}

# ------------------------------------------------------------------------------------------------------------- names

_PERSON: dict[str, Field] = {
    **_HEAD,
    "Title": Text(16),
    "GivenName": Text(100),
    "MiddleName": Text(100),
    "FamilyName": Text(100),
    "Suffix": Text(16),
    "FullyQualifiedName": _SERVER,
    "DisplayName": Text(500, banned=":"),
    "PrintOnCheckName": Text(110),
    "Active": Flag(),
    "V4IDPseudonym": _SERVER,
    "PrimaryPhone": PHONE,
    "Mobile": PHONE,
    "PrimaryEmailAddr": EMAIL,
}
_BUSINESS: dict[str, Field] = {
    **_PERSON,
    "CompanyName": Text(100),
    "AlternatePhone": PHONE,
    "Fax": PHONE,
    "WebAddr": SITE,
    "Notes": Text(2000, lines=True),
    "BillAddr": ADDRESS,
    "Balance": _SERVER,
    "CurrencyRef": ref("Currency"),
    "AcctNum": Text(100),
    "Source": _SERVER,
    "OpenBalanceDate": _SERVER,
}
CUSTOMER = Group(
    "Customer",
    {
        **_BUSINESS,
        "ShipAddr": ADDRESS,
        "Taxable": Flag(),
        "Job": Flag(),
        "BillWithParent": Flag(),
        "ParentRef": ref("Customer"),
        "Level": _SERVER,
        "SalesTermRef": ref("Term"),
        "PaymentMethodRef": ref("PaymentMethod"),
        "DefaultTaxCodeRef": ref("TaxCode"),
        "BalanceWithJobs": _SERVER,
        "PreferredDeliveryMethod": Choice(("None", "Print", "Email")),
        "ResaleNum": Text(16),
        "TaxExemptionReasonId": Text(30),
        "IsProject": _SERVER,
        "ClientEntityId": _SERVER,
    },
)
VENDOR = Group(
    "Vendor",
    {
        **_BUSINESS,
        "TermRef": ref("Term"),
        "APAccountRef": ref("Account"),
        "Vendor1099": Flag(),
        "TaxIdentifier": Text(20),
        "BillRate": _PRICE,
        "CostRate": _PRICE,
    },
)
EMPLOYEE = Group(
    "Employee",
    {
        **_PERSON,
        "Organization": Flag(),
        "EmployeeNumber": Text(100),
        "SSN": Text(100),
        "PrimaryAddr": ADDRESS,
        "BillableTime": Flag(),
        "BillRate": _PRICE,
        "CostRate": _PRICE,
        "BirthDate": Day(),
        "Gender": Choice(("Male", "Female")),
        "HiredDate": Day(),
        "ReleasedDate": Day(),
        "Notes": Text(2000, lines=True),
    },
)

# ------------------------------------------------------------------------------------------------------------- lists

ITEM = Group(
    "Item",
    {
        **_HEAD,
        "Name": Text(100, banned=":"),
        "Sku": Text(100),
        "Description": Text(4000, lines=True),
        "Active": Flag(),
        "SubItem": Flag(),
        "ParentRef": ref("Item"),
        "Level": _SERVER,
        "FullyQualifiedName": _SERVER,
        "Taxable": Flag(),
        "SalesTaxIncluded": Flag(),
        "PurchaseTaxIncluded": Flag(),
        "UnitPrice": _PRICE,
        "Type": Choice(("Inventory", "NonInventory", "Service", "Category", "Group")),
        "IncomeAccountRef": ref("Account"),
        "PurchaseDesc": Text(1000, lines=True),
        "PurchaseCost": _PRICE,
        "ExpenseAccountRef": ref("Account"),
        "AssetAccountRef": ref("Account"),
        "PrefVendorRef": ref("Vendor"),
        "TrackQtyOnHand": Flag(),
        "QtyOnHand": _QUANTITY,
        "QtyOnPurchaseOrder": _SERVER,
        "QtyOnSalesOrder": _SERVER,
        "AvgCost": _SERVER,
        "ReorderPoint": _QUANTITY,
        "ManPartNum": Text(100),
        "SalesTaxCodeRef": ref("TaxCode"),
        "PurchaseTaxCodeRef": ref("TaxCode"),
        "InvStartDate": Day(),
        "ClassRef": ref("Class"),
        "ItemCategoryType": _SERVER,
        "Source": _SERVER,
    },
)
ACCOUNT_TYPES = {
    "Bank": "Asset", "Other Current Asset": "Asset", "Fixed Asset": "Asset", "Other Asset": "Asset",
    "Accounts Receivable": "Asset", "Equity": "Equity", "Expense": "Expense", "Other Expense": "Expense",
    "Cost of Goods Sold": "Expense", "Accounts Payable": "Liability", "Credit Card": "Liability",
    "Long Term Liability": "Liability", "Other Current Liability": "Liability", "Income": "Revenue",
    "Other Income": "Revenue", "Non-Posting": "",
}  # fmt: skip
"""Account types and the class that each belongs to."""
ACCOUNT = Group(
    "Account",
    {
        **_HEAD,
        "Name": Text(100, banned='":'),
        "SubAccount": Flag(),
        "ParentRef": ref("Account"),
        "Description": Text(100),
        "FullyQualifiedName": _SERVER,
        "Active": Flag(),
        "Classification": _SERVER,
        "AccountType": Choice(tuple(ACCOUNT_TYPES)),
        "AccountSubType": Text(100),
        "AcctNum": Text(7, banned=":"),
        "CurrentBalance": _SERVER,
        "CurrentBalanceWithSubAccounts": _SERVER,
        "CurrencyRef": ref("Currency"),
        "TaxCodeRef": ref("TaxCode"),
    },
)
TERM = Group(
    "Term",
    {
        **_HEAD,
        "Name": Text(31),
        "Active": Flag(),
        "Type": _SERVER,
        "DiscountPercent": _PERCENT,
        "DueDays": Whole(0, 999),
        "DiscountDays": Whole(0, 999),
        "DayOfMonthDue": Whole(1, 31),
        "DueNextMonthDays": Whole(1, 31),
        "DiscountDayOfMonth": Whole(1, 31),
    },
)
CLASS = Group(
    "Class",
    {
        **_HEAD,
        "Name": Text(100, banned=":"),
        "SubClass": Flag(),
        "ParentRef": ref("Class"),
        "FullyQualifiedName": _SERVER,
        "Active": Flag(),
    },
)
PAYMENT_METHOD = Group(
    "PaymentMethod",
    {**_HEAD, "Name": Text(31), "Active": Flag(), "Type": Choice(("CREDIT_CARD", "NON_CREDIT_CARD"))},
)
_RATES = Group("TaxRateList", {"TaxRateDetail": Many(Group("TaxRateDetail", {"TaxRateRef": ref("TaxRate")}))})
TAX_CODE = Group(
    "TaxCode",
    {
        **_HEAD,
        "Name": Text(100),
        "Description": Text(100),
        "Active": Flag(),
        "Hidden": Flag(),
        "Taxable": Flag(),
        "TaxGroup": Flag(),
        "SalesTaxRateList": _RATES,
        "PurchaseTaxRateList": _RATES,
    },
)
TAX_RATE = Group(
    "TaxRate",
    {
        **_HEAD,
        "Name": Text(100),
        "Description": Text(100),
        "Active": Flag(),
        "RateValue": _PERCENT,
        "AgencyRef": _SERVER,
    },
)

# --------------------------------------------------------------------------------------------------------- documents

LINKED = Group("LinkedTxn", {"TxnId": Id(), "TxnType": Text(50), "TxnLineId": Text(20)})
_ITEM_LINE: dict[str, Field] = {
    "ItemRef": ref("Item"),
    "ClassRef": ref("Class"),
    "Qty": _QUANTITY,
    "UnitPrice": _PRICE,
    "TaxCodeRef": ref("TaxCode"),
    "ItemAccountRef": _SERVER,
    "TaxInclusiveAmt": _SERVER,
}
_BILLABLE = Choice(("Billable", "NotBillable", "HasBeenBilled"))
SALES_ITEM = Group(
    "SalesItemLineDetail", {**_ITEM_LINE, "ServiceDate": Day(), "DiscountRate": _PERCENT, "DiscountAmt": _MONEY}
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
        "TaxAmount": _MONEY,
        "TaxInclusiveAmt": _SERVER,
    },
)
DISCOUNT = Group(
    "DiscountLineDetail",
    {
        "PercentBased": Flag(),
        "DiscountPercent": _PERCENT,
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
        "TaxAmount": _MONEY,
        "TaxApplicableOn": Choice(("Sales", "Purchase")),
        "BillableStatus": _BILLABLE,
    },
)
ADJUSTMENT = Group(
    "ItemAdjustmentLineDetail",
    {"ItemRef": ref("Item"), "QtyDiff": _QUANTITY, "NewQty": _QUANTITY, "SalesPrice": _PRICE, "ClassRef": ref("Class")},
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
        "Amount": _MONEY,
        "LinkedTxn": Many(LINKED),
        "DetailType": Choice(DETAIL_TYPES),
        **DETAILS,
        "LineEx": _SERVER,
        "CustomExtensions": _SERVER,
    },
)
_TAX_LINE = Group(
    "Line",
    {
        "Id": _SERVER,
        "LineNum": _SERVER,
        "Amount": _MONEY,
        "DetailType": Choice(("TaxLineDetail",)),
        "TaxLineDetail": Group(
            "TaxLineDetail",
            {
                "TaxRateRef": ref("TaxRate"),
                "PercentBased": Flag(),
                "TaxPercent": _PERCENT,
                "NetAmountTaxable": _MONEY,
                "TaxInclusiveAmount": _MONEY,
                "OverrideDeltaAmount": _MONEY,
            },
        ),
    },
)
TAX_DETAIL = Group(
    "TxnTaxDetail",
    {"TxnTaxCodeRef": ref("TaxCode"), "TotalTax": Number(least=Decimal(0)), "TaxLine": Many(_TAX_LINE, 100)},
)
_TRANSACTION: dict[str, Field] = {
    **_HEAD,
    "DocNumber": Text(21),
    "TxnDate": Day(),
    "DepartmentRef": ref("Department"),
    "CurrencyRef": ref("Currency"),
    "ExchangeRate": Number(places=9, least=Decimal(0)),
    "PrivateNote": Text(4000, lines=True),
    "TxnStatus": _SERVER,
    "TxnSource": Text(50),
    "LinkedTxn": Many(LINKED),
    "Line": Many(LINE),
    "TxnTaxDetail": TAX_DETAIL,
    "RecurDataRef": _SERVER,
}
_TAXED: dict[str, Field] = {
    "TotalAmt": _SERVER,
    "GlobalTaxCalculation": Choice(("TaxExcluded", "TaxInclusive", "NotApplicable")),
}
_HOME: dict[str, Field] = {"HomeTotalAmt": _SERVER}
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
    "Balance": _SERVER,
    "HomeBalance": _SERVER,
    "PaymentMethodRef": ref("PaymentMethod"),
    "PaymentRefNum": Text(21),
    "DepositToAccountRef": ref("Account"),
    "DeliveryInfo": _SERVER,
}
INVOICE = Group(
    "Invoice",
    {
        **_SALES,
        "AllowIPNPayment": Flag(),
        "AllowOnlinePayment": Flag(),
        "AllowOnlineCreditCardPayment": Flag(),
        "AllowOnlineACHPayment": Flag(),
        "InvoiceLink": _SERVER,
        "EInvoiceStatus": _SERVER,
    },
)
SALES_RECEIPT = Group("SalesReceipt", _SALES)
CREDIT_MEMO = Group("CreditMemo", {**_SALES, "RemainingCredit": _SERVER, "InvoiceRef": _SERVER})
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
        "UnappliedAmt": _SERVER,
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
        "Balance": _SERVER,
        "HomeBalance": _SERVER,
    },
)
VENDOR_CREDIT = Group("VendorCredit", {**_PURCHASE, **_TAXED, "VendorAddr": ADDRESS, "Balance": _SERVER})
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
