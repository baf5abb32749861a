"""How the demo looks: numbered lines and a table, in colour on a terminal, plain everywhere else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from hub.demo.names import CURRENCY
from hub.demo.sides import Row
from hub.demo.stage import Told

if TYPE_CHECKING:
    from rich.console import Console

HEADERS = ("", "order system", "total", "books", "total", "difference")


class Teller:
    """Tells through `say`, a line at a time; through `console` where that is a terminal."""

    def __init__(self, say: Callable[[str], None], console: Console | None) -> None:
        self._say = say
        self._console = console if console is not None and console.is_terminal else None

    def line(self, text: str = "", style: str = "") -> None:
        """A line of its own."""
        if self._console is None:
            self._say(text)
        else:
            self._console.print(text, style=style, markup=False, highlight=False, soft_wrap=True)

    def step(self, number: int, told: Told) -> None:
        """One step: what happened, and why."""
        if self._console is None:
            self._say(f"{number:>2}. {told.title}: {told.what} {told.why}")
            return
        from rich.table import Table
        from rich.text import Text

        grid = Table.grid(padding=(0, 1, 0, 0))
        grid.add_column(justify="right", width=3, style="dim")
        grid.add_column(ratio=1)
        grid.add_row(f"{number}.", Text.assemble((f"{told.title}: ", "bold"), told.what, (f" {told.why}", "dim")))
        self._console.print(grid)

    def sides(self, rows: Sequence[Row]) -> None:
        """Both sides next to each other."""
        table = [HEADERS, *(_cells(row) for row in rows)]
        widths = [max(len(row[at]) for row in table) for at in range(len(HEADERS))]
        for at, cells in enumerate(table):
            text = "  ".join(
                f"{cell:<{w}}" if not n else f"{cell:>{w}}"
                for n, (cell, w) in enumerate(zip(cells, widths, strict=True))
            )
            self.line(text, "bold" if at == 0 else "" if rows[at - 1].unmatched == 0 else "red")

    def commands(self, commands: Mapping[str, str]) -> None:
        """Commands to try, each with what it does."""
        for command, words in commands.items():
            self.line(f"  # {words}", "dim")
            self.line(f"  {command}", "cyan")


def _cells(row: Row) -> tuple[str, ...]:
    name = row.type.replace("_", " ") + "s"
    if row.posts_as != row.type:
        name += f" → {row.posts_as.replace('_', ' ')}s"
    differs = f"{row.unmatched} differ" if row.unmatched else _amount(row.difference) or "none"
    return (
        name,
        f"{row.source_count:,}",
        _amount(row.source_total),
        f"{row.books_count:,}",
        _amount(row.books_total),
        differs,
    )


def _amount(value: Decimal | None) -> str:
    return "" if value is None else f"{value:,.2f} {CURRENCY}"
