"""What is installed says about itself what its pyproject file says, and its entry points lead somewhere."""

from __future__ import annotations

import importlib
from importlib import metadata
from typing import Any

import pytest

ENTRY_POINTS = {
    "accounting-hub": {("console_scripts", "hub", "hub.cli:main")},
    "accounting-hub-mock": {
        ("accounting_hub.adapters", "mock", "hub_mock:MockAdapter"),
        ("accounting_hub.commands", "mock", "hub_mock.commands:app"),
    },
    "accounting-hub-quickbooks": {
        ("accounting_hub.adapters", "quickbooks", "hub_quickbooks:QuickBooksAdapter"),
        ("accounting_hub.commands", "quickbooks", "hub_quickbooks.commands:app"),
    },
    "accounting-hub-xero": {("accounting_hub.adapters", "xero", "hub_xero:XeroAdapter")},
}


def test_each_distribution_declares_its_entry_points(dist: Any) -> None:
    declared = {(point.group, point.name, point.value) for point in metadata.distribution(dist.name).entry_points}
    assert declared == ENTRY_POINTS[dist.name]


@pytest.mark.parametrize(
    "point", sorted(point for points in ENTRY_POINTS.values() for point in points), ids=lambda point: point[2]
)
def test_each_entry_point_leads_to_something_callable(point: tuple[str, str, str]) -> None:
    group, name, value = point
    assert callable(metadata.EntryPoint(name, value, group).load())


def test_installed_version_is_the_one_of_the_pyproject_file(dist: Any) -> None:
    assert metadata.version(dist.name) == dist.project["version"]


def test_package_version_is_the_one_of_its_distribution(dist: Any) -> None:
    assert importlib.import_module(dist.package).__version__ == dist.project["version"]


def test_every_distribution_has_license_readme_and_changelog(dist: Any) -> None:
    assert dist.project["license"] == "MIT"
    assert (dist.folder / dist.project["readme"]).read_text("utf-8").strip()
    assert "## [" in (dist.folder / "CHANGELOG.md").read_text("utf-8")


def test_plugins_accept_the_hub_beside_them(distributions: tuple[Any, ...]) -> None:
    from packaging.requirements import Requirement

    hub, *plugins = distributions
    for plugin in plugins:
        wanted = [Requirement(text) for text in plugin.project["dependencies"]]
        (on_hub,) = [requirement for requirement in wanted if requirement.name == hub.name]
        assert hub.project["version"] in on_hub.specifier
