"""What every step of the story is given, and what it gives back."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hub.app import Hub
from hub.demo.names import CATCH_ALL, COMPANY, CURRENCY, TWICE
from hub.demo.records import Record, total
from hub.demo.shop import Shop
from hub.errors import HubError
from hub.model import make_policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One step as it is told: what happened, why, and the facts for programs."""

    title: str
    what: str
    why: str
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """The hub, the order system, and the mock books: `adapter` makes them misbehave, `books` is their own screen."""

    hub: Hub
    company: str
    connection: str
    shop: Shop
    adapter: Any
    books: Any

    def sync(self) -> dict[str, Any]:
        """Run a job; the order system follows what came of it."""
        job = self.hub.sync(self.connection)
        must(job["state"] in ("completed", "completed_with_errors"), f"job {job['id']} ended as {job['state']}")
        self.shop.follow()
        return job

    def sync_well(self) -> dict[str, Any]:
        """Run a job in which nothing may go wrong."""
        job = self.sync()
        must(job["state"] == "completed", f"job {job['id']} completed with errors")
        return job

    def standing(self, type: str, source_id: str) -> dict[str, Any]:
        """How a record stands on the connection."""
        shown = self.hub.show(self.company, type, source_id, history=False)
        (standing,) = shown["sync"]
        found: dict[str, Any] = standing
        return found

    def invoices(self) -> dict[str, dict[str, Any]]:
        """The invoices in the books by number, of which there is one each."""
        found = self.books.all("invoice")
        numbered = {one["number"]: one for one in found}
        must(len(numbered) == len(found), "an invoice is in the books twice")
        return numbered

    def ship_docs(self, *statuses: str) -> list[Record]:
        """The order system's ship docs in these statuses that nobody has paid or returned."""
        settled = {part["source_id"] for one in self.shop.records.values() for part in one.get("applied_to", ())}
        return [
            one
            for key, one in self.shop.records.items()
            if key[0] == "ship_doc"
            and one["status"] in statuses
            and key not in self.shop.left_out
            and key[1] not in settled
        ]


def set_stage(hub: Hub, settings: Mapping[str, Any]) -> Stage:
    """The company, connected to new books in which a bookkeeper has been at work already."""
    company = hub.add_company(COMPANY)["id"]
    made = hub.connect(company, "mock", settings={"company_name": COMPANY, **settings})
    # The story needs the shipped policy, whatever a hub.toml in this directory says.
    hub.set_policy(made["connection"], make_policy().model_dump(mode="json", by_alias=True))
    adapter = hub.adapter(made["connection"])
    books = adapter.bookkeeper
    books.add("customer", [f"name={TWICE}", "contact_name=Niamh O'Malley", "phone=+00 21 555 0199"])
    books.add("item", [f"name={CATCH_ALL}", "income_account=Sales"])
    shop = Shop(hub, company)
    return Stage(hub=hub, company=company, connection=made["connection"], shop=shop, adapter=adapter, books=books)


def must(holds: bool, otherwise: str) -> None:
    """The demo tells only what it has seen: HubError `demo_failed` when the hub did something else."""
    if not holds:
        raise HubError(
            f"The demo did not go as it should: {otherwise}.",
            code="demo_failed",
            fix="Please report it, with the folder that the demo named.",
        )


def money(record: Record) -> str:
    """A document's total as people write it."""
    return f"{total(record):,.2f} {CURRENCY}"


def timed(action: Callable[[], Any]) -> tuple[Any, float]:
    """The result, and how many seconds it took."""
    started = time.perf_counter()
    return action(), max(time.perf_counter() - started, 1e-6)
