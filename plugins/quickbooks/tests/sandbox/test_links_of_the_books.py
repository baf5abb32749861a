"""Payments, credits and deposits: what they settle, what they may not, and what they hold fast (facts §1, §2, §9)."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def ann(books: Any) -> Any:
    return books.customer("Ann")


@pytest.fixture
def invoice(books: Any, ann: Any) -> Any:
    return books.invoice(ann, books.item("Hour"), 100)


def pay(books: Any, who: Any, total: Any, *pairs: Any) -> Any:
    return books.put("Payment", {"CustomerRef": {"value": who["Id"]}, "TotalAmt": total, "Line": books.paying(*pairs)})


def test_facts2_a_payment_brings_down_the_balance_and_changes_the_invoices_token(
    books: Any, ann: Any, invoice: Any
) -> None:
    payment = pay(books, ann, 60, (invoice, "Invoice", 60))
    paid = books.get("Invoice", invoice["Id"])
    assert (paid["Balance"], paid["SyncToken"]) == (40, "1")
    assert paid["LinkedTxn"] == [{"TxnId": payment["Id"], "TxnType": "Payment"}]
    assert payment["UnappliedAmt"] == 0
    assert books.get("Customer", ann["Id"])["Balance"] == 40


def test_facts1_a_payment_without_lines_is_taken_and_unapplied(books: Any, ann: Any) -> None:
    payment = books.put("Payment", {"CustomerRef": {"value": ann["Id"]}, "TotalAmt": 60})
    assert payment["UnappliedAmt"] == 60
    assert books.get("Customer", ann["Id"])["Balance"] == -60


def test_an_edited_payment_moves_what_it_settles(books: Any, ann: Any, invoice: Any) -> None:
    other = books.invoice(ann, books.one("Item", "Hour"), 50)
    payment = pay(books, ann, 60, (invoice, "Invoice", 60))
    body = {
        "Id": payment["Id"],
        "SyncToken": "0",
        "sparse": True,
        "Line": books.paying((invoice, "Invoice", 10), (other, "Invoice", 50)),
    }
    books.put("Payment", body)
    assert books.get("Invoice", invoice["Id"])["Balance"] == 90
    assert books.get("Invoice", other["Id"])["Balance"] == 0
    books.put("Payment", {"Id": payment["Id"], "SyncToken": "1"}, operation="delete")
    assert [books.get("Invoice", one["Id"])["Balance"] for one in (invoice, other)] == [100, 50]
    assert books.get("Invoice", other["Id"])["LinkedTxn"] == []


def test_a_credit_memo_pays_an_invoice_through_a_payment_of_nothing(books: Any, ann: Any, invoice: Any) -> None:
    memo = books.put(
        "CreditMemo", {"CustomerRef": {"value": ann["Id"]}, "Line": [books.sale(books.one("Item", "Hour"), 30)]}
    )
    assert memo["RemainingCredit"] == memo["Balance"] == 30
    payment = pay(books, ann, 0, (invoice, "Invoice", 30), (memo, "CreditMemo", 30))
    assert payment["UnappliedAmt"] == 0
    assert books.get("Invoice", invoice["Id"])["Balance"] == 70
    assert books.get("CreditMemo", memo["Id"])["RemainingCredit"] == 0
    assert books.get("Customer", ann["Id"])["Balance"] == 70


@pytest.mark.parametrize("case", ["missing", "foreign", "too much", "wrong kind"])
def test_facts9_what_cannot_be_linked_is_refused(books: Any, ann: Any, invoice: Any, case: str) -> None:
    bob = books.customer("Bob")
    pairs = {
        "missing": (ann, ({"Id": "999"}, "Invoice", 10)),
        "foreign": (bob, (invoice, "Invoice", 10)),
        "too much": (ann, (invoice, "Invoice", 101)),
        "wrong kind": (ann, (invoice, "Bill", 10)),
    }
    who, pair = pairs[case]
    body = {"CustomerRef": {"value": who["Id"]}, "TotalAmt": 200, "Line": books.paying(pair)}
    assert books.code_of("Payment", body) == "620"
    assert books.get("Invoice", invoice["Id"])["Balance"] == 100
    assert books.query("SELECT COUNT(*) FROM Payment") == {"totalCount": 0}


def test_more_than_was_paid_cannot_be_applied(books: Any, ann: Any, invoice: Any) -> None:
    body = {"CustomerRef": {"value": ann["Id"]}, "TotalAmt": 50, "Line": books.paying((invoice, "Invoice", 60))}
    assert books.code_of("Payment", body) == "6000"


def test_a_parent_pays_for_its_job(books: Any, ann: Any) -> None:
    job = books.customer("Job", Job=True, ParentRef={"value": ann["Id"]})
    invoice = books.invoice(job, books.item("Day"), 10)
    assert pay(books, ann, 10, (invoice, "Invoice", 10))["UnappliedAmt"] == 0


def test_facts2_links_keep_an_invoice_from_being_deleted(books: Any, ann: Any, invoice: Any) -> None:
    payment = pay(books, ann, 100, (invoice, "Invoice", 100))
    assert books.code_of("Invoice", {"Id": invoice["Id"], "SyncToken": "1"}, operation="delete") == "6000"
    books.put("Payment", {"Id": payment["Id"], "SyncToken": "0"}, operation="delete")
    books.put("Invoice", {"Id": invoice["Id"], "SyncToken": "2"}, operation="delete")


def test_a_paid_invoice_cannot_become_smaller_than_what_was_paid(books: Any, ann: Any, invoice: Any) -> None:
    pay(books, ann, 80, (invoice, "Invoice", 80))
    line = books.sale(books.one("Item", "Hour"), 79)
    assert books.code_of("Invoice", {"Id": invoice["Id"], "SyncToken": "1", "sparse": True, "Line": [line]}) == "6000"
    line["Amount"] = 80
    assert books.put("Invoice", {"Id": invoice["Id"], "SyncToken": "1", "sparse": True, "Line": [line]})["Balance"] == 0


def test_facts9_a_deposited_payment_is_held_fast(books: Any, ann: Any, invoice: Any) -> None:
    payment = pay(books, ann, 100, (invoice, "Invoice", 100))
    line = {"Amount": 100, "LinkedTxn": [{"TxnId": payment["Id"], "TxnType": "Payment", "TxnLineId": "0"}]}
    deposit = books.put("Deposit", {"DepositToAccountRef": books.ref("Account", "Checking"), "Line": [line]})
    assert deposit["TotalAmt"] == 100
    now = books.get("Payment", payment["Id"])
    ask = {"Id": payment["Id"], "SyncToken": now["SyncToken"]}
    assert books.code_of("Payment", ask, operation="delete") == "6540"
    assert books.code_of("Payment", ask | {"sparse": True, "PrivateNote": "x"}) == "6540"
    assert books.code_of("Payment", ask | {"sparse": True}, operation="update", include="void") == "6540"
    books.put("Deposit", {"Id": deposit["Id"], "SyncToken": "0"}, operation="delete")
    now = books.get("Payment", payment["Id"])
    books.put("Payment", {"Id": payment["Id"], "SyncToken": now["SyncToken"]}, operation="delete")


def test_facts1_a_bill_payment_settles_bills_and_vendor_credits(books: Any) -> None:
    bob = books.vendor("Bob")
    bill = books.bill(bob, 100)
    credit = books.put("VendorCredit", {"VendorRef": {"value": bob["Id"]}, "Line": [books.cost(30)]})
    body = {
        "VendorRef": {"value": bob["Id"]},
        "TotalAmt": 70,
        "PayType": "Check",
        "CheckPayment": {"BankAccountRef": books.ref("Account", "Checking")},
        "Line": books.paying((bill, "Bill", 100), (credit, "VendorCredit", 30)),
    }
    assert books.code_of("BillPayment", {**body, "TotalAmt": 80}) == "6000"
    assert (
        books.code_of("BillPayment", {name: value for name, value in body.items() if name != "CheckPayment"}) == "2020"
    )
    payment = books.put("BillPayment", body)
    paid = books.get("Bill", bill["Id"])
    assert (paid["Balance"], paid["LinkedTxn"]) == (0, [{"TxnId": payment["Id"], "TxnType": "BillPaymentCheck"}])
    assert books.get("VendorCredit", credit["Id"])["Balance"] == 0
    assert books.get("Vendor", bob["Id"])["Balance"] == 0
    assert books.code_of("Bill", {"Id": bill["Id"], "SyncToken": "1"}, operation="delete") == "6000"
    ask = {"Id": payment["Id"], "SyncToken": "0", "sparse": True}
    assert books.put("BillPayment", ask, operation="update", include="void")["TotalAmt"] == 0
    assert books.get("Bill", bill["Id"])["Balance"] == 100


def test_facts1_a_bill_links_to_its_purchase_order(books: Any) -> None:
    bob = books.vendor("Bob")
    payable = books.ref("Account", "Accounts Payable (A/P)")
    order = books.put(
        "PurchaseOrder", {"VendorRef": {"value": bob["Id"]}, "APAccountRef": payable, "Line": [books.cost(10)]}
    )
    assert (order["DocNumber"], order["POStatus"]) == ("1001", "Open")
    bill = books.bill(bob, 10, LinkedTxn=[{"TxnId": order["Id"], "TxnType": "PurchaseOrder"}])
    assert books.get("PurchaseOrder", order["Id"])["LinkedTxn"] == [{"TxnId": bill["Id"], "TxnType": "Bill"}]
    assert books.code_of("PurchaseOrder", {"Id": order["Id"], "SyncToken": "1"}, operation="delete") == "6000"
    books.put("Bill", {"Id": bill["Id"], "SyncToken": "0"}, operation="delete")
    assert books.get("PurchaseOrder", order["Id"])["LinkedTxn"] == []


def test_facts2_the_party_of_a_document_changes_its_token_or_not_by_a_setting(books: Any, ann: Any) -> None:
    item = books.item("Hour")
    books.invoice(ann, item)
    assert books.get("Customer", ann["Id"])["SyncToken"] == "1"
    books.sandbox.settings.change("related", "quiet")
    books.invoice(ann, item)
    shown = books.get("Customer", ann["Id"])
    assert (shown["SyncToken"], shown["Balance"]) == ("1", 200)
