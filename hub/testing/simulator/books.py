"""Books in memory, as strict and as forgetful as they are told: versions, names, keys, payments, a change feed.

They know whose copy an object is by a word in its notes or memo, whatever its name, number or marker: so the verdict
on a history needs no table of the hub's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from hub.adapters import (
    Applied,
    ChangePage,
    Conflict,
    Fault,
    Find,
    NameRule,
    Outcome,
    Rejected,
    RemoteObject,
    RemoteRef,
    Removal,
    Request,
)
from hub.errors import ErrorClass
from hub.model import Document, Entity, Operation, Payment, RecordType, Ref, record_data
from hub.model.entities import ENTITY_MODELS
from hub.model.types import ENTITIES

IDENTITY = {"customer": "notes", "vendor": "notes", "item": "description", "ship_doc": "memo", "payment": "memo"}
"""The field whose first word says whose copy an object is."""
NAMESPACES = {RecordType.CUSTOMER: "names", RecordType.VENDOR: "names", RecordType.ITEM: "item"}
_FIELDS = {type: tuple(name for name in ENTITY_MODELS[type].model_fields if name != "custom") for type in ENTITIES}
_normalise = NameRule().normalise


@dataclass(slots=True)
class Thing:
    """An object of the books."""

    id: int
    type: RecordType
    posts_as: str
    version: int
    seq: int
    name: str
    number: str
    marker: str
    data: dict[str, Any]
    active: bool = True
    deleted: bool = False
    party: str | None = None
    total: Decimal | None = None
    currency: str | None = None
    day: date | None = None
    uses: frozenset[str] = frozenset()
    applied: tuple[tuple[str, Decimal], ...] = ()

    @property
    def whose(self) -> str:
        """The source id of the record that it is a copy of; empty when it is nobody's."""
        text: str = self.data.get(IDENTITY.get(self.type.value, "memo")) or ""
        return text.partition(" ")[0]

    @property
    def live(self) -> bool:
        """Whether it counts: neither deleted nor inactive nor void."""
        return self.active and not self.deleted

    def seen(self) -> RemoteObject:
        """As the hub sees it."""
        data = self.data
        if self.type.is_entity:
            data = {name: data.get(name) for name in _FIELDS[self.type]} | {"active": self.active}
        return RemoteObject(
            type=self.type, remote_id=str(self.id), version=str(self.version), name=self.name, number=self.number,
            marker=self.marker, active=self.active, deleted=self.deleted, data=dict(data), date=self.day,
            currency=self.currency, total=self.total, party_id=self.party, applied_to=self.applied,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How these books behave. `remembers` is how long they really know a key, in seconds; 0: they ignore keys.

    `numbers`: "own" (they number documents themselves), "unique" (a number is taken once), "free" (it may repeat).
    """

    remembers: float
    markers: bool
    numbers: str
    voids: bool


class Books:
    """One set of books. Whatever is wrong with what they are asked, they note in `wrongs`: (rule, what happened)."""

    def __init__(self, habits: Habits) -> None:
        self.habits = habits
        self.things: dict[int, Thing] = {}
        self.wrongs: list[tuple[str, str]] = []
        self.met: Counter[str] = Counter()
        self._kept: dict[str, tuple[str, Outcome, datetime]] = {}
        self._seq = 0

    # --- what the adapter asks ---

    def apply(self, request: Request, now: datetime) -> Outcome:
        """Carry one request out, wholly or not at all."""
        record = record_data(request.record)
        digest = repr((request.operation, request.source_id, request.marker, request.remote, record,
                       sorted(request.links.items())))  # fmt: skip
        kept = self._kept.get(request.key)
        if kept and now < kept[2] + timedelta(seconds=self.habits.remembers):
            if kept[0] != digest:
                self.wrongs.append(("X2", f"one key came with two different requests: {request.key}"))
            self.met["keys that the books remembered"] += 1
            return kept[1]
        if kept:
            self.met["keys that the books had forgotten"] += 1  # only an engine that is wrong lets that happen
        outcome = self._carry_out(request, record)
        if self.habits.remembers:
            self._kept[request.key] = (digest, outcome, now)
        return outcome

    def find(self, wanted: Find) -> tuple[RemoteObject, ...]:
        """What meets any of the criteria, inactive ones included."""
        found = []
        for thing in self.things.values():
            if thing.deleted or thing.type != wanted.type or thing.posts_as != wanted.posts_as:
                continue
            by_marker = self.habits.markers and wanted.marker is not None and thing.marker == wanted.marker
            by_name = wanted.name is not None and _normalise(thing.name) == _normalise(wanted.name)
            by_number = wanted.number is not None and thing.number == wanted.number
            if by_marker or by_name or by_number:
                found.append(thing.seen())
        return tuple(found)

    def read(self, ref: RemoteRef) -> RemoteObject | None:
        """The object by its id."""
        thing = self.things.get(int(ref.remote_id))
        return thing.seen() if thing and thing.type == ref.type else None

    def changes(self, cursor: str | None, limit: int) -> ChangePage:
        """The next page of entities and applied payments."""
        since = int(cursor or 0)
        news = self.news(since)
        page = news[:limit]
        last = page[-1].seq if page else since
        return ChangePage(objects=tuple(each.seen() for each in page), cursor=str(last), more=len(news) > limit)

    def news(self, since: int) -> list[Thing]:
        """What the change feed holds after this place."""
        found = (each for each in self.things.values() if each.seq > since and (each.type.is_entity or each.applied))
        return sorted(found, key=lambda each: each.seq)

    # --- what the books' own people do ---

    def live(self, type: str, whose: str) -> list[Thing]:
        """The live copies of a record, oldest first."""
        return [each for each in self.things.values() if each.live and each.type == type and each.whose == whose]

    def edit(self, thing: Thing, field_name: str, value: str) -> None:
        """Somebody changes a field by hand."""
        thing.data = {**thing.data, field_name: value}
        self._changed(thing)

    def remove(self, thing: Thing) -> bool:
        """Somebody deletes it by hand, where the books allow it."""
        if self._payments_on(thing) or self._used(thing):
            return False
        thing.deleted, thing.active, thing.applied = True, False, ()
        self._changed(thing)
        return True

    def pay(self, thing: Thing, amount: Decimal) -> bool:
        """Somebody enters a payment on a document."""
        if thing.total is None or self._paid(thing) + amount > thing.total:
            return False
        id = len(self.things) + 1
        self.things[id] = Thing(
            id=id, type=RecordType.PAYMENT, posts_as="payment", version=1, seq=self._next_seq(), name="",
            number=f"by hand {id}", marker="", data={"memo": ""}, party=thing.party, total=amount,
            currency=thing.currency, day=thing.day, applied=((str(thing.id), amount),),
        )  # fmt: skip
        return True

    def paid_by_somebody(self, thing: Thing) -> bool:
        """Whether a live payment is applied to it."""
        return bool(self._payments_on(thing))

    # --- inside ---

    def _carry_out(self, request: Request, record: dict[str, Any]) -> Outcome:
        thing = self.things.get(int(request.remote.remote_id)) if request.remote else None
        match request.operation:
            case Operation.CREATE:
                return self._refusal(request, None) or self._create(request, record)
            case Operation.UPDATE:
                if thing is None or thing.deleted or not (thing.active or thing.type.is_entity):
                    return rejected("not_found", ErrorClass.CONFLICT, "It is not in the books, or was deleted there.")
                return (
                    self._stale(request, thing) or self._refusal(request, thing) or self._write(thing, request, record)
                )
            case Operation.DELETE:
                return self._delete(request, thing)

    def _create(self, request: Request, record: dict[str, Any]) -> Outcome:
        id = len(self.things) + 1
        thing = Thing(id=id, type=request.type, posts_as=request.posts_as, version=0, seq=0, name="",
                      number=str(1000 + id), marker=request.marker, data={})  # fmt: skip
        self.things[id] = thing
        self._write(thing, request, record)
        twins = self.live(thing.type, thing.whose)
        if len(twins) > 1:
            ids = ", ".join(str(each.id) for each in twins)
            self.wrongs.append(("X4", f"{thing.type.words} {thing.whose} is in the books {len(twins)} times: {ids}"))
        return self._applied(thing)

    def _write(self, thing: Thing, request: Request, data: dict[str, Any]) -> Outcome:
        record = request.record
        thing.data, thing.marker = data, request.marker or thing.marker
        thing.uses = frozenset(link.remote_id for ref, link in request.links.items() if ref.type.is_entity)
        if isinstance(record, Entity):
            thing.name, thing.active = record.name, record.active
        else:
            thing.number = record.number or thing.number
            thing.data = {**data, "number": thing.number}
            thing.day, thing.currency, thing.total = record.date, record.currency, record.total
            thing.party = next((to.remote_id for ref, to in request.links.items() if ref.type in _PARTIES), None)
            thing.applied = tuple((request.links[ref].remote_id, amount) for ref, amount in _applies(request))
        self._changed(thing)
        return self._applied(thing)

    def _delete(self, request: Request, thing: Thing | None) -> Outcome:
        if thing is None or not (thing.live or (thing.type.is_entity and not thing.deleted)):
            remote_id = request.remote.remote_id if request.remote else ""
            return Applied(remote_id=remote_id, how=Removal.DELETE)
        if refusal := self._stale(request, thing):
            return refusal
        if self._payments_on(thing):
            return rejected("payments_applied", ErrorClass.VALIDATION, "Payments are applied to it.")
        how = Removal.DELETE
        if thing.type.is_entity and self._used(thing):
            how = Removal.INACTIVATE
        elif self.habits.voids and not thing.type.is_entity:
            how = Removal.VOID
        thing.active, thing.deleted = False, how is Removal.DELETE
        if not thing.type.is_entity:
            thing.applied = ()
        self._changed(thing)
        return Applied(remote_id=str(thing.id), version=str(thing.version), how=how, name=thing.name or thing.number)

    def _stale(self, request: Request, thing: Thing) -> Outcome | None:
        seen = request.remote.version if request.remote else ""
        if seen in ("", str(thing.version)):
            return None
        self.met["stale versions"] += 1
        return Conflict(code=Conflict.STALE_VERSION, message=f"It is at version {thing.version}, not {seen}.",
                        remote_id=str(thing.id))  # fmt: skip

    def _refusal(self, request: Request, thing: Thing | None) -> Outcome | None:
        record, mine = request.record, thing.id if thing else 0
        if isinstance(record, Entity):
            for other in self._named(NAMESPACES[request.type], _normalise(record.name)):
                if other.id != mine:
                    return Conflict(code=Conflict.DUPLICATE_NAME, message=f"{record.name} is taken.",
                                    remote_id=str(other.id))  # fmt: skip
            return None
        if record.number and self.habits.numbers == "unique":
            for other in self.things.values():
                if (
                    other.live
                    and other.id != mine
                    and (other.posts_as, other.number) == (request.posts_as, record.number)
                ):
                    return Conflict(code=Conflict.DUPLICATE_NUMBER, message=f"{record.number} is taken.",
                                    remote_id=str(other.id))  # fmt: skip
        for ref, link in request.links.items():
            found = self.things.get(int(link.remote_id))
            if found is None or not found.live:
                return rejected("missing_dependency", ErrorClass.MISSING_DEPENDENCY, f"{ref} is not in the books.")
        for ref, amount in _applies(request):
            document = self.things[int(request.links[ref].remote_id)]
            if self._paid(document, without=mine) + amount > (document.total or 0):
                return rejected("over_applied", ErrorClass.VALIDATION, f"More than {ref} has left.")
        if thing is not None and thing.total is not None and self._paid(thing) > (record.total or 0):
            return rejected("payments_applied", ErrorClass.VALIDATION, "Payments are applied to it.")
        return None

    def _named(self, namespace: str, key: str) -> Iterator[Thing]:
        for thing in self.things.values():
            if not thing.deleted and NAMESPACES.get(thing.type) == namespace and _normalise(thing.name) == key:
                yield thing

    def _payments_on(self, thing: Thing) -> list[Thing]:
        me = str(thing.id)
        return [each for each in self.things.values() if each.live and any(id == me for id, _ in each.applied)]

    def _paid(self, thing: Thing, without: int = 0) -> Decimal:
        me = str(thing.id)
        payers = [each for each in self._payments_on(thing) if each.id != without]
        return sum((amount for each in payers for id, amount in each.applied if id == me), Decimal(0))

    def _used(self, thing: Thing) -> bool:
        me = str(thing.id)
        return any(me in each.uses and not each.deleted for each in self.things.values())

    def _applied(self, thing: Thing) -> Applied:
        return Applied(remote_id=str(thing.id), version=str(thing.version), name=thing.name or thing.number)

    def _changed(self, thing: Thing) -> None:
        thing.version += 1
        thing.seq = self._next_seq()

    def _next_seq(self) -> int:
        self._seq += 1
        return self._seq


_PARTIES = (RecordType.CUSTOMER, RecordType.VENDOR)


def _applies(request: Request) -> Sequence[tuple[Ref, Decimal]]:
    record = request.record
    if not isinstance(record, Document | Payment):
        return ()
    parts = ((Ref(part.type, part.source_id), part.amount) for part in record.applied_to)
    return [(ref, amount) for ref, amount in parts if ref in request.links]


def rejected(code: str, error: ErrorClass, message: str) -> Rejected:
    """A refusal; nothing happened."""
    return Rejected(fault=Fault(error=error, code=code, message=message, fix="Look at it in the books."))
