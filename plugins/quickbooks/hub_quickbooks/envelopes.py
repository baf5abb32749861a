"""The six shapes in which QuickBooks Online, its gateway and its token host tell errors, read into one; no I/O."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element

from hub.http import Shape, shape_of

_INNER = re.compile(r"errorCode=0*(\d+)")
_GATEWAY = re.compile(r"message=(?P<word>\w+); errorCode=\d+(; statusCode=\d+)?")
_CAPITAL = re.compile(r"(?<=[a-z])([A-Z])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One error as the books tell it; `code` 0 where they give none."""

    code: int
    message: str
    detail: str = ""
    element: str = ""

    @property
    def words(self) -> str:
        """Message and detail, each once, in one line."""
        parts = [part.strip().rstrip(".") for part in (self.message, self.detail) if part and part.strip()]
        if len(parts) == 2 and parts[0].casefold() in parts[1].casefold():
            parts = parts[1:]
        named = f" ({self.element})" if self.element else ""
        return " ".join(". ".join(parts).split()) + named


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What a body tells: errors, of which kind, or a document without any."""

    shape: Shape
    errors: tuple[Said, ...] = ()
    kind: str = ""
    content: Mapping[str, Any] | None = None


def open_envelope(body: bytes) -> Envelope:
    """Read any body. `content` is set exactly when it is a JSON object without a fault of its own."""
    shape, found = shape_of(body)
    if shape is Shape.JSON and isinstance(found, dict):
        fault = found.get("Fault") or found.get("fault")
        if isinstance(fault, dict):
            return envelope_of_fault(fault)
        if isinstance(found.get("error"), str):
            said = Said(code=0, message=found["error"], detail=_text(found.get("error_description")))
            return Envelope(shape=shape, errors=(said,), kind="oauth")
        return Envelope(shape=shape, content=found)
    if shape is Shape.XML:
        return _of_xml(found)
    return Envelope(shape=Shape.GARBLED if shape is Shape.JSON else shape)


def envelope_of_fault(fault: Mapping[str, Any]) -> Envelope:
    """A `Fault` object, of the service or of the gateway, which spells it in small letters."""
    listed = fault.get("Error") or fault.get("error") or []
    errors = tuple(_of_json(each) for each in listed if isinstance(each, dict)) if isinstance(listed, list) else ()
    return Envelope(
        shape=Shape.JSON,
        errors=errors or (Said(code=0, message="a fault that says nothing"),),
        kind=_text(fault.get("type")),
    )


def _of_json(error: Mapping[str, Any]) -> Said:
    lower = {key.lower(): value for key, value in error.items()}
    message = _text(lower.get("message"))
    return Said(
        code=_code(lower.get("code"), message),
        message=_plain(message),
        detail=_text(lower.get("detail")),
        element=_text(lower.get("element")),
    )


def _of_xml(root: Element) -> Envelope:
    fault = next((each for each in _named(root, "Fault")), None)
    if fault is None:
        return Envelope(shape=Shape.XML)
    errors = tuple(
        Said(
            code=_code(error.get("code"), _child(error, "Message")),
            message=_plain(_child(error, "Message")),
            detail=_child(error, "Detail"),
            element=error.get("element") or "",
        )
        for error in _named(fault, "Error")
    )
    return Envelope(shape=Shape.XML, errors=errors, kind=fault.get("type") or "")


def _named(root: Element, name: str) -> Iterator[Element]:
    return (each for each in root.iter() if each.tag.rpartition("}")[2] == name)


def _child(parent: Element, name: str) -> str:
    return next((each.text or "" for each in _named(parent, name)), "")


def _code(given: object, message: str) -> int:
    """The code as a number; the gateway hides its own in the message."""
    text = _text(given).strip()
    if text.isascii() and text.isdigit() and len(text) < 9:
        return int(text)
    inner = _INNER.search(message)
    return int(inner[1]) if inner else 0


def _plain(message: str) -> str:
    """The gateway's words as a sentence: `message=ThrottleExceeded; errorCode=003001; …` is written for programs."""
    found = _GATEWAY.fullmatch(message.strip())
    return _CAPITAL.sub(lambda met: f" {met[1].lower()}", found["word"]) if found else message


def _text(value: object) -> str:
    return value if isinstance(value, str) else str(value) if isinstance(value, int) else ""
