"""A company with something of everything still to be sent, and what its books must hold in the end."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from hub.app import open_hub

BOOKS = {
    "keys and markers": {},
    "keys only": {"markers": False},
    "markers only": {"key_memory": 0},
    "neither": {"key_memory": 0, "markers": False},
}
"""What the books can do for a hub that died over a request."""
TOKENS = {"token_seconds": 3600}

CUSTOMERS = range(1, 7)
ITEMS = range(1, 4)
INVOICES = range(1, 13)
PAYMENTS = range(1, 4)
LIVE = [
    *(("customer", f"C{at}") for at in CUSTOMERS),
    *(("item", f"I{at}") for at in ITEMS),
    *(("ship_doc", f"S{at}") for at in INVOICES),
    ("customer_return", "R1"),
    *(("payment", f"P{at}") for at in PAYMENTS),
]
EXPECTED = {
    "customer": sorted((f"Customer {at}", f"0{at}" if at <= 2 else "1") for at in CUSTOMERS),
    "item": sorted((f"Item {at}", "10.00") for at in ITEMS),
    "invoice": sorted((f"S{at}", f"{at}0.00") for at in INVOICES),
    "credit_note": [("R1", "10.00")],
    "payment": sorted((f"P{at}", f"{at}0.00") for at in PAYMENTS),
}
TELLING = {"customer": "phone", "item": "unit_price"}
"""By which field of an entity one sees whether its update arrived."""


def furnish(folder: Path, url: str, settings: dict[str, Any], connections: Sequence[str] = ("mock",)) -> None:
    """A first sync is behind it; now creates, updates, removals and a document undone and closed again are waiting."""
    with open_hub(url, actor="tester", data_dir=folder) as hub:
        hub.init()
        hub.add_company("Acme")
        for name in connections:
            hub.connect("acme", "mock", name=name, settings={**settings, "batch_size": 3})
        for at in (1, 2, 3, 99):
            hub.put("acme", "customer", f"C{at}", {"name": f"Customer {at}", "phone": "1"})
        for at in ITEMS:
            hub.put("acme", "item", f"I{at}", {"name": f"Item {at}", "unit_price": "10.00"})
        for at in (1, 2, 13):
            hub.put("acme", "ship_doc", f"S{at}", {**document(at), "customer": "C1"})
        for name in connections:
            hub.sync(f"acme/{name}")
        for at in (1, 2):
            hub.put("acme", "customer", f"C{at}", {"name": f"Customer {at}", "phone": f"0{at}"})
        for at in (4, 5, 6):
            parent = {"parent": f"C{at - 1}"} if at > 4 else {}
            hub.put("acme", "customer", f"C{at}", {"name": f"Customer {at}", "phone": "1", **parent})
        hub.delete("acme", "customer", "C99")
        hub.delete("acme", "ship_doc", "S13")
        hub.undo("acme", "ship_doc", "S2")
        for at in INVOICES:
            hub.put("acme", "ship_doc", f"S{at}", document(at))
        returned = {**document(1), "number": "R1", "date": "2026-01-20", "status": "received"}
        hub.put("acme", "customer_return", "R1", returned)
        for at in PAYMENTS:
            hub.put("acme", "payment", f"P{at}", payment(at))


def document(at: int) -> dict[str, Any]:
    """A shipped document over `at` times 10.00."""
    line = {"item": f"I{at % 3 + 1}", "quantity": str(at), "unit_price": "10.00"}
    return {"number": f"S{at}", "status": "shipped", "date": f"2026-01-{at:02}", "customer": f"C{at % 6 + 1}",
            "currency": "USD", "lines": [line]}  # fmt: skip


def payment(at: int) -> dict[str, Any]:
    """The payment of that document."""
    applied = [{"type": "ship_doc", "source_id": f"S{at}", "amount": f"{at}0.00"}]
    return {"number": f"P{at}", "status": "recorded", "date": "2026-02-01", "customer": f"C{at % 6 + 1}",
            "currency": "USD", "amount": f"{at}0.00", "applied_to": applied}  # fmt: skip


def books_file(folder: Path, name: str) -> Path:
    """Where the books of a connection are."""
    return folder / f"books-acme--{name}.db"


def held(file: Path) -> dict[str, list[tuple[str, str]]]:
    """What the books' own file holds of each kind, as EXPECTED has it: read without any of our code."""
    found: dict[str, list[tuple[str, str]]] = {kind: [] for kind in EXPECTED}
    with closing(sqlite3.connect(file)) as books:
        query = "SELECT posts_as, name, number, total, content FROM objects WHERE deleted = 0 AND active = 1"
        for kind, name, number, total, content in books.execute(query):
            if kind in TELLING:
                found[kind].append((name, str(json.loads(content).get(TELLING[kind]))))
            elif kind in EXPECTED:
                found[kind].append((number, total))
    return {kind: sorted(rows) for kind, rows in found.items()}


def expire(file: Path) -> None:
    """Let the access token that the books hold expire now."""
    with closing(sqlite3.connect(file, timeout=30)) as books:
        books.execute("UPDATE tokens SET expires = 0")
        books.commit()


def token_counts(file: Path) -> dict[str, int]:
    """How often the books were asked for tokens."""
    with closing(sqlite3.connect(file)) as books:
        row = books.execute("SELECT authorised, refreshed, reissued, refused FROM tokens").fetchone()
    return dict(zip(("authorised", "refreshed", "reissued", "refused"), row, strict=True))
