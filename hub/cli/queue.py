"""Commands of the Sync Queue: list it, remove, hold and release requests, and the open conflicts."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.decisions import confirm
from hub.cli.output import amount, cell, clean, counted, error_words, local, number, say, table, timed
from hub.cli.params import AsJson, Connection, Reason, Yes, whole
from hub.cli.session import opened
from hub.errors import UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from hub.app import Hub

PORTION = 5000
"""Requests handed to the hub at once, well below what one SQL statement can name."""

OfType = Annotated[str | None, typer.Option("--type", metavar="TYPE", help="only this record type")]
Operation = Annotated[str | None, typer.Option("--operation", metavar="create|update|delete", help="only these")]
InState = Annotated[
    str | None, typer.Option("--state", metavar="STATE", help="only waiting, locked, held or unknown ones")
]
OfError = Annotated[str | None, typer.Option("--error", metavar="CLASS", help="only with an error of this class")]
Search = Annotated[str | None, typer.Option("--search", metavar="TEXT", help="only with this text in title or id")]
Requests = Annotated[list[int] | None, typer.Argument(metavar="PSR", parser=whole, help="ids from the list")]
All = Annotated[bool, typer.Option("--all", help="all that the filters let through")]


def list_(
    connection: Connection,
    type: OfType = None,
    operation: Operation = None,
    state: InState = None,
    error: OfError = None,
    search: Search = None,
    sort: Annotated[
        str, typer.Option("--sort", metavar="KEY|-KEY", help="position, age, type, amount, attempts, …; - turns it")
    ] = "position",
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, help="rows a page, at most 1000")] = 50,
    after: Annotated[str | None, typer.Option("--after", metavar="CURSOR", help="`next` of the page before")] = None,
    as_json: AsJson = False,
) -> None:
    """List what waits to be sent to the books: why, and what went wrong."""
    chosen = _filter(type, operation, state, error, search)
    with opened() as hub:
        page = hub.queue(connection, sort=sort, limit=limit, after=after, **chosen)
    narrowed = any(chosen.values())
    say(page, as_json, lambda out, data: _queue(out, data, connection, narrowed))


def remove(
    connection: Connection,
    psr: Requests = None,
    every: All = False,
    type: OfType = None,
    operation: Operation = None,
    state: InState = None,
    error: OfError = None,
    search: Search = None,
    reason: Reason = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Take requests out of the queue.

    All that are named go or, when a rule refuses one, none. An entity's change then never reaches the books; a
    transaction that was never sent is re-opened.
    """
    chosen = _filter(type, operation, state, error, search)
    with opened() as hub:
        ids = _chosen(hub, connection, psr, every, chosen, "remove", yes or as_json, as_json)
        removed = hub.remove(connection, ids, reason) if ids else []
    say({"removed": removed, "total": len(removed)}, as_json, _removed)


def hold(
    connection: Connection,
    psr: Requests = None,
    every: All = False,
    type: OfType = None,
    operation: Operation = None,
    error: OfError = None,
    search: Search = None,
    reason: Reason = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Hold waiting requests until somebody releases them; needs --reason."""
    chosen = _filter(type, operation, "waiting", error, search)
    if not (reason or "").strip():
        raise UsageError("A hold needs a reason.", fix="Say why, with --reason TEXT.")
    with opened() as hub:
        ids = _chosen(hub, connection, psr, every, chosen, "hold", yes or as_json, as_json)
        held = sum(hub.hold(connection, part, reason or "") for part in _portions(ids))
    say({"held": held}, as_json, lambda out, _: out.print(f"{number(held)} held."))


def release(
    connection: Connection,
    psr: Requests = None,
    every: All = False,
    type: OfType = None,
    operation: Operation = None,
    error: OfError = None,
    search: Search = None,
    reason: Reason = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Release held requests.

    One that is to be checked by hand is released as *not in the books*: the next job sends it again.
    """
    chosen = _filter(type, operation, "held", error, search)
    with opened() as hub:
        ids = _chosen(hub, connection, psr, every, chosen, "release", yes or as_json, as_json)
        released = sum(hub.release(connection, part, reason) for part in _portions(ids))
    say({"released": released}, as_json, lambda out, _: out.print(f"{number(released)} released."))


def conflicts(connection: Connection, as_json: AsJson = False) -> None:
    """List the open conflicts: cause, what each blocks, and how to resolve it."""
    with opened() as hub:
        found = hub.conflicts(connection)
    say(found, as_json, _conflicts)


COMMANDS = {"conflicts": conflicts}
QUEUE = {"list": list_, "remove": remove, "hold": hold, "release": release}

_KNOWN = {
    "operation": ("create", "update", "delete"),
    "state": ("waiting", "locked", "held", "unknown"),
}


def _filter(
    type: str | None, operation: str | None, state: str | None, error: str | None, search: str | None
) -> dict[str, str | None]:
    """The filter's fields; a word that can match nothing is a mistake, not an empty list."""
    from hub.errors import ErrorClass
    from hub.model import parse_type

    if type is not None:
        parse_type(type)
    known = {**_KNOWN, "error": tuple(each.value for each in ErrorClass)}
    for option, value in (("operation", operation), ("state", state), ("error", error)):
        if value is not None and value not in known[option]:
            raise UsageError(f"There is no {option} {value!r}.", fix=f"Use one of {', '.join(known[option])}.")
    return {"type": type, "operation": operation, "state": state, "error": error, "search": search}


def _chosen(
    hub: Hub,
    connection: str,
    given: list[int] | None,
    every: bool,
    chosen: dict[str, str | None],
    verb: str,
    sure: bool,
    quiet: bool,
) -> list[int]:
    """The ids to act on: those named, or with --all those the filters let through, counted first."""
    if every == bool(given):
        raise UsageError(f"Say which requests to {verb}.", fix="Name their ids, or give --all, filtered or not.")
    if given:
        return list(dict.fromkeys(given))
    ids = hub.matching(connection, **chosen)
    if not quiet:
        print(f"{counted(len(ids), 'request')} to {verb}.", file=sys.stderr)
    if ids and not sure:
        confirm(f"{verb.capitalize()} all of them?")
    return ids


def _portions(ids: list[int]) -> list[list[int]]:
    return [ids[at : at + PORTION] for at in range(0, len(ids), PORTION)]


def _queue(out: Console, page: Mapping[str, Any], connection: str, narrowed: bool) -> None:
    rows = page["items"]
    if not rows:
        if page["total"]:
            out.print("No further rows.")
        elif narrowed:
            out.print("Nothing in the queue matches these filters.")
        else:
            out.print("The queue is empty: everything is sent, or nothing was saved yet.")
            out.print(f"Next: hub jobs {connection}, or hub load {connection.partition('/')[0]} FILE")
        return
    table(
        out,
        ["id", "to do", "type", "source id", "title", "amount", "state", "tries", "queued", "why"],
        [
            (row["id"], row["operation"], row["type"].replace("_", " "), row["source_id"],
             row["title"] if row["title"] != row["source_id"] else "", amount(row), row["state"],
             row["attempts"] or "", local(row["queued_at"]), error_words(row["error"]) or timed(row["reason"] or ""))
            for row in rows
        ],
        right=("id", "amount", "tries"),
    )  # fmt: skip
    told = f"{number(len(rows))} of {number(page['total'])}"
    out.print(told + (f"; the next page: --after {page['next']}" if page["next"] else ""), style="dim")


def _removed(out: Console, data: Mapping[str, Any]) -> None:
    for one in data["removed"]:
        again = "; the transaction is open again" if one["reopened"] else ""
        words = f"{one['operation']} of {one['type'].replace('_', ' ')} {one['source_id']}"
        out.print(clean(f"Removed: {words}{again}."))
    if not data["removed"]:
        out.print("Nothing was removed.")


def _value(value: Any) -> str:
    return "nothing" if value in (None, "", [], {}) else str(cell(value))


def _conflicts(out: Console, data: Mapping[str, Any]) -> None:
    if not data["items"]:
        out.print("No open conflicts.")
        return
    for at, one in enumerate(data["items"]):
        if at:
            out.print()
        title = f"{one['type'].replace('_', ' ')} {one['source_id']} · {one['title']}"
        out.print(clean(f"{one['kind'].replace('_', ' ')}: {title}"), style="bold red")
        out.print(clean(f"  {one['message']}"), soft_wrap=True)
        for clash in one["details"].get("clashes", ()):
            was, ours, theirs = (_value(clash[side]) for side in ("base", "source", "books"))
            out.print(
                clean(f"  {clash['field']}: was {was}; the source says {ours}, the books {theirs}"), soft_wrap=True
            )
        blocked = [each for each in one["blocks"] if each["source_id"] != one["source_id"]]
        if blocked:
            names = ", ".join(f"{each['type'].replace('_', ' ')} {each['source_id']}" for each in blocked[:10])
            more = f" and {len(blocked) - 10} more" if len(blocked) > 10 else ""
            out.print(clean(f"  blocks: {names}{more}"), soft_wrap=True)
        for action in one["actions"]:
            out.print(clean(f"  → {action}"), soft_wrap=True)
