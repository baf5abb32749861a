"""X1 to X4, J1, J6: random histories of crashes, lost replies and late landings leave the books right; seed by seed."""

from __future__ import annotations

import os

import pytest

from hub.testing.simulator.dice import draw
from hub.testing.simulator.hands import Store
from hub.testing.simulator.play import play

PARTS = 8
EACH = int(os.environ.get("HUB_TEST_SEEDS", "16"))
"""How many histories: parts (each its own test, so that workers share them) × seeds."""


@pytest.mark.parametrize("part", range(PARTS))
def test_X4_random_histories_post_nothing_twice_and_lose_nothing(store: Store, part: int) -> None:
    for number in range(part * EACH, (part + 1) * EACH):
        outcome = play(store, draw(number))
        assert not outcome.wrongs, f"hub simulate --seed {number}: {outcome.wrongs}"
