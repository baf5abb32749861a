"""The real limits, scaled; and every fault switch: what the caller sees, and what is in the books then (facts §6, §9)."""

from __future__ import annotations

import json
from typing import Any

import pytest


def test_facts6_ten_a_second_and_five_hundred_a_minute(make: Any, clock: Any) -> None:
    books = make(limits=True)
    answers = [books.raw("preferences").status for _ in range(11)]
    assert answers == [200] * 10 + [429]
    passed = 10
    while passed < 500:
        clock.move(1.0)
        assert [books.raw("preferences").status for _ in range(10)] == [200] * 10
        passed += 10
    clock.move(1.0)
    assert books.raw("preferences").status == 429
    clock.move(10.0)
    assert books.raw("preferences").status == 200


def test_facts6_forty_batches_a_minute(make: Any, clock: Any) -> None:
    books = make(limits=True)
    body = {"BatchItemRequest": []}
    for _ in range(40):
        assert books.raw("batch", body).status == 200
        clock.move(0.5)
    assert books.raw("batch", body).status == 429
    assert books.raw("preferences").status == 200
    clock.move(40.0)
    assert books.raw("batch", body).status == 200


def test_facts6_ten_at_once(make: Any) -> None:
    books = make(limits=True)
    throttle = books.sandbox.throttle(books.realm)
    calls = [throttle.inside() for _ in range(10)]
    for call in calls:
        call.__enter__()
    assert books.raw("preferences").status == 429
    calls[0].__exit__(None, None, None)
    assert books.raw("preferences").status == 200


def test_facts6_a_throttled_call_did_nothing_and_says_so_in_the_real_envelope(make: Any, clock: Any) -> None:
    books = make(limits=True)
    for _ in range(10):
        books.raw("preferences")
    answer = books.raw("customer", {"DisplayName": "Ann"})
    fault = json.loads(answer.text)["Fault"]
    assert (answer.status, fault["type"], fault["Error"][0]["code"]) == (429, "SERVICE", "3001")
    assert fault["Error"][0]["Message"] == "message=ThrottleExceeded; errorCode=003001; statusCode=429"
    clock.move(1.0)
    assert books.query("SELECT COUNT(*) FROM Customer") == {"totalCount": 0}


def test_the_speed_divides_the_windows(make: Any, clock: Any) -> None:
    books = make(limits=True, speed=60)
    for _ in range(10):
        assert books.raw("preferences").status == 200
    assert books.raw("preferences").status == 429
    clock.move(1 / 60 + 0.0001)
    assert books.raw("preferences").status == 200


def switch(books: Any, *texts: str) -> Any:
    answer = books.send("POST", "/sandbox/faults", json.dumps({"faults": texts}).encode(), token="")
    assert answer.status == 200, answer.text
    return json.loads(answer.text)


def there(books: Any) -> bool:
    return bool(books.query("SELECT COUNT(*) FROM Customer")["totalCount"])


ANN = {"DisplayName": "Ann"}


@pytest.mark.parametrize(
    ("name", "status", "landed"),
    [
        ("error-before", 500, False),
        ("throttle", 429, False),
        ("html", 503, False),
        ("xml", 503, False),
        ("fault-200", 200, False),
        ("expire-token", 401, False),
        ("error-after", 500, True),
        ("html-after", 502, True),
        ("empty", 200, True),
    ],
)
def test_a_fault_answers_as_it_should_and_leaves_what_it_should(
    books: Any, name: str, status: int, landed: bool
) -> None:
    switch(books, f"{name}:1@create")
    answer = books.raw("customer", ANN)
    assert answer.status == status
    if name == "expire-token":
        books.connect()
    assert there(books) is landed
    if not landed:
        assert books.raw("customer", ANN).status == 200


def test_facts9_the_six_envelopes(books: Any) -> None:
    def struck(name: str) -> Any:
        switch(books, f"{name}:1")
        return books.raw("preferences")

    assert json.loads(struck("error-before").text)["Fault"]["Error"][0]["code"] == "10000"
    gateway = json.loads(struck("expire-token").text)
    assert (gateway["fault"]["error"][0]["code"], "Fault" in gateway) == ("3200", False)
    books.connect()
    xml = struck("xml")
    assert xml.type.startswith("application/xml")
    assert '<Error code="10000"><Message>' in xml.text
    assert "<Detail>" not in xml.text
    html = struck("html")
    assert (html.type, html.text[:6]) == ("text/html", "<html>")
    assert struck("empty").text == ""
    cut = struck("truncate")
    assert cut.cut
    inside = struck("fault-200")
    assert (inside.status, "Fault" in json.loads(inside.text)) == (200, True)
    switch(books, "invalid-grant:1")
    assert json.loads(books.refresh().text)["error"] == "invalid_grant"


def test_drops_come_before_or_after_the_work(books: Any) -> None:
    switch(books, "drop-before:1@create")
    assert books.raw("customer", ANN).drop
    assert not there(books)
    switch(books, "drop-after:1@create")
    assert books.raw("customer", ANN).drop
    assert there(books)


def test_slow_works_at_once_and_answers_late(books: Any) -> None:
    switch(books, "slow=7.5:1@create")
    assert books.raw("customer", ANN).pause == 7.5
    assert there(books)


@pytest.mark.parametrize(
    ("on", "struck"),
    [
        ("any", "CUDQBR"),
        ("write", "CUDB"),
        ("create", "C"),
        ("update", "U"),
        ("delete", "D"),
        ("invoice", "CUDR"),
        ("query", "Q"),
        ("batch", "B"),
        ("read", "QR"),
        ("customer", ""),
    ],
)
def test_a_fault_strikes_what_it_is_aimed_at(books: Any, on: str, struck: str) -> None:
    switch(books, f"html@{on}")
    calls = {
        "C": lambda: books.raw("invoice", {"Line": [{"Id": "1", "Amount": 1}]}),
        "U": lambda: books.raw("invoice", {"Id": "9", "SyncToken": "0"}),
        "D": lambda: books.raw("invoice", {"Id": "9", "SyncToken": "0"}, operation="delete"),
        "Q": lambda: books.raw("query", query="SELECT * FROM Invoice"),
        "B": lambda: books.raw("batch", {"BatchItemRequest": []}),
        "R": lambda: books.raw("invoice/9"),
    }
    assert "".join(name for name, call in calls.items() if call().status == 503) == struck


def test_a_refresh_can_be_struck_and_connecting_is_left_alone_otherwise(books: Any) -> None:
    switch(books, "html")
    assert books.refresh().status == 200
    switch(books, "drop-after:1@refresh")
    old = books.tokens["refresh_token"]
    assert books.refresh(old).drop
    assert books.refresh(old).status == 200


def test_shares_come_from_a_seed_so_that_runs_repeat(make: Any) -> None:
    def run(seed: int) -> list[int]:
        books = make(seed=seed)
        switch(books, "html:0.3@read")
        return [books.raw("preferences").status for _ in range(200)]

    first = run(1)
    assert first == run(1)
    assert first != run(2)
    assert 30 < first.count(503) < 90


def test_faults_are_listed_counted_and_cleared(books: Any) -> None:
    shown = switch(books, "html:2@query", "slow=1:25%")
    assert [(one["name"], one["on"], one["times"], one["share"]) for one in shown["faults"]] == [
        ("html", "query", 2, 1.0),
        ("slow", "any", None, 0.25),
    ]
    books.raw("query", query="SELECT * FROM Item")
    after = json.loads(books.send("GET", "/sandbox/faults", token="").text)
    assert after["struck"]["html"] == 1
    cleared = json.loads(books.send("DELETE", "/sandbox/faults", token="").text)
    assert cleared["faults"] == []


@pytest.mark.parametrize(
    "text",
    ["", "fire", "html:", "html:0", "html:1.5", "html:200%", "html@sometime", "html@@query", "html:1:2", "x" * 5000, 5],
)
def test_a_fault_that_is_none_is_refused(books: Any, text: Any) -> None:
    answer = books.send("POST", "/sandbox/faults", json.dumps({"faults": [text]}).encode(), token="")
    assert answer.status == 400
    assert json.loads(answer.text)["Fault"]["Error"][0]["code"] in ("2170", "2020")
