"""Documents posted again, edited, held; and what never counts as an attempt (Q13 to Q15)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hub.testing.scratch import Scratch


def _changed(scratch: Scratch) -> None:
    scratch.ship_doc(status="closed", lines=[{"item": "I1", "quantity": "3", "unit_price": "10.00"}])


def test_Q13_undone_and_closed_again_is_a_deletion_and_then_a_create(synced: Scratch) -> None:
    synced.hub.undo(synced.company, "ship_doc", "S1")
    _changed(synced)
    assert synced.operations() == [("delete", "ship_doc", "S1"), ("create", "ship_doc", "S1")]


def test_Q13_the_pair_leaves_exactly_one_document_with_the_new_content(synced: Scratch, clerk: Any) -> None:
    old = clerk.one("invoice")["remote_id"]
    synced.hub.undo(synced.company, "ship_doc", "S1")
    _changed(synced)
    assert synced.sync()["state"] == "completed"
    invoice = clerk.one("invoice")
    assert (invoice["total"], invoice["number"]) == ("30.00", "S1")
    assert invoice["remote_id"] != old
    assert synced.sync_of("ship_doc", "S1")["remote_id"] == invoice["remote_id"]
    assert synced.queue() == []


def test_Q13_edits_after_the_second_close_merge_into_the_pair(synced: Scratch, clerk: Any) -> None:
    synced.hub.undo(synced.company, "ship_doc", "S1")
    _changed(synced)
    synced.ship_doc(status="closed", memo="last word")
    assert [row[0] for row in synced.operations()] == ["delete", "create"]
    synced.sync()
    assert clerk.one("invoice")["data"]["memo"] == "last word"


def test_Q13_when_the_deletion_fails_the_create_waits_behind_it(synced: Scratch, clerk: Any) -> None:
    synced.hub.undo(synced.company, "ship_doc", "S1")
    _changed(synced)
    clerk.fault("refuse", on="delete", times=1)
    synced.sync()
    rows = synced.queue()
    assert [(row["operation"], row["attempts"]) for row in rows] == [("delete", 1), ("create", 0)]
    assert clerk.one("invoice")["total"] == "20.00"
    synced.sync()
    assert clerk.one("invoice")["total"] == "30.00"


def test_Q13_when_the_answer_to_the_deletion_is_lost_there_is_still_one_document(synced: Scratch, clerk: Any) -> None:
    synced.hub.undo(synced.company, "ship_doc", "S1")
    _changed(synced)
    clerk.fault("drop-after-commit", on="delete", times=1)
    synced.sync()
    synced.sync()
    assert clerk.one("invoice")["total"] == "30.00"
    assert synced.queue() == []


def test_Q13_undone_once_more_only_the_deletion_is_left(synced: Scratch, clerk: Any) -> None:
    synced.hub.undo(synced.company, "ship_doc", "S1")
    _changed(synced)
    synced.hub.undo(synced.company, "ship_doc", "S1")
    assert synced.operations() == [("delete", "ship_doc", "S1")]
    synced.sync()
    assert clerk.all("invoice") == []


def test_Q13_the_create_of_a_pair_can_be_removed_by_itself(synced: Scratch, clerk: Any) -> None:
    synced.hub.undo(synced.company, "ship_doc", "S1")
    _changed(synced)
    synced.hub.remove(synced.connection, [synced.queue(operation="create")[0]["id"]])
    assert synced.status("ship_doc", "S1") == "processing"
    synced.sync()
    assert clerk.all("invoice") == []


def test_Q14_editing_posted_content_queues_an_update(synced: Scratch, clerk: Any) -> None:
    synced.ship_doc(lines=[{"item": "I1", "quantity": "5", "unit_price": "10.00"}])
    assert synced.operations() == [("update", "ship_doc", "S1")]
    synced.sync()
    assert clerk.one("invoice")["total"] == "50.00"


def test_Q14_what_the_books_do_not_hold_is_no_edit(synced: Scratch) -> None:
    synced.ship_doc(status="closed", fully_recorded=False)
    assert synced.operations() == []


def test_Q14_an_edit_before_the_trigger_statuses_queues_nothing(scratch: Scratch) -> None:
    scratch.ship_doc(status="processing")
    scratch.ship_doc(status="processing", memo="changed")
    assert scratch.operations() == []


def test_Q14_a_type_that_requires_an_undo_refuses_the_edit_and_gives_that_advice(
    synced: Scratch, code_of: Callable[..., str]
) -> None:
    synced.hub.set_policy(synced.connection, {"ship_doc": {"on_edit": "require_undo"}})
    before = synced.hub.show(synced.company, "ship_doc", "S1")["data"]
    assert code_of(lambda: synced.ship_doc(memo="changed")) == "undo_first"
    assert synced.hub.show(synced.company, "ship_doc", "S1")["data"] == before
    synced.hub.undo(synced.company, "ship_doc", "S1")
    synced.ship_doc(status="processing", memo="changed")
    synced.ship_doc(memo="changed")
    assert [row[0] for row in synced.operations()] == ["delete", "create"]


def test_Q14_requiring_an_undo_does_not_hinder_edits_of_what_was_never_sent(scratch: Scratch) -> None:
    scratch.hub.set_policy(scratch.connection, {"ship_doc": {"on_edit": "require_undo"}})
    scratch.ship_doc()
    scratch.ship_doc(memo="changed")
    assert scratch.operations() == [("create", "ship_doc", "S1")]


def test_Q15_a_held_request_is_skipped_until_it_is_released(
    scratch: Scratch, clerk: Any, audited: Callable[[str], list[Any]]
) -> None:
    scratch.customer()
    ids = [scratch.queue()[0]["id"]]
    scratch.hub.hold(scratch.connection, ids, "ask Ann first")
    (row,) = scratch.queue()
    assert row["state"] == "held"
    assert "tester" in row["reason"]
    assert "ask Ann first" in row["reason"]
    assert scratch.state("customer", "C1") == "held"
    scratch.sync()
    assert clerk.all("customer") == []
    scratch.hub.release(scratch.connection, ids, "Ann says yes")
    assert (scratch.queue()[0]["state"], scratch.queue()[0]["reason"]) == ("waiting", None)
    scratch.sync()
    assert clerk.names("customer") == ["Customer C1"]
    assert audited("hold") == [("tester", "ask Ann first")]
    assert audited("release") == [("tester", "Ann says yes")]


def test_Q15_a_held_request_says_who_holds_it_also_when_it_waits_for_another_record(scratch: Scratch) -> None:
    scratch.item()
    scratch.ship_doc(customer="C9")
    scratch.sync()
    (request,) = scratch.queue(type="ship_doc")
    assert request["reason"] == "waits for customer C9"
    scratch.hub.hold(scratch.connection, [request["id"]], "ask ann")
    assert scratch.queue(type="ship_doc")[0]["reason"] == "held by tester: ask ann"
    scratch.hub.release(scratch.connection, [request["id"]])
    assert scratch.queue(type="ship_doc")[0]["reason"] == "waits for customer C9"


def test_Q15_a_hold_needs_a_reason_and_a_release_something_held(scratch: Scratch, code_of: Callable[..., str]) -> None:
    scratch.customer()
    ids = [scratch.queue()[0]["id"]]
    assert code_of(lambda: scratch.hub.hold(scratch.connection, ids, "  ")) == "reason_missing"
    assert code_of(lambda: scratch.hub.release(scratch.connection, ids)) == "not_held"
    assert code_of(lambda: scratch.hub.hold(scratch.connection, [99], "why")) == "request_not_found"


def test_Q15_an_edit_of_a_held_record_merges_and_stays_held(scratch: Scratch) -> None:
    scratch.customer()
    scratch.hub.hold(scratch.connection, [scratch.queue()[0]["id"]], "wait")
    scratch.customer(phone="1")
    (row,) = scratch.queue()
    assert (row["state"], row["operation"]) == ("held", "create")


def test_Q15_after_enough_failures_of_one_class_it_is_held_by_itself_and_says_so(scratch: Scratch, clerk: Any) -> None:
    scratch.hub.set_policy(scratch.connection, {"hold_after": 3})
    scratch.customer()
    clerk.fault("refuse")
    for expected in ("waiting", "waiting", "held"):
        scratch.sync()
        assert scratch.queue()[0]["state"] == expected
    (row,) = scratch.queue()
    assert "failed too often" in row["reason"]
    assert (row["attempts"], row["error"]["code"]) == (3, "refused_by_fault")
    clerk.no_faults()
    scratch.sync()
    assert clerk.all("customer") == []
    scratch.hub.release(scratch.connection, [row["id"]])
    scratch.sync()
    assert clerk.names("customer") == ["Customer C1"]


def test_Q15_failures_of_different_classes_are_counted_apart(synced: Scratch, clerk: Any) -> None:
    synced.hub.set_policy(synced.connection, {"hold_after": 2})
    synced.ship_doc("S2")
    for fault in ("refuse", "closed", "refuse"):
        clerk.fault(fault, times=1)
        synced.sync()
        assert synced.queue()[0]["state"] == "waiting"
    clerk.fault("refuse", times=1)
    synced.sync()
    assert synced.queue()[0]["state"] == "held"


def test_Q15_an_edit_lets_what_held_itself_go_on(scratch: Scratch, clerk: Any) -> None:
    scratch.hub.set_policy(scratch.connection, {"hold_after": 1})
    scratch.customer()
    clerk.fault("refuse", times=1)
    scratch.sync()
    assert scratch.queue()[0]["state"] == "held"
    scratch.customer(phone="corrected")
    scratch.sync()
    assert clerk.one("customer")["data"]["phone"] == "corrected"


def test_Q15_waiting_for_a_record_is_no_attempt(scratch: Scratch) -> None:
    scratch.item()
    scratch.ship_doc(customer="C9")
    for _ in range(3):
        assert scratch.sync()["totals"]["waiting"] == 1
    (row,) = scratch.queue()
    assert (row["state"], row["waits_for"], row["attempts"], row["error"]) == ("waiting", "customer C9", 0, None)
    assert row["reason"] == "waits for customer C9"


@pytest.mark.parametrize("fault", ["throttle", "unauthorised"])
def test_Q15_neither_a_rate_limit_nor_a_lost_connection_is_an_attempt(scratch: Scratch, clerk: Any, fault: str) -> None:
    scratch.customer()
    clerk.fault(fault, on="create")
    for _ in range(3):
        scratch.sync()
        scratch.clock.sleep(60)
    (row,) = scratch.queue()
    assert (row["state"], row["attempts"], row["error"]) == ("waiting", 0, None)
    assert row["reason"].startswith("rate limited" if fault == "throttle" else "disconnected")
    clerk.no_faults()
    scratch.sync()
    assert clerk.names("customer") == ["Customer C1"]


def test_Q15_a_short_rate_limit_is_waited_out_within_the_job(scratch: Scratch, clerk: Any) -> None:
    scratch.customer()
    clerk.fault("throttle", times=1)
    assert scratch.sync()["state"] == "completed"
    assert clerk.names("customer") == ["Customer C1"]
