"""A connection to real mock books in a temporary folder, with a clock that only tests move."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hub_mock import MockAdapter

from hub.adapters import AdapterContext, Applied, Outcome, Relay, RemoteRef, Request
from hub.model import Operation, RecordType, Ref, parse_record
from hub.model.policy import Policy
from hub.testing.clock import Clock

POLICY = Policy()


class Connection:
    """Requests in short words, and the relay they go through."""

    def __init__(self, data_dir: Path, clock: Clock, extensions: list[object], **settings: Any) -> None:
        self.clock = clock
        self.context = AdapterContext(
            connection="acme-trading/mock",
            settings=MockAdapter.info.settings.model_validate(settings),
            data_dir=data_dir,
            now=clock.now,
            sleep=clock.sleep,
        )
        self.adapter = MockAdapter(self.context)
        self.relay = Relay(self.adapter, self.context, extensions)
        self._numbers = itertools.count(1)

    def request(
        self,
        type: str,
        data: dict[str, Any],
        *,
        operation: Operation = Operation.CREATE,
        remote: RemoteRef | None = None,
        key: str | None = None,
        marker: str | None = None,
        links: dict[tuple[str, str], str] | None = None,
        source_id: str = "",
    ) -> Request:
        kind = RecordType(type)
        at = next(self._numbers)
        refs = {Ref(RecordType(word), source): remote_id for (word, source), remote_id in (links or {}).items()}
        return Request(
            operation=operation,
            type=kind,
            posts_as=POLICY.posts_as(kind),
            source_id=source_id or f"S{at}",
            record=parse_record(kind, data),
            key=f"{id(self) % 10**8:08}{at:024}" if key is None else key,
            marker=f"hub:{id(self)}:{at}" if marker is None else marker,
            deadline=self.clock.now() + timedelta(seconds=60),
            links={ref: RemoteRef(type=ref.type, remote_id=remote_id) for ref, remote_id in refs.items()},
            remote=remote,
        )

    def customer(self, name: str, **more: Any) -> Request:
        return self.request("customer", {"name": name, **more})

    def invoice(self, customer: str, amount: str = "100.00", **more: Any) -> Request:
        """An invoice to the customer with that remote id, over one line without an item."""
        data = {"status": "shipped", "date": "2024-02-01", "customer": "C", "lines": [{"amount": amount}], **more}
        return self.request("ship_doc", data, links={("customer", "C"): customer})

    def payment(self, customer: str, amount: str, to: dict[str, str], type: str = "payment", **more: Any) -> Request:
        """A payment of the customer, applied to documents by remote id."""
        target = "ship_doc" if type == "payment" else "customer_return"
        parts = [{"type": target, "source_id": f"D{doc}", "amount": part} for doc, part in to.items()]
        data = {"status": "recorded", "date": "2024-02-02", "customer": "C", "amount": amount, "applied_to": parts}
        links = {("customer", "C"): customer} | {(target, f"D{doc}"): doc for doc in to}
        return self.request(type, data | more, links=links)

    def push(self, *requests: Request) -> list[Outcome]:
        return self.relay.push(list(requests))

    def done(self, request: Request) -> Applied:
        (outcome,) = self.push(request)
        assert isinstance(outcome, Applied), outcome
        return outcome

    def update(self, request: Request, version: str = "", remote_id: str = "", **data: Any) -> Request:
        """The request again, as an update of what it made."""
        remote = RemoteRef(type=request.type, remote_id=remote_id, version=version)
        fresh = self.request(request.type, request.record.model_dump(mode="json", by_alias=True) | data)
        return replace(fresh, operation=Operation.UPDATE, remote=remote, links=request.links)

    def removal(self, request: Request, applied: Applied) -> Request:
        """The removal of what a request made."""
        remote = RemoteRef(type=request.type, remote_id=applied.remote_id, version=applied.version)
        return replace(self.update(request), operation=Operation.DELETE, remote=remote)

    def read(self, type: str, remote_id: str) -> Any:
        (found,) = self.relay.read([RemoteRef(type=RecordType(type), remote_id=remote_id)])
        return found

    def status(self, remote_id: str) -> str:
        entry = self.adapter.books.entry(remote_id)
        assert entry is not None
        return entry.status

    def changed(self, cursor: str | None) -> list[Any]:
        return list(self.relay.changes(cursor, 1000).objects)

    def cursor(self) -> str:
        return self.relay.changes(None, 100_000).cursor


Connect = Callable[..., Connection]


@pytest.fixture
def clock() -> Clock:
    return Clock(datetime(2024, 3, 1, 12, tzinfo=UTC))


@pytest.fixture
def connect(tmp_path: Path, clock: Clock) -> Connect:
    """Opens connections to one and the same file of books."""

    def connect(extensions: tuple[object, ...] = (), **settings: Any) -> Connection:
        return Connection(tmp_path / "data", clock, list(extensions), **settings)

    return connect


@pytest.fixture
def books(connect: Connect) -> Connection:
    return connect()
