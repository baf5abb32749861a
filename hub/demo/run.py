"""Runs the demo in a folder of its own, and says whether both sides agree at the end."""

from __future__ import annotations

import shlex
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hub.app import open_hub
from hub.demo.names import COMPANY, MOVED
from hub.demo.sides import compare
from hub.demo.stage import Stage, set_stage
from hub.demo.steps import STEPS
from hub.demo.telling import Teller
from hub.errors import HubError, UsageError

if TYPE_CHECKING:
    from rich.console import Console


def run_demo(
    directory: Path | None = None, say: Callable[[str], None] = print, console: Console | None = None
) -> dict[str, Any]:
    """Tell the main job from nothing, in seconds; what happened, as facts for programs.

    Args:
        directory: where to keep the database and the books; default a new temporary folder.
        say: prints one line.
        console: used instead of `say` where it is a terminal.

    Raises:
        UsageError: `demo_exists` when the directory holds a hub's database already.
        HubError: `demo_failed` when a step did not come out as it should, or the two sides do not agree.
    """
    folder = _folder(directory)
    url = f"sqlite:///{folder / 'hub.db'}"
    tell = Teller(say, console)
    tell.line(f"{COMPANY}: an order system here, mock books there, the hub between them.", "bold")
    tell.line(f"Everything is kept in {folder}", "dim")
    tell.line()
    with open_hub(url, actor="demo") as hub:
        stage = set_stage(hub, {"file": str(folder / "books.db")})
        steps = []
        for number, step in enumerate(STEPS, 1):
            told = step(stage)
            tell.step(number, told)
            steps.append({"step": step.__name__, "what": told.what, "why": told.why, "facts": told.facts})
        rows = compare(hub, stage.connection, stage.shop, stage.books)
        try_next = _commands(stage, url, folder)
    tell.line()
    tell.sides(rows)
    left_out = list(stage.shop.left_out.values())
    tell.line(f"Left out on purpose: {'; '.join(left_out)}.", "dim")
    agree = not any(row.unmatched or row.difference for row in rows)
    if not agree:
        raise HubError("The two sides do not agree.", code="demo_failed", fix=f"Please report it, with {folder}.")
    tell.line("Both sides agree, to the cent.", "bold green")
    tell.line()
    tell.line("Go on from here:")
    tell.commands(try_next)
    return {
        "folder": str(folder),
        "database": url,
        "company": stage.company,
        "connection": stage.connection,
        "steps": steps,
        "sides": [row.as_dict() for row in rows],
        "left_out": left_out,
        "agree": agree,
        "next": list(try_next),
    }


def _folder(directory: Path | None) -> Path:
    try:
        if directory is None:
            return Path(tempfile.mkdtemp(prefix="hub-demo-"))
        if any((directory / name).exists() for name in ("hub.db", "books.db")):
            raise UsageError(
                f"{directory} holds a hub's files already, and the demo starts from nothing.",
                code="demo_exists",
                fix="Name a new folder, or delete that one.",
            )
        directory.mkdir(parents=True, exist_ok=True)
        return directory.resolve()
    except OSError as fault:
        raise HubError(
            f"The folder {directory or tempfile.gettempdir()} cannot be used: {fault.strerror}.",
            code="system_error",
            fix="Name another with --dir.",
        ) from None


def _commands(stage: Stage, url: str, folder: Path) -> dict[str, str]:
    """Real commands, with what they show; `hub` written so that this shell finds it."""
    hub, company, connection = _hub(), stage.company, stage.connection
    moved = next(key[1] for key, one in stage.shop.records.items() if one.get("name") == MOVED)
    remote_id = stage.standing("customer", moved)["remote_id"]
    undone = stage.ship_docs("shipped")[0]["source_id"]
    return {
        f"export HUB_DATABASE_URL={shlex.quote(url)}": "let the commands find this demo's database",
        f"{hub} jobs {connection}": "every sync so far; `job NUMBER` shows one in full",
        f"{hub} show {company} ship_doc {undone}": "one document's whole story",
        f"{hub} mock list {connection} invoice --limit 5": "a look into the books",
        f"{hub} mock edit {connection} customer {remote_id} --set phone=12345": "be the bookkeeper …",
        f"{hub} sync {connection}": "… and bring the change back",
        f"{hub} undo {company} ship_doc {stage.ship_docs('shipped')[1]['source_id']}": "undo a posted document …",
        f"{hub} queue {connection}": "… and see what waits to be sent",
        f"rm -r {shlex.quote(str(folder))}": "when you have seen enough",
    }


def _hub() -> str:
    """The command as the person at this shell can type it."""
    beside = Path(sys.executable).with_name("hub")
    found = shutil.which("hub")
    if not beside.exists() or (found and Path(found).resolve() == beside.resolve()):
        return "hub"
    try:
        return shlex.quote(str(beside.relative_to(Path.cwd())))
    except ValueError:
        return shlex.quote(str(beside))
