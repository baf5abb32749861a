"""Calls that hang, at the books or at a password, leave the threads of every other page free."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from hub_mock.adapter import MockAdapter

from hub import threads
from hub.adapters import Fault, Found, hookimpl
from hub.server import build_app
from hub.testing.scratch import Scratch
from tests.integration.web.conftest import ORIGIN, PASSWORD, Person

PATIENCE = 10.0
"""Seconds after which a page has kept somebody waiting."""


class Gate:
    """Lets nobody through until it is opened, and tells how many have come."""

    def __init__(self) -> None:
        self.came, self.open = threading.Semaphore(0), threading.Event()

    def __call__(self) -> None:
        self.came.release()
        assert self.open.wait(6 * PATIENCE)


class Hanging(MockAdapter):
    """Mock books that tell what is missing when they are let go."""

    gate: Gate

    @hookimpl
    def hub_missing(self) -> list[Fault]:
        self.gate()
        return []


@pytest.fixture
def scratch(tmp_path: Path) -> Iterator[Scratch]:
    """With books that hang once they are connected."""
    Hanging.gate = Gate()
    Hanging.gate.open.set()
    scratch = Scratch(tmp_path, adapters={"mock": Found(name="mock", version="0", status="ready", adapter=Hanging)})
    scratch.customer()
    scratch.item()
    scratch.ship_doc(status="open")
    Hanging.gate = Gate()
    yield scratch
    scratch.hub.close()


@pytest.fixture
def app(scratch: Scratch) -> Any:
    """The whole web application."""
    return build_app(scratch.hub)


class Together:
    """Calls of one browser, each in a thread of its own, all in one event loop of the server."""

    def __init__(self) -> None:
        self.begun: list[threading.Thread] = []
        self.answers: list[Response] = []

    def begin(self, times: int, call: Callable[[], Response]) -> None:
        for _ in range(times):
            self.begun.append(threading.Thread(target=lambda: self.answers.append(call())))
            self.begun[-1].start()

    def soon(self, call: Callable[[], Response]) -> Response | None:
        """The answer, or None when there is none in time."""
        answers: list[Response] = []
        asking = threading.Thread(target=lambda: answers.append(call()))
        asking.start()
        self.begun.append(asking)
        asking.join(PATIENCE)
        return answers[0] if answers else None

    def end(self) -> None:
        for each in self.begun:
            each.join(6 * PATIENCE)


@pytest.fixture
def stuck(ann: Person) -> Iterator[Together]:
    """All threads of the books hang, and more calls wait for one."""
    together = Together()
    together.begin(threads.AT_ONCE + 5, lambda: ann.get("/c/acme/mock/connection?part=missing"))
    for _ in range(threads.AT_ONCE):
        assert Hanging.gate.came.acquire(timeout=PATIENCE)
    yield together
    Hanging.gate.open.set()
    together.end()
    assert [each.status_code for each in together.answers] == [200] * (threads.AT_ONCE + 5)


DOC = "/companies/acme/records/ship_doc/S1"


def test_the_connection_whose_books_hang_can_be_paused_and_let_go_on(
    ann: Person, scratch: Scratch, stuck: Together
) -> None:
    here = "/c/acme/mock/connection"
    for fields, said in (({"do": "pause", "reason": "they hang"}, "paused"), ({"do": "resume"}, "active")):
        answer = stuck.soon(lambda fields=fields: ann.send(here, **fields))  # type: ignore[misc]
        assert answer is not None
        assert answer.status_code == 200
        assert scratch.hub.connection("acme/mock")["state"] == said


@pytest.mark.parametrize(
    "page", [DOC, "/c/acme/mock/connection", "/c/acme/mock/conflicts", "/c/acme/mock/reconcile", "/c/acme/mock/queue"]
)
def test_a_page_that_asks_no_books_is_there_while_they_hang(ann: Person, stuck: Together, page: str) -> None:
    answer = stuck.soon(lambda: ann.get(page))
    assert answer is not None
    assert answer.status_code == 200


def test_U2_a_form_that_asks_no_books_is_taken_while_they_hang(ann: Person, scratch: Scratch, stuck: Together) -> None:
    answer = stuck.soon(lambda: ann.send(DOC, do="prevent", reason="not ours"))
    assert answer is not None
    assert scratch.hub.show("acme", "ship_doc", "S1")["prevented"]


def test_a_form_that_asks_the_books_waits_for_its_turn(ann: Person, stuck: Together) -> None:
    fields = {"do": "proxy", "remote_id": "1", "connection": "acme/mock"}
    asking = threading.Thread(target=lambda: ann.send("/companies/acme/records/customer/C1", **fields))
    asking.start()
    stuck.begun.append(asking)
    asking.join(1.0)
    assert asking.is_alive()


def test_a_flood_of_logins_leaves_the_pages_free(app: Any, ann: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    fields = {"email": "nobody@example.com", "password": PASSWORD}
    with TestClient(app, base_url=ORIGIN) as client:
        client.cookies.set("hub_session", ann.client.cookies["hub_session"])
        flood(
            monkeypatch, lambda: client.post("/login", data=fields), meanwhile=lambda: client.get("/c/acme/mock/queue")
        )


def test_a_flood_of_password_changes_leaves_the_pages_free(ann: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    fields = {"csrf": ann.csrf, "do": "password", "old": "wrong", "new": "an entirely other one"}
    flood(
        monkeypatch,
        lambda: ann.client.post("/account", data=fields, headers={"Origin": ORIGIN}),
        meanwhile=lambda: ann.get("/account"),
    )


def flood(monkeypatch: pytest.MonkeyPatch, tries: Callable[[], Response], *, meanwhile: Callable[[], Response]) -> None:
    """Sixty passwords are tried, and those at work hang: a page is answered all the same, and in the end each is."""
    gate, together = Gate(), Together()

    def fits(_stored: str | None, _given: str) -> bool:
        gate()
        return False

    monkeypatch.setattr("hub.access.users.password_fits", fits)
    try:
        together.begin(60, tries)
        for _ in range(threads.PASSWORDS_AT_ONCE):
            assert gate.came.acquire(timeout=PATIENCE)
        answer = together.soon(meanwhile)
    finally:
        gate.open.set()
        together.end()
    assert answer is not None
    assert answer.status_code == 200
    assert len(together.answers) == 60
