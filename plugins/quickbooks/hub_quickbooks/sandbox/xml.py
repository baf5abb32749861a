"""Answers in XML, which is what a caller gets who does not ask for JSON (facts §1)."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as Tree

from hub_quickbooks.sandbox import wire

_ATTRIBUTES = frozenset(
    {
        "domain",
        "sparse",
        "status",
        "startPosition",
        "maxResults",
        "totalCount",
        "bId",
        "code",
        "element",
        "type",
        "time",
    }
)
_NAMESPACE = "http://schema.intuit.com/finance/v3"


def as_xml(text: str) -> str:
    """The XML document that says what a JSON answer says."""
    root = Tree.Element("IntuitResponse", xmlns=_NAMESPACE)
    _fill(root, wire.loads(text))
    return '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>' + Tree.tostring(root, encoding="unicode")


def _fill(element: Tree.Element, value: Any) -> None:
    if not isinstance(value, dict):
        element.text = _word(value)
        return
    if "value" in value and value.keys() <= {"value", "name"}:
        element.text = _word(value["value"])
        if "name" in value:
            element.set("name", _word(value["name"]))
        return
    for name, inner in value.items():
        if name in _ATTRIBUTES and not isinstance(inner, dict | list):
            element.set(name, _word(inner))
            continue
        for one in inner if isinstance(inner, list) else [inner]:
            _fill(Tree.SubElement(element, name), one)


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
