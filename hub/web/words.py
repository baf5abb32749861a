"""The hub's words as people say them: types, operations, and the seven plain states of a request."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
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


NOTHING = {
    "all": "The queue is empty: your books are up to date.", "waiting": "Nothing waits.",
    "sending": "Nothing is being sent.", "attention": "Nothing needs attention.",
    "check": "Nothing is to be checked by hand.", "hold": "Nothing is on hold.",
    "books": "Nothing has been sent yet.", "undone": "Nothing has been taken out of your books.",
}  # fmt: skip
"""What stands in the place of an empty list."""


def done(row: Mapping[str, Any]) -> str:
    """What the books did."""
    if row["operation"] == "delete":
        gone = {"void": "voided", "inactivate": "made inactive", "credit": "credited"}
        return gone.get(row["how"] or "", "deleted")
    return "created" if row["operation"] == "create" else "updated"


PHASES = {"queued": "Waits to begin", "exporting": "Sending", "importing": "Reading what changed in your books",
          "completed": "Completed", "completed_with_errors": "Completed with errors", "failed": "Failed",
          "cancelled": "Cancelled"}  # fmt: skip


OUTCOMES = {"applied": "in your books", "adopted": "found in your books", "rejected": "refused",
            "conflict": "conflict", "waiting": "waits", "unknown": "unknown", "excluded": "left out", "held": "on hold",
            "check_by_hand": "check by hand"}  # fmt: skip
"""What came of a request in a job."""
_TOTALS = {"applied": "sent", "imported": "brought back", "rejected": "refused", "conflict": "in conflict",
           "unknown": "unknown", "waiting": "waiting", "excluded": "left out"}  # fmt: skip


def totals(counted: Mapping[str, int]) -> str:
    """What came of a job, in one line: only what there was."""
    return ", ".join(f"{counted[name]:,} {word}" for name, word in _TOTALS.items() if counted.get(name)) or "–"


def lasted(begun: str, ended: str) -> str:
    """How long something took."""
    seconds = (datetime.fromisoformat(ended) - datetime.fromisoformat(begun)).total_seconds()
    if seconds < 60:
        return f"{seconds:.0f} s" if seconds >= 1 else "under 1 s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def phase(job: Mapping[str, Any]) -> str:
    """Where a job is."""
    return "Stopping" if job["cancelling"] else PHASES[job["state"]]


def spoken(word: str) -> str:
    """A word of the interface as people write it: `ship_doc` is a ship doc."""
    return word.replace("_", " ")


RECORD_STATES: Mapping[str, tuple[str, str]] = {
    "not_queued": ("Not queued", "secondary"),
    "waiting": (Plain.WAITING, COLOURS[Plain.WAITING]),
    "sending": (Plain.SENDING, COLOURS[Plain.SENDING]),
    "synced": (Plain.IN_BOOKS, COLOURS[Plain.IN_BOOKS]),
    "needs_attention": (Plain.ATTENTION, COLOURS[Plain.ATTENTION]),
    "check_by_hand": (Plain.CHECK, COLOURS[Plain.CHECK]),
    "held": (Plain.HOLD, COLOURS[Plain.HOLD]),
    "prevented": ("Prevented", "secondary"),
    "proxied": ("Posted with another", "purple"),
    "diverged": ("Differs from the books", "orange"),
    "excluded": ("Left out", "secondary"),
}
"""How a record stands on a connection: in words, and in which colour."""

REMOVALS = {
    "delete": "delete it",
    "inactivate": "make it inactive",
    "void": "void it; its number stays, and its amounts become zero",
    "credit": "post a credit against it",
}
"""How the books take something out."""


def sentence(words: str) -> str:
    """Words of the hub as a sentence of its own."""
    words = words.strip()
    return words if not words else words[0].upper() + words[1:] + ("" if words[-1] in ".!?…" else ".")


def said_of(value: Any) -> str:
    """A value of a record as people read it."""
    if value is None or value in ("", [], {}):
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(said_of(each) for each in value.values() if each not in (None, "", [], {})) or "–"
    if isinstance(value, list | tuple):
        return "; ".join(said_of(each) for each in value[:5]) + (" …" if len(value) > 5 else "")
    return str(value)


CONFLICTS = {
    "duplicate_name": "The name is taken in the books",
    "both_changed": "Both sides changed it",
    "several_matches": "Several may be the same",
    "check_by_hand": "Look by hand",
}
"""What the two sides disagree about."""

RIGHTS = {
    "undo": "undo sync",
    "prevent": "prevent sync",
    "remove": "delete from the queue",
    "detach": "detach",
}
"""The rights on top of a role (U9)."""

BUCKETS = {
    "matched": ("agrees", "green"),
    "missing": ("missing in the books", "red"),
    "extra": ("extra in the books", "red"),
    "diverged": ("differs", "orange"),
    "unknown": ("unknown", "orange"),
    "excluded": ("left out", "secondary"),
}
"""Where a document falls in a statement."""

CHOICES = {
    "both": "both ways", "export": "to the books", "import": "from the books", "off": "not at all",
    "true": "yes", "false": "no", "update": "send the change", "require_undo": "ask for an undo",
}  # fmt: skip
"""The values of a policy in words."""
