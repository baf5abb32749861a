"""Puts the commands together; importing it loads no database, no adapter and no table printer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from hub import __version__
from hub.cli import access, companies, decisions, jobs, load, plan, proof, queue, records, services, simulate, webhooks
from hub.cli.groups import Group, ListOrAct, Root
from hub.cli.plugins import CommandContext

EPILOG = "Exit codes: 0 done, 1 error, 2 wrong usage, 3 done but with errors to look at, 4 refused by a rule."


def command() -> Any:
    """The whole command line as one command object."""
    app = _group(cls=Root, epilog=EPILOG, add_completion=False)
    app.callback()(_hub)
    for module in (companies, load, records, decisions, queue, plan, jobs, proof, services, simulate):
        for name, function in module.COMMANDS.items():
            app.command(name)(function)
    groups: tuple[tuple[str, str, Mapping[str, Any], type[Group]], ...] = (
        ("company", "Add companies, or list them.", companies.COMPANY, Group),
        ("proxy", "Post with another entity in place of a record's own.", decisions.PROXY, Group),
        ("queue", "The Sync Queue: list it, or act on its requests.", queue.QUEUE, ListOrAct),
        ("job", "One job with its results; or cancel it.", jobs.JOB, ListOrAct),
        ("key", "API keys, by which programs come in.", access.KEY, Group),
        ("user", "Users of the web page, and what they may do.", access.USER, Group),
        ("webhook", "Where a company wants its events sent.", webhooks.WEBHOOK, Group),
    )
    for name, words, commands, kind in groups:
        app.add_typer(_with(_group(cls=kind), commands), name=name, help=words)
    return typer.main.get_command(app)


def _group(**more: Any) -> typer.Typer:
    settings = {"help_option_names": ["--help", "-h"], "max_content_width": 110}
    return typer.Typer(rich_markup_mode=None, context_settings=settings, **more)


def _with(group: typer.Typer, commands: Mapping[str, Any]) -> typer.Typer:
    for name, function in commands.items():
        group.command(name)(function)
    return group


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"hub {__version__}")
        raise typer.Exit


def _hub(
    ctx: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="print the version")
    ] = False,
) -> None:
    """Carry records between an order system and the books: never twice, never lost.

    A company's records are queued as they change; `hub sync` sends the queue to the books and brings changes back.
    """
    ctx.obj = CommandContext()
