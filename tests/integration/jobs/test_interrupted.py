"""X3, X4 on slow books: a death at any point, then a clock that moves on: one object per record, nothing lost."""

from __future__ import annotations

import pytest

POINTS = {
    "after-lock": (1,),
    "before-intent-commit": (1, 3),
    "after-intent-commit": (1, 3),
    "before-send": (1, 4),
    "after-send": (1, 4),
    "after-reply": (1, 3),
    "inside-outcome-commit": (1, 2),
    "before-export-end": (1,),
    "inside-import-commit": (1,),
    "after-import-page": (1,),
    "after-finish": (1,),
}
SLOW = {"slow, keys remembered": {"settle": 120}, "slow, keys forgotten": {"settle": 120, "key_memory": 0}}


def furnish(scratch):
    for at in range(3):
        scratch.customer(f"C{at}")
    scratch.item()
    scratch.ship_doc("S0", customer="C0")
    scratch.ship_doc("S1", customer="C1")
    scratch.sync()
    scratch.customer("C0", phone="1")
    scratch.hub.delete("acme", "customer", "C2")
    scratch.hub.undo("acme", "ship_doc", "S0")
    scratch.ship_doc("S0", customer="C0")
    for at in range(2, 6):
        scratch.ship_doc(f"S{at}", customer="C1")
    scratch.payment(number="R-1", customer="C1")


def settle_down(scratch):
    for _ in range(6):
        scratch.sync()
        scratch.clock.sleep(121)


def assert_whole(scratch, held):
    assert scratch.queue() == []
    assert sorted((each["name"], each["data"].get("phone")) for each in held(scratch, "customer")) == [
        ("Customer C0", "1"), ("Customer C1", None),
    ]  # fmt: skip
    assert sorted(each["number"] for each in held(scratch, "invoice")) == [f"S{at}" for at in range(6)]
    assert [each["number"] for each in held(scratch, "payment")] == ["R-1"]
    jobs = scratch.hub.jobs(scratch.connection)["items"]
    assert {each["state"] for each in jobs} <= {"completed", "completed_with_errors"}


@pytest.mark.parametrize("settings", SLOW.values(), ids=SLOW)
@pytest.mark.parametrize("point", POINTS)
def test_X4_dead_at_a_named_point_on_slow_books(make, held, died, point, settings):
    for number, time in enumerate(POINTS[point]):
        scratch = make(batch_size=2, folder=str(number), **settings)
        furnish(scratch)
        assert died(scratch, point, time)
        settle_down(scratch)
        assert_whole(scratch, held)


@pytest.mark.parametrize("fault", ["drop-before-commit", "drop-after-commit", "slow", "throttle", "stale", "refuse"])
@pytest.mark.parametrize("point", ["after-intent-commit", "after-send", "inside-outcome-commit", "before-export-end"])
def test_X4_a_fault_and_then_a_death(make, held, died, point, fault):
    scratch = make(batch_size=2, key_memory=0)
    furnish(scratch)
    scratch.books.misbehave(fault, times=2)
    assert died(scratch, point, 1 if point == "before-export-end" else 2)
    settle_down(scratch)
    assert_whole(scratch, held)


def test_X4_a_death_in_the_search_after_a_death(make, held, died):
    scratch = make(batch_size=2, key_memory=0)
    furnish(scratch)
    for point, time in (
        ("after-send", 2),
        ("after-reply", 1),
        ("inside-outcome-commit", 1),
        ("after-intent-commit", 2),
    ):
        assert died(scratch, point, time)
    settle_down(scratch)
    assert_whole(scratch, held)
