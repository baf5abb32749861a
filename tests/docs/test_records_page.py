"""docs/records.md names every field of every record type, and none that does not exist."""

from __future__ import annotations

import re
from pathlib import Path

from hub.model.fields import Address
from hub.model.records import MODELS
from hub.model.transactions import Application, Line

PAGE = (Path(__file__).parents[2] / "docs" / "records.md").read_text(encoding="utf-8")
SECTIONS = {part.split("\n", 1)[0]: part for part in PAGE.split("\n## ")[1:]}


def test_every_field_of_every_type_is_told_and_no_other() -> None:
    parts = {"Lines": Line, "Applications": Application, "Addresses": Address}
    for title, section in SECTIONS.items():
        types = re.findall(r"`(\w+)`", title)
        models = {MODELS[type] for type in types} if types else {parts[title]}
        (model,) = models
        told = set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE))
        assert told == {field.alias or name for name, field in model.model_fields.items()} - {"custom"}, title


def test_every_record_type_has_its_section() -> None:
    assert {type for title in SECTIONS for type in re.findall(r"`(\w+)`", title)} == {type.value for type in MODELS}
