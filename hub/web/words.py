"""The hub's words as people say them: types, operations, and the seven plain states of a request."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any
from urllib.parse import quote


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


NOTHING = {
    "all": "The queue is empty: your books are up to date.", "waiting": "Nothing waits.",
    "sending": "Nothing is being sent.", "attention": "Nothing needs attention.",
    "check": "Nothing is to be checked by hand.", "hold": "Nothing is on hold.",
    "books": "Nothing has been sent yet.", "undone": "Nothing has been taken out of your books.",
}  # fmt: skip
"""What stands in the place of an empty list."""


def record_at(company: str, row: Mapping[str, Any]) -> str:
    """The address of a record's page."""
    return f"/c/{company}/records/{row['type']}/{quote(row['source_id'], safe='')}"


def fix_at(visit: Any, to: str, row: Mapping[str, Any]) -> str:
    """The address of the page that mends an error."""
    return record_at(visit.company, row) if to == "record" else f"/c/{visit.connection}/{to}"


def done(row: Mapping[str, Any]) -> str:
    """What the books did."""
    if row["operation"] == "delete":
        return {"voided": "voided", "inactivated": "made inactive"}.get(row["how"] or "", "deleted")
    return "created" if row["operation"] == "create" else "updated"


PHASES = {"queued": "Waits to begin", "exporting": "Sending", "importing": "Reading what changed in your books",
          "completed": "Completed", "completed_with_errors": "Completed with errors", "failed": "Failed",
          "cancelled": "Cancelled"}  # fmt: skip


def phase(job: Mapping[str, Any]) -> str:
    """Where a job is."""
    return "Stopping" if job["cancelling"] else PHASES[job["state"]]


def spoken(word: str) -> str:
    """A word of the interface as people write it: `ship_doc` is a ship doc."""
    return word.replace("_", " ")
