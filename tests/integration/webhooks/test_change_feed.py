"""The change feed: what it tells, that its cursor is good for ever, and that no event is ever left out."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from hub.errors import InvalidInput, NotFound
from hub.queue.trail import Event, EventKind, write_events
from hub.testing.scratch import Scratch


def feed(scratch: Scratch, after: int = 0, limit: int = 500) -> dict[str, Any]:
    found: dict[str, Any] = scratch.hub.changes(scratch.company, after, limit)
    return found


def of_customers(scratch: Scratch, after: int = 0) -> list[dict[str, Any]]:
    return [each for each in feed(scratch, after)["items"] if each["type"] == "customer"]


def write_some(scratch: Scratch, count: int) -> None:
    with scratch.hub.database.write(scratch.company) as db:
        some = [
            Event(kind=EventKind.ENTITY_CHANGED, type="customer", source_id=f"C{at}", connection_id=1)
            for at in range(count)
        ]
        write_events(db, scratch.company, scratch.clock.now(), some)


def test_the_same_cursor_comes_back_while_nothing_is_new(scratch: Scratch) -> None:
    assert feed(scratch) == {"items": [], "next": 0, "more": False, "total": 0}
    write_some(scratch, 3)
    end = feed(scratch)["next"]
    assert feed(scratch, end) == {"items": [], "next": end, "more": False, "total": 0}
    write_some(scratch, 1)
    assert [each["source_id"] for each in feed(scratch, end)["items"]] == ["C0"]


def test_pages_join_without_a_gap_or_an_overlap(scratch: Scratch) -> None:
    write_some(scratch, 7)
    seen: list[int] = []
    page = feed(scratch, 0, 3)
    lengths = []
    while page["items"]:
        seen += [each["id"] for each in page["items"]]
        lengths.append((len(page["items"]), page["more"]))
        page = feed(scratch, page["next"], 3)
    assert seen == [each["id"] for each in feed(scratch)["items"]]
    assert lengths == [(3, True), (3, True), (1, False)]


def test_another_company_sees_nothing_of_it(scratch: Scratch) -> None:
    scratch.hub.add_company("Other")
    write_some(scratch, 3)
    assert scratch.hub.changes("other")["items"] == []
    end = feed(scratch)["next"]
    assert scratch.hub.changes("other", end)["next"] == end  # given out to somebody, so it is a cursor
    with pytest.raises(NotFound, match="company"):
        scratch.hub.changes("nobody")


def test_a_cursor_of_another_hub_is_refused_instead_of_passing_over_events(scratch: Scratch) -> None:
    write_some(scratch, 3)
    with pytest.raises(InvalidInput) as met:
        feed(scratch, 1_000_000)
    assert met.value.code == "bad_cursor"


def test_an_event_never_appears_behind_one_that_was_read(scratch: Scratch) -> None:
    """A second writer, begun while the first has its id and has not committed, must not come in front of it."""
    second = threading.Thread(target=write_some, args=(scratch, 1))
    with scratch.hub.database.write(scratch.company) as db:
        first = Event(kind=EventKind.ENTITY_CHANGED, type="item", source_id="first", connection_id=1)
        write_events(db, scratch.company, scratch.clock.now(), [first])
        second.start()
        second.join(0.5)  # it waits for its turn; without turns it would be done by now
        cursor = feed(scratch)["next"]
    second.join()
    assert [each["source_id"] for each in feed(scratch, cursor)["items"]] == ["first", "C0"]


def test_U1_an_undone_document_is_told_with_the_status_it_has_now(scratch: Scratch) -> None:
    scratch.customer()
    scratch.item()
    scratch.ship_doc()
    scratch.sync()
    after = feed(scratch)["next"]
    scratch.hub.undo(scratch.company, "ship_doc", "S1", reason="wrong price")
    (event,) = feed(scratch, after)["items"]
    assert (event["kind"], event["type"], event["source_id"]) == ("record_reopened", "ship_doc", "S1")
    assert event["connection"] == scratch.connection
    assert event["data"] == {"status": scratch.status("ship_doc", "S1")}


def test_entities_made_changed_and_renamed_in_the_books_come_with_all_their_values(scratch: Scratch) -> None:
    scratch.customer("C1", name="Zoë's Café")
    scratch.sync()
    after = feed(scratch)["next"]
    (held,) = scratch.books.bookkeeper.all("customer")
    scratch.books.bookkeeper.edit("customer", held["remote_id"], ["name=Zoë's Bistro", "phone=555"])
    scratch.books.bookkeeper.add("customer", ["name=New in the books", "email=new@example.com"])
    scratch.sync()
    told = {each["kind"]: each for each in feed(scratch, after)["items"]}
    changed, created = told["entity_changed"], told["entity_created"]
    assert (changed["source_id"], changed["data"]["name"], changed["data"]["phone"]) == ("C1", "Zoë's Bistro", "555")
    assert created["data"]["email"] == "new@example.com"
    shown = scratch.hub.show(scratch.company, "customer", created["source_id"])
    assert shown["data"]["name"] == created["data"]["name"] == "New in the books"


def test_C2_a_record_that_an_import_linked_by_its_name_is_told(scratch: Scratch) -> None:
    scratch.books.bookkeeper.add("customer", ["name=Twin", "phone=555"])
    scratch.customer("C1", name="Twin")
    (waiting,) = scratch.queue()
    scratch.hub.remove(scratch.connection, [waiting["id"]], reason="it is there")
    after = feed(scratch)["next"]
    scratch.sync()
    kinds = [(each["kind"], each["source_id"]) for each in of_customers(scratch, after)]
    assert kinds == [("record_linked", "C1"), ("entity_changed", "C1")]


def test_C3_a_link_that_a_person_chose_is_told_and_so_is_the_record_it_takes_the_place_of(scratch: Scratch) -> None:
    scratch.books.bookkeeper.add("customer", ["name=Theirs", "phone=555"])
    scratch.sync()
    (born,) = of_customers(scratch)
    scratch.customer("C1", name="Ours")
    after = feed(scratch)["next"]
    scratch.hub.link(scratch.company, "customer", "C1", name="Theirs", keep="books")
    told = [(each["kind"], each["source_id"]) for each in feed(scratch, after)["items"]]
    assert told == [("entity_absorbed", born["source_id"]), ("record_linked", "C1"), ("entity_changed", "C1")]
