"""The budget lets through nearly all that the books allow, and never more, however the network spaces it."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from hub.http import Budget, Limit, NoRoom, shared_budget

START = datetime(2026, 11, 24, 12, tzinfo=UTC)
BATCHES = Limit(calls=40, seconds=60, kinds=frozenset({"batch"}))
CALLS = Limit(calls=500, seconds=60)
SECOND = Limit(calls=10, seconds=1, grace=0.1)


class Line:
    """Several calls in flight over a network that delays each one differently; the books note when each arrives."""

    def __init__(self, limits: list[Limit], *, at_once: int, one_way: float, work: float, seed: int) -> None:
        self.at, self.dice = START, Random(seed)
        self.one_way, self.work, self.at_once = one_way, work, at_once
        self.budget = Budget(limits, at_once=at_once, now=lambda: self.at, sleep=self.sleep)
        self.flying: list[tuple[datetime, int, object]] = []
        self.arrived: list[datetime] = []
        self.longest = 0.0

    def sleep(self, seconds: float) -> None:
        self.longest = max(self.longest, seconds)
        self.pass_to(self.at + timedelta(seconds=seconds))

    def pass_to(self, until: datetime) -> None:
        while self.flying and self.flying[0][0] <= until:
            self.at, _, call = heapq.heappop(self.flying)
            call.__exit__(None, None, None)  # type: ignore[attr-defined]
        self.at = max(self.at, until)

    def run(self, kind: str, seconds: float) -> None:
        end = START + timedelta(seconds=seconds)
        while self.at < end:
            while len(self.flying) >= self.at_once:
                self.pass_to(self.flying[0][0])
            call = self.budget.spend(kind, self.at + timedelta(seconds=120))
            call.__enter__()
            there = self.at + timedelta(seconds=self.dice.uniform(0, self.one_way))
            self.arrived.append(there)
            answered = there + timedelta(seconds=self.dice.uniform(0, self.work))
            heapq.heappush(self.flying, (answered, len(self.arrived), call))

    def most(self, seconds: float) -> int:
        """The most that arrived in any window."""
        times = sorted(self.arrived)
        most, first = 0, 0
        for at, time in enumerate(times):
            while times[first] <= time - timedelta(seconds=seconds):
                first += 1
            most = max(most, at - first + 1)
        return most

    def within(self, start: float, end: float) -> int:
        return sum(START + timedelta(seconds=start) <= time < START + timedelta(seconds=end) for time in self.arrived)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("one_way", "work"), [(0.02, 0.3), (0.9, 4.0), (0.09, 20.0)])
def test_batches_saturate_the_limit_and_never_pass_it(one_way: float, work: float, seed: int) -> None:
    line = Line([BATCHES, CALLS], at_once=8, one_way=one_way, work=work, seed=seed)
    line.run("batch", 600)
    assert line.most(60) <= 40
    assert line.within(0, 600) >= 0.95 * 400


@pytest.mark.parametrize("seed", range(3))
def test_single_calls_saturate_the_minute_and_never_pass_the_second(seed: int) -> None:
    line = Line([CALLS, SECOND], at_once=8, one_way=0.05, work=0.2, seed=seed)
    line.run("call", 130)
    assert (line.most(60) <= 500, line.most(1) <= 10) == (True, True)
    assert line.within(0, 120) >= 0.95 * 1000


def test_nobody_waits_long_at_a_stretch_while_the_limit_is_saturated() -> None:
    line = Line([BATCHES, CALLS], at_once=4, one_way=0.1, work=0.5, seed=1)
    line.run("batch", 600)
    assert line.longest < 10


def test_a_small_job_is_not_slowed_down(clock) -> None:
    budget = Budget([BATCHES, CALLS], at_once=8, now=clock.now, sleep=clock.sleep)
    for _ in range(30):
        with budget.spend("batch", clock.at + timedelta(seconds=60)):
            pass
    assert clock.slept == []


def test_a_pause_holds_everybody_up_and_tells_those_who_cannot_wait(clock) -> None:
    budget = Budget([CALLS], at_once=8, now=clock.now, sleep=clock.sleep)
    budget.pause(clock.at + timedelta(seconds=60), "the books asked for it")
    budget.pause(clock.at + timedelta(seconds=30), "an earlier word")
    with pytest.raises(NoRoom) as told, budget.spend("call", clock.at + timedelta(seconds=10)):
        pass
    assert (told.value.until, told.value.reason) == (clock.at + timedelta(seconds=60), "the books asked for it")
    with budget.spend("call", clock.at + timedelta(seconds=90)):
        assert sum(clock.slept) == pytest.approx(60)


def test_nothing_is_let_through_after_its_deadline(clock) -> None:
    budget = Budget([CALLS], at_once=8, now=clock.now, sleep=clock.sleep)
    with pytest.raises(NoRoom), budget.spend("call", clock.at):
        pass


def test_no_more_than_so_many_are_in_flight(clock) -> None:
    budget = Budget([CALLS], at_once=2, now=clock.now, sleep=clock.sleep)
    deadline = clock.at + timedelta(seconds=5)
    with budget.spend("call", deadline), budget.spend("call", deadline):  # noqa: SIM117
        with pytest.raises(NoRoom), budget.spend("call", deadline):
            pass
    with budget.spend("call", clock.at + timedelta(seconds=5)):
        pass


def test_a_call_that_failed_counts_all_the_same(clock) -> None:
    budget = Budget([Limit(calls=1, seconds=60)], at_once=8, now=clock.now, sleep=clock.sleep)
    with pytest.raises(ZeroDivisionError), budget.spend("call", clock.at + timedelta(seconds=5)):
        raise ZeroDivisionError
    with pytest.raises(NoRoom), budget.spend("call", clock.at + timedelta(seconds=5)):
        pass


def test_the_budget_of_a_company_is_one_for_all_its_adapters(clock) -> None:
    def make() -> Budget:
        return Budget([CALLS], at_once=8, now=clock.now, sleep=clock.sleep)

    def made(key: str) -> Callable[[], Budget]:
        return lambda: shared_budget(key, make)

    first = made("one")()
    assert made("one")() is first
    assert made("two")() is not first
