"""Commands for one record: put, delete and show it; and what the source must apply on its side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.files import decode, opened_file
from hub.cli.output import clean, fields, local, say, table, timed
from hub.cli.params import LARGEST, AsJson, Company, SourceId, Type
from hub.cli.session import opened
from hub.errors import InvalidInput

if TYPE_CHECKING:
    from rich.console import Console


def put(
    company: Company,
    type: Type,
    source_id: SourceId,
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="its JSON; -, the default, is standard input")] = "-",
    as_json: AsJson = False,
) -> None:
    """Create or change one record from a JSON object."""
    from hub.model import read_json

    with opened_file(file) as source:
        data = read_json(decode(source.read()))
    if not isinstance(data, Mapping):
        raise InvalidInput("A record must be a JSON object.", code="invalid_record", fix="Put it in { }.")
    for field, said in (("type", type), ("source_id", source_id)):
        if data.get(field, said) != said:
            raise InvalidInput(
                f"The JSON says {field} {data[field]!r}, the command says {said!r}.",
                code="invalid_record",
                fix="Correct one of them.",
            )
    with opened() as hub:
        saved = hub.put(company, type, source_id, data)
    say(saved, as_json, brief)


def delete(company: Company, type: Type, source_id: SourceId, as_json: AsJson = False) -> None:
    """Delete a record; its copy in the books is queued to be deleted."""
    with opened() as hub:
        deleted = hub.delete(company, type, source_id)
    say(deleted, as_json, brief)


def show(company: Company, type: Type, source_id: SourceId, as_json: AsJson = False) -> None:
    """Show a record: its content, how it stands on each connection, and its history."""
    with opened() as hub:
        found = hub.show(company, type, source_id)
    say(found, as_json, _record)


def changes(
    company: Company,
    after: Annotated[int, typer.Option("--after", metavar="ID", min=0, max=LARGEST, help="only those after it")] = 0,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, max=10_000, help="at most so many")] = 500,
    as_json: AsJson = False,
) -> None:
    """List what the source must apply on its side: entities changed, transactions re-opened."""
    with opened() as hub:
        found = hub.changes(company, after, limit)
    say(found, as_json, lambda out, data: _changes(out, data, company, limit))


COMMANDS = {"put": put, "delete": delete, "show": show, "changes": changes}


def brief(out: Console, record: dict[str, Any]) -> None:
    """A record in a line, and how it stands on each connection."""
    out.print(_headline(record))
    _standing(out, record)


def _headline(record: dict[str, Any]) -> str:
    words = f"{record['type'].replace('_', ' ')} {record['source_id']}"
    title = record.get("name") or record.get("number")
    flags = [word for word in ("prevented", "deleted") if record[word]]
    if record["status"] and not record["fully_recorded"]:
        flags.append("not fully recorded")
    facts = ([str(record["status"])] if record["status"] else []) + flags
    told = f" · {title}" if title and title != record["source_id"] else ""
    return clean(f"{words}{told}{' · ' + ', '.join(facts) if facts else ''}")


def _standing(out: Console, record: dict[str, Any]) -> None:
    if not record["sync"]:
        out.print(f"Its company has no connection yet.\nNext: hub connect {record['company']} ADAPTER")
        return
    rows = []
    for one in record["sync"]:
        error = one["error"]
        why = timed(f"{error['message']} → {error['fix']}" if error else one.get("reason") or "")
        proxy = f"proxy {one['proxy']['name'] or one['proxy']['remote_id']}" if one["proxy"] else None
        rows.append((one["connection"], one["state"], one["operation"], one["remote_id"], why or proxy))
    table(out, ["connection", "state", "to do", "id in the books", "why"], rows)


def _record(out: Console, record: dict[str, Any]) -> None:
    brief(out, record)
    out.print()
    data = dict(record["data"])
    parts = {name: data.pop(name) for name in ("lines", "applied_to") if data.get(name)}
    fields(out, {**data, "revision": record["revision"]})
    for name, rows in parts.items():
        out.print()
        columns = list(dict.fromkeys(key for row in rows for key in row))
        numeric = ("quantity", "unit_price", "discount_percent", "amount", "unit_cost", "debit", "credit")
        titles = [column.replace("_", " ") for column in columns]
        table(out, titles, [[row.get(column) for column in columns] for row in rows],
              right=[title for title, column in zip(titles, columns, strict=True) if column in numeric])  # fmt: skip
        if name == "applied_to":
            out.print("(applied to these documents)", style="dim")
    if record.get("history"):
        out.print()
        several = len({step["connection"] for step in record["history"] if step["connection"]}) > 1
        rows = [
            (local(step["at"]), step["says"], step["connection"] if several else None) for step in record["history"]
        ]
        table(out, ["when", "what happened", "where"], rows)


def _changes(out: Console, data: dict[str, Any], company: str, limit: int) -> None:
    if not data["items"]:
        out.print("Nothing to apply.")
        return
    rows = [
        (
            one["id"],
            local(one["at"]),
            one["kind"].replace("_", " "),
            one["type"].replace("_", " "),
            one["source_id"],
            one["data"].get("data") or one["data"],
        )
        for one in data["items"]
    ]
    table(out, ["id", "when", "what", "type", "source id", "details"], rows, right=("id",))
    words = "Those after these" if len(data["items"]) == limit else "That is all. What comes later"
    out.print(f"{words}: hub changes {company} --after {data['next']}", style="dim")
