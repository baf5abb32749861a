"""X3, X4: engines that are wrong on purpose are caught, or the simulator would prove nothing."""

from __future__ import annotations

import pytest

from hub.testing.simulator.controls import CONTROLS
from hub.testing.simulator.dice import draw
from hub.testing.simulator.hands import Store
from hub.testing.simulator.play import play
from hub.testing.simulator.shrink import shrink

WITHIN = 500
FROM = {"search-only": 70, "key-age-from-last": 70}
"""Where to begin with those that are caught late; the seeds before that take long and catch nothing."""


@pytest.mark.parametrize("name", CONTROLS)
def test_X4_each_control_is_caught_within_500_seeds(store: Store, name: str) -> None:
    for number in range(FROM.get(name, 0), WITHIN):
        outcome = play(store, draw(number), CONTROLS[name])
        if outcome.wrongs:
            assert outcome.rule == "X4"
            assert not play(store, draw(number)).wrongs, "the true engine fails there too"
            return
    raise AssertionError(f"{name} was not caught in {WITHIN} histories")


def test_a_failing_history_is_shrunk_to_what_is_enough(store: Store) -> None:
    engine = CONTROLS["claim-post-mark"]
    failing = next(draw(number) for number in range(WITHIN) if play(store, draw(number), engine).wrongs)
    small = shrink(failing, lambda history: play(store, history, engine).rule == "X4")
    assert len(small.steps) < len(failing.steps) / 2
    assert play(store, small, engine).rule == "X4"
    assert any(step[0] in ("fault", "crash", "doom") for step in small.steps)
    for at in range(len(small.steps)):
        fewer = shrink_without(small.steps, at)
        assert play(store, type(small)(number=0, setup=small.setup, steps=fewer), engine).rule != "X4"


def shrink_without(steps: tuple, at: int) -> tuple:
    return steps[:at] + steps[at + 1 :]
