"""Commands of proof: whether the history is whole, and whether source and books agree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.output import amount, clean, counted, listed, local, number, say, table
from hub.cli.params import AsJson, Connection
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


def reconcile(
    connection: Connection,
    since: Annotated[str | None, typer.Option("--from", metavar="DATE", help="first day; default: no bound")] = None,
    until: Annotated[str | None, typer.Option("--to", metavar="DATE", help="last day; default: no bound")] = None,
    as_json: AsJson = False,
) -> int:
    """Compare the documents of the source with those in the books, over a period.

    Each falls into one bucket: matched, missing in the books, extra in the books, diverged, unknown, or excluded with
    its reason. Exit code 3 when anything but matched and excluded is there, or not all could be looked at.
    """
    with opened() as hub:
        made = hub.reconcile(connection, since=since, until=until)
    say(made, as_json, _statement)
    return Exit.DONE if made["agrees"] else Exit.JOB_HAD_ERRORS


COMMANDS = {"reconcile": reconcile, "verify": verify}

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
            rows = [(each["seal"], local(each["at"]), each["message"]) for each in report["breaks"][:SHOWN]]
            table(out, ["seal", "when", "what"], rows)
            if report["total_breaks"] > SHOWN:
                out.print(f"and {number(report['total_breaks'] - SHOWN)} more", style="dim")
        out.print(clean(f"Head, to be kept outside: {report['head']}"), soft_wrap=True)


_BUCKETS = ("missing", "extra", "diverged", "unknown")
_WORDS = {"missing": "missing in the books", "extra": "extra in the books"}


def _statement(out: Console, made: dict[str, Any]) -> None:
    period = f"from {made['from'] or 'the first day'} to {made['to'] or 'the last'}"
    out.print(clean(f"{made['connection']} and the books of {made['books']['name']}, {period}"), style="bold")
    for currency in dict.fromkeys(row["currency"] for row in made["sums"]):
        out.print()
        _totals(out, made, currency)
    if not made["sums"]:
        out.print("Neither side has a document in this period.")
    for bucket in _BUCKETS:
        _exceptions(out, bucket, [item for item in made["items"] if item["bucket"] == bucket])
    if made["excluded"]:
        out.print()
        rows = [(number(count), reason) for reason, count in made["excluded"].items()]
        table(out, ["excluded", "because"], rows[:SHOWN], right=("excluded",))
    out.print()
    out.print(_verdict(made), style="green" if made["agrees"] else "bold yellow")
    for note in made["notes"]:
        out.print(clean(note), style="yellow")
    source = made["made_from"]
    head = (source["history_head"] or "nothing")[:20]
    made_from = f"Made {local(source['at'])}, after job {source['last_job'] or 'none'}, of a history up to {head}"
    out.print(clean(f"{made_from}; digest {made['digest']}"), style="dim", soft_wrap=True)


def _totals(out: Console, made: dict[str, Any], currency: str | None) -> None:
    """One currency: a row for each type and side, the buckets as columns; under several types of a group its sum."""
    rows = []
    for group in (row for row in made["sums"] if row["currency"] == currency):
        types = [row for row in made["totals"] if (row["group"], row["currency"]) == (group["group"], currency)]
        for row in [*types, *([group] if len(types) > 1 else [])]:
            name = row["type"].replace("_", " ") if row["type"] else f"= {row['group']}"
            for side in ("source", "books"):
                cells = row[side]
                found = cells["missing" if side == "source" else "extra"]
                rows.append((name, side, *(_figure(cells[each]) for each in ("total", "matched")), _figure(found),
                             *(_figure(cells[each]) for each in ("diverged", "unknown", "excluded"))))  # fmt: skip
                name = ""
    columns = ["total", "= matched", "+ missing | extra", "+ diverged", "+ unknown", "+ excluded"]
    table(out, [currency or "no currency", "", *columns], rows, right=columns)


def _figure(cell: dict[str, Any]) -> str:
    return f"{cell['amount']} ({number(cell['count'])})" if cell["count"] else "-"


def _exceptions(out: Console, bucket: str, items: list[dict[str, Any]]) -> None:
    if not items:
        return
    out.print()
    out.print(f"{_WORDS.get(bucket, bucket).capitalize()}: {number(len(items))}", style="bold")
    rows = []
    for item in items[:SHOWN]:
        side = item["source"] or item["books"]
        differs = "; ".join(f"{each['field']} {each['source']} here, {each['books']} there" for each in item["differs"])
        why = ": ".join(words for words in (differs, item["reason"]) if words)
        rows.append((item["type"].replace("_", " "), item["source_id"], item["number"], item["remote_id"], side["date"],
                     amount(side), why, item["fix"]))  # fmt: skip
    columns = ["type", "source id", "number", "id in the books", "date", "amount", "why", "what to do"]
    table(out, columns, rows, right=("amount",))
    if len(items) > SHOWN:
        out.print(f"and {number(len(items) - SHOWN)} more; --json has all of them", style="dim")


def _verdict(made: dict[str, Any]) -> str:
    sums = "The buckets sum to what was read on both sides."
    if not made["adds_up"]:
        sums = "The buckets do NOT sum to what was read: report this to the hub's maintainers."
    if made["exceptions"]:
        return f"{counted(made['exceptions'], 'exception')}. {sums}"
    return f"Source and books agree. {sums}" if made["agrees"] else f"No exception was found. {sums}"
