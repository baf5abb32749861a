"""The page of conflicts: each kind is told with its ways, and resolved there (C1 to C9, J8)."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from hub.testing.scratch import Scratch
from tests.integration.web.conftest import Person, readable

PAGE = "/c/acme/mock/conflicts"


def only(scratch: Scratch) -> str:
    """The id of the one conflict."""
    (found,) = scratch.hub.conflicts(scratch.connection)["items"]
    return str(found["id"])


@pytest.fixture
def taken(scratch: Scratch) -> Scratch:
    """A customer whose name the books have already, and a document that waits for it."""
    scratch.books.bookkeeper.add("customer", ["name=Shop", "email=books@example.com"])
    scratch.customer(name="Shop", email="source@example.com")
    scratch.item()
    scratch.ship_doc()
    scratch.sync()
    return scratch


def test_C1_a_duplicate_name_is_told_with_what_it_holds_up(taken: Scratch, ann: Person) -> None:
    page = ann.text(PAGE)
    assert "The name is taken in the books" in page
    assert "It holds up 1 more" in page


@pytest.mark.parametrize(("keep", "email"), [("source", "source@example.com"), ("books", "books@example.com")])
def test_C3_both_are_the_same_and_one_sides_values_win(taken: Scratch, ann: Person, keep: str, email: str) -> None:
    assert "Resolved: Shop." in ann.send(PAGE, conflict=only(taken), do=f"link:{keep}", reason="the same").text
    taken.sync()
    assert taken.hub.show("acme", "customer", "C1")["data"]["email"] == email
    assert taken.books.bookkeeper.all("customer")[0]["data"]["email"] == email
    assert taken.state("ship_doc", "S1") == "synced"


def test_C2_renamed_here_it_is_another_customer(taken: Scratch, ann: Person) -> None:
    ann.send(PAGE, conflict=only(taken), do="rename", name="Shop of Cork")
    taken.sync()
    assert {one["name"] for one in taken.books.bookkeeper.all("customer")} == {"Shop", "Shop of Cork"}


def test_C6_the_other_is_used_as_a_proxy(taken: Scratch, ann: Person) -> None:
    ann.send(PAGE, conflict=only(taken), do="proxy")
    assert taken.state("customer", "C1") == "proxied"


def test_C2_the_request_is_deleted_and_the_books_win(
    taken: Scratch, ann: Person, people: Callable[..., Person]
) -> None:
    ben = people("Ben", "bookkeeper")
    assert ben.send(PAGE, conflict=only(taken), do="remove", reason="x").status_code == 403
    ann.send(PAGE, conflict=only(taken), do="remove", reason="theirs is right")
    assert taken.hub.conflicts("acme/mock")["total"] == 0


def test_C5_a_two_sided_edit_is_chosen_field_by_field(scratch: Scratch, ann: Person) -> None:
    scratch.hub.set_policy("acme/mock", {"conflicts": "ask"})
    scratch.customer(email="a@example.com", phone="1")
    scratch.sync()
    remote = scratch.sync_of("customer", "C1")["remote_id"]
    scratch.books.bookkeeper.edit("customer", remote, ["email=books@example.com", "phone=2"])
    scratch.customer(email="source@example.com", phone="3")
    scratch.sync()
    page = ann.see(PAGE)
    for value in ("a@example.com", "books@example.com", "source@example.com"):
        assert value in readable(page)
    fields = set(re.findall(r'name="(field:\w+)"', page))
    assert fields == {"field:email", "field:phone"}
    ann.send(PAGE, conflict=only(scratch), do="choose", **{"field:email": "books", "field:phone": "source"})
    scratch.sync()
    for held in (
        scratch.hub.show("acme", "customer", "C1")["data"],
        scratch.books.bookkeeper.all("customer")[0]["data"],
    ):
        assert (held["email"], held["phone"]) == ("books@example.com", "3")


def test_J8_what_the_brake_holds_is_confirmed_with_a_reason(scratch: Scratch, ann: Person) -> None:
    scratch.hub.set_policy("acme/mock", {"brake_from": 1, "brake_percent": 10})
    for at in range(6):
        scratch.customer(f"C{at}")
    scratch.sync()
    for at in range(4):
        scratch.hub.delete("acme", "customer", f"C{at}")
    scratch.sync()
    assert "Held for your word: 4" in ann.text(PAGE)
    assert ann.send(PAGE, do="confirm").status_code == 422
    assert "4 confirmed" in ann.send(PAGE, do="confirm", reason="the branch is closed").text
    scratch.sync()
    assert sum(one["active"] for one in scratch.books.bookkeeper.all("customer")) == 2


def test_a_forged_choice_changes_nothing(taken: Scratch, ann: Person, people: Callable[..., Person]) -> None:
    vic = people("Vic", "viewer")
    assert vic.send(PAGE, conflict=only(taken), do="link:source").status_code == 403
    for fields in ({"conflict": "99", "do": "link:source"}, {"conflict": only(taken), "do": "nonsense"},
                   {"conflict": only(taken), "do": "link:nobody"}, {"conflict": "x" * 400, "do": "proxy"}):  # fmt: skip
        assert ann.send(PAGE, **fields).status_code in (404, 409, 422)
    assert taken.hub.conflicts("acme/mock")["total"] == 1


def test_C3_what_a_choice_does_is_shown_before_it_is_done(taken: Scratch, ann: Person) -> None:
    page = ann.see(PAGE)
    forms = re.findall(r'<form method="post" action="/c/acme/mock/conflicts"', page)
    assert forms == []  # nothing is resolved from the list itself
    id = only(taken)
    shown = ann.ask(f"{PAGE}/confirm", conflict=id, do="link:source")
    text = readable(shown.text)
    assert "Keep the source's values: customer Shop" in text
    assert "writes the source's values over those in the books" in text
    assert "No longer held up 1 more" in text
    assert taken.hub.conflicts("acme/mock")["total"] == 1
    fields = dict(
        re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', shown.text.partition("card-md")[2])
    )
    assert "Resolved: Shop." in ann.send(PAGE, **fields, reason="the same").text


def test_C5_the_fields_chosen_are_shown_with_what_is_kept_and_what_is_given_up(scratch: Scratch, ann: Person) -> None:
    scratch.hub.set_policy("acme/mock", {"conflicts": "ask"})
    scratch.customer(email="a@example.com", phone="1")
    scratch.sync()
    remote = scratch.sync_of("customer", "C1")["remote_id"]
    scratch.books.bookkeeper.edit("customer", remote, ["email=books@example.com", "phone=2"])
    scratch.customer(email="source@example.com", phone="3")
    scratch.sync()
    chosen = {"field:email": "books", "field:phone": "source"}
    text = readable(ann.ask(f"{PAGE}/confirm", conflict=only(scratch), do="choose", **chosen).text)
    assert "email books@example.com as the books have it source@example.com" in text
    assert "phone 3 as the source has it 2" in text


@pytest.mark.parametrize(
    "asked",
    [{"do": "nonsense"}, {"do": "rename"}, {"do": "release"}, {"do": "link:nobody"}, {"do": "confirm"},
     {"conflict": "99"}, {"conflict": "x" * 400}, {}],
)  # fmt: skip
def test_a_look_at_what_is_no_choice_is_refused(taken: Scratch, ann: Person, asked: dict[str, str]) -> None:
    answer = ann.ask(f"{PAGE}/confirm", **{"conflict": only(taken), **asked})
    assert answer.status_code in (404, 422)
    assert "This did not work" in readable(answer.text)


def test_a_conflict_that_was_settled_meanwhile_leads_back_to_the_list(taken: Scratch, ann: Person) -> None:
    id = only(taken)
    ann.send(PAGE, conflict=id, do="link:source")
    answer = ann.ask(f"{PAGE}/confirm", conflict=id, do="link:source")
    assert answer.url.path == PAGE
    assert "settled already" in readable(answer.text)
