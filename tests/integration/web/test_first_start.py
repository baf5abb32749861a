"""A new hub: nothing is in it, and it offers a look around with a made-up company, or to connect one's own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from hub.app import Hub, open_hub
from hub.server import build_app
from tests.integration.web.conftest import ORIGIN, PASSWORD, Person
from tests.stores import Store


@pytest.fixture
def hub(store: Store, tmp_path: Path) -> Iterator[Hub]:
    """A hub in which nothing is."""
    with open_hub(store.url(tmp_path), data_dir=tmp_path) as hub:
        hub.init()
        yield hub


@pytest.fixture
def first(hub: Hub) -> Iterator[Person]:
    """The first administrator, just come in."""
    link = hub.first_link()
    assert link is not None
    with TestClient(build_app(hub), base_url=ORIGIN, raise_server_exceptions=False) as client:
        client.post(f"/welcome/{link}", data={"name": "Ann", "email": "ann@example.com", "password": PASSWORD})
        nothing: Any = None
        yield Person(client=client, scratch=nothing)


def test_the_offer_sets_up_a_company_that_has_something_of_everything(hub: Hub, first: Person) -> None:
    assert "Look around with a made-up company" in first.text("/")
    landed = first.send("/demo")
    assert landed.url.path == "/c/kestrel-provisions/mock/queue"
    label = "kestrel-provisions/mock"
    queue = hub.queue(label, limit=1000)["items"]
    assert Counter(each["state"] for each in queue)["held"] == 1
    assert {each["error"]["class"] for each in queue if each["error"]} == {"conflict", "validation"}
    assert {"create", "delete"} <= {each["operation"] for each in queue}
    (conflict,) = hub.conflicts(label)["items"]
    assert conflict["kind"] == "duplicate_name"
    assert len(hub.jobs(label)["items"]) == 2
    assert {each["who"] for each in hub.audit("kestrel-provisions", limit=5)["items"]} == {"Ann"}
    home = first.text("/")
    assert "Kestrel Provisions" in home
    again = first.send("/demo")
    assert again.status_code == 422
    assert "There is a company kestrel-provisions already." in again.text


def test_or_one_adds_ones_own_company_and_goes_on_to_connect_it(hub: Hub, first: Person) -> None:
    assert first.send("/companies", name="  ").status_code == 422
    assert first.send("/companies", name="Acme Trading").url.path == "/companies/acme-trading/connections"
    assert hub.companies() == [{"id": "acme-trading", "name": "Acme Trading"}]
