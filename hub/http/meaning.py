"""What an answer means for what was asked: action × what was met, as one table; after a write, doubt is *unknown*."""

from __future__ import annotations

from enum import StrEnum


class Action(StrEnum):
    """What was asked of the books."""

    READ = "read"
    WRITE = "write"
    TOKEN = "token"


class Met(StrEnum):
    """What came of it, told from the transport and the status; the books' own codes refine `REFUSED`."""

    NOT_SENT = "not_sent"
    NO_ANSWER = "no_answer"
    GARBLED = "garbled"
    THROTTLED = "throttled"
    UNAUTHORISED = "unauthorised"
    FORBIDDEN = "forbidden"
    REFUSED = "refused"
    SERVER_FAILED = "server_failed"
    ANSWERED = "answered"


class Meaning(StrEnum):
    """What the caller does next.

    DONE reads the answer; REFUSED means that nothing happened and would not the next time; WAIT that nothing happened
    and it is welcome later; RECONNECT that nothing happened for lack of authorisation; LOOK that nobody knows; AGAIN
    that a read may simply be repeated.
    """

    DONE = "done"
    REFUSED = "refused"
    WAIT = "wait"
    RECONNECT = "reconnect"
    LOOK = "look"
    AGAIN = "again"


_TABLE: dict[Met, tuple[Meaning, Meaning, Meaning]] = {
    #                   read               write              token
    Met.NOT_SENT:      (Meaning.AGAIN,     Meaning.WAIT,      Meaning.AGAIN),
    Met.NO_ANSWER:     (Meaning.AGAIN,     Meaning.LOOK,      Meaning.AGAIN),
    Met.GARBLED:       (Meaning.AGAIN,     Meaning.LOOK,      Meaning.AGAIN),
    Met.THROTTLED:     (Meaning.WAIT,      Meaning.WAIT,      Meaning.WAIT),
    Met.UNAUTHORISED:  (Meaning.RECONNECT, Meaning.RECONNECT, Meaning.RECONNECT),
    Met.FORBIDDEN:     (Meaning.RECONNECT, Meaning.RECONNECT, Meaning.RECONNECT),
    Met.REFUSED:       (Meaning.REFUSED,   Meaning.REFUSED,   Meaning.RECONNECT),
    Met.SERVER_FAILED: (Meaning.AGAIN,     Meaning.LOOK,      Meaning.AGAIN),
    Met.ANSWERED:      (Meaning.DONE,      Meaning.DONE,      Meaning.DONE),
}  # fmt: skip
_COLUMN = {Action.READ: 0, Action.WRITE: 1, Action.TOKEN: 2}


def meaning_of(action: Action, met: Met) -> Meaning:
    """The table's answer; it has one for every pair."""
    return _TABLE[met][_COLUMN[action]]


def met_with(status: int, *, readable: bool) -> Met:
    """What a status says, whatever the body; `readable` whether the body is what the caller knows how to read."""
    if status == 429:
        return Met.THROTTLED
    if status == 401:
        return Met.UNAUTHORISED
    if status == 403:
        return Met.FORBIDDEN
    if status >= 500 or status == 408:
        return Met.SERVER_FAILED
    if 400 <= status < 500:
        return Met.REFUSED
    return Met.ANSWERED if 200 <= status < 300 and readable else Met.GARBLED
