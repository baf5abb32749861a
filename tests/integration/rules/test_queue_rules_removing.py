"""What taking a request out of the queue means for its record, and when it is refused (Q9 to Q12)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hub.testing.scratch import Scratch


def _remove(scratch: Scratch, reason: str | None = None) -> list[dict[str, Any]]:
    return scratch.hub.remove(scratch.connection, [row["id"] for row in scratch.queue()], reason)


def test_Q9_a_removed_change_never_reaches_the_books_and_the_record_shows_as_diverged(
    synced: Scratch, clerk: Any
) -> None:
    synced.customer(phone="ours")
    _remove(synced)
    assert synced.sync_of("customer", "C1")["state"] == "diverged"
    assert synced.sync_of("customer", "C1")["reason"]
    synced.sync()
    assert clerk.one("customer")["data"]["phone"] is None
    assert synced.state("customer", "C1") == "diverged"


def test_Q9_the_next_import_overwrites_what_was_removed(synced: Scratch, clerk: Any) -> None:
    synced.customer(phone="ours")
    _remove(synced)
    clerk.edit("customer", clerk.one("customer")["remote_id"], email="theirs@example.com")
    synced.sync()
    data = synced.hub.show(synced.company, "customer", "C1")["data"]
    assert data["email"] == "theirs@example.com"
    assert "phone" not in data
    assert synced.state("customer", "C1") == "synced"


def test_Q9_a_new_edit_makes_the_record_agree_again(synced: Scratch, clerk: Any) -> None:
    synced.customer(phone="ours")
    _remove(synced)
    synced.customer(phone="ours", email="also@example.com")
    assert synced.operations() == [("update", "customer", "C1")]
    synced.sync()
    assert synced.state("customer", "C1") == "synced"
    assert clerk.one("customer")["data"]["phone"] == "ours"


def test_Q9_an_entity_whose_create_was_removed_is_not_sent_and_shows_as_diverged(scratch: Scratch, clerk: Any) -> None:
    scratch.customer()
    (removed,) = _remove(scratch)
    assert removed["reopened"] is False
    assert scratch.state("customer", "C1") == "diverged"
    scratch.sync()
    assert clerk.all("customer") == []


def test_Q10_removing_a_create_re_opens_the_transaction_and_tells_the_source(scratch: Scratch, clerk: Any) -> None:
    scratch.ship_doc(status="closed")
    (removed,) = _remove(scratch)
    assert (removed["operation"], removed["reopened"]) == ("create", True)
    assert scratch.status("ship_doc", "S1") == "processing"
    event = scratch.hub.changes(scratch.company)["items"][-1]
    assert (event["kind"], event["source_id"], event["data"]) == (
        "record_reopened", "S1", {"status": "processing"},
    )  # fmt: skip
    scratch.sync()
    assert clerk.all("invoice") == []


def test_Q10_each_type_goes_back_to_its_own_default_status(scratch: Scratch) -> None:
    scratch.put("receiver", "R1", status="received", date="2026-01-04", vendor="V", lines=[{"amount": "1"}])
    scratch.put("work_order", "W1", status="finished", date="2026-01-04", lines=[{"amount": "1"}])
    scratch.customer()
    scratch.payment(applied_to=[])
    scratch.hub.remove(scratch.connection, [row["id"] for row in scratch.queue() if row["type"] != "customer"])
    assert scratch.status("receiver", "R1") == "open"
    assert scratch.status("work_order", "W1") == "in_production"
    assert scratch.status("payment", "P1") == "entered"


def test_Q10_reaching_a_trigger_status_again_queues_it_again(scratch: Scratch, clerk: Any) -> None:
    scratch.customer()
    scratch.item()
    scratch.ship_doc()
    scratch.hub.remove(scratch.connection, [scratch.queue(type="ship_doc")[0]["id"]])
    scratch.ship_doc(status="shipped")
    assert scratch.operations()[-1] == ("create", "ship_doc", "S1")
    scratch.sync()
    assert len(clerk.all("invoice")) == 1


def test_Q10_removing_a_refused_create_re_opens_it_as_well(synced: Scratch, clerk: Any) -> None:
    clerk.fault("closed", times=1)
    synced.ship_doc("S2")
    synced.sync()
    assert _remove(synced)[0]["reopened"] is True
    assert synced.status("ship_doc", "S2") == "processing"


def test_Q10_removing_an_update_leaves_the_status_alone_and_shows_diverged(synced: Scratch, clerk: Any) -> None:
    synced.ship_doc(memo="changed")
    (removed,) = _remove(synced)
    assert (removed["operation"], removed["reopened"]) == ("update", False)
    assert synced.status("ship_doc", "S1") == "shipped"
    assert synced.state("ship_doc", "S1") == "diverged"
    synced.sync()
    assert clerk.one("invoice")["data"].get("memo") is None


def test_Q10_a_create_on_one_connection_is_not_removed_while_another_holds_the_document(
    synced: Scratch, code_of: Callable[..., str]
) -> None:
    synced.hub.connect(synced.company, "mock", name="second")
    (row,) = synced.hub.queue("acme/second", type="ship_doc")["items"]
    assert code_of(lambda: synced.hub.remove("acme/second", [row["id"]])) == "undo_first"
    assert synced.status("ship_doc", "S1") == "shipped"


def test_Q11_the_removal_of_a_deleted_entity_cannot_be_called_off(
    synced: Scratch, clerk: Any, code_of: Callable[..., str]
) -> None:
    synced.hub.delete(synced.company, "customer", "C1")
    assert code_of(lambda: _remove(synced)) == "to_be_deleted_irreversible"
    assert synced.operations() == [("delete", "customer", "C1")]


def test_Q11_the_removal_of_a_deleted_transaction_cannot_be_called_off_even_when_prevented(
    synced: Scratch, clerk: Any, code_of: Callable[..., str]
) -> None:
    synced.hub.undo(synced.company, "ship_doc", "S1")
    synced.hub.prevent(synced.company, "ship_doc", "S1")
    synced.hub.delete(synced.company, "ship_doc", "S1")
    assert synced.queue()[0]["origin"] == "deleted"
    assert code_of(lambda: _remove(synced)) == "to_be_deleted_irreversible"
    synced.sync()
    assert clerk.all("invoice") == []


def test_Q11_the_record_is_created_anew_behind_its_removal(synced: Scratch, clerk: Any) -> None:
    old = clerk.one("invoice")["remote_id"]
    synced.hub.delete(synced.company, "ship_doc", "S1")
    synced.ship_doc(memo="anew")
    assert synced.operations() == [("delete", "ship_doc", "S1"), ("create", "ship_doc", "S1")]
    synced.sync()
    invoice = clerk.one("invoice")
    assert invoice["data"]["memo"] == "anew"
    assert invoice["remote_id"] != old


def test_Q11_a_record_created_anew_after_its_removal_is_a_new_one(synced: Scratch, clerk: Any) -> None:
    synced.hub.delete(synced.company, "ship_doc", "S1")
    synced.sync()
    synced.ship_doc()
    assert synced.operations() == [("create", "ship_doc", "S1")]
    synced.sync()
    assert len(clerk.all("invoice")) == 1


def test_Q12_the_removal_of_an_undone_document_is_not_called_off_without_prevention(
    synced: Scratch, clerk: Any, code_of: Callable[..., str]
) -> None:
    synced.hub.undo(synced.company, "ship_doc", "S1")
    assert code_of(lambda: _remove(synced)) == "prevent_sync_first"
    assert synced.operations() == [("delete", "ship_doc", "S1")]
    synced.sync()
    assert clerk.all("invoice") == []


def test_Q12_with_prevention_the_copy_is_kept_the_link_dropped_and_the_status_left_alone(
    synced: Scratch, clerk: Any
) -> None:
    copy = clerk.one("invoice")
    synced.hub.undo(synced.company, "ship_doc", "S1")
    synced.hub.prevent(synced.company, "ship_doc", "S1")
    synced.ship_doc(status="closed")
    (removed,) = _remove(synced)
    assert removed["reopened"] is False
    standing = synced.sync_of("ship_doc", "S1")
    assert (standing["state"], standing["remote_id"], standing["kept_copy"]) == ("prevented", None, copy["remote_id"])
    assert synced.status("ship_doc", "S1") == "closed"
    synced.sync()
    assert clerk.all("invoice") == [copy]


def test_Q12_closed_again_without_prevention_neither_request_of_the_pair_lets_it_be_posted_twice(
    synced: Scratch, clerk: Any, code_of: Callable[..., str]
) -> None:
    synced.hub.undo(synced.company, "ship_doc", "S1")
    synced.ship_doc(status="closed")
    removal = synced.queue(operation="delete")[0]["id"]
    assert code_of(lambda: synced.hub.remove(synced.connection, [removal])) == "prevent_sync_first"
    synced.sync()
    assert len(clerk.all("invoice")) == 1


def test_Q12_all_or_none_are_removed(synced: Scratch, code_of: Callable[..., str]) -> None:
    synced.customer(phone="1")
    synced.hub.undo(synced.company, "ship_doc", "S1")
    assert code_of(lambda: _remove(synced)) == "prevent_sync_first"
    assert synced.operations() == [("update", "customer", "C1"), ("delete", "ship_doc", "S1")]
    assert synced.state("customer", "C1") == "waiting"


def test_Q10_a_request_that_is_not_there_is_named(scratch: Scratch, code_of: Callable[..., str]) -> None:
    assert code_of(lambda: scratch.hub.remove(scratch.connection, [99])) == "request_not_found"
    assert code_of(lambda: scratch.hub.remove(scratch.connection, [])) == "request_missing"
