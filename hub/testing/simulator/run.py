"""Plays many seeds in several processes, adds up what was met, and brings the first failure back shrunk."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from hub.testing.simulator.controls import CONTROLS, TRUE, Engine
from hub.testing.simulator.dice import draw
from hub.testing.simulator.hands import Store, memory
from hub.testing.simulator.history import History
from hub.testing.simulator.play import Outcome, play
from hub.testing.simulator.shrink import shrink
from hub.testing.simulator.world import make_store

CHUNK = 20
MUST_MEET = (
    "calls too late to be made", "cancellations", "changes in the books", "checks by hand", "clocks that jumped",
    "deaths", "deaths inside a transaction", "deletions", "detachments", "failed readings", "held up requests",
    "jobs taken over", "keys that the books remembered", "late landings", "lost authorisations", "lost replies",
    "lost requests", "prevents", "refusals", "refused: job_unfinished", "removals from the queue",
    "resends under the same key", "searches", "searches once a key was too old", "slow calls", "stale versions",
    "throttled calls", "transactions without a database", "undos", "workers that woke after they had been succeeded",
)  # fmt: skip
"""A run of :data:`ENOUGH` seeds that never met one of these proves nothing about it, and counts as failed."""
ENOUGH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a run of seeds showed. `failure` is the first history that failed, `shrunk` its smallest part."""

    first: int
    seeds: int
    met: Counter[str] = field(default_factory=Counter)
    failed: tuple[int, ...] = ()
    failure: Outcome | None = None
    shrunk: Outcome | None = None

    @property
    def never_met(self) -> tuple[str, ...]:
        """What so long a run must meet, and did not."""
        return tuple(kind for kind in MUST_MEET if not self.met[kind]) if self.seeds >= ENOUGH else ()


def simulate(
    first: int, count: int, engine: str = "", *, processes: int = 1, on_progress: Callable[[int], None] = lambda _: None
) -> Report:
    """Play `count` seeds from `first` on; stop at the first failure.

    Args:
        first: the first seed.
        count: how many.
        engine: the name of a control; default: the true engine.
        processes: how many operating-system processes share the work.
        on_progress: told how many seeds are done.
    """
    met: Counter[str] = Counter()
    failed: list[int] = []
    done = 0
    for some, counted, wrong in _chunks(first, count, engine, processes):
        done += some
        met += counted
        failed += wrong
        on_progress(done)
        if failed:
            break
    if not failed:
        return Report(first=first, seeds=done, met=met)
    store = make_store()
    try:
        failure = play(store, draw(min(failed)), _engine(engine), telling=True)
        return Report(first=first, seeds=done, met=met, failed=tuple(sorted(failed)), failure=failure,
                      shrunk=_shrunk(store, failure, _engine(engine)))  # fmt: skip
    finally:
        store.close()


def replay(seed: int, engine: str = "") -> Outcome:
    """One seed, with its story."""
    store = make_store()
    try:
        return play(store, draw(seed), _engine(engine), telling=True)
    finally:
        store.close()


def _shrunk(store: Store, failure: Outcome, engine: Engine) -> Outcome:
    def still_fails(history: History) -> bool:
        return play(store, history, engine).rule == failure.rule

    return play(store, shrink(failure.history, still_fails), engine, telling=True)


def _engine(name: str) -> Engine:

    return CONTROLS[name] if name else TRUE


_Chunk = tuple[int, Counter[str], list[int]]


def _chunks(first: int, count: int, engine: str, processes: int) -> Iterator[_Chunk]:
    work = [(start, min(CHUNK, first + count - start), engine) for start in range(first, first + count, CHUNK)]
    if processes == 1 or len(work) == 1:
        store = make_store()
        try:
            for job in work:
                yield _play_chunk(store, *job)
        finally:
            store.close()
        return
    fresh = multiprocessing.get_context("spawn")
    with (
        tempfile.TemporaryDirectory(prefix="hub-simulator-", dir=memory()) as folder,
        fresh.Pool(min(processes, len(work)), _begin, [Path(folder)]) as pool,
    ):
        yield from pool.imap(_one_chunk, work)


_store: Store | None = None


def _begin(folder: Path) -> None:
    global _store
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started us stops us
    _store = make_store(folder)


def _one_chunk(work: tuple[int, int, str]) -> _Chunk:
    assert _store is not None
    return _play_chunk(_store, *work)


def _play_chunk(store: Store, first: int, count: int, engine: str) -> _Chunk:
    met: Counter[str] = Counter()
    failed = []
    gc.disable()  # a history makes very many short-lived objects; between chunks is time enough
    try:
        for number in range(first, first + count):
            outcome = play(store, draw(number), _engine(engine))
            met += outcome.met
            if outcome.wrongs:
                failed.append(number)
    finally:
        gc.enable()
        gc.collect()
    return count, met, failed


def cores() -> int:
    """How many processes can work at once here."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
