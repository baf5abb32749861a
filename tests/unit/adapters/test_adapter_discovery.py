"""Finding plugins: a broken one is listed with its reason and a fix, and the others work on."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from hub.adapters import find_adapters, get_adapter, load_extensions
from hub.adapters.discovery import ADAPTERS, EXTENSIONS
from hub.errors import Exit, PluginProblem

BROKEN = Path(__file__).parents[2] / "data" / "broken_plugins"
VALUES = {
    "healthy": "healthy:Adapter",
    "raises": "broken_on_import:Adapter",
    "exits": "broken_by_exit:Adapter",
    "future": "broken_by_contract:Adapter",
    "silent": "broken_without_info:Adapter",
    "nonsense": "broken_without_info:Nonsense",
    "nowhere": "no_such_module_at_all:Adapter",
    "nameless": "healthy:NoSuchName",
    "shy": "not_configured:Adapter",
}


@pytest.fixture
def found(monkeypatch):
    monkeypatch.syspath_prepend(str(BROKEN))
    return find_adapters([EntryPoint(name, value, ADAPTERS) for name, value in VALUES.items()])


def test_broken_plugins_harm_nobody_and_all_are_listed_by_name(found):
    assert list(found) == sorted(VALUES)
    assert found["healthy"].status == "ready"
    assert get_adapter("healthy", found).info.title == "Healthy"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("raises", "no luck today"),
        ("exits", "SystemExit"),
        ("future", "version 99"),
        ("silent", "info"),
        ("nonsense", "AdapterInfo"),
        ("nowhere", "no_such_module_at_all"),
        ("nameless", "NoSuchName"),
    ],
)
def test_a_broken_plugin_is_listed_with_its_reason_and_a_fix_and_refused_by_name(found, name, reason):
    assert found[name].status == "broken"
    assert reason in found[name].reason
    assert found[name].fix
    assert found[name].info is None
    with pytest.raises(PluginProblem, match=f"The {name} adapter cannot be used") as raised:
        get_adapter(name, found)
    assert (raised.value.code, raised.value.fix) == ("adapter_broken", found[name].fix)


def test_a_plugin_that_is_not_configured_says_why_and_what_to_do(found):
    assert (found["shy"].status, found["shy"].reason) == ("not_configured", "It needs a key.")
    with pytest.raises(PluginProblem) as raised:
        get_adapter("shy", found)
    assert (raised.value.code, raised.value.fix) == ("adapter_not_configured", "Set SHY_KEY.")


def test_an_adapter_that_is_not_installed_is_refused_with_the_names_of_those_that_are(found):
    with pytest.raises(PluginProblem, match="sage") as raised:
        get_adapter("sage", found)
    assert raised.value.code == "adapter_not_installed"
    assert "healthy" in raised.value.fix
    assert raised.value.exit_code is Exit.ERROR


def test_the_three_shipped_adapters_are_found(capsys):
    shipped = find_adapters()
    assert (shipped["mock"].status, shipped["quickbooks"].status) == ("ready", "ready")
    for name in ("xero",):
        assert shipped[name].status == "not_configured"
        assert shipped[name].reason
        assert shipped[name].fix
        with pytest.raises(PluginProblem) as raised:
            get_adapter(name, shipped)
        assert raised.value.code == "adapter_not_configured"
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(("name", "code"), [("absent", "extension_missing"), ("bad", "extension_broken")])
def test_a_missing_or_broken_extension_is_never_skipped_in_silence(monkeypatch, name, code):
    monkeypatch.syspath_prepend(str(BROKEN))
    points = [EntryPoint("bad", "broken_extension:Extension", EXTENSIONS)]
    with pytest.raises(PluginProblem, match=name) as raised:
        load_extensions([name], points)
    assert raised.value.code == code


def test_each_connection_gets_its_own_instance_of_an_extension():
    points = [EntryPoint("list", "builtins:list", EXTENSIONS)]
    first, second = load_extensions(["list"], points) + load_extensions(["list"], points)
    assert first is not second
