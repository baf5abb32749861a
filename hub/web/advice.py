"""What to tell a bookkeeper about each error: what happened, why, and the button that mends it. One table of data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """About one error code, or about a class of errors.

    Attributes:
        happened, why: plain sentences.
        button: what stands on it.
        to: a page of the connection (`conflicts`, `connection`, `jobs`), `record`, or an action (`retry`, `release`).
    """

    happened: str
    why: str
    button: str
    to: str


def _say(happened: str, why: str, button: str, to: str) -> Advice:
    return Advice(happened=happened, why=why, button=button, to=to)


_TRY = ("Try again with the next sync", "retry")
_SHOW = ("Show the record", "record")
_SETTLE = ("Resolve the conflict", "conflicts")

CODES: Mapping[str, Advice] = {
    "duplicate_name": _say(
        "The books already have this name.", "Names must be unique there, and the hub never overwrites.", *_SETTLE
    ),
    "duplicate_number": _say(
        "The books already have a document of this number.", "Numbers must be unique there.", *_SHOW
    ),
    "stale_version": _say(
        "Somebody changed it in the books.", "It was changed there after it was last sent; look at it there first.",
        "Send it all the same", "release",
    ),
    "both_changed": _say(
        "Both sides changed the same fields.", "Your policy asks you which values win.", *_SETTLE
    ),
    "several_matches": _say("Several records have this name.", "The hub never guesses which is meant.", *_SETTLE),
    "missing_dependency": _say(
        "It names a record that is gone.", "What it refers to was deleted in the source.", *_SHOW
    ),
    "not_supported": _say(
        "These books cannot take it.", "They have no such operation for this kind of record.", *_SHOW
    ),
    "period_closed": _say(
        "Its date is in a closed period.", "Nothing is posted into a period that is closed.",
        "Look at the closing date", "connection",
    ),
    "lines_do_not_sum": _say(
        "Its lines do not add up to its total.", "The hub sends nothing that differs by a cent.", *_SHOW
    ),
    "check_by_hand": _say(
        "Nobody knows whether the books took it.",
        "It was sent, and what the books answer or hold does not tell. The next sync looks there once more; you can"
        " decide before.",
        "Decide on its page", "record",
    ),
    "outcome_unknown": _say(
        "Nobody knows yet whether the books took it.",
        "It was sent, and no trustworthy answer came back. You need not do anything: the next sync looks in the books"
        " by itself, and sends it again only if it is not done there.", "Look at the syncs", "jobs",
    ),
    "plan_changed": _say("It changed after the plan was made.", "A plan sends only what it showed.", *_TRY),
}  # fmt: skip
"""By code; adapters have codes of their own, for which the class speaks."""

CLASSES: Mapping[str, Advice] = {
    "conflict": _say("It conflicts with what the books hold.", "Neither side was changed.", *_SETTLE),
    "missing_dependency": _say("Something it needs is missing.", "It refers to a record that is not there.", *_SHOW),
    "validation": _say("The books refused it.", "Something in it is not what they accept.", *_SHOW),
    "period_closed": CODES["period_closed"],
    "authorisation": _say(
        "The books no longer let the hub in.", "The authorisation has ended or was withdrawn.",
        "Connect again", "connection",
    ),
    "transient": _say("The books could not take it just then.", "They were busy or out of reach.", *_TRY),
    "unknown_outcome": CODES["outcome_unknown"],
    "not_supported": CODES["not_supported"],
}  # fmt: skip


def advice(error: Mapping[str, Any]) -> Advice:
    """What to say about a stored error."""
    return CODES.get(error["code"] or "") or CLASSES.get(error["class"]) or CLASSES["validation"]
