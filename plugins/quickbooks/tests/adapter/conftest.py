"""A connection of the adapter to the local QuickBooks in this process: no socket, one clock, every body walked."""

from __future__ import annotations

import importlib.util
import itertools
import re
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
import responses
from hub_quickbooks import QuickBooksAdapter
from hub_quickbooks.sandbox.calls import Call
from hub_quickbooks.sandbox.engine import Sandbox
from hub_quickbooks.settings import QuickBooksSettings

from hub.adapters import AdapterContext, Applied, Line, Outcome, Relay, RemoteRef, Renewed, Request
from hub.http import read_json
from hub.model import Operation, RecordType, Ref, parse_record
from hub.model.policy import Policy
from hub.testing.clock import Clock
from hub.testing.scratch import Scratch

URL = "http://sandbox.test"
POLICY = Policy()
ACCOUNTS = {
    "accounts": {"Sales": "Sales of Product Income"},
    "income_account": "Services",
    "expense_account": "Cost of Goods Sold",
    "asset_account": "Inventory Asset",
    "adjustment_account": "Inventory Shrinkage",
    "deposit_account": "Checking",
    "own_numbers": "switch_on",
}


def load_walker() -> Any:
    """The schema walker, which stands beside this folder."""
    name = "quickbooks_schema_walker"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).parents[1] / "schema_walker.py")
        assert spec is not None
        assert spec.loader is not None
        module = sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return sys.modules[name]


class Books:
    """The local QuickBooks behind a fake wire. `calls` holds what came; `lose` cuts the next answers to writes off."""

    def __init__(self, clock: Clock, **more: Any) -> None:
        def stamp() -> float:
            return clock.at.timestamp()

        self.sandbox = Sandbox(now=stamp, monotonic=stamp, **more)
        self.calls: list[tuple[str, str, Any]] = []
        self.lose = 0
        self.turn = threading.RLock()
        self.answer: Callable[[Call], tuple[int, str] | None] = lambda call: None

    def serve(self, request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        with self.turn:  # a job calls from several threads
            return self._serve(request)

    def _serve(self, request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        parts = urlsplit(request.url or "")
        body = request.body if isinstance(request.body, bytes) else (request.body or "").encode()
        call = Call(
            method=request.method or "", path=parts.path, query=dict(parse_qsl(parts.query)),
            headers={key.lower(): value for key, value in request.headers.items()}, body=body,
        )  # fmt: skip
        sent = read_json(body) if body[:1] == b"{" else body.decode()
        self.calls.append((call.method, parts.path.rpartition("/")[2], sent))
        if (instead := self.answer(call)) is not None:
            return instead[0], {}, instead[1]
        answer = self.sandbox.answer(call, self.sandbox.strike(call))
        if self.lose and call.method == "POST" and not parts.path.endswith(("query", "bearer", "preferences")):
            self.lose -= 1
            raise requests.ConnectionError("the answer is lost")
        return answer.status, {**answer.headers, "Content-Type": answer.type}, answer.text

    def written(self) -> list[Any]:
        """The bodies of all writes so far."""
        return [body for method, path, body in self.calls if method == "POST" and path not in ("query", "bearer")]

    def reset(self) -> None:
        self.calls.clear()


class Connection:
    """Requests in short words, and the relay they go through."""

    def __init__(self, books: Books, clock: Clock, folder: Path, **settings: Any) -> None:
        self.books, self.clock = books, clock
        self.settings = QuickBooksSettings.model_validate({"sandbox_url": URL, **ACCOUNTS, **settings})
        context = AdapterContext(
            connection="acme/quickbooks", settings=self.settings, data_dir=folder, now=clock.now, sleep=clock.sleep
        )
        given = QuickBooksAdapter(context).hub_obtain_credentials({})
        self.context = replace(context, credentials=given)
        self.adapter = QuickBooksAdapter(self.context)
        self.relay = Relay(self.adapter, self.context, renew=self.renewed)
        self._numbers = itertools.count(1)
        self.adapter.hub_check()
        books.reset()

    def renewed(self, refused: int, just_fetched: bool) -> Renewed:
        """New tokens for those that were refused, as the hub gets them."""
        fresh = self.adapter.hub_refresh_credentials(self.context.credentials)
        self.context = replace(self.context, credentials=fresh)
        self.adapter = QuickBooksAdapter(self.context)
        return Renewed(line=Line(adapter=self.adapter, context=self.context, version=refused + 1), by_us=True)

    def request(
        self,
        type: str,
        data: dict[str, Any],
        *,
        links: dict[tuple[str, str], str] | None = None,
        posts_as: str = "",
        **more: Any,
    ) -> Request:
        kind, at = RecordType(type), next(self._numbers)
        refs = {Ref(RecordType(word), source): remote for (word, source), remote in (links or {}).items()}
        return Request(
            operation=Operation.CREATE,
            type=kind,
            posts_as=posts_as or POLICY.posts_as(kind),
            source_id=f"S{at}",
            record=parse_record(kind, data),
            key=f"{at:04}".rjust(8, "k").ljust(32, "0"),
            marker=f"hub-{at:020x}",
            deadline=self.clock.now() + timedelta(seconds=60),
            links={ref: RemoteRef(type=ref.type, remote_id=remote) for ref, remote in refs.items()},
            **more,
        )

    def push(self, *asked: Request) -> list[Outcome]:
        return self.relay.push(list(asked))

    def done(self, asked: Request) -> Applied:
        (outcome,) = self.push(asked)
        assert isinstance(outcome, Applied), outcome
        return outcome

    def update(self, asked: Request, done: Applied, **data: Any) -> Request:
        """The request again, as an update of what it made."""
        held = asked.record.model_dump(mode="json", by_alias=True, exclude_none=True) | data
        held = {key: value for key, value in held.items() if value is not None}
        fresh = self.request(asked.type, held, posts_as=asked.posts_as)
        remote = RemoteRef(type=asked.type, remote_id=done.remote_id, version=done.version)
        return replace(fresh, operation=Operation.UPDATE, remote=remote, links=asked.links)

    def removal(self, asked: Request, done: Applied, version: str | None = None) -> Request:
        """The removal of what a request made."""
        known = done.version if version is None else version
        remote = RemoteRef(type=asked.type, remote_id=done.remote_id, version=known)
        return replace(self.update(asked, done), operation=Operation.DELETE, remote=remote)

    def read(self, type: str, remote_id: str) -> Any:
        (found,) = self.relay.read([RemoteRef(type=RecordType(type), remote_id=remote_id)])
        return found

    # ------------------------------------------------------------------------------------------------ what is posted

    def customer(self, name: str = "Ada", **more: Any) -> Request:
        return self.request("customer", {"name": name, **more})

    def vendor(self, name: str = "Bolt", **more: Any) -> Request:
        return self.request("vendor", {"name": name, **more})

    def item(self, name: str = "Widget", **more: Any) -> Request:
        return self.request("item", {"name": name, "income_account": "Sales", **more})

    def stage(self) -> dict[tuple[str, str], str]:
        """A customer, a vendor and two items that are there already; the links to them."""
        customer, vendor = self.done(self.customer("Stage customer")), self.done(self.vendor("Stage vendor"))
        item = self.done(self.item("Stage item", purchase_cost="1.00"))
        stock = self.done(self.item("Stage stock", kind="inventory"))
        self.books.reset()
        return {
            ("customer", "C"): customer.remote_id, ("vendor", "V"): vendor.remote_id,
            ("item", "I"): item.remote_id, ("item", "K"): stock.remote_id,
        }  # fmt: skip

    def invoice(self, links: dict[tuple[str, str], str], number: str | None = "S-1", **more: Any) -> Request:
        lines = [{"item": "I", "description": "Nuts", "quantity": "3", "unit_price": "12.50", "discount_percent": "10"}]
        data = {"status": "shipped", "date": "2026-11-02", "customer": "C", "number": number, "lines": lines, **more}
        return self.request("ship_doc", {key: value for key, value in data.items() if value is not None}, links=links)

    def payment(self, links: dict[tuple[str, str], str], invoice: str, amount: str, **more: Any) -> Request:
        parts = [{"type": "ship_doc", "source_id": "D", "amount": amount}]
        data = {"status": "recorded", "date": "2026-11-03", "customer": "C", "amount": amount, "applied_to": parts}
        return self.request("payment", {**data, **more}, links={**links, ("ship_doc", "D"): invoice})


@pytest.fixture
def clock() -> Clock:
    return Clock(datetime(2026, 11, 24, 12, tzinfo=UTC))


@pytest.fixture
def wire() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


Connect = Callable[..., Connection]


@pytest.fixture
def connect(clock: Clock, wire: responses.RequestsMock, tmp_path: Path) -> Connect:
    """Make a connection to new books; `books=` tells the sandbox itself something."""

    def made(books: dict[str, Any] | None = None, **settings: Any) -> Connection:
        held = Books(clock, **(books or {}))
        wire.reset()
        for method in ("GET", "POST"):
            wire.add_callback(method, re.compile(re.escape(URL) + "/.*"), held.serve)
        return Connection(held, clock, tmp_path, **settings)

    return made


@pytest.fixture
def books(connect: Connect) -> Connection:
    return connect()


@pytest.fixture(scope="session")
def walker() -> Any:
    """The schema walker; skips where the schemas are not at hand."""
    found = load_walker()
    if not found.at_hand():
        pytest.skip(f"Intuit's schemas are not at hand in {found.FOLDER}")
    return found


@pytest.fixture
def scratch(
    clock: Clock, wire: responses.RequestsMock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Scratch]:
    """A hub whose company `acme` is connected to the local QuickBooks.

    `scratch.quickbooks` is the wire, and `scratch.staff` a client of somebody in those books.
    """
    held = Books(clock, limits=False)
    for method in ("GET", "POST"):
        wire.add_callback(method, re.compile(re.escape(URL) + "/.*"), held.serve)
    monkeypatch.setattr("hub.testing.scratch.Clock", lambda: clock)
    made = Scratch(tmp_path, adapter="quickbooks", settings={"sandbox_url": URL, **ACCOUNTS})
    made.quickbooks = held  # type: ignore[attr-defined]
    made.staff = Connection(held, clock, tmp_path)  # type: ignore[attr-defined]
    yield made
    made.hub.close()
