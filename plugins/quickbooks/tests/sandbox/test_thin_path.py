"""The thin path: connect, read the company, create, update and find a customer, an item and an invoice (facts §1 to §3)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any


def test_an_application_connects_and_keeps_a_customer_an_item_and_an_invoice(books: Any) -> None:
    info = books.ok(f"companyinfo/{books.realm}")["CompanyInfo"]
    assert info["CompanyName"] == "Sandbox Company_US_1"
    customer = books.customer("Ann", BillAddr={"Line1": "1 Road"})
    assert (customer["Id"], customer["SyncToken"]) == ("1", "0")
    item = books.item("Hour", UnitPrice=Decimal("337.50"))
    invoice = books.put(
        "Invoice",
        {
            "CustomerRef": {"value": "1", "name": "wrong"},
            "Line": [books.sale(item, Decimal("675.00"), Qty=2, UnitPrice=Decimal("337.50"))],
        },
    )
    assert invoice["TotalAmt"] == invoice["Balance"] == Decimal("675.00")
    assert invoice["CustomerRef"] == {"value": "1", "name": "Ann"}
    new = books.put("Invoice", {"Id": invoice["Id"], "SyncToken": "0", "sparse": True, "PrivateNote": "hi"})
    assert new["SyncToken"] == "1"
    assert books.query("SELECT * FROM Invoice")["Invoice"] == [new]
    assert books.get("Customer", "1")["Balance"] == Decimal("675.00")
