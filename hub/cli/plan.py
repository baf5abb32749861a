"""The command that tells what the next job would do, before it does it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.output import amount, clean, counted, error_words, fields, number, say, table
from hub.cli.params import AsJson, Connection
from hub.cli.session import opened

if TYPE_CHECKING:
    from rich.console import Console


def plan(
    connection: Connection,
    limit: Annotated[
        int, typer.Option("--limit", metavar="N", min=1, max=1000, help="tell at most so many requests in full")
    ] = 200,
    as_json: AsJson = False,
) -> None:
    """Show what the next sync would send, in its order and field by field; nothing is changed.

    It prints the plan's id: `hub sync CONNECTION --plan ID` then sends exactly that, or refuses once it no longer
    holds.
    """
    with opened() as hub:
        made = hub.plan(connection, limit=limit)
    say(made, as_json, _plan)


COMMANDS = {"plan": plan}

_VERBS = {"create": "create", "update": "change", "delete": "take out"}


def _plan(out: Console, made: Mapping[str, Any]) -> None:
    sends, unsent = made["items"], made["unsent"]
    if sends:
        out.print(f"The next job would send, in this order{_of(len(sends), made['total'])}:", style="bold")
        table(
            out,
            ["", "does", "type", "source id", "title", "amount", "in detail"],
            [
                (one["position"], _does(one), one["type"].replace("_", " "), one["source_id"], one["title"],
                 amount(one), _detail(one))
                for one in sends
            ],
            right=("", "amount"),
        )  # fmt: skip
    else:
        out.print("The next job would send nothing.", style="bold")
    if unsent["items"]:
        out.print()
        out.print(f"It would not send{_of(len(unsent['items']), unsent['total'])}:", style="bold")
        table(
            out,
            ["", "does", "type", "source id", "title", "amount", "why"],
            [
                (one["outcome"], _VERBS[one["operation"]], one["type"].replace("_", " "), one["source_id"],
                 one["title"], amount(one), error_words(one["error"]) or one["reason"])
                for one in unsent["items"]
            ],
            right=("amount",),
        )  # fmt: skip
    out.print()
    if made["amounts"]:
        table(
            out,
            ["in all", "does", "type", "amount"],
            [
                (number(row["count"]), _VERBS[row["operation"]], row["type"].replace("_", " "), amount(row))
                for row in made["amounts"]
            ],
            right=("in all", "amount"),
        )
        out.print()
    for note in made["notes"]:
        out.print(clean(note), style="yellow")
    totals = ", ".join(f"{number(count)} {word}" for word, count in made["totals"].items() if count)
    fields(out, {"plan": made["id"], "totals": totals or "nothing to do"})
    if made["total"]:
        out.print(f"Next: hub sync {made['connection']} --plan {made['id']}")


def _of(shown: int, total: int) -> str:
    return f" (the first {number(shown)} of {counted(total, 'request')})" if shown < total else ""


def _does(one: Mapping[str, Any]) -> str:
    how = f" ({one['how']})" if one["how"] else ""
    return _VERBS[one["operation"]] + how


def _detail(one: Mapping[str, Any]) -> str:
    """Fields, what it refers to that is not there yet, and what the books say of it."""
    words = []
    for change in one["fields"]:
        new = "(emptied)" if change["new"] is None else _plain(change["new"])
        if one["operation"] == "create":
            words.append(f"{change['field']}: {new}")
        else:
            old = "(nothing)" if change["old"] is None else _plain(change["old"])
            words.append(f"{change['field']}: {old} → {new}")
    if one["fields_left_out"]:
        words.append(f"and {counted(one['fields_left_out'], 'field')} more")
    if one["operation"] == "update" and not words:
        words.append("the same once more")
    fresh = [f"{link['type'].replace('_', ' ')} {link['source_id']}" for link in one["links"]
             if link["created_by_this_job"]]  # fmt: skip
    if fresh:
        words.append(f"refers to {', '.join(fresh)}, which this job creates before")
    if one["notice"]:
        words.append(one["notice"])
    if one["conflict"]:
        words.append(f"WOULD BE REFUSED: {error_words(one['conflict'])}")
    return "; ".join(words)


def _plain(value: Any) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
