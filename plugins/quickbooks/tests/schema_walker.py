"""Checks JSON bodies against Intuit's official schemas: field names, nesting and words of enumerations; nothing else.

The adapter's tests walk what it sends, the sandbox's tests what it answers. Required fields, lengths and meanings are
not in the schemas. They lie beside the repository, in `shared/specs/quickbooks`; without them the tests are skipped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

FOLDER = Path(__file__).resolve().parents[4] / "shared" / "specs" / "quickbooks"
FILES = ("IntuitBaseTypes.xsd", "IntuitNamesTypes.xsd", "Finance.xsd", "SalesTax.xsd", "IntuitRestServiceDef.xsd")
_XS = "{http://www.w3.org/2001/XMLSchema}"
_ADDED = {
    "Customer": {"domain", "sparse", "status"},
    "ReferenceType": {"value", "name", "type"},
    "Line": {"DescriptionOnly"},
}
"""What JSON has and the schemas do not: `domain` and `status` are attributes there, references are texts."""
_ANYWHERE = {"domain", "sparse", "status"}
_WORDS_LEFT_OUT = {("LineDetailTypeEnum", "DescriptionOnly"), ("LineDetailTypeEnum", "DescriptionLineDetail")}


@dataclass(slots=True)
class Shape:
    """A complex type: its fields and their types, the inherited ones included."""

    fields: dict[str, str] = field(default_factory=dict)
    text: bool = False


@dataclass(slots=True)
class Schema:
    """The complex types, the enumerations, and the entities that may stand where an IntuitObject is asked for."""

    shapes: dict[str, Shape]
    words: dict[str, frozenset[str]]
    entities: dict[str, str]


def at_hand() -> bool:
    """Whether the schemas are there."""
    return all((FOLDER / name).is_file() for name in FILES)


@cache
def schema() -> Schema:
    """All schemas, read once."""
    roots = [ElementTree.parse(FOLDER / name).getroot() for name in FILES]
    types = {node.get("name", ""): node for root in roots for node in root.iter(f"{_XS}complexType")}
    words = {}
    for root in roots:
        for node in root.iter(f"{_XS}simpleType"):
            found = frozenset(each.get("value", "") for each in node.iter(f"{_XS}enumeration"))
            if found:
                words[node.get("name", "")] = found
    entities = {
        node.get("name", ""): _local(node.get("type"))
        for root in roots
        for node in root.findall(f"{_XS}element")
        if _local(node.get("substitutionGroup")) == "IntuitObject"
    }
    return Schema({name: _shape(name, types) for name in types}, words, entities)


def faults(entity: str, body: object) -> list[str]:
    """Everything in the body that the schemas do not know, each with its place."""
    known = schema()
    return list(_walk(body, known.entities.get(entity, entity), entity, known))


def _walk(value: object, type: str, where: str, known: Schema) -> Iterator[str]:
    if isinstance(value, list):
        for at, each in enumerate(value):
            yield from _walk(each, type, f"{where}[{at}]", known)
        return
    if type in known.words:
        if value not in known.words[type] and (type, value) not in _WORDS_LEFT_OUT and value != "":
            yield f"{where}: {value!r} is no {type}"
        return
    shape = known.shapes.get(type)
    if shape is None or value is None:
        if isinstance(value, Mapping):
            yield f"{where}: an object where the schemas have a plain {type}"
        return
    if not isinstance(value, Mapping):
        if not shape.text:
            yield f"{where}: {value!r} where the schemas have an object {type}"
        return
    for key, each in value.items():
        yield from _member(key, each, type, shape, where, known)


def _member(key: Any, value: object, type: str, shape: Shape, where: str, known: Schema) -> Iterator[str]:
    if key in shape.fields:
        yield from _walk(value, shape.fields[key], f"{where}.{key}", known)
    elif "IntuitObject" in shape.fields and key in known.entities:
        yield from _walk(value, known.entities[key], f"{where}.{key}", known)
    elif key not in _ADDED.get(type, ()) and key not in _ANYWHERE:
        yield f"{where}.{key}: {type} has no such field"


def _shape(name: str, types: Mapping[str, Any]) -> Shape:
    node, shape = types[name], Shape()
    extension = next(node.iter(f"{_XS}extension"), None)
    if extension is not None:
        base = _local(extension.get("base"))
        if base in types:
            shape.fields |= _shape(base, types).fields
        shape.text = node.find(f"{_XS}simpleContent") is not None
    for element in node.iter(f"{_XS}element"):
        shape.fields[element.get("name") or _local(element.get("ref"))] = _local(element.get("type"))
    for attribute in node.iter(f"{_XS}attribute"):
        shape.fields[attribute.get("name", "")] = _local(attribute.get("type"))
    return shape


def _local(name: str | None) -> str:
    return (name or "").rpartition(":")[2]
