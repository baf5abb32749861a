"""X3, by the rule: the key's age counts from its first use, and what was given up on is let settle before a search."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.adapters import Capabilities
from hub.queue.doubt import Doubt, Step, next_step

START = datetime(2026, 1, 5, 9, tzinfo=UTC)


def at(seconds):
    return START + timedelta(seconds=seconds)


def step(now, *, first=0, last=0, memory=0, settle=0, given_up_by=None):
    books = Capabilities(types={}, key_memory=memory, settle=settle)
    doubt = Doubt(first_sent=at(first), last_sent=at(last))
    found, until = next_step(at(now), doubt, books, at(now if given_up_by is None else given_up_by))
    return found, (until - START).total_seconds()


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"now": 10, "memory": 600}, Step.RESEND),
        ({"now": 599, "memory": 600}, Step.RESEND),
        ({"now": 600, "memory": 600}, Step.SEARCH),
        ({"now": 599, "memory": 600, "settle": 1, "last": 598}, Step.SEARCH),
        ({"now": 10, "memory": 0}, Step.SEARCH),
        ({"now": 10, "memory": 600, "given_up_by": 599}, Step.RESEND),
        ({"now": 10, "memory": 600, "given_up_by": 600}, Step.SEARCH),
    ],
)
def test_X3_resend_only_while_the_key_is_surely_remembered(facts, expected):
    assert step(**facts)[0] is expected


def test_X3_the_age_of_the_key_does_not_begin_anew_with_each_resend():
    assert step(now=700, first=0, last=690, memory=600)[0] is Step.SEARCH


def test_X3_a_search_waits_until_what_was_given_up_on_has_settled():
    assert step(now=100, last=50, settle=60) == (Step.WAIT, 110)
    assert step(now=110, last=50, settle=60) == (Step.SEARCH, 110)


def test_X3_a_call_that_may_still_be_in_flight_is_waited_for():
    assert step(now=10, last=30) == (Step.WAIT, 30)


@given(
    now=st.integers(0, 2000), first=st.integers(0, 1000), sent_for=st.integers(0, 1000), memory=st.integers(0, 1000),
    settle=st.integers(0, 500), flight=st.integers(0, 60),
)  # fmt: skip
def test_X3_the_rule_holds_for_any_times(now, first, sent_for, memory, settle, flight):
    last = first + sent_for
    found, until = step(now, first=first, last=last, memory=memory, settle=settle, given_up_by=now + flight)
    match found:
        case Step.RESEND:
            assert memory > 0
            assert now + flight + settle < first + memory
        case Step.SEARCH:
            assert now >= last + settle
        case Step.WAIT:
            assert until == last + settle > now
