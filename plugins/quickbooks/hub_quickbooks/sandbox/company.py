"""A new company as QuickBooks sets one up: chart of accounts, terms, tax codes, classes, payment methods, preferences."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hub_quickbooks.sandbox import changes, clock, wire
from hub_quickbooks.sandbox.book import Book
from hub_quickbooks.sandbox.kinds import KINDS
from hub_quickbooks.sandbox.references import currency_ref
from hub_quickbooks.sandbox.refusals import Refusal, not_found, unsupported
from hub_quickbooks.sandbox.settings import Settings
from hub_quickbooks.sandbox.store import Store

FIRST_REALM = 9_130_350_000_000_001
"""Company ids have sixteen digits; the sandbox's own count up from here."""

ACCOUNTS = (
    ("Checking", "Bank", "Checking"),
    ("Savings", "Bank", "Savings"),
    ("Accounts Receivable (A/R)", "Accounts Receivable", "AccountsReceivable"),
    ("Undeposited Funds", "Other Current Asset", "UndepositedFunds"),
    ("Inventory Asset", "Other Current Asset", "Inventory"),
    ("Prepaid Expenses", "Other Current Asset", "PrepaidExpenses"),
    ("Furniture and Fixtures", "Fixed Asset", "FurnitureAndFixtures"),
    ("Accounts Payable (A/P)", "Accounts Payable", "AccountsPayable"),
    ("Visa", "Credit Card", "CreditCard"),
    ("Sales Tax Payable", "Other Current Liability", "SalesTaxPayable"),
    ("Goods Received Not Billed", "Other Current Liability", "OtherCurrentLiabilities"),
    ("Notes Payable", "Long Term Liability", "OtherLongTermLiabilities"),
    ("Opening Balance Equity", "Equity", "OpeningBalanceEquity"),
    ("Retained Earnings", "Equity", "RetainedEarnings"),
    ("Sales of Product Income", "Income", "SalesOfProductIncome"),
    ("Services", "Income", "ServiceFeeIncome"),
    ("Discounts given", "Income", "DiscountsRefundsGiven"),
    ("Shipping Income", "Income", "OtherPrimaryIncome"),
    ("Cost of Goods Sold", "Cost of Goods Sold", "SuppliesMaterialsCogs"),
    ("Freight and Shipping", "Expense", "ShippingFreightDelivery"),
    ("Inventory Shrinkage", "Cost of Goods Sold", "SuppliesMaterialsCogs"),
    ("Purchases", "Cost of Goods Sold", "SuppliesMaterialsCogs"),
    ("Work in Process", "Other Current Asset", "Inventory"),
    ("Rent or Lease", "Expense", "RentOrLeaseOfBuildings"),
    ("Office Expenses", "Expense", "OfficeGeneralAdministrativeExpenses"),
    ("Advertising", "Expense", "AdvertisingPromotional"),
    ("Miscellaneous", "Other Expense", "OtherMiscellaneousExpense"),
    ("Other Income", "Other Income", "OtherMiscellaneousIncome"),
)
TERMS = (("Due on receipt", 0), ("Net 10", 10), ("Net 15", 15), ("Net 30", 30), ("Net 45", 45), ("Net 60", 60))
METHODS = (
    ("Cash", "NON_CREDIT_CARD"),
    ("Check", "NON_CREDIT_CARD"),
    ("Credit Card", "CREDIT_CARD"),
    ("Wire Transfer", "NON_CREDIT_CARD"),
)
CLASSES = ("Wholesale", "Retail", "Online")
TAXES = (("California", Decimal("8.0")), ("Arizona", Decimal("7.1")), ("Washington", Decimal("10.1")))


def found(store: Store, name: str, currency: str, now: float, settings: Settings) -> str:
    """Open the books of a new company; its realm id. Inside the store's transaction."""
    taken = [int(realm) for (realm,) in store.rows("SELECT realm FROM companies")]
    realm = str(max(taken, default=FIRST_REALM - 1) + 1)
    home = currency_ref(currency)
    store.rows(
        "INSERT INTO companies VALUES (?,?,?)",
        realm,
        wire.encode(_info(name, now)),
        wire.encode(_preferences(home, now)),
    )
    book = Book(store, realm, now, settings)
    for name_, type, sub in ACCOUNTS:
        changes.write(book, KINDS["Account"], {"Name": name_, "AccountType": type, "AccountSubType": sub})
    for name_, days in TERMS:
        changes.write(book, KINDS["Term"], {"Name": name_, "DueDays": days})
    for name_, type in METHODS:
        changes.write(book, KINDS["PaymentMethod"], {"Name": name_, "Type": type})
    for name_ in CLASSES:
        changes.write(book, KINDS["Class"], {"Name": name_})
    _taxes(book)
    for counter in ("number:sales", "number:orders"):
        book.advance(counter, 1000)
    book.events.clear()
    book.flush()
    return realm


def info(store: Store, realm: str) -> dict[str, Any]:
    """The CompanyInfo of a company."""
    rows = store.rows("SELECT info FROM companies WHERE realm = ?", realm)
    known: dict[str, Any] = wire.loads(rows[0][0])
    return known


def change_preferences(book: Book, body: Any) -> dict[str, Any]:
    """Switch the preferences that matter here; the others are shown, and refused when a caller changes them."""
    if not isinstance(body, dict):
        raise Refusal(2000, "Object Name: Preferences expected as a JSON object.")
    current = book.preferences
    if body.get("Id", "1") != "1":
        raise not_found("Preferences")
    if str(body.get("SyncToken")) != current["SyncToken"]:
        raise Refusal(5010, "Stale Object Error : The preferences were changed meanwhile.")
    new: dict[str, Any] = {**current, "SyncToken": str(int(current["SyncToken"]) + 1)}
    for group, fields in body.items():
        if group in ("Id", "SyncToken", "sparse", "domain", "MetaData"):
            continue
        if not isinstance(fields, dict) or not isinstance(current.get(group), dict):
            raise Refusal(2010, f"Property Name:{group[:60]} specified is unsupported or invalid")
        merged = dict(current[group])
        for name, value in fields.items():
            check = _CHANGEABLE.get((group, name))
            if check is None:
                if value != merged.get(name):
                    raise unsupported(f"a change of {group}.{name[:60]} in the local sandbox")
                continue
            merged[name] = check(book, value)
        new[group] = merged
    new["MetaData"] = {**current["MetaData"], "LastUpdatedTime": clock.stamp(book.second)}
    book.set_preferences(new)
    return new


def _flag(book: Book, value: Any) -> bool:
    if not isinstance(value, bool):
        raise Refusal(2230, "Invalid boolean")
    return value


def _multicurrency(book: Book, value: Any) -> bool:
    if not _flag(book, value) and book.preferences["CurrencyPrefs"]["MultiCurrencyEnabled"]:
        raise unsupported("switching multicurrency off")
    return bool(value)


def _closing(book: Book, value: Any) -> str | None:
    from hub_quickbooks.sandbox.fields import Day, Met

    return None if value is None else str(Day().clean(value, "BookCloseDate", Met()))


_CHANGEABLE = {
    ("AccountingInfoPrefs", "BookCloseDate"): _closing,
    ("SalesFormsPrefs", "CustomTxnNumbers"): _flag,
    ("CurrencyPrefs", "MultiCurrencyEnabled"): _multicurrency,
}


def _taxes(book: Book) -> None:
    for name, percent in TAXES:
        rate = book.next("id:taxrate")
        body = {"Name": name, "Description": f"{name} sales tax", "Active": True, "RateValue": percent}
        body |= {"AgencyRef": {"value": str(rate)}, "SpecialTaxType": "NONE", "DisplayType": "ReadOnly"}
        book.put("TaxRate", rate, body, None, "")
        code = book.next("id:taxcode")
        detail = {"TaxRateRef": {"value": str(rate), "name": name}, "TaxTypeApplicable": "TaxOnAmount", "TaxOrder": 0}
        body = {"Name": name, "Description": name, "Active": True, "Hidden": False, "Taxable": True, "TaxGroup": True}
        body |= {"SalesTaxRateList": {"TaxRateDetail": [detail]}, "PurchaseTaxRateList": {"TaxRateDetail": []}}
        book.put("TaxCode", code, body, None, "")


def _head(now: float) -> dict[str, Any]:
    at = clock.stamp(int(now))
    return {
        "domain": "QBO",
        "sparse": False,
        "Id": "1",
        "SyncToken": "0",
        "MetaData": {"CreateTime": at, "LastUpdatedTime": at},
    }


def _info(name: str, now: float) -> dict[str, Any]:
    address = {"Id": "1", "Line1": "123 Sierra Way", "City": "San Pablo", "CountrySubDivisionCode": "CA"}
    address |= {"PostalCode": "87999", "Country": "USA"}
    return {
        **_head(now),
        "CompanyName": name,
        "LegalName": name,
        "CompanyAddr": address,
        "CustomerCommunicationAddr": address,
        "LegalAddr": address,
        "PrimaryPhone": {},
        "CompanyStartDate": clock.today(now),
        "FiscalYearStartMonth": "January",
        "Country": "USA",
        "Email": {"Address": "noreply@example.com"},
        "WebAddr": {},
        "SupportedLanguages": "en",
        "DefaultTimeZone": "America/Los_Angeles",
        "NameValue": [
            {"Name": "NeoEnabled", "Value": "true"},
            {"Name": "OfferingSku", "Value": "QuickBooks Online Plus"},
            {"Name": "SubscriptionStatus", "Value": "TRIAL"},
        ],
    }


def _preferences(home: dict[str, str], now: float) -> dict[str, Any]:
    return {
        **_head(now),
        "AccountingInfoPrefs": {
            "UseAccountNumbers": False,
            "TrackDepartments": False,
            "ClassTrackingPerTxn": True,
            "ClassTrackingPerTxnLine": True,
            "CustomerTerminology": "Customers",
        },
        "ProductAndServicesPrefs": {
            "ForSales": True,
            "ForPurchase": True,
            "QuantityWithPriceAndRate": True,
            "QuantityOnHand": True,
        },
        "SalesFormsPrefs": {
            "CustomTxnNumbers": False,
            "AllowDeposit": True,
            "AllowDiscount": True,
            "AllowEstimates": False,
            "AllowServiceDate": True,
            "AllowShipping": True,
            "IPNSupportEnabled": False,
            "UsingProgressInvoicing": False,
        },
        "VendorAndPurchasesPrefs": {"TrackingByCustomer": True, "BillableExpenseTracking": True},
        "TaxPrefs": {"UsingSalesTax": True, "PartnerTaxEnabled": False},
        "CurrencyPrefs": {"MultiCurrencyEnabled": False, "HomeCurrency": {"value": home["value"]}},
        "ReportPrefs": {"ReportBasis": "Accrual"},
        "OtherPrefs": {"NameValue": [{"Name": "SalesFormsPrefs.DefaultTerms", "Value": "4"}]},
    }
