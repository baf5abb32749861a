"""Command groups: one that finds plugins' commands, and one whose first word may also be a plain argument."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import EntryPoint, entry_points
from itertools import takewhile
from typing import Any

import typer
from typer.core import TyperGroup

from hub.errors import PluginProblem

COMMANDS = "accounting_hub.commands"

SECTIONS = {
    "Start": ("demo", "init", "adapters", "company", "connect", "connections", "policy"),
    "Records": ("put", "load", "delete", "show", "changes", "webhook"),
    "Queue and jobs": ("queue", "plan", "sync", "jobs", "job", "conflicts", "schedule"),
    "Decisions": ("undo", "prevent", "allow", "detach", "proxy", "link"),
    "Proof": ("reconcile", "verify"),
    "Services": ("serve", "worker", "key", "user"),
}
"""How `hub --help` arranges the commands; one not named here comes at the end."""


class Group(TyperGroup):
    """A group whose help gives every command its first sentence, uncut."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """The commands, in the order they were made."""
        self.section(ctx, formatter, "Commands", self.list_commands(ctx))

    def section(self, ctx: Any, formatter: Any, title: str, names: list[str]) -> None:
        """Some of the commands under a title."""
        if names:
            with formatter.section(title):
                formatter.write_dl([(name, self.get_command(ctx, name).get_short_help_str(200)) for name in names])  # type: ignore[union-attr]


class Root(Group):
    """The hub's own commands, and those that plugins bring; a plugin is loaded only when it is called."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Names of all commands, the plugins' last."""
        own = list(self.commands)
        return own + sorted(name for name in _points() if name not in own)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command, or a stand-in for a plugin's, which tells its name without loading it."""
        own = super().get_command(ctx, cmd_name)
        point = None if own else _points().get(cmd_name)
        if point is None:
            return own
        package = point.dist.name if point.dist else cmd_name
        return TyperGroup(name=cmd_name, help=f"Commands that {package} brings.", rich_markup_mode=None)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """As usual, but a plugin's command is loaded here; PluginProblem `commands_broken` when that fails."""
        name, found, rest = super().resolve_command(ctx, args)
        if name is not None and name not in self.commands:
            found = load_commands(name, _points()[name])
        return name, found, rest

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """The commands by subject."""
        left = self.list_commands(ctx)
        for title, names in SECTIONS.items():
            self.section(ctx, formatter, title, [name for name in names if name in left])
            left = [name for name in left if name not in names]
        self.section(ctx, formatter, "More", left)


class ListOrAct(Group):
    """`hub queue CONNECTION` and `hub queue remove CONNECTION PSR`: without a verb, the first command is meant."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the default command's name first unless a verb or a call for help stands there."""
        flags = list(takewhile(lambda word: word == "--json", args))
        rest = args[len(flags) :]
        if rest[:1] != ["--help"]:
            verb = [rest.pop(0)] if rest and rest[0] in self.commands else [next(iter(self.commands))]
            args = verb + flags + rest
        return super().parse_args(ctx, args)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """The default command's help, then the verbs."""
        default = next(iter(self.commands.values()))
        inner = typer.Context(default, info_name=ctx.info_name, parent=ctx.parent)
        default.format_help(inner, formatter)
        self.format_commands(ctx, formatter)


def load_commands(name: str, point: EntryPoint) -> Any:
    """A plugin's commands; whatever its code does while it loads, the answer is a sentence."""
    try:
        loaded: typer.Typer = point.load()
        loaded.rich_markup_mode = None  # as plain as the hub's own help
        parent = typer.Typer(rich_markup_mode=None, add_completion=False)
        parent.add_typer(loaded, name=name)
        parent.callback()(lambda: None)
        return typer.main.get_group(parent).commands[name]
    except (Exception, SystemExit) as fault:
        package = point.dist.name if point.dist else name
        raise PluginProblem(
            f"The commands of {name} cannot be loaded: {type(fault).__name__}: {fault}.",
            code="commands_broken",
            fix=f"Update or uninstall {package}.",
        ) from fault


def _points() -> dict[str, EntryPoint]:
    return dict(_named())


def _named() -> Iterator[tuple[str, EntryPoint]]:
    for point in entry_points(group=COMMANDS):
        yield point.name, point
