"""The hub's words as people say them: types, operations, and the seven plain states of a request."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any


class Plain(StrEnum):
    """The seven states that a bookkeeper knows."""

    WAITING = "Waiting"
    SENDING = "Sending"
    IN_BOOKS = "In your books"
    ATTENTION = "Needs attention"
    CHECK = "Check by hand"
    HOLD = "On hold"
    UNDONE = "Undone"


COLOURS = {
    Plain.WAITING: "azure", Plain.SENDING: "blue", Plain.IN_BOOKS: "green", Plain.ATTENTION: "red",
    Plain.CHECK: "orange", Plain.HOLD: "yellow", Plain.UNDONE: "secondary",
}  # fmt: skip


def plain_state(request: Mapping[str, Any]) -> Plain:
    """The plain state of a request in the queue."""
    match request["state"]:
        case "locked":
            return Plain.SENDING
        case "held":
            return Plain.HOLD
        case "unknown":
            return Plain.CHECK
        case _:
            return Plain.ATTENTION if request["error"] else Plain.WAITING


def spoken(word: str) -> str:
    """A word of the interface as people write it: `ship_doc` is a ship doc."""
    return word.replace("_", " ")
