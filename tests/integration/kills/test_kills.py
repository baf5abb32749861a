"""X4: kill processes at any point, any number of times, and start them again: one object per record, nothing lost."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest

from tests.integration.kills.arena import Failure
from tests.integration.kills.company import BOOKS, books_file, expire, token_counts
from tests.integration.kills.rounds import JOB, REFRESH, REPEATED, ROUNDS, SAVE, play

KINDS = list(BOOKS)


def test_X4_the_expectation_can_be_met_without_any_kill(stage):
    for kind in KINDS:
        calm = stage(kind)
        calm.finish()
        calm.verdict()
        assert calm.kills == 0


@pytest.mark.parametrize("point", JOB)
def test_X4_killed_at_a_named_point_of_a_job_and_started_again(stage, arena, point):
    """Over both databases and the points, each kind of books has its turn; `make torture` has them all."""
    kind = KINDS[(JOB.index(point) + 2 * (arena.store.name == "postgres")) % len(KINDS)]
    killed = stage(kind)
    assert killed.run("sync", point) == -9, f"{point} is no longer passed"
    if point in REPEATED:
        killed.run("sync", f"{point}:3")
    killed.finish()
    killed.verdict()


@pytest.mark.parametrize("point", REFRESH)
def test_X4_killed_while_tokens_are_refreshed_and_none_is_lost(stage, point):
    killed = stage("keys and markers", tokens=True)
    books = books_file(killed.folder, "mock")
    expire(books)
    assert killed.run("sync", point) == -9, f"{point} is no longer passed"
    killed.finish()
    killed.verdict()
    counted = token_counts(books)
    assert (counted["authorised"], counted["refreshed"], counted["refused"]) == (1, 1, 0)


def test_X4_of_many_processes_that_need_a_refresh_at_once_one_makes_it(stage):
    crowd = stage("keys and markers", tokens=True)
    expire(books_file(crowd.folder, "mock"))
    at = time.time() + 1
    pids = [crowd.start("check", at=at) for _ in range(5)]
    assert [crowd.wait(pid) for pid in pids] == [0] * 5
    counted = token_counts(books_file(crowd.folder, "mock"))
    assert counted == {"authorised": 1, "refreshed": 1, "reissued": 0, "refused": 0}


@pytest.mark.parametrize("point", SAVE)
def test_X4_killed_while_records_are_saved(stage, point):
    killed = stage("keys and markers")
    lines = [{"type": "customer", "source_id": "C4", "name": "Customer 4", "phone": "7"}]
    assert killed.run("load", point, records=lines, batch=1) == -9, f"{point} is no longer passed"
    with killed.hub() as hub:
        saved = hub.show("acme", "customer", "C4")["data"]["phone"]
    assert saved == ("1" if point.startswith("inside") else "7")
    assert killed.run("load", records=[{**lines[0], "phone": "1"}], batch=1) == 0
    killed.finish()
    killed.verdict()


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("name", [name for name in ROUNDS if name != "database dies"])
def test_X4_killed_many_times_in_every_way(arena, name, seed):
    assert play(arena, name, seed, 2) >= 1


@pytest.mark.postgres
@pytest.mark.parametrize("arena", ["postgres"], indirect=True)
@pytest.mark.parametrize("seed", [1, 2])
def test_X4_postgresql_itself_is_killed_in_the_middle_of_a_job_and_comes_back(arena, seed):
    assert play(arena, "database dies", seed, 4) >= 2


def test_the_verdict_catches_an_engine_that_does_not_look_before_it_sends_again(stage):
    """Without a control that fails, thousands of good verdicts prove nothing."""
    said = []
    for time_ in range(12, 2, -1):  # payments come last, and only they have no number that the books would refuse twice
        wrong = stage("neither")
        wrong.run("sync", f"mock-after-commit:{time_}", engine="forgetful")
        wrong.run("sync", engine="forgetful")
        with suppress(Failure):
            wrong.finish()
        try:
            wrong.verdict()
        except Failure as failure:
            said.append(str(failure))
            if "duplicate" in said[-1]:
                return
    raise AssertionError(f"no duplicate was noticed: {said}")
