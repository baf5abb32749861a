"""The tiny adapter keeps the contract: its books as the suite sees them, and the suite itself."""

import json
from decimal import Decimal
from typing import Any

from hub_tiny import TinyAdapter

from hub.adapters import AdapterContext, NoSettings
from hub.model import RecordType
from hub.testing.contract import OURS, ContractSuite, Seen, Subject, Trouble


class TinySubject(Subject):
    adapter = TinyAdapter

    def context(self, books: str) -> AdapterContext:
        return AdapterContext(
            connection=f"{books}/tiny", settings=NoSettings(), data_dir=self.folder, now=self.now, sleep=self.sleep
        )

    def look(self, type: RecordType, books: str = OURS) -> list[Seen]:
        held = self.connect(books).load()["objects"]
        return [as_seen(id, one) for id, one in held.items() if one["type"] == type]

    def add(self, type: RecordType, name: str) -> str:
        return self.write("by-hand", {"type": type, "name": name, "active": True, "marker": "", "data": {}})

    def edit(self, type: RecordType, remote_id: str, **fields: str) -> None:
        one = self.connect().load()["objects"][remote_id]
        name = fields.pop("name", one.get("name"))
        self.write(remote_id, one | ({"name": name} if name else {}) | {"data": one["data"] | fields})

    def inactivate(self, type: RecordType, remote_id: str) -> None:
        self.write(remote_id, self.connect().load()["objects"][remote_id] | {"active": False})

    def switch_on(self, trouble: Trouble, way: str = "") -> None:
        if trouble is not Trouble.UNREACHABLE:
            super().switch_on(trouble, way)
        self.saved = self.file.read_text("utf-8")
        self.file.write_text("{ half a file", "utf-8")

    def switch_off(self) -> None:
        self.file.write_text(self.saved, "utf-8")

    @property
    def file(self) -> Any:
        return self.connect().file

    def write(self, id: str, one: dict[str, Any]) -> str:
        books = self.connect().load()
        books["version"] += 1
        id = f"{id}-{books['version']}" if id == "by-hand" else id
        books["objects"][id] = one | {"version": str(books["version"])}
        self.file.write_text(json.dumps(books), "utf-8")
        return id


def as_seen(id: str, one: dict[str, Any]) -> Seen:
    total = Decimal(one["total"]) if "total" in one else None
    name, number = one.get("name", ""), one.get("number", "")
    return Seen(remote_id=id, name=name, number=number, total=total, active=one.get("active", True), fields=one["data"])


class TestTiny(ContractSuite):
    subject = TinySubject
