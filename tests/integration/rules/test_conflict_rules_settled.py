"""Conflicts close by themselves once their cause is gone, whoever removed it (C9)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hub.testing.scratch import Scratch


def _kinds(scratch: Scratch) -> list[str]:
    return [row["kind"] for row in scratch.hub.conflicts(scratch.connection)["items"]]


def test_C9_releasing_what_was_checked_by_hand_settles_it(
    doubtful: Scratch, audited: Callable[[str], list[Any]]
) -> None:
    doubtful.hub.release(doubtful.connection, [doubtful.queue()[0]["id"]], "not there")
    assert _kinds(doubtful) == []
    assert (doubtful.queue()[0]["state"], doubtful.queue()[0]["error"]) == ("waiting", None)
    assert audited("release") == [("tester", "not there")]


def test_C9_linking_what_was_checked_by_hand_settles_it(doubtful: Scratch, clerk: Any) -> None:
    (found,) = [each for each in clerk.all("invoice") if each["number"] == "S2"]
    doubtful.hub.link(doubtful.company, "ship_doc", "S2", remote_id=found["remote_id"], keep="source")
    assert _kinds(doubtful) == []
    assert doubtful.operations() == [("update", "ship_doc", "S2")], "the source's content is to be there"
    assert doubtful.sync_of("ship_doc", "S2")["remote_id"] == found["remote_id"]
    doubtful.sync()
    assert doubtful.state("ship_doc", "S2") == "synced"
    assert len([each for each in clerk.all("invoice") if each["number"] == "S2"]) == 1


def test_C9_a_name_that_became_free_in_the_books_settles_it(scratch: Scratch, clerk: Any) -> None:
    twin = clerk.add("customer", name="Blue Ltd")
    scratch.customer(name="Blue Ltd")
    scratch.sync()
    assert _kinds(scratch) == ["duplicate_name"]
    clerk.edit("customer", twin, name="Blue of Elsewhere")
    scratch.sync()
    assert (_kinds(scratch), scratch.state("customer", "C1")) == ([], "synced")


def test_C9_released_by_a_person_and_sent_it_is_settled_too(scratch: Scratch, clerk: Any) -> None:
    scratch.hub.set_policy(scratch.connection, {"hold_after": 1})
    twin = clerk.add("customer", name="Blue Ltd")
    scratch.customer(name="Blue Ltd")
    scratch.sync()
    assert scratch.state("customer", "C1") == "held"
    clerk.edit("customer", twin, name="Blue of Elsewhere")
    scratch.hub.release(scratch.connection, [scratch.queue()[0]["id"]])
    scratch.sync()
    assert (_kinds(scratch), scratch.state("customer", "C1")) == ([], "synced")


def test_C9_deleting_the_record_settles_it(scratch: Scratch, clerk: Any) -> None:
    clerk.add("customer", name="Blue Ltd")
    scratch.customer(name="Blue Ltd")
    scratch.sync()
    scratch.hub.delete(scratch.company, "customer", "C1")
    assert (_kinds(scratch), scratch.queue()) == ([], [])


def test_C4_a_waiting_record_is_told_when_the_books_give_its_name_to_another(scratch: Scratch, clerk: Any) -> None:
    scratch.customer("C1", name="Red Ltd")
    scratch.sync()
    clerk.edit("customer", clerk.one("customer")["remote_id"], name="Blue Ltd")
    scratch.customer("C2", name="Blue Ltd")
    scratch.hub.hold(scratch.connection, [scratch.queue()[0]["id"]], "wait")
    scratch.sync()
    (row,) = scratch.queue()
    assert "customer C1" in row["error"]["message"]
    assert _kinds(scratch) == ["duplicate_name"]


def test_C5_an_import_only_list_edited_here_diverges_until_the_books_change_it(scratch: Scratch, clerk: Any) -> None:
    remote_id = clerk.add("account", name="Consulting")
    scratch.sync()
    scratch.put("account", f"mock:{remote_id}", name="Consulting", description="ours")
    standing = scratch.sync_of("account", f"mock:{remote_id}")
    assert (standing["state"], standing["operation"]) == ("diverged", None)
    assert "master" in standing["reason"]
    clerk.edit("account", remote_id, description="theirs")
    scratch.sync()
    assert scratch.state("account", f"mock:{remote_id}") == "synced"
    assert scratch.hub.show("acme", "account", f"mock:{remote_id}")["data"]["description"] == "theirs"
