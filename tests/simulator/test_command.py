"""X4 on the command line: `hub simulate` tells what it met, shows a failure shrunk, and refuses what makes no sense."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.e2e.cli.running import Run

CAUGHT = ("simulate", "--control", "claim-post-mark", "--seeds", "60", "--jobs", "1")


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Commands in an empty folder; no database is needed, and none is made."""
    monkeypatch.chdir(tmp_path)
    return Run(tmp_path, monkeypatch, capsys)


def test_histories_without_a_failure_are_counted_with_what_they_met(hub: Run) -> None:
    result = hub("simulate", "--seeds", "6", "--jobs", "1")
    assert result.code == 0
    assert result.out.startswith("6 histories, no rule broken")
    assert "saves" in result.out
    assert not list(hub.folder.iterdir()), "the working directory is no business of a simulation"


def test_the_same_as_json(hub: Run) -> None:
    told = hub.json("simulate", "--seeds", "3", "--seed", "40", "--jobs", "1")
    assert (told["seeds"], told["failed"], told["failure"]) == (3, [], None)
    assert told["met"]["jobs"] > 0


def test_several_processes_meet_the_same(hub: Run) -> None:
    alone = hub.json("simulate", "--seeds", "10", "--jobs", "1")
    assert hub.json("simulate", "--seeds", "10", "--jobs", "2") == alone


def test_one_seed_is_told_in_plain_words(hub: Run) -> None:
    result = hub("simulate", "--seed", "3")
    assert result.code == 0
    assert result.out.startswith("Books that ")
    assert "0.0 s  source      saves customer C1: phone v1\n" in result.out
    assert result.out.rstrip().endswith("the books hold exactly what the source wants there.")
    assert hub.json("simulate", "--seed", "3")["story"] == result.out.splitlines()[1:-1], (
        "the story is the same in both"
    )


def test_a_control_is_caught_and_its_history_is_shown_shrunk(hub: Run) -> None:
    result = hub(*CAUGHT)
    assert result.code == 0
    assert result.out.startswith("Caught after ")
    assert "Rule X4 is broken: " in result.out
    (seed,) = set(re.findall(r"hub simulate --seed (\d+) --control claim-post-mark", result.out))
    alone = hub("simulate", "--seed", seed, "--control", "claim-post-mark")
    assert alone.code == 1
    assert "Rule X4 is broken: " in alone.out


def test_a_control_that_is_not_caught_is_a_failure(hub: Run) -> None:
    result = hub("simulate", "--control", "key-age-from-last", "--seeds", "1", "--jobs", "1")
    assert result.code == 1
    assert result.out.startswith("Not caught in 1 histories")
    assert "It is promised within 500: --seeds 500." in result.out


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--seeds", "0"),
        ("--seeds", "-3"),
        ("--seeds", "many"),
        ("--seeds", "99999999999999999999"),
        ("--seed", "-1"),
        ("--seeds", "5", "--jobs", "0"),
        ("--seeds", "5", "--control", "nonsense"),
        ("--seeds", "5", "extra"),
    ],
)
def test_what_makes_no_sense_is_wrong_usage_in_one_sentence(hub: Run, words: tuple[str, ...]) -> None:
    result = hub("simulate", *words)
    assert result.code == 2
    assert result.err.count("\n") == 1
    assert "Traceback" not in result.err
