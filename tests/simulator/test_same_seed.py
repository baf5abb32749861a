"""A seed is the same history always: in every process, whatever its hash order, its clock and its environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from hub.testing.simulator.dice import draw
from hub.testing.simulator.hands import Store
from hub.testing.simulator.play import play

SEEDS = (3, 4, 5, 6)
TELL = (
    "import json, sys\n"
    "from hub.testing.simulator.run import replay\n"
    "print(json.dumps([replay(int(seed)).story for seed in sys.argv[1:]]))\n"
)


def told(hash_seed: str, **more: str) -> list[list[str]]:
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, **more}
    done = subprocess.run(
        [sys.executable, "-c", TELL, *map(str, SEEDS)], env=environment, capture_output=True, text=True, check=True
    )
    stories: list[list[str]] = json.loads(done.stdout)
    return stories


def test_the_same_seed_tells_the_same_story_in_another_process(store: Store) -> None:
    here = [list(play(store, draw(seed), telling=True).story) for seed in SEEDS]
    assert told("1") == here
    assert told("2", HUB_POLICY='{"conflicts": "ask"}', HUB_LEASE_SECONDS="7") == here


def test_a_history_before_it_leaves_nothing_behind_for_the_next(store: Store) -> None:
    alone = play(store, draw(5), telling=True)
    for number in range(3):
        play(store, draw(number))
    again = play(store, draw(5), telling=True)
    assert (again.story, again.met) == (alone.story, alone.met)


def test_histories_differ() -> None:
    assert len({draw(number).steps for number in range(50)}) == 50
