"""People in front of the page: signed in through the login, or not; each has a browser of their own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx import Response

from hub.testing.scratch import Scratch
from hub.web import web_app

PASSWORD = "correct horse battery staple"


class Person:
    """Somebody at a browser: looks at pages, and sends the forms that stand on them."""

    def __init__(self, client: TestClient, email: str) -> None:
        self.client, self.email = client, email

    def see(self, path: str, status: int = 200) -> str:
        """The page at this address."""
        answer = self.client.get(path)
        assert answer.status_code == status, (answer.status_code, answer.text[:3000])
        return answer.text

    @property
    def csrf(self) -> str:
        """What the forms of this session carry."""
        found = re.search(r'name="csrf" value="(\w+)"', self.client.get("/").text)
        assert found
        return found[1]

    def send(self, path: str, **fields: Any) -> Response:
        """Send a form, as a page of this session would; the answer that the browser ends at."""
        return self.client.post(path, data={"csrf": self.csrf, **fields})


@pytest.fixture
def people(scratch: Scratch) -> Iterator[Callable[..., Person]]:
    """Makes a person: an administrator of the hub, or somebody with a role and rights in `acme`."""
    app = web_app(scratch.hub)
    clients: list[TestClient] = []

    def make(name: str = "Ann", role: str | None = None, rights: tuple[str, ...] = (), company: str = "acme") -> Person:
        email = f"{name.lower()}@example.com"
        added = scratch.hub.add_user(email, name, administrator=role is None)
        if role is not None:
            scratch.hub.set_membership(added["id"], company, role, rights)
        scratch.hub.accept_invitation(added["link"], PASSWORD)
        client = TestClient(app, base_url="http://hub.test", follow_redirects=True, raise_server_exceptions=False)
        clients.append(client)
        answer = client.post("/login", data={"email": email, "password": PASSWORD, "next": "/"})
        assert answer.status_code == 200
        return Person(client, email)

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def ann(people: Callable[..., Person]) -> Person:
    """The administrator of the hub."""
    return people()
