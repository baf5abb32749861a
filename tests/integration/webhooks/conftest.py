"""A scratch hub whose messages go to a receiver of the tests, and a program that calls its REST interface."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from fastapi.testclient import TestClient

from hub.queue.trail import Event, EventKind, write_events
from hub.server import build_app
from hub.testing.scratch import Scratch
from hub.webhooks.addresses import Target, read_url
from hub.webhooks.sending import Answer

URL = "https://app.example.com/hook"
OK = Answer(status=200, error="", milliseconds=3)
BROKEN = Answer(status=500, error="The receiver answered 500.", milliseconds=4)


@dataclass
class Receiver:
    """Takes the place of the sender: keeps what would have left, and answers what it was told to."""

    heard: list[tuple[str, Mapping[str, str], bytes]] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    before: Callable[[], None] = lambda: None

    def check(self, url: str) -> Target:
        return read_url(url)

    def __call__(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        self.before()
        self.heard.append((url, headers, body))
        return self.answers.pop(0) if self.answers else OK


@pytest.fixture
def receiver(scratch: Scratch) -> Receiver:
    receiver = Receiver()
    scratch.hub.sender = receiver  # type: ignore[assignment]
    return receiver


@pytest.fixture
def happen(scratch: Scratch) -> Callable[..., None]:
    """Write events of these customers, in one transaction."""

    def happen(*source_ids: str, kind: EventKind = EventKind.ENTITY_CHANGED, company: str = "acme") -> None:
        new = [Event(kind=kind, type="customer", source_id=each, connection_id=None) for each in source_ids]
        with scratch.hub.database.write(company) as db:
            write_events(db, company, scratch.clock.now(), new)

    return happen


@pytest.fixture
def client(scratch: Scratch) -> Iterator[TestClient]:
    """Nobody, at the REST interface."""
    with TestClient(build_app(scratch.hub), base_url="http://testserver/api/v1") as client:
        yield client


@pytest.fixture
def program(scratch: Scratch, client: TestClient) -> Callable[..., Callable[..., Any]]:
    """Call as a program with a key of that role in a company."""

    def program(role: str = "administrator", company: str = "acme") -> Callable[..., Any]:
        secret = scratch.hub.add_key(company, "test", role=role)["secret"]

        def call(method: str, path: str, *, word: str = "", **more: Any) -> Any:
            headers = {"Authorization": f"Bearer {secret}"} | ({"Idempotency-Key": word} if word else {})
            return client.request(method, path, headers=headers, **more)

        return call

    return program
