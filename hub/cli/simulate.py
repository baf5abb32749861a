"""The command that plays simulated histories: proof that the hub never posts twice and never loses a change."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.output import console, fields, number, print_json
from hub.cli.params import AsJson
from hub.cli.progress import Meter
from hub.errors import Exit, UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from hub.testing.simulator.play import Outcome
    from hub.testing.simulator.run import Report

LARGEST = 10**9
PROMISED = 500
"""Within so many histories every control is caught (docs/proof.md)."""


def simulate(
    seeds: Annotated[
        int | None, typer.Option("--seeds", metavar="N", min=1, max=LARGEST, help="play so many histories")
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option("--seed", metavar="S", min=0, max=LARGEST, help="tell this one; with --seeds: begin here"),
    ] = None,
    control: Annotated[
        str | None, typer.Option("--control", metavar="NAME", help="an engine that is wrong on purpose: catch it")
    ] = None,
    jobs: Annotated[
        int | None, typer.Option("--jobs", metavar="N", min=1, max=256, help="processes; default: one for each core")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Drive the engine through random histories of crashes, lost replies and late landings.

    Nothing of yours is touched: the database and the books are made up. Each seed is the same history always.
    """
    from hub.testing.simulator.controls import CONTROLS
    from hub.testing.simulator.run import cores, replay, simulate

    if control is not None and control not in CONTROLS:
        raise UsageError(f"There is no control {control!r}.", fix=f"Choose one of: {', '.join(CONTROLS)}.")
    if seeds is None and seed is None:
        raise UsageError("How many histories?", fix="Give --seeds N, or --seed S to see one.")
    if seeds is None:
        _told(replay(seed or 0, control or ""), as_json)
        return
    begun = time.monotonic()
    with Meter("simulate", quiet=as_json) as meter:
        report = simulate(
            seed or 0,
            seeds,
            control or "",
            processes=jobs or cores(),
            on_progress=lambda done: meter.update(
                "histories", done, seeds, count=done, words=f"{number(done)} of {number(seeds)}"
            ),
        )
    seconds = time.monotonic() - begun
    if as_json:
        print_json(_report(report, control))
    elif control:
        _caught(console(), report, control, CONTROLS[control].words)
    else:
        _say(console(), report, seconds)
    good = report.failure is not None if control else report.failure is None and not report.never_met
    if not good:
        raise typer.Exit(Exit.ERROR)


COMMANDS = {"simulate": simulate}


def _told(outcome: Outcome, as_json: bool) -> None:
    if as_json:
        print_json(_history(outcome))
    else:
        _print(console(), outcome)
    if outcome.wrongs:
        raise typer.Exit(Exit.ERROR)


def _print(out: Console, outcome: Outcome) -> None:
    out.print(outcome.history.setup.words(), soft_wrap=True)
    for line in outcome.story:
        out.print(line, soft_wrap=True)
    if not outcome.wrongs:
        out.print("In the end the books hold exactly what the source wants there.", style="green")
    for rule, words in outcome.wrongs:
        out.print(f"Rule {rule} is broken: {words}.", style="red", soft_wrap=True)


def _say(out: Console, report: Report, seconds: float) -> None:
    if report.failure is None:
        rate = f"{seconds:,.0f} s, {1000 * seconds / max(1, report.seeds):,.0f} ms each"
        out.print(f"{number(report.seeds)} histories, no rule broken ({rate}).", style="green")
        out.print()
        fields(out, {kind: number(count) for kind, count in sorted(report.met.items())})
        if report.never_met:
            out.print(f"Never met in so long a run: {', '.join(report.never_met)}. It proves too little.", style="red")
        return
    _failed(out, report)


def _failed(out: Console, report: Report, control: str | None = None) -> None:
    failure, shrunk = report.failure, report.shrunk
    if failure is None or shrunk is None:
        return
    all, left = len(failure.history.steps), len(shrunk.history.steps)
    seed = failure.history.number
    out.print(f"Seed {seed} breaks rule {failure.rule}. What is enough of its history ({left} of {all} steps):")
    out.print()
    _print(out, shrunk)
    out.print()
    see = f"hub simulate --seed {seed}{f' --control {control}' if control else ''}"
    out.print(f"All of it: {see}", style="dim")


def _caught(out: Console, report: Report, control: str, words: str) -> None:
    if report.failure is None:
        few = report.seeds < PROMISED
        more = f" It is promised within {PROMISED}: --seeds {PROMISED}." if few else ""
        out.print(f"Not caught in {number(report.seeds)} histories, though {words}.{more}", style="red")
        return
    after = report.failure.history.number - report.first + 1
    out.print(f"Caught after {number(after)} histories: {words}.", style="green")
    out.print()
    _failed(out, report, control)


def _report(report: Report, control: str | None) -> dict[str, Any]:
    return {
        "seeds": report.seeds,
        "control": control,
        "failed": list(report.failed),
        "met": dict(sorted(report.met.items())),
        "never_met": list(report.never_met),
        "failure": _history(report.shrunk) if report.shrunk else None,
    }


def _history(outcome: Outcome) -> dict[str, Any]:
    return {
        "seed": outcome.history.number,
        "rule": outcome.rule,
        "broken": [{"rule": rule, "message": words} for rule, words in outcome.wrongs],
        "books": outcome.history.setup.words(),
        "steps": [list(step) for step in outcome.history.steps],
        "story": list(outcome.story),
    }
