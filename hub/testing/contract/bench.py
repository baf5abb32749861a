"""One adapter on fresh books: requests in short words, and answers exactly as the adapter gives them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import blake2b
from typing import Any

import pytest

from hub.adapters import (
    AdapterSpec,
    Applied,
    Capabilities,
    ChangePage,
    Conflict,
    Find,
    Outcome,
    Rejected,
    RemoteObject,
    RemoteRef,
    Request,
    Unauthorised,
    Unknown,
)
from hub.errors import AuthorisationLost
from hub.model import (
    ENTITIES,
    Entity,
    Operation,
    Policy,
    RecordType,
    Ref,
    Transaction,
    parse_record,
    record_data,
    references,
)
from hub.testing.contract.samples import sample
from hub.testing.contract.subject import OURS, Seen, Subject, Trouble

POLICY = Policy()
NO_SUCH_ID = "999999999"
NEVER_SENT = f"hub-{'0' * 20}"
_VERBS = {Operation.CREATE: "hub_create", Operation.UPDATE: "hub_update"}


class Bench:
    """Talks to the adapter without the hub's safety net, so that a fault is seen where it is made.

    Attributes:
        subject: the books, seen from the other side.
        adapter: the instance connected to our books.
        can: what it claims to be able to do.
    """

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.links: dict[Ref, RemoteRef] = {}
        self._numbers = itertools.count(1)
        self.reconnect()

    def reconnect(self) -> None:
        """A new instance on the same books, as after a restart of the hub."""
        self.context = self.subject.context(OURS)
        self.adapter: Any = self.subject.connect(OURS)

    @property
    def can(self) -> Capabilities:
        """What the adapter claims, for this connection."""
        claimed = getattr(self.adapter, "capabilities", self.adapter.info.capabilities)
        assert isinstance(claimed, Capabilities), f"its capabilities are a {type(claimed).__name__}"
        return claimed

    # --- what the adapter can do ---

    @property
    def entities(self) -> list[RecordType]:
        """The entity types that go to the books."""
        return [type for type in RecordType if type in ENTITIES and self.can.exports(type)]

    @property
    def documents(self) -> list[RecordType]:
        """The document types that go to the books."""
        return [type for type in RecordType if type not in ENTITIES and self.can.exports(type)]

    def entity(self) -> RecordType:
        """An entity type to try things with: customers, where the books take them."""
        return self._first(self.entities, "entities")

    def document(self) -> RecordType:
        """A document type to try things with: ship docs, where the books take them."""
        return self._first(self.documents, "documents")

    def _first(self, types: list[RecordType], what: str) -> RecordType:
        needs(types, f"it sends no {what}")
        return types[0]

    def offers(self, hook: str) -> bool:
        """Whether the adapter implements a hook at all."""
        return hasattr(self.adapter, hook)

    def marks(self, type: RecordType) -> bool:
        """Whether an object of this type is claimed to be found by its marker."""
        return self.can.markers and type not in getattr(self.can, "unmarked", ())

    # --- requests ---

    def create(self, type: RecordType, *, key: str | None = None, **data: Any) -> Request:
        """A request for a new record, with sample values for what is not given; what it refers to is made first."""
        number = next(self._numbers)
        given = sample(type, number, self.subject.now().date()) | dict(self.subject.sample(type)) | data
        record = parse_record(type, {field: value for field, value in given.items() if value is not None})
        wanted = references(record)
        for ref in wanted:
            self._make_sure_of(ref)
        return Request(
            operation=Operation.CREATE,
            type=type,
            posts_as=POLICY.posts_as(type),
            source_id=f"S{number}",
            record=record,
            key=self._key(number) if key is None else key,
            marker=self._marker(number),
            deadline=self.deadline(),
            links={ref: self.links[ref] for ref in wanted if ref in self.links},
        )

    def update(self, request: Request, applied: Applied, **changes: Any) -> Request:
        """The same record with other values, for the object that a request made."""
        data = record_data(request.record) | changes
        record = parse_record(request.type, {field: value for field, value in data.items() if value is not None})
        return self._again(replace(request, operation=Operation.UPDATE, record=record), applied)

    def removal(self, request: Request, applied: Applied) -> Request:
        """The removal of what a request made."""
        return self._again(replace(request, operation=Operation.DELETE), applied)

    def know(self, request: Request, applied: Applied) -> None:
        """Let later samples refer to what a request made."""
        self.links[Ref(request.type, request.source_id)] = RemoteRef(type=request.type, remote_id=applied.remote_id)

    def each_verb(self) -> list[Request]:
        """One request for each thing that can be asked for; what they need is in the books."""
        entity, document = self.entity(), self.document()
        entities, removed = [self.create(entity) for _ in range(2)], self.create(document)
        changed, deleted = (self.done(request) for request in entities)
        undone = self.done(removed)
        return [
            self.create(entity),
            self.create(document),
            self.update(entities[0], changed, name=f"Renamed {changed.remote_id}"),
            self.removal(entities[1], deleted),
            self.removal(removed, undone),
        ]

    def deadline(self, seconds: float | None = None) -> datetime:
        """An instant so many seconds from now; by default when a call is given up."""
        return self.subject.now() + timedelta(seconds=self.can.call_timeout if seconds is None else seconds)

    def _again(self, request: Request, applied: Applied) -> Request:
        number = next(self._numbers)
        remote = RemoteRef(type=request.type, remote_id=applied.remote_id, version=applied.version)
        return replace(
            request, key=self._key(number), marker=self._marker(number), deadline=self.deadline(), remote=remote
        )

    def _key(self, number: int) -> str:
        return blake2b(f"{self.subject.folder}:{number}".encode(), digest_size=16).hexdigest()

    def _marker(self, number: int) -> str:
        return f"hub-{self._key(number)[:20]}"

    def _make_sure_of(self, ref: Ref) -> None:
        """Have what a sample refers to in the books; what they do not take is named in their own words."""
        if ref not in self.links and ref.type in self.entities:
            request = self.create(ref.type, name=f"Sample {ref.type.words} {ref.source_id}")
            self.links[ref] = RemoteRef(type=ref.type, remote_id=self.done(request).remote_id)

    # --- calls ---

    def push(self, *requests: Request) -> list[Outcome]:
        """The outcomes of one call, an exception turned into what the hub makes of it."""
        try:
            return self.push_raw(requests)
        except AssertionError:
            raise
        except AuthorisationLost as fault:
            return [Unauthorised(message=fault.message)] * len(requests)
        except Exception as fault:
            return [Unknown(message=f"{type(fault).__name__}: {fault}")] * len(requests)

    def push_raw(self, requests: Sequence[Request]) -> list[Outcome]:
        """The same, and what the adapter raises is raised; without `hub_push`, one call for each verb."""
        if self.offers("hub_push"):
            return self._pushed("hub_push", requests)
        verbs: dict[str, list[int]] = {}
        for at, request in enumerate(requests):
            verbs.setdefault(_verb(request), []).append(at)
        answers: dict[int, Outcome] = {}
        for hook, places in verbs.items():
            answers |= zip(places, self._pushed(hook, [requests[at] for at in places]), strict=True)
        return [answers[at] for at in range(len(requests))]

    def _pushed(self, hook: str, requests: Sequence[Request]) -> list[Outcome]:
        answer = self.ask(hook, requests=list(requests))
        assert isinstance(answer, list), f"{hook} answered with a {type(answer).__name__}, not a list"
        assert len(answer) == len(requests), f"{hook} answered {len(answer)} of {len(requests)} requests"
        strangers = [each for each in answer if not isinstance(each, Outcome)]
        assert not strangers, f"{hook} answered with {strangers[0]!r}, which is no outcome"
        return answer

    def done(self, request: Request) -> Applied:
        """The outcome of a request that must succeed."""
        (outcome,) = self.push_raw([request])
        assert isinstance(outcome, Applied), f"{request.operation} {request.type.words}: {outcome}"
        return outcome

    def refused(self, request: Request) -> Rejected | Conflict:
        """The outcome of a request that must be refused for good."""
        (outcome,) = self.push_raw([request])
        assert isinstance(outcome, Rejected | Conflict), f"{request.operation} {request.type.words}: {outcome}"
        return outcome

    def ask(self, hook: str, **arguments: Any) -> Any:
        """One hook's answer, as it is."""
        assert hook in vars(AdapterSpec), hook
        needs(self.offers(hook), f"it does not implement {hook}")
        return getattr(self.adapter, hook)(**arguments)

    def find(self, request: Request, **criteria: str) -> tuple[RemoteObject, ...]:
        """What `hub_find` finds for one entry, of the type of a request."""
        wanted = [Find(type=request.type, posts_as=request.posts_as, **criteria)]
        answer = self.ask("hub_find", wanted=wanted)
        assert len(answer) == 1, f"hub_find answered {len(answer)} of 1 entry"
        return tuple(answer[0])

    def read(self, type: RecordType, remote_id: str) -> RemoteObject | None:
        """What `hub_read` reads of one object."""
        answer = self.ask("hub_read", refs=[RemoteRef(type=type, remote_id=remote_id)])
        assert len(answer) == 1, f"hub_read answered {len(answer)} of 1 entry"
        found = answer[0]
        assert found is None or isinstance(found, RemoteObject), f"hub_read answered with {found!r}"
        return found

    def held(self, type: RecordType, remote_id: str) -> RemoteObject:
        """The same, of one that must be there."""
        found = self.read(type, remote_id)
        assert found is not None, f"hub_read does not find the {type.words} {remote_id}"
        return found

    def pages(self, hook: str, limit: int, cursor: str | None = None, **arguments: Any) -> Iterator[ChangePage]:
        """Every page from a cursor on, until the adapter says that no more waits; never more than a thousand."""
        for _ in range(1000):
            page = self.ask(hook, cursor=cursor, limit=limit, **arguments)
            assert isinstance(page, ChangePage), f"{hook} answered with a {type(page).__name__}"
            yield page
            if not page.more:
                return
            assert page.cursor != cursor or page.objects, f"{hook} says more, and does not move its cursor"
            cursor = page.cursor
        pytest.fail(f"{hook} says more after a thousand pages")

    # --- the other side ---

    def seen(self, type: RecordType, remote_id: str) -> Seen | None:
        """One object as somebody sees it who looks into the books."""
        found = [each for each in self.subject.look(type) if each.remote_id == remote_id]
        assert len(found) < 2, f"two objects in the books have the id {remote_id}"
        return found[0] if found else None

    def state(self, requests: Sequence[Request]) -> dict[RecordType, list[Seen]]:
        """What the books hold of the types that requests are about."""
        return {type: self.subject.look(type) for type in {request.type for request in requests}}

    def count(self, type: RecordType) -> int:
        """How many objects of a type the books hold."""
        return len(self.subject.look(type))

    @contextmanager
    def trouble(self, trouble: Trouble, way: str = "") -> Iterator[None]:
        """Books that misbehave for a while; a new instance afterwards."""
        self.subject.switch_on(trouble, way)
        try:
            yield
        finally:
            self.subject.switch_off()
        self.reconnect()

    def ways(self, trouble: Trouble) -> Sequence[str]:
        """The ways in which a trouble shows itself in these books."""
        return self.subject.ways.get(trouble, ("",))


def _verb(request: Request) -> str:
    return _VERBS.get(request.operation, "hub_delete" if request.type in ENTITIES else "hub_undo")


def name_of(request: Request) -> str:
    """The name of the entity that a request is about."""
    assert isinstance(request.record, Entity)
    return request.record.name


def number_of(request: Request) -> str:
    """The number of the document that a request is about."""
    assert isinstance(request.record, Transaction)
    return request.record.number or ""


def total_of(request: Request) -> Decimal:
    """The total of the document that a request is about, by the source."""
    assert isinstance(request.record, Transaction)
    return request.record.total


def needs(met: object, reason: str) -> None:
    """Skip the rule unless this is met."""
    if not met:
        pytest.skip(reason)
