"""J1: one unfinished job per connection, whichever machine asks; J2: first the queue, then the books' changes."""

from __future__ import annotations

import pytest

from hub.errors import Refused


def test_J1_a_second_job_is_refused_while_one_is_unfinished(scratch):
    job = scratch.hub.request_job(scratch.connection)
    for hub in (scratch.hub, scratch.another_process()):
        with pytest.raises(Refused) as refusal:
            hub.request_job(scratch.connection)
        assert refusal.value.code == "job_unfinished"
        assert refusal.value.details["job"] == job


def test_J1_while_a_job_runs_another_sync_is_refused_and_disturbs_nothing(make, wire):
    scratch = make()
    scratch.customer()
    refusals = []

    def interfere(_hook):
        with pytest.raises(Refused) as refusal:
            scratch.another_process().sync(scratch.connection)
        refusals.append(refusal.value.code)

    wire.before = interfere
    scratch.sync()
    assert set(refusals) == {"job_unfinished"}
    assert wire.seen == [("create", "customer", "C1")]


def test_J1_after_it_has_ended_the_next_one_may_be_made(scratch):
    scratch.hub.cancel(scratch.hub.request_job(scratch.connection))
    assert scratch.sync()["state"] == "completed"
    assert scratch.sync()["state"] == "completed"


def test_J1_each_connection_has_its_own(scratch):
    scratch.hub.connect(scratch.company, "mock", name="second")
    first = scratch.hub.request_job(scratch.connection)
    second = scratch.hub.request_job("acme/second")
    assert [job["id"] for job in scratch.hub.work()] == [first, second]


def test_J1_the_unfinished_job_of_a_dead_process_is_taken_over_at_once(scratch, died):
    scratch.customer()
    died(scratch, "after-intent-commit")
    unfinished = scratch.hub.jobs(scratch.connection)["items"][0]
    assert unfinished["state"] == "exporting"
    scratch.sync()
    items = scratch.hub.jobs(scratch.connection)["items"]
    assert [(each["id"] - unfinished["id"], each["state"]) for each in items] == [(1, "completed"), (0, "completed")]
    assert scratch.state("customer", "C1") == "synced"


def test_J2_the_queue_is_sent_before_changes_are_asked_for(make, wire):
    scratch = make()
    scratch.customer()
    order = []
    wire.before = order.append
    scratch.sync()
    assert order == ["check", "write", "changes"]


def test_J2_a_job_that_a_worker_runs_is_the_same(scratch):
    scratch.customer()
    job = scratch.hub.request_job(scratch.connection, trigger="api")
    (ended,) = scratch.hub.work()
    assert (ended["id"], ended["trigger"], ended["totals"]["applied"]) == (job, "api", 1)
    assert scratch.hub.work() == []
