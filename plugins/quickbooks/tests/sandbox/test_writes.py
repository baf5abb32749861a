"""Versions, full and sparse updates, lines, delete and void: each in the form that facts §2 gives, and in no other."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest


def test_facts2_each_effective_change_adds_one_to_the_sync_token(books: Any, clock: Any) -> None:
    ann = books.customer("Ann")
    clock.move(60)
    new = books.put("Customer", {"Id": ann["Id"], "SyncToken": "0", "sparse": True, "Notes": "x"})
    assert (ann["SyncToken"], new["SyncToken"]) == ("0", "1")
    assert new["MetaData"]["LastUpdatedTime"] > ann["MetaData"]["LastUpdatedTime"]
    assert new["MetaData"]["CreateTime"] == ann["MetaData"]["CreateTime"]


def test_facts2_a_stale_token_is_refused_even_when_nothing_would_change(books: Any) -> None:
    ann = books.customer("Ann", Notes="x")
    books.put("Customer", {"Id": ann["Id"], "SyncToken": "0", "sparse": True, "Notes": "y"})
    stale = {"Id": ann["Id"], "SyncToken": "0", "sparse": True, "Notes": "y"}
    error = books.refusal("customer", stale)
    assert (error["status"], error["code"], error["Message"]) == (400, "5010", "Stale Object Error")


def test_facts2_a_change_of_nothing_is_silent(books: Any, clock: Any) -> None:
    ann = books.customer("Ann", Notes="x")
    clock.move(60)
    assert books.put("Customer", {"Id": ann["Id"], "SyncToken": "0", "sparse": True, "Notes": "x"}) == ann
    item = books.item("Hour")
    invoice = books.invoice(ann, item, Decimal("10.50"))
    again = {"Id": invoice["Id"], "SyncToken": "0", "sparse": True, "Line": invoice["Line"], "TotalAmt": 99}
    assert books.put("Invoice", again) == invoice


def test_facts2_a_full_update_clears_what_is_left_out_and_a_sparse_one_keeps_it(books: Any) -> None:
    ann = books.customer("Ann", Notes="x", PrimaryPhone={"FreeFormNumber": "1"})
    sparse = books.put("Customer", {"Id": ann["Id"], "SyncToken": "0", "sparse": True, "CompanyName": "A"})
    assert (sparse["Notes"], sparse["CompanyName"]) == ("x", "A")
    full = books.put("Customer", {"Id": ann["Id"], "SyncToken": "1", "DisplayName": "Ann", "CompanyName": "A"})
    assert "Notes" not in full
    assert "PrimaryPhone" not in full
    assert full["Balance"] == 0


def test_a_null_clears_a_field_in_a_sparse_update(books: Any) -> None:
    ann = books.customer("Ann", Notes="x")
    assert "Notes" not in books.put("Customer", {"Id": ann["Id"], "SyncToken": "0", "sparse": True, "Notes": None})


def test_facts2_lines_are_replaced_as_a_set_and_keep_their_ids(books: Any) -> None:
    ann, item = books.customer("Ann"), books.item("Hour")
    body = {
        "CustomerRef": {"value": ann["Id"]},
        "Line": [books.sale(item, 1), books.sale(item, 2), books.sale(item, 3)],
    }
    invoice = books.put("Invoice", body)
    assert [line.get("Id") for line in invoice["Line"]] == ["1", "2", "3", None]
    kept = invoice["Line"][2]
    changed = {"Id": invoice["Id"], "SyncToken": "0", "sparse": True, "Line": [kept, books.sale(item, 9)]}
    new = books.put("Invoice", changed)
    assert [(line.get("Id"), line["Amount"]) for line in new["Line"]] == [("3", 3), ("4", 9), (None, 12)]
    assert new["TotalAmt"] == new["Balance"] == 12


def test_facts2_a_delete_answers_with_the_id_alone_and_then_there_is_none(books: Any) -> None:
    ann, item = books.customer("Ann"), books.item("Hour")
    invoice = books.invoice(ann, item)
    body = {"Id": invoice["Id"], "SyncToken": "0"}
    assert books.code_of("Invoice", {"Id": invoice["Id"], "SyncToken": "7"}, operation="delete") == "5010"
    assert books.put("Invoice", body, operation="delete") == {"domain": "QBO", "status": "Deleted", "Id": invoice["Id"]}
    assert books.code_of("Invoice", body, operation="delete") == "610"
    assert books.refusal(f"invoice/{invoice['Id']}")["code"] == "610"
    assert books.query("SELECT * FROM Invoice") == {}
    assert books.get("Customer", ann["Id"])["Balance"] == 0


def test_facts2_voiding_an_invoice_zeroes_it_and_says_so_in_its_note(books: Any) -> None:
    ann, item = books.customer("Ann"), books.stocked("Lamp", 10)
    body = {
        "CustomerRef": {"value": ann["Id"]},
        "Line": [books.sale(item, 20, Qty=2, UnitPrice=10)],
        "PrivateNote": "hub:1",
    }
    invoice = books.put("Invoice", body)
    assert books.get("Item", item["Id"])["QtyOnHand"] == 8
    void = books.put("Invoice", {"Id": invoice["Id"], "SyncToken": "0"}, operation="void")
    assert (void["TotalAmt"], void["Balance"], void["SyncToken"]) == (0, 0, "1")
    assert void["PrivateNote"] == "Voided - hub:1"
    assert {line["Amount"] for line in void["Line"]} == {0}
    assert books.get("Customer", ann["Id"])["Balance"] == 0
    assert books.get("Item", item["Id"])["QtyOnHand"] == 10
    assert books.get("Invoice", invoice["Id"]) == void


def test_facts2_voiding_an_invoice_leaves_its_payment_unapplied(books: Any) -> None:
    ann, item = books.customer("Ann"), books.item("Hour")
    invoice = books.invoice(ann, item)
    body = {"CustomerRef": {"value": ann["Id"]}, "TotalAmt": 100, "Line": books.paying((invoice, "Invoice", 100))}
    payment = books.put("Payment", body)
    paid = books.get("Invoice", invoice["Id"])
    books.put("Invoice", {"Id": invoice["Id"], "SyncToken": paid["SyncToken"]}, operation="void")
    left = books.get("Payment", payment["Id"])
    assert (left["UnappliedAmt"], left["Line"], left["SyncToken"]) == (100, [], "1")
    assert books.get("Customer", ann["Id"])["Balance"] == -100


def test_facts2_a_payment_and_a_sales_receipt_are_voided_by_include(books: Any) -> None:
    ann, item = books.customer("Ann"), books.item("Hour")
    invoice = books.invoice(ann, item)
    body = {"CustomerRef": {"value": ann["Id"]}, "TotalAmt": 100, "Line": books.paying((invoice, "Invoice", 100))}
    payment = books.put("Payment", body)
    ask = {"Id": payment["Id"], "SyncToken": "0", "sparse": True}
    assert books.code_of("Payment", ask, operation="void") == "500"
    void = books.put("Payment", ask, operation="update", include="void")
    assert (void["TotalAmt"], void["UnappliedAmt"]) == (0, 0)
    again = books.get("Invoice", invoice["Id"])
    assert (again["Balance"], again["LinkedTxn"]) == (100, [])
    receipt = books.put("SalesReceipt", {"Line": [books.sale(item, 5)]})
    ask = {"Id": receipt["Id"], "SyncToken": "0", "sparse": True}
    assert books.put("SalesReceipt", ask, operation="update", include="void")["TotalAmt"] == 0


@pytest.mark.parametrize(
    "kind", ["CreditMemo", "RefundReceipt", "Bill", "VendorCredit", "PurchaseOrder", "JournalEntry"]
)
def test_facts2_what_has_no_void_refuses_it(books: Any, kind: str) -> None:
    assert books.code_of(kind, {"Id": "1", "SyncToken": "0"}, operation="void") == "500"
    assert books.code_of(kind, {"Id": "1", "SyncToken": "0"}, operation="update", include="void") == "500"


def test_facts2_an_inventory_adjustment_takes_sparse_updates_only(books: Any) -> None:
    lamp = books.stocked("Lamp", 10)
    line = {
        "DetailType": "ItemAdjustmentLineDetail",
        "ItemAdjustmentLineDetail": {"ItemRef": {"value": lamp["Id"]}, "QtyDiff": -3},
    }
    body = {"AdjustAccountRef": books.ref("Account", "Inventory Shrinkage"), "Line": [line]}
    made = books.put("InventoryAdjustment", body)
    assert books.get("Item", lamp["Id"])["QtyOnHand"] == 7
    assert books.code_of("InventoryAdjustment", body | {"Id": made["Id"], "SyncToken": "0"}) == "500"
    books.put("InventoryAdjustment", {"Id": made["Id"], "SyncToken": "0", "sparse": True, "PrivateNote": "x"})
    books.put("InventoryAdjustment", {"Id": made["Id"], "SyncToken": "1"}, operation="delete")
    assert books.get("Item", lamp["Id"])["QtyOnHand"] == 10


def test_facts2_sparse_updates_of_credits_can_be_refused_by_a_setting(books: Any) -> None:
    ann, item = books.customer("Ann"), books.item("Hour")
    memo = books.put("CreditMemo", {"CustomerRef": {"value": ann["Id"]}, "Line": [books.sale(item, 5)]})
    ask = {"Id": memo["Id"], "SyncToken": "0", "sparse": True, "PrivateNote": "x"}
    books.sandbox.settings.change("credit_sparse", "refuse")
    assert books.code_of("CreditMemo", ask) == "500"
    books.sandbox.settings.change("credit_sparse", "allow")
    assert books.put("CreditMemo", ask)["PrivateNote"] == "x"


def test_facts9_a_closed_period_takes_nothing_new_nothing_changed_nothing_deleted(books: Any) -> None:
    ann, item = books.customer("Ann"), books.item("Hour")
    old = books.invoice(ann, item, TxnDate="2025-12-31")
    preferences = books.ok("preferences")["Preferences"]
    change = {"SyncToken": preferences["SyncToken"], "AccountingInfoPrefs": {"BookCloseDate": "2025-12-31"}}
    assert books.ok("preferences", change)["Preferences"]["AccountingInfoPrefs"]["BookCloseDate"] == "2025-12-31"
    body = {"CustomerRef": {"value": ann["Id"]}, "Line": [books.sale(item, 1)], "TxnDate": "2025-12-31"}
    assert books.code_of("Invoice", body) == "6210"
    assert books.put("Invoice", body | {"TxnDate": "2026-01-01"})["TxnDate"] == "2026-01-01"
    moved = {"Id": old["Id"], "SyncToken": "0", "sparse": True, "TxnDate": "2026-01-01"}
    assert books.code_of("Invoice", moved) == "6210"
    assert books.code_of("Invoice", {"Id": old["Id"], "SyncToken": "0"}, operation="delete") == "6210"
    assert books.code_of("Invoice", {"Id": old["Id"], "SyncToken": "0"}, operation="void") == "6210"
    books.sandbox.settings.change("closed_books", "plain")
    assert books.code_of("Invoice", body) == "6200"


def test_facts1_only_the_value_of_a_reference_counts_and_the_true_name_comes_back(books: Any) -> None:
    ann, item = books.customer("Ann"), books.item("Hour")
    body = {"CustomerRef": {"value": ann["Id"], "name": "Bob"}, "Line": [books.sale(item, 1)]}
    assert books.put("Invoice", body)["CustomerRef"] == {"value": ann["Id"], "name": "Ann"}


def test_facts1_an_unknown_property_is_refused_with_the_known_ones(books: Any) -> None:
    error = books.refusal("customer", {"DisplayName": "Ann", "Colour": "red"})
    assert error["code"] == "2010"
    assert '"Colour"' in error["Detail"]
    assert "DisplayName" in error["Detail"]
    assert books.code_of("Customer", {"DisplayName": "Ann", "BillAddr": {"Street": "x"}}) == "2010"


def test_facts1_ids_and_tokens_are_strings_and_amounts_exact_numbers(books: Any) -> None:
    ann, item = books.customer("Ann"), books.item("Hour", UnitPrice=Decimal("0.1"))
    invoice = books.invoice(ann, item, Decimal("337.50"))
    text = books.raw(f"invoice/{invoice['Id']}").text
    assert '"Id":"1","SyncToken":"0"' in text
    assert '"TotalAmt":337.50,' in text


def test_a_token_that_is_missing_is_asked_for(books: Any) -> None:
    ann = books.customer("Ann")
    assert books.refusal("customer", {"Id": ann["Id"], "DisplayName": "B"})["code"] == "2020"
    assert books.refusal("customer", {"Id": "77", "SyncToken": "0", "DisplayName": "B"})["code"] == "610"
    assert books.refusal("customer", {"Id": "x1", "SyncToken": "0", "DisplayName": "B"})["code"] == "2030"
