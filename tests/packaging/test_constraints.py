"""constraints.txt pins everything that gets installed, by name and version and nothing else."""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

PIN = re.compile(r"^([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)==([A-Za-z0-9.!+]+)$")


def not_pins(text: str) -> list[str]:
    """The lines that are not exactly `name==version`."""
    return [line for line in text.splitlines() if not PIN.match(line)]


def requirements_of(name: str, extras: set[str]) -> list[Requirement]:
    """What the installed distribution asks for on this machine, with these extras switched on."""
    wanted = [Requirement(text) for text in metadata.requires(name) or []]
    environments = [{"extra": extra} for extra in {"", *extras}]
    return [one for one in wanted if one.marker is None or any(one.marker.evaluate(env) for env in environments)]


@pytest.fixture(scope="module")
def constraints(root: Path) -> str:
    return (root / "constraints.txt").read_text("utf-8")


@pytest.fixture(scope="module")
def pins(constraints: str) -> dict[str, Version]:
    found = [match for line in constraints.splitlines() if (match := PIN.match(line))]
    return {canonicalize_name(match[1]): Version(match[2]) for match in found}


def test_every_line_is_a_name_and_a_version(constraints: str) -> None:
    assert constraints.strip()
    assert not_pins(constraints) == []


@pytest.mark.parametrize(
    "line",
    [
        "rich @ https://example.org/rich.whl",
        "-e plugins/mock",
        "./rich",
        "rich>=13",
        "--index" + "-url https://example.org",
    ],
)
def test_an_address_a_path_or_a_range_is_not_a_pin(line: str) -> None:
    assert not_pins(f"rich==15.0.0\n{line}\n") == [line]


def test_no_name_is_pinned_twice_and_none_is_ours(
    constraints: str, pins: dict[str, Version], distributions: tuple[Any, ...]
) -> None:
    assert len(pins) == len(constraints.splitlines())
    assert pins.keys().isdisjoint(dist.name for dist in distributions)


def test_every_declared_dependency_is_pinned_to_a_version_it_allows(dist: Any, pins: dict[str, Version]) -> None:
    project = dist.project
    extras = project.get("optional-dependencies", {}).values()
    declared = [Requirement(text) for texts in (project["dependencies"], *extras) for text in texts]
    ours = [one for one in declared if not one.name.startswith("accounting-hub")]
    assert [str(one) for one in ours if pins.get(canonicalize_name(one.name)) not in _Allowed(one)] == []


def test_what_the_dependencies_depend_on_is_pinned_too(
    distributions: tuple[Any, ...], pins: dict[str, Version]
) -> None:
    ours = {dist.name for dist in distributions}
    todo = [(name, frozenset({"dev", "postgres"})) for name in ours]
    seen: set[tuple[str, frozenset[str]]] = set()
    while todo:
        name, extras = todo.pop()
        if (name, extras) not in seen:
            seen.add((name, extras))
            todo += [(canonicalize_name(one.name), frozenset(one.extras)) for one in requirements_of(name, set(extras))]
    assert len(seen) > len(ours)
    assert {name for name, _ in seen} - ours - pins.keys() == set()


class _Allowed:
    """The versions a requirement allows, none included never."""

    def __init__(self, requirement: Requirement) -> None:
        self._specifier = requirement.specifier

    def __contains__(self, version: Version | None) -> bool:
        return version is not None and self._specifier.contains(version, prereleases=True)
