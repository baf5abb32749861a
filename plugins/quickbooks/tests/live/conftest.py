"""A local QuickBooks as a process of its own, `hub` as a person calls it, and a look into the books past the hub."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hub_quickbooks import QuickBooksAdapter
from hub_quickbooks.settings import QuickBooksSettings

from hub.adapters import AdapterContext

ROOT = Path(__file__).resolve().parents[4]
HUB = str(Path(sys.executable).with_name("hub"))
NORTHWIND = ROOT.parent / "shared" / "data" / "northwind"
SPEED = 100


class Served:
    """A running sandbox, the log of what it was asked, and a client of the tests' own."""

    def __init__(self, folder: Path, *words: str) -> None:
        self.log = folder / "sandbox.jsonl"
        command = [HUB, "quickbooks", "sandbox", "--port", "0", "--json", "--speed", str(SPEED), "--log", str(self.log)]
        self.process = subprocess.Popen([*command, *words], stdout=subprocess.PIPE, text=True, cwd=folder)
        assert self.process.stdout is not None
        self.url: str = json.loads(self.process.stdout.readline())["url"]

    def control(self, path: str, body: Any = None, method: str = "") -> Any:
        sent = None if body is None else json.dumps(body).encode()
        asked = urllib.request.Request(f"{self.url}/sandbox/{path}", sent, method=method or ("POST" if sent else "GET"))
        with urllib.request.urlopen(asked, timeout=20) as answer:
            return json.loads(answer.read())

    def held(self, entity: str) -> list[dict[str, Any]]:
        """Everything of a kind in the books, past the hub."""
        self.control("faults", method="DELETE")
        context = AdapterContext(
            connection="look/quickbooks", settings=QuickBooksSettings(sandbox_url=self.url), data_dir=Path(),
            now=lambda: datetime.now(UTC), sleep=time.sleep,
        )  # fmt: skip
        tokens = QuickBooksAdapter(context).hub_obtain_credentials({})
        client = QuickBooksAdapter(replace(context, credentials=tokens)).client
        found: list[dict[str, Any]] = []
        while True:
            text = f"select * from {entity} orderby Id startposition {len(found) + 1} maxresults 1000"
            page = client.query(text).get(entity, [])
            found += page
            if len(page) < 1000:
                return found

    def asked(self) -> Counter[tuple[str, int]]:
        """How often each path was asked for, by status."""
        lines = [json.loads(line) for line in self.log.read_text("utf-8").splitlines()]
        return Counter((line["path"].rpartition("/")[2], line["status"]) for line in lines)

    def bodies(self) -> list[tuple[str, str, Any]]:
        """Every entity that was sent or answered: which way, its kind, its body."""
        found = []
        for line in self.log.read_text("utf-8").splitlines():
            said = json.loads(line)
            for way in ("request", "response"):
                whole = said[way] if isinstance(said[way], dict) else {}
                parts = [whole, *whole.get("BatchItemRequest", ()), *whole.get("BatchItemResponse", ())]
                for listed in (whole.get("QueryResponse") or {}).items():
                    parts += [{listed[0]: each} for each in listed[1]] if isinstance(listed[1], list) else []
                for part in parts:
                    found += [(way, key, value) for key, value in part.items() if isinstance(value, dict)]
        return found


Serve = Callable[..., Served]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Start a sandbox with these words; ended with the test."""
    running: list[Served] = []

    def started(*words: str) -> Served:
        running.append(Served(tmp_path, *words))
        return running[-1]

    yield started
    for each in running:
        each.process.terminate()
        each.process.wait(20)


class Person:
    """Somebody at the command line, with a database of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = f"sqlite:///{folder / 'hub.db'}"

    def __call__(self, *words: str, stdin: str = "", **surroundings: str) -> subprocess.CompletedProcess[str]:
        return self.run([HUB, *words], stdin, **surroundings)

    def run(self, command: list[str], stdin: str = "", **surroundings: str) -> subprocess.CompletedProcess[str]:
        given = {**os.environ, "HUB_DATABASE_URL": self.database, "PYTHONIOENCODING": "utf-8", **surroundings}
        return subprocess.run(
            command, input=stdin, capture_output=True, text=True, encoding="utf-8", timeout=300, env=given,
            cwd=self.folder,
        )  # fmt: skip

    def json(self, *words: str) -> Any:
        done = self(*words, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def northwind(self, url: str, *words: str, **surroundings: str) -> subprocess.CompletedProcess[str]:
        example = [sys.executable, str(ROOT / "examples" / "northwind.py"), str(NORTHWIND), "--adapter", "quickbooks"]
        return self.run([*example, "--sandbox", url, "--set", f"time_scale={SPEED}", *words], **surroundings)


@pytest.fixture(scope="session")
def walker() -> Any:
    """The schema walker; skips where the schemas are not at hand."""
    spec = importlib.util.spec_from_file_location("schema_walker_live", Path(__file__).parents[1] / "schema_walker.py")
    assert spec is not None
    assert spec.loader is not None
    found = sys.modules["schema_walker_live"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    if not found.at_hand():
        pytest.skip(f"Intuit's schemas are not at hand in {found.FOLDER}")
    return found


@pytest.fixture
def person(tmp_path: Path) -> Person:
    return Person(tmp_path)


def sum_of(documents: list[dict[str, Any]]) -> Decimal:
    return sum((Decimal(each["TotalAmt"]) for each in documents), Decimal(0))
