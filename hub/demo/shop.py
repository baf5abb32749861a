"""The demo's order system: it keeps its own records, hands them to the hub, and follows what the hub tells it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from hub.app import Hub
from hub.demo.records import Record
from hub.errors import HubError

Key = tuple[str, str]


class Shop:
    """A source: what it holds here is compared with the books at the end, not with the hub's own database.

    Attributes:
        records: by type and source id, each with `type` and `source_id` in it.
        left_out: records that a person decided to keep out of the books, with the reason.
    """

    def __init__(self, hub: Hub, company: str) -> None:
        self._hub, self.company = hub, company
        self.records: dict[Key, Record] = {}
        self.left_out: dict[Key, str] = {}
        self._after = 0

    def save_all(self, records: Iterable[Record]) -> Counter[str]:
        """Save many records here and hand them to the hub; how many were created, updated, unchanged."""
        records = list(records)
        outcomes: Counter[str] = Counter()
        for saved in self._hub.put_many(self.company, records):
            if saved.error:
                raise saved.error
            outcomes[saved.outcome] += 1
        self.records |= {(record["type"], record["source_id"]): record for record in records}
        return outcomes

    def save(self, type: str, source_id: str, **fields: Any) -> dict[str, Any]:
        """Create or change one record; how it stands now."""
        record = {"type": type, "source_id": source_id, **self.records.get((type, source_id), {}), **fields}
        shown = self._hub.put(self.company, type, source_id, _data(record))
        self.records[type, source_id] = record
        return shown

    def follow(self) -> int:
        """Apply what the hub tells: entities changed in the books, transactions re-opened; how many tidings."""
        count = 0
        while tidings := self._hub.changes(self.company, self._after)["items"]:
            for one in tidings:
                self._apply(one["kind"], (one["type"], one["source_id"]), one["data"])
            self._after = tidings[-1]["id"]
            count += len(tidings)
        return count

    def _apply(self, kind: str, key: Key, told: dict[str, Any]) -> None:
        match kind:
            case "entity_created" | "entity_changed":
                self.records[key] = {"type": key[0], "source_id": key[1], **told}
            case "record_reopened":
                self.records[key] = {**self.records[key], "status": told["status"]}
            case "record_linked":
                pass  # which of the books' entities a record is concerns the hub alone
            case _:
                raise HubError(f"The demo's order system does not know what {kind} means.", code="demo_failed")


def _data(record: Record) -> Record:
    return {field: value for field, value in record.items() if field not in ("type", "source_id")}
