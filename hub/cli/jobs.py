"""Commands of sync jobs: run one with live progress, list them, show one with its results, cancel one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.output import clean, fields, local, number, say, table, timed
from hub.cli.params import AsJson, Connection, Job, PlanId
from hub.cli.progress import Meter
from hub.cli.session import opened
from hub.errors import Exit

if TYPE_CHECKING:
    from rich.console import Console

    from hub.jobs import Progress

GOOD = ("applied", "adopted", "imported", "unchanged")
"""Outcomes that need nobody's attention."""


def sync(connection: Connection, plan: PlanId = None, as_json: AsJson = False) -> None:
    """Send the queue to the books, then bring changes back.

    It creates a job and runs it to its end; one that a dead process left unfinished is finished first. Ctrl-C is
    safe: the next sync goes on. With --plan it sends what that plan shows and nothing else, or refuses.
    """
    with opened() as hub, Meter(f"sync {clean(connection)}", quiet=as_json) as meter:

        def told(progress: Progress) -> None:
            counts = ", ".join(f"{word} {number(count)}" for word, count in progress.totals.items() if count)
            total = progress.total if progress.phase == "exporting" else None
            of = f"{number(progress.done)} of {number(total)}" if total else number(progress.done)
            words = f"{of}{' · ' + counts if counts else ''}"
            meter.update(progress.phase, progress.done, total, count=progress.done if total else 0, words=words)

        job = hub.sync(connection, plan=plan, on_progress=told)
        standing = [] if as_json else hub.queue(connection, sort="-error", limit=1000)["items"]
    say(job, as_json, lambda out, one: _ended(out, one, standing))
    if job["state"] == "completed_with_errors":
        raise typer.Exit(Exit.JOB_HAD_ERRORS)
    if job["state"] == "failed":
        raise typer.Exit(Exit.ERROR)


def jobs(
    connection: Connection,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, max=1000, help="at most so many")] = 50,
    as_json: AsJson = False,
) -> None:
    """List a connection's jobs, newest first."""
    with opened() as hub:
        found = hub.jobs(connection, limit=limit)
    say(found, as_json, lambda out, data: _jobs(out, data, connection))


def job(job: Job, as_json: AsJson = False) -> None:
    """Show one job with its results, errors first."""
    with opened() as hub:
        found = hub.job(job)
    say(found, as_json, _job)


def cancel(job: Job, as_json: AsJson = False) -> None:
    """Ask a job to stop; what was not sent returns to the queue."""
    with opened() as hub:
        found = hub.cancel(job)
    say(found, as_json, lambda out, one: out.print(f"Job {one['id']}: {_stopping(one)}"))


COMMANDS = {"sync": sync, "jobs": jobs}
JOB = {"show": job, "cancel": cancel}


def _stopping(one: Mapping[str, Any]) -> str:
    return "cancelled." if one["state"] == "cancelled" else "asked to stop; it ends after the call in flight."


def _jobs(out: Console, data: Mapping[str, Any], connection: str) -> None:
    from hub.jobs.listing import asked_by  # here, as commands that show no job need none of it

    if not data["items"]:
        out.print(f"There was no job yet.\nNext: hub sync {connection}")
        return
    table(
        out,
        ["job", "state", "asked for by", "created", "finished", "totals", "message"],
        [
            (one["id"], one["state"], asked_by(one), local(one["created_at"]), local(one["finished_at"]),
             _totals(one), timed(one.get("message") or ""))
            for one in data["items"]
        ],
        right=("job",),
    )  # fmt: skip


def _totals(one: Mapping[str, Any]) -> str:
    return ", ".join(f"{number(count)} {word}" for word, count in (one["totals"] or {}).items() if count)


def _calls(one: Mapping[str, Any]) -> str:
    return ", ".join(f"{number(count)} {kind}" for kind, count in one.get("calls", {}).items())


def _job(out: Console, one: Mapping[str, Any]) -> None:
    from hub.jobs.listing import asked_by

    fields(
        out,
        {
            "job": one["id"],
            "connection": one["connection"],
            "state": one["state"],
            "message": timed(one.get("message") or ""),
            "asked for by": asked_by(one),
            "plan": one["plan"],
            "created": local(one["created_at"]),
            "started": local(one["started_at"]),
            "finished": local(one["finished_at"]),
            "totals": _totals(one) or "nothing to send",
            "calls to the books": _calls(one),
        },
    )
    results = one["results"]
    if results:
        out.print()
        rows = [
            (row["outcome"], row.get("operation"), row["type"].replace("_", " "), row["source_id"], row.get("title"),
             row.get("remote_id"), _why(row))
            for row in sorted(results, key=lambda row: row["outcome"] in GOOD)
        ]  # fmt: skip
        table(out, ["outcome", "did", "type", "source id", "title", "id in the books", "why"], rows)


def _ended(out: Console, one: Mapping[str, Any], standing: Sequence[Mapping[str, Any]]) -> None:
    """What a person wants to know after a sync: what happened, what is wrong and what to do, where to look."""
    words = {
        "completed": ("Everything went through.", "green"),
        "completed_with_errors": ("The job ended; some records need attention.", "yellow"),
        "cancelled": ("The job was cancelled; what was not sent is back in the queue.", "yellow"),
        "failed": ("The job failed; what was not sent is back in the queue.", "red"),
    }
    for before in one.get("resumed", ()):
        done = before["totals"]["applied"]
        out.print(f"Job {before['id']}, left unfinished by a process that died, was finished first: {done} applied.")
    sentence, style = words.get(one["state"], (f"The job is {one['state']}.", "yellow"))
    if one["state"] == "completed" and one["totals"]["waiting"]:
        sentence = "Nothing failed; what waits for another record goes with a later job."
    out.print(sentence, style=style)
    fields(out, {"job": one["id"], "why": timed(one.get("message") or ""), "totals": _totals(one) or "nothing to do",
                 "calls": _calls(one)})  # fmt: skip
    problems: Counter[tuple[str, str]] = Counter()
    examples: dict[tuple[str, str], str] = {}
    for row in standing:
        if error := row["error"]:
            key = (error["code"], timed(error["fix"] or ""))
            problems[key] += 1
            examples.setdefault(key, f"{row['type'].replace('_', ' ')} {row['source_id']}: {timed(error['message'])}")
    if problems:
        out.print()
        rows = [
            (number(count), "\n".join((f"{code}, for example {examples[code, fix]}", f"→ {fix}")))
            for (code, fix), count in problems.most_common()
        ]
        table(out, ["in the queue", "why, and what to do"], rows, right=("in the queue",))
    if one["state"] != "completed" or standing:
        look = [f"hub job {one['id']}", f"hub queue {one['connection']}", f"hub conflicts {one['connection']}"]
        out.print(f"Look further: {'; '.join(look)}", style="dim")


def _why(row: Mapping[str, Any]) -> str:
    error = row.get("error") or {}
    if not error:
        return str(row.get("reason") or row.get("how") or "")
    fix = f" → {error['fix']}" if error.get("fix") else ""
    return timed(f"{error.get('code') or ''}: {error.get('message') or ''}{fix}")
