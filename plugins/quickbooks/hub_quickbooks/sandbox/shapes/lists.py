"""The fields of customers, items, accounts and the other lists, with their lengths (facts §1)."""

from __future__ import annotations

from hub_quickbooks.sandbox.fields import Choice, Day, Field, Flag, Group, Many, Text, Whole
from hub_quickbooks.sandbox.shapes.parts import ADDRESS, EMAIL, HEAD, PERCENT, PHONE, PRICE, QUANTITY, SERVER, SITE, ref

_PERSON: dict[str, Field] = {
    **HEAD,
    "Title": Text(16),
    "GivenName": Text(100),
    "MiddleName": Text(100),
    "FamilyName": Text(100),
    "Suffix": Text(16),
    "FullyQualifiedName": SERVER,
    "DisplayName": Text(500, banned=":"),
    "PrintOnCheckName": Text(110),
    "Active": Flag(),
    "V4IDPseudonym": SERVER,
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
    "Balance": SERVER,
    "CurrencyRef": ref("Currency"),
    "AcctNum": Text(100),
    "Source": SERVER,
    "OpenBalanceDate": SERVER,
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
        "Level": SERVER,
        "SalesTermRef": ref("Term"),
        "PaymentMethodRef": ref("PaymentMethod"),
        "DefaultTaxCodeRef": ref("TaxCode"),
        "BalanceWithJobs": SERVER,
        "PreferredDeliveryMethod": Choice(("None", "Print", "Email")),
        "ResaleNum": Text(16),
        "TaxExemptionReasonId": Text(30),
        "IsProject": SERVER,
        "ClientEntityId": SERVER,
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
        "BillRate": PRICE,
        "CostRate": PRICE,
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
        "BillRate": PRICE,
        "CostRate": PRICE,
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
        **HEAD,
        "Name": Text(100, banned=":"),
        "Sku": Text(100),
        "Description": Text(4000, lines=True),
        "Active": Flag(),
        "SubItem": Flag(),
        "ParentRef": ref("Item"),
        "Level": SERVER,
        "FullyQualifiedName": SERVER,
        "Taxable": Flag(),
        "SalesTaxIncluded": Flag(),
        "PurchaseTaxIncluded": Flag(),
        "UnitPrice": PRICE,
        "Type": Choice(("Inventory", "NonInventory", "Service", "Category", "Group")),
        "IncomeAccountRef": ref("Account"),
        "PurchaseDesc": Text(1000, lines=True),
        "PurchaseCost": PRICE,
        "ExpenseAccountRef": ref("Account"),
        "AssetAccountRef": ref("Account"),
        "PrefVendorRef": ref("Vendor"),
        "TrackQtyOnHand": Flag(),
        "QtyOnHand": QUANTITY,
        "QtyOnPurchaseOrder": SERVER,
        "QtyOnSalesOrder": SERVER,
        "AvgCost": SERVER,
        "ReorderPoint": QUANTITY,
        "ManPartNum": Text(100),
        "SalesTaxCodeRef": ref("TaxCode"),
        "PurchaseTaxCodeRef": ref("TaxCode"),
        "InvStartDate": Day(),
        "ClassRef": ref("Class"),
        "ItemCategoryType": SERVER,
        "Source": SERVER,
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
        **HEAD,
        "Name": Text(100, banned='":'),
        "SubAccount": Flag(),
        "ParentRef": ref("Account"),
        "Description": Text(100),
        "FullyQualifiedName": SERVER,
        "Active": Flag(),
        "Classification": SERVER,
        "AccountType": Choice(tuple(ACCOUNT_TYPES)),
        "AccountSubType": Text(100),
        "AcctNum": Text(7, banned=":"),
        "CurrentBalance": SERVER,
        "CurrentBalanceWithSubAccounts": SERVER,
        "CurrencyRef": ref("Currency"),
        "TaxCodeRef": ref("TaxCode"),
    },
)
TERM = Group(
    "Term",
    {
        **HEAD,
        "Name": Text(31),
        "Active": Flag(),
        "Type": SERVER,
        "DiscountPercent": PERCENT,
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
        **HEAD,
        "Name": Text(100, banned=":"),
        "SubClass": Flag(),
        "ParentRef": ref("Class"),
        "FullyQualifiedName": SERVER,
        "Active": Flag(),
    },
)
PAYMENT_METHOD = Group(
    "PaymentMethod",
    {**HEAD, "Name": Text(31), "Active": Flag(), "Type": Choice(("CREDIT_CARD", "NON_CREDIT_CARD"))},
)
_RATES = Group("TaxRateList", {"TaxRateDetail": Many(Group("TaxRateDetail", {"TaxRateRef": ref("TaxRate")}))})
TAX_CODE = Group(
    "TaxCode",
    {
        **HEAD,
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
        **HEAD,
        "Name": Text(100),
        "Description": Text(100),
        "Active": Flag(),
        "RateValue": PERCENT,
        "AgencyRef": SERVER,
    },
)

# --------------------------------------------------------------------------------------------------------- documents
