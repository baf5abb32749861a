"""J6: a job belongs to one holder at a time; late results are refused; what a cancelled job has not sent returns."""

from __future__ import annotations

import threading
from contextlib import suppress

import pytest

from hub import jobs
from hub.app import open_hub
from hub.errors import AuthorisationLost, NotFound, Refused

LEASE = 60


def test_J6_when_the_lease_has_run_out_another_takes_over_and_the_late_results_change_nothing(make, wire, held):
    """The first holder is stopped in the middle of its call, sleeps through its lease, and then wakes up."""
    scratch = make()
    scratch.customer()
    asleep, awake = threading.Event(), threading.Event()
    first = threading.get_ident()

    def sleep_in_the_call(requests, outcomes):
        if not asleep.is_set():
            asleep.set()
            awake.wait(30)
        return outcomes

    wire.alter = sleep_in_the_call
    ended = []
    sleeper = threading.Thread(target=lambda: ended.append(scratch.hub.sync(scratch.connection)))
    sleeper.start()
    asleep.wait(30)
    assert first != sleeper.ident
    scratch.clock.sleep(LEASE + 1)
    other = scratch.another_process()
    (job,) = other.work()
    assert (job["state"], job["totals"]["applied"]) == ("completed", 1)
    history = len(other.show("acme", "customer", "C1")["history"])
    awake.set()
    sleeper.join(30)
    assert scratch.state("customer", "C1") == "synced"
    assert len(scratch.hub.show("acme", "customer", "C1")["history"]) == history
    assert ended[0]["state"] == "completed"
    assert len(held(scratch, "customer")) == 1
    other.close()


def test_J6_a_job_with_a_living_holder_is_not_taken_over_before_its_lease_ends(make, wire):
    scratch = make()
    scratch.customer()
    others = []
    wire.before = lambda _hook: others.append(scratch.another_process().work())
    scratch.sync()
    assert others == [[]] * len(others) != []


def test_J6_nobody_sends_after_the_end_of_its_lease(make, wire, died):
    scratch = make(call_timeout=600)
    scratch.customer()
    scratch.sync()
    (request,) = wire.requests
    assert request.deadline <= scratch.clock.now() + _seconds(LEASE)


def test_J6_a_call_that_comes_too_late_is_not_made(make, wire):
    """The process stands still between its intent and its call, for longer than the deadline."""
    scratch = make()
    scratch.customer()
    stopped = []

    def stand_still(point):
        if point == "after-intent-commit" and not stopped:
            stopped.append(point)
            scratch.clock.sleep(31)

    hub = open_hub(scratch.url, **{**scratch._open, "reach": stand_still})
    hub.sync(scratch.connection)
    assert all(request.deadline > at for request, at in zip(wire.requests, [scratch.clock.now()], strict=True))
    assert scratch.state("customer", "C1") == "synced"
    hub.close()


def test_J6_a_cancelled_job_returns_what_it_has_not_sent(make, wire, held):
    scratch = make(batch_size=2, concurrency=1)
    for at in range(8):
        scratch.customer(f"C{at}")
    cancelled = []

    def cancel(requests, outcomes):
        if not cancelled:
            cancelled.append(scratch.hub.cancel(scratch.hub.jobs(scratch.connection)["items"][0]["id"]))
        return outcomes

    wire.alter = cancel
    job = scratch.sync()
    assert job["state"] == "cancelled"
    sent = len(held(scratch, "customer"))
    left = scratch.queue()
    assert sent + len(left) == 8
    assert left
    assert {(each["state"], each["attempts"], each["job"]) for each in left} == {("waiting", 0, None)}
    scratch.sync()
    assert len(held(scratch, "customer")) == 8


def test_J6_a_pause_stops_the_job_at_work_and_what_it_has_not_sent_waits(make, wire, held):
    scratch = make(batch_size=2, concurrency=1)
    for at in range(8):
        scratch.customer(f"C{at}")

    def pause(requests, outcomes):
        if scratch.hub.connection(scratch.connection)["state"] != "paused":
            scratch.hub.pause(scratch.connection, "year-end")
        return outcomes

    wire.alter = pause
    assert scratch.sync()["state"] == "cancelled"
    assert 0 < len(held(scratch, "customer")) < 8
    wire.alter = lambda requests, outcomes: outcomes
    scratch.hub.resume(scratch.connection)
    assert scratch.sync()["state"] == "completed"
    assert len(held(scratch, "customer")) == 8


def test_J6_a_pause_ends_a_job_that_nobody_has_begun(make, held):
    scratch = make()
    scratch.customer()
    job = scratch.hub.request_job(scratch.connection)
    scratch.hub.pause(scratch.connection, "year-end")
    assert scratch.hub.work() == []
    assert scratch.hub.job(job)["state"] == "cancelled"
    assert held(scratch, "customer") == []


def test_J6_a_pause_is_heard_by_a_job_that_is_asked_for_at_that_moment(make):
    scratch = make()
    lane = scratch.hub.lane(scratch.connection)
    scratch.hub.pause(scratch.connection, "year-end")
    with pytest.raises(Refused) as refused:
        jobs.ask_for_job(scratch.hub.core, lane, "manual")
    assert refused.value.code == "connection_paused"


@pytest.mark.parametrize("lets_in", [True, False])
def test_J5_what_a_person_paused_no_job_resumes_and_none_pauses_anew(make, wire, held, lets_in):
    """The pause comes while the job that was begun before asks the books whether they let it in."""
    scratch = make()
    scratch.customer()

    def before(hook):
        if hook == "check" and scratch.hub.connection(scratch.connection)["state"] != "paused":
            scratch.hub.pause(scratch.connection, "year-end")
            if not lets_in:
                raise AuthorisationLost("The books do not know the hub any more.")

    wire.before = before
    scratch.sync()
    assert scratch.hub.connection(scratch.connection)["reason"].startswith("paused by ")
    noted = [each["what"] for each in scratch.hub.audit("acme")["items"] if each["what"] in ("paused", "resumed")]
    assert noted == ["paused"]
    assert held(scratch, "customer") == []


@pytest.mark.parametrize(
    "point",
    ["after-lock", "before-intent-commit", "before-send", "after-reply", "inside-outcome-commit", "before-export-end",
     "inside-import-commit", "after-import-page"],
)  # fmt: skip
def test_J6_cancelled_in_any_phase_nothing_is_lost_or_doubled(make, held, point):
    scratch = make(batch_size=2, concurrency=2)
    for at in range(6):
        scratch.customer(f"C{at}")
    scratch.books.misbehave("drop-after-commit", times=1)
    asked = threading.Event()

    def ask():
        with suppress(Refused):  # heard after the last page, when the job has ended
            scratch.hub.cancel(1)

    def cancel(name):
        if name == point and not asked.is_set():
            asked.set()
            # Points inside a transaction hold the database's only pen: ask from elsewhere, to be heard next.
            asker = threading.Thread(target=ask)
            asker.start()
            if not name.startswith(("inside", "before-intent")):
                asker.join()

    hub = open_hub(scratch.url, **{**scratch._open, "reach": cancel})
    hub.sync(scratch.connection)
    hub.close()
    assert asked.is_set()
    scratch.sync()
    scratch.sync()
    assert sorted(each["name"] for each in held(scratch, "customer")) == [f"Customer C{at}" for at in range(6)]
    assert scratch.queue() == []


def test_J6_a_cancelled_job_that_a_dead_process_left_is_ended_and_its_doubts_kept(make, died, held):
    scratch = make(key_memory=0, settle=100)
    scratch.customer()
    assert died(scratch, "after-send")
    scratch.hub.cancel(1)
    scratch.sync()
    assert scratch.hub.job(1)["state"] == "cancelled"
    (request,) = scratch.queue()
    assert request["state"] == "unknown"
    scratch.clock.sleep(101)
    scratch.sync()
    assert len(held(scratch, "customer")) == 1
    assert scratch.queue() == []


def test_J6_only_an_unfinished_job_can_be_cancelled(scratch):
    job = scratch.sync()["id"]
    with pytest.raises(Refused) as refusal:
        scratch.hub.cancel(job)
    assert refusal.value.code == "job_finished"
    with pytest.raises(NotFound):
        scratch.hub.cancel(job + 1)


def test_J6_a_job_that_fails_on_its_way_is_let_go_at_once(make, held):
    """The disk is full for a moment: the process lives on, and so nobody may have to wait for its lease."""
    scratch = make()
    scratch.customer()
    failed = []

    def fail(point):
        if point == "after-reply" and not failed:
            failed.append(point)
            raise OSError("no space left")

    hub = open_hub(scratch.url, **{**scratch._open, "reach": fail})
    with pytest.raises(OSError, match="no space"):
        hub.sync(scratch.connection)
    assert hub.sync(scratch.connection)["state"] == "completed"
    hub.close()
    assert len(held(scratch, "customer")) == 1
    assert scratch.state("customer", "C1") == "synced"


def _seconds(number):
    from datetime import timedelta

    return timedelta(seconds=number)
