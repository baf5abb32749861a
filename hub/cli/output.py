"""How data leaves the command line: one JSON document, or tables that a person likes to read."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from hub.cli.remedies import command_for

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_UTC = re.compile(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) UTC")
_STYLES = {
    "green": "synced completed ready active applied created",
    "yellow": "waiting queued held prevented proxied diverged sending exporting importing not_configured paused locked",
    "red": "needs_attention check_by_hand completed_with_errors failed broken unavailable rejected conflict unknown",
    "dim": "excluded not_queued cancelled unchanged",
}
_STYLE = {word: style for style, words in _STYLES.items() for word in words.split()}


def say(data: Any, as_json: bool, human: Callable[[Console, Any], None]) -> None:
    """Print `data` as the JSON document, or let `human` show it."""
    if as_json:
        print_json(data)
    else:
        human(console(), data)


def print_json(data: Any) -> None:
    """The one JSON document: Decimals as strings, other scripts as they are."""
    print(json.dumps(data, ensure_ascii=False, indent=2, default=_plain))


def listed(items: Sequence[Any], *, next: Any = None, total: int | None = None) -> dict[str, Any]:
    """A list as the outer interfaces promise it."""
    return {"items": list(items), "next": next, "total": len(items) if total is None else total}


def console(*, stderr: bool = False) -> Console:
    """Standard output or error; what is not a terminal gets no colour and one row per line, however long."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else 100_000
    return Console(file=stream, width=width, markup=False, emoji=False, highlight=False, soft_wrap=False)


def table(out: Console, headers: Sequence[str], rows: Iterable[Sequence[Any]], *, right: Collection[str] = ()) -> None:
    """Print aligned columns; columns that are empty in every row are left out, long text is folded."""
    from rich.table import Table

    cells = [[cell(value) for value in row] for row in rows]
    kept = [at for at in range(len(headers)) if any(row[at].plain for row in cells)]
    grid = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for at in kept:
        grid.add_column(headers[at], justify="right" if headers[at] in right else "left", overflow="fold")
    for row in cells:
        grid.add_row(*(row[at] for at in kept))
    _print(out, grid)


def cell(value: Any) -> Text:
    """One value as people read it; states in their colour, control characters made visible."""
    from rich.text import Text

    if isinstance(value, Text):
        return value
    match value:
        case None:
            words = ""
        case bool():
            words = "yes" if value else "no"
        case list() | tuple() | set() | frozenset():
            words = ", ".join(str(cell(each)) for each in value)
        case Mapping():
            words = ", ".join(
                f"{str(key).replace('_', ' ')} {cell(each)}"
                for key, each in value.items()
                if each not in (None, "", [], {})
            )
        case _:
            words = str(value)
    return Text(clean(words).replace("_", " ") if words in _STYLE else clean(words), style=_STYLE.get(words, ""))


def clean(words: str) -> str:
    """Text that cannot play tricks on a terminal."""
    return _CONTROL.sub("�", words)


def local(instant: str | None) -> str:
    """An instant in the viewer's own time."""
    if not instant:
        return ""
    return datetime.fromisoformat(instant).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def timed(words: str) -> str:
    """A sentence of the hub's, its instants in the viewer's own time, as everywhere else on the screen."""

    def spelled(found: re.Match[str]) -> str:
        try:
            return local(f"{found[1]}T{found[2]}+00:00")
        except (ValueError, OverflowError):  # somebody's own words, which only look like an instant
            return found[0]

    return _UTC.sub(spelled, words)


def number(count: int) -> str:
    """A count with its thousands apart."""
    return f"{count:,}"


def counted(count: int, word: str) -> str:
    """`1 record`, `1,200 records`."""
    return f"{number(count)} {word}{'' if count == 1 else 's'}"


def amount(row: Mapping[str, Any]) -> str:
    """A row's amount with its currency."""
    return f"{row['amount']} {row.get('currency') or ''}".strip() if row.get("amount") is not None else ""


def error_words(error: Mapping[str, Any] | None) -> str:
    """An error as kept with a request: what the books said, and the way out."""
    if not error:
        return ""
    command = command_for(error["code"] or "")
    fix = f"{error.get('fix') or ''}{f' ({command})' if command else ''}"
    return timed(f"{error['code']}: {error['message']}" + (f" → {fix}" if fix else ""))


def fields(out: Console, pairs: Mapping[str, Any]) -> None:
    """Print names and values, one pair a line; empty values are left out."""
    from rich.table import Table

    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="bold")
    grid.add_column(overflow="fold")
    for name, value in pairs.items():
        words = cell(value)
        if words.plain:
            grid.add_row(name.replace("_", " "), words)
    _print(out, grid)


def _print(out: Console, grid: Table) -> None:
    """Print a grid; in a file or a pipe without the spaces that only fill the last column."""
    if out.is_terminal:
        out.print(grid)
        return
    with out.capture() as captured:
        out.print(grid)
    out.file.writelines(line.rstrip() + "\n" for line in captured.get().splitlines())


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, set | frozenset):
        return sorted(value)
    return str(value)
