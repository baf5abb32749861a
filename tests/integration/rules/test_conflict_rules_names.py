"""Names that are taken: met before or in the books, resolved by renaming, by giving way, by linking (C1 to C4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hub.testing.scratch import Scratch


def _twin(scratch: Scratch, clerk: Any, **fields: str) -> str:
    """A customer of the same name stands in the books; C1 has met it and failed."""
    remote_id: str = clerk.add("customer", name="Blue Ltd", **fields)
    scratch.customer(name="Blue Ltd", phone="ours")
    scratch.sync()
    return remote_id


def _conflict(scratch: Scratch) -> dict[str, Any]:
    (row,) = scratch.hub.conflicts(scratch.connection)["items"]
    found: dict[str, Any] = row
    return found


def test_C1_a_name_that_exists_in_the_books_fails_and_nothing_there_changes(scratch: Scratch, clerk: Any) -> None:
    remote_id = _twin(scratch, clerk, phone="theirs")
    (row,) = scratch.queue()
    assert (row["error"]["class"], row["error"]["code"]) == ("conflict", "duplicate_name")
    assert scratch.state("customer", "C1") == "needs_attention"
    assert scratch.sync_of("customer", "C1")["remote_id"] is None
    twin = clerk.one("customer")
    assert (twin["remote_id"], twin["version"], twin["data"]["phone"]) == (remote_id, "1", "theirs")
    assert _conflict(scratch)["remote_id"] == remote_id


def test_C1_the_import_does_not_link_or_overwrite_the_record_that_waits(scratch: Scratch, clerk: Any) -> None:
    remote_id = _twin(scratch, clerk, phone="theirs")
    clerk.edit("customer", remote_id, email="theirs@example.com")
    scratch.sync()
    assert scratch.sync_of("customer", "C1")["remote_id"] is None
    assert scratch.hub.show(scratch.company, "customer", "C1")["data"]["phone"] == "ours"
    assert len(clerk.all("customer")) == 1


def test_C1_letters_of_another_case_and_more_spaces_are_the_same_name(scratch: Scratch, clerk: Any) -> None:
    clerk.add("customer", name="Blue Ltd")
    scratch.customer(name="  BLUE   ltd ")
    scratch.sync()
    assert scratch.queue()[0]["error"]["code"] == "duplicate_name"


def test_C2_renaming_it_in_the_source_resolves_it(scratch: Scratch, clerk: Any) -> None:
    _twin(scratch, clerk)
    scratch.customer(name="Blue of Ours Ltd")
    assert scratch.hub.conflicts(scratch.connection)["items"] == []
    assert scratch.queue()[0]["error"] is None
    scratch.sync()
    assert sorted(clerk.names("customer")) == ["Blue Ltd", "Blue of Ours Ltd"]
    assert scratch.state("customer", "C1") == "synced"


def test_C2_removing_the_request_and_touching_the_entity_lets_the_books_values_win(
    scratch: Scratch, clerk: Any
) -> None:
    remote_id = _twin(scratch, clerk, phone="theirs")
    scratch.hub.remove(scratch.connection, [scratch.queue()[0]["id"]])
    assert scratch.hub.conflicts(scratch.connection)["items"] == []
    scratch.sync()
    assert scratch.state("customer", "C1") == "diverged"
    clerk.edit("customer", remote_id, notes="touched")
    scratch.sync()
    standing = scratch.sync_of("customer", "C1")
    assert (standing["state"], standing["remote_id"]) == ("synced", remote_id)
    data = scratch.hub.show(scratch.company, "customer", "C1")["data"]
    assert (data["phone"], data["notes"]) == ("theirs", "touched")
    events = [event for event in scratch.hub.changes(scratch.company)["items"] if event["source_id"] == "C1"]
    assert events[-1]["kind"] == "entity_changed"
    assert events[-1]["data"]["phone"] == "theirs"
    assert len(clerk.all("customer")) == 1


def test_C2_a_record_matched_that_way_can_be_edited_afterwards(scratch: Scratch, clerk: Any) -> None:
    remote_id = _twin(scratch, clerk)
    scratch.hub.remove(scratch.connection, [scratch.queue()[0]["id"]])
    clerk.edit("customer", remote_id, notes="touched")
    scratch.sync()
    scratch.customer(name="Blue Ltd", phone="new")
    assert scratch.queue()[0]["error"] is None
    scratch.sync()
    assert clerk.one("customer")["data"]["phone"] == "new"


def test_C2_an_entity_of_another_type_with_that_name_is_no_match(scratch: Scratch, clerk: Any) -> None:
    scratch.customer(name="Blue Ltd")
    scratch.hub.remove(scratch.connection, [scratch.queue()[0]["id"]])
    clerk.add("item", name="Blue Ltd")
    scratch.sync()
    assert scratch.state("customer", "C1") == "diverged"


def test_C3_linking_with_the_sources_values_sends_them(scratch: Scratch, clerk: Any) -> None:
    remote_id = _twin(scratch, clerk, phone="theirs", email="theirs@example.com")
    scratch.hub.link(scratch.company, "customer", "C1", name="Blue Ltd", keep="source", reason="the same one")
    assert scratch.operations() == [("update", "customer", "C1")]
    assert scratch.hub.conflicts(scratch.connection)["items"] == []
    scratch.sync()
    assert (clerk.one("customer")["remote_id"], clerk.one("customer")["data"]["phone"]) == (remote_id, "ours")
    assert scratch.state("customer", "C1") == "synced"


def test_C3_linking_with_the_books_values_takes_them_and_sends_nothing(scratch: Scratch, clerk: Any) -> None:
    remote_id = _twin(scratch, clerk, phone="theirs")
    scratch.hub.link(scratch.company, "customer", "C1", remote_id=remote_id, keep="books")
    assert scratch.queue() == []
    assert scratch.hub.show(scratch.company, "customer", "C1")["data"]["phone"] == "theirs"
    assert scratch.hub.changes(scratch.company)["items"][-1]["kind"] == "entity_changed"
    scratch.sync()
    assert clerk.one("customer")["version"] == "1"


def test_C3_using_it_as_a_proxy_resolves_it_too(scratch: Scratch, clerk: Any) -> None:
    remote_id = _twin(scratch, clerk)
    scratch.item()
    scratch.ship_doc()
    scratch.hub.set_proxy(scratch.company, "customer", "C1", name="Blue Ltd")
    assert scratch.hub.conflicts(scratch.connection)["items"] == []
    scratch.sync()
    assert clerk.one("invoice")["party"] == remote_id


def test_C3_refusals_of_a_link(synced: Scratch, clerk: Any, code_of: Callable[..., str]) -> None:
    link, company = synced.hub.link, synced.company
    mine = synced.sync_of("customer", "C1")["remote_id"]
    synced.customer("C2", name="Other")
    other = clerk.add("customer", name="Asleep", active="false")

    def code(source_id: str, **target: str) -> str:
        return code_of(lambda: link(company, "customer", source_id, keep="source", **target))

    assert code("C2", name="Nobody") == "target_not_found"
    assert code("C2", remote_id=mine) == "linked_elsewhere"
    assert code("C2", name="Asleep") == "target_inactive"
    assert code("C1", remote_id=clerk.add("customer", name="Third")) == "already_linked"
    assert code("C2") == "target_missing"
    assert code("C2", name="Third", remote_id=other) == "target_missing"
    assert code_of(lambda: link(company, "customer", "C2", keep="both", name="Third")) == "keep_missing"
    assert code_of(lambda: link(company, "ship_doc", "S1", keep="source", name="S1")) in ("not_unknown", "linked")


def test_C4_two_queued_records_of_one_name_conflict_before_anything_is_sent(
    scratch: Scratch, sent: Callable[[], list[Any]]
) -> None:
    scratch.customer("C1", name="Blue Ltd")
    scratch.customer("C2", name="blue  LTD")
    first, second = scratch.queue()
    assert first["error"] is None
    assert (second["error"]["class"], second["error"]["code"]) == ("conflict", "duplicate_name")
    assert "customer C1" in second["error"]["message"]
    assert sent() == []


def test_C4_records_of_one_name_saved_at_once_conflict_as_well(scratch: Scratch) -> None:
    given = [{"type": "customer", "source_id": f"C{at}", "name": "Blue Ltd"} for at in range(3)]
    assert [saved.outcome for saved in scratch.hub.put_many(scratch.company, given)] == ["created"] * 3
    assert [row["error"] is None for row in scratch.queue()] == [True, False, False]


def test_C4_the_one_who_came_first_is_sent_and_the_other_never(scratch: Scratch, clerk: Any) -> None:
    scratch.customer("C1", name="Blue Ltd")
    scratch.customer("C2", name="Blue Ltd")
    job = scratch.sync()
    assert (job["totals"]["applied"], job["totals"]["conflict"]) == (1, 1)
    assert clerk.names("customer") == ["Blue Ltd"]
    (row,) = scratch.queue()
    assert (row["source_id"], row["attempts"]) == ("C2", 0)


@pytest.mark.parametrize("type", ["vendor", "employee"])
def test_C4_customers_vendors_and_employees_share_one_namespace(scratch: Scratch, type: str) -> None:
    scratch.customer(name="Blue Ltd")
    scratch.put(type, "X1", name="Blue Ltd")
    assert scratch.queue(type=type)[0]["error"]["code"] == "duplicate_name"


def test_C4_an_item_may_be_named_like_a_customer(scratch: Scratch, clerk: Any) -> None:
    scratch.customer(name="Blue Ltd")
    scratch.item(name="Blue Ltd")
    assert scratch.sync()["state"] == "completed"


def test_C4_inactive_names_of_the_books_count_before_anything_is_sent(
    scratch: Scratch, clerk: Any, sent: Callable[[], list[Any]]
) -> None:
    clerk.add("customer", name="Blue Ltd", active="false")
    scratch.sync()
    scratch.put("vendor", "V1", name="Blue Ltd")
    assert scratch.queue()[0]["error"]["code"] == "duplicate_name"
    scratch.sync()
    assert sent() == []


def test_C4_when_the_holder_is_renamed_the_other_goes_and_the_conflict_is_resolved(
    scratch: Scratch, clerk: Any
) -> None:
    scratch.customer("C1", name="Blue Ltd")
    scratch.customer("C2", name="Blue Ltd")
    scratch.sync()
    scratch.customer("C1", name="Red Ltd")
    scratch.sync()
    scratch.sync()
    assert sorted(clerk.names("customer")) == ["Blue Ltd", "Red Ltd"]
    assert scratch.hub.conflicts(scratch.connection)["items"] == []
    assert scratch.queue() == []


def test_C4_when_the_holder_is_deleted_before_it_was_sent_the_other_goes(scratch: Scratch, clerk: Any) -> None:
    scratch.customer("C1", name="Blue Ltd")
    scratch.customer("C2", name="Blue Ltd")
    scratch.hub.delete(scratch.company, "customer", "C1")
    scratch.sync()
    assert scratch.state("customer", "C2") == "synced"
    assert scratch.hub.conflicts(scratch.connection)["items"] == []


def test_C4_a_record_born_in_the_books_holds_its_own_name(scratch: Scratch, clerk: Any) -> None:
    remote_id = clerk.add("customer", name="Walk-in")
    scratch.sync()
    scratch.customer(f"mock:{remote_id}", name="Walk-in", phone="1")
    assert scratch.queue()[0]["error"] is None
    scratch.sync()
    assert clerk.one("customer")["data"]["phone"] == "1"


def test_C4_a_name_given_up_in_the_books_is_free_here(synced: Scratch, clerk: Any) -> None:
    clerk.edit("customer", clerk.one("customer")["remote_id"], name="Renamed there")
    synced.sync()
    assert synced.hub.show(synced.company, "customer", "C1")["name"] == "Renamed there"
    synced.customer("C2", name="Customer C1")
    assert synced.queue()[0]["error"] is None
    synced.sync()
    assert sorted(clerk.names("customer")) == ["Customer C1", "Renamed there"]


def test_C4_a_name_taken_in_the_books_by_a_linked_entity_is_taken_here(
    synced: Scratch, clerk: Any, sent: Callable[[], list[Any]]
) -> None:
    clerk.edit("customer", clerk.one("customer")["remote_id"], name="Blue Ltd")
    synced.sync()
    before = len(sent())
    synced.customer("C2", name="Blue Ltd")
    assert "customer C1" in synced.queue()[0]["error"]["message"]
    synced.sync()
    assert len(sent()) == before
