"""`hub load`: JSON lines of any length of file, the good ones saved, the bad ones named by their line number."""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO

import typer

from hub.cli.files import decode, opened_file
from hub.cli.output import clean, counted, number, say
from hub.cli.params import AsJson, Company
from hub.cli.progress import Meter
from hub.cli.session import opened
from hub.errors import Exit, HubError, InvalidInput

if TYPE_CHECKING:
    from rich.console import Console

    from hub.app import Hub

SHOWN = 20
"""Bad lines told on standard error; the rest is only counted."""
NAMED = 5
"""Unknown fields named to a person; the JSON document names all."""
KEPT = 10_000
"""Bad lines listed in the JSON document, so that a hopeless file cannot fill the memory."""


def load(
    company: Company,
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="JSON lines, each a record; - is standard input")],
    batch: Annotated[int, typer.Option("--batch", metavar="N", min=1, max=1000, help="records a transaction")] = 1000,
    as_json: AsJson = False,
) -> None:
    """Load many records from JSON lines, each with its type and source_id.

    Good lines are loaded, bad ones are told with their number. Loading a file again is safe.
    """
    done = _Done()
    with opened_file(file) as source, opened() as hub:
        hub.put_many(company, [])  # an unknown company is told before the first line is read
        with Meter(f"load {clean(file)}", quiet=as_json) as meter:
            try:
                _load(hub, company, source, batch, done, meter)
            except HubError as fault:
                raise _interrupted(fault, done) from fault
    say(done.as_dict(), as_json, _summary)
    if done.refused:
        raise typer.Exit(Exit.ERROR)


COMMANDS = {"load": load}


@dataclass(slots=True)
class _Done:
    """What became of the lines so far."""

    outcomes: Counter[str] = field(default_factory=Counter)
    errors: list[dict[str, Any]] = field(default_factory=list)
    custom: Counter[str] = field(default_factory=Counter)
    line: int = 0
    read: int = 0

    @property
    def refused(self) -> int:
        return self.outcomes["refused"]

    @property
    def count(self) -> int:
        return sum(self.outcomes.values())

    def as_dict(self) -> dict[str, Any]:
        counts = {word: self.outcomes[word] for word in ("created", "updated", "unchanged", "refused")}
        left_out = self.refused - len(self.errors)
        return {**counts, "kept_as_custom": dict(self.custom), "errors": self.errors, "errors_left_out": left_out}

    def refuse(self, line: int, type: str | None, source_id: str | None, fault: HubError, meter: Meter) -> None:
        self.outcomes["refused"] += 1
        message = fault.message.replace(" line 1 column ", " column ")  # a line of the file has no lines of its own
        error = {"line": line, "type": type or None, "source_id": source_id or None, "code": fault.code,
                 "message": message, "fix": fault.fix, "details": fault.details}  # fmt: skip
        if len(self.errors) < KEPT:
            self.errors.append(error)
        if self.refused <= SHOWN:
            who = f" ({type} {source_id or 'without source_id'})" if type else ""
            meter.say(clean(f"line {line}{who}: {message} {fault.fix}".replace("\n", " ")))
        elif self.refused == SHOWN + 1:
            meter.say("further bad lines are only counted")


def _load(hub: Hub, company: str, source: BinaryIO, batch: int, done: _Done, meter: Meter) -> None:
    size = _size(source)
    records = _records(source, done)
    while chunk := list(islice(records, batch)):
        saved = iter(hub.put_many(company, [record for _, record in chunk if not isinstance(record, HubError)]))
        for line, record in chunk:
            if isinstance(record, HubError):
                done.refuse(line, None, None, record, meter)
                continue
            one = next(saved)
            if one.error is not None:
                done.refuse(line, one.type, one.source_id, one.error, meter)
                continue
            done.outcomes[one.outcome] += 1
            for name in one.unknown_fields:
                if name in done.custom or len(done.custom) < KEPT:
                    done.custom[name] += 1
        told = counted(done.count, "record") + (f", {number(done.refused)} refused" if done.refused else "")
        meter.update("saved", done.read, size, count=done.count, words=told)


def _records(source: BinaryIO, done: _Done) -> Iterator[tuple[int, Mapping[str, Any] | HubError]]:
    """The records with their line numbers; for lines that hold none, why."""
    from hub.model import read_json

    for raw in source:
        done.line += 1
        done.read += len(raw)
        try:
            text = decode(raw)
            if not text.strip():
                continue
            record = read_json(text)
            if not isinstance(record, Mapping):
                raise InvalidInput(
                    "This line is no JSON object.", code="invalid_record", fix="Put each record in { } on one line."
                )
            yield done.line, record
        except InvalidInput as fault:
            yield done.line, fault


def _size(source: BinaryIO) -> int | None:
    """How many bytes there are to read, where that is known: regular files."""
    try:
        about = os.fstat(source.fileno())
    except (OSError, ValueError):
        return None
    return about.st_size if stat.S_ISREG(about.st_mode) else None


def _interrupted(fault: HubError, done: _Done) -> HubError:
    """The fault that stopped the load, with how far it came."""
    fix = f"{fault.fix} {counted(done.count - done.refused, 'record')} saved before; loading the file again is safe."
    same: HubError = type(fault)(
        fault.message, code=fault.code, fix=fix.strip(), details={**fault.details, **done.as_dict()}
    )
    return same


def _summary(out: Console, data: dict[str, Any]) -> None:
    saved = sum(data[word] for word in ("created", "updated", "unchanged"))
    parts = [f"{number(data[word])} {word}" for word in ("created", "updated", "unchanged") if data[word]]
    out.print(f"{counted(saved, 'record')} saved{': ' + ', '.join(parts) if parts else ''}.")
    if custom := data["kept_as_custom"]:
        names = ", ".join(list(custom)[:NAMED]) + (", …" if len(custom) > NAMED else "")
        told = f"{counted(sum(custom.values()), 'value')} of unknown fields kept under custom, and not sent: {names}."
        out.print(clean(told), style="yellow", soft_wrap=True)
    if data["refused"]:
        out.print(f"{counted(data['refused'], 'line')} refused: correct them and load the file again.", style="red")
