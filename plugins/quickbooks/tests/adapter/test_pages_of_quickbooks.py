"""Where a record is opened in the browser: Intuit's page of it in the right company, or the local sandbox's."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hub_quickbooks import QuickBooksAdapter
from hub_quickbooks.codec.kinds import LISTS, POSTED
from hub_quickbooks.sandbox.calls import Call
from hub_quickbooks.settings import QuickBooksSettings

from hub.adapters import AdapterContext, RemoteRef
from hub.model import RecordType
from hub.testing.clock import Clock


def url_of(type: str, posts_as: str, remote_id: str = "145", *, realm: str = "4620816365", **settings: Any) -> Any:
    """What an adapter that is connected to that company answers."""
    clock = Clock()
    context = AdapterContext(
        connection="acme/quickbooks", settings=QuickBooksSettings(**settings), data_dir=Path(), now=clock.now,
        sleep=clock.sleep, credentials={"realm_id": realm, "refresh_token": "a-refresh-token"},
    )  # fmt: skip
    return QuickBooksAdapter(context).hub_record_url(RemoteRef(type=RecordType(type), remote_id=remote_id), posts_as)


@pytest.mark.parametrize(
    ("type", "posts_as", "page"),
    [
        ("customer", "customer", "customerdetail?nameId=145"), ("vendor", "vendor", "vendordetail?nameId=145"),
        ("ship_doc", "invoice", "invoice?txnId=145"), ("receiver", "bill", "bill?txnId=145"),
        ("customer_return", "credit_note", "creditmemo?txnId=145"),
        ("vendor_return", "vendor_credit", "vendorcredit?txnId=145"), ("payment", "payment", "recvpayment?txnId=145"),
        ("refund", "refund", "refundreceipt?txnId=145"), ("work_order", "journal", "journal?txnId=145"),
        ("adjustment", "journal", "journal?txnId=145"),
    ],
)  # fmt: skip
def test_a_record_is_opened_in_its_own_company(type: str, posts_as: str, page: str) -> None:
    parts = urlsplit(url_of(type, posts_as))
    assert (parts.scheme, parts.netloc, parts.path) == ("https", "qbo.intuit.com", "/app/login")
    assert dict(parse_qsl(parts.query)) == {"pagereq": page, "deeplinkcompanyid": "4620816365"}


@pytest.mark.parametrize("remote_id", ["1&deeplinkcompanyid=2", "1#x", "1?x=2", "../1", '1"><b>', "1 2"])
def test_no_id_leads_to_another_company_or_page(remote_id: str) -> None:
    asked = dict(parse_qsl(urlsplit(url_of("ship_doc", "invoice", remote_id)).query))
    assert asked["deeplinkcompanyid"] == "4620816365"
    page = urlsplit(asked["pagereq"])
    assert (page.path, dict(parse_qsl(page.query)), page.fragment) == ("invoice", {"txnId": remote_id}, "")


def test_intuits_test_companies_have_pages_of_their_own_and_the_address_is_a_setting() -> None:
    assert url_of("ship_doc", "invoice", environment="sandbox").startswith("https://sandbox.qbo.intuit.com/app/login?")
    other = url_of("ship_doc", "invoice", pages_url="https://app.qbo.intuit.com/app/")
    assert other.startswith("https://app.qbo.intuit.com/app/login?")


@pytest.mark.parametrize(("type", "posts_as"), [("item", "item"), ("adjustment", "inventory_adjustment")])
def test_what_has_no_page_that_is_known_has_no_link(type: str, posts_as: str) -> None:
    assert url_of(type, posts_as) is None


def test_without_a_company_nobody_can_say_where_it_is() -> None:
    assert url_of("ship_doc", "invoice", realm="") is None


def test_the_page_of_the_local_sandbox_shows_the_very_object(books: Any) -> None:
    made = {
        "Customer": books.done(books.customer("Opened customer")),
        "Item": books.done(books.item("Opened item")),
    }
    links = books.stage()
    made["Invoice"] = books.done(books.invoice(links, number="OPEN-1"))
    for name, type in (("Customer", "customer"), ("Item", "item"), ("Invoice", "ship_doc")):
        ref = RemoteRef(type=RecordType(type), remote_id=made[name].remote_id)
        parts = urlsplit(books.adapter.hub_record_url(ref, "invoice" if type == "ship_doc" else type))
        call = Call(method="GET", path=parts.path, query=dict(parse_qsl(parts.query)), headers={}, body=b"")
        shown = books.books.sandbox.answer(call, None).text
        assert f"{name} {made[name].remote_id}" in shown
        assert {"Customer": "Opened customer", "Item": "Opened item", "Invoice": "OPEN-1"}[name] in shown


def test_every_kind_with_a_page_names_its_id_last() -> None:
    pages = [kind.page for kind in (*LISTS.values(), *POSTED.values()) if kind.page]
    assert pages
    assert all(page.endswith(("?txnId", "?nameId")) for page in pages)
