"""An adapter may raise anything or answer nonsense: what was sent is cleared up later, and never doubled."""

from __future__ import annotations

import pytest

NONSENSE = {
    "one answer too few": lambda _requests, outcomes: outcomes[:-1],
    "one answer too many": lambda _requests, outcomes: [*outcomes, outcomes[0]],
    "no answers": lambda _requests, _outcomes: [],
    "nothing in each place": lambda _requests, outcomes: [None for _ in outcomes],
    "words": lambda _requests, outcomes: ["ok" for _ in outcomes],
}


def fail_with(fault):
    def fail(_requests, _outcomes):
        raise fault

    return fail


FAILURES = {
    **NONSENSE,
    "an error": fail_with(KeyError("Id")),
    "a time-out": fail_with(TimeoutError()),
    "the end of the program": fail_with(SystemExit(3)),
}


@pytest.mark.parametrize("settings", [{}, {"key_memory": 0}, {"key_memory": 0, "markers": False}], ids=str)
@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)
def test_X3_whatever_an_adapter_does_after_the_books_have_taken_it_nothing_is_doubled(
    make, wire, held, failure, settings
):
    scratch = make(batch_size=2, **settings)
    for at in range(5):
        scratch.customer(f"C{at}")
    left = [3]

    def sometimes(requests, outcomes):
        left[0] -= 1
        return failure(requests, outcomes) if left[0] >= 0 else outcomes

    wire.alter = sometimes
    scratch.sync()
    assert {each["error"]["class"] for each in scratch.queue()} <= {"unknown_outcome"}
    scratch.sync()
    scratch.sync()
    assert sorted(each["name"] for each in held(scratch, "customer")) == [f"Customer C{at}" for at in range(5)]
    assert scratch.queue() == []


def test_X5_done_without_a_remote_id_is_not_believed(make, wire):
    from dataclasses import replace

    scratch = make(key_memory=0, settle=100)
    scratch.customer()
    wire.alter = lambda _requests, outcomes: [replace(each, remote_id="") for each in outcomes]
    scratch.sync()
    assert scratch.state("customer", "C1") == "check_by_hand"
    wire.alter = lambda _requests, outcomes: outcomes
    scratch.clock.sleep(101)
    scratch.sync()
    assert scratch.sync_of("customer", "C1")["remote_id"]


def test_X5_one_remote_id_for_two_records_stops_one_of_them_and_not_the_job(make, wire, held):
    from dataclasses import replace

    scratch = make()
    for at in range(3):
        scratch.customer(f"C{at}")
    wire.alter = lambda _requests, outcomes: [outcomes[0], replace(outcomes[1], remote_id=outcomes[0].remote_id),
                                              *outcomes[2:]]  # fmt: skip
    job = scratch.sync()
    assert (job["totals"]["applied"], job["totals"]["unknown"]) == (2, 1)
    states = sorted(scratch.state("customer", f"C{at}") for at in range(3))
    assert states == ["check_by_hand", "synced", "synced"]
    (request,) = scratch.queue()
    assert request["error"]["code"] == "check_by_hand"
    assert len(held(scratch, "customer")) == 3


@pytest.mark.parametrize("hook", ["check", "changes", "find", "read"])
def test_J5_a_hook_that_raises_stops_its_own_part_only(make, wire, held, hook):
    scratch = make(key_memory=0)
    scratch.customer()
    scratch.sync()
    scratch.customer(phone="1")
    scratch.customer("C2")
    scratch.books.bookkeeper.edit("customer", scratch.sync_of("customer", "C1")["remote_id"], ["email=x@example.com"])
    scratch.books.misbehave("drop-after-commit", times=1, on="create")

    def fail(name):
        if name == hook:
            raise ZeroDivisionError("a bug in the plugin")

    wire.before = fail
    job = scratch.sync()
    assert job["state"] in ("failed", "completed_with_errors")
    wire.before = lambda _name: None
    scratch.sync()
    assert scratch.sync()["state"] == "completed"
    assert scratch.queue() == []
    assert sorted((each["name"], each["data"].get("phone")) for each in held(scratch, "customer")) == [
        ("Customer C1", "1"), ("Customer C2", None),
    ]  # fmt: skip


def test_J5_a_feed_of_nonsense_ends_the_import_and_not_the_hub(make):
    from hub.adapters import hookimpl

    scratch = make()
    scratch.customer()

    class Babble:
        @hookimpl(tryfirst=True)
        def hub_changes(self, cursor, limit):
            return {"objects": []}

    scratch.hub.core.relay(scratch.hub.lane(scratch.connection))._manager.register(Babble())
    job = scratch.sync()
    assert (job["state"], job["totals"]["applied"]) == ("completed_with_errors", 1)
    assert "import" in job["message"]
