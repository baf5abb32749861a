"""The QuickBooks adapter as the contract suite sees it: a sandbox in a thread, two new companies for each rule."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import requests
import uvicorn
from hub_quickbooks import QuickBooksAdapter
from hub_quickbooks.codec.kinds import LISTS, POSTED
from hub_quickbooks.sandbox.engine import Sandbox
from hub_quickbooks.sandbox.server import Protocol, application

from hub.adapters import AdapterContext
from hub.http import dump_json, read_json
from hub.model import Policy, RecordType
from hub.testing.contract import OURS, Seen, Subject, Trouble

JSON = "application/json"
SETTINGS = {
    "income_account": "Sales of Product Income",
    "expense_account": "Cost of Goods Sold",
    "asset_account": "Inventory Asset",
    "deposit_account": "Checking",
    "adjustment_account": "Inventory Shrinkage",
    "refund_item": "Refunds",
    "throttle_pause": 5,
    "overlap": 60,
}
FAULTS = {
    (Trouble.LOSE_REQUEST, "connection cut"): "drop-before@write",
    (Trouble.LOSE_REQUEST, "500"): "error-before@write",
    (Trouble.LOSE_REQUEST, "web page"): "html@write",
    (Trouble.LOSE_REPLY, "connection cut"): "drop-after@write",
    (Trouble.LOSE_REPLY, "500"): "error-after@write",
    (Trouble.LOSE_REPLY, "half an answer"): "truncate@write",
    (Trouble.LOSE_REPLY, "web page"): "html-after@write",
    (Trouble.LOSE_REPLY, "nothing"): "empty@write",
    (Trouble.THROTTLE, ""): "throttle",
    (Trouble.UNAUTHORISED, "expired"): "expire-token",
    (Trouble.MIDWAY, "expired"): "expire-token@invoice",
    (Trouble.MIDWAY, "throttled"): "throttle@invoice",
    (Trouble.MIDWAY, "connection cut"): "drop-after@invoice",
    (Trouble.MIDWAY, "500"): "error-before@invoice",
    (Trouble.UNREACHABLE, "web page"): "html",
    (Trouble.UNREACHABLE, "connection cut"): "drop-before",
    (Trouble.UNREACHABLE, "500"): "error-before",
}


class Server:
    """One sandbox for all rules, in a thread; its clock is that of the subject that was made last."""

    def __init__(self) -> None:
        self.clock: Subject | None = None
        self.sandbox = Sandbox(limits=False, now=self._now, monotonic=self._now)
        listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        config = uvicorn.Config(application(self.sandbox), http=Protocol, log_level="critical", access_log=False)
        self.server = uvicorn.Server(config)
        threading.Thread(target=self.server.run, args=([listening],), daemon=True).start()
        while not self.server.started:
            time.sleep(0.01)

    def _now(self) -> float:
        return time.time() if self.clock is None else self.clock.now().timestamp()

    def control(self, path: str, body: Any = None, method: str = "POST") -> Any:
        """What a person does to the sandbox itself."""
        answer = requests.request(method, f"{self.url}/sandbox/{path}", data=dump_json(body or {}), timeout=10)
        assert answer.ok, answer.text
        return read_json(answer.content)


@cache
def server() -> Server:
    """The one sandbox, started when first asked for."""
    return Server()


class QuickBooksSubject(Subject):
    """Companies of a local sandbox; the other side is another client, with a token of its own."""

    adapter = QuickBooksAdapter
    public = ("realm_id", "client_id")
    more: ClassVar[Mapping[str, Any]] = {}
    ways: ClassVar = {trouble: tuple(way for each, way in FAULTS if each is trouble) for trouble, _ in FAULTS}

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._server = server()
        self._server.clock = self
        self._realms: dict[str, str] = {}
        self._credentials: dict[str, Mapping[str, str]] = {}
        self._tokens: dict[str, str] = {}
        chosen = {**SETTINGS, **self.more, "sandbox_url": self._server.url}
        self.settings = QuickBooksAdapter.info.settings.model_validate(chosen)

    def context(self, books: str) -> AdapterContext:
        if books not in self._realms:
            self._found(books)
        if books not in self._credentials:
            self._credentials[books] = self._authorised(books)
        return self._context(books, self._credentials[books])

    def _context(self, books: str, credentials: Mapping[str, str]) -> AdapterContext:
        return AdapterContext(
            connection=f"{books}/quickbooks",
            settings=self.settings,
            data_dir=self.folder,
            now=self.now,
            sleep=self.sleep,
            credentials=credentials,
        )

    def _found(self, books: str) -> None:
        companies = self._server.control("companies", {"CompanyName": f"{books} of {self.folder.name}"[:100]})
        self._realms[books] = companies["companies"][-1]["realmId"]
        account = {"value": self._account(books, "Discounts given")}
        self._write(books, "item", {"Name": "Refunds", "Type": "Service", "IncomeAccountRef": account})
        preferences = self._ask(books, "GET", "preferences")["Preferences"]
        changed = {"SyncToken": preferences["SyncToken"], "SalesFormsPrefs": {"CustomTxnNumbers": True}}
        self._write(books, "preferences", changed)

    def _authorised(self, books: str) -> Mapping[str, str]:
        client = self._server.sandbox.client
        given = {"realm_id": self._realms[books], "client_id": client.id, "client_secret": client.secret}
        adapter = QuickBooksAdapter(self._context(books, {}))
        found = adapter.hub_obtain_credentials(given=given)
        assert found is not None
        return found

    # --- the other side ---

    def look(self, type: RecordType, books: str = OURS) -> list[Seen]:
        self.context(books)
        kind = LISTS.get(type) or POSTED[Policy().posts_as(type)]
        where = " where Active in (true, false)" if kind.is_list else ""
        text = f"select * from {kind.entity}{where} orderby Id maxresults 1000"
        found = self._ask(books, "POST", "query", text.encode(), "application/text")["QueryResponse"]
        return [_seen(body, kind.name, kind.number) for body in found.get(kind.entity, [])]

    def add(self, type: RecordType, name: str) -> str:
        kind = LISTS[type]
        body: dict[str, Any] = {kind.name: name}
        if type is RecordType.ITEM:
            account = self._account(OURS, "Services")
            body |= {"Type": "Service", "IncomeAccountRef": {"value": account}}
        if type is RecordType.ACCOUNT:
            body["AccountType"] = "Expense"
        return str(self._write(OURS, kind.path, body)[kind.entity]["Id"])

    def edit(self, type: RecordType, remote_id: str, **fields: str) -> None:
        kind = LISTS.get(type) or POSTED[Policy().posts_as(type)]
        body: dict[str, Any] = {"Id": remote_id, "SyncToken": self._token(kind, remote_id), "sparse": True}
        for field, value in fields.items():
            match field:
                case "name":
                    body[kind.name] = value
                case "phone":
                    body["PrimaryPhone"] = {"FreeFormNumber": value}
                case "memo":
                    body["PrivateNote"] = value
                case "active":
                    body["Active"] = value == "true"
        self._write(OURS, kind.path, body)

    def inactivate(self, type: RecordType, remote_id: str) -> None:
        self.edit(type, remote_id, active="false")

    def pay(self, remote_id: str, amount: Decimal) -> None:
        invoice = self._ask(OURS, "GET", f"invoice/{remote_id}")["Invoice"]
        line = {"Amount": amount, "LinkedTxn": [{"TxnId": remote_id, "TxnType": "Invoice"}]}
        customer = {"value": invoice["CustomerRef"]["value"]}
        self._write(OURS, "payment", {"CustomerRef": customer, "TotalAmt": amount, "Line": [line]})

    def close_period(self, until: date) -> None:
        preferences = self._ask(OURS, "GET", "preferences")["Preferences"]
        closing = {"AccountingInfoPrefs": {"BookCloseDate": until.isoformat()}}
        self._write(OURS, "preferences", {"SyncToken": preferences["SyncToken"], **closing})

    # --- trouble ---

    def switch_on(self, trouble: Trouble, way: str = "") -> None:
        self._server.control("faults", {"faults": [FAULTS[trouble, way]]})

    def switch_off(self) -> None:
        self._server.control("faults", method="DELETE")
        self._credentials.clear()
        self.sleep(30)  # the adapter's own pause after throttling belongs to the connection

    def let_pass(self, seconds: float) -> None:
        super().let_pass(seconds)
        self._credentials.clear()
        self._tokens.clear()

    # --- what these books want ---

    def sample(self, type: RecordType) -> Mapping[str, Any]:
        match type:
            case RecordType.ACCOUNT:
                return {"kind": "Expense"}
            case RecordType.ITEM:
                return {"kind": "inventory"}
            case _:
                return {}

    def secrets(self) -> Sequence[str]:
        return [self._server.sandbox.client.secret]

    def close(self) -> None:
        self._server.control("faults", method="DELETE")

    # --- plumbing ---

    def _ask(self, books: str, method: str, path: str, body: bytes | None = None, type: str = JSON) -> Any:
        if books not in self._tokens:
            self._tokens[books] = self._authorised(books)["access_token"]
        headers = {"Authorization": f"Bearer {self._tokens[books]}", "Content-Type": type, "Accept": JSON}
        url = f"{self._server.url}/v3/company/{self._realms[books]}/{path}"
        answer = requests.request(method, url, data=body, headers=headers, timeout=10)
        assert answer.ok, answer.text
        return read_json(answer.content)

    def _write(self, books: str, path: str, body: Any) -> Any:
        return self._ask(books, "POST", path, dump_json(body))

    def _token(self, kind: Any, remote_id: str) -> str:
        return str(self._ask(OURS, "GET", f"{kind.path}/{remote_id}")[kind.entity]["SyncToken"])

    def _account(self, books: str, name: str) -> str:
        text = f"select * from Account where Name = '{name}'".encode()
        found = self._ask(books, "POST", "query", text, "application/text")["QueryResponse"]["Account"]
        return str(found[0]["Id"])


def _seen(body: Mapping[str, Any], name: str, number: str) -> Seen:
    total = body.get("TotalAmt")
    return Seen(
        remote_id=str(body["Id"]),
        name=str(body.get(name, "")),
        number=str(body.get(number, "")),
        total=None if total is None else Decimal(str(total)),
        active=body.get("Active", True) and not str(body.get("PrivateNote", "")).startswith("Voided"),
        fields={"phone": (body.get("PrimaryPhone") or {}).get("FreeFormNumber")},
    )
