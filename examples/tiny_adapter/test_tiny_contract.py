"""The tiny adapter keeps the contract: its books as the suite sees them, and the suite itself."""

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
        held = TinyAdapter(self.context(books)).load()["objects"]
        return [as_seen(id, one) for id, one in held.items() if one["type"] == type]

    def add(self, type: RecordType, name: str) -> str:
        return self.write("", {"type": type, "name": name, "active": True, "marker": "", "data": {}})

    def edit(self, type: RecordType, remote_id: str, **fields: str) -> None:
        one = self.books.load()["objects"][remote_id]
        named = {"name": fields.pop("name")} if "name" in fields else {}
        self.write(remote_id, {**one, **named, "data": one["data"] | fields})

    def inactivate(self, type: RecordType, remote_id: str) -> None:
        self.write(remote_id, self.books.load()["objects"][remote_id] | {"active": False})

    def connect(self, books: str = OURS) -> Any:
        self.latest = super().connect(books)
        return self.latest

    def switch_on(self, trouble: Trouble, way: str = "") -> None:
        save = self.latest.save

        def lose(books: dict[str, Any]) -> None:
            if trouble is Trouble.LOSE_REPLY:
                save(books)
            raise ConnectionResetError("connection reset by peer")

        match trouble:
            case Trouble.LOSE_REQUEST | Trouble.LOSE_REPLY:
                self.latest.save = lose
            case Trouble.UNREACHABLE:
                self.saved = self.books.file.read_text("utf-8")
                self.books.file.write_text("{ half a file", "utf-8")
            case _:
                super().switch_on(trouble, way)

    def switch_off(self) -> None:
        if saved := self.__dict__.pop("saved", None):
            self.books.file.write_text(saved, "utf-8")

    @property
    def books(self) -> TinyAdapter:
        return TinyAdapter(self.context(OURS))

    def write(self, id: str, one: dict[str, Any]) -> str:
        books = self.books.load()
        books["version"] += 1
        id = id or f"by-hand-{books['version']}"
        books["objects"][id] = one | {"version": str(books["version"])}
        self.books.save(books)
        return id


def as_seen(id: str, one: dict[str, Any]) -> Seen:
    total = Decimal(one["total"]) if "total" in one else None
    name, number = one.get("name", ""), one.get("number", "")
    return Seen(remote_id=id, name=name, number=number, total=total, active=one.get("active", True), fields=one["data"])


class TestTiny(ContractSuite):
    subject = TinySubject
