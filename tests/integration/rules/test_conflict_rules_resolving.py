"""One call resolves every conflict, in each of the ways that are open for it (C1 to C5, C9, X3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hub.app import Hub
from hub.queue import Right
from hub.testing.scratch import Scratch

CodeOf = Callable[[Callable[[], Any]], str]


def _data(scratch: Scratch, source_id: str) -> dict[str, Any]:
    data: dict[str, Any] = scratch.hub.show(scratch.company, "customer", source_id)["data"]
    return data


def _only(scratch: Scratch) -> dict[str, Any]:
    (row,) = scratch.hub.conflicts(scratch.connection)["items"]
    found: dict[str, Any] = row
    return found


@pytest.fixture
def duplicate(scratch: Scratch, clerk: Any) -> dict[str, Any]:
    """C1 wants a name that the books have already."""
    clerk.add("customer", name="Alfreds", phone="theirs")
    scratch.customer(name="Alfreds", phone="ours")
    scratch.sync()
    return _only(scratch)


@pytest.fixture
def clash(synced: Scratch, clerk: Any) -> dict[str, Any]:
    """Both sides changed phone and fax of C1; the books alone its email, the source alone its notes."""
    synced.customer(phone="1", fax="1", email="a@example.com")
    synced.sync()
    synced.hub.set_policy(synced.connection, {"conflicts": "ask"})
    there = clerk.one("customer")["remote_id"]
    clerk.edit("customer", there, phone="theirs", fax="theirs", email="b@example.com")
    synced.customer(phone="ours", fax="ours", email="a@example.com", website="https://example.com/")
    synced.sync()
    return _only(synced)


def _resolve(scratch: Scratch, row: dict[str, Any], action: str, **more: Any) -> dict[str, Any]:
    return scratch.hub.resolve_conflict(scratch.connection, row["id"], action, **more)


def test_C3_a_duplicate_is_linked_and_the_record_comes_back(scratch: Scratch, duplicate: dict[str, Any]) -> None:
    assert duplicate["ways"] == ["rename", "link", "proxy", "remove"]
    shown = _resolve(scratch, duplicate, "link", keep="books", reason="the same shop")
    assert (shown["source_id"], shown["sync"][0]["state"], _data(scratch, "C1")["phone"]) == ("C1", "synced", "theirs")
    assert scratch.hub.conflicts(scratch.connection)["total"] == 0


def test_C6_a_duplicate_is_posted_with_the_other(scratch: Scratch, duplicate: dict[str, Any]) -> None:
    assert _resolve(scratch, duplicate, "proxy")["sync"][0]["state"] == "proxied"
    assert scratch.hub.conflicts(scratch.connection)["total"] == 0


def test_C2_a_duplicate_is_renamed_here_and_the_source_is_told(scratch: Scratch, duplicate: dict[str, Any]) -> None:
    _resolve(scratch, duplicate, "rename", name="Alfreds of Berlin")
    told = scratch.hub.changes(scratch.company)["items"][-1]
    assert (told["kind"], told["source_id"], told["data"]["name"]) == ("entity_changed", "C1", "Alfreds of Berlin")
    scratch.sync()
    assert scratch.state("customer", "C1") == "synced"


def test_C4_a_duplicate_is_not_renamed_to_another_taken_name(
    scratch: Scratch, duplicate: dict[str, Any], code_of: CodeOf
) -> None:
    scratch.customer("C2", name="Bottoms")
    scratch.sync()
    assert code_of(lambda: _resolve(scratch, duplicate, "rename", name="bottoms")) == "duplicate_name"
    assert _data(scratch, "C1")["name"] == "Alfreds"
    assert _only(scratch)["id"] == duplicate["id"]


def test_C2_a_duplicates_request_is_removed_with_the_right_to(
    scratch: Scratch, duplicate: dict[str, Any], hub_of: Callable[..., Hub], code_of: CodeOf
) -> None:
    clerk = hub_of("clerk", Right.UNDO)
    assert code_of(lambda: clerk.resolve_conflict(scratch.connection, duplicate["id"], "remove")) == "not_permitted"
    _resolve(scratch, duplicate, "remove", reason="they are right")
    assert scratch.queue() == []
    assert scratch.hub.conflicts(scratch.connection)["total"] == 0


def test_C5_each_field_gets_the_value_chosen_for_it_and_the_rest_merges(
    synced: Scratch, clerk: Any, clash: dict[str, Any]
) -> None:
    assert clash["ways"] == ["link", "choose"]
    _resolve(synced, clash, "choose", fields={"phone": "books", "fax": "source"})
    synced.sync()
    for data in (_data(synced, "C1"), clerk.one("customer")["data"]):
        assert (data["phone"], data["fax"], data["email"]) == ("theirs", "ours", "b@example.com")
    assert clerk.one("customer")["data"]["website"] == "https://example.com/"
    assert (synced.queue(), synced.state("customer", "C1")) == ([], "synced")
    assert synced.hub.conflicts(synced.connection)["total"] == 0


def test_C5_a_field_that_both_changed_needs_a_choice(synced: Scratch, clash: dict[str, Any], code_of: CodeOf) -> None:
    assert code_of(lambda: _resolve(synced, clash, "choose", fields={"phone": "books"})) == "choice_missing"
    assert code_of(lambda: _resolve(synced, clash, "choose")) == "choice_missing"
    wrong = {"phone": "books", "fax": "source", "shoe_size": "books"}
    assert code_of(lambda: _resolve(synced, clash, "choose", fields=wrong)) == "unknown_field"
    assert code_of(lambda: _resolve(synced, clash, "choose", fields={"phone": "mine"})) == "keep_missing"
    assert _only(synced)["id"] == clash["id"]
    assert _data(synced, "C1")["phone"] == "ours"


def test_C5_where_the_books_win_every_field_nothing_is_left_to_send(
    scratch: Scratch, clerk: Any, code_of: CodeOf
) -> None:
    scratch.customer(phone="1")
    scratch.sync()
    scratch.hub.set_policy(scratch.connection, {"conflicts": "ask"})
    clerk.edit("customer", clerk.one("customer")["remote_id"], phone="theirs")
    scratch.customer(phone="ours")
    scratch.sync()
    row = _only(scratch)
    _resolve(scratch, row, "choose", fields={"phone": "books"})
    assert (scratch.queue(), _data(scratch, "C1")["phone"]) == ([], "theirs")
    assert code_of(lambda: _resolve(scratch, row, "link", keep="books")) == "conflict_settled"


def test_X3_what_was_checked_by_hand_is_linked_or_released(doubtful: Scratch, clerk: Any) -> None:
    row = _only(doubtful)
    assert row["ways"] == ["link", "release"]
    (found,) = [each for each in clerk.all("invoice") if each["number"] == "S2"]
    _resolve(doubtful, row, "link", remote_id=found["remote_id"])
    doubtful.sync()
    assert doubtful.state("ship_doc", "S2") == "synced"
    assert len([each for each in clerk.all("invoice") if each["number"] == "S2"]) == 1


def test_X3_what_was_checked_by_hand_is_released_to_be_sent_again(doubtful: Scratch) -> None:
    _resolve(doubtful, _only(doubtful), "release", reason="not there")
    assert doubtful.queue()[0]["state"] == "waiting"
    assert doubtful.hub.conflicts(doubtful.connection)["total"] == 0


def test_C9_only_the_ways_that_are_open_are_taken(scratch: Scratch, duplicate: dict[str, Any], code_of: CodeOf) -> None:
    assert code_of(lambda: _resolve(scratch, duplicate, "choose", fields={})) == "action_not_possible"
    assert code_of(lambda: _resolve(scratch, duplicate, "forget")) == "bad_action"
    assert code_of(lambda: _resolve(scratch, duplicate, "link")) == "keep_missing"
    assert code_of(lambda: _resolve(scratch, duplicate, "rename")) == "name_missing"
    assert code_of(lambda: _resolve(scratch, {"id": 10**6}, "link", keep="books")) == "conflict_not_found"
    assert _only(scratch)["id"] == duplicate["id"]


def test_C9_conflicts_are_read_page_by_page(scratch: Scratch, clerk: Any, code_of: CodeOf) -> None:
    for at in range(5):
        clerk.add("customer", name=f"Taken {at}")
        scratch.customer(f"C{at}", name=f"Taken {at}")
    scratch.sync()
    met, after = [], None
    while True:
        page = scratch.hub.conflicts(scratch.connection, limit=2, after=after)
        assert page["total"] == 5
        met += [row["source_id"] for row in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert met == [f"C{at}" for at in range(5)]
    for wrong in ("x", "WzFd0", "WyJhIl0", "Wy0xXQ", "é"):
        assert code_of(lambda wrong=wrong: scratch.hub.conflicts(scratch.connection, after=wrong)) == "bad_cursor"
