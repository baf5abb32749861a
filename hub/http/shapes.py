"""What kind of body came back, told from its bytes alone: servers and the gateways before them do not always agree."""

from __future__ import annotations

from enum import StrEnum
from typing import Any
from xml.etree import ElementTree

from hub.http.numbers import read_json


class Shape(StrEnum):
    """The kinds of bodies that a web service or its gateway answers with."""

    EMPTY = "empty"
    JSON = "json"
    XML = "xml"
    HTML = "html"
    GARBLED = "garbled"


def shape_of(body: bytes) -> tuple[Shape, Any]:
    """The kind of a body, and its content: a JSON document, an XML root element, or None.

    XML with a document type of its own is garbled: entities in it could be made to fill the memory.
    """
    text = body.strip()
    if not text:
        return Shape.EMPTY, None
    head = text[:200].lower().lstrip(b"\xef\xbb\xbf")
    if head.startswith(b"<"):
        return _marked_up(text, head)
    try:
        return Shape.JSON, read_json(text.decode("utf-8-sig"))
    except ValueError:
        return Shape.GARBLED, None


def _marked_up(text: bytes, head: bytes) -> tuple[Shape, Any]:
    if b"<!doctype html" in head or b"<html" in head:
        return Shape.HTML, None
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
        return Shape.GARBLED, None
    try:
        return Shape.XML, ElementTree.fromstring(text)
    except ElementTree.ParseError:
        return (Shape.EMPTY, None) if text.startswith(b"<?xml") and text.endswith(b"?>") else (Shape.GARBLED, None)
