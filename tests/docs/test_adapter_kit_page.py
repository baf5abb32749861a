"""docs/adapter-kit.md is true: its example runs as shown, and its tables name everything there is and nothing else."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hub.adapters import Capabilities
from hub.testing.contract import GROUPS, Subject, Trouble, rules

NAME = "adapter-kit.md"


def test_the_example_runs_as_shown_and_keeps_every_rule_that_it_stages(page: Callable[[str], Any], root: Path) -> None:
    *_, shown = page(NAME).blocks("console")[0].replace("$ ", "").splitlines()
    words = shown.split()
    assert words[0] == "pytest"
    command = [sys.executable, "-m", *words, "-n", "0", "-p", "no:cacheprovider"]
    environment = {**os.environ, "PYTHONPATH": str(root / "examples" / "tiny_adapter")}
    done = subprocess.run(command, cwd=root, env=environment, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed is not None
    assert int(passed[1]) > len(rules()) / 2
    assert "failed" not in done.stdout
    assert [reason for reason in re.findall(r"\*(It|TinySubject) ([^*]+)\*", page(NAME).text.replace("\n", " "))
            if reason[1] not in done.stdout] == []  # fmt: skip


def test_every_quotation_stands_word_for_word_in_the_example(page: Callable[[str], Any], root: Path) -> None:
    example = (root / "examples" / "tiny_adapter" / "test_tiny_contract.py").read_text("utf-8")
    quoted = [text for text in page(NAME).blocks("python") if "class " in text]
    assert len(quoted) == 2
    assert [text for text in quoted if text not in example] == []


def test_the_tables_name_every_method_trouble_and_group(page: Callable[[str], Any]) -> None:
    kit = page(NAME)
    assert [row[0] for row in kit.rows("Group")] == [group.__name__ for group in GROUPS]
    assert [row[0] for row in kit.rows("Trouble")] == [trouble.value for trouble in Trouble]
    methods = {name for name, each in vars(Subject).items() if callable(each) and not name.startswith("_")}
    assert {row[0] for row in kit.rows("Method")} == methods
    must = {row[0] for row in kit.rows("Method") if row[2] == "must be written"}
    assert must == Subject.__abstractmethods__


def test_each_claim_is_checked_by_a_rule_that_exists(page: Callable[[str], Any]) -> None:
    rows = page(NAME).rows("Capability")
    assert {row[0] for row in rows} <= set(Capabilities.__dataclass_fields__)
    named = {name for row in rows for name in re.findall(r"test_\w+", row[1])}
    assert all(re.search(r"test_\w+|the same rule", row[1]) for row in rows)
    assert named <= set(rules())


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.__name__)
def test_every_rule_says_in_a_sentence_what_it_is_for(group: type) -> None:
    for name, rule in vars(group).items():
        if name.startswith("test_"):
            assert (rule.__doc__ or "").strip().endswith("."), name
