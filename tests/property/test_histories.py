"""Saves, deletes, undos, removals, jobs, faults and deaths in any order: no rule broken, nothing twice or lost."""

from __future__ import annotations

import os

import pytest
from history_machine import Histories
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

PARTS, EACH, STEPS = 16, 32, 22
"""How many histories: parts (each its own test, so that workers share them) × histories × steps at most."""
SEED = int(os.environ.get("HUB_TEST_SEED", "1"))
HISTORIES = int(os.environ.get("HUB_TEST_HISTORIES", EACH))


@pytest.mark.parametrize("part", range(PARTS))
def test_histories(part: int) -> None:
    machine = seed(SEED * 1000 + part)(type(f"Histories{part}", (Histories,), {}))
    chosen = settings(
        max_examples=HISTORIES, stateful_step_count=STEPS, deadline=None, database=None, print_blob=False,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink] if os.environ.get("HUB_TEST_SHRINK", "1") == "1" else [Phase.generate],
    )  # fmt: skip
    run_state_machine_as_test(machine, settings=chosen)
