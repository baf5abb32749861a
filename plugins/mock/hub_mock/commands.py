"""`hub mock …`: look into the mock books as a bookkeeper would, change them, and make them misbehave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Protocol, cast

import typer

from hub.errors import UsageError
from hub_mock.adapter import MockAdapter
from hub_mock.bookkeeper import Bookkeeper
from hub_mock.faults import FaultName, On, fault_row
from hub_mock.words import parse_kind


class CommandContext(Protocol):
    """What the hub's command line hands to a plugin's commands, as `ctx.obj`."""

    def adapter(self, connection: str) -> object:
        """The adapter instance of that connection; a HubError says why there is none."""

    def show(
        self,
        items_or_document: Sequence[Mapping[str, Any]] | Mapping[str, Any],
        *,
        json: bool,
        columns: Sequence[str],
        total: int | None = None,
        next: str | None = None,
    ) -> None:
        """Print a table of these columns, or the one JSON document of the outer interface."""


app = typer.Typer(name="mock", help="Look into the mock books, change them, make them misbehave.", no_args_is_help=True)

ENTITY_COLUMNS = ["remote_id", "name", "active", "version"]
DOCUMENT_COLUMNS = ["remote_id", "posts_as", "number", "date", "total", "open", "currency", "status", "version"]
FAULT_COLUMNS = ["name", "on", "times"]

Connection = Annotated[str, typer.Argument(help="COMPANY/NAME")]
Type = Annotated[str, typer.Argument(help="customer, item, invoice, payment, …: the hub's word or the books'")]
RemoteId = Annotated[str, typer.Argument(help="the object's id in the books")]
Pairs = Annotated[list[str], typer.Option("--set", metavar="KEY=VALUE", help="a field and its value; may be repeated")]
Json = Annotated[bool, typer.Option("--json", help="print one JSON document")]


@app.command("list")
def list_objects(
    ctx: typer.Context,
    connection: Connection,
    type: Type,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="objects at most")] = 50,
    after: Annotated[str, typer.Option(help="the `next` of the page before")] = "",
    json: Json = False,
) -> None:
    """List the objects of one type, inactive ones included, deleted ones not."""
    items, total, more = Bookkeeper(_adapter(ctx, connection).books).page(type, after, limit)
    _context(ctx).show(items, json=json, columns=_columns(type), total=total, next=more)


@app.command()
def add(ctx: typer.Context, connection: Connection, type: Type, pairs: Pairs, json: Json = False) -> None:
    """Enter an object, such as a payment: --set applied_to=INVOICE_ID[:AMOUNT] [--set amount=…]."""
    document = Bookkeeper(_adapter(ctx, connection).books).add(type, pairs)
    _context(ctx).show(document, json=json, columns=_columns(type))


@app.command()
def edit(
    ctx: typer.Context, connection: Connection, type: Type, remote_id: RemoteId, pairs: Pairs, json: Json = False
) -> None:
    """Change fields of an object; an empty value clears one: --set phone=."""
    document = Bookkeeper(_adapter(ctx, connection).books).edit(type, remote_id, pairs)
    _context(ctx).show(document, json=json, columns=_columns(type))


@app.command()
def delete(ctx: typer.Context, connection: Connection, type: Type, remote_id: RemoteId, json: Json = False) -> None:
    """Delete an object; one that others use is made inactive instead."""
    document = Bookkeeper(_adapter(ctx, connection).books).delete(type, remote_id)
    _context(ctx).show(document, json=json, columns=["remote_id", "type", "how", "status"])


@app.command()
def fault(
    ctx: typer.Context,
    connection: Connection,
    name: Annotated[str, typer.Argument(help="one of: " + ", ".join(FaultName))] = "",
    times: Annotated[int | None, typer.Option(min=1, help="how often; without it, until it is cleared")] = None,
    on: Annotated[str, typer.Option(help="what it strikes: " + ", ".join(On))] = "any",
    clear: Annotated[bool, typer.Option("--clear", help="switch every fault off")] = False,
    json: Json = False,
) -> None:
    """Make the books misbehave, put them right with --clear, or list the faults that are on."""
    books = _adapter(ctx, connection).books
    if clear and name:
        raise UsageError("Name a fault or say --clear, not both.", fix="Run the command twice.")
    if clear:
        books.switch(None)
    elif name:
        books.switch(fault_row(name, on, times))
    items = [{"name": row.name.value, "on": row.on.value, "times": row.times} for row in books.faults()]
    _context(ctx).show(items, json=json, columns=FAULT_COLUMNS, total=len(items))


def _context(ctx: typer.Context) -> CommandContext:
    return cast(CommandContext, ctx.obj)


def _adapter(ctx: typer.Context, connection: str) -> MockAdapter:
    adapter = _context(ctx).adapter(connection)
    if not isinstance(adapter, MockAdapter):
        raise UsageError(
            f"{connection} is not a connection to mock books.", fix="See `hub connections` for those that are."
        )
    return adapter


def _columns(type: str) -> list[str]:
    return ENTITY_COLUMNS if parse_kind(type).is_entity else DOCUMENT_COLUMNS
