"""Every kind of answer has only the fields and words of Intuit's official schemas (facts §10)."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hub_quickbooks.sandbox import shapes
from hub_quickbooks.sandbox.kinds import KINDS


@pytest.fixture(scope="module")
def walker() -> ModuleType:
    file = Path(__file__).parents[1] / "schema_walker.py"
    if not file.is_file():
        pytest.skip("the schema walker (plugins/quickbooks/tests/schema_walker.py) is not in this checkout")
    import sys

    spec = importlib.util.spec_from_file_location("sandbox_schema_walker", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    if not module.at_hand():
        pytest.skip("Intuit's schemas (../shared/specs/quickbooks) are not at hand beside this checkout")
    return module


def one_of_each(books: Any) -> None:
    """At least one object of every kind, voided, paid, deposited, inactive and nested ones among them."""
    address = {"Line1": "1 Road", "City": "X", "PostalCode": "1", "Country": "USA", "CountrySubDivisionCode": "CA"}
    ann = books.customer(
        "Ann", BillAddr=address, PrimaryEmailAddr={"Address": "a@b.c"}, PrimaryPhone={"FreeFormNumber": "1"}
    )
    books.customer("Job", Job=True, ParentRef={"value": ann["Id"]})
    bob = books.vendor("Bob", AcctNum="7", WebAddr={"URI": "http://x"})
    books.put("Employee", {"GivenName": "Eve"})
    item, lamp = books.item("Hour", Sku="S"), books.stocked("Lamp")
    books.put("Item", {"Name": "Tools", "Type": "Category"})
    gone = books.customer("Gone")
    books.put("Customer", {"Id": gone["Id"], "SyncToken": "0", "sparse": True, "Active": False})
    code = books.ref("TaxCode", "California")
    share = {"DetailType": "DiscountLineDetail", "DiscountLineDetail": {"PercentBased": True, "DiscountPercent": 10}}
    note = {"DetailType": "DescriptionOnly", "Description": "note"}
    sold = [books.sale(item, 20, Qty=2, UnitPrice=10, TaxCodeRef={"value": "TAX"}), note, share]
    more = {"TxnTaxDetail": {"TxnTaxCodeRef": code}, "SalesTermRef": books.ref("Term", "Net 30"), "PrivateNote": "x"}
    body = {"CustomerRef": {"value": ann["Id"]}, "Line": sold, "CustomerMemo": {"value": "hi"}}
    paid, voided = books.put("Invoice", body | more), books.put("Invoice", body | more)
    books.put("Invoice", {"Id": voided["Id"], "SyncToken": "0"}, operation="void")
    checking = books.ref("Account", "Checking")
    books.put("CreditMemo", body)
    books.put("SalesReceipt", body)
    books.put("RefundReceipt", body | {"DepositToAccountRef": checking})
    lines = books.paying((paid, "Invoice", paid["TotalAmt"]))
    payment = books.put("Payment", {"CustomerRef": {"value": ann["Id"]}, "TotalAmt": paid["TotalAmt"], "Line": lines})
    held = {"Amount": payment["TotalAmt"], "LinkedTxn": [{"TxnId": payment["Id"], "TxnType": "Payment"}]}
    books.put("Deposit", {"DepositToAccountRef": checking, "Line": [held]})
    bought = {"ItemRef": {"value": lamp["Id"]}, "Qty": 1, "UnitPrice": 5}
    cost = {"Amount": 5, "DetailType": "ItemBasedExpenseLineDetail", "ItemBasedExpenseLineDetail": bought}
    body = {"VendorRef": {"value": bob["Id"]}, "Line": [cost, books.cost(7)]}
    bill = books.put("Bill", body)
    books.put("VendorCredit", body)
    books.put("PurchaseOrder", body | {"APAccountRef": books.ref("Account", "Accounts Payable (A/P)")})
    check = {"PayType": "Check", "CheckPayment": {"BankAccountRef": checking}, "TotalAmt": 12}
    books.put("BillPayment", check | {"VendorRef": body["VendorRef"], "Line": books.paying((bill, "Bill", 12))})
    receivable = books.ref("Account", "Accounts Receivable (A/R)")
    debit = {
        "PostingType": "Debit",
        "AccountRef": receivable,
        "Entity": {"Type": "Customer", "EntityRef": body_ref(ann)},
    }
    credit = {"PostingType": "Credit", "AccountRef": books.ref("Account", "Services")}
    posted = [
        {"Amount": 5, "DetailType": "JournalEntryLineDetail", "JournalEntryLineDetail": one} for one in (debit, credit)
    ]
    books.put("JournalEntry", {"Line": posted})
    moved = {"ItemRef": {"value": lamp["Id"]}, "QtyDiff": -1}
    line = {"DetailType": "ItemAdjustmentLineDetail", "ItemAdjustmentLineDetail": moved}
    books.put("InventoryAdjustment", {"AdjustAccountRef": books.ref("Account", "Inventory Shrinkage"), "Line": [line]})


def body_ref(thing: dict[str, Any]) -> dict[str, str]:
    return {"value": thing["Id"]}


def test_facts10_every_answer_has_only_fields_and_words_of_the_schemas(books: Any, walker: ModuleType) -> None:
    one_of_each(books)
    wrong = []
    for kind in KINDS:
        where = "" if kind in shapes_of_documents() else " WHERE Active IN (true, false)"
        found = books.query(f"SELECT * FROM {kind}{where} MAXRESULTS 1000")[kind]
        wrong += [(kind, problem) for body in found for problem in walker.faults(kind, body)]
    wrong += [("CompanyInfo", one) for one in walker.faults("CompanyInfo", books.ok("companyinfo/1")["CompanyInfo"])]
    wrong += [("Preferences", one) for one in walker.faults("Preferences", books.ok("preferences")["Preferences"])]
    assert wrong == []


def shapes_of_documents() -> set[str]:
    return {kind.name for kind in KINDS.values() if kind.is_transaction}


def test_facts10_a_field_that_is_none_would_be_noticed(walker: ModuleType) -> None:
    assert walker.faults("Customer", {"Colour": "red"})


def test_every_detail_type_that_is_modelled_has_its_object() -> None:
    assert set(shapes.DETAILS) <= set(shapes.LINE.fields)
