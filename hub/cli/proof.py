"""Commands of proof: whether the history is whole, and whether source and books agree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.output import clean, counted, listed, local, number, say, table
from hub.cli.params import AsJson
from hub.cli.session import opened
from hub.errors import Exit

if TYPE_CHECKING:
    from rich.console import Console


def verify(
    company: Annotated[str | None, typer.Argument(metavar="[COMPANY]", help="one company; default: all")] = None,
    head: Annotated[
        str | None, typer.Option("--head", metavar="NUMBER:HASH", help="a head that was kept outside the database")
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Check that the history is as it was written.

    It prints the head of each company's chain: keep it outside, and give it with `--head` next time. Exit code 3 when
    anything was changed, taken out, slipped in or cut off.
    """
    from hub.errors import UsageError

    if head is not None and company is None:
        raise UsageError("A head belongs to one company.", fix="Name it: hub verify COMPANY --head NUMBER:HASH.")
    with opened() as hub:
        companies = [company] if company is not None else [each["id"] for each in hub.companies()]
        reports = [hub.verify(each, head=head) for each in companies]
    say(listed(reports) if company is None else reports[0], as_json, lambda out, _: _verified(out, reports))
    return Exit.DONE if all(report["whole"] for report in reports) else Exit.JOB_HAD_ERRORS


COMMANDS = {"verify": verify}

SHOWN = 50
"""Rows that a person is shown of one list; --json has them all."""


def _verified(out: Console, reports: list[dict[str, Any]]) -> None:
    if not reports:
        out.print("There is no company yet.\nNext: hub company add NAME")
    for report in reports:
        size = f"{counted(report['entries'], 'row')} in {counted(report['seals'], 'seal')}"
        if report["whole"]:
            out.print(f"{report['company']}: the history is whole: {size}.")
        else:
            since = f" since {local(report['broken_since'])}" if report["broken_since"] else ""
            out.print(f"{report['company']}: the history is broken{since}: {size}.", style="bold red")
            table(out, ["seal", "when", "what"],
                  [(each["seal"], local(each["at"]), each["message"]) for each in report["breaks"][:SHOWN]])  # fmt: skip
            if report["total_breaks"] > SHOWN:
                out.print(f"and {number(report['total_breaks'] - SHOWN)} more", style="dim")
        out.print(clean(f"Head, to be kept outside: {report['head']}"), soft_wrap=True)
