"""X4: kill the process at any point, any number of times, and start it again: one object per record, nothing lost."""

from __future__ import annotations

import random

import pytest

BOOKS = ["keys and markers", "keys only", "markers only", "neither"]
POINTS = {
    "after-lock": (1,),
    "before-intent-commit": (1, 5),
    "after-intent-commit": (1, 6),
    "before-send": (1, 8),
    "mock-before-commit": (1, 7),
    "mock-after-commit": (1, 9),
    "after-send": (3,),
    "after-reply": (4,),
    "inside-outcome-commit": (2,),
    "before-export-end": (1,),
    "inside-import-commit": (1,),
    "after-import-page": (1,),
    "after-finish": (1,),
}
RECURRING = [point for point in POINTS if point.startswith(("mock", "after-", "before-send", "inside-outcome"))]


def test_X4_the_expectation_can_be_met_without_any_kill(stage):
    for kind in BOOKS:
        calm = stage(kind)
        calm.finish()
        calm.assert_as_if_nothing_had_happened()
        assert calm.kills == 0


@pytest.mark.parametrize("kind", BOOKS)
@pytest.mark.parametrize("point", POINTS)
def test_X4_killed_at_a_named_point_and_started_again(stage, kind, point):
    for time in POINTS[point]:
        killed = stage(kind)
        assert killed.sync(f"{point}:{time}") or time > 1, f"{point} is no longer passed"
        killed.finish()
        killed.assert_as_if_nothing_had_happened()


@pytest.mark.parametrize("seed", range(8))
def test_X4_killed_many_times_in_a_row_at_random_points(stage, seed):
    chance = random.Random(seed)
    unlucky = stage(BOOKS[seed % len(BOOKS)])
    points = [f"{chance.choice(RECURRING)}:{chance.choice((1, 1, 2))}" for _ in range(8)]
    for point in points:
        unlucky.sync(point)
    unlucky.finish()
    print(f"seed {seed}: {unlucky.kills} kills at {points}")
    assert unlucky.kills >= 2
    unlucky.assert_as_if_nothing_had_happened()
