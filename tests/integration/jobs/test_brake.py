"""J8: a job that would take out too many of the books' entities asks a person first."""

from __future__ import annotations

from hub.testing.scratch import Scratch


def customers(scratch: Scratch, count: int) -> None:
    for number in range(count):
        scratch.customer(f"C{number}")
    scratch.sync()


def delete(scratch: Scratch, count: int) -> None:
    for number in range(count):
        scratch.hub.delete(scratch.company, "customer", f"C{number}")


def in_books(scratch: Scratch) -> int:
    return sum(1 for each in scratch.books.bookkeeper.all("customer") if each["active"])


def test_J8_too_many_removals_are_held_and_nothing_is_taken_out(scratch: Scratch) -> None:
    scratch.hub.set_policy(scratch.connection, {"brake_percent": 20, "brake_from": 3})
    customers(scratch, 20)
    delete(scratch, 15)
    scratch.customer("NEW")
    job = scratch.sync()
    assert job["totals"]["applied"] == 1, "the others go on"
    assert in_books(scratch) == 21
    held = scratch.queue(state="held")
    assert len(held) == 15
    assert "15 of" in held[0]["reason"]
    assert "release" in held[0]["reason"]


def test_J8_what_a_person_released_is_taken_out(scratch: Scratch) -> None:
    scratch.hub.set_policy(scratch.connection, {"brake_percent": 20, "brake_from": 3})
    customers(scratch, 20)
    delete(scratch, 15)
    scratch.sync()
    scratch.hub.release(scratch.connection, [each["id"] for each in scratch.queue()], "the shop was closed")
    assert scratch.sync()["totals"]["applied"] == 15
    assert in_books(scratch) == 5


def test_J8_a_few_removals_need_nobody(scratch: Scratch) -> None:
    customers(scratch, 12)
    delete(scratch, 10)
    assert scratch.sync()["totals"]["applied"] == 10


def test_J8_a_share_within_the_limit_needs_nobody(scratch: Scratch) -> None:
    scratch.hub.set_policy(scratch.connection, {"brake_percent": 100, "brake_from": 0})
    customers(scratch, 8)
    delete(scratch, 8)
    assert scratch.sync()["totals"]["applied"] == 8
