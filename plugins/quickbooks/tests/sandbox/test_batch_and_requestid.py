"""Batches of thirty, each item for itself; and what a requestid remembers (facts §4, §5)."""

from __future__ import annotations

from typing import Any

import pytest


def create(bid: str, name: str) -> dict[str, Any]:
    return {"bId": bid, "operation": "create", "Customer": {"DisplayName": name}}


def batch(books: Any, *items: Any, **query: str) -> list[dict[str, Any]]:
    answers: list[dict[str, Any]] = books.ok("batch", {"BatchItemRequest": list(items)}, **query)["BatchItemResponse"]
    return answers


def count(books: Any) -> int:
    return int(books.query("SELECT COUNT(*) FROM Customer")["totalCount"])


def test_facts5_each_item_stands_or_falls_alone(books: Any) -> None:
    ann = books.customer("Ann")
    invoice = books.invoice(ann, books.item("Hour"))
    answers = batch(
        books,
        create("a", "New"),
        {"bId": "b", "operation": "delete", "Invoice": {"Id": "999", "SyncToken": "0"}},
        {
            "bId": "c",
            "operation": "update",
            "Customer": {"Id": ann["Id"], "SyncToken": "0", "sparse": True, "Notes": "x"},
        },
        {"bId": "d", "Query": "SELECT * FROM Customer WHERE DisplayName = 'Ann'"},
        create("e", "new"),
        {"bId": "f", "operation": "delete", "Invoice": {"Id": invoice["Id"], "SyncToken": "0"}},
    )
    by_id = {one["bId"]: one for one in answers}
    assert by_id["a"]["Customer"]["DisplayName"] == "New"
    codes = {bid: by_id[bid]["Fault"]["Error"][0]["code"] for bid in "bce"}
    assert codes == {"b": "610", "c": "5010", "e": "6240"}
    assert by_id["d"]["QueryResponse"]["Customer"][0]["Id"] == ann["Id"]
    assert by_id["f"]["Invoice"]["status"] == "Deleted"


def test_facts5_an_item_that_fails_leaves_nothing_behind(books: Any) -> None:
    ann, item = books.customer("Ann"), books.item("Hour")
    invoice = books.invoice(ann, item, 100)
    good = {"CustomerRef": {"value": ann["Id"]}, "TotalAmt": 10, "Line": books.paying((invoice, "Invoice", 10))}
    bad = {**good, "Line": books.paying((invoice, "Invoice", 10), ({"Id": "999"}, "Invoice", 0))}
    answers = batch(
        books,
        {"bId": "1", "operation": "create", "Payment": bad},
        {"bId": "2", "operation": "create", "Payment": good},
        {"bId": "3", "operation": "create", "Payment": bad},
    )
    assert ["Fault" in one for one in answers] == [True, False, True]
    assert books.get("Invoice", invoice["Id"])["Balance"] == 90
    assert books.get("Customer", ann["Id"])["Balance"] == 90
    assert books.query("SELECT COUNT(*) FROM Payment") == {"totalCount": 1}


def test_facts5_more_than_thirty_are_refused_whole(books: Any) -> None:
    items = [create(str(n), f"C{n}") for n in range(31)]
    assert books.refusal("batch", {"BatchItemRequest": items})["code"] == "1040"
    assert count(books) == 0
    batch(books, *items[:30])
    assert count(books) == 30


@pytest.mark.parametrize(
    ("item", "code"),
    [
        ("text", "2000"),
        ({"operation": "create", "Customer": {"DisplayName": "A"}}, "2020"),
        ({"bId": "1"}, "2000"),
        ({"bId": "1", "operation": "create", "Castle": {}}, "2000"),
        ({"bId": "1", "operation": "create", "Customer": {}, "Vendor": {}}, "2000"),
        ({"bId": "1", "operation": "burn", "Customer": {}}, "500"),
        ({"bId": "1", "operation": "create", "Customer": []}, "2000"),
        ({"bId": "1", "operation": "void", "Invoice": {"Id": "1", "SyncToken": "0"}}, "500"),
        ({"bId": "1", "Query": "SELECT"}, "4000"),
        ({"bId": "1", "operation": "create", "TaxCode": {"Name": "x"}}, "500"),
    ],
)
def test_a_wrong_item_gets_its_own_fault(books: Any, item: Any, code: str) -> None:
    (answer,) = batch(books, item)
    assert answer["Fault"]["Error"][0]["code"] == code


@pytest.mark.parametrize("body", [{}, {"BatchItemRequest": {}}, [], "x", None])
def test_a_batch_that_is_none_is_refused(books: Any, body: Any) -> None:
    assert books.raw("batch", body, method="POST").status == 400


def test_facts5_void_in_a_batch_can_be_allowed_by_a_setting(books: Any) -> None:
    books.sandbox.settings.change("batch_void", "allow")
    invoice = books.invoice(books.customer("Ann"), books.item("Hour"))
    (answer,) = batch(books, {"bId": "1", "operation": "void", "Invoice": {"Id": invoice["Id"], "SyncToken": "0"}})
    assert answer["Invoice"]["TotalAmt"] == 0


def test_facts4_the_same_requestid_gets_the_first_answer_again(books: Any) -> None:
    first = books.put("Customer", {"DisplayName": "Ann"}, requestid="k1")
    assert books.put("Customer", {"DisplayName": "Ann"}, requestid="k1") == first
    assert books.put("Customer", {"DisplayName": "Someone else"}, requestid="k1") == first
    assert count(books) == 1
    assert books.code_of("Customer", {"DisplayName": "Ann"}, requestid="k2") == "6240"


def test_facts4_a_refusal_is_not_remembered(books: Any) -> None:
    ann = books.customer("Ann")
    assert books.code_of("Customer", {"DisplayName": "Ann"}, requestid="k") == "6240"
    books.put("Customer", {"Id": ann["Id"], "SyncToken": "0", "sparse": True, "DisplayName": "Bea"})
    assert books.put("Customer", {"DisplayName": "Ann"}, requestid="k")["Id"] != ann["Id"]


def test_facts4_deletes_and_updates_are_remembered_too(books: Any) -> None:
    invoice = books.invoice(books.customer("Ann"), books.item("Hour"))
    note = {"Id": invoice["Id"], "SyncToken": "0", "sparse": True, "PrivateNote": "x"}
    assert books.put("Invoice", note, requestid="u") == books.put("Invoice", note, requestid="u")
    gone = {"Id": invoice["Id"], "SyncToken": "1"}
    for _ in range(2):
        assert books.put("Invoice", gone, operation="delete", requestid="d")["status"] == "Deleted"


def test_facts5_a_batch_sent_again_replays_what_succeeded_and_does_the_rest(books: Any) -> None:
    ann = books.customer("Taken")
    items = [create("1", "A"), create("2", "Taken"), create("3", "B")]
    first = batch(books, *items, requestid="r")
    assert ["Fault" in one for one in first] == [False, True, False]
    books.put("Customer", {"Id": ann["Id"], "SyncToken": "0", "sparse": True, "DisplayName": "Free"})
    second = batch(books, *items, requestid="r")
    assert (second[0], second[2]) == (first[0], first[2])
    assert second[1]["Customer"]["DisplayName"] == "Taken"
    assert count(books) == 4


def test_facts4_fifty_characters_at_most_and_in_a_batch_for_both_together(books: Any) -> None:
    error = books.refusal("customer", {"DisplayName": "A"}, requestid="k" * 51)
    assert error["code"] == "6000"
    assert "50 characters in the request_id" in error["Detail"]
    books.put("Customer", {"DisplayName": "A"}, requestid="k" * 50)
    answers = batch(books, create("12345", "B"), create("1234", "C"), requestid="k" * 46)
    assert ["Fault" in one for one in answers] == [True, False]
    assert books.code_of("Customer", {"DisplayName": "D"}, requestid="a\nb") == "2130"


def test_facts4_the_memory_of_requestids_can_be_switched_off_or_limited(books: Any, clock: Any) -> None:
    books.sandbox.settings.change("requestid", "ignored")
    books.put("Customer", {"DisplayName": "A"}, requestid="k")
    assert books.code_of("Customer", {"DisplayName": "A"}, requestid="k") == "6240"
    books.sandbox.settings.change("requestid", "10")
    first = books.put("Customer", {"DisplayName": "B"}, requestid="m")
    clock.move(9 * 60)
    assert books.put("Customer", {"DisplayName": "B"}, requestid="m") == first
    clock.move(2 * 60)
    assert books.code_of("Customer", {"DisplayName": "B"}, requestid="m") == "6240"


def test_facts4_companies_have_requestids_of_their_own(make: Any) -> None:
    books = make(companies=("One", "Two"))
    books.put("Customer", {"DisplayName": "A"}, requestid="k")
    other = type(books)(books.sandbox, books.clock)
    other.realm = books.sandbox.realms()[1]
    code = dict(
        pair.split("=") for pair in other.authorise(realmId=other.realm).headers["Location"].split("?")[1].split("&")
    )
    answer = other.token(
        grant_type="authorization_code", code=code["code"], redirect_uri="http://127.0.0.1:9999/callback"
    )
    other.tokens = {"access_token": answer.text.split('"access_token":"')[1].split('"')[0]}
    assert other.put("Customer", {"DisplayName": "B"}, requestid="k")["DisplayName"] == "B"
    assert books.raw(f"../{other.realm}/customer/1").status in (400, 403)
