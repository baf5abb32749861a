"""Each fault switch misbehaves exactly as documented, as often as it was told, and then stops."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hub_mock.faults import FaultName, FaultRow, On

from hub.adapters import Applied, Conflict, Rejected, Unauthorised, Unknown, Waiting
from hub.errors import AuthorisationLost, ErrorClass


def switch(books, name, on="any", times=None):
    books.adapter.books.switch(FaultRow(name=FaultName(name), on=On(on), times=times))


def kinds(outcomes):
    return [type(outcome) for outcome in outcomes]


def count(books):
    return books.adapter.books.page("type = ?", ["customer"], 0, 1)[1]


def test_refuse_answers_single_requests_as_often_as_told(books):
    switch(books, "refuse", times=2)
    outcomes = books.push(*(books.customer(name) for name in "ABC"))
    assert kinds(outcomes) == [Rejected, Rejected, Applied]
    assert outcomes[0].fault.error is ErrorClass.VALIDATION
    assert books.adapter.books.faults() == []


def test_a_fault_without_times_lasts_until_it_is_cleared(books):
    switch(books, "refuse")
    assert kinds(books.push(books.customer("A"), books.customer("B"))) == [Rejected, Rejected]
    assert kinds(books.push(books.customer("C"))) == [Rejected]
    books.adapter.books.switch(None)
    assert kinds(books.push(books.customer("D"))) == [Applied]


def test_a_fault_strikes_only_the_operation_named(books):
    request = books.customer("A")
    made = books.done(request)
    switch(books, "refuse", on="update")
    assert kinds(books.push(books.customer("B"), books.update(request, "1", made.remote_id))) == [Applied, Rejected]


def test_throttle_takes_nothing_and_says_until_when(books, clock):
    switch(books, "throttle", times=1)
    outcomes = books.push(books.customer("A"), books.customer("B"))
    assert kinds(outcomes) == [Waiting, Waiting]
    assert outcomes[0].until > clock.now()
    assert count(books) == 0
    assert kinds(books.push(books.customer("A"))) == [Applied]


def test_drop_before_commit_does_nothing_and_is_unknown(books):
    switch(books, "drop-before-commit", times=1)
    request = books.customer("A")
    assert kinds(books.push(request, books.customer("B"))) == [Unknown, Unknown]
    assert count(books) == 0
    assert kinds(books.push(request)) == [Applied]


def test_drop_after_commit_does_it_all_and_is_unknown_and_the_key_tells_the_answer(books):
    switch(books, "drop-after-commit", times=1)
    first, second = books.customer("A"), books.customer("A")
    assert kinds(books.push(first, second)) == [Unknown, Unknown]
    assert count(books) == 1
    assert kinds(books.push(first, second)) == [Applied, Conflict]
    assert count(books) == 1


def test_slow_sleeps_to_the_deadline_at_most_then_does_it_and_is_unknown(books, clock):
    switch(books, "slow", times=2)
    request = books.customer("A")
    assert kinds(books.push(request)) == [Unknown]
    near = replace(books.customer("B"), deadline=clock.now() + timedelta(seconds=4))
    assert kinds(books.push(near)) == [Unknown]
    assert clock.slept == [30, 4]
    assert count(books) == 2


def test_stale_strikes_changes_of_what_exists(books):
    switch(books, "stale", times=1)
    request = books.customer("A")
    made = books.done(request)
    (outcome,) = books.push(books.update(request, "1", made.remote_id))
    assert isinstance(outcome, Conflict)
    assert (outcome.code, outcome.remote_id) == (Conflict.STALE_VERSION, made.remote_id)


def test_closed_strikes_documents_only(books):
    switch(books, "closed", times=1)
    party = books.done(books.customer("A")).remote_id
    (outcome,) = books.push(books.invoice(party))
    assert isinstance(outcome, Rejected)
    assert outcome.fault.error is ErrorClass.PERIOD_CLOSED
    assert kinds(books.push(books.invoice(party))) == [Applied]


def test_unauthorised_strikes_every_call_and_does_nothing(books):
    switch(books, "unauthorised")
    calls = [
        books.relay.check,
        lambda: books.relay.changes(None, 1),
        lambda: books.read("customer", "1"),
        lambda: books.adapter.hub_create(requests=[books.customer("A")]),
    ]
    for call in calls:
        with pytest.raises(AuthorisationLost):
            call()
    assert kinds(books.push(books.customer("A"))) == [Unauthorised]
    books.adapter.books.switch(None)
    assert count(books) == 0


def test_unauthorised_can_strike_the_check_alone(books):
    switch(books, "unauthorised", on="check", times=1)
    books.done(books.customer("A"))
    with pytest.raises(AuthorisationLost):
        books.relay.check()
    assert books.relay.check().id


def test_a_fault_that_was_not_reached_is_not_counted_down(books):
    switch(books, "drop-before-commit", times=1)
    switch(books, "refuse", times=1)
    books.push(books.customer("A"))
    assert [row.name for row in books.adapter.books.faults()] == [FaultName.REFUSE]


def test_a_fault_switched_on_elsewhere_is_seen_at_once(connect):
    books, other = connect(), connect()
    books.done(books.customer("A"))
    switch(other, "refuse", times=1)
    assert kinds(books.push(books.customer("B"))) == [Rejected]


def test_latency_makes_every_call_sleep(connect, clock):
    books = connect(latency="0.5")
    books.done(books.customer("A"))
    books.relay.changes(None, 1)
    assert clock.slept == [0.5, 0.5]


def test_nothing_is_taken_after_the_deadline(books, clock):
    request = replace(books.customer("A"), deadline=clock.now())
    assert kinds(books.push(request)) == [Waiting]
    assert count(books) == 0
