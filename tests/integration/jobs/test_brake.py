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


def inactivate(scratch: Scratch, count: int) -> None:
    for number in range(count):
        scratch.customer(f"C{number}", active=False)


def test_J8_updates_that_make_too_many_entities_inactive_are_held_too(scratch: Scratch) -> None:
    scratch.hub.set_policy(scratch.connection, {"brake_percent": 20, "brake_from": 3})
    customers(scratch, 20)
    inactivate(scratch, 15)
    scratch.customer("C19", phone="1", custom={"active": False})
    job = scratch.sync()
    assert job["totals"]["applied"] == 1, "what only looks like it goes on"
    assert in_books(scratch) == 20
    assert len(scratch.queue(state="held")) == 15
    scratch.hub.release(scratch.connection, [each["id"] for each in scratch.queue()], "the season is over")
    assert scratch.sync()["totals"]["applied"] == 15
    assert in_books(scratch) == 5


def test_J8_removals_and_inactivations_count_together(scratch: Scratch) -> None:
    scratch.hub.set_policy(scratch.connection, {"brake_percent": 0, "brake_from": 4})
    customers(scratch, 8)
    inactivate(scratch, 3)
    scratch.hub.delete(scratch.company, "customer", "C6")
    scratch.hub.delete(scratch.company, "customer", "C7")
    scratch.sync()
    assert in_books(scratch) == 8
    assert {each["operation"] for each in scratch.queue(state="held")} == {"update", "delete"}


def test_J8_an_edit_of_what_is_inactive_already_does_not_count(scratch: Scratch) -> None:
    customers(scratch, 4)
    inactivate(scratch, 4)
    scratch.sync()
    scratch.hub.set_policy(scratch.connection, {"brake_percent": 0, "brake_from": 0})
    for number in range(4):
        scratch.customer(f"C{number}", active=False, phone="1")
    assert scratch.sync()["totals"]["applied"] == 4


def test_J8_the_job_tells_what_the_brake_held(scratch: Scratch) -> None:
    scratch.hub.set_policy(scratch.connection, {"brake_percent": 0, "brake_from": 0})
    customers(scratch, 2)
    delete(scratch, 2)
    plan = scratch.hub.plan(scratch.connection)
    job = scratch.sync()
    assert job["totals"]["waiting"] == 2
    told = scratch.hub.job(job["id"])["results"]
    assert {(row["source_id"], row["outcome"]) for row in told} == {("C0", "waiting"), ("C1", "waiting")}
    assert "2 of" in told[0]["reason"]
    assert plan["totals"]["held"] == 2


def test_J8_the_plan_foresees_inactivations_that_would_be_held(scratch: Scratch) -> None:
    scratch.hub.set_policy(scratch.connection, {"brake_percent": 0, "brake_from": 1})
    customers(scratch, 3)
    inactivate(scratch, 3)
    scratch.customer("C2", active=True, phone="9")
    plan = scratch.hub.plan(scratch.connection)
    assert (plan["totals"]["held"], plan["totals"]["send"]) == (2, 1)
    scratch.hub.sync(scratch.connection, plan=plan["id"])
    assert in_books(scratch) == 3
