"""Careless and hostile callers get the books' own refusal, never a failure of the program."""

from __future__ import annotations

import json
from typing import Any

import pytest

KNOWN = (
    "customer",
    "vendor",
    "employee",
    "item",
    "account",
    "term",
    "class",
    "paymentmethod",
    "invoice",
    "salesreceipt",
)
KNOWN += ("creditmemo", "refundreceipt", "payment", "bill", "vendorcredit", "billpayment", "purchaseorder")
KNOWN += ("journalentry", "inventoryadjustment", "deposit", "batch", "preferences", "query")

BODIES = {
    "nothing": b"",
    "no json": b"hello",
    "half": b'{"DisplayName": "A',
    "null": b"null",
    "number": b"5",
    "text": b'"text"',
    "list": b"[]",
    "nan": b'{"TotalAmt": NaN}',
    "infinity": b'{"TotalAmt": Infinity}',
    "not utf-8": b'{"DisplayName": "caf\xe9"}',
    "utf-16": '{"DisplayName": "A"}'.encode("utf-16"),
    "nul": b"\x00",
    "deep list": b"[" * 200_000,
    "deep object": b'{"a":' * 100_000,
    "long number": b'{"TotalAmt": ' + b"9" * 100_000 + b"}",
    "long exponent": b'{"TotalAmt": 1e999999999999}',
    "small exponent": b'{"TotalAmt": 1e-999999999}',
    "everything wrong": b'{"Id": [], "SyncToken": {}, "sparse": 5, "Line": "x", "DisplayName": {}, "Name": []}',
    "ids of the wrong kind": b'{"Id": true, "SyncToken": null}',
    "huge id": b'{"Id": "99999999999999999999999", "SyncToken": "0"}',
    "other digits": '{"Id": "١", "SyncToken": "0"}'.encode(),
    "lines of nulls": b'{"CustomerRef": {"value": "1"}, "VendorRef": {"value": "1"}, "Line": [null, 5, []]}',
    "refs of the wrong kind": b'{"CustomerRef": "1", "VendorRef": [], "Line": [{}]}',
    "surrogate": b'{"DisplayName": "\\ud800", "Name": "\\ud800", "AccountType": "Bank", "DueDays": 1}',
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize("path", KNOWN)
def test_a_broken_body_is_refused_in_the_real_envelope(books: Any, path: str, body: bytes) -> None:
    answer = books.raw(path, body, method="POST")
    assert answer.status == 400
    (error,) = json.loads(answer.text)["Fault"]["Error"]
    assert error.keys() >= {"Message", "Detail", "code"}
    assert len(answer.text) < 10_000
    books.customer("still works")


def test_bytes_that_are_not_utf_8_are_named(books: Any) -> None:
    error = books.refusal("customer", b'{"DisplayName": "caf\xe9"}')
    assert error["code"] == "500"
    assert "MalformedByteSequence" in error["Detail"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "castle"),
        ("POST", "castle"),
        ("POST", "Customer"),
        ("GET", "customer"),
        ("DELETE", "customer/1"),
        ("PUT", "customer"),
        ("GET", "customer/1/2"),
        ("GET", "customer/"),
        ("POST", ""),
        ("GET", "reports/ProfitAndLoss"),
        ("GET", "invoice/1/pdf"),
        ("POST", "invoice/1/send"),
        ("GET", "batch"),
        ("POST", "cdc"),
        ("GET", "customer/1%20OR%201=1"),
        ("GET", "customer/1' OR '1'='1"),
        ("GET", "customer/../vendor/1"),
        ("GET", "customer/-1"),
        ("GET", "customer/99999999999999999999999999"),
        ("GET", "customer/1"),
    ],
)
def test_what_is_not_served_is_refused(books: Any, method: str, path: str) -> None:
    answer = books.raw(path, method=method)
    assert answer.status == 400
    assert json.loads(answer.text)["Fault"]["Error"][0]["code"] in ("500", "610", "2030")


@pytest.mark.parametrize("path", ["/nothing", "/v3", "/v3/company/", "/v3/company/x", "/sandbox", "//", "/\x00"])
def test_an_address_that_leads_nowhere_is_refused(books: Any, path: str) -> None:
    assert books.send("GET", path).status in (401, 403, 404)


@pytest.mark.parametrize("operation", ["burn", "DELETE", "delete;drop", "\x00", "x" * 10_000])
def test_an_unknown_operation_is_refused(books: Any, operation: str) -> None:
    assert books.code_of("Invoice", {"Id": "1", "SyncToken": "0"}, operation=operation) == "500"


def test_ten_thousand_lines_and_no_more(books: Any) -> None:
    ann, item = books.customer("Ann"), books.item("Hour")
    lines = [books.sale(item, 1)] * 10_001
    assert books.code_of("Invoice", {"CustomerRef": {"value": ann["Id"]}, "Line": lines}) == "6000"
    assert books.put("Invoice", {"CustomerRef": {"value": ann["Id"]}, "Line": lines[:-1]})["TotalAmt"] == 10_000


@pytest.mark.parametrize(
    "text", ["Robert'); DROP TABLE objects;--", "<script>alert(1)</script>", "Zoë 雪 🧾", "a\\'b", '"']
)
def test_odd_names_come_back_as_they_were_sent(books: Any, text: str) -> None:
    made = books.customer(text)
    quoted = text.replace("\\", "\\\\").replace("'", "\\'")
    assert books.query(f"SELECT * FROM Customer WHERE DisplayName = '{quoted}'")["Customer"] == [made]
    assert text in json.loads(books.raw(f"customer/{made['Id']}").text)["Customer"]["DisplayName"]


@pytest.mark.parametrize(
    ("day", "code"),
    [
        ("2026-02-30", "2070"),
        ("30.1.2026", "2060"),
        ("", "2060"),
        (20260101, "2060"),
        ("2026-1-1", "2060"),
        ("0000-01-01", "2070"),
    ],
)
def test_a_day_that_is_none_is_refused(books: Any, day: Any, code: str) -> None:
    ann, item = books.customer("Ann"), books.item("Hour")
    body = {"CustomerRef": {"value": ann["Id"]}, "Line": [books.sale(item, 1)], "TxnDate": day}
    assert books.code_of("Invoice", body) == code


def test_the_last_day_of_time_has_a_due_date(books: Any) -> None:
    ann, item = books.customer("Ann"), books.item("Hour")
    term = books.ref("Term", "Net 30")
    assert books.invoice(ann, item, TxnDate="9999-12-31", SalesTermRef=term)["DueDate"] == "9999-12-31"


@pytest.mark.parametrize("address", ["nobody", "a@b", "@", "x" * 101 + "@b.c"])
def test_an_address_of_no_mail_is_refused(books: Any, address: str) -> None:
    assert books.code_of("Customer", {"DisplayName": "A", "PrimaryEmailAddr": {"Address": address}}) in ("2210", "2050")


def test_without_asking_for_json_a_caller_gets_xml(books: Any) -> None:
    books.customer("A & B")
    path = f"/v3/company/{books.realm}/customer/1"
    answer = books.send("GET", path, headers={"accept": "*/*"})
    assert answer.type.startswith("application/xml")
    assert '<Customer domain="QBO" sparse="false"><Id>1</Id>' in answer.text
    assert "<DisplayName>A &amp; B</DisplayName>" in answer.text
    assert '<CurrencyRef name="United States Dollar">USD</CurrencyRef>' in answer.text
    refused = books.send("GET", path.replace("/1", "/2"), headers={"accept": "text/xml"})
    assert '<Error code="610">' in refused.text or 'code="610"' in refused.text
