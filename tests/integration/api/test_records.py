"""Records over REST: every source id, every way to send nonsense, and what people decide."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest

from hub.testing.scratch import Scratch
from tests.integration.api.conftest import API, Program, problem_of

CUSTOMERS = "/companies/acme/records/customer"
SHIP_DOCS = "/companies/acme/records/ship_doc"
STRANGE = ["a/b", "undo", "x/undo", "proxy", "a/proxy", "ä ö", "..", "%", "%2F", "a?b#c", "\U0001f4a9", "+", "ф" * 100]
BATCH = "/companies/acme/records:batch"


@pytest.mark.parametrize("source_id", STRANGE)
def test_a_record_of_any_source_id_is_saved_shown_and_deleted(shop: Program, scratch: Scratch, source_id: str) -> None:
    path = f"{CUSTOMERS}/{quote(source_id, safe='').replace('.', '%2E')}"
    assert shop.done("PUT", path, {"name": "Ada"})["source_id"] == source_id
    assert shop.done("GET", path)["name"] == "Ada"
    assert shop.done("DELETE", path)["deleted"] is True
    assert scratch.hub.show("acme", "customer", source_id)["deleted"] is True


def test_an_id_with_a_slash_is_another_than_an_action(shop: Program, scratch: Scratch) -> None:
    shop.done("PUT", f"{CUSTOMERS}/a%2Fproxy", {"name": "With a slash"})
    assert shop.code("PUT", f"{CUSTOMERS}/a/proxy", {"remote_id": "1"}, status=404) in (
        "record_not_found", "target_not_found",
    )  # fmt: skip
    assert shop.code("GET", f"{CUSTOMERS}/a", status=404) == "record_not_found"


@pytest.mark.parametrize("source_id", ["a/b", "undo", "%2F", ".."])
def test_U1_actions_reach_documents_of_any_source_id(shop: Program, scratch: Scratch, source_id: str) -> None:
    scratch.customer()
    scratch.item()
    scratch.ship_doc(source_id)
    scratch.sync()
    path = f"{SHIP_DOCS}/{quote(source_id, safe='').replace('.', '%2E')}"
    assert shop.done("POST", f"{path}/undo", {"reason": "wrong price"})["status"] == "processing"
    assert [each["operation"] for each in scratch.queue()] == ["delete"]


def test_an_id_that_is_too_long_or_empty_is_no_id(shop: Program) -> None:
    assert shop.code("PUT", f"{CUSTOMERS}/{'x' * 201}", {"name": "Ada"}, status=422) == "invalid_record"
    assert shop.code("GET", f"{CUSTOMERS}/{'x' * 201}", status=404) == "record_not_found"
    assert shop.code("GET", f"{CUSTOMERS}/{'x' * 5000}", status=422) == "invalid_request"
    assert shop.code("GET", f"{CUSTOMERS}/", status=404) == "no_such_route"
    assert shop.code("GET", f"{CUSTOMERS}/%00", status=422) == "invalid_request"
    assert shop.code("GET", "/companies/acme/records/shoe/1", status=422) == "unknown_type"
    assert shop.code("PUT", f"{CUSTOMERS}/a%0Ab", {"name": "Ada"}, status=422) == "invalid_record"
    assert shop.code("GET", "/companies/a%0Ab/connections", status=404) == "company_not_found"


def test_the_answer_has_the_keys_of_the_interfaces_and_the_story_only_when_asked_for(shop: Program) -> None:
    shown = shop.done("PUT", f"{CUSTOMERS}/C1", {"name": "Ada", "email": "ada@example.com"})
    assert {"company", "type", "source_id", "name", "status", "fully_recorded", "prevented", "deleted", "data",
            "revision", "sync"} == set(shown)  # fmt: skip
    assert shown["sync"][0]["state"] == "waiting"
    assert "history" not in shop.done("GET", f"{CUSTOMERS}/C1")
    assert shop.done("GET", f"{CUSTOMERS}/C1?history=true")["history"][0]["what"] == "created"


def test_X6_numbers_of_json_keep_every_digit(shop: Program, scratch: Scratch) -> None:
    raw = '{"name": "Nail", "unit_price": 0.1000000001, "custom": {"weight": 1.10}}'
    answer = shop("PUT", "/companies/acme/records/item/I1", content=raw, headers={"Content-Type": "application/json"})
    assert answer.status_code == 200, answer.text
    assert answer.json()["data"]["unit_price"] == "0.1000000001"
    assert answer.json()["data"]["custom"] == {"weight": "1.10"}


NONSENSE: list[tuple[bytes, int, str]] = [
    (b"", 400, "body_missing"),
    (b"{", 400, "malformed_json"),
    (b'{"name": "a", "name": "b"}', 400, "malformed_json"),
    (b'{"name": NaN}', 400, "malformed_json"),
    (b'{"name": "a", "unit_price": 1e400}', 422, "invalid_record"),
    (b'{"name": "a", "unit_price": 1e99999999999999999999}', 400, "malformed_json"),
    (b'{"name": "a", "unit_price": ' + b"9" * 5000 + b"}", 400, "malformed_json"),
    (b"[" * 100_000, 400, "malformed_json"),
    (b'{"name": "a", "custom": ' + b'{"x":' * 900 + b"1" + b"}" * 901, 422, "invalid_record"),
    (b'{"name": "\xff"}', 400, "malformed_json"),
    (b'\xef\xbb\xbf{"name": "a"}', 400, "malformed_json"),
    (b'{"name": "a\\u0000b"}', 422, "invalid_record"),
    (b'{"name": "\\ud800"}', 422, "invalid_record"),
    (b'{"\\ud800": 1, "name": "a"}', 422, "invalid_record"),
    (b'{"name": "a", "custom": {"k": "\\ud800"}}', 422, "invalid_record"),
    (b'["name"]', 422, "invalid_record"),
    (b'"name"', 422, "invalid_record"),
    (b"null", 422, "invalid_record"),
    (b'{"name": "a", "type": "vendor"}', 422, "invalid_record"),
    (b'{"shoe_size": 42}', 422, "invalid_record"),
]


@pytest.mark.parametrize(("raw", "status", "code"), NONSENSE, ids=[str(at) for at in range(len(NONSENSE))])
def test_nonsense_is_refused_in_words_and_saves_nothing(
    shop: Program, scratch: Scratch, raw: bytes, status: int, code: str
) -> None:
    headers = {"Content-Type": "application/json"}
    assert shop.code("PUT", "/companies/acme/records/item/I1", content=raw, headers=headers, status=status) == code
    assert scratch.queue() == []


def test_a_body_of_another_type_is_refused(shop: Program) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/xml"):
        headers = {"Content-Type": kind}
        assert shop.code("PUT", f"{CUSTOMERS}/C1", content=b"{}", headers=headers, status=415) == "not_json"
    headers = {"Content-Type": "application/json; charset=utf-8"}
    assert shop("PUT", f"{CUSTOMERS}/C1", content=b'{"name": "A"}', headers=headers).status_code == 200


def _batch(count: int) -> dict[str, Any]:
    return {"records": [{"type": "customer", "source_id": f"C{at}", "name": f"Name {at}"} for at in range(count)]}


def test_a_batch_tells_what_became_of_each_record(shop: Program, scratch: Scratch) -> None:
    records = _batch(2)["records"]
    records += [{"type": "customer", "source_id": "\ud800", "name": "x"}, {"type": "shoe", "source_id": "1"}, {}]
    raw = json.dumps({"records": records}).encode()
    answer = shop("POST", BATCH, content=raw, headers={"Content-Type": "application/json"})
    told = answer.json()
    assert answer.status_code == 200
    assert told["totals"] == {"created": 2, "updated": 0, "unchanged": 0, "refused": 3}
    assert [each["outcome"] for each in told["results"]] == ["created", "created", "refused", "refused", "refused"]
    assert [each["error"] and each["error"]["code"] for each in told["results"]] == [
        None, None, "invalid_record", "unknown_type", "unknown_type",
    ]  # fmt: skip
    assert shop.done("POST", BATCH, _batch(2))["totals"]["unchanged"] == 2
    assert len(scratch.queue()) == 2


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (_batch(1001), 422, "too_many"),
        ({"records": {}}, 422, "invalid_request"),
        ({"records": [], "more": 1}, 422, "invalid_request"),
        ([], 422, "invalid_request"),
        ({"records": [1]}, 422, "invalid_record"),
    ],
)
def test_a_batch_that_is_none_is_refused_whole(
    shop: Program, scratch: Scratch, body: Any, status: int, code: str
) -> None:
    assert shop.code("POST", BATCH, body, status=status) == code
    assert scratch.queue() == []


def test_a_batch_of_none_is_done_at_once(shop: Program) -> None:
    assert shop.done("POST", BATCH, {"records": []})["results"] == []


def test_bodies_end_where_their_limit_is_also_when_they_come_in_pieces(shop: Program, scratch: Scratch) -> None:
    def pieces(count: int) -> Any:
        yield b'{"name": "'
        for _ in range(count):
            yield b"x" * 65536
        yield b'"}'

    headers = {"Content-Type": "application/json"}
    assert shop.code("PUT", f"{CUSTOMERS}/C1", content=pieces(17), headers=headers, status=413) == "too_large"
    assert shop.code("PUT", f"{CUSTOMERS}/C1", content=b"x" * (2**20 + 1), headers=headers, status=413) == "too_large"
    assert shop.code("PUT", f"{CUSTOMERS}/C1", content=pieces(8), headers=headers, status=422) == "invalid_record"
    answer = shop("POST", BATCH, content=pieces(17), headers=headers)
    assert problem_of(answer) == "invalid_request", "a batch may be larger"
    assert shop.code("POST", BATCH, content=pieces(321), headers=headers, status=413) == "too_large"
    lying = {**headers, "Content-Length": "99999999999999999999999"}
    assert shop.code("PUT", f"{CUSTOMERS}/C1", content=b"{}", headers=lying, status=413) == "too_large"


def test_people_decide_over_rest_as_anywhere(shop: Program, scratch: Scratch) -> None:
    scratch.customer()
    scratch.item()
    scratch.ship_doc(status="processing")
    path = f"{SHIP_DOCS}/S1"
    assert shop.done("POST", f"{path}/prevent", {"reason": "a test"})["prevented"] is True
    assert shop.done("POST", f"{path}/allow")["queued"] == []
    assert shop.code("POST", f"{path}/allow", status=409) == "not_prevented"
    assert shop.code("POST", f"{path}/undo", {"reason": "x"}, status=409) == "not_synced"
    assert shop.code("POST", f"{CUSTOMERS}/C1/undo", status=409) == "not_a_transaction"
    scratch.ship_doc()
    scratch.sync()
    assert shop.done("POST", f"{path}/detach")["prevented"] is True
    assert scratch.queue() == []


def test_C3_C6_links_and_proxies(shop: Program, scratch: Scratch) -> None:
    scratch.customer(name="Alfreds")
    scratch.sync()
    scratch.customer("C2", name="alfreds")
    assert shop.done("PUT", f"{CUSTOMERS}/C2/proxy", {"name": "Alfreds"})["sync"][0]["state"] == "proxied"
    assert shop.done("DELETE", f"{CUSTOMERS}/C2/proxy")["sync"][0]["state"] == "needs_attention"
    body = {"name": "Alfreds", "keep": "books"}
    assert shop.code("POST", f"{CUSTOMERS}/C2/link", body, status=409) == "linked_elsewhere"
    assert shop.code("POST", f"{CUSTOMERS}/C2/link", {"name": "x"}, status=422) == "invalid_request"
    assert shop.code("POST", f"{CUSTOMERS}/C2/link", {**body, "name": "a\0"}, status=422) == "invalid_request"
    assert shop.code("POST", f"{CUSTOMERS}/C2/link", {"keep": "books"}, status=422) == "target_missing"
    wrong = {**body, "connection": "acme/none"}
    assert shop.code("POST", f"{CUSTOMERS}/C2/link", wrong, status=404) == "connection_not_found"


def test_a_path_is_found_however_its_client_writes_it(shop: Program) -> None:
    shop.done("PUT", f"{CUSTOMERS}/a%2fb", {"name": "Ada"})
    assert shop.done("GET", "/companies/%61cme/records/%63ustomer/%61%2F%62")["source_id"] == "a/b"
    assert shop.client.get(f"{API}/connections/acme%2Fmock/queue").status_code == 401
    assert shop.done("GET", "/connections/acme%2Fmock/queue")["total"] == 1
