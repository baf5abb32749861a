"""What a job has locked, what fails, and how the edits of the meantime join it (Q6 to Q8)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hub.testing.scratch import Scratch


def test_Q6_a_job_locks_what_is_queued_and_shows_it_as_sending(scratch: Scratch, midway: Any) -> None:
    scratch.customer()
    midway.at("after-lock", lambda: (scratch.queue()[0], scratch.state("customer", "C1")))
    job = scratch.sync()
    ((row, state),) = midway.results
    assert (row["state"], row["job"], state) == ("locked", job["id"], "sending")


def test_Q6_what_is_queued_after_the_lock_is_left_to_the_next_job(scratch: Scratch, midway: Any, clerk: Any) -> None:
    scratch.customer("C1")
    midway.at("after-lock", lambda: scratch.customer("C2"))
    scratch.sync()
    assert clerk.names("customer") == ["Customer C1"]
    assert scratch.operations() == [("create", "customer", "C2")]


def _first_id(scratch: Scratch, **chosen: str) -> list[int]:
    return [scratch.queue(**chosen)[0]["id"]]


@pytest.mark.parametrize("word", ["remove", "hold"])
def test_Q6_a_locked_request_cannot_be_removed_or_held(
    scratch: Scratch, midway: Any, clerk: Any, code_of: Callable[..., str], word: str
) -> None:
    scratch.customer()
    act = getattr(scratch.hub, word)
    midway.at("after-lock", lambda: code_of(lambda: act(scratch.connection, _first_id(scratch), "why not")))
    scratch.sync()
    assert midway.results == ["request_locked"]
    assert clerk.names("customer") == ["Customer C1"]


@pytest.mark.parametrize("word", ["undo", "prevent", "detach"])
def test_Q6_a_transaction_with_a_locked_request_cannot_be_undone_prevented_or_detached(
    synced: Scratch, midway: Any, code_of: Callable[..., str], word: str
) -> None:
    synced.ship_doc(memo="changed")
    act = getattr(synced.hub, word)
    midway.at("after-lock", lambda: code_of(lambda: act(synced.company, "ship_doc", "S1")))
    synced.sync()
    assert midway.results == ["request_locked"]
    shown = synced.hub.show(synced.company, "ship_doc", "S1")
    assert (shown["status"], shown["prevented"], shown["sync"][0]["state"]) == ("shipped", False, "synced")


def test_Q6_a_status_is_not_moved_back_while_the_document_is_being_sent(
    scratch: Scratch, midway: Any, code_of: Callable[..., str]
) -> None:
    scratch.customer()
    scratch.item()
    scratch.ship_doc()
    midway.at("after-lock", lambda: code_of(lambda: scratch.ship_doc(status="processing")))
    scratch.sync()
    assert midway.results == ["request_locked"]
    assert scratch.status("ship_doc", "S1") == "shipped"


def test_Q6_an_edit_is_not_merged_into_a_locked_request(scratch: Scratch, midway: Any) -> None:
    scratch.customer()
    locked = _first_id(scratch)
    midway.at("after-lock", lambda: (scratch.customer(phone="1"), scratch.queue())[1])
    scratch.sync()
    ((first, second),) = midway.results
    assert [first["id"]] == locked
    assert (first["state"], first["operation"], second["state"], second["operation"]) == (
        "locked", "create", "waiting", "update",
    )  # fmt: skip


@pytest.mark.parametrize("word", ["link", "set_proxy"])
def test_Q6_a_record_that_is_being_sent_is_neither_linked_nor_given_a_proxy(
    scratch: Scratch, midway: Any, clerk: Any, code_of: Callable[..., str], word: str
) -> None:
    clerk.add("customer", name="Other")
    scratch.customer()
    more = {"keep": "source"} if word == "link" else {}
    act = getattr(scratch.hub, word)
    midway.at("after-lock", lambda: code_of(lambda: act(scratch.company, "customer", "C1", name="Other", **more)))
    scratch.sync()
    assert midway.results == ["request_locked"]
    assert scratch.state("customer", "C1") == "synced"


def test_Q7_a_failed_request_keeps_its_row_and_place_and_tells_attempt_and_error(scratch: Scratch, clerk: Any) -> None:
    for id in ("C1", "C2", "C3"):
        scratch.customer(id)
    before = [row["id"] for row in scratch.queue()]
    clerk.fault("refuse")
    job = scratch.sync()
    assert (job["state"], job["totals"]["rejected"]) == ("completed_with_errors", 3)
    rows = scratch.queue()
    assert [row["id"] for row in rows] == before
    for row in rows:
        assert (row["state"], row["attempts"], row["job"]) == ("waiting", 1, None)
        assert row["error"]["class"] == "validation"
        assert row["error"]["code"] == "refused_by_fault"
        assert "refuse" in row["error"]["message"]
    assert scratch.state("customer", "C1") == "needs_attention"


def test_Q7_a_failed_request_goes_again_with_the_next_job(scratch: Scratch, clerk: Any) -> None:
    scratch.customer()
    clerk.fault("refuse", times=1)
    scratch.sync()
    assert scratch.sync()["state"] == "completed"
    assert clerk.names("customer") == ["Customer C1"]
    assert scratch.queue() == []


def test_Q8_edits_before_the_first_sync_merge_into_one_create(scratch: Scratch, clerk: Any) -> None:
    scratch.customer()
    first = scratch.queue()
    scratch.customer(phone="1")
    scratch.customer(phone="2")
    assert [(row["id"], row["operation"]) for row in scratch.queue()] == [(first[0]["id"], "create")]
    scratch.sync()
    assert clerk.one("customer")["data"]["phone"] == "2"


def test_Q8_an_update_and_a_deletion_merge_into_a_deletion(synced: Scratch) -> None:
    synced.customer("C2")
    synced.sync()
    synced.customer("C2", phone="1")
    synced.hub.delete(synced.company, "customer", "C2")
    assert synced.operations() == [("delete", "customer", "C2")]


def test_Q8_a_create_that_was_never_sent_and_a_deletion_are_nothing(
    scratch: Scratch, sent: Callable[[], list[Any]]
) -> None:
    scratch.customer()
    scratch.ship_doc()
    scratch.hub.delete(scratch.company, "ship_doc", "S1")
    scratch.hub.delete(scratch.company, "customer", "C1")
    assert scratch.queue() == []
    scratch.sync()
    assert sent() == []


def test_Q8_a_create_that_was_refused_and_a_deletion_are_nothing(scratch: Scratch, clerk: Any) -> None:
    scratch.customer()
    clerk.fault("refuse", times=1)
    scratch.sync()
    scratch.hub.delete(scratch.company, "customer", "C1")
    assert scratch.queue() == []


def test_Q8_an_edit_clears_the_error_and_keeps_place_and_attempts(scratch: Scratch, clerk: Any) -> None:
    scratch.customer()
    clerk.fault("refuse", times=1)
    scratch.sync()
    place = scratch.queue()[0]["id"]
    scratch.customer(phone="1")
    (row,) = scratch.queue()
    assert (row["id"], row["attempts"], row["error"]) == (place, 1, None)


def test_Q8_an_edit_while_locked_waits_behind_and_is_sent_by_the_next_job(
    scratch: Scratch, midway: Any, clerk: Any
) -> None:
    scratch.customer(phone="old")
    midway.at("after-intent-commit", lambda: scratch.customer(phone="new"))
    scratch.sync()
    assert clerk.one("customer")["data"]["phone"] == "old"
    assert scratch.operations() == [("update", "customer", "C1")]
    scratch.sync()
    assert clerk.one("customer")["data"]["phone"] == "new"
    assert scratch.queue() == []


def test_Q8_an_edit_behind_a_create_that_fails_becomes_that_create(scratch: Scratch, midway: Any, clerk: Any) -> None:
    scratch.customer(phone="old")
    place = _first_id(scratch)
    clerk.fault("refuse", times=1)
    midway.at("after-intent-commit", lambda: scratch.customer(phone="new", name="Customer anew"))
    scratch.sync()
    (row,) = scratch.queue()
    assert ([row["id"]], row["operation"], row["state"], row["attempts"]) == (place, "create", "waiting", 1)
    assert row["title"] == "Customer anew"
    scratch.sync()
    assert clerk.one("customer")["data"]["phone"] == "new"


def test_Q8_a_deletion_behind_a_create_that_fails_leaves_nothing(scratch: Scratch, midway: Any, clerk: Any) -> None:
    scratch.customer()
    clerk.fault("refuse", times=1)
    midway.at("after-intent-commit", lambda: scratch.hub.delete(scratch.company, "customer", "C1"))
    scratch.sync()
    assert scratch.queue() == []
    assert clerk.all("customer") == []


def test_Q8_a_deletion_behind_a_create_that_succeeds_removes_it_again(
    scratch: Scratch, midway: Any, clerk: Any
) -> None:
    scratch.customer()
    midway.at("after-intent-commit", lambda: scratch.hub.delete(scratch.company, "customer", "C1"))
    scratch.sync()
    assert clerk.names("customer") == ["Customer C1"]
    scratch.sync()
    assert clerk.all("customer") == []


def test_Q8_a_deletion_behind_an_update_that_fails_wins(synced: Scratch, midway: Any, clerk: Any) -> None:
    synced.customer("C2")
    synced.sync()
    synced.customer("C2", phone="1")
    clerk.fault("refuse", times=1)
    midway.at("after-intent-commit", lambda: synced.hub.delete(synced.company, "customer", "C2"))
    synced.sync()
    assert synced.operations() == [("delete", "customer", "C2")]
    synced.sync()
    assert clerk.names("customer") == ["Customer C1"]


def test_Q8_deleted_and_put_anew_while_its_create_fails_is_one_create(
    scratch: Scratch, midway: Any, clerk: Any
) -> None:
    scratch.customer(phone="old")
    clerk.fault("refuse", times=1)

    def meanwhile() -> None:
        scratch.hub.delete(scratch.company, "customer", "C1")
        scratch.customer(phone="new")

    midway.at("after-intent-commit", meanwhile)
    scratch.sync()
    assert scratch.operations() == [("create", "customer", "C1")]
    scratch.sync()
    assert clerk.one("customer")["data"]["phone"] == "new"


def test_Q8_an_edit_behind_a_request_of_unknown_outcome_is_not_lost(scratch: Scratch, midway: Any, clerk: Any) -> None:
    scratch.customer(phone="old")
    clerk.fault("drop-after-commit")
    midway.at("after-intent-commit", lambda: scratch.customer(phone="new"))
    scratch.sync()
    assert [(row["operation"], row["state"]) for row in scratch.queue()] == [
        ("create", "unknown"),
        ("update", "waiting"),
    ]
    clerk.no_faults()
    scratch.sync()
    scratch.sync()
    assert [each["data"]["phone"] for each in clerk.all("customer")] == ["new"]


def test_Q8_two_connections_each_keep_a_request_of_their_own(scratch: Scratch) -> None:
    scratch.hub.connect(scratch.company, "mock", name="second")
    scratch.customer()
    scratch.customer(phone="1")
    assert len(scratch.queue()) == 1
    assert len(scratch.hub.queue("acme/second")["items"]) == 1
