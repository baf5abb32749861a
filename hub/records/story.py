"""The story of a record in plain words: one sentence for each entry of its history, from a table of words (V2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Entry = Mapping[str, Any]
Words = Callable[[Entry], str]


def say(entry: Entry) -> str:
    """The sentence of one entry of the history; `entry` is as `hub show --json` gives it."""
    what = entry["what"]
    known = _WORDS.get(what)
    if known is not None:
        return known(entry)
    for prefix, words in _PREFIXES.items():
        if what.startswith(prefix):
            return words(entry)
    return _with_reason(entry, f"{_who(entry)}: {what.replace('_', ' ')}")


def knows(what: str) -> bool:
    """Whether there are words for what happened."""
    return what in _WORDS or what.startswith(tuple(_PREFIXES))


def _who(entry: Entry) -> str:
    return "the hub" if entry["who"] == "hub" else str(entry["who"])


def _by(words: str) -> Words:
    """Something that somebody did, perhaps with a reason."""
    return lambda entry: _with_reason(entry, f"{_who(entry)} {words.format_map(_Details(entry['details']))}")


def _met(words: str) -> Words:
    """Something that an import met in the books."""
    return lambda entry: f"an import {words.format_map(_Details(entry['details']))}"


def _with_reason(entry: Entry, words: str) -> str:
    return f"{words}: {entry['reason']}" if entry["reason"] else words


class _Details(dict[str, Any]):
    """What an entry tells beside its sentence; lists as words, and nothing where nothing was noted."""

    def __init__(self, details: Any) -> None:
        super().__init__(details or {})

    def __getitem__(self, key: str) -> str:
        value = self.get(key)
        if isinstance(value, Mapping):
            return ", ".join(f"{name} of the {each}" for name, each in value.items())
        if isinstance(value, list | tuple):
            return ", ".join(str(each) for each in value)
        return "something" if value in (None, "") else str(value)


def _edited(entry: Entry) -> str:
    fields = _Details(entry["details"])["fields"] if entry["details"].get("fields") else ""
    return f"{_who(entry)} saved it: {fields} changed" if fields else f"{_who(entry)} saved it anew"


def _allowed(entry: Entry) -> str:
    queued = entry["details"].get("queued")
    told = f"; it queued for {', '.join(queued)}" if queued else "; nothing was to be queued"
    return _with_reason(entry, f"{_who(entry)} allowed its sync again") + told


def _overwritten(entry: Entry) -> str:
    ours, theirs = entry["details"].get("source") or {}, entry["details"].get("books") or {}
    won = f"the books' {', '.join(sorted(ours))} won" if ours else ""
    stayed = f"the source's {', '.join(sorted(theirs))} stayed" if theirs else ""
    return f"both sides had changed it: {' and '.join(each for each in (won, stayed) if each)}"


def _sent(entry: Entry) -> str:
    details = entry["details"]
    number = details.get("try")
    nth = f", {_ordinal(number)} try" if number else ""
    lost = "" if details.get("answered", True) else "; no answer was ever noted"
    return f"{_who(entry)} sent it ({entry['what'].removeprefix('sent_')}{nth}){lost}"


def _ordinal(number: int) -> str:
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


_REMOVED = {
    "delete": "the books deleted it",
    "inactivate": "the books made it inactive",
    "void": "the books voided it",
    "credit": "the books credited it",
}


def _applied(entry: Entry) -> str:
    details = entry["details"]
    removed = _REMOVED.get(str(details.get("how") or ""))
    return removed or f"the books took it: it is {details.get('remote_id')} there"


def _adopted(entry: Entry) -> str:
    details = entry["details"]
    if details.get("how"):
        return f"{_looker(entry)} looked in the books and found it taken out"
    return f"{_looker(entry)} looked in the books and found it: it is {details.get('remote_id')} there"


def _looker(entry: Entry) -> str:
    job = entry["details"].get("job")
    return f"job {job}" if job else "the hub"


def _told(words: str) -> Words:
    """An answer, with the words that came with it."""

    def told(entry: Entry) -> str:
        message = entry["details"].get("message")
        return f"{words}: {message}" if message else words

    return told


_WORDS: Mapping[str, Words] = {
    # what somebody did, and what imports met: the actions of the audit trail
    "created": _by("saved it for the first time"),
    "edited": _edited,
    "deleted": _by("deleted it in the source"),
    "undo": _by("undid the sync"),
    "prevent": _by("prevented its sync"),
    "allow": _allowed,
    "detach": _by("detached it, and the books keep their copy"),
    "removed_from_queue": _by("took its {operation} out of the queue"),
    "hold": _by("held its request {request}"),
    "release": _by("released its request {request}"),
    "retry": _by("let its request {request} be tried again"),
    "link": _by("linked it to {remote_id} in the books, and the {keep}'s values won"),
    "choose": _by("chose whose values win: {fields}"),
    "rename": _by("renamed it to {name}"),
    "proxy_set": _by("chose {name} as its proxy"),
    "proxy_clear": _by("took its proxy away"),
    "connected": _by("connected it to the books of {books}"),
    "paused": _by("paused the connection"),
    "resumed": _by("let the connection go on"),
    "policy_changed": _by("changed the policy: {changes}"),
    "conflict_opened": lambda entry: f"a conflict was met: {_Details(entry['details'])['message']}",
    "conflict_settled": lambda entry: f"the conflict is settled: {_Details(entry['details'])['how']}",
    "created_from_books": _met("made it from the books"),
    "matched": _met("found it in the books by its name, and linked it to {remote_id}"),
    "imported": _met("took {fields} over from the books"),
    "import_refused": _met("could not take the books' values over: {why}"),
    "gone_from_books": _met("found that it was deleted in the books"),
    "overwritten": _overwritten,
    # what the books answered, or what was found there
    "applied": _applied,
    "adopted": _adopted,
    "absent": _told("it had not taken effect in the books"),
    "rejected": _told("the books refused it"),
    "conflict": _told("the books refused it"),
    "waiting": _told("the books did not take it yet"),
    "unauthorised": _told("the books no longer accepted the connection"),
    "unknown": _told("the answer was lost"),
    "check_by_hand": _told("a person must look what became of it"),
}
_PREFIXES: Mapping[str, Words] = {
    "sent_": _sent,
    "not_sent_waiting": lambda entry: f"{_who(entry)} did not send it. {entry['reason']}",
    "not_sent_excluded": lambda entry: f"{_who(entry)} left it out: {entry['reason']}",
    "not_sent_": lambda entry: f"{_who(entry)} did not send it: {entry['reason']}",
}
