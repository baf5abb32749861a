"""Books in one JSON file: a complete adapter that keeps the promises of docs/writing-an-adapter.md."""

import json
import os
from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import uuid4

from hub import adapters as hub
from hub.errors import BooksProblem, ErrorClass
from hub.model import Direction, Entity, Operation, RecordType, Ref, SalesDocument, record_data

CUSTOMER, ITEM, SHIP_DOC = RecordType.CUSTOMER, RecordType.ITEM, RecordType.SHIP_DOC
KEPT = {CUSTOMER: ("email", "phone"), ITEM: ("kind", "sku", "unit_price"), SHIP_DOC: ("date", "currency", "memo")}
REMOVAL = {CUSTOMER: hub.Removal.INACTIVATE, ITEM: hub.Removal.INACTIVATE, SHIP_DOC: hub.Removal.DELETE}
CAN = hub.Capabilities(
    types={CUSTOMER: Direction.BOTH, ITEM: Direction.BOTH, SHIP_DOC: Direction.EXPORT},
    batch_size=20,
    settle=2,
    markers=True,
    removals={type: (how,) for type, how in REMOVAL.items()},
    namespaces={CUSTOMER: "customers", ITEM: "items"},
    version_guard=True,
)
Books = dict[str, Any]


class TinyAdapter:
    info = hub.AdapterInfo(name="tiny", title="Tiny books", version="0.1.0", capabilities=CAN)

    def __init__(self, context: hub.AdapterContext) -> None:
        self.now, self.connection = context.now, context.connection
        self.file = context.data_dir / f"tiny-{self.connection.replace('/', '--')}.json"

    @hub.hookimpl
    def hub_check(self) -> hub.Identity:
        books = self.load()
        if not self.file.exists():
            self.save(books)
        return hub.Identity(id=books["id"], name=f"Tiny books of {self.connection}")

    @hub.hookimpl
    def hub_create(self, requests: Sequence[hub.Request]) -> list[hub.Outcome]:
        books = self.load()
        outcomes = [carry_out(books, books["objects"], request) for request in requests]
        if self.now() >= min(request.deadline for request in requests):
            return [hub.Waiting(until=self.now(), reason="The deadline passed; nothing was saved.") for _ in requests]
        self.save(books)
        return outcomes

    hub_update = hub_delete = hub_undo = hub_create  # each request says itself what is to be done

    @hub.hookimpl
    def hub_find(self, wanted: Sequence[hub.Find]) -> list[tuple[hub.RemoteObject, ...]]:
        objects = [as_object(id, one) for id, one in self.load()["objects"].items()]
        return [tuple(one for one in objects if meets(one, asked)) for asked in wanted]

    @hub.hookimpl
    def hub_read(self, refs: Sequence[hub.RemoteRef]) -> list[hub.RemoteObject | None]:
        held = self.load()["objects"]
        return [as_object(ref.remote_id, held[ref.remote_id]) if ref.remote_id in held else None for ref in refs]

    @hub.hookimpl
    def hub_changes(self, cursor: str | None, limit: int) -> hub.ChangePage:
        objects = [as_object(id, one) for id, one in self.load()["objects"].items() if one["type"] != SHIP_DOC]
        news = sorted((one for one in objects if int(one.version) > int(cursor or 0)), key=lambda one: int(one.version))
        page = tuple(news[:limit])
        return hub.ChangePage(objects=page, cursor=page[-1].version if page else cursor or "0", more=len(news) > limit)

    def load(self) -> Books:
        try:
            text = self.file.read_text("utf-8") if self.file.exists() else '{"version": 0, "objects": {}}'
            return {"id": uuid4().hex, **json.loads(text)}
        except (OSError, ValueError) as fault:
            raise BooksProblem(f"{self.file.name} cannot be read: {fault}.", fix="Restore the file.") from fault

    def save(self, books: Books) -> None:
        with (draft := self.file.with_suffix(".draft")).open("w", encoding="utf-8") as file:
            json.dump(books, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.file)


def carry_out(books: Books, held: Books, request: hub.Request) -> hub.Outcome:
    id = request.remote.remote_id if request.remote else str(books["version"] + 1)
    how = REMOVAL[request.type] if request.operation is Operation.DELETE else None
    if request.remote and id not in held:
        return hub.Applied(remote_id=id, how=how) if how else refused("gone", "It is gone.", "Create it anew.")
    if request.remote and request.remote.version not in ("", held[id]["version"]):
        return hub.Conflict(code=hub.Conflict.STALE_VERSION, message="Somebody changed it in the books.")
    content = {**held[id], "active": False} if how else encoded(request, held, id)
    if not isinstance(content, dict):
        return content
    books["version"] += 1
    held[id] = {**content, "type": request.type, "marker": request.marker, "version": str(books["version"])}
    if how is hub.Removal.DELETE:
        del held[id]
    return hub.Applied(remote_id=id, version=str(books["version"]), how=how, name=content.get("name", ""))


def encoded(request: hub.Request, held: Books, id: str) -> Books | hub.Outcome:
    record, data = request.record, record_data(request.record)
    one: Books = {"data": {field: data.get(field) for field in KEPT[request.type]}}
    if isinstance(record, Entity):
        for other, each in held.items():
            if other != id and each["type"] == request.type and same(each["name"], record.name):
                taken = f"{each['name']} is in the books already."
                return hub.Conflict(code=hub.Conflict.DUPLICATE_NAME, message=taken, remote_id=other)
        return {**one, "name": record.name, "active": record.active}
    assert isinstance(record, SalesDocument)
    party = request.links[Ref(CUSTOMER, record.customer)].remote_id
    if not held.get(party, {}).get("active"):
        return refused(
            "customer_inactive", "The books have no such active customer.", "Make the customer active there."
        )
    items = [request.links[Ref(ITEM, line.item)].remote_id for line in record.lines if line.item]
    return {**one, "number": record.number or "", "party_id": party, "total": str(record.total), "items": items}


def as_object(id: str, one: Books) -> hub.RemoteObject:
    known = {field: value for field, value in one.items() if field not in ("type", "items", "total")}
    total = Decimal(one["total"]) if "total" in one else None
    return hub.RemoteObject(type=RecordType(one["type"]), remote_id=id, total=total, **known)


def meets(one: hub.RemoteObject, asked: hub.Find) -> bool:
    named = asked.name is not None and same(one.name, asked.name)
    numbered = asked.number is not None and one.number == asked.number
    return one.type is asked.type and (named or numbered or one.marker == asked.marker)


def same(name: str, other: str) -> bool:
    return CAN.name_rule.normalise(name) == CAN.name_rule.normalise(other)


def refused(code: str, message: str, fix: str) -> hub.Rejected:
    return hub.Rejected(fault=hub.Fault(error=ErrorClass.VALIDATION, code=code, message=message, fix=fix))
