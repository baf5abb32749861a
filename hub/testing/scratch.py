"""A hub on a scratch database with one company, one connection, and a clock that moves only when told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from hub.app import Hub, open_hub
from hub.testing.clock import Clock


class Scratch:
    """The company `acme`, connected to `acme/mock` (or another adapter); short words for what tests do most.

    Args:
        folder: where the books' files are kept, and the database unless `url` names another.
    """

    def __init__(
        self,
        folder: Path,
        url: str | None = None,
        *,
        adapter: str = "mock",
        settings: Mapping[str, Any] | None = None,
        reach: Callable[[str], None] = lambda _: None,
        **hub_settings: Any,
    ) -> None:
        self.folder, self.clock = folder, Clock()
        self.url = url or f"sqlite:///{folder / 'hub.db'}"
        self._open = {
            "data_dir": folder,
            "now": self.clock.now,
            "sleep": self.clock.sleep,
            "reach": reach,
            "actor": "tester",
            **hub_settings,
        }
        self.hub: Hub = open_hub(self.url, **self._open)
        self.hub.init()
        self.company = self.hub.add_company("Acme")["id"]
        self.connection: str = self.hub.connect(self.company, adapter, settings=settings)["connection"]

    def another_process(self) -> Hub:
        """A second hub on the same database, with the same clock."""
        return open_hub(self.url, **self._open)

    @property
    def books(self) -> Any:
        """The connection's adapter instance, to look into the books and change them."""
        return self.hub.adapter(self.connection)

    def put(self, type: str, source_id: str, **data: Any) -> dict[str, Any]:
        """Save one record."""
        return self.hub.put(self.company, type, source_id, data)

    def customer(self, source_id: str = "C1", **data: Any) -> dict[str, Any]:
        """Save a customer; its name follows from its id unless given."""
        return self.put("customer", source_id, **{"name": f"Customer {source_id}", **data})

    def item(self, source_id: str = "I1", **data: Any) -> dict[str, Any]:
        """Save an item."""
        return self.put("item", source_id, **{"name": f"Item {source_id}", "unit_price": "10.00", **data})

    def ship_doc(self, source_id: str = "S1", *, status: str = "shipped", **data: Any) -> dict[str, Any]:
        """Save a ship doc of customer C1 with one line of item I1: 2 × 10.00."""
        given = {"number": source_id, "status": status, "date": "2026-01-04", "customer": "C1",
                 "lines": [{"item": "I1", "quantity": "2", "unit_price": "10.00"}], **data}  # fmt: skip
        return self.put("ship_doc", source_id, **given)

    def payment(
        self, source_id: str = "P1", *, status: str = "recorded", amount: str = "20.00", **data: Any
    ) -> dict[str, Any]:
        """Save a payment of customer C1 for ship doc S1."""
        applied = [{"type": "ship_doc", "source_id": "S1", "amount": amount}]
        given = {
            "status": status,
            "date": "2026-01-05",
            "customer": "C1",
            "amount": amount,
            "applied_to": applied,
            **data,
        }
        return self.put("payment", source_id, **given)

    def sync(self) -> dict[str, Any]:
        """Run a job to its end."""
        return self.hub.sync(self.connection)

    def state(self, type: str, source_id: str) -> str:
        """The record's sync state on the connection."""
        state: str = self.sync_of(type, source_id)["state"]
        return state

    def sync_of(self, type: str, source_id: str) -> dict[str, Any]:
        """How the record stands on the connection."""
        shown = self.hub.show(self.company, type, source_id)
        standing: dict[str, Any] = next(each for each in shown["sync"] if each["connection"] == self.connection)
        return standing

    def status(self, type: str, source_id: str) -> str | None:
        """The record's status in the source."""
        status: str | None = self.hub.show(self.company, type, source_id)["status"]
        return status

    def queue(self, **chosen: Any) -> list[dict[str, Any]]:
        """The waiting requests, in order."""
        items: list[dict[str, Any]] = self.hub.queue(self.connection, limit=1000, **chosen)["items"]
        return items

    def operations(self) -> list[tuple[str, str, str]]:
        """(operation, type, source id) of every request in the queue, in order."""
        return [(each["operation"], each["type"], each["source_id"]) for each in self.queue()]
