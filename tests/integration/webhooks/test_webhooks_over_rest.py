"""The REST routes of the feed and of webhooks: for whom they are there, and what they refuse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hub.testing.scratch import Scratch
from tests.integration.webhooks.conftest import URL, Receiver

Program = Callable[..., Callable[..., Any]]


def test_a_webhook_is_added_tested_looked_at_and_removed(
    program: Program, receiver: Receiver, scratch: Scratch
) -> None:
    call = program()
    made = call("POST", "/companies/acme/webhooks", json={"url": URL, "kinds": ["record_reopened"]})
    assert made.status_code == 201
    assert made.json()["secret"].startswith("whsec_")
    (listed,) = call("GET", "/companies/acme/webhooks").json()["items"]
    assert (listed["url"], listed["kinds"], listed["state"]) == (URL, ["record_reopened"], "active")
    assert "secret" not in listed
    one = f"/companies/acme/webhooks/{listed['id']}"
    assert call("POST", f"{one}/test").json()["taken"] is True
    assert call("POST", f"{one}/disable").json()["state"] == "disabled"
    assert call("POST", f"{one}/enable").json()["state"] == "active"
    assert call("POST", f"{one}/enable", json={"skip": True}).json()["state"] == "active"
    (log,) = call("GET", f"{one}/deliveries").json()["items"]
    assert (log["kind"], log["status"]) == ("test", 200)
    assert call("DELETE", one).status_code == 204
    assert call("GET", "/companies/acme/webhooks").json()["items"] == []


def test_a_webhook_that_is_asked_for_twice_is_made_once_and_its_secret_stands_nowhere_in_plain_text(
    program: Program, receiver: Receiver, scratch: Scratch
) -> None:
    call = program()
    first, second = (call("POST", "/companies/acme/webhooks", json={"url": URL}, word="my webhook") for _ in range(2))
    assert (first.status_code, first.json()) == (201, second.json())
    assert len(scratch.hub.webhooks("acme")) == 1
    with scratch.hub.database.read() as db:
        (kept,) = db.exec_driver_sql("SELECT body FROM replays").scalars().all()
    assert b"whsec_" not in bytes(kept)
    assert first.json()["secret"].removeprefix("whsec_").encode() not in bytes(kept)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"url": "http://app.example.com/"}, "bad_webhook_url"), ({"url": "https://127.0.0.1/"}, "webhook_url_private"),
        ({"url": URL, "kinds": ["x"]}, "bad_event_kind"), ({"url": URL, "more": 1}, "invalid_request"),
        ({"url": "x" * 5000}, "invalid_request"), ({"url": None}, "invalid_request"), ({}, "invalid_request"),
        ([], "invalid_request"), ({"url": URL, "kinds": ["a"] * 99}, "invalid_request"),
    ],
)  # fmt: skip
def test_bad_input_is_a_problem_document(program: Program, receiver: Receiver, body: Any, code: str) -> None:
    answer = program()("POST", "/companies/acme/webhooks", json=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == code
    assert answer.json()["fix"]


def test_webhooks_are_for_those_who_manage_the_company_and_for_nobody_else(
    program: Program, client: Any, receiver: Receiver, scratch: Scratch
) -> None:
    made = scratch.hub.add_webhook("acme", URL)["id"]
    scratch.hub.add_company("Other")
    routes = [("GET", ""), ("POST", ""), ("DELETE", f"/{made}"), ("POST", f"/{made}/test"),
              ("GET", f"/{made}/deliveries"), ("POST", f"/{made}/enable"), ("POST", f"/{made}/disable")]  # fmt: skip
    clerk, stranger = program("bookkeeper"), program("administrator", "other")
    for method, path in routes:
        body = {"json": {"url": URL + "2"}} if (method, path) == ("POST", "") else {}
        assert clerk(method, f"/companies/acme/webhooks{path}", **body).json()["code"] == "not_permitted"
        assert stranger(method, f"/companies/acme/webhooks{path}", **body).json()["code"] == "company_not_found"
        assert client.request(method, f"/companies/acme/webhooks{path}", **body).status_code == 401
        if path:  # not by way of one's own company either
            assert stranger(method, f"/companies/other/webhooks{path}").json()["code"] == "webhook_not_found"
    assert receiver.heard == []


def test_the_feed_is_read_page_by_page(program: Program, scratch: Scratch, happen: Callable[..., None]) -> None:
    happen("a", "b", "c")
    call = program("viewer")
    first = call("GET", "/companies/acme/changes", params={"limit": 2}).json()
    assert [each["source_id"] for each in first["items"]] == ["a", "b"]
    assert first["more"] is True
    rest = call("GET", "/companies/acme/changes", params={"after": first["next"]}).json()
    assert [each["source_id"] for each in rest["items"]] == ["c"]
    assert call("GET", "/companies/acme/changes", params={"after": rest["next"]}).json()["next"] == rest["next"]


@pytest.mark.parametrize("given", [{"after": -1}, {"after": "x"}, {"after": 2**63}, {"limit": 0}, {"limit": 1001}])
def test_a_cursor_that_cannot_be_is_refused(program: Program, given: dict[str, Any]) -> None:
    answer = program()("GET", "/companies/acme/changes", params=given)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


def test_a_cursor_of_another_hub_is_refused(program: Program) -> None:
    answer = program()("GET", "/companies/acme/changes", params={"after": 999})
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_cursor")
