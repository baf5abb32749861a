"""Commands that run for long or tell when to run: schedule, serve, worker; and the demo."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.output import clean, console, fields, local, print_json, say
from hub.cli.params import AsJson, Connection
from hub.cli.session import opened
from hub.errors import HubError, UsageError

if TYPE_CHECKING:
    from rich.console import Console


def schedule(
    connection: Connection,
    every: Annotated[str | None, typer.Option("--every", metavar="15m", help="a length of time: 90s, 15m, 2h")] = None,
    cron: Annotated[str | None, typer.Option("--cron", metavar='"*/15 * * * *"', help="five cron fields")] = None,
    timezone: Annotated[
        str | None, typer.Option("--timezone", metavar="TZ", help="where cron's clock hangs; default UTC")
    ] = None,
    jitter: Annotated[int, typer.Option("--jitter", metavar="SECONDS", min=0, help="spread starts by so much")] = 0,
    off: Annotated[bool, typer.Option("--off", help="remove the schedule")] = False,
    as_json: AsJson = False,
) -> None:
    """Set, show or remove the schedule of a connection; it runs while `hub serve` does."""
    with opened() as hub:
        if every is None and cron is None and not off:
            if timezone is not None or jitter:
                raise UsageError("The schedule itself is missing.", fix='Give --every 15m or --cron "*/15 * * * *".')
            found = hub.schedule(connection)
        else:
            found = hub.set_schedule(connection, every=every, cron=cron, timezone=timezone, jitter=jitter, off=off)
    say(found, as_json, lambda out, data: _schedule(out, data, connection))


def serve(
    host: Annotated[str, typer.Option("--host", metavar="HOST", help="address of the web page")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", metavar="PORT", min=1, max=65535, help="its port")] = 8080,
) -> None:
    """Serve the web page and REST, with scheduler and worker in the same process, until Ctrl-C.

    A new database prints a link, good once, by which the first administrator comes in. The jobs at hand are finished
    first; a second Ctrl-C ends it at once, and another worker goes on. HUB_WORKERS jobs run side by side. With
    PostgreSQL, any number of machines may run it.
    """
    from hub.server import serve as run

    with opened() as hub:
        run(hub, host, port, tell=lambda line: typer.echo(line, err=True))


def worker() -> None:
    """Run a worker alone, until Ctrl-C.

    The jobs at hand are finished first; a second Ctrl-C ends it at once, and another worker goes on. HUB_WORKERS jobs
    run side by side. With PostgreSQL, workers on any number of machines share the jobs.
    """
    from hub.triggers import run_worker

    with opened() as hub:
        run_worker(hub, ready=lambda line: typer.echo(line, err=True))


def demo(
    directory: Annotated[
        Path | None, typer.Option("--dir", metavar="DIR", help="where to keep its files; default: a temporary folder")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show the main job from nothing, on mock books."""
    try:
        run_demo = import_module("hub.demo").run_demo
    except ImportError as fault:
        raise HubError("This installation has no demo.", code="no_demo", fix="Install the whole hub.") from fault
    out = console(stderr=as_json)
    result: Any = run_demo(directory, lambda line: out.print(clean(line), soft_wrap=True), out)
    if as_json:
        print_json(result if result is not None else {"done": True})


COMMANDS = {"schedule": schedule, "serve": serve, "worker": worker, "demo": demo}


def _schedule(out: Console, data: dict[str, Any] | None, connection: str) -> None:
    if data is None:
        out.print(f"{connection} has no schedule.\nNext: hub schedule {connection} --every 15m")
        return
    words = f"every {data['expression']}" if data["kind"] == "every" else f"cron {data['expression']}"
    fields(
        out,
        {
            "connection": data["connection"],
            "runs": words,
            "timezone": data["timezone"],
            "jitter": f"{data['jitter']} s" if data["jitter"] else "",
            "next run": local(data["next_run"]),
        },
    )
    out.print("It runs while `hub serve` does.", style="dim")
