"""docs/settings.md covers every setting and the whole policy with their true defaults, and its example loads."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic_core import PydanticUndefined

from hub.model import ENTITIES, TRANSACTIONS, Policy, RecordType, make_policy
from hub.model.policy import EntityPolicy, TransactionPolicy
from hub.settings import Settings, load_settings

TABLES = {"policy": "as below", "connections": "none"}


def words(value: Any) -> str:
    """A default as the page writes it."""
    if value is None or value is PydanticUndefined:
        return "none" if value is None else "see below"
    if isinstance(value, bool):
        return str(value).lower()
    return "[]" if isinstance(value, frozenset) else f"{value:g}" if isinstance(value, float | int) else str(value)


def test_every_setting_is_told_with_its_environment_name_its_key_and_its_default(page: Callable[[str], Any]) -> None:
    rows = page("settings.md").rows("Setting")
    assert [row[0] for row in rows] == list(Settings.model_fields)
    for name, environment, key, default, meaning in rows:
        assert environment == f"{Settings.model_config['env_prefix']}{name}".upper()
        assert name in key
        field = Settings.model_fields[name]
        assert default == (TABLES.get(name) or words(field.get_default(call_default_factory=True)))
        assert meaning


def test_the_environment_wins_over_the_file_and_the_call_over_both(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("hub.toml").write_text('lease_seconds = 10\n[policy]\nconflicts = "ask"\n', "utf-8")
    assert load_settings().lease_seconds == 10
    monkeypatch.setenv("HUB_LEASE_SECONDS", "20")
    monkeypatch.setenv("HUB_POLICY", '{"hold_after": 9}')
    assert load_settings().lease_seconds == 20
    assert load_settings().policy == {"conflicts": "ask", "hold_after": 9}
    assert load_settings(lease_seconds=30).lease_seconds == 30


def test_the_example_loads_and_means_what_it_says(
    page: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (example,) = page("settings.md").blocks("toml")
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(f"HUB_{name}".upper(), raising=False)
    Path("hub.toml").write_text(example, "utf-8")
    settings = load_settings()
    known = set(Settings.model_fields)
    assert set(tomllib.loads(example)) <= known
    assert settings.log_level == "INFO"
    ((name, own),) = settings.connections.items()
    general, special = make_policy(settings.policy), make_policy(settings.policy, own["policy"])
    assert name == "acme-trading/xero"
    assert general.ship_doc.trigger_statuses == {"invoiced"}
    assert general.employee.direction == "off"
    assert (general.hold_after, special.hold_after) == (5, 3)
    assert special.conflicts == "books"
    assert special.item.exclude_kinds == {"inventory"}


def test_every_key_of_the_policy_is_told_with_its_default(page: Callable[[str], Any]) -> None:
    types = {type.value for type in RecordType}
    told = iter(page("settings.md").rows("Key"))
    whole = {name: field for name, field in Policy.model_fields.items() if name.removesuffix("_") not in types}
    for model_fields in (whole, EntityPolicy.model_fields, TransactionPolicy.model_fields):
        for name, field in model_fields.items():
            key, default, meaning = next(told)
            given = {words(field.default), "see below"} if name in ("direction", "undo") else {words(field.default)}
            assert key == name
            assert default in given, name
            assert meaning
    assert next(told, None) is None


def test_the_table_of_entity_types_is_the_shipped_policy(page: Callable[[str], Any]) -> None:
    told = {row[0]: row[1] for row in page("settings.md").rows("Entity type")}
    assert told == {type.value: Policy().of_entity(type).direction.value for type in ENTITIES}


def test_the_table_of_document_types_is_the_shipped_policy(page: Callable[[str], Any]) -> None:
    told = {row[0]: row[1:] for row in page("settings.md").rows("Document type")}
    shipped = {}
    for type in TRANSACTIONS:
        rule = Policy().of_transaction(type)
        triggers = sorted(rule.trigger_statuses)
        shipped[type.value] = [rule.posts_as, rule.default_status, triggers, "yes" if rule.undo else "never"]
    assert {name: [row[0], row[1], re.findall(r"\w+", row[2]), row[3]] for name, row in told.items()} == shipped


def test_every_environment_variable_of_the_source_is_told(page: Callable[[str], Any], root: Path) -> None:
    sources = "\n".join(file.read_text("utf-8") for file in (root / "hub").rglob("*.py"))
    used = set(re.findall(r"(?:[\"'`(]|Set |mend )(HUB_[A-Z_]+[A-Z])\b", sources))
    assert "HUB_KILL_AT" in used
    assert {name for name in used if f"`{name}`" not in page("settings.md").text} == set()
