"""Runs the command line in this process or as a process of its own, and reads what it said."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hub.cli import main

HUB = str(Path(sys.executable).with_name("hub"))


@dataclass(frozen=True, slots=True)
class Result:
    """What one command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as the one JSON document it must be."""
        return json.loads(self.out)

    @property
    def error(self) -> dict[str, Any]:
        """The error object on standard error, which must be all that is there."""
        error: dict[str, Any] = json.loads(self.err)["error"]
        assert set(error) == {"code", "message", "fix", "details"}
        return error

    def sentence(self) -> str:
        """The one sentence on standard error: a single line, without a traceback, with something to do."""
        lines = self.err.strip().splitlines()
        assert len(lines) == 1, self.err
        assert lines[0].startswith("Error: ")
        assert "Traceback" not in self.out + self.err
        return lines[0]


class Run:
    """`hub(…)` runs a command in this process; `hub.process(…)` in one of its own."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch, captured: pytest.CaptureFixture[str]) -> None:
        self.folder, self._patch, self._captured = folder, patch, captured

    def __call__(self, *words: str | int, stdin: str | bytes = b"") -> Result:
        raw = stdin.encode() if isinstance(stdin, str) else stdin
        self._patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw), encoding="utf-8"))
        self._captured.readouterr()
        code = main([str(word) for word in words])
        said = self._captured.readouterr()
        assert "Traceback" not in said.out + said.err
        return Result(code, said.out, said.err)

    def json(self, *words: str | int, stdin: str | bytes = b"") -> Any:
        """The document of a command that must succeed."""
        result = self(*words, "--json", stdin=stdin)
        assert result.code == 0, result.err
        assert result.err == ""
        return result.json

    def process(self, *words: str, stdin: bytes = b"", **environment: str) -> Result:
        """Run it as its users do."""
        done = self.popen(*words, **environment)
        out, err = done.communicate(stdin, timeout=60)
        return Result(done.returncode, out.decode(), err.decode())

    def popen(self, *words: str, **environment: str) -> subprocess.Popen[bytes]:
        """Start it and hand it over."""
        return subprocess.Popen(
            [HUB, *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **environment},
            cwd=self.folder,
            # A shell that started the tests in the background would have them, and so this, deaf to Ctrl-C.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )

    def file(self, name: str, content: str | bytes | Sequence[dict[str, Any]]) -> str:
        """A file to hand in: text, bytes, or records as JSON lines."""
        if not isinstance(content, str | bytes):
            content = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in content)
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)


CUSTOMER = {"type": "customer", "source_id": "C1", "name": "Zoë's Café 😀 مرحبا"}
ITEM = {"type": "item", "source_id": "I1", "name": "Queso Cabrales", "unit_price": "10.00", "kind": "non_inventory"}


def ship_doc(source_id: str, status: str = "shipped", **more: Any) -> dict[str, Any]:
    """A ship doc of customer C1: 2 × 10.00."""
    lines = [{"item": "I1", "quantity": "2", "unit_price": "10.00"}]
    return {"type": "ship_doc", "source_id": source_id, "number": source_id, "status": status, "date": "2026-01-04",
            "customer": "C1", "currency": "USD", "lines": lines, **more}  # fmt: skip


def payment(source_id: str, applied_to: str, **more: Any) -> dict[str, Any]:
    """A payment of 20.00 for a ship doc."""
    applied = [{"type": "ship_doc", "source_id": applied_to, "amount": "20.00"}]
    return {"type": "payment", "source_id": source_id, "status": "recorded", "date": "2026-01-05", "customer": "C1",
            "currency": "USD", "amount": "20.00", "applied_to": applied, **more}  # fmt: skip


RECORDS = [
    CUSTOMER, ITEM, ship_doc("S1"), ship_doc("S2"), ship_doc("S3", "processing"), payment("P1", "S1"),
]  # fmt: skip
