"""X3: an answer that did not come makes a request *unknown*, never *failed*; and nothing is ever posted twice."""

from __future__ import annotations

from datetime import timedelta

import pytest

KINDS = {"customer": 1, "item": 1, "invoice": 1, "payment": 1}
BOOKS = {
    "keys remembered": {"key_memory": 600},
    "keys forgotten": {"key_memory": 0},
    "keys remembered, no markers": {"key_memory": 600, "markers": False},
    "neither keys nor markers": {"key_memory": 0, "markers": False},
    "slow to settle": {"key_memory": 0, "settle": 300},
    "slow to settle, keys remembered": {"key_memory": 600, "settle": 300},
}
SILENCE = ["drop-before-commit", "drop-after-commit", "slow"]


def save_one_of_each(scratch):
    scratch.customer()
    scratch.item()
    scratch.ship_doc()
    scratch.payment(number="R-1")


def counts(scratch, held):
    return {kind: len(held(scratch, kind)) for kind in KINDS}


@pytest.mark.parametrize("fault", SILENCE)
@pytest.mark.parametrize("settings", BOOKS.values(), ids=BOOKS)
def test_X3_a_lost_answer_ends_in_exactly_one_object(make, held, settings, fault):
    scratch = make(**settings)
    save_one_of_each(scratch)
    scratch.books.misbehave(fault, times=4)
    for _ in range(6):
        scratch.sync()
        scratch.clock.sleep(301)
    assert scratch.queue() == []
    assert counts(scratch, held) == KINDS
    assert {scratch.state(*each) for each in (("customer", "C1"), ("ship_doc", "S1"), ("payment", "P1"))} == {"synced"}


@pytest.mark.parametrize("fault", SILENCE)
@pytest.mark.parametrize("settings", BOOKS.values(), ids=BOOKS)
def test_X3_a_lost_answer_to_a_change_or_a_removal_is_cleared_up(make, held, settings, fault):
    scratch = make(**settings)
    save_one_of_each(scratch)
    scratch.ship_doc("S2")
    scratch.sync()
    scratch.customer(phone="1")
    scratch.hub.undo(scratch.company, "ship_doc", "S2")
    scratch.books.misbehave(fault, times=2)
    for _ in range(5):
        scratch.sync()
        scratch.clock.sleep(301)
    assert scratch.queue() == []
    assert counts(scratch, held) == KINDS
    assert [each["data"]["phone"] for each in held(scratch, "customer")] == ["1"]
    assert [each["number"] for each in held(scratch, "invoice")] == ["S1"]


def test_X3_an_unknown_outcome_is_shown_as_unknown_and_not_as_failed(make):
    scratch = make(key_memory=0, settle=300)
    scratch.customer()
    scratch.books.misbehave("drop-after-commit", times=1)
    job = scratch.sync()
    assert (job["state"], job["totals"]["unknown"], job["totals"]["rejected"]) == ("completed_with_errors", 1, 0)
    (request,) = scratch.queue()
    assert (request["state"], request["error"]["class"]) == ("unknown", "unknown_outcome")
    settled = scratch.clock.now() + timedelta(seconds=300)
    assert request["error"]["fix"].startswith(f"Sync again after {settled:%Y-%m-%d %H:%M:%S} UTC: ")
    assert scratch.state("customer", "C1") == "check_by_hand"


def test_X3_before_the_books_have_settled_nothing_is_searched_or_sent(make, wire):
    scratch = make(key_memory=0, settle=300)
    scratch.customer()
    scratch.books.misbehave("drop-before-commit", times=1)
    scratch.sync()
    wire.forget()
    looked = []
    wire.before = looked.append
    scratch.clock.sleep(200)
    scratch.sync()
    assert (wire.seen, "find" in looked) == ([], False)
    scratch.clock.sleep(101)
    scratch.sync()
    assert wire.seen == [("create", "customer", "C1")]
    assert scratch.state("customer", "C1") == "synced"


def test_X3_a_resend_carries_the_same_key_and_a_search_that_finds_nothing_opens_a_new_one(make, wire):
    scratch = make(key_memory=600)
    scratch.customer()
    scratch.books.misbehave("drop-before-commit", times=1)
    scratch.sync()
    first, again = wire.requests
    assert (again.key, again.record, again.links) == (first.key, first.record, first.links)

    forgetful = make(folder="forgetful", key_memory=0)
    wire.forget()
    forgetful.customer()
    forgetful.books.misbehave("drop-before-commit", times=1)
    forgetful.sync()
    first, again = wire.requests
    assert again.key != first.key
    assert again.marker == first.marker


def test_X3_a_resend_that_would_still_be_leaving_when_the_key_is_forgotten_is_not_made(make, wire, held):
    """The key may be used for 600 s; a call that begins after 590 s may last 30 s and arrive too late."""
    scratch = make(key_memory=600, call_timeout=30)
    scratch.customer()
    scratch.books.misbehave("drop-after-commit", times=4)
    scratch.sync()
    assert scratch.queue()[0]["state"] == "unknown"
    scratch.clock.sleep(590)
    scratch.books.misbehave("slow", times=1)
    scratch.sync()
    first = wire.requests[0]
    forgotten = first.deadline - timedelta(seconds=30) + timedelta(seconds=600)
    assert all(request.deadline < forgotten for request in wire.requests if request.key == first.key)
    assert len(held(scratch, "customer")) == 1
    assert scratch.state("customer", "C1") == "synced"


def test_X3_without_key_marker_and_number_a_payment_is_checked_by_hand_and_not_posted_twice(make, held):
    scratch = make(key_memory=0, markers=False)
    scratch.customer()
    scratch.item()
    scratch.ship_doc()
    scratch.sync()
    scratch.payment(amount="5.00")
    scratch.books.misbehave("drop-after-commit", times=1)
    scratch.sync()
    scratch.clock.sleep(60)
    scratch.sync()
    assert len(held(scratch, "payment")) == 1
    (request,) = scratch.queue()
    assert (request["state"], request["error"]["code"]) == ("unknown", "check_by_hand")


def test_X3_a_document_somebody_entered_by_hand_under_our_number_is_left_to_a_person(make, held):
    scratch = make(key_memory=0, markers=False)
    scratch.customer()
    scratch.item()
    scratch.sync()
    scratch.books.bookkeeper.add(
        "invoice", ["number=S1", "customer=Customer C1", "item=Item I1", "quantity=1", "unit_price=3.00"]
    )
    scratch.ship_doc()
    scratch.books.misbehave("drop-before-commit", times=1)
    scratch.sync()
    (request,) = scratch.queue()
    assert (request["state"], request["error"]["code"]) == ("unknown", "check_by_hand")
    assert "total" in request["error"]["message"]
    assert [each["total"] for each in held(scratch, "invoice")] == ["3.00"]


def test_X3_an_edit_made_while_the_outcome_is_unknown_is_sent_after_it_is_known(make, held):
    scratch = make(key_memory=0, settle=300)
    scratch.customer(phone="1")
    scratch.books.misbehave("drop-after-commit", times=1)
    scratch.sync()
    scratch.customer(phone="2")
    scratch.sync()
    assert [each["data"]["phone"] for each in held(scratch, "customer")] == ["1"]
    scratch.clock.sleep(301)
    scratch.sync()
    scratch.sync()
    assert [each["data"]["phone"] for each in held(scratch, "customer")] == ["2"]
    assert scratch.queue() == []


def test_X3_a_deletion_while_a_create_is_unknown_takes_it_out_again(make, held):
    scratch = make(key_memory=0, settle=300)
    scratch.customer()
    scratch.books.misbehave("drop-after-commit", times=1)
    scratch.sync()
    scratch.hub.delete(scratch.company, "customer", "C1")
    scratch.clock.sleep(301)
    scratch.sync()
    scratch.sync()
    assert held(scratch, "customer") == []
    assert scratch.queue() == []


def test_X3_a_released_request_and_an_edit_behind_it_become_one(make, held):
    scratch = make(key_memory=0, markers=False)
    scratch.customer()
    scratch.item()
    scratch.ship_doc()
    scratch.sync()
    scratch.payment(amount="5.00")
    scratch.books.misbehave("drop-before-commit", times=1)
    scratch.sync()
    (request,) = scratch.queue()
    assert request["error"]["code"] == "check_by_hand"
    scratch.payment(amount="6.00")
    scratch.hub.release(scratch.connection, [request["id"]])
    scratch.sync()
    assert [each["total"] for each in held(scratch, "payment")] == ["6.00"]
    assert scratch.queue() == []


def test_X3_without_markers_an_entity_of_that_name_with_other_content_is_not_taken_for_ours(make, held):
    scratch = make(key_memory=0, markers=False)
    scratch.books.bookkeeper.add("customer", ["name=Customer C1", "phone=99"])
    scratch.customer(phone="1")
    scratch.books.misbehave("drop-before-commit", times=1)
    scratch.sync()
    assert scratch.state("customer", "C1") != "synced"
    assert [each["data"]["phone"] for each in held(scratch, "customer")] == ["99"]


def test_X3_the_age_of_a_key_counts_from_its_first_use(make, wire, held):
    scratch = make(key_memory=600)
    scratch.customer()
    scratch.books.misbehave("drop-after-commit", times=4)
    scratch.sync()
    for _ in range(3):  # each resend is well within 600 s of the one before it
        scratch.clock.sleep(250)
        scratch.books.misbehave("drop-after-commit", times=4)
        scratch.sync()
    scratch.books.misbehave("drop-after-commit", times=4)
    scratch.sync()
    scratch.books.books.switch(None)
    scratch.sync()
    assert len(held(scratch, "customer")) == 1
    first = wire.requests[0].key
    last_use = max(at for at, key in enumerate(wire.keys()) if key == first)
    assert timedelta(seconds=600) > wire.requests[last_use].deadline - wire.requests[0].deadline


def test_X3_a_short_time_to_settle_is_waited_for_within_the_job(make, held):
    scratch = make(key_memory=0, settle=3)
    scratch.customer()
    scratch.books.misbehave("drop-after-commit", times=1)
    before = scratch.clock.now()
    assert scratch.sync()["state"] == "completed"
    assert timedelta(seconds=3) <= scratch.clock.now() - before < timedelta(seconds=6)
    assert scratch.state("customer", "C1") == "synced"
    assert len(held(scratch, "customer")) == 1


@pytest.mark.parametrize("fault", ["unauthorised", "a hook that raises"])
def test_X3_a_takeover_that_cannot_even_begin_keeps_the_doubt(make, wire, died, held, fault):
    """What the dead process has sent must not come back as if it had never left."""
    scratch = make(key_memory=0)
    scratch.customer()
    scratch.customer("C2")
    assert died(scratch, "after-send")

    def fail(_hook):
        raise KeyError("a bug in the plugin")

    if fault == "unauthorised":
        scratch.books.misbehave("unauthorised", on="check", times=2)
    else:
        wire.before = fail
    scratch.sync()
    assert {each["state"] for each in scratch.queue()} == {"unknown"}
    wire.before = lambda _hook: None
    scratch.books.books.switch(None)
    scratch.clock.sleep(60)
    scratch.sync()
    assert len(held(scratch, "customer")) == 2
    assert scratch.queue() == []
