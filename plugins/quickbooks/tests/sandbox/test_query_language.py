"""The query language: what it permits, and the real refusals for everything else (facts §3, §7)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest


@pytest.fixture
def names(books: Any) -> Any:
    for name in ("Ann", "bob", "Cid's", "D_d", "Dxd", "back\\slash"):
        books.customer(name)
    return books


def found(books: Any, text: str) -> list[str]:
    return [one["DisplayName"] for one in books.query(text).get("Customer", [])]


def test_facts1_the_shape_of_an_answer_and_of_none(names: Any) -> None:
    answer = names.query("SELECT * FROM Customer STARTPOSITION 2 MAXRESULTS 2")
    assert (answer["startPosition"], answer["maxResults"], len(answer["Customer"])) == (2, 2, 2)
    assert names.query("SELECT * FROM Customer WHERE DisplayName = 'Zoe'") == {}
    assert names.query("SELECT COUNT(*) FROM Customer") == {"totalCount": 6}


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("DisplayName = 'ANN'", ["Ann"]),
        (r"DisplayName = 'Cid\'s'", ["Cid's"]),
        (r"DisplayName = 'back\\slash'", ["back\\slash"]),
        ("DisplayName IN ('Ann', 'BOB')", ["Ann", "bob"]),
        ("DisplayName LIKE '%N'", ["Ann"]),
        ("DisplayName LIKE 'D_d'", ["D_d"]),
        ("DisplayName LIKE '%'", ["Ann", "bob", "Cid's", "D_d", "Dxd", "back\\slash"]),
        ("DisplayName > 'b' AND DisplayName < 'd'", ["bob", "Cid's", "back\\slash"]),
        ("Id = '1'", ["Ann"]),
        ("Id IN ('1', '2', 'x')", ["Ann", "bob"]),
        ("id = '1' and active = true", ["Ann"]),
    ],
)
def test_facts3_comparisons(names: Any, where: str, expected: list[str]) -> None:
    assert found(names, f"SELECT * FROM Customer WHERE {where}") == expected


def test_facts2_inactive_objects_hide_unless_they_are_asked_for(names: Any) -> None:
    names.put("Customer", {"Id": "1", "SyncToken": "0", "sparse": True, "Active": False})
    assert "Ann (deleted)" not in found(names, "SELECT * FROM Customer")
    assert found(names, "SELECT * FROM Customer WHERE Active = false") == ["Ann (deleted)"]
    both = "SELECT * FROM Customer WHERE DisplayName IN ('Ann', 'Ann (deleted)') AND Active IN (true, false)"
    assert found(names, both) == ["Ann (deleted)"]


def test_facts3_order_columns_and_numbers(names: Any) -> None:
    assert found(names, "SELECT * FROM Customer ORDERBY DisplayName DESC MAXRESULTS 2") == ["Dxd", "D_d"]
    (row,) = names.query("SELECT Id, DisplayName, MetaData.CreateTime FROM Customer WHERE Id = '2'")["Customer"]
    assert row.keys() == {"Id", "DisplayName", "MetaData", "domain", "sparse"}
    (item,) = [names.item("Hour", Sku="S1")]
    assert names.query("SELECT *, Sku FROM Item")["Item"] == [item]


def test_facts7_times_compare_as_instants(books: Any, clock: Any) -> None:
    books.customer("Old")
    clock.move(1800)
    new = books.customer("New")
    at = new["MetaData"]["LastUpdatedTime"]
    assert at.endswith("-07:00")
    assert found(books, f"SELECT * FROM Customer WHERE MetaData.LastUpdatedTime >= '{at}'") == ["New"]
    assert found(books, "SELECT * FROM Customer WHERE MetaData.LastUpdatedTime >= '2026-05-28T20:56:40Z'") == ["New"]
    assert len(found(books, "SELECT * FROM Customer WHERE MetaData.LastUpdatedTime > '2026-05-28'")) == 2


def test_documents_are_found_by_number_party_date_and_total(books: Any) -> None:
    ann, item = books.customer("Ann"), books.item("Hour")
    one = books.invoice(ann, item, Decimal("10.10"), DocNumber="A1", TxnDate="2026-01-05")
    books.invoice(ann, item, 20, DocNumber="A2", TxnDate="2026-02-05")
    for where in (
        "DocNumber = 'a1'",
        "TxnDate < '2026-02-01'",
        "TotalAmt = '10.10'",
        "TotalAmt < 20",
        f"CustomerRef = '{ann['Id']}' AND DocNumber IN ('A1', 'A9')",
    ):
        assert books.query(f"SELECT * FROM Invoice WHERE {where}")["Invoice"] == [one]


def test_facts7_pages_hold_a_hundred_unless_asked_and_a_thousand_at_most(books: Any) -> None:
    for start in range(0, 1020, 30):
        items = [
            {"bId": str(n), "operation": "create", "Customer": {"DisplayName": f"C{n}"}}
            for n in range(start, start + 30)
        ]
        books.ok("batch", {"BatchItemRequest": items})
    assert len(found(books, "SELECT * FROM Customer")) == 100
    assert len(found(books, "SELECT * FROM Customer MAXRESULTS 5000")) == 1000
    assert len(found(books, "SELECT * FROM Customer STARTPOSITION 1001 MAXRESULTS 1000")) == 20


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "4000"),
        ("   ", "4000"),
        ("SELECT", "4000"),
        ("SELECT * FROM", "4000"),
        ("DROP TABLE objects", "4000"),
        ("SELECT * FROM Customer; DROP TABLE objects", "4000"),
        ("SELECT * FROM Customer WHERE DisplayName = 'x' OR 1=1", "4000"),
        ("SELECT * FROM Customer WHERE NOT Active = true", "4001"),
        ("SELECT * FROM Customer WHERE DisplayName = 'open", "4000"),
        ("SELECT * FROM Customer WHERE DisplayName", "4000"),
        ("SELECT * FROM Customer WHERE DisplayName =", "4000"),
        ("SELECT * FROM Customer WHERE DisplayName IN ()", "4000"),
        ("SELECT * FROM Customer, Vendor", "4000"),
        ("SELECT * FROM Customer JOIN Vendor", "4000"),
        ("SELECT * FROM Customer GROUP BY Id", "4000"),
        ("SELECT COUNT(Id) FROM Customer", "4000"),
        ("SELECT * FROM Castle", "4001"),
        ("SELECT Colour FROM Customer", "4001"),
        ("SELECT * FROM Customer WHERE Colour = 'red'", "4001"),
        ("SELECT * FROM Invoice WHERE PrivateNote = 'x'", "4001"),
        ("SELECT * FROM Customer WHERE Id > '5'", "4001"),
        ("SELECT * FROM Customer WHERE Id LIKE '5%'", "4001"),
        ("SELECT * FROM Customer WHERE Active = 'maybe'", "4001"),
        ("SELECT * FROM Invoice WHERE TotalAmt = 'ten'", "4001"),
        ("SELECT * FROM Customer WHERE MetaData.LastUpdatedTime > 'yesterday'", "4001"),
        ("SELECT * FROM Customer STARTPOSITION 0", "4001"),
        ("SELECT * FROM Customer STARTPOSITION -3", "4001"),
        ("SELECT * FROM Customer MAXRESULTS -1", "4001"),
        ("SELECT * FROM Customer MAXRESULTS ten", "4000"),
        ("SELECT * FROM Customer MAXRESULTS 1.5", "4000"),
        ("SELECT * FROM Customer WHERE Id = '1'" + " AND Id = '1'" * 2000, "4001"),
        ("SELECT * FROM Customer WHERE Id = '" + "9" * 300_000 + "'", "4000"),
        ("\x00", "4000"),
        ("SELECT * FROM Customer WHERE DisplayName = 'é\x00", "4000"),
    ],
)
def test_facts3_what_is_no_query_is_refused(books: Any, text: str, code: str) -> None:
    error = books.refusal("query", query=text)
    assert (error["status"], error["code"]) == (400, code)
    assert error["Detail"].startswith("Query")


def test_facts1_a_query_comes_with_post_as_plain_text_too(names: Any) -> None:
    answer = names.raw("query", b"select * from Customer where DisplayName = 'Ann'")
    assert answer.status == 200
    assert '"DisplayName":"Ann"' in answer.text


def test_very_many_values_in_a_list_are_no_trouble(names: Any) -> None:
    values = ", ".join(f"'{number}'" for number in range(1, 20_000))
    assert len(found(names, f"SELECT * FROM Customer WHERE Id IN ({values})")) == 6
