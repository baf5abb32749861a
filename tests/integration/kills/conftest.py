"""A company with something of everything still to be sent, and a process that can be killed while it sends it."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from hub.app import Hub, open_hub

CONNECTION = "acme/mock"
BOOKS = {
    "keys and markers": {},
    "keys only": {"markers": False},
    "markers only": {"key_memory": 0},
    "neither": {"key_memory": 0, "markers": False},
}


class Stage:
    """One copy of the company, and what its books must hold in the end."""

    def __init__(self, folder: Path, order: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        self.folder, self._order = folder, order
        self.url = f"sqlite:///{folder / 'hub.db'}"
        self.kills = 0

    def sync(self, kill_at: str = "") -> bool:
        """Run a sync in a process of its own; whether it was killed."""
        ended = self._order({"url": self.url, "kill_at": kill_at})
        assert ended["killed"] or ended["code"] == 0, f"the sync failed by itself: {ended}"
        self.kills += ended["killed"]
        return bool(ended["killed"])

    def finish(self) -> None:
        """Sync until nothing waits, a few times at most: what an unknown outcome blocked goes out next time."""
        for _ in range(4):
            self.sync()
            if not self.busy():
                return

    def busy(self) -> bool:
        """Whether a request or a job is left."""
        with closing(sqlite3.connect(self.folder / "hub.db")) as db:
            unfinished = "SELECT 1 FROM jobs WHERE state IN ('queued', 'exporting', 'importing')"
            return db.execute(f"SELECT 1 FROM requests UNION {unfinished}").fetchone() is not None

    def open(self) -> Hub:
        """Look into the hub."""
        return open_hub(self.url, actor="tester")

    def assert_as_if_nothing_had_happened(self) -> None:
        """Exactly one object per record, equal to the source; nothing waits; no job is unfinished."""
        with self.open() as hub:
            clerk = hub.adapter(CONNECTION).bookkeeper
            held = {
                "customers": sorted((each["name"], each["data"].get("phone")) for each in clerk.all("customer")),
                "items": sorted((each["name"], each["data"].get("unit_price")) for each in clerk.all("item")),
                "invoices": sorted((each["number"], each["total"]) for each in clerk.all("invoice")),
                "credits": sorted((each["number"], each["total"]) for each in clerk.all("credit_note")),
                "payments": sorted((each["number"], each["total"]) for each in clerk.all("payment")),
            }
            assert held == EXPECTED
            assert hub.queue(CONNECTION)["items"] == []
            jobs = hub.jobs(CONNECTION, limit=500)["items"]
            assert [each for each in jobs if each["state"] not in ENDED] == []
            for type, source_id in LIVE:
                (sync,) = hub.show("acme", type, source_id, history=False)["sync"]
                assert (type, source_id, sync["state"]) == (type, source_id, "synced")
                assert sync["remote_id"]


ENDED = ("completed", "completed_with_errors", "failed", "cancelled")
CUSTOMERS = range(1, 7)
INVOICES = range(1, 13)
LIVE = [
    *(("customer", f"C{at}") for at in CUSTOMERS),
    *(("item", f"I{at}") for at in (1, 2, 3)),
    *(("ship_doc", f"S{at}") for at in INVOICES),
    ("customer_return", "R1"),
    *(("payment", f"P{at}") for at in (1, 2, 3)),
]
EXPECTED = {
    "customers": [(f"Customer {at}", f"0{at}" if at <= 2 else "1") for at in CUSTOMERS],
    "items": [(f"Item {at}", "10.00") for at in (1, 2, 3)],
    "invoices": sorted((f"S{at}", f"{at}0.00") for at in INVOICES),
    "credits": [("R1", "10.00")],
    "payments": [(f"P{at}", f"{at}0.00") for at in (1, 2, 3)],
}


def _document(at: int, status: str = "shipped") -> dict[str, Any]:
    line = {"item": f"I{at % 3 + 1}", "quantity": str(at), "unit_price": "10.00"}
    return {"number": f"S{at}", "status": status, "date": f"2026-01-{at:02}", "customer": f"C{at % 6 + 1}",
            "currency": "USD", "lines": [line]}  # fmt: skip


def _payment(at: int) -> dict[str, Any]:
    applied = [{"type": "ship_doc", "source_id": f"S{at}", "amount": f"{at}0.00"}]
    return {"number": f"P{at}", "status": "recorded", "date": "2026-02-01", "customer": f"C{at % 6 + 1}",
            "currency": "USD", "amount": f"{at}0.00", "applied_to": applied}  # fmt: skip


def furnish(folder: Path, settings: dict[str, Any]) -> None:
    """A first sync is behind it; now creates, updates, removals and a document undone and closed again are waiting."""
    folder.mkdir()
    with open_hub(f"sqlite:///{folder / 'hub.db'}", actor="tester") as hub:
        hub.add_company("Acme")
        hub.connect("acme", "mock", settings={**settings, "batch_size": 3})
        for at in (1, 2, 3, 99):
            hub.put("acme", "customer", f"C{at}", {"name": f"Customer {at}", "phone": "1"})
        for at in (1, 2, 3):
            hub.put("acme", "item", f"I{at}", {"name": f"Item {at}", "unit_price": "10.00"})
        for at in (1, 2, 13):
            number = {"customer": "C1"}
            hub.put("acme", "ship_doc", f"S{at}", {**_document(at), **number})
        hub.sync(CONNECTION)
        for at in (1, 2):
            hub.put("acme", "customer", f"C{at}", {"name": f"Customer {at}", "phone": f"0{at}"})
        for at in (4, 5, 6):
            parent = {"parent": f"C{at - 1}"} if at > 4 else {}
            hub.put("acme", "customer", f"C{at}", {"name": f"Customer {at}", "phone": "1", **parent})
        hub.delete("acme", "customer", "C99")
        hub.delete("acme", "ship_doc", "S13")
        hub.undo("acme", "ship_doc", "S2")
        for at in INVOICES:
            hub.put("acme", "ship_doc", f"S{at}", _document(at))
        returned = {**_document(1), "number": "R1", "date": "2026-01-20", "status": "received"}
        hub.put("acme", "customer_return", "R1", returned)
        for at in (1, 2, 3):
            hub.put("acme", "payment", f"P{at}", _payment(at))


@pytest.fixture(scope="session")
def order() -> Iterator[Callable[[dict[str, Any]], dict[str, Any]]]:
    """The process that runs syncs in children of its own."""
    script = Path(__file__).with_name("victim.py")
    with subprocess.Popen(
        [sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:

        def order(what: dict[str, Any]) -> dict[str, Any]:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps(what) + "\n")
            process.stdin.flush()
            answer: dict[str, Any] = json.loads(process.stdout.readline())
            return answer

        yield order
        assert process.stdin is not None
        process.stdin.close()


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The folder of the company on books of that kind, made once."""
    root = tmp_path_factory.mktemp("furnished")

    def furnished(kind: str) -> Path:
        folder = root / kind.replace(" ", "-")
        if not folder.exists():
            furnish(folder, BOOKS[kind])
        return folder

    return furnished


@pytest.fixture
def stage(
    tmp_path: Path,
    order: Callable[[dict[str, Any]], dict[str, Any]],
    furnished: Callable[[str], Path],
    record_property: Callable[[str, object], None],
) -> Iterator[Callable[[str], Stage]]:
    """Make a fresh copy of the company; its kills are counted for the summary."""
    stages: list[Stage] = []

    def stage(kind: str) -> Stage:
        folder = tmp_path / str(len(stages))
        shutil.copytree(furnished(kind), folder)
        stages.append(Stage(folder, order))
        return stages[-1]

    yield stage
    record_property("kills", sum(each.kills for each in stages))
