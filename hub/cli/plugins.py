"""What a plugin's own commands get from the hub's command line, as `ctx.obj`: an adapter, and a way to print."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hub.cli.output import console, fields, listed, print_json, table
from hub.cli.session import opened


class CommandContext:
    """The `ctx.obj` of every command, the plugins' included."""

    def adapter(self, connection: str) -> Any:
        """The adapter instance of that connection; a HubError says why there is none."""
        with opened() as hub:
            return hub.adapter(connection)

    def show(
        self,
        items_or_document: Sequence[Mapping[str, Any]] | Mapping[str, Any],
        *,
        json: bool,
        columns: Sequence[str],
        total: int | None = None,
        next: str | None = None,
    ) -> None:
        """Print rows as a table of these columns, one object as names and values, or the one JSON document."""
        if isinstance(items_or_document, Mapping):
            if json:
                print_json(items_or_document)
            else:
                fields(console(), {name: items_or_document.get(name) for name in columns})
            return
        if json:
            print_json(listed(items_or_document, next=next, total=total))
            return
        out = console()
        if not items_or_document:
            out.print("Nothing there.")
            return
        titles = [name.replace("_", " ") for name in columns]
        table(out, titles, [[row.get(name) for name in columns] for row in items_or_document], right=("total", "open"))
        count = len(items_or_document) if total is None else total
        if next is not None:
            out.print(f"{len(items_or_document)} of {count}; the next page: --after {next}", style="dim")
