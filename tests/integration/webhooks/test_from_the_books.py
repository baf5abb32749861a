"""What the books send: proven by its signature before it is read, a hint for one job, and believed in nothing."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hub_mock.adapter import MockAdapter

from hub.adapters import Found, hookimpl
from hub.api.webhooks import LARGEST
from hub.errors import InvalidInput
from hub.http import signature_matches
from hub.server import build_app
from hub.testing.scratch import Scratch
from hub.webhooks import hints
from tests.stores import Store

SECRET = "verifier"


class Telling(MockAdapter):
    """Mock books that send webhooks: the body is JSON that names a company."""

    @hookimpl
    def hub_verify_webhook(self, headers: Mapping[str, str], body: bytes) -> str | None:
        if headers.get("x-broken"):
            raise ZeroDivisionError
        if not signature_matches(SECRET, body, headers.get("x-signature", "")):
            raise InvalidInput("wrong", code="webhook_refused")
        found: str = json.loads(body)["company"]
        return found


@pytest.fixture
def telling(tmp_path: Path, store: Store) -> Iterator[Scratch]:
    adapters = {"mock": Found(name="mock", version="0", status="ready", adapter=Telling)}
    scratch = Scratch(tmp_path, store.url(tmp_path), adapters=adapters)
    yield scratch
    scratch.hub.close()


@pytest.fixture
def books(telling: Scratch) -> Iterator[TestClient]:
    with TestClient(build_app(telling.hub), base_url="http://testserver/api/v1") as client:
        yield client


def signed(body: bytes) -> dict[str, str]:
    return {"x-signature": base64.b64encode(hmac.digest(SECRET.encode(), body, hashlib.sha256)).decode()}


def about(scratch: Scratch) -> bytes:
    return json.dumps({"company": scratch.hub.connection(scratch.connection)["books"]["id"]}).encode()


def jobs(scratch: Scratch) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = scratch.hub.jobs(scratch.connection)["items"]
    return found


def gather(scratch: Scratch) -> list[str]:
    scratch.clock.sleep(hints.GATHER.total_seconds())
    return scratch.hub.follow_hints()


def test_many_hints_become_one_job(telling: Scratch, books: TestClient) -> None:
    body = about(telling)
    for _ in range(5):
        answer = books.post("/webhooks/mock", content=body, headers=signed(body))
        assert (answer.status_code, answer.json()) == (200, {"heard": True})
        assert telling.hub.follow_hints() == []  # gathered for a moment
        telling.clock.sleep(0.5)
    assert gather(telling) == [telling.connection]
    assert gather(telling) == []
    (job,) = jobs(telling)
    assert (job["trigger"], job["state"]) == ("api", "queued")


def test_a_hint_that_comes_while_a_job_is_under_way_waits_for_its_end(telling: Scratch, books: TestClient) -> None:
    running = telling.hub.request_job(telling.connection)
    body = about(telling)
    books.post("/webhooks/mock", content=body, headers=signed(body))
    assert gather(telling) == []
    assert [job["id"] for job in jobs(telling)] == [running]
    telling.hub.work()
    telling.clock.sleep(hints.AGAIN.total_seconds())
    assert telling.hub.follow_hints() == [telling.connection]
    assert len(jobs(telling)) == 2


def test_a_hint_that_comes_while_a_job_is_made_of_the_one_before_is_kept(telling: Scratch) -> None:
    (row,) = [telling.hub.lane(telling.connection)]
    hints.hear(telling.hub.database, [row.id], telling.clock.now())
    telling.clock.sleep(60)
    (hint,) = hints.due_hints(telling.hub.database, telling.clock.now())
    hints.hear(telling.hub.database, [row.id], telling.clock.now())
    hints.settle(telling.hub.database, hint)
    assert len(hints.due_hints(telling.hub.database, telling.clock.now())) == 1


def test_nothing_is_asked_of_a_connection_that_is_paused(telling: Scratch, books: TestClient) -> None:
    body = about(telling)
    books.post("/webhooks/mock", content=body, headers=signed(body))
    with telling.hub.database.write("acme") as db:
        db.exec_driver_sql("UPDATE connections SET paused_reason = 'connect again'")
    assert gather(telling) == []
    assert jobs(telling) == []


@pytest.mark.parametrize(
    "given", [{}, {"x-signature": ""}, {"x-signature": "x"}, {"x-signature": "AAAA"}, {"x-broken": "1"}]
)
def test_a_wrong_signature_is_401_and_leaves_nothing(
    telling: Scratch, books: TestClient, given: dict[str, str]
) -> None:
    answer = books.post("/webhooks/mock", content=about(telling), headers=given)
    assert (answer.status_code, answer.json()["code"]) == (401, "webhook_refused")
    assert "acme" not in answer.text
    assert gather(telling) == []


def test_the_signature_is_that_of_these_very_bytes(telling: Scratch, books: TestClient) -> None:
    body = about(telling)
    answer = books.post("/webhooks/mock", content=body + b" ", headers=signed(body))
    assert answer.status_code == 401


def test_a_body_that_is_signed_and_nonsense_is_refused_like_any_other(telling: Scratch, books: TestClient) -> None:
    for body in (b"", b"{", b"[]", b"\xff\x00", b'{"company": 7}', b'{"company": null}', b'{"company": ""}'):
        assert books.post("/webhooks/mock", content=body, headers=signed(body)).status_code == 401
    assert gather(telling) == []


def test_one_that_is_right_and_about_another_company_asks_for_nothing(telling: Scratch, books: TestClient) -> None:
    body = b'{"company": "somebody else"}'
    assert books.post("/webhooks/mock", content=body, headers=signed(body)).status_code == 200
    assert gather(telling) == []


@pytest.mark.parametrize("adapter", ["xero", "no-such", "MOCK", "..", "m" * 60])
def test_an_adapter_that_nobody_uses_is_answered_like_a_wrong_signature(
    telling: Scratch, books: TestClient, adapter: str
) -> None:
    body = about(telling)
    answer = books.post(f"/webhooks/{adapter}", content=body, headers=signed(body))
    assert answer.status_code in (401, 404)


def test_what_is_too_large_is_not_read_to_its_end(telling: Scratch, books: TestClient) -> None:
    body = b"x" * (LARGEST + 1)
    answer = books.post("/webhooks/mock", content=body, headers=signed(body))
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_an_adapter_without_webhooks_refuses_them(scratch: Scratch) -> None:
    with TestClient(build_app(scratch.hub), base_url="http://testserver/api/v1") as client:
        assert client.post("/webhooks/mock", content=b"{}").status_code == 401
