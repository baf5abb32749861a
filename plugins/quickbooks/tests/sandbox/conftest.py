"""A sandbox without a socket, a clock that only tests move, and a client that speaks to it in short words."""

from __future__ import annotations

import base64
import itertools
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from hub_quickbooks.sandbox import wire
from hub_quickbooks.sandbox.calls import Answer, Call
from hub_quickbooks.sandbox.engine import AUTHORISE, REVOKE, TOKEN, Sandbox

BACK = "http://127.0.0.1:9999/callback"
BASIC = "Basic " + base64.b64encode(b"sandbox-client:sandbox-secret").decode()


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.at = 1_780_000_000.0

    def __call__(self) -> float:
        return self.at

    def move(self, seconds: float) -> None:
        self.at += seconds


class Client:
    """One connected application."""

    def __init__(self, sandbox: Sandbox, clock: Clock) -> None:
        self.sandbox = sandbox
        self.clock = clock
        self.realm = sandbox.realms()[0]
        self.tokens: dict[str, Any] = {}

    # ------------------------------------------------------------------------------------------------- connecting

    def authorise(self, **changed: str) -> Answer:
        asked = {
            "client_id": "sandbox-client",
            "response_type": "code",
            "scope": "com.intuit.quickbooks.accounting",
            "redirect_uri": BACK,
            "state": "s1",
        }
        return self.send("GET", AUTHORISE, query=asked | changed, token="")

    def code(self) -> str:
        return dict(parse_qsl(urlsplit(self.authorise().headers["Location"]).query))["code"]

    def token(self, headers: dict[str, str] | None = None, **form: str) -> Answer:
        head = {"authorization": BASIC, "content-type": "application/x-www-form-urlencoded"} | (headers or {})
        return self.send("POST", TOKEN, urlencode(form).encode(), headers=head, token="")

    def connect(self) -> Client:
        answer = self.token(grant_type="authorization_code", code=self.code(), redirect_uri=BACK)
        self.tokens = wire.loads(answer.text)
        return self

    def refresh(self, token: str | None = None) -> Answer:
        return self.token(grant_type="refresh_token", refresh_token=token or self.tokens["refresh_token"])

    def revoke(self, token: str) -> Answer:
        return self.send(
            "POST",
            REVOKE,
            wire.encode({"token": token}).encode(),
            headers={"authorization": BASIC, "content-type": "application/json"},
            token="",
        )

    # ---------------------------------------------------------------------------------------------------- calling

    def send(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        *,
        query: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
        token: str | None = None,
    ) -> Answer:
        bearer = self.tokens.get("access_token", "") if token is None else token
        head = {"accept": "application/json", "content-type": "application/json"} | (
            {"authorization": f"Bearer {bearer}"} if bearer else {}
        )
        call = Call(method=method, path=path, query=query or {}, headers=head | (headers or {}), body=body)
        return self.sandbox.answer(call, self.sandbox.strike(call))

    def raw(self, path: str, body: Any = None, method: str = "", **query: str) -> Answer:
        """A call of the company; a body that is not bytes becomes JSON."""
        sent = b"" if body is None else body if isinstance(body, bytes) else wire.encode(body).encode()
        return self.send(
            method or ("GET" if body is None else "POST"), f"/v3/company/{self.realm}/{path}", sent, query=query
        )

    def ok(self, path: str, body: Any = None, **query: str) -> Any:
        """The answer's JSON; fails when it is a refusal."""
        answer = self.raw(path, body, **query)
        assert answer.status == 200, answer.text
        return wire.loads(answer.text)

    def put(self, kind: str, body: dict[str, Any], **query: str) -> dict[str, Any]:
        """Create, update, delete or void; the object that comes back."""
        found: dict[str, Any] = self.ok(kind.lower(), body, **query)[kind]
        return found

    def refusal(self, path: str, body: Any = None, **query: str) -> dict[str, Any]:
        """The one error of a refused call, with its HTTP status."""
        answer = self.raw(path, body, **query)
        assert answer.status >= 400, answer.text
        (error,) = wire.loads(answer.text)["Fault"]["Error"]
        return {**error, "status": answer.status}

    def code_of(self, kind: str, body: Any, **query: str) -> str:
        """The code of the refusal of a write."""
        return str(self.refusal(kind.lower(), body, **query)["code"])

    def get(self, kind: str, id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.ok(f"{kind.lower()}/{id}")[kind]
        return found

    def query(self, text: str) -> dict[str, Any]:
        found: dict[str, Any] = self.ok("query", query=text)["QueryResponse"]
        return found

    def one(self, kind: str, name: str) -> dict[str, Any]:
        """The object of a name; name in quotes."""
        field = "DisplayName" if kind in ("Customer", "Vendor", "Employee") else "Name"
        found: dict[str, Any] = self.query(f"SELECT * FROM {kind} WHERE {field} = '{name}'")[kind][0]
        return found

    # ----------------------------------------------------------------------------------------------------- making

    def ref(self, kind: str, name: str) -> dict[str, str]:
        return {"value": self.one(kind, name)["Id"]}

    def customer(self, name: str, **more: Any) -> dict[str, Any]:
        return self.put("Customer", {"DisplayName": name, **more})

    def vendor(self, name: str, **more: Any) -> dict[str, Any]:
        return self.put("Vendor", {"DisplayName": name, **more})

    def item(self, name: str, **more: Any) -> dict[str, Any]:
        return self.put(
            "Item", {"Name": name, "Type": "Service", "IncomeAccountRef": self.ref("Account", "Services"), **more}
        )

    def stocked(self, name: str, quantity: int = 10, **more: Any) -> dict[str, Any]:
        body = {
            "Name": name, "Type": "Inventory", "TrackQtyOnHand": True, "QtyOnHand": quantity, "InvStartDate": "2020-01-01",
            "AssetAccountRef": self.ref("Account", "Inventory Asset"),
            "IncomeAccountRef": self.ref("Account", "Sales of Product Income"),
            "ExpenseAccountRef": self.ref("Account", "Cost of Goods Sold"),
        }  # fmt: skip
        return self.put("Item", body | more)

    def invoice(self, customer: dict[str, Any], item: dict[str, Any], amount: Any = 100, **more: Any) -> dict[str, Any]:
        return self.put(
            "Invoice", {"CustomerRef": {"value": customer["Id"]}, "Line": [self.sale(item, amount)], **more}
        )

    def bill(self, vendor: dict[str, Any], amount: Any = 100, **more: Any) -> dict[str, Any]:
        return self.put("Bill", {"VendorRef": {"value": vendor["Id"]}, "Line": [self.cost(amount)], **more})

    @staticmethod
    def sale(item: dict[str, Any], amount: Any, **detail: Any) -> dict[str, Any]:
        """A line that sells an item."""
        return {
            "Amount": amount,
            "DetailType": "SalesItemLineDetail",
            "SalesItemLineDetail": {"ItemRef": {"value": item["Id"]}, **detail},
        }

    @staticmethod
    def paying(*pairs: tuple[dict[str, Any], str, Any]) -> list[dict[str, Any]]:
        """The lines of a payment: what, its kind, how much."""
        return [{"Amount": amount, "LinkedTxn": [{"TxnId": one["Id"], "TxnType": kind}]} for one, kind, amount in pairs]

    def cost(self, amount: Any, account: str = "Purchases") -> dict[str, Any]:
        detail = {"AccountRef": self.ref("Account", account)}
        return {
            "Amount": amount,
            "DetailType": "AccountBasedExpenseLineDetail",
            "AccountBasedExpenseLineDetail": detail,
        }


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def make(clock: Clock) -> Iterator[Callable[..., Client]]:
    """Opens sandboxes, limits off unless asked for."""
    opened: list[Sandbox] = []
    numbers = itertools.count(1)

    def build(path: str = ":memory:", **options: Any) -> Client:
        options = {
            "limits": False,
            "now": clock,
            "monotonic": clock,
            "new": lambda: f"token-{next(numbers)}-{'x' * 20}",
        } | options
        opened.append(Sandbox(path, **options))
        return Client(opened[-1], clock).connect()

    yield build
    for sandbox in opened:
        sandbox.close()


@pytest.fixture
def books(make: Callable[..., Client]) -> Client:
    """A connected client of a new company."""
    return make()
