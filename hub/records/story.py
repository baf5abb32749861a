"""The story of a record in plain words: one sentence for each entry of its history, from a table of words (V2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any

Entry = Mapping[str, Any]
Words = Callable[[Entry], str]
MANY = 8
"""Changes that one sentence tells."""


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


def _plus(first: str, *more: Callable[[dict[str, Any]], str]) -> Words:
    """Something that somebody did, and what else there is to say of it; what says nothing is left out."""

    def told(entry: Entry) -> str:
        details = dict(entry["details"] or {})
        rest = [said for each in more if (said := each(details))]
        words = "; ".join([f"{_who(entry)} {first.format_map(_Details(details))}", *rest])
        return _with_reason(entry, words)

    return told


def _if(name: str, words: str) -> Callable[[dict[str, Any]], str]:
    """These words when that was noted."""
    return lambda details: words.format_map(_Details(details)) if details.get(name) else ""


def _changes(details: Mapping[str, Any]) -> str:
    """Old and new values, one after the other; of many only the first, for the entry itself has them all."""
    changes = details.get("changes")
    if not isinstance(changes, Mapping):
        return ""
    told = [
        f"{name} from {_value(each.get('old'))} to {_value(each.get('new'))}"
        if each.get("old") != each.get("new")
        else f"{name} {_value(each.get('new'))} changed"
        for name, each in islice(changes.items(), MANY)
    ]
    return ", ".join([*told, *([f"and {len(changes) - MANY} more"] if len(changes) > MANY else [])])


def _value(value: Any) -> str:
    if value in (None, "", [], {}):
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return " and ".join(map(str, value)) if isinstance(value, list) else str(value)


def _policy(entry: Entry) -> str:
    changes = _changes(entry["details"])
    return _with_reason(entry, f"{_who(entry)} changed the policy{': ' + changes if changes else ''}")


def _asked(entry: Entry) -> str:
    details = _Details(entry["details"])
    plan = f", to send what plan {details['plan']} shows" if details.get("plan") is not None else ""
    if details.get("trigger") == "schedule":
        return f"the schedule asked for job {details['job']}{plan}"
    why = ", for the books told of a change" if entry["who"] == "hub" else ""
    return f"{_who(entry)} asked for job {details['job']}{plan}{why}"


def _rhythm(schedule: Mapping[str, Any] | None) -> str:
    """A stored schedule in short."""
    if not schedule:
        return "there was none"
    late = f", up to {schedule['jitter']} s late" if schedule.get("jitter") else ""
    if schedule["kind"] == "every":
        return f"every {schedule['expression']}{late}"
    return f"{schedule['expression']} in {schedule['timezone']}{late}"


def _scheduled(entry: Entry) -> str:
    old, new = entry["details"].get("old"), entry["details"].get("new")
    if not new:
        return _with_reason(entry, f"{_who(entry)} took the schedule away ({_rhythm(old)})")
    return _with_reason(entry, f"{_who(entry)} set the schedule: {_rhythm(new)}; before, {_rhythm(old)}")


def _membership(entry: Entry) -> str:
    details = _Details(entry["details"])
    if not details.get("role"):
        return f"{_who(entry)} took the company away from {details['user']}"
    rights = f", with the right to {details['rights']}" if details.get("rights") else ""
    return f"{_who(entry)} made {details['user']} {details['role']} here{rights}"


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
    "company_added": _by("added the company {name}"),
    "connected": _plus("connected it to the books of {books}", _changes),
    "connected_again": _plus(
        "connected it again to the books of {books}",
        _if("authorised", "with a new authorisation"),
        _if("resumed", "so that it goes on"),
        _changes,
    ),
    "paused": _by("paused the connection"),
    "resumed": _by("let the connection go on"),
    "books_closed": lambda entry: (
        f"the closing date of the books went from {_value(entry['details'].get('old'))}"
        f" to {_value(entry['details'].get('new'))}"
    ),
    "policy_changed": _policy,
    "schedule_set": _scheduled,
    "schedule_removed": _scheduled,
    "job_requested": _asked,
    "job_cancelled": _by("asked job {job} to stop"),
    "webhook_added": _plus("added a webhook to {url}", _if("kinds", "it is told of {kinds}")),
    "webhook_removed": _by("removed the webhook to {url}"),
    "webhook_enabled": _plus("switched the webhook to {url} on", _if("skip", "what it has missed is left out")),
    "webhook_disabled": _by("switched the webhook to {url} off"),
    "key_added": _plus(
        "made the API key {name} ({role})", _if("rights", "with the right to {rights}"), _if("until", "until {until}")
    ),
    "key_revoked": _by("ended the API key {name}"),
    "membership": _membership,
    "first_link": _by("made a link for the first administrator"),
    "user_added": _plus("added the user {user}", _if("administrator", "an administrator of the hub")),
    "user_link": _by("made a link by which {user} sets a new password"),
    "user_shut_out": _by("shut {user} out"),
    "user_let_in": _by("let {user} in again"),
    "password_set": _by("set a new password for {user}"),
    "sessions_ended": _by("signed {user} out everywhere"),
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
