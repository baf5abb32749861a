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


def form_of(page: str) -> dict[str, str]:
    """What the form of a second look carries, but for what the session adds."""
    found = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.partition("card-md")[2]))
    found.pop("csrf")
    return found


@pytest.fixture
def clashing(scratch: Scratch) -> Scratch:
    """A customer of whom both sides changed two fields, and a person is to choose."""
    scratch.hub.set_policy("acme/mock", {"conflicts": "ask"})
    scratch.customer(email="a@example.com", phone="1")
    scratch.sync()
    remote = scratch.sync_of("customer", "C1")["remote_id"]
    scratch.books.bookkeeper.edit("customer", remote, ["email=books@example.com", "phone=2"])
    scratch.customer(email="source@example.com", phone="3")
    scratch.sync()
    return scratch


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
    assert ben.ask(f"{PAGE}/confirm", conflict=only(taken), do="remove").status_code == 403
    assert 'value="link:books"' in ben.see(PAGE), "the ways that are open to them"
    assert 'value="remove"' not in ben.see(PAGE), "U9: who lacks the right sees no button"
    assert 'value="remove"' in ann.see(PAGE)
    assert ann.ask(f"{PAGE}/confirm", conflict=only(taken), do="remove").status_code == 200
    ann.send(PAGE, conflict=only(taken), do="remove", reason="theirs is right")
    assert taken.hub.conflicts("acme/mock")["total"] == 0


def test_C5_a_two_sided_edit_is_chosen_field_by_field(clashing: Scratch, ann: Person) -> None:
    page = ann.see(PAGE)
    for value in ("a@example.com", "books@example.com", "source@example.com"):
        assert value in readable(page)
    fields = set(re.findall(r'name="(field:\w+)"', page))
    assert fields == {"field:email", "field:phone"}
    ann.send(PAGE, conflict=only(clashing), do="choose", **{"field:email": "books", "field:phone": "source"})
    clashing.sync()
    for held in (
        clashing.hub.show("acme", "customer", "C1")["data"],
        clashing.books.bookkeeper.all("customer")[0]["data"],
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
    assert "Resolved: Shop." in ann.send(PAGE, **form_of(shown.text), reason="the same").text


CHOSEN = {"field:email": "books", "field:phone": "source"}


def test_C5_the_fields_chosen_are_shown_with_what_is_kept_and_what_is_given_up(clashing: Scratch, ann: Person) -> None:
    shown = ann.ask(f"{PAGE}/confirm", conflict=only(clashing), do="choose", **CHOSEN, **{"field:name": "books"})
    text = readable(shown.text)
    assert "email books@example.com as the books have it source@example.com" in text
    assert "phone 3 as the source has it 2" in text
    assert "field:name" not in form_of(shown.text), "a choice that is not shown is not made"
    assert "Resolved: Customer C1." in ann.send(PAGE, **form_of(shown.text)).text
    clashing.sync()
    (held,) = clashing.books.bookkeeper.all("customer")
    assert (held["data"]["email"], held["data"]["phone"]) == ("books@example.com", "3")


@pytest.mark.parametrize("ticked", [{}, {"field:email": "books"}, {"field:email": "books", "field:phone": "nobody"}])
def test_C5_a_field_without_a_choice_is_named_and_there_is_no_button(
    clashing: Scratch, ann: Person, ticked: dict[str, str]
) -> None:
    page = ann.ask(f"{PAGE}/confirm", conflict=only(clashing), do="choose", **ticked).text.partition("card-md")[2]
    assert "Not chosen yet: " in page
    assert "phone" in page
    assert "tick for each field" in page
    assert "<button" not in page


@pytest.mark.parametrize("do", ["choose", "link:source", "link:books"])
@pytest.mark.parametrize("side", ["source", "books"])
def test_C5_a_value_that_changed_since_it_was_shown_is_shown_anew_and_nothing_is_done(
    clashing: Scratch, ann: Person, do: str, side: str
) -> None:
    shown = ann.ask(f"{PAGE}/confirm", conflict=only(clashing), do=do, **(CHOSEN if do == "choose" else {}))
    if side == "source":
        clashing.customer(email="late@example.com", phone="3")
    else:
        remote = clashing.sync_of("customer", "C1")["remote_id"]
        clashing.books.bookkeeper.edit("customer", remote, ["email=late@example.com"])
    again = ann.send(PAGE, **form_of(shown.text), reason="they rang")
    assert again.status_code == 409
    assert "What was shown has changed meanwhile" in readable(again.text)
    assert "late@example.com" in readable(again.text)
    assert 'value="they rang"' in again.text
    assert clashing.hub.conflicts("acme/mock")["total"] == 1
    assert "Resolved: Customer C1." in ann.send(PAGE, **form_of(again.text), reason="they rang").text


@pytest.mark.parametrize("do", ["link:source", "link:books", "proxy"])
def test_C3_what_is_shown_is_what_is_linked_whatever_else_stands_in_the_address(
    taken: Scratch, ann: Person, do: str
) -> None:
    taken.books.bookkeeper.add("customer", ["name=Other"])
    shop, other = sorted(taken.books.bookkeeper.all("customer"), key=lambda one: one["name"] == "Other")
    shown = ann.ask(f"{PAGE}/confirm", conflict=only(taken), do=do, name="Other")
    assert f"In the books it is Shop {shop['remote_id']}" in readable(shown.text)
    fields = form_of(shown.text)
    assert (fields["remote_id"], "name" in fields) == (shop["remote_id"], False)
    ann.send(PAGE, **fields, name="Other")
    (at,) = taken.hub.show("acme", "customer", "C1")["sync"]
    assert shop["remote_id"] in (at["remote_id"], (at.get("proxy") or {}).get("remote_id"))
    assert other["remote_id"] != shop["remote_id"]


def test_C3_one_that_was_looked_for_is_shown_by_name_and_linked(taken: Scratch, ann: Person) -> None:
    taken.books.bookkeeper.add("customer", ["name=Other"])
    (other,) = [one for one in taken.books.bookkeeper.all("customer") if one["name"] == "Other"]
    shown = ann.ask(f"{PAGE}/confirm", conflict=only(taken), do="link:source", remote_id=other["remote_id"])
    assert f"In the books it is Other {other['remote_id']}" in readable(shown.text)
    ann.send(PAGE, **form_of(shown.text))
    assert taken.sync_of("customer", "C1")["remote_id"] == other["remote_id"]


def test_C3_one_that_was_renamed_in_the_books_since_is_shown_anew(taken: Scratch, ann: Person) -> None:
    shown = ann.ask(f"{PAGE}/confirm", conflict=only(taken), do="link:source")
    (shop,) = taken.books.bookkeeper.all("customer")
    taken.books.bookkeeper.edit("customer", shop["remote_id"], ["name=Another shop"])
    again = ann.send(PAGE, **form_of(shown.text))
    assert again.status_code == 409
    assert "In the books it is Another shop" in readable(again.text)


def test_C3_one_that_is_not_in_the_books_is_not_offered(taken: Scratch, ann: Person) -> None:
    answer = ann.ask(f"{PAGE}/confirm", conflict=only(taken), do="link:source", remote_id="4711")
    assert answer.status_code == 404
    assert "The books hold no customer 4711 any more" in readable(answer.text)


def test_C2_the_name_that_was_shown_is_the_one_it_gets(taken: Scratch, ann: Person) -> None:
    shown = ann.ask(f"{PAGE}/confirm", conflict=only(taken), do="rename", name="Shop of Cork")
    assert "Its name will be Shop of Cork" in readable(shown.text)
    again = ann.send(PAGE, **{**form_of(shown.text), "name": "Shop of Kerry"})
    assert again.status_code == 409
    ann.send(PAGE, **form_of(shown.text))
    assert taken.hub.show("acme", "customer", "C1")["name"] == "Shop of Cork"


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
