"""What a test or a person does to the sandbox itself, under `/sandbox/`: faults, settings, webhooks, a merge, limits."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from hub_quickbooks.sandbox import company, faults, masters, wire
from hub_quickbooks.sandbox.book import Book
from hub_quickbooks.sandbox.calls import Call
from hub_quickbooks.sandbox.fields import Id, Met
from hub_quickbooks.sandbox.kinds import BY_PATH, KINDS
from hub_quickbooks.sandbox.refusals import Refusal, business, missing, not_found, unsupported

if TYPE_CHECKING:
    from hub_quickbooks.sandbox.engine import Sandbox


def control(sandbox: Sandbox, call: Call) -> dict[str, Any]:
    """Do what the call asks, inside the store's transaction; how things stand then."""
    body = wire.decode(call.body) if call.body.strip() else {}
    if not isinstance(body, dict):
        raise Refusal(2000, "Object Name: a JSON object is expected.")
    match call.method, call.path.removeprefix("/sandbox/"):
        case "GET" | "POST" | "DELETE" as method, "faults":
            return _faults(sandbox, method, body)
        case "GET", "settings":
            return sandbox.settings.shown()
        case "POST", "settings":
            for name, value in body.items():
                sandbox.settings.change(name, value)
            return sandbox.settings.shown()
        case "GET" | "POST", "webhooks":
            return set_webhooks(sandbox, body)
        case "GET", "companies":
            return _companies(sandbox)
        case "POST", "companies":
            name = body.get("CompanyName")
            if not isinstance(name, str) or not 0 < len(name) <= 100:
                raise missing("CompanyName")
            currency = body.get("currency", "USD")
            company.found(sandbox.store, name, str(currency), sandbox.now(), sandbox.settings)
            return _companies(sandbox)
        case "POST", "merge":
            return _merge(sandbox, body)
        case _:
            raise unsupported(f"{call.method[:10]} {call.path[:100]}")


def set_faults(sandbox: Sandbox, texts: Iterable[str]) -> None:
    """Switch faults on besides those that are."""
    sandbox.faults.on += [faults.switch(text, BY_PATH) for text in texts]


def _faults(sandbox: Sandbox, method: str, body: dict[str, Any]) -> dict[str, Any]:
    if method == "DELETE":
        sandbox.faults.on.clear()
    elif method == "POST":
        given = body.get("faults", body.get("fault"))
        texts: list[Any] = given if isinstance(given, list) else [given]
        if not texts or not all(isinstance(text, str) for text in texts):
            raise missing("faults")
        set_faults(sandbox, texts)
    return {"faults": [one.shown() for one in sandbox.faults.on], "struck": sandbox.faults.struck}


def set_webhooks(sandbox: Sandbox, body: dict[str, Any]) -> dict[str, Any]:
    """Change where and how notifications go; how they stand then."""
    hooks = sandbox.webhooks
    for name, value in body.items():
        if name not in ("address", "format", "verifier") or not isinstance(value, str) or len(value) > 1000:
            raise Refusal(
                2010, f"Property Name:{name[:60]} specified is unsupported or invalid. Known: address, format, verifier"
            )
        if name == "format" and value not in ("cloudevents", "legacy"):
            raise Refusal(2170, "format is cloudevents or legacy", name)
        if name == "address" and value and not value.startswith(("http://", "https://")):
            raise Refusal(2170, "address is an http or https address, or empty", name)
        setattr(hooks, name, value)
    if not hooks.address:
        hooks.forget()
    return hooks.shown()


def _companies(sandbox: Sandbox) -> dict[str, Any]:
    rows = []
    for realm in sandbox.realms():
        throttle = sandbox.throttle(realm)
        info = company.info(sandbox.store, realm)
        rows.append(
            {
                "realmId": realm,
                "CompanyName": info["CompanyName"],
                "admitted": throttle.admitted,
                "refused": throttle.refused,
            }
        )
    return {"companies": rows}


def _merge(sandbox: Sandbox, body: dict[str, Any]) -> dict[str, Any]:
    """What a person does in QuickBooks' own pages: one of two becomes the other (facts §2)."""
    realm = str(body.get("realmId") or sandbox.realms()[0])
    kind = KINDS.get(str(body.get("entity")))
    if realm not in sandbox.realms() or kind is None or kind.is_transaction or not kind.writable:
        raise missing("entity")
    book = Book(sandbox.store, realm, sandbox.now(), sandbox.settings)
    found = [book.get(kind.name, int(Id().clean(body.get(name), name, Met()))) for name in ("loser", "winner")]
    loser, winner = found
    if loser is None or winner is None:
        raise not_found(kind.name)
    if loser.id == winner.id or any(one.body.get("Balance") or one.body.get("QtyOnHand") for one in (loser,)):
        raise business("The local sandbox merges only an object without balance or quantity into another one.")
    book.release(kind.namespace, masters.name_key(kind, loser.body))
    book.bury(loser, "")
    book.put(kind.name, winner.id, winner.body, winner, f"Merge:{loser.id}")
    book.flush()
    sandbox.webhooks.note(realm, book.events, book.now)
    return {"merged": {"entity": kind.name, "loser": str(loser.id), "winner": str(winner.id)}}
