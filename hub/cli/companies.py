"""Commands that set things up: the database, adapters, companies, their connections and what those sync."""

from __future__ import annotations

import json
from collections.abc import Mapping
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from hub.cli.files import opened_file
from hub.cli.output import counted, fields, listed, say, table
from hub.cli.params import AsJson, Company, Connection, Pairs, read_pairs
from hub.cli.session import opened
from hub.errors import UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from hub.adapters import Identity


def init(as_json: AsJson = False) -> None:
    """Create or upgrade the database; on SQLite every command does it by itself."""
    with opened() as hub:
        hub.init()
        where = hub.database.url.render_as_string(hide_password=True)
    done = {"database": where, "ready": True}
    say(done, as_json, lambda out, _: out.print(f"The database {where} is ready.\nNext: hub company add NAME"))


def company_add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="the company's full name")], as_json: AsJson = False
) -> None:
    """Add a company and print the id by which other commands know it."""
    with opened() as hub:
        added = hub.add_company(name)
    say(added, as_json, lambda out, _: out.print(added["id"]))


def company_list(as_json: AsJson = False) -> None:
    """List the companies."""
    with opened() as hub:
        found = hub.companies()
    say(listed(found), as_json, _companies)


def connect(
    company: Company,
    adapter: Annotated[str, typer.Argument(metavar="ADAPTER", help="see `hub adapters`")],
    name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help="the connection's name; default: the adapter's")
    ] = None,
    pairs: Pairs = None,
    extensions: Annotated[
        list[str] | None,
        typer.Option("--extension", metavar="NAME", help="an extension plugin; may be repeated; an empty NAME: none"),
    ] = None,
    credentials: Annotated[
        str | None,
        typer.Option("--credentials", metavar="FILE|-", help="JSON of what the books gave you; - is standard input"),
    ] = None,
    sandbox: Annotated[
        str | None,
        typer.Option("--sandbox", metavar="URL", help="a local sandbox instead of the real books; it says yes at once"),
    ] = None,
    again: Annotated[
        bool, typer.Option("--authorise", help="ask for authorisation again, also where the present one works")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="the company that the books turn out to be is right")] = False,
    as_json: AsJson = False,
) -> None:
    """Connect a company to its books.

    Books that a person opens to the hub in a browser print the address for it, take the answer on a port of this
    machine, and show which company it is. Connecting anew resumes a paused connection and lays what is given over what
    it has: settings that are not named stay (--set key= takes one away), and so do credentials and extensions.
    """
    settings = read_pairs(pairs)
    if sandbox:
        settings["sandbox_url"] = sandbox
    secrets = _secrets(credentials) if credentials else None
    with opened() as hub:
        state = token_urlsafe(24)
        url = hub.authorise_url(company, adapter, state, name=name, settings=settings, credentials=secrets, again=again)
        if url is not None:
            from hub.cli.loopback import authorised

            secrets = {**(secrets or {}), **authorised(url, state)}
        made = hub.connect(
            company, adapter, name=name, settings=settings, credentials=secrets,
            extensions=None if extensions is None else [each for each in extensions if each],
            confirm=_is_right if url is not None and not yes else None,
        )  # fmt: skip
    say(made, as_json, _connected)


def _is_right(books: Identity) -> bool:
    return typer.confirm(f"These are the books of {books.name} ({books.id}). Connect to them?", err=True)


def connections(
    company: Annotated[str | None, typer.Argument(metavar="COMPANY", help="only this company's")] = None,
    as_json: AsJson = False,
) -> None:
    """List the connections, with the books they lead to and whether they work."""
    with opened() as hub:
        found = hub.connections(company)
    say(listed(found), as_json, _connections)


def policy(connection: Connection, pairs: Pairs = None, as_json: AsJson = False) -> None:
    """Show or change what a connection syncs and when.

    For example: --set ship_doc.trigger_statuses=shipped,closed --set conflicts=ask; an empty value (--set conflicts=)
    takes the setting away, and its default counts again.
    """
    with opened() as hub:
        given = read_pairs(pairs)
        current = hub.policy(connection)
        if given:
            current = hub.set_policy(connection, _changes(current, given))
        books = hub.connection(connection)["books"] or {}
    say(current, as_json, lambda out, data: _policy(out, data, books.get("closing_date")))


def adapters(as_json: AsJson = False) -> None:
    """List the installed adapters: what each can do, or why it cannot be used."""
    from hub.adapters import describe_adapter, find_adapters

    found = [describe_adapter(each) for each in find_adapters().values()]
    say(listed(found), as_json, _adapters)


COMMANDS = {
    "init": init, "adapters": adapters, "connect": connect, "connections": connections, "policy": policy,
}  # fmt: skip
COMPANY = {"add": company_add, "list": company_list}


def _secrets(file: str) -> Mapping[str, str]:
    """The credentials of a file: never on the command line, where others can read them. They are not told again."""
    from hub.credentials import need_texts

    with opened_file(file) as source:
        raw = source.read()
    try:
        found: Any = json.loads(raw)
    except ValueError:
        found = None
    need_texts(found)
    return cast("Mapping[str, str]", found)


def _changes(current: dict[str, Any], given: dict[str, str]) -> dict[str, Any]:
    """`type.field` words as the mapping that a policy is; lists are written with commas, nothing takes one away."""
    changes: dict[str, Any] = {}
    for key, value in given.items():
        type, dot, field = key.partition(".")
        if not dot:
            changes[key] = value.strip() or None
            continue
        rule = current.get(type)
        if not isinstance(rule, dict):
            known = ", ".join(name for name, rule in current.items() if isinstance(rule, dict))
            raise UsageError(f"There is no record type {type!r} in a policy.", fix=f"Use one of {known}.")
        is_list = isinstance(rule.get(field), list)
        words = [word.strip() for word in value.split(",") if word.strip()]
        changes.setdefault(type, {})[field] = (words if is_list else value.strip()) or None
    return changes


def _adapters(out: Console, data: dict[str, Any]) -> None:
    if not data["items"]:
        out.print("No adapter is installed.\nNext: install one, such as accounting-hub-mock.")
    for at, one in enumerate(data["items"]):
        if at:
            out.print()
        fields(
            out,
            {
                "adapter": f"{one['name']}  {one['version']}  {one['title'] or ''}".strip(),
                "status": one["status"],
                "why": one["reason"],
                "what to do": one["fix"],
                **_abilities(one["capabilities"] or {}),
                "settings": ", ".join(one["settings"] or ()),
            },
        )


def _abilities(can: dict[str, Any]) -> dict[str, str]:
    if not can or not can["types"]:
        return {}
    ways: dict[str, list[str]] = {}
    for type, direction in can["types"].items():
        ways.setdefault(direction, []).append(type.replace("_", " "))
    words = {"both": "sends and imports", "export": "sends", "import": "imports", "off": "leaves out"}
    found = {words[direction]: ", ".join(types) for direction, types in ways.items()}
    found["at once"] = f"{can['batch_size']} in a call, {can['concurrency']} calls in flight"
    if can["rate_per_minute"]:
        found["rate"] = f"{can['rate_per_minute']} calls a minute"
    memory = can["key_memory"]
    found["safety"] = "; ".join(
        [
            f"remembers a request's key for {memory:g} s" if memory else "remembers no keys",
            "finds documents by marker" if can["markers"] else "cannot search by marker",
            "guards against stale updates" if can["version_guard"] else "no guard against stale updates",
        ]
    )
    return found


def _companies(out: Console, data: dict[str, Any]) -> None:
    if not data["items"]:
        out.print("There is no company yet.\nNext: hub company add NAME")
        return
    table(out, ["id", "name"], [(one["id"], one["name"]) for one in data["items"]])


def _connected(out: Console, one: dict[str, Any]) -> None:
    out.print(f"{one['connection']} is connected to the books of {_books(one)}.")
    if one["queued"]:
        out.print(f"{counted(one['queued'], 'record')} already here, now queued.")
    for each in one["missing"]:
        out.print(f"Missing: {each['message']}\n         {each['fix']}", style="yellow")
    out.print(f"Next: hub sync {one['connection']}")


def _connections(out: Console, data: dict[str, Any]) -> None:
    if not data["items"]:
        out.print("There is no connection yet.\nNext: hub connect COMPANY ADAPTER")
        return
    rows = [(one["connection"], one["adapter"], one["state"], _books(one), one["reason"]) for one in data["items"]]
    table(out, ["connection", "adapter", "state", "books", "why"], rows)


def _books(one: dict[str, Any]) -> str:
    return str(one["books"]["name"] or one["books"]["id"]) if one["books"] else ""


def _policy(out: Console, data: dict[str, Any], books_closed: str | None) -> None:
    rules = {name: rule for name, rule in data.items() if isinstance(rule, dict)}
    entities = {name: rule for name, rule in rules.items() if "posts_as" not in rule}
    documents = {name: rule for name, rule in rules.items() if "posts_as" in rule}
    rows = [(name, rule["direction"], rule["import_new"], rule["exclude_kinds"]) for name, rule in entities.items()]
    table(out, ["entity", "direction", "import new", "kinds left out"], rows)
    out.print()
    keys = ("posts_as", "trigger_statuses", "default_status", "undo", "on_edit", "direction")
    table(out, ["document", "posts as", "queued when", "re-opened to", "undo", "when edited", "direction"],
          [(name, *(rule[key] for key in keys)) for name, rule in documents.items()])  # fmt: skip
    out.print()
    whole = {name: value for name, value in data.items() if not isinstance(value, dict)}
    fields(out, {**whole, "the books are closed up to": books_closed})
