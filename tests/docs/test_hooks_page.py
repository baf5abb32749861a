"""docs/hooks.md names every hook of the contract, its parameters and its answer, and no other."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from types import NoneType
from typing import Any, get_args, get_type_hints

import pytest

import hub.adapters
import hub.errors
from hub.adapters import CONTRACT, AdapterSpec, Outcome, Relay
from hub.adapters.discovery import ADAPTERS, COMMANDS, EXTENSIONS

HOOKS = {name: each for name, each in vars(AdapterSpec).items() if name.startswith("hub_")}


def parameters(hook: Callable[..., Any]) -> list[str]:
    """The parameters a hook is called with."""
    return [name for name in inspect.signature(hook).parameters if name != "self"]


def answer(hook: Callable[..., Any]) -> str:
    """What a hook answers, in the words of its heading: without `None`, which says "not me"."""
    hint = get_type_hints(hook)["return"]
    given = " | ".join(_spelled(each) for each in get_args(hint) if each is not NoneType)
    return given


def _spelled(hint: Any) -> str:
    if hint == list[Outcome]:
        return "list[Outcome]"
    return hint.__name__ if isinstance(hint, type) and not get_args(hint) else re.sub(r"(\w+\.)+", "", str(hint))


def test_the_table_lists_every_hook_in_order_with_its_parameters(page: Callable[[str], Any]) -> None:
    listed = {row[0]: re.findall(r"\w+", row[1]) for row in page("hooks.md").rows("Hook")}
    assert listed == {name: parameters(hook) for name, hook in HOOKS.items()}
    assert list(listed) == list(HOOKS)


@pytest.mark.parametrize("name", HOOKS)
def test_each_hook_has_a_heading_with_its_true_signature(page: Callable[[str], Any], name: str) -> None:
    heading = f"### `{name}({', '.join(parameters(HOOKS[name]))}) -> {answer(HOOKS[name])}`"
    assert heading in page("hooks.md").text.splitlines()


def test_the_page_names_no_hook_that_does_not_exist(page: Callable[[str], Any]) -> None:
    assert set(re.findall(r"\bhub_\w+", page("hooks.md").text)) <= set(HOOKS)


def test_hooks_that_are_said_not_to_be_called_are_those_the_relay_lacks(page: Callable[[str], Any]) -> None:
    uncalled = {row[0] for row in page("hooks.md").rows("Hook") if "not called yet" in row[3]}
    verbs = {"hub_create", "hub_update", "hub_delete", "hub_undo"}
    assert uncalled == {name for name in set(HOOKS) - verbs if not hasattr(Relay, name.removeprefix("hub_"))}


def test_the_version_and_the_entry_point_groups_are_the_true_ones(page: Callable[[str], Any]) -> None:
    text = page("hooks.md").text
    assert f"version {CONTRACT} " in text
    assert f"`{EXTENSIONS}`" in text
    assert f"`{COMMANDS}`" in text
    assert f'"{ADAPTERS}"' in page("writing-an-adapter.md").text


def test_every_error_code_of_the_page_is_explained_among_the_errors(page: Callable[[str], Any]) -> None:
    told = {code for row in page("hooks.md").rows("From") for code in re.findall(r"`([a-z]+_[a-z_]+)`", row[2])}
    assert told
    assert told <= {row[0] for row in page("errors.md").rows("Code")}


def test_every_type_and_error_the_page_names_exists(page: Callable[[str], Any]) -> None:
    named = set(re.findall(r"`([A-Z][A-Za-z]+)`", page("hooks.md").text)) - {"None"}
    assert {name for name in named if not hasattr(hub.adapters, name) and not hasattr(hub.errors, name)} == set()
