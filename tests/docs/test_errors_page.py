"""docs/errors.md explains every error code that the hub can give, in its true class, and no code that is gone."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hub.adapters import Conflict
from hub.cli.failures import translate
from hub.conflicts import Kind
from hub.errors import ErrorClass, HubError
from tests.docs.error_codes import codes_of


@pytest.fixture(scope="module")
def given(root: Path) -> dict[str, set[str]]:
    """Every code of the source with its classes; those that conflicts carry included."""
    found = codes_of(root / "hub")
    carried = {getattr(Conflict, name) for name in vars(Conflict) if name.isupper()} | set(Kind) - {Kind.CHECK_BY_HAND}
    for code in carried - {Conflict.DUPLICATE_NUMBER}:
        found.setdefault(str(code), set()).add(ErrorClass.CONFLICT.value)
    found[Conflict.DUPLICATE_NUMBER] = {ErrorClass.VALIDATION.value}  # only the source can mend it
    return found


@pytest.fixture
def explained(page: Callable[[str], Any]) -> list[list[str]]:
    """The rows of the page: code, class, meaning, what to do."""
    rows: list[list[str]] = page("errors.md").rows("Code")
    return rows


def test_the_collector_sees_codes_however_they_are_written(given: dict[str, set[str]]) -> None:
    written = {"undo_first", "adapter_broken", "lines_do_not_sum", "disk_full", "check_by_hand", "usage", "stopped"}
    assert written <= given.keys()


def test_every_code_of_the_source_is_explained_and_none_that_is_gone(
    given: dict[str, set[str]], explained: list[list[str]]
) -> None:
    codes = [row[0] for row in explained]
    assert set(given) - set(codes) == set(), "not explained in docs/errors.md"
    assert set(codes) - set(given) == set(), "explained in docs/errors.md, but nothing gives it"
    assert len(codes) == len(set(codes))


def test_every_code_stands_with_its_true_classes(given: dict[str, set[str]], explained: list[list[str]]) -> None:
    told = {row[0]: set(row[1].split(", ")) for row in explained}
    assert {code: given[code] for code in told if told[code] != given[code]} == {}


def test_every_code_has_a_meaning_and_something_to_do(explained: list[list[str]]) -> None:
    assert [row for row in explained if len(row) != 4 or not all(cell.endswith(".") for cell in row[2:])] == []


def test_every_group_is_told_with_its_exit_code(page: Callable[[str], Any], given: dict[str, set[str]]) -> None:
    told = {row[0]: int(row[1]) for row in page("errors.md").rows("Group")}
    places = [importlib.import_module(name) for name in ("hub.errors", "hub.cli.failures", "hub.cli.decisions")]
    classes = {
        name: kind
        for place in places
        for name, kind in vars(place).items()
        if isinstance(kind, type) and issubclass(kind, HubError)
    }
    stored = {kind.value for kind in ErrorClass}
    assert set(told) == set().union(*given.values()) - stored
    true = {name: int(classes[name].exit_code) for name in told}
    true["Stopped"] = translate(KeyboardInterrupt())[1]
    assert told == true
