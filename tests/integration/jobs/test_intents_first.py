"""X1: what is about to be sent is committed before it leaves, with no transaction open; X2: keys follow the rule."""

from __future__ import annotations

import pytest

from hub.app import open_hub
from hub.jobs.intent import digest, make_key, make_marker
from tests.stores import query


def rows(scratch, statement):
    return query(scratch.url, statement)


def test_X1_attempt_key_marker_and_digest_are_committed_before_anything_leaves(make, wire):
    scratch = make()
    scratch.customer()
    scratch.item()
    scratch.ship_doc()
    seen = []

    def look(point):
        if point == "before-send":
            seen.append(
                (
                    rows(scratch, "SELECT key, digest, sent, generation, request_id FROM attempts"),
                    rows(scratch, "SELECT id FROM requests WHERE state = 'locked' AND first_sent IS NOT NULL"),
                )
            )

    hub = open_hub(scratch.url, **{**scratch._open, "reach": look})
    salt = hub.lane(scratch.connection).salt
    hub.sync(scratch.connection)
    hub.close()
    known = {row["key"]: row for attempts, _ in seen for row in attempts}
    for request in wire.requests:
        attempt = known[request.key]
        assert request.marker in attempt["sent"]
        assert attempt["digest"] == digest(attempt["sent"])
        assert request.key == make_key(salt, attempt["request_id"], attempt["generation"])
        assert request.marker == make_marker(salt, attempt["request_id"])
    assert [len(in_use) > 0 for _, in_use in seen] == [True] * len(seen)
    assert len(wire.requests) == 3


def test_X1_no_transaction_is_open_while_the_books_are_asked(make, wire):
    """Another connection can write to the hub's database during every call."""
    scratch = make(key_memory=0)
    scratch.customer()
    scratch.sync()
    scratch.customer(phone="1")
    scratch.customer("C2")
    scratch.books.bookkeeper.edit("customer", scratch.sync_of("customer", "C1")["remote_id"], ["phone=2"])
    scratch.books.misbehave("drop-before-commit", times=1, on="create")
    called = []

    def write(hook):
        query(scratch.url, "UPDATE companies SET name = name", company=scratch.company)
        called.append(hook)

    wire.before = write
    scratch.sync()
    assert set(called) == {"check", "write", "find", "read", "changes"}


def test_X1_what_was_sent_is_kept_with_the_attempt(make):
    scratch = make()
    scratch.customer(phone="1")
    scratch.sync()
    scratch.customer(phone="2")
    scratch.sync()
    phones = ['"phone":"1"', '"phone":"2"']
    sent = [row["sent"].replace(" ", "") for row in rows(scratch, "SELECT sent FROM attempts ORDER BY id")]
    assert [phone in text for phone, text in zip(phones, sent, strict=True)] == [True, True]


def test_X2_a_definite_refusal_opens_a_new_generation_and_an_unknown_outcome_does_not(make, wire):
    scratch = make()
    scratch.customer()
    scratch.books.misbehave("refuse", times=1)
    scratch.sync()
    scratch.books.misbehave("drop-before-commit", times=1)
    scratch.sync()
    refused, unknown, again = wire.keys()
    assert refused != unknown
    assert unknown == again


@pytest.mark.parametrize("point", ["after-intent-commit", "before-send", "after-send", "inside-outcome-commit"])
def test_X2_the_key_is_the_same_after_a_death(make, wire, died, point):
    scratch = make()
    scratch.customer()
    assert died(scratch, point)
    scratch.sync()
    assert len(set(wire.keys())) == 1
    assert len({request.marker for request in wire.requests}) == 1


def test_X2_no_two_requests_ever_share_a_key(make, wire, died):
    scratch = make(batch_size=2, key_memory=0)
    for at in range(6):
        scratch.customer(f"C{at}")
    scratch.books.misbehave("refuse", times=2)
    scratch.books.misbehave("drop-after-commit", times=2)
    scratch.sync()
    scratch.sync()
    by_key = {}
    for request in wire.requests:
        by_key.setdefault(request.key, set()).add((request.operation, request.source_id))
    assert all(len(what) == 1 for what in by_key.values())
    assert len(rows(scratch, "SELECT DISTINCT key FROM attempts")) == len(by_key)
