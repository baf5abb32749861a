"""J5: one failure stops neither the others nor the import; lost authorisation stops the job and counts for nobody."""

from __future__ import annotations

import pytest

from hub.adapters import Unauthorised


def put_some(scratch, number=6):
    for at in range(number):
        scratch.customer(f"C{at}")
    scratch.item()
    scratch.ship_doc(customer="C0")


def test_J5_one_rejection_stops_neither_the_others_nor_the_import(make, held):
    scratch = make(batch_size=2)
    for at in range(8):
        scratch.customer(f"C{at}")
    scratch.books.bookkeeper.add("vendor", ["name=Found in the books"])
    scratch.books.misbehave("refuse", times=1)
    job = scratch.sync()
    assert (job["totals"]["applied"], job["totals"]["rejected"]) == (7, 1)
    assert job["totals"]["imported"] > 0
    (request,) = scratch.queue()
    assert (request["attempts"], request["error"]["class"]) == (1, "validation")
    scratch.sync()
    assert scratch.queue() == []


def test_J5_lost_authorisation_stops_the_job_pauses_the_connection_and_counts_no_attempt(make, wire, held):
    scratch = make(batch_size=2, concurrency=1)
    put_some(scratch)

    def lose(_hook):
        if len(wire.calls) == 2:
            scratch.books.misbehave("unauthorised")

    wire.before = lose
    before = scratch.queue()
    job = scratch.sync()
    assert (job["state"], job["totals"]["applied"]) == ("failed", 4)
    assert "authorisation" in job["message"]
    left = scratch.queue()
    assert [each["id"] for each in left] == [each["id"] for each in before[4:]]
    assert {(each["state"], each["attempts"]) for each in left} == {("waiting", 0)}
    assert {each["reason"] for each in left} == {"disconnected"}
    paused = scratch.hub.connection(scratch.connection)
    assert paused["state"] == "paused"

    wire.before = lambda _hook: None
    scratch.books.books.switch(None)
    assert scratch.sync()["state"] == "completed"
    assert scratch.hub.connection(scratch.connection)["state"] != "paused"
    assert len(held(scratch, "customer")) == 6
    assert scratch.queue() == []


def test_J5_a_batch_refused_for_authorisation_leaves_the_answered_ones_applied(make, wire, held):
    scratch = make(batch_size=8, concurrency=1)
    put_some(scratch, 4)
    wire.alter = lambda _requests, outcomes: [*outcomes[:3], *[Unauthorised(message="expired") for _ in outcomes[3:]]]
    job = scratch.sync()
    assert (job["state"], job["totals"]["applied"]) == ("failed", 3)
    wire.alter = lambda _requests, outcomes: outcomes
    scratch.sync()
    assert len(held(scratch, "customer")) == 4
    assert scratch.queue() == []


@pytest.mark.parametrize("on", ["check", "changes"])
def test_J5_authorisation_lost_before_or_after_sending(make, on):
    scratch = make()
    put_some(scratch, 1)
    scratch.books.misbehave("unauthorised", on=on)
    assert scratch.sync()["state"] == "failed"
    assert scratch.hub.connection(scratch.connection)["state"] == "paused"
    assert {each["attempts"] for each in scratch.queue()} <= {0}
    scratch.books.books.switch(None)
    assert scratch.sync()["state"] == "completed"
    assert scratch.queue() == []


def test_J5_throttled_books_are_given_time_and_nothing_counts(make, held):
    scratch = make()
    put_some(scratch, 1)
    scratch.books.misbehave("throttle", times=20)
    job = scratch.sync()
    assert job["totals"]["rejected"] == 0
    assert {(each["state"], each["attempts"], each["error"]) for each in scratch.queue()} == {("waiting", 0, None)}
    scratch.books.books.switch(None)
    scratch.clock.sleep(60)
    scratch.sync()
    assert len(held(scratch, "customer")) == 1
    assert scratch.queue() == []


def test_J5_a_version_that_stays_stale_is_told_as_a_conflict(make):
    scratch = make()
    scratch.customer()
    scratch.sync()
    scratch.customer(phone="1")
    scratch.books.misbehave("stale")
    job = scratch.sync()
    assert (job["totals"]["rejected"], job["totals"]["conflict"]) == (1, 0)
    assert scratch.hub.conflicts(scratch.connection)["items"] == []
    (request,) = scratch.queue()
    assert (request["error"]["class"], request["error"]["code"]) == ("conflict", "stale_version")
    scratch.books.books.switch(None)
    scratch.sync()
    assert scratch.queue() == []


def test_C9_as_many_conflicts_are_told_of_a_job_as_stand_in_the_list(make):
    """A number that is taken is a rejection: nobody can settle it but by another number."""
    scratch = make()
    scratch.customer()
    scratch.item()
    scratch.sync()
    scratch.books.bookkeeper.add("invoice", ["customer=Customer C1", "number=S1", "amount=5.00"])
    scratch.books.bookkeeper.add("customer", ["name=Twin"])
    scratch.customer("C2", name="Twin")
    scratch.ship_doc()
    job = scratch.sync()
    assert (job["totals"]["rejected"], job["totals"]["conflict"]) == (1, 1)
    listed = scratch.hub.conflicts(scratch.connection)["items"]
    assert [(each["kind"], each["source_id"]) for each in listed] == [("duplicate_name", "C2")]
    told = {each["source_id"]: each["outcome"] for each in job["results"]}
    assert told == {"C2": "conflict", "S1": "rejected"}
