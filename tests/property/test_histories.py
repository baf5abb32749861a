"""Saves, deletes, undos, removals, jobs, faults and deaths in any order: no rule broken, nothing twice or lost."""

from __future__ import annotations

import os

import pytest
from history_machine import Histories
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.stores import Store

PARTS, STEPS = 16, 22
EACH = {"sqlite": 6, "postgres": 1}
"""How many histories: parts (each its own test, so that workers share them) × histories × steps at most."""
SEED = int(os.environ.get("HUB_TEST_SEED", "1"))
HISTORIES = os.environ.get("HUB_TEST_HISTORIES")


@pytest.mark.parametrize("part", range(PARTS))
def test_histories(part: int, store: Store) -> None:
    machine = seed(SEED * 1000 + part)(type(f"Histories{part}", (Histories,), {"store": store}))
    chosen = settings(
        max_examples=int(HISTORIES or EACH[store.name]), stateful_step_count=STEPS, deadline=None, database=None,
        print_blob=False, suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink] if os.environ.get("HUB_TEST_SHRINK", "1") == "1" else [Phase.generate],
    )  # fmt: skip
    run_state_machine_as_test(machine, settings=chosen)
