"""The web application as a browser meets it, without one: FastAPI's client on a scratch hub."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from html import unescape
from typing import Any

import pytest
from argon2 import PasswordHasher
from fastapi.testclient import TestClient
from httpx2 import Response

from hub.server import build_app
from hub.testing.scratch import Scratch
from tests.stores import SQLite, Store

PASSWORD = "correct horse battery"
ORIGIN = "http://testserver"


@dataclass(kw_only=True)
class Person:
    """Somebody at a browser; forms they send carry what the page before gave them."""

    client: TestClient
    scratch: Scratch

    def get(self, path: str, **more: Any) -> Response:
        """Look at a page."""
        return self.client.get(path, **more)

    def see(self, path: str, status: int = 200) -> str:
        """The page as it is written."""
        answer = self.get(path)
        assert answer.status_code == status, (answer.status_code, answer.text[:3000])
        return answer.text

    def text(self, path: str) -> str:
        """What a person reads on a page."""
        answer = self.get(path)
        assert answer.status_code == 200, answer.text
        return readable(answer.text)

    def ask(self, path: str, **fields: Any) -> Response:
        """Send a form that only asks: its fields stand in the address."""
        return self.client.get(path, params=fields)

    def send(self, path: str, **fields: Any) -> Response:
        """Send a form of a page of this session; the page that follows."""
        given = {"csrf": self.csrf, **fields}
        return self.client.post(path, data=given, headers={"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"})

    @property
    def csrf(self) -> str:
        """What the forms of this session carry."""
        found = re.search(r'name="csrf" value="([0-9a-f]+)"', self.get("/").text)
        assert found, "no form on the first page"
        return found[1]


def readable(html: str) -> str:
    """The text of a page, on one line."""
    body = re.sub(r"(?s)<(script|style|svg).*?</\1>", " ", html.partition("<body")[2])
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", body)).split())


@pytest.fixture(scope="session")
def databases() -> Store:
    """SQLite alone: pages render what the hub's calls give, and those are tested on both kinds of database."""
    return SQLite()


@pytest.fixture(autouse=True)
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """The least that argon2 can do; how strong it is in truth is tested with the passwords."""
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr("hub.access.secrets._hasher", lambda: weak)


@pytest.fixture
def app(scratch: Scratch) -> Any:
    """The whole web application."""
    return build_app(scratch.hub)


@pytest.fixture
def nobody(app: Any) -> Iterator[TestClient]:
    """A browser in which nobody is signed in."""
    with TestClient(app, base_url=ORIGIN, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def ann(app: Any, scratch: Scratch) -> Iterator[Person]:
    """The administrator of the hub, signed in."""
    link = scratch.hub.first_link()
    assert link is not None
    session = scratch.hub.accept_invitation(link, PASSWORD, email="ann@example.com", name="Ann")
    yield from _person(app, scratch, session)


@pytest.fixture
def bob(app: Any, scratch: Scratch, ann: Person) -> Iterator[Person]:
    """A bookkeeper of the company `acme`, without the rights to undo and prevent."""
    added = scratch.hub.add_user("bob@example.com", "Bob")
    scratch.hub.set_membership(added["id"], scratch.company, "bookkeeper")
    yield from _person(app, scratch, scratch.hub.accept_invitation(added["link"], PASSWORD))


@pytest.fixture
def stranger(app: Any, scratch: Scratch, ann: Person) -> Iterator[Person]:
    """The administrator of another company."""
    other = scratch.hub.add_company("Other")["id"]
    added = scratch.hub.add_user("eve@example.com", "Eve")
    scratch.hub.set_membership(added["id"], other, "administrator", ["undo", "prevent", "remove", "detach"])
    yield from _person(app, scratch, scratch.hub.accept_invitation(added["link"], PASSWORD))


@pytest.fixture
def people(app: Any, scratch: Scratch, ann: Person) -> Iterator[Callable[..., Person]]:
    """Makes somebody with a role and rights in a company."""
    with ExitStack() as browsers:

        def make(name: str, role: str, rights: tuple[str, ...] = (), company: str = "acme") -> Person:
            added = scratch.hub.add_user(f"{name.lower()}@example.com", name)
            scratch.hub.set_membership(added["id"], company, role, rights)
            session = scratch.hub.accept_invitation(added["link"], PASSWORD)
            return browsers.enter_context(contextmanager(_person)(app, scratch, session))

        yield make


def _person(app: Any, scratch: Scratch, session: str) -> Iterator[Person]:
    with TestClient(app, base_url=ORIGIN, raise_server_exceptions=False) as client:
        client.cookies.set("hub_session", session)
        yield Person(client=client, scratch=scratch)
