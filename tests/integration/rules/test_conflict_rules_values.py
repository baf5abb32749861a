"""Both sides changed, and what an entity met in the books is taken for (C5, C8)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hub.testing.scratch import Scratch


def _data(scratch: Scratch, source_id: str = "C1") -> dict[str, Any]:
    data: dict[str, Any] = scratch.hub.show(scratch.company, "customer", source_id)["data"]
    return data


def _both_edit(scratch: Scratch, clerk: Any, *, ours: dict[str, str], theirs: dict[str, str]) -> None:
    clerk.edit("customer", clerk.one("customer")["remote_id"], **theirs)
    scratch.customer(**ours)


def _overwritten(scratch: Scratch) -> list[dict[str, Any]]:
    told = scratch.hub.show(scratch.company, "customer", "C1")["history"]
    return [entry["details"] for entry in told if entry["what"] == "overwritten"]


def test_C5_fields_changed_on_one_side_only_merge(synced: Scratch, clerk: Any) -> None:
    _both_edit(synced, clerk, ours={"phone": "ours"}, theirs={"email": "theirs@example.com"})
    synced.sync()
    for data in (_data(synced), clerk.one("customer")["data"]):
        assert (data["phone"], data["email"]) == ("ours", "theirs@example.com")
    assert _overwritten(synced) == []
    assert synced.queue() == []


def test_C5_a_change_of_the_books_alone_comes_to_the_source(synced: Scratch, clerk: Any) -> None:
    clerk.edit("customer", clerk.one("customer")["remote_id"], phone="theirs")
    synced.sync()
    assert _data(synced)["phone"] == "theirs"
    assert synced.queue() == []


def test_C5_a_field_emptied_in_the_books_is_emptied_here(synced: Scratch, clerk: Any) -> None:
    synced.customer(phone="1")
    synced.sync()
    clerk.edit("customer", clerk.one("customer")["remote_id"], phone="")
    synced.sync()
    assert "phone" not in _data(synced)


def test_C5_by_default_the_sources_value_wins_and_the_lost_one_is_logged(synced: Scratch, clerk: Any) -> None:
    _both_edit(synced, clerk, ours={"phone": "ours"}, theirs={"phone": "theirs"})
    synced.sync()
    assert _data(synced)["phone"] == "ours"
    assert clerk.one("customer")["data"]["phone"] == "ours"
    assert _overwritten(synced) == [{"source": {}, "books": {"phone": "theirs"}}]


def test_C5_where_the_books_win_the_sources_lost_value_is_logged(synced: Scratch, clerk: Any) -> None:
    synced.hub.set_policy(synced.connection, {"conflicts": "books"})
    _both_edit(synced, clerk, ours={"phone": "ours", "fax": "1"}, theirs={"phone": "theirs"})
    synced.sync()
    for data in (_data(synced), clerk.one("customer")["data"]):
        assert (data["phone"], data["fax"]) == ("theirs", "1")
    assert _overwritten(synced) == [{"source": {"phone": "ours"}, "books": {}}]


def _ask(scratch: Scratch, clerk: Any) -> dict[str, Any]:
    scratch.customer(phone="base")
    scratch.sync()
    scratch.hub.set_policy(scratch.connection, {"conflicts": "ask"})
    _both_edit(scratch, clerk, ours={"phone": "ours"}, theirs={"phone": "theirs"})
    scratch.sync()
    (row,) = scratch.hub.conflicts(scratch.connection)["items"]
    found: dict[str, Any] = row
    return found


def test_C5_where_a_person_is_asked_both_values_and_the_base_are_shown_and_nothing_is_sent(
    synced: Scratch, clerk: Any
) -> None:
    row = _ask(synced, clerk)
    assert row["kind"] == "both_changed"
    assert row["details"]["clashes"] == [{"field": "phone", "base": "base", "source": "ours", "books": "theirs"}]
    assert synced.queue()[0]["error"]["code"] == "both_changed"
    synced.sync()
    assert clerk.one("customer")["data"]["phone"] == "theirs"
    assert _data(synced)["phone"] == "ours"


@pytest.mark.parametrize(("keep", "phone"), [("source", "ours"), ("books", "theirs")])
def test_C5_the_persons_answer_settles_it(synced: Scratch, clerk: Any, keep: str, phone: str) -> None:
    row = _ask(synced, clerk)
    synced.hub.link(synced.company, "customer", "C1", remote_id=row["remote_id"], keep=keep)
    assert synced.hub.conflicts(synced.connection)["items"] == []
    synced.sync()
    assert (_data(synced)["phone"], clerk.one("customer")["data"]["phone"]) == (phone, phone)
    assert (synced.queue(), synced.state("customer", "C1")) == ([], "synced")


def test_C5_fields_without_a_clash_merge_without_asking(synced: Scratch, clerk: Any) -> None:
    synced.hub.set_policy(synced.connection, {"conflicts": "ask"})
    _both_edit(synced, clerk, ours={"phone": "ours"}, theirs={"fax": "theirs"})
    synced.sync()
    assert synced.hub.conflicts(synced.connection)["items"] == []
    assert (_data(synced)["fax"], clerk.one("customer")["data"]["phone"]) == ("theirs", "ours")


def test_C5_both_sides_changed_to_the_same_value_is_no_clash(synced: Scratch, clerk: Any) -> None:
    synced.hub.set_policy(synced.connection, {"conflicts": "ask"})
    _both_edit(synced, clerk, ours={"phone": "same"}, theirs={"phone": "same"})
    synced.sync()
    assert synced.hub.conflicts(synced.connection)["items"] == []
    assert synced.state("customer", "C1") == "synced"


def test_C5_an_entity_deleted_in_the_books_while_its_update_waits_is_made_anew(synced: Scratch, clerk: Any) -> None:
    synced.customer("C2")
    synced.sync()
    (twin,) = [each for each in clerk.all("customer") if each["name"] == "Customer C2"]
    clerk.delete("customer", twin["remote_id"])
    synced.customer("C2", phone="1")
    synced.sync()
    synced.sync()
    assert sorted(clerk.names("customer")) == ["Customer C1", "Customer C2"]
    assert synced.state("customer", "C2") == "synced"


def test_C5_an_entity_deleted_in_the_books_shows_as_diverged_here(synced: Scratch, clerk: Any) -> None:
    synced.customer("C2")
    synced.sync()
    (twin,) = [each for each in clerk.all("customer") if each["name"] == "Customer C2"]
    clerk.delete("customer", twin["remote_id"])
    synced.sync()
    standing = synced.sync_of("customer", "C2")
    assert (standing["state"], standing["remote_id"]) == ("diverged", None)
    assert synced.queue() == []


def test_C8_an_entity_nobody_here_knows_is_created_here_and_not_queued(scratch: Scratch, clerk: Any) -> None:
    remote_id = clerk.add("customer", name="Walk-in", phone="1")
    scratch.sync()
    shown = scratch.hub.show(scratch.company, "customer", f"mock:{remote_id}")
    assert (shown["name"], shown["data"]["phone"]) == ("Walk-in", "1")
    assert (shown["sync"][0]["state"], shown["sync"][0]["remote_id"]) == ("synced", remote_id)
    assert scratch.queue() == []
    created = [event for event in scratch.hub.changes(scratch.company)["items"] if event["type"] == "customer"]
    assert [event["kind"] for event in created] == ["entity_created"]


def test_C8_unless_the_policy_imports_no_new_ones(scratch: Scratch, clerk: Any, code_of: Callable[..., str]) -> None:
    scratch.hub.set_policy(scratch.connection, {"customer": {"import_new": False}})
    remote_id = clerk.add("customer", name="Walk-in")
    scratch.sync()
    show = scratch.hub.show
    assert code_of(lambda: show(scratch.company, "customer", f"mock:{remote_id}")) == "record_not_found"


def test_C8_one_record_of_that_name_and_type_is_linked(scratch: Scratch, clerk: Any) -> None:
    scratch.put("account", "4000", name="Consulting")
    remote_id = clerk.add("account", name="CONSULTING", number="4000")
    scratch.sync()
    standing = scratch.sync_of("account", "4000")
    assert (standing["state"], standing["remote_id"]) == ("synced", remote_id)
    assert scratch.hub.show(scratch.company, "account", "4000")["data"]["number"] == "4000"


def _two_of_a_name(scratch: Scratch, clerk: Any) -> str:
    for source_id in ("4000", "4001"):
        scratch.put("account", source_id, name="Consulting")
    remote_id: str = clerk.add("account", name="Consulting")
    scratch.sync()
    return remote_id


def test_C8_several_are_a_conflict_and_none_is_linked(scratch: Scratch, clerk: Any) -> None:
    remote_id = _two_of_a_name(scratch, clerk)
    rows = scratch.hub.conflicts(scratch.connection)["items"]
    assert [(row["kind"], row["source_id"], row["remote_id"]) for row in rows] == [
        ("several_matches", "4000", remote_id),
        ("several_matches", "4001", remote_id),
    ]
    assert scratch.sync_of("account", "4000")["remote_id"] is None
    assert scratch.sync_of("account", "4001")["remote_id"] is None


def test_C8_choosing_one_settles_it_for_all_of_them(scratch: Scratch, clerk: Any) -> None:
    remote_id = _two_of_a_name(scratch, clerk)
    scratch.hub.link(scratch.company, "account", "4001", remote_id=remote_id, keep="books")
    assert scratch.sync_of("account", "4001")["remote_id"] == remote_id
    assert scratch.hub.conflicts(scratch.connection)["items"] == []


def test_C8_renaming_all_but_one_settles_it_and_the_next_touch_links_the_one(scratch: Scratch, clerk: Any) -> None:
    remote_id = _two_of_a_name(scratch, clerk)
    scratch.put("account", "4000", name="Consulting abroad")
    assert scratch.hub.conflicts(scratch.connection)["items"] == []
    clerk.edit("account", remote_id, description="touched")
    scratch.sync()
    assert scratch.sync_of("account", "4001")["remote_id"] == remote_id


def test_C8_an_import_only_list_is_never_sent_even_when_it_is_linked(
    scratch: Scratch, clerk: Any, sent: Callable[[], list[Any]]
) -> None:
    remote_id = clerk.add("account", name="Consulting")
    scratch.sync()
    scratch.put("account", f"mock:{remote_id}", name="Consulting", description="ours")
    scratch.sync()
    scratch.hub.delete(scratch.company, "account", f"mock:{remote_id}")
    scratch.sync()
    assert sent() == []
    assert clerk.one("account", remote_id)["data"]["description"] is None
