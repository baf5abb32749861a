"""From a record to its page in the books: a link where a plugin knows one, and never more harm than no link."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path
from typing import Any

import pytest
from hub_mock import MockAdapter

from hub.adapters import Found, RemoteRef, hookimpl
from hub.errors import AuthorisationLost
from hub.testing.scratch import Scratch
from tests.integration.web.conftest import Person

PAGE = "/companies/acme/records/ship_doc/S1?part=books"
Answer = Callable[[str, str], Any]


class Pages(MockAdapter):
    """Mock books with pages, at the addresses that `answer` tells (posted as, remote id)."""

    answer: Answer = staticmethod(lambda posts_as, remote_id: f"https://books.example/{posts_as}?id={remote_id}&open=1")

    @hookimpl
    def hub_record_url(self, ref: RemoteRef, posts_as: str) -> Any:
        return self.answer(posts_as, ref.remote_id)


@pytest.fixture
def scratch(tmp_path: Path) -> Iterator[Scratch]:
    """A synced ship doc in those books."""
    made = Scratch(tmp_path, adapters={"mock": Found(name="mock", version="0", status="ready", adapter=Pages)})
    made.customer()
    made.item()
    made.ship_doc()
    made.sync()
    yield made
    made.hub.close()


def test_a_record_is_opened_in_the_books_from_its_page(scratch: Scratch, ann: Person) -> None:
    remote = scratch.sync_of("ship_doc", "S1")["remote_id"]
    url = f"https://books.example/invoice?id={remote}&open=1"
    assert scratch.sync_of("ship_doc", "S1")["url"] == url
    link = f'<a href="{escape(url)}" target="_blank" rel="noopener noreferrer">Open in Mock books</a>'
    assert link in ann.see(PAGE)
    scratch.books.misbehave("unauthorised", on="read")
    page = ann.see(PAGE)
    assert "cannot be shown just now" in page
    assert link in page, "books that the hub cannot read can be opened all the same"


def test_a_copy_that_is_kept_can_be_opened_and_what_is_not_there_cannot(scratch: Scratch) -> None:
    url = scratch.sync_of("ship_doc", "S1")["url"]
    scratch.hub.detach("acme", "ship_doc", "S1")
    assert scratch.sync_of("ship_doc", "S1")["url"] == url
    scratch.customer("C2")
    assert scratch.sync_of("customer", "C2")["url"] is None


def fail(fault: BaseException) -> Any:
    """A plugin that raises."""
    raise fault


@pytest.mark.parametrize(
    "answer",
    [
        lambda *_: "javascript:alert(document.cookie)", lambda *_: "data:text/html,<script>alert(1)</script>",
        lambda *_: 'https://books.example/"><script>alert(1)</script>', lambda *_: 7, lambda *_: None,
        lambda *_: fail(KeyError("page")), lambda *_: fail(SystemExit(3)), lambda *_: fail(AuthorisationLost("no")),
    ],
)  # fmt: skip
def test_a_plugin_without_an_address_or_with_a_hostile_one_costs_the_link_and_not_the_page(
    scratch: Scratch, ann: Person, monkeypatch: pytest.MonkeyPatch, answer: Answer
) -> None:
    monkeypatch.setattr(Pages, "answer", staticmethod(answer))
    page = ann.see(PAGE)
    assert "The books hold" in page
    assert "Open in" not in page
    assert "alert(" not in page
    assert scratch.sync_of("ship_doc", "S1")["url"] is None
