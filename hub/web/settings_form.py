"""A form made from an adapter's settings model, and the settings read back from what a person has filled in."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic_core import PydanticUndefined

from hub.web.visit import Form

REDIRECT = "redirect_uri"
"""The setting that says where the books lead people back to: over the web it is this hub."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field as it is shown. `kind`: text, number, date, choice, list, pairs or secret; `rare`: seldom changed."""

    name: str
    kind: str
    label: str
    help: str
    value: str
    default: str
    choices: tuple[str, ...] = ()
    required: bool = False
    rare: bool = False
    fault: str = ""


def fields_of(model: type[BaseModel], values: Mapping[str, Any], faults: Mapping[str, str]) -> list[Field]:
    """Every setting, with its present value; a secret's is never shown."""
    found = []
    for name, field in model.model_fields.items():
        if name == REDIRECT:
            continue
        kind, choices = _kind(field.annotation)
        default = field.get_default(call_default_factory=True)
        found.append(
            Field(
                name=name,
                kind=kind,
                label=name.replace("_", " "),
                help=field.description or "",
                value="" if kind == "secret" else _text(values.get(name)),
                default="" if default is PydanticUndefined else _text(default),
                choices=choices,
                required=field.is_required(),
                rare=kind == "number",
                fault=faults.get(name, ""),
            )
        )
    return found


def read_settings(model: type[BaseModel], sent: Form, before: Mapping[str, Any]) -> dict[str, Any]:
    """What was filled in; what is empty has its default, but for a secret, which stays as it was."""
    given: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        kind, _ = _kind(field.annotation)
        text = sent[f"set:{name}"]
        if not text:
            if kind == "secret" and name in before:
                given[name] = before[name]
        elif kind == "pairs":
            pairs = [line.partition("=") for line in text.replace("\r", "").split("\n") if line.strip()]
            given[name] = {ours.strip(): theirs.strip() for ours, _, theirs in pairs}
        elif kind == "list":
            given[name] = [word.strip() for word in text.replace("\n", ",").split(",") if word.strip()]
        else:
            given[name] = text
    return given


def _kind(annotation: Any) -> tuple[str, tuple[str, ...]]:
    origin = get_origin(annotation)
    if origin is Annotated:
        return _kind(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        inner = [each for each in get_args(annotation) if each is not type(None)]
        return _kind(inner[0]) if len(inner) == 1 else ("text", ())
    if origin is Literal:
        return "choice", tuple(str(each) for each in get_args(annotation))
    if annotation is bool:
        return "choice", ("true", "false")
    if isinstance(annotation, type):
        if issubclass(annotation, Enum):
            return "choice", tuple(str(each.value) for each in annotation)
        if issubclass(annotation, SecretStr):
            return "secret", ()
        if issubclass(annotation, int | float | Decimal):
            return "number", ()
        if issubclass(annotation, date):
            return "date", ()
    if origin in (dict, Mapping) or annotation is dict:
        return "pairs", ()
    return ("list", ()) if origin in (list, tuple, set, frozenset) else ("text", ())


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return "\n".join(f"{ours}={theirs}" for ours, theirs in value.items())
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(sorted(map(str, value)))
    return f"{value:g}" if isinstance(value, float) else str(value)
