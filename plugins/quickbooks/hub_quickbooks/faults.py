"""From what came back to what the hub is told: envelope and code decide, the status where there is no code; no I/O."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hub.adapters import Conflict, Fault, Outcome, Rejected, Unauthorised, Unknown, Waiting
from hub.errors import AuthorisationLost, BooksProblem, ErrorClass, HubError
from hub.http import Action, Meaning, Met, Reply, meaning_of
from hub.http.meaning import met_with
from hub_quickbooks.catalogue import CATALOGUE, PASSING, Does, Entry
from hub_quickbooks.envelopes import Envelope, Said, open_envelope

_ORDER = (Does.LOOK, Does.RECONNECT, Does.WAIT, Does.STALE, Does.NAME, Does.NUMBER, Does.GONE, Does.REFUSED)
_REFUSALS = ("VALIDATION", "AUTHORIZATION", "AUTHENTICATION")
_THROTTLED = 3001
_BUSINESS_RULE = 6000
_TOKEN = (100, 110, 3200)
"""Codes that a newer token mends; the others of lost authorisation need a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Why there is no answer to use. `entry` is None where the books gave no code that is known."""

    meaning: Meaning
    message: str
    entry: Entry | None = None
    errors: tuple[Said, ...] = ()
    seconds: float = 60
    request_id: str = ""

    @property
    def does(self) -> Does:
        """What it says of the request it answers."""
        match self.meaning:
            case Meaning.WAIT:
                return Does.WAIT
            case Meaning.RECONNECT:
                return Does.RECONNECT
            case Meaning.REFUSED:
                return self.entry.does if self.entry else Does.REFUSED
            case Meaning.LOOK | Meaning.AGAIN | Meaning.DONE:
                return Does.LOOK

    @property
    def by_a_rule(self) -> bool:
        """Whether QuickBooks says no more than that a business rule forbids it."""
        return self.entry is not None and self.entry.code == _BUSINESS_RULE

    @property
    def token(self) -> bool:
        """Whether it is only the token that QuickBooks does not take."""
        return self.entry is None or self.entry.code in _TOKEN

    @property
    def word(self) -> str:
        """The stable code that programs see."""
        if self.entry is not None:
            return f"quickbooks_{self.entry.word}"
        return "quickbooks_refused"


def trouble_in(action: Action, reply: Reply, throttle: float) -> tuple[Trouble | None, Envelope]:
    """What is wrong with a reply as a whole, and its envelope; None when its content may be read."""
    envelope = open_envelope(reply.body)
    readable = envelope.content is not None
    met = met_with(reply.status, readable=readable)
    if met is Met.ANSWERED:
        return None, envelope
    if envelope.errors:
        found = judge(action, envelope.errors, reply.status, kind=envelope.kind, throttle=throttle)
    else:
        words = f"QuickBooks answered {reply.status} with {_what(envelope)}"
        found = Trouble(meaning=meaning_of(action, met), message=words, seconds=throttle)
    seconds = _retry_after(reply, found.seconds)
    named = f" (request {reply.request_id})" if reply.request_id else ""
    return replace(found, seconds=seconds, request_id=reply.request_id, message=found.message + named), envelope


def judge(
    action: Action, errors: Sequence[Said], status: int = 400, *, kind: str = "", throttle: float = 60
) -> Trouble:
    """What these errors mean for what was asked. A status of 5xx makes a refusal doubtful; a code is taken at its word
    where it says that nothing was done."""
    known = [CATALOGUE[said.code] for said in errors if said.code in CATALOGUE]
    entry = min(known, key=lambda each: _ORDER.index(each.does), default=None)
    words = "; ".join(said.words for said in errors)
    met = met_with(status, readable=False)
    if status == 200:
        met = Met.REFUSED  # a fault inside a good answer
    meaning = meaning_of(action, met)
    if entry is not None:
        meaning = _of_entry(action, entry, met, words)
    elif met is Met.REFUSED and _doubtful(kind, status):
        meaning = meaning_of(action, Met.SERVER_FAILED)
    code = "/".join(str(said.code) for said in errors if said.code)
    return Trouble(
        meaning=meaning,
        entry=entry,
        errors=tuple(errors),
        message=f"QuickBooks says: {words}" + (f" [{code}]" if code else ""),
        seconds=max(throttle, 0) if entry is None or entry.code == _THROTTLED else entry.wait or throttle,
    )


def _doubtful(kind: str, status: int) -> bool:
    """Whether a fault of no known code leaves open what happened: inside a good answer, what is no clear refusal."""
    if kind.upper() in ("SYSTEMFAULT", "SYSTEM", "SERVICE"):
        return True
    return status == 200 and not kind.upper().startswith(_REFUSALS)


def _of_entry(action: Action, entry: Entry, met: Met, words: str) -> Meaning:
    doubtful = meaning_of(action, Met.SERVER_FAILED)
    if entry.does is Does.WAIT and (met is not Met.SERVER_FAILED or entry.code == _THROTTLED):
        return Meaning.WAIT  # with a 5xx, maintenance may have begun in the middle of it
    if met is Met.SERVER_FAILED or entry.does is Does.LOOK:
        return doubtful
    if entry.does is Does.RECONNECT:
        return Meaning.RECONNECT
    if entry.code == 6000 and any(phrase in words.casefold() for phrase in PASSING):
        return doubtful
    return meaning_of(action, Met.REFUSED) if met in (Met.REFUSED, Met.ANSWERED) else meaning_of(action, met)


def outcome_of(trouble: Trouble, now: datetime, holder: str | None = None) -> Outcome:
    """What the hub is told of one request. `holder` is what a lookup found in the way."""
    match trouble.does:
        case Does.WAIT:
            return Waiting(until=now + timedelta(seconds=trouble.seconds), reason=trouble.message)
        case Does.RECONNECT:
            return Unauthorised(message=f"{trouble.message}. {_fix(trouble)}".strip(), token=trouble.token)
        case Does.LOOK:
            return Unknown(message=trouble.message)
        case Does.STALE:
            return Conflict(code=Conflict.STALE_VERSION, message=trouble.message)
        case Does.NAME:
            return Conflict(code=Conflict.DUPLICATE_NAME, message=trouble.message, remote_id=holder)
        case Does.NUMBER:
            return Conflict(code=Conflict.DUPLICATE_NUMBER, message=trouble.message, remote_id=holder)
        case Does.GONE | Does.REFUSED:
            error = trouble.entry.error if trouble.entry else ErrorClass.VALIDATION
            return Rejected(fault=Fault(error=error, code=trouble.word, message=trouble.message, fix=_fix(trouble)))


def raised(trouble: Trouble) -> HubError:
    """The error for a read that gave nothing."""
    if trouble.meaning is Meaning.RECONNECT:
        return AuthorisationLost(trouble.message, fix=_fix(trouble), token=trouble.token)
    fix = _fix(trouble) if trouble.meaning is Meaning.REFUSED else "Try again later."
    return BooksProblem(trouble.message, fix=fix, details={"request_id": trouble.request_id})


def _fix(trouble: Trouble) -> str:
    if trouble.entry is None:
        return "Read QuickBooks' own words; mend it there or in the source."
    return f"{trouble.entry.fix} See {trouble.entry.docs}"


def _what(envelope: Envelope) -> str:
    if envelope.content is not None:
        return "a document"
    return {"empty": "nothing", "html": "a web page", "xml": "XML"}.get(envelope.shape.value, "something unreadable")


def _retry_after(reply: Reply, otherwise: float) -> float:
    """`Retry-After` in seconds where it is given; no documentation promises it."""
    given = next((value for key, value in reply.headers.items() if key.lower() == "retry-after"), "")
    return float(given) if given.isascii() and given.isdigit() and int(given) <= 3600 else otherwise
