"""A history as plain data: what the books are like, and steps that mean something by themselves, in any selection.

It is drawn from a seed before anything runs, so that the same seed is the same history always, and so that steps can be
left out of a failing one until only the cause is left.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Step = tuple[Any, ...]
LEASE = 60.0
SKEW = 2.0
"""Seconds a machine's clock may be wrong, either way."""
ROOM = 2 * SKEW
"""What stated facts of books leave for clocks that differ."""
WORKERS = ("worker 1", "worker 2", "worker 3")
ENTITIES = (("customer", "C1"), ("customer", "C2"), ("item", "I1"), ("vendor", "V1"))
DOCUMENTS = (("ship_doc", "S1"), ("ship_doc", "S2"), ("payment", "P1"))
STATUSES = {"ship_doc": ("processing", "shipped", "shipped", "closed"), "payment": ("entered", "recorded", "recorded")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What the books are like and say of themselves, and how the hub is set up.

    `settle` and `key_memory` are the stated facts, `really_settle` and `remembers` the true ones; times in seconds.
    """

    settle: float
    really_settle: float
    key_memory: float
    remembers: float
    markers: bool
    numbers: str
    voids: bool
    batch: int
    concurrency: int
    call_timeout: float
    workers: int
    skewed: bool
    provable: bool
    conflicts: str
    on_edit: str

    def words(self) -> str:
        """In a sentence."""
        keys = f"remember keys for {self.remembers:g} s" if self.remembers else "ignore keys"
        told = f"{self.key_memory:g} s" if self.key_memory else "nothing"
        marks = "find" if self.markers else "do not find"
        numbers = "themselves" if self.numbers == "own" else f"as told, {self.numbers}"
        clocks = " whose clocks differ" if self.skewed else ""
        deaths = "show at once" if self.provable else "show when the lease ends"
        settle = f"settle within {self.really_settle:g} s (told {self.settle:g} s)"
        return (
            f"Books that {keys} (the hub is told {told}), {settle}, {marks} marks, and number documents {numbers};"
            f" batches of {self.batch}, {self.concurrency} at once, each given up after {self.call_timeout:g} s;"
            f" {self.workers} workers{clocks}, whose deaths {deaths};"
            f" conflicts: {self.conflicts}; edits: {self.on_edit}."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """One history. `number` is the seed it was drawn from."""

    number: int
    setup: Setup
    steps: tuple[Step, ...]
