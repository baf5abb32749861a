"""The REST interface as a program meets it: FastAPI's client with an API key, on a scratch hub."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from hub.queue import Right
from hub.server import build_app
from hub.testing.scratch import Scratch

API = "/api/v1"
Asked = Callable[..., Any]


class Program:
    """A program with a key; paths are told without `/api/v1`."""

    def __init__(self, client: TestClient, secret: str) -> None:
        self.client, self.secret = client, secret

    def __call__(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """The answer of one call."""
        headers = {"Authorization": f"Bearer {self.secret}", **more.pop("headers", {})}
        given = {} if body is None else {"json": body}
        return self.client.request(method, API + path, headers=headers, **given, **more)

    def done(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """What a call that must succeed answers."""
        answer = self(method, path, body, **more)
        assert answer.status_code < 300, answer.text
        return answer.json()

    def code(self, method: str, path: str, body: Any = None, *, status: int, **more: Any) -> str:
        """The code with which a call is refused, as a problem document that says what to do."""
        answer = self(method, path, body, **more)
        assert answer.status_code == status, answer.text
        return problem_of(answer)


def problem_of(answer: Any) -> str:
    """The code of a problem document."""
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert told["status"] == answer.status_code
    assert told["detail"]
    assert told["fix"]
    assert "Traceback" not in answer.text
    code: str = told["code"]
    return code


@pytest.fixture
def client(scratch: Scratch) -> Iterator[TestClient]:
    """The whole application; a fault that nobody answered fails the test."""
    with TestClient(build_app(scratch.hub)) as client:
        yield client


@pytest.fixture
def program_of(scratch: Scratch, client: TestClient) -> Callable[..., Program]:
    """A program with a key of that role and these rights."""

    def program_of(role: str, *rights: str, company: str = "acme", name: str = "shop", **more: Any) -> Program:
        made = scratch.hub.add_key(company, name, role=role, rights=rights, **more)
        return Program(client, made["secret"])

    return program_of


@pytest.fixture
def shop(program_of: Callable[..., Program]) -> Program:
    """The source application: it may do everything in the company."""
    return program_of("administrator", *Right)
