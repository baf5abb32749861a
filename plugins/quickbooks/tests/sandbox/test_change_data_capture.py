"""Change data capture: full bodies, deleted ones last, a thousand in all, thirty days back (facts §7)."""

from __future__ import annotations

from typing import Any

import pytest


def feed(books: Any, entities: str, since: str) -> list[dict[str, Any]]:
    (answer,) = books.ok("cdc", entities=entities, changedSince=since)["CDCResponse"]
    responses: list[dict[str, Any]] = answer["QueryResponse"]
    return responses


def test_facts7_one_answer_for_each_entity_also_an_empty_one(books: Any, clock: Any) -> None:
    ann = books.customer("Ann")
    clock.move(10)
    since = books.customer("Bea")["MetaData"]["LastUpdatedTime"]
    customers, invoices = feed(books, "Customer,Invoice", since)
    assert [one["DisplayName"] for one in customers["Customer"]] == ["Bea"]
    assert (customers["startPosition"], customers["maxResults"], customers["totalCount"]) == (1, 1, 1)
    assert invoices == {}
    assert feed(books, "customer", ann["MetaData"]["LastUpdatedTime"])[0]["maxResults"] == 2


def test_facts7_deleted_ones_come_last_with_status_id_and_time_only(books: Any, clock: Any) -> None:
    ann, item = books.customer("Ann"), books.item("Hour")
    one, two = books.invoice(ann, item), books.invoice(ann, item)
    clock.move(10)
    books.put("Invoice", {"Id": one["Id"], "SyncToken": "0"}, operation="delete")
    (answer,) = feed(books, "Invoice", one["MetaData"]["LastUpdatedTime"])
    live, gone = answer["Invoice"]
    assert live == two
    assert gone.keys() == {"domain", "status", "Id", "MetaData"}
    assert (gone["status"], gone["Id"]) == ("Deleted", one["Id"])
    assert gone["MetaData"]["LastUpdatedTime"] > one["MetaData"]["LastUpdatedTime"]


def test_inactive_objects_are_told(books: Any) -> None:
    ann = books.customer("Ann")
    books.put("Customer", {"Id": ann["Id"], "SyncToken": "0", "sparse": True, "Active": False})
    (answer,) = feed(books, "Customer", ann["MetaData"]["CreateTime"])
    assert [(one["DisplayName"], one["Active"]) for one in answer["Customer"]] == [("Ann (deleted)", False)]


def test_facts7_a_thousand_objects_over_all_entities(books: Any) -> None:
    since = books.vendor("First")["MetaData"]["CreateTime"]
    for start in range(0, 1020, 30):
        items = [
            {"bId": str(n), "operation": "create", "Customer": {"DisplayName": f"C{n}"}}
            for n in range(start, start + 30)
        ]
        books.ok("batch", {"BatchItemRequest": items})
    vendors, customers, items_ = feed(books, "Vendor,Customer,Item", since)
    assert (vendors["maxResults"], customers["maxResults"], items_) == (1, 999, {})


def test_facts7_thirty_days_back_and_no_further(books: Any) -> None:
    assert feed(books, "Customer", "2026-04-29T00:00:00Z") == [{}]
    assert books.refusal("cdc", entities="Customer", changedSince="2026-04-28T00:00:00Z")["code"] == "2190"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({}, "2020"),
        ({"entities": "Customer"}, "2020"),
        ({"entities": "Customer", "changedSince": "soon"}, "2060"),
        ({"entities": "Castle", "changedSince": "2026-05-28"}, "2000"),
        ({"entities": "TaxCode", "changedSince": "2026-05-28"}, "2000"),
        ({"entities": ",", "changedSince": "2026-05-28"}, "2000"),
    ],
)
def test_a_feed_that_cannot_be_is_refused(books: Any, query: dict[str, str], code: str) -> None:
    assert books.refusal("cdc", **query)["code"] == code


def test_facts2_a_merge_is_told_as_a_deletion_of_the_loser(books: Any) -> None:
    one, two = books.customer("Acme"), books.customer("Acme Inc")
    body = f'{{"entity": "Customer", "loser": "{one["Id"]}", "winner": "{two["Id"]}"}}'.encode()
    assert books.send("POST", "/sandbox/merge", body).status == 200
    (answer,) = feed(books, "Customer", one["MetaData"]["CreateTime"])
    assert [(row["Id"], row.get("status")) for row in answer["Customer"]] == [(two["Id"], None), (one["Id"], "Deleted")]
    assert books.customer("Acme")["Id"] != one["Id"]
