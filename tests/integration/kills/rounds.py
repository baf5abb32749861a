"""The ways in which processes are killed: each round kills some on a fresh copy, lets the work end, and judges.

Everything a round does follows from its seed, but for the scheduling of the processes themselves.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from random import Random

from tests.integration.kills.arena import Arena, Failure, Stage
from tests.integration.kills.company import BOOKS, books_file, document, expire, token_counts
from tests.stores import PostgreSQL, query

JOB = (
    "inside-job-creation", "after-job-creation", "after-lock", "before-intent-commit", "after-intent-commit",
    "before-send", "mock-before-commit", "mock-after-commit", "after-send", "after-reply", "inside-outcome-commit",
    "after-outcome-commit", "before-export-end", "inside-import-commit", "after-import-page", "inside-finish",
    "after-finish",
)  # fmt: skip
REFRESH = (
    "after-refresh-lease", "before-refresh-call", "mock-before-rotation", "mock-after-rotation", "after-refresh-call",
    "inside-refresh-commit", "after-refresh-commit",
)  # fmt: skip
SAVE = ("inside-save-commit", "after-save-commit")
REPEATED = ("before-intent-commit", "after-intent-commit", "before-send", "mock-before-commit", "mock-after-commit",
            "after-send", "after-reply", "inside-outcome-commit", "after-outcome-commit")  # fmt: skip
"""Points that a job passes many times."""
SHORT = 0.6
"""Seconds of a lease that a stopped process outlives."""
SETTLE = 2.0
"""Seconds in which the write of a stopped process may still land: the mock books live inside that process."""


def any_point(dice: Random, *more: str) -> str:
    """A point, and at which pass."""
    point = dice.choice((*JOB, *more))
    return f"{point}:{dice.choice((1, 1, 2, 3))}" if point in REPEATED else point


def any_books(dice: Random) -> str:
    """A kind of books."""
    return dice.choice(list(BOOKS))


def alone(arena: Arena, dice: Random, kills: int) -> Stage:
    """One process at a time, at named points and at random times."""
    stage = arena.stage(any_books(dice))
    for _ in range(kills):
        if dice.random() < 0.7:
            stage.run("sync", any_point(dice))
        else:
            pid = stage.start("sync")
            time.sleep(dice.uniform(0.01, 0.5))
            stage.kill(pid)
    return stage


def two_workers(arena: Arena, dice: Random, kills: int) -> Stage:
    """Two workers on one connection, killed at random times and at points, and started again."""
    return workers(arena.stage(any_books(dice)), dice, kills)


def two_workers_on_many(arena: Arena, dice: Random, kills: int) -> Stage:
    """The same on several connections."""
    return workers(arena.stage(any_books(dice), connections=("mock", "second", "third")), dice, kills)


def workers(stage: Stage, dice: Random, kills: int) -> Stage:
    """Two workers at once; a killed one is succeeded by a new one."""
    stage.ask_for_jobs()
    crew = [stage.start("work"), stage.start("work", any_point(dice))]
    for _ in range(kills):
        time.sleep(dice.uniform(0.02, 0.4))
        victim = crew.pop(dice.randrange(2))
        stage.kill(victim)
        stage.ask_for_jobs()
        crew.append(stage.start("work", any_point(dice) if dice.random() < 0.5 else ""))
    dismiss(stage, crew)
    return stage


def dismiss(stage: Stage, crew: list[int]) -> None:
    """Tell workers to end once they are done; those that died at a point meanwhile have."""
    for pid in crew:
        if stage.is_there(pid):
            os.kill(pid, signal.SIGTERM)
    for pid in crew:
        stage.wait(pid)


def zombie(arena: Arena, dice: Random, kills: int) -> Stage:
    """A worker is stopped beyond its lease while another takes over, and then goes on; and so again."""
    stage = arena.stage(any_books(dice), settle=SETTLE, call_timeout=1.0)
    for turn in range(max(1, kills // 2)):
        stage.ask_for_jobs()
        at_point = dice.random() < 0.7
        point = dice.choice([each for each in JOB[2:] if not each.startswith("mock")]) if at_point else ""
        sleeper = stage.start("work", point, signal=signal.SIGSTOP, lease=SHORT)
        if at_point:
            wait_until(lambda: stage.is_stopped(sleeper), 5)  # noqa: B023
        else:
            time.sleep(dice.uniform(0.05, 0.5))
        os.kill(sleeper, signal.SIGSTOP)
        other = stage.start("work", lease=SHORT)
        time.sleep(SHORT + dice.uniform(0.2, 0.6))
        if dice.random() < 0.5:
            stage.kill(other)
            other = stage.start("work", lease=SHORT)
        os.kill(sleeper, signal.SIGCONT)
        time.sleep(dice.uniform(0, 0.3))
        if turn == 0 or dice.random() < 0.5:
            stage.alive[sleeper] = ""
            stage.kill(sleeper, "after its sleep")
            dismiss(stage, [other])
        else:
            dismiss(stage, [sleeper, other])
    return stage


def tokens(arena: Arena, dice: Random, kills: int) -> Stage:
    """Tokens expire before each process, which dies over their refresh, or elsewhere."""
    stage = arena.stage(any_books(dice), tokens=True)
    books = books_file(stage.folder, "mock")
    for _ in range(kills):
        expire(books)
        if dice.random() < 0.8:
            stage.run("sync", dice.choice(REFRESH) if dice.random() < 0.7 else any_point(dice))
        else:
            pid = stage.start("sync")
            time.sleep(dice.uniform(0.05, 0.4))
            stage.kill(pid)
    expire(books)
    stage.finish()
    if (counted := token_counts(books))["refused"]:
        raise Failure(f"A refresh token was lost: {counted}")
    return stage


def database_dies(arena: Arena, dice: Random, kills: int) -> Stage:
    """The database server is killed in the middle of a job and comes back; so are, now and then, the workers."""
    server = arena.store
    if not isinstance(server, PostgreSQL):
        return two_workers(arena, dice, kills)
    stage = arena.stage(any_books(dice))
    for _ in range(max(1, kills // 2)):
        stage.ask_for_jobs()
        pid = stage.start(dice.choice(("sync", "work")), lease=SHORT)
        time.sleep(dice.uniform(0.05, 0.6))
        server.kill()
        stage.kills += 1
        arena.kills["PostgreSQL itself"] += 1
        time.sleep(dice.choice((0.0, 0.3, 1.0)))
        if dice.random() < 0.3:
            stage.kill(pid)
        server.revive()
        if pid in stage.alive:
            time.sleep(dice.uniform(0, 0.5))
            dismiss(stage, [pid])
    return stage


def loading(arena: Arena, dice: Random, kills: int) -> Stage:
    """`hub load` dies inside and after its commits: a record is there with its request, or not at all."""
    stage = arena.stage(any_books(dice))
    lines = [{"type": "customer", "source_id": f"L{at}", "name": f"Loaded {at}"} for at in range(30)]
    lines += [{"type": "ship_doc", "source_id": f"S{at}", **document(at)} for at in range(1, 13)]
    for _ in range(kills):
        if dice.random() < 0.6:
            stage.run("load", f"{dice.choice(SAVE)}:{dice.randint(1, 6)}", records=lines, batch=7)
        else:
            pid = stage.start("load", records=lines, batch=dice.choice((1, 3)))
            time.sleep(dice.uniform(0.01, 0.3))
            stage.kill(pid)
        whole(stage)
    if (code := stage.run("load", records=lines, batch=7)) != 0:
        raise Failure(f"The load did not end well: {code}")
    if len(whole(stage)) != 30:
        raise Failure("Loaded records are missing.")
    with stage.hub() as hub:  # the expectation knows nothing of them
        for at in range(30):
            hub.delete("acme", "customer", f"L{at}")
    return stage


def whole(stage: Stage) -> set[int]:
    """The loaded records, each with exactly one request: none is half saved."""
    asked = "SELECT r.id AS id, count(q.id) AS n FROM records r LEFT JOIN requests q ON q.record_id = r.id"
    rows = query(stage.url, f"{asked} WHERE r.source_id LIKE 'L%' AND r.deleted IS FALSE GROUP BY r.id")
    if bad := [row for row in rows if row["n"] != 1]:
        raise Failure(f"Half saved: {bad}")
    return {row["id"] for row in rows}


def wait_until(true: Callable[[], bool], seconds: float) -> bool:
    """Whether it came true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.01)
    return False


ROUNDS: dict[str, Callable[[Arena, Random, int], Stage]] = {
    "alone": alone,
    "two workers": two_workers,
    "two workers on three connections": two_workers_on_many,
    "stopped beyond the lease": zombie,
    "tokens": tokens,
    "loading": loading,
    "database dies": database_dies,
}


def play(arena: Arena, name: str, seed: int, kills: int) -> int:
    """Play one round and judge it; how many processes were killed.

    Raises:
        Failure: something was posted twice, lost, or left undone.
    """
    stage = ROUNDS[name](arena, Random(f"{name} {seed}"), kills)
    try:
        stage.finish()
        stage.verdict()
    finally:
        stage.end()
    return stage.kills
