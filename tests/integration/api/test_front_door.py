"""What the front door of REST refuses, and how: parameters nobody knows, other methods, floods; what its log tells."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hub_mock.adapter import MockAdapter
from structlog.testing import capture_logs

from hub import threads
from hub.adapters import Found, hookimpl
from hub.api import webhooks
from hub.server import _tell_place_only, build_app
from hub.testing.scratch import Scratch
from tests.integration.api.conftest import API, Program, problem_of

CANARY = "canary-of-a-secret-4711"
PATIENCE = 20.0
"""Seconds after which a test that hangs has failed."""


@pytest.mark.parametrize(
    ("method", "path", "known", "near"),
    [
        ("GET", "/connections/acme/mock/queue?stat=error", "state", "state"),
        ("GET", "/connections/acme/mock/jobs?limt=1", "limit", "limit"),
        ("GET", "/connections/acme/mock/reconciliation?form=2026-01-01", "from", "from"),
        ("GET", "/companies/acme/records/customer/C1?histroy=true", "history", "history"),
        ("GET", "/companies/acme/changes?since=1", "after", ""),
        ("DELETE", "/connections/acme/mock/queue/1?resaon=x", "reason", "reason"),
    ],
)
def test_a_mistyped_parameter_is_refused_with_those_that_are_known(
    shop: Program, method: str, path: str, known: str, near: str
) -> None:
    answer = shop(method, path)
    assert (answer.status_code, problem_of(answer)) == (422, "unknown_parameter")
    told = answer.json()
    assert known in told["details"]["known"]
    assert told["details"]["unknown"] in told["detail"]
    assert f"Did you mean {near}?" in told["fix"] if near else "mean" not in told["fix"]


def test_a_parameter_that_is_given_twice_is_refused_and_neither_value_wins(shop: Program, scratch: Scratch) -> None:
    for path in (
        "/connections/acme/mock/jobs?limit=1&limit=2",
        "/connections/acme/mock/queue?state=held&limit=1&state=",
    ):
        answer = shop("GET", path)
        assert (answer.status_code, problem_of(answer)) == (422, "repeated_parameter")
        assert answer.json()["details"]["repeated"] in answer.json()["detail"]
        assert answer.json()["fix"] == "Give it once."


def test_a_call_without_parameters_takes_none_and_does_nothing(shop: Program, scratch: Scratch) -> None:
    path = "/companies/acme/records/customer/C1"
    assert shop.code("PUT", f"{path}?dry_run=true", {"name": "New"}, status=422) == "unknown_parameter"
    assert shop.code("GET", path, status=404) == "record_not_found"


def test_every_parameter_that_is_promised_is_known(shop: Program, scratch: Scratch) -> None:
    scratch.customer()
    queue = "type=customer&operation=create&state=waiting&error=validation&q=x&sort=-position&limit=5"
    for path in (f"/connections/acme/mock/queue?{queue}", "/companies/acme/changes?after=0&limit=5",
                 "/connections/acme/mock/reconciliation?from=2026-01-01&to=2026-01-31",
                 "/connections/acme/mock/conflicts?limit=5", "/connections/acme/mock/jobs?limit=5"):  # fmt: skip
        shop.done("GET", path)


def test_who_is_not_known_is_not_told_which_parameters_there_are(client: TestClient) -> None:
    answer = client.get(f"{API}/connections/acme/mock/queue?stat=error")
    assert (answer.status_code, "state" in answer.text) == (401, False)


@pytest.mark.parametrize(
    ("method", "path", "methods"),
    [
        ("PATCH", "/companies/acme/records/customer/C1", "DELETE, GET, PUT"),
        ("PATCH", "/companies/acme/records/customer/a%2Fb", "DELETE, GET, PUT"),
        ("PUT", "/connections/acme/mock/jobs", "GET, POST"),
        ("GET", "/companies/acme/records:batch", "POST"),
        ("POST", "/healthz", "GET"),
    ],
)
def test_another_method_is_told_all_that_the_address_knows(shop: Program, method: str, path: str, methods: str) -> None:
    answer = shop(method, path)
    assert (answer.status_code, problem_of(answer)) == (405, "method_not_allowed")
    assert answer.headers["allow"] == methods


def test_the_log_of_a_failure_tells_where_it_was_and_not_what_it_said(
    scratch: Scratch, shop: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any, **__: Any) -> None:
        try:
            raise KeyError(CANARY)
        except KeyError as behind:
            raise RuntimeError(f"no such token: {CANARY}") from behind

    monkeypatch.setattr(type(scratch.hub), "show", fails)
    with capture_logs() as logs, TestClient(build_app(scratch.hub), raise_server_exceptions=False) as client:
        answer = Program(client, shop.secret)("GET", f"/companies/acme/records/customer/{CANARY}")
    assert (answer.status_code, problem_of(answer)) == (500, "unexpected")
    told = str(logs)
    assert "RuntimeError" in told
    assert "KeyError" in told
    assert "test_front_door.py" in told
    assert CANARY not in told + answer.text


def test_the_servers_own_line_about_a_failure_does_not_say_it_either(caplog: pytest.LogCaptureFixture) -> None:
    log = logging.getLogger("uvicorn.error")
    log.addFilter(_tell_place_only)
    try:
        raise RuntimeError(CANARY)
    except RuntimeError as fault:
        log.error("Exception in ASGI application\n", exc_info=fault)
    finally:
        log.removeFilter(_tell_place_only)
    assert "Exception in ASGI application: RuntimeError at " in caplog.text
    assert CANARY not in caplog.text


class Hanging(MockAdapter):
    """Mock books that answer only when they are let go."""

    asked: threading.Semaphore
    let_go: threading.Event

    @hookimpl
    def hub_check(self) -> Any:
        self.asked.release()
        assert self.let_go.wait(PATIENCE)
        return super().hub_check()

    @hookimpl
    def hub_verify_webhook(self, headers: Any, body: bytes) -> str | None:
        self.asked.release()
        assert self.let_go.wait(PATIENCE)
        return None


@pytest.fixture
def hanging(tmp_path: Path) -> Iterator[tuple[Scratch, type[Hanging]]]:
    """Books that hang from the moment they are connected on."""
    Hanging.asked, Hanging.let_go = threading.Semaphore(0), threading.Event()
    Hanging.let_go.set()
    scratch = Scratch(tmp_path, adapters={"mock": Found(name="mock", version="0", status="ready", adapter=Hanging)})
    Hanging.asked, Hanging.let_go = threading.Semaphore(0), threading.Event()
    yield scratch, Hanging
    Hanging.let_go.set()
    scratch.hub.close()


def together(calls: int, call: Callable[[], Any]) -> tuple[list[threading.Thread], list[Any]]:
    """So many calls begun at once, and the list that their answers come into."""
    answers: list[Any] = []
    begun = [threading.Thread(target=lambda: answers.append(call())) for _ in range(calls)]
    for each in begun:
        each.start()
    return begun, answers


def test_forty_calls_that_hang_at_the_books_leave_the_queue_page_free(
    hanging: tuple[Scratch, type[Hanging]],
) -> None:
    scratch, books = hanging
    secret = scratch.hub.add_key("acme", "shop", role="administrator")["secret"]
    with TestClient(build_app(scratch.hub)) as client:
        shop = Program(client, secret)
        begun, answers = together(50, lambda: shop("POST", "/companies/acme/connections", {"adapter": "mock"}))
        for _ in range(threads.AT_ONCE):
            assert books.asked.acquire(timeout=PATIENCE)
        assert shop("GET", "/connections/acme/mock/queue").status_code == 200
        assert answers == []
        books.let_go.set()
        for each in begun:
            each.join(PATIENCE)
    assert len(answers) == 50


def test_a_flood_of_notifications_is_sent_away_beyond_a_bound(hanging: tuple[Scratch, type[Hanging]]) -> None:
    scratch, books = hanging
    app = build_app(scratch.hub)
    with TestClient(app) as client:
        most = webhooks.AT_ONCE
        begun, answers = together(most, lambda: client.post(f"{API}/webhooks/mock", content=b"{}"))
        for _ in range(most):
            assert books.asked.acquire(timeout=PATIENCE)
        answer = client.post(f"{API}/webhooks/mock", content=b"{}")
        assert (answer.status_code, problem_of(answer)) == (429, "too_many_notifications")
        assert int(answer.headers["retry-after"]) > 0
        books.let_go.set()
        for each in begun:
            each.join(PATIENCE)
        assert client.post(f"{API}/webhooks/mock", content=b"{}").status_code != 429
    assert len(answers) == most
