"""A page for a person: what is in the books, as counts, lists and balances; every value on it is escaped."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from hub_quickbooks.sandbox import company, wire
from hub_quickbooks.sandbox.kinds import KINDS, Kind
from hub_quickbooks.sandbox.store import Thing

if TYPE_CHECKING:
    from hub_quickbooks.sandbox.engine import Sandbox

_ROWS = 50
_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#222}
table{border-collapse:collapse;width:100%}td,th{padding:.25rem .6rem;border-bottom:1px solid #ddd;text-align:left}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}a{color:#1a5fb4}.off{color:#888}pre{background:#f6f6f6;
padding:1rem;overflow:auto}nav a{margin-right:1rem}
"""
_PARTIES = {"CustomerRef": "customer", "VendorRef": "vendor"}


def page(sandbox: Sandbox, query: Mapping[str, str]) -> str:
    """The whole page: one company's entities, the list of one of them, or one object."""
    realms = sandbox.realms()
    realm = query.get("realm") if query.get("realm") in realms else realms[0]
    assert realm is not None
    name = company.info(sandbox.store, realm)["CompanyName"]
    kind = KINDS.get(query.get("list", ""))
    if kind is None:
        content = _overview(sandbox, realm)
    elif query.get("id", "").isdecimal() and len(query["id"]) < 19:
        content = _object(sandbox, realm, kind, int(query["id"]))
    else:
        content = _list(sandbox, realm, kind, query.get("after", ""))
    others = "".join(f'<a href="{_to(one)}">{escape(one)}</a>' for one in realms)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(name)}</title>'
        f"<style>{_STYLE}</style></head><body><nav>{others}</nav>"
        f'<h1><a href="{_to(realm)}">{escape(name)}</a></h1>{content}</body></html>'
    )


def _overview(sandbox: Sandbox, realm: str) -> str:
    counts = {
        kind: (total, inactive, deleted)
        for kind, total, inactive, deleted in sandbox.store.rows(
            "SELECT kind, sum(deleted = 0), sum(deleted = 0 AND active = 0), sum(deleted) FROM objects WHERE realm = ? "
            "GROUP BY kind",
            realm,
        )
    }
    sums = {
        kind: (total, balance)
        for kind, total, balance in sandbox.store.rows(
            "SELECT kind, round(sum(json_extract(body, '$.TotalAmt')), 2), round(sum(json_extract(body, '$.Balance')), 2) "
            "FROM objects WHERE realm = ? AND deleted = 0 GROUP BY kind",
            realm,
        )
    }
    rows = []
    for kind in KINDS.values():
        total, inactive, deleted = counts.get(kind.name, (0, 0, 0))
        amount, balance = sums.get(kind.name, (None, None))
        link = f'<a href="{_to(realm, list=kind.name)}">{kind.name}</a>'
        numbers = (total, inactive or "", deleted or "", _money(amount), _money(balance))
        rows.append(f"<tr><td>{link}</td>{''.join(f'<td class=n>{one}</td>' for one in numbers)}</tr>")
    heads = "".join(
        f"<th class=n>{word}</th>" for word in ("in the books", "inactive", "deleted", "total", "open balance")
    )
    return f"<table><tr><th>what</th>{heads}</tr>{''.join(rows)}</table>"


def _list(sandbox: Sandbox, realm: str, kind: Kind, after: str) -> str:
    start = int(after) if after.isdecimal() and len(after) < 19 else 2**62
    found = sandbox.store.select(
        realm, kind.name, "deleted = 0 AND id < ?", (start,), f"ORDER BY id DESC LIMIT {_ROWS + 1}"
    )
    rows = "".join(_row(realm, kind, one) for one in found[:_ROWS])
    more = ""
    if len(found) > _ROWS:
        more = f'<p><a href="{_to(realm, list=kind.name, after=str(found[_ROWS - 1].id))}">older</a></p>'
    heads = "".join(f"<th>{word}</th>" for word in ("id", "name or number", "date", "with")) + "<th class=n>amount</th>"
    heads += "<th class=n>open or on hand</th>"
    return f"<h2>{kind.name}</h2><table><tr>{heads}</tr>{rows}</table>{more}"


def _row(realm: str, kind: Kind, one: Thing) -> str:
    body = one.body
    name = body.get("DisplayName") or body.get("FullyQualifiedName") or body.get("Name") or body.get("DocNumber") or ""
    party = next((body[ref].get("name", "") for ref in _PARTIES if body.get(ref)), "")
    amounts = [body.get(field) for field in ("TotalAmt", "UnitPrice")]
    open_ = [body.get(field) for field in ("Balance", "UnappliedAmt", "QtyOnHand", "CurrentBalance")]
    cells = [
        f'<td><a href="{_to(realm, list=kind.name, id=str(one.id))}">{one.id}</a></td>',
        f"<td{'' if one.active else ' class=off'}>{escape(str(name))}</td>",
        f"<td>{escape(str(body.get('TxnDate', '')))}</td>",
        f"<td>{escape(str(party))}</td>",
        f"<td class=n>{_money(next((amount for amount in amounts if amount is not None), None))}</td>",
        f"<td class=n>{_money(next((amount for amount in open_ if amount is not None), None))}</td>",
    ]
    return f"<tr>{''.join(cells)}</tr>"


def _object(sandbox: Sandbox, realm: str, kind: Kind, id: int) -> str:
    found = sandbox.store.get(realm, kind.name, id)
    text = "There is no such object." if found is None else wire.pretty(found.body)
    return f"<h2>{kind.name} {id}</h2><pre>{escape(text)}</pre>"


def _money(amount: Any) -> str:
    return "" if amount is None else f"{amount:,.2f}"


def _to(realm: str, **more: str) -> str:
    return escape("/?" + urlencode({"realm": realm, **more}), quote=True)
