"""Arguments and options that many commands share, each described once."""

from __future__ import annotations

from typing import Annotated

import typer

from hub.errors import UsageError

LARGEST = 2**63 - 1
"""The largest id a database can hold."""


def whole(text: str) -> int:
    """An id as typed; UsageError for anything but a positive whole number that a database can hold."""
    if not (text.isascii() and text.isdigit()) or not 0 < int(text[:20]) <= LARGEST:
        raise UsageError(f"{text!r} is not an id.", fix="Give a whole number, as the lists show it.")
    return int(text)


Company = Annotated[str, typer.Argument(metavar="COMPANY", help="the company's id, see `hub company list`")]
Connection = Annotated[str, typer.Argument(metavar="CONNECTION", help="COMPANY/NAME, see `hub connections`")]
Type = Annotated[str, typer.Argument(metavar="TYPE", help="record type: customer, item, ship_doc, payment, …")]
SourceId = Annotated[str, typer.Argument(metavar="SOURCE_ID", help="the record's id in the source")]
Job = Annotated[int, typer.Argument(metavar="JOB", parser=whole, help="the job's id, see `hub jobs`")]
PlanId = Annotated[
    int | None, typer.Option("--plan", metavar="PLAN", parser=whole, help="send exactly this plan, see `hub plan`")
]

AsJson = Annotated[bool, typer.Option("--json", help="print one JSON document and nothing else")]
Reason = Annotated[str | None, typer.Option("--reason", metavar="TEXT", help="why, for the audit trail")]
On = Annotated[str | None, typer.Option("--connection", metavar="CONNECTION", help="where the company has several")]
Name = Annotated[str | None, typer.Option("--name", metavar="NAME", help="the entity's exact name in the books")]
RemoteId = Annotated[str | None, typer.Option("--remote-id", metavar="ID", help="the entity's id in the books")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="do not ask")]
Pairs = Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="a setting; may be repeated")]


def read_pairs(pairs: list[str] | None) -> dict[str, str]:
    """`KEY=VALUE` words as a mapping; UsageError names the one that is none, or is given twice."""
    found: dict[str, str] = {}
    for pair in pairs or []:
        key, equals, value = pair.partition("=")
        key = key.strip()
        if not equals or not key:
            raise UsageError(f"--set needs KEY=VALUE, not {pair!r}.", fix="Write it without spaces: --set key=value.")
        if key in found:
            raise UsageError(f"--set names {key} twice.", fix="Give each setting once.")
        found[key] = value
    return found


def name_or_id(name: str | None, remote_id: str | None) -> None:
    """UsageError unless exactly one of the two names the entity in the books."""
    if (name is None) == (remote_id is None):
        raise UsageError("Say which entity in the books is meant.", fix="Give either --name NAME or --remote-id ID.")
