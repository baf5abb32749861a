"""docs/rules.md names every rule once, only files that exist, and calls proven only what a test is named after."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

STATES = ("proven", "built", "partly", "not yet")
RULE = re.compile(r"[QUCJXV]\d+")


@pytest.fixture
def rules(page: Callable[[str], Any]) -> list[list[str]]:
    """The rows of the page: rule, in short, state, tests, files."""
    rows: list[list[str]] = page("rules.md").rows("Rule")
    return rows


@pytest.fixture(scope="module")
def tests(root: Path) -> set[str]:
    """The name of every test function of the hub and its plugins."""
    files = [*(root / "tests").rglob("test_*.py"), *(root / "plugins").glob("*/tests/test_*.py")]
    trees = [ast.parse(file.read_text("utf-8")) for file in files]
    functions = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    return {node.name for node in functions if node.name.startswith("test_")}


def test_no_rule_of_the_specification_is_missing(rules: list[list[str]], specification: str) -> None:
    wanted = re.findall(rf"^- \*\*({RULE.pattern})†?\*\*", specification, re.MULTILINE)
    assert len(wanted) > 50
    assert [row[0] for row in rules] == wanted


def test_no_rule_is_told_twice_and_each_has_a_known_state(rules: list[list[str]]) -> None:
    ids = [row[0] for row in rules]
    assert len(ids) == len(set(ids))
    assert [row[0] for row in rules if not (RULE.fullmatch(row[0]) and row[1] and row[2].startswith(STATES))] == []


def test_every_file_named_exists(rules: list[list[str]], root: Path) -> None:
    named = {file for row in rules for file in re.findall(r"[\w/]+\.py", row[4])}
    assert named
    assert {file for file in named if not (root / "hub" / file).is_file()} == set()


def test_what_is_done_names_a_file_and_what_is_not_yet_names_none(rules: list[list[str]]) -> None:
    assert [row[0] for row in rules if bool(row[4]) == row[2].startswith("not yet")] == []


def test_a_proven_rule_has_tests_of_its_name_and_no_row_names_tests_that_are_not_there(
    rules: list[list[str]], tests: set[str]
) -> None:
    for rule, _, state, prefix, _ in rules:
        assert prefix == f"test_{rule}_" or (prefix == "" and state != "proven"), rule
        assert not prefix or [name for name in tests if name.startswith(prefix)], rule


def test_what_is_left_of_a_rule_is_said(rules: list[list[str]]) -> None:
    assert [row[0] for row in rules if row[2] in ("partly", "not yet") and row[0] not in ("J10", "V1")] == []
