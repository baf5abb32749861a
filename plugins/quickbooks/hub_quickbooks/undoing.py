"""How a posted document would be taken out, or why it must not be: asked before a person confirms (rule U8)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hub.adapters import Fault, RemoteRef, Removal, Request, UndoPlan, edited_fields
from hub.errors import ErrorClass
from hub_quickbooks.codec.book import Body, Company, decimal_of
from hub_quickbooks.codec.content import content
from hub_quickbooks.codec.kinds import Kind, kind_for
from hub_quickbooks.codec.reading import day_of, settled_by
from hub_quickbooks.finding import Finder
from hub_quickbooks.reference import ReferenceLists
from hub_quickbooks.settings import QuickBooksSettings

_DEPOSIT = "Deposit"


def plan(
    requests: Sequence[Request], settings: QuickBooksSettings, finder: Finder, lists: ReferenceLists
) -> list[UndoPlan]:
    """One plan per request; reads a few pages and changes nothing."""
    company = lists.company()
    wanted: dict[str, list[str]] = {}
    for request in requests:
        kind = kind_for(request.type, request.posts_as)
        if kind is not None and request.remote is not None and not kind.is_list:
            wanted.setdefault(kind.entity, []).append(request.remote.remote_id)
    found: dict[tuple[str, str], Body] = {}
    for request in requests:
        kind = kind_for(request.type, request.posts_as)
        if kind is not None and kind.entity in wanted:
            for body in finder.by_id(kind, list(dict.fromkeys(wanted.pop(kind.entity)))):
                found[kind.entity, str(body.get("Id"))] = body
    return [_plan(request, settings, company, found) for request in requests]


def _plan(
    request: Request, settings: QuickBooksSettings, company: Company, found: dict[tuple[str, str], Body]
) -> UndoPlan:
    kind = kind_for(request.type, request.posts_as)
    if kind is None or request.remote is None:
        return UndoPlan()
    how = Removal.VOID if settings.removal == "void" and kind.void else Removal.DELETE
    body = found.get((kind.entity, request.remote.remote_id))
    if body is None:
        return UndoPlan(how=how)  # gone already, which is what is asked for
    refusal = refusal_of(kind, body, company, request.remote)
    return UndoPlan(how=None if refusal else how, refusal=refusal)


def refusal_of(kind: Kind, body: Body, company: Company, known: RemoteRef) -> Fault | None:
    """Why QuickBooks would not let the document go, or why the hub must not ask."""
    name = f"{kind.entity} {body.get(kind.number) or body.get('Id')}"
    day, closed = day_of(body.get("TxnDate")), company.closed_up_to
    if closed is not None and day is not None and day <= closed:
        return Fault(
            error=ErrorClass.PERIOD_CLOSED,
            code="period_closed",
            message=f"{name} is dated {day}, and the books are closed up to {closed}.",
            fix="Re-open the period in QuickBooks, or enter a reversal in an open one.",
        )
    links = settled_by(body)
    if _DEPOSIT in links:
        return _refused(
            name, "it is part of a bank deposit", "deposited", "Take it out of the deposit in QuickBooks first."
        )
    if kind.entity != "Payment" and _settled(body, links):
        by = ", ".join(sorted(set(links))) or "something"
        return _refused(
            name, f"{by} is applied to it", "payments_applied", "Take what is applied off it in QuickBooks first."
        )
    if known.version and known.version != str(body.get("SyncToken", "")):
        return _edited(name, known.content, content(kind, body))
    return None


def _edited(name: str, before: str, now: str) -> Fault | None:
    """Whether somebody has changed what the hub wrote. A version alone does not tell: payments move it as well."""
    if before and before == now:
        return None
    fields = ", ".join(edited_fields(before, now)) if before else ""
    return Fault(
        error=ErrorClass.CONFLICT,
        code="edited_in_books",
        message=f"{name} was changed in QuickBooks since the hub last wrote it{f': {fields}' if fields else ''}.",
        fix="Look at the change there; then send the record once more, which replaces it, or keep it: detach the"
        " document.",
    )


def _settled(body: Body, links: list[str]) -> bool:
    """A link, or a balance that is no longer the whole."""
    if any(word not in ("Estimate", "PurchaseOrder", "TimeActivity", "ReimburseCharge") for word in links):
        return True
    total = decimal_of(body.get("TotalAmt"))
    left: Any = decimal_of(body.get("Balance", body.get("RemainingCredit")))
    return total is not None and left is not None and left != total


def _refused(name: str, why: str, code: str, fix: str) -> Fault:
    return Fault(
        error=ErrorClass.VALIDATION, code=code, message=f"{name} cannot be taken out: {why} in QuickBooks.", fix=fix
    )
