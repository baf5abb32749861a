"""Requests in short words: sample records, what they refer to, and a key and marker of their own for each."""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import blake2b
from typing import Any

import pytest

from hub.adapters import Applied, Capabilities, RemoteRef, Request
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
from hub.testing.contract.subject import Subject

POLICY = Policy()


class Requests(ABC):
    """Makes requests for the adapter under test, of the types that it claims to send.

    Attributes:
        subject: the books, seen from the other side.
        links: what samples refer to, and its object in the books.
    """

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.links: dict[Ref, RemoteRef] = {}
        self._numbers = itertools.count(1)

    @property
    @abstractmethod
    def can(self) -> Capabilities:
        """What the adapter claims, for this connection."""

    @abstractmethod
    def done(self, request: Request) -> Applied:
        """The outcome of a request that must succeed."""

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

    def marks(self, type: RecordType) -> bool:
        """Whether an object of this type is claimed to be found by its marker."""
        return self.can.marks(type)

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


def calls(desk: Requests) -> Iterator[list[Request]]:
    """One request for each verb: all in one call, where the adapter takes so many."""
    requests, size = desk.each_verb(), desk.can.batch_size
    for at in range(0, len(requests), size):
        yield requests[at : at + size]


def words(request: Request) -> str:
    """A request as a person says it."""
    return f"{request.operation} {request.type.words}"


def needs(met: object, reason: str) -> None:
    """Skip the rule unless this is met."""
    if not met:
        pytest.skip(reason)
