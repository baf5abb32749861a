"""Histories that a reviewer found: each lost an edit, forgot an intent, or left a request stuck."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hub.testing.scratch import Scratch
from tests.stores import Store


def remote(scratch: Scratch, word: str) -> list[dict[str, Any]]:
    objects: list[dict[str, Any]] = scratch.books.bookkeeper.all(word)
    return objects


def test_C5_an_edit_in_the_books_between_a_lost_create_and_its_resend_comes_back(scratch: Scratch) -> None:
    scratch.customer(email="a@example.com")
    scratch.books.misbehave("drop-after-commit", times=None, on="create")
    scratch.sync()
    (found,) = remote(scratch, "customer")
    scratch.books.bookkeeper.edit("customer", found["remote_id"], ["email=books@example.com"])
    scratch.books.books.switch(None)
    scratch.sync()
    scratch.sync()
    assert scratch.hub.show(scratch.company, "customer", "C1")["data"]["email"] == "books@example.com"
    assert len(remote(scratch, "customer")) == 1


def test_J9_a_payment_for_a_document_in_doubt_is_imported_once_the_doubt_is_settled(
    tmp_path: Path, store: Store
) -> None:
    scratch = Scratch(tmp_path, store.url(tmp_path), settings={"key_memory": "0", "settle": "300"})
    scratch.customer()
    scratch.item()
    scratch.sync()
    scratch.ship_doc()
    scratch.books.misbehave("drop-after-commit", times=1, on="create")
    scratch.sync()
    (invoice,) = remote(scratch, "invoice")
    scratch.books.bookkeeper.add(
        "payment", ["customer=Customer C1", "amount=5.00", f"applied_to={invoice['remote_id']}"]
    )
    scratch.sync()
    scratch.clock.at += timedelta(seconds=600)
    scratch.sync()
    scratch.sync()
    assert scratch.state("ship_doc", "S1") == "synced"
    (event,) = [each for each in scratch.hub.changes(scratch.company)["items"] if each["type"] == "payment"]
    assert event["data"]["amount"] == "5.00"
    scratch.hub.close()


def test_C8_an_entity_that_comes_alive_again_in_the_books_revives_its_record(scratch: Scratch) -> None:
    added = scratch.books.bookkeeper.add("customer", ["name=Zoe"])
    scratch.sync()
    id = f"mock:{added['remote_id']}"
    assert scratch.state("customer", id) == "synced"
    scratch.customer("C1")
    scratch.ship_doc("S1", customer=id, lines=[{"description": "x", "amount": "1.00"}])
    scratch.sync()
    scratch.hub.delete(scratch.company, "customer", id)
    scratch.sync()
    scratch.books.bookkeeper.edit("customer", added["remote_id"], ["active=true"])
    scratch.sync()
    shown = scratch.hub.show(scratch.company, "customer", id)
    assert (shown["deleted"], shown["name"]) == (False, "Zoe")


def test_C8_a_record_that_only_looks_like_the_books_own_is_not_taken_for_it(scratch: Scratch) -> None:
    added = scratch.books.bookkeeper.add("customer", ["name=Zoe"])
    scratch.customer(f"mock:{added['remote_id']}", name="Totally Different")
    scratch.sync()
    names = {each["name"]: each["remote_id"] for each in remote(scratch, "customer")}
    assert scratch.sync_of("customer", f"mock:{added['remote_id']}")["remote_id"] == names["Totally Different"]


def test_U8_a_removal_of_a_document_edited_in_the_books_waits_for_a_person_and_then_goes_on(scratch: Scratch) -> None:
    scratch.customer()
    scratch.item()
    scratch.ship_doc()
    scratch.sync()
    (invoice,) = remote(scratch, "invoice")
    scratch.books.bookkeeper.edit("invoice", invoice["remote_id"], ["memo=seen"])
    scratch.hub.undo(scratch.company, "ship_doc", "S1")
    scratch.sync()
    (request,) = scratch.queue()
    assert request["error"]["code"] == "stale_version"
    assert "release" in request["error"]["fix"]
    scratch.hub.release(scratch.connection, [request["id"]], "I looked")
    assert scratch.sync()["totals"]["applied"] == 1
    assert remote(scratch, "invoice") == [] or not remote(scratch, "invoice")[0]["active"]


def test_Q15_a_removal_with_a_create_behind_it_is_held_like_any_other(scratch: Scratch) -> None:
    scratch.customer()
    scratch.item()
    scratch.ship_doc()
    scratch.sync()
    scratch.hub.undo(scratch.company, "ship_doc", "S1")
    scratch.ship_doc()
    scratch.books.misbehave("refuse", times=None, on="delete")
    for _ in range(5):
        scratch.sync()
    assert scratch.queue()[0]["state"] == "held"


@pytest.mark.parametrize("text", ['{"name": "A", "name": "B"}', '{"a": {"x": 1, "x": 2}}'])
def test_a_key_that_stands_twice_is_refused(text: str) -> None:
    from hub.errors import InvalidInput
    from hub.model import read_json

    with pytest.raises(InvalidInput, match="twice"):
        read_json(text)


def test_X7_the_same_books_are_connected_only_once_in_a_company(scratch: Scratch) -> None:
    from hub.errors import Refused

    with pytest.raises(Refused) as refusal:
        scratch.hub.connect(scratch.company, "mock", name="two", settings={"file": str(scratch.books.books.path)})
    assert refusal.value.code == "books_connected_already"
    assert [each["connection"] for each in scratch.hub.connections(scratch.company)] == [scratch.connection]


def test_X7_books_of_another_company_are_connected_only_once_it_rests(scratch: Scratch) -> None:
    from hub.errors import Refused

    other, file = scratch.hub.add_company("Zebra")["id"], str(scratch.books.books.path)
    with pytest.raises(Refused) as refusal:
        scratch.hub.connect(other, "mock", settings={"file": file})
    assert refusal.value.code == "books_connected_already"
    assert "acme" not in f"{refusal.value.message} {refusal.value.fix}"
    scratch.hub.pause(scratch.connection, "moved to zebra")
    assert scratch.hub.connect(other, "mock", settings={"file": file})["state"] == "active"
    with pytest.raises(Refused) as refusal:
        scratch.hub.resume(scratch.connection)
    assert refusal.value.code == "books_connected_already"


def test_V2_the_story_of_a_record_only_grows_and_tells_who_sent_what_and_what_came_back(scratch: Scratch) -> None:
    scratch.customer()
    scratch.clock.sleep(1)
    scratch.sync()
    scratch.clock.sleep(1)
    before = scratch.hub.show(scratch.company, "customer", "C1")["history"]
    scratch.customer(phone="1")
    scratch.clock.sleep(1)
    scratch.sync()
    after = scratch.hub.show(scratch.company, "customer", "C1")["history"]
    assert [each["what"] for each in before] == ["created", "sent_create", "applied"]
    assert after[: len(before)] == before
    assert [each["what"] for each in after[len(before) :]] == ["edited", "sent_update", "applied"]


@pytest.mark.parametrize("keep", ["source", "books"])
def test_C3_a_record_takes_over_the_entity_that_an_import_had_made_a_record_for(scratch: Scratch, keep: str) -> None:
    added = scratch.books.bookkeeper.add("customer", ["name=Owl", "phone=1"])
    scratch.sync()
    scratch.customer(name="Owl", phone="2")
    assert scratch.sync()["totals"]["conflict"] == 1
    scratch.hub.link(scratch.company, "customer", "C1", name="Owl", keep=keep)
    scratch.sync()
    assert scratch.sync_of("customer", "C1")["remote_id"] == added["remote_id"]
    assert scratch.state("customer", "C1") == "synced"
    (owl,) = remote(scratch, "customer")
    assert owl["data"]["phone"] == ("2" if keep == "source" else "1")
    assert scratch.hub.show(scratch.company, "customer", f"mock:{added['remote_id']}")["deleted"]
    assert scratch.hub.conflicts(scratch.connection)["total"] == 0
