"""Commands by which a person decides about a record: undo, prevent, allow, detach, proxy, link."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.output import clean, console, say
from hub.cli.params import AsJson, Company, Name, On, Reason, RemoteId, SourceId, Type, Yes, name_or_id
from hub.cli.records import brief
from hub.cli.session import opened
from hub.errors import BooksProblem, HubError, Refused, UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from hub.app import Hub


def undo(
    company: Company,
    type: Type,
    source_id: SourceId,
    connection: On = None,
    reason: Reason = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Undo the sync of a transaction.

    It is re-opened, and the next job removes the books' copy. The books are asked first how they would do that, or
    why they would refuse; on a terminal you see it and confirm.
    """
    with opened() as hub:
        plans = _ask_books(hub, company, type, source_id)
        asked = interactive() and not yes and not as_json
        if asked:
            _plans(console(), plans)
            confirm(f"Undo the sync of {type} {source_id}?")
        undone = hub.undo(company, type, source_id, connection=connection, reason=reason)
    say(undone, as_json, lambda out, record: _undone(out, record, [] if asked else plans))


def prevent(
    company: Company,
    type: Type,
    source_id: SourceId,
    connection: On = None,
    reason: Reason = None,
    as_json: AsJson = False,
) -> None:
    """Keep an open transaction out of the queue, whatever its status becomes."""
    with opened() as hub:
        prevented = hub.prevent(company, type, source_id, connection=connection, reason=reason)
    say(prevented, as_json, brief)


def allow(
    company: Company,
    type: Type,
    source_id: SourceId,
    connection: On = None,
    reason: Reason = None,
    as_json: AsJson = False,
) -> None:
    """Let a prevented transaction sync again.

    One that stands in a trigger status is queued at once.
    """
    with opened() as hub:
        allowed = hub.allow(company, type, source_id, connection=connection, reason=reason)
    say(allowed, as_json, _allowed)


def detach(
    company: Company,
    type: Type,
    source_id: SourceId,
    connection: On = None,
    reason: Reason = None,
    as_json: AsJson = False,
) -> None:
    """Keep the books' copy of a transaction and stop syncing it, in one step."""
    with opened() as hub:
        detached = hub.detach(company, type, source_id, connection=connection, reason=reason)
    say(detached, as_json, brief)


def link(
    company: Company,
    type: Type,
    source_id: SourceId,
    keep: Annotated[str, typer.Option("--keep", metavar="source|books", help="whose values win")] = "",
    name: Name = None,
    remote_id: RemoteId = None,
    connection: On = None,
    reason: Reason = None,
    as_json: AsJson = False,
) -> None:
    """Say which entity in the books a record is, and whose values win."""
    name_or_id(name, remote_id)
    if keep not in ("source", "books"):
        raise UsageError("Say whose values win.", fix="Give --keep source or --keep books.")
    with opened() as hub:
        linked = hub.link(
            company, type, source_id, keep=keep, name=name, remote_id=remote_id, connection=connection, reason=reason
        )
    say(linked, as_json, brief)


def proxy_set(
    company: Company,
    type: Type,
    source_id: SourceId,
    name: Name = None,
    remote_id: RemoteId = None,
    connection: On = None,
    reason: Reason = None,
    as_json: AsJson = False,
) -> None:
    """Post with another entity of the books in place of this record, which is itself not synced."""
    name_or_id(name, remote_id)
    with opened() as hub:
        shown = hub.set_proxy(
            company, type, source_id, name=name, remote_id=remote_id, connection=connection, reason=reason
        )
    say(shown, as_json, brief)


def proxy_clear(
    company: Company,
    type: Type,
    source_id: SourceId,
    connection: On = None,
    reason: Reason = None,
    as_json: AsJson = False,
) -> None:
    """Take a proxy away; the record is queued to be created."""
    with opened() as hub:
        shown = hub.clear_proxy(company, type, source_id, connection=connection, reason=reason)
    say(shown, as_json, brief)


COMMANDS = {"undo": undo, "prevent": prevent, "allow": allow, "detach": detach, "link": link}
PROXY = {"set": proxy_set, "clear": proxy_clear}


class Declined(HubError):
    """The person was asked and said no."""

    default_code = "declined"


def interactive() -> bool:
    """Whether a person sits at a terminal and can answer."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()


def confirm(question: str) -> None:
    """Ask on a terminal; elsewhere nobody is there to answer, and the command itself is the answer."""
    if interactive() and not typer.confirm(question):
        raise Declined("Nothing was changed.", fix="Give --yes to answer in advance.")


def _ask_books(hub: Hub, company: str, type: str, source_id: str) -> list[dict[str, Any]]:
    """How the books would take the document out; Refused, in their words, when none of them would (U8)."""
    from hub.model import ENTITIES, RecordType, parse_type

    if parse_type(type) in ENTITIES | {RecordType.PAYMENT, RecordType.REFUND}:
        return []  # never undone (U7): the hub says so itself
    try:
        plans = hub.plan_undo(company, type, source_id)
    except BooksProblem as fault:
        return [{"connection": "The books could not be asked first", "how": None, "refusal": fault.as_dict()}]
    refusals = [plan["refusal"] for plan in plans if plan["refusal"]]
    if refusals and len(refusals) == len(plans):
        first = refusals[0]
        raise Refused(first["message"], code=first["code"], fix=first["fix"], details={"plans": plans})
    return plans


def _plans(out: Console, plans: list[dict[str, Any]]) -> None:
    for plan in plans:
        if refusal := plan["refusal"]:
            words = f"{plan['connection']}: {refusal['message']} {refusal['fix']}"
            out.print(clean(words), style="yellow", soft_wrap=True)
        else:
            out.print(clean(f"{plan['connection']}: the next job takes it out of the books ({plan['how']})."))


def _undone(out: Console, record: dict[str, Any], plans: list[dict[str, Any]]) -> None:
    _plans(out, plans)
    brief(out, record)


def _allowed(out: Console, record: dict[str, Any]) -> None:
    brief(out, record)
    if record["queued"]:
        out.print(f"It is queued again on {', '.join(record['queued'])}.")
