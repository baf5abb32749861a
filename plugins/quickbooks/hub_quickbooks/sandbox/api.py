"""What the accounting API serves for one company: entities, query, batch, change data capture, company and preferences."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from hub_quickbooks.sandbox import changes, company, feed, query, wire
from hub_quickbooks.sandbox.book import Book, Event
from hub_quickbooks.sandbox.calls import Call
from hub_quickbooks.sandbox.fields import Id, Met
from hub_quickbooks.sandbox.kinds import BY_PATH, KINDS, Kind
from hub_quickbooks.sandbox.refusals import Refusal, business, missing, not_found, unsupported
from hub_quickbooks.sandbox.settings import Settings
from hub_quickbooks.sandbox.store import Store

_PATH = re.compile(r"/v3/company/(?P<realm>[^/]+)/(?P<rest>.*)", re.DOTALL)
_MOST_ITEMS = 30
_LONGEST_KEY = 50
_OPERATIONS = {"create": "", "update": "", "delete": "delete", "void": "void"}


def realm_in(path: str) -> str | None:
    """The company that an address names."""
    found = _PATH.fullmatch(path)
    return found["realm"] if found else None


def is_batch(path: str) -> bool:
    """Whether an address is the batch endpoint's."""
    return path.endswith("/batch")


def words(call: Call) -> frozenset[str]:
    """What a call is about, as fault switches name it."""
    found = _PATH.fullmatch(call.path)
    if found is None:
        if call.path.endswith("revoke"):
            return frozenset({"revoke"})
        refreshing = b"grant_type=refresh_token" in call.body
        return frozenset({"token", "refresh"} if refreshing else {"token"})
    first = found["rest"].partition("/")[0]
    if first in ("query", "cdc"):
        return frozenset({first, "read"})
    if first == "batch":
        return frozenset({"batch", "write"})
    if call.method != "POST":
        return frozenset({first, "read"})
    operation = call.query.get("operation", "")
    if "void" in (operation, call.query.get("include")):
        operation = "void"
    elif operation != "delete":
        operation = (
            "update"
            if re.search(rb'"Id"\s*:\s*"\d+"\s*[,}]\s*("SyncToken|"sparse|$)|"SyncToken"', call.body)
            else "create"
        )
    return frozenset({first, operation, "write"})


def serve(store: Store, realm: str, call: Call, now: float, settings: Settings) -> tuple[str, list[Event]]:
    """Do what a call asks, inside the store's transaction; the JSON text without its time, and what changed."""
    found = _PATH.fullmatch(call.path)
    parts = found["rest"].split("/") if found else [""]
    book = Book(store, realm, now, settings)
    match call.method, parts:
        case "GET", ["companyinfo", _] | ["companyinfo"]:
            return f'{{"CompanyInfo":{wire.encode(company.info(store, realm))}}}', []
        case "GET", ["preferences"]:
            return f'{{"Preferences":{wire.encode(book.preferences)}}}', []
        case "POST", ["preferences"]:
            changed = company.change_preferences(book, wire.decode(call.body))
            return f'{{"Preferences":{wire.encode(changed)}}}', []
        case "GET" | "POST", ["query"]:
            text = call.query.get("query") if call.method == "GET" else _text(call.body)
            if not text or not text.strip():
                raise Refusal(4000, 'QueryParserError: Encountered " <EOF> "')
            return f'{{"QueryResponse":{_query(store, book, text)}}}', []
        case "GET", ["cdc"]:
            asked = call.query.get("entities"), call.query.get("changedSince")
            return f'{{"CDCResponse":{feed.changes(store, realm, *asked, now)}}}', []
        case "POST", ["batch"]:
            return _batch(book, call), book.events
        case "POST", [name] if name in BY_PATH:
            return _write(book, BY_PATH[name], call), book.events
        case "GET", [name, id] if name in BY_PATH:
            return _read(book, BY_PATH[name], id), []
    raise unsupported(f"{call.method[:10]} {'/'.join(parts)[:100]}")


def _read(book: Book, kind: Kind, id: str) -> str:
    thing = book.get(kind.name, int(Id().clean(id, "Id", Met())))
    if thing is None:
        raise not_found(f"{kind.name} {id}")
    return f'{{"{kind.name}":{thing.text}}}'


def _query(store: Store, book: Book, text: str) -> str:
    asked = query.parse(text)
    return query.run(store, book.realm, asked)


def _write(book: Book, kind: Kind, call: Call) -> str:
    asked, include = call.query.get("operation", ""), call.query.get("include", "")
    operation = {"": "", "create": "", "update": "", "delete": "delete", "void": "void"}.get(asked)
    if include == "void" and asked in ("update", ""):
        operation = "include-void"
    if operation is None:
        raise unsupported(f"{asked[:40]} on {kind.name}")
    body = wire.decode(call.body)
    book.duplicate_numbers = include == "allowduplicatedocnum"

    def work() -> str:
        return "{" + _done(kind, *changes.write(book, kind, body, operation)) + "}"

    answered = _once(book, call.query.get("requestid"), work)
    book.flush()
    return answered


def _batch(book: Book, call: Call) -> str:
    body = wire.decode(call.body)
    items = body.get("BatchItemRequest") if isinstance(body, dict) else None
    if not isinstance(items, list):
        raise missing("BatchItemRequest")
    if len(items) > _MOST_ITEMS:
        raise Refusal(1040, f"The batch holds {len(items)} items; the limit is {_MOST_ITEMS}.")
    requestid = call.query.get("requestid")
    answers = []
    for item in items:
        bid = item.get("bId") if isinstance(item, dict) else None
        head = f'"bId":{wire.encode(bid)},' if isinstance(bid, str) else ""
        try:
            with book.item():
                answers.append("{" + head + _item(book, item, bid, requestid) + "}")
        except Refusal as refusal:
            answers.append("{" + head + f'"Fault":{wire.encode(refusal.as_fault())}}}')
    book.flush()
    return f'{{"BatchItemResponse":[{",".join(answers)}]}}'


def _item(book: Book, item: Any, bid: Any, requestid: str | None) -> str:
    if not isinstance(item, dict):
        raise Refusal(2000, "Object Name: a batch item must be a JSON object.")
    if not isinstance(bid, str) or not bid:
        raise missing("bId")
    if isinstance(item.get("Query"), str):
        return f'"QueryResponse":{_query(book.store, book, item["Query"])}'
    unknown = sorted(item.keys() - {"bId", "operation", "optionsData", "Query"} - KINDS.keys())
    named = [name for name in item if name in KINDS]
    if unknown or len(named) != 1:
        raise Refusal(2000, f"Object Name: {', '.join(unknown or named)[:100] or 'none'} in a batch item.")
    kind = KINDS[named[0]]
    operation = _OPERATIONS.get(item.get("operation") or "")
    if operation is None:
        raise unsupported(f"{str(item.get('operation'))[:40]} on {kind.name} in a batch")
    if operation == "void" and book.settings.batch_void != "allow":
        raise unsupported(f"void on {kind.name} in a batch")
    key = None if requestid is None else requestid + bid
    return _once(book, key, lambda: _done(kind, *changes.write(book, kind, item[kind.name], operation)))


def _done(kind: Kind, done: str, thing: Any) -> str:
    if done == "delete":
        return f'"{kind.name}":{{"domain":"QBO","status":"Deleted","Id":"{thing.id}"}}'
    return f'"{kind.name}":{thing.text}'


def _once(book: Book, requestid: str | None, work: Callable[[], str]) -> str:
    """The first answer again when the same requestid comes again (facts §4); only answers of success are kept."""
    if not requestid:
        return work()
    if len(requestid) > _LONGEST_KEY:
        raise business(f"You cannot enter more than {_LONGEST_KEY} characters in the request_id field.")
    if not requestid.isprintable():
        raise Refusal(2130, "The request id holds characters that are not permitted.")
    memory = book.settings.memory
    if memory == 0:
        return work()
    oldest = 0 if memory is None else book.now - memory
    kept = book.store.rows(
        "SELECT body FROM answers WHERE realm = ? AND requestid = ? AND at >= ?", book.realm, requestid, oldest
    )
    if kept:
        return str(kept[0][0])
    answered = work()
    book.store.rows("INSERT OR REPLACE INTO answers VALUES (?,?,?,?)", book.realm, requestid, book.second, answered)
    return answered


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refusal(
            500, f"MalformedByteSequenceException: Invalid byte at position {error.start}.", type="SystemFault"
        ) from None
