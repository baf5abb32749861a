"""Every reference in a body leads to an object of the right kind that is active, and bears its true name (facts §1, §9)."""

from __future__ import annotations

from typing import Any

from iso4217 import Currency

from hub_quickbooks.sandbox.book import Book
from hub_quickbooks.sandbox.fields import Met
from hub_quickbooks.sandbox.kinds import KINDS
from hub_quickbooks.sandbox.refusals import Refusal, not_modelled
from hub_quickbooks.sandbox.store import Thing

TAXABLE, EXEMPT = "TAX", "NON"
"""The two tax codes that lines of a company in the United States may carry."""


def resolve(book: Book, met: Met) -> None:
    """Fill in the names; Refusal 2500 for an id that leads nowhere, 610 for one made inactive."""
    for ref, targets, where in met.refs:
        if targets == ("Currency",):
            ref["name"] = currency_name(ref["value"], where)
        elif targets == ("TaxCode",) and ref["value"] in (TAXABLE, EXEMPT):
            continue
        elif targets[0] not in KINDS:
            raise not_modelled(targets[0])
        else:
            ref["name"] = name_of(_find(book, ref["value"], targets, where))


def target(book: Book, ref: dict[str, Any], kind: str) -> Thing:
    """What a reference that was resolved leads to."""
    found = book.get(kind, int(ref["value"]))
    if found is None:
        raise _nowhere(kind, ref["value"], kind)
    return found


def name_of(thing: Thing) -> str:
    """The name that references to it carry."""
    body = thing.body
    return str(body.get("DisplayName") or body.get("FullyQualifiedName") or body.get("Name"))


def currency_ref(code: str) -> dict[str, str]:
    """A reference to a currency."""
    return {"value": code, "name": currency_name(code, "CurrencyRef")}


def currency_name(code: str, where: str) -> str:
    """The currency's name; Refusal 2500 when there is none of that code."""
    if code == "USD":
        return "United States Dollar"
    try:
        return Currency(code).currency_name
    except ValueError:
        raise _nowhere("Currency", code, where) from None


def _find(book: Book, id: str, targets: tuple[str, ...], where: str) -> Thing:
    if id.isascii() and id.isdigit() and len(id) <= 18:
        for kind in targets:
            found = book.get(kind, int(id))
            if found is None:
                continue
            if not found.active:
                raise Refusal(
                    610,
                    "Object Not Found : Something you're trying to use has been made inactive. "
                    f"Check the fields with accounts, customers, items, vendors or employees. ({where}: {kind} {id})",
                )
            return found
    raise _nowhere(targets[0], id, where)


def _nowhere(kind: str, id: str, where: str) -> Refusal:
    plural = {"Class": "Classes", "Currency": "Currencies"}.get(kind, f"{kind}s")
    return Refusal(2500, f"Invalid Reference Id : {plural} element id {id[:40]} not found", where)
