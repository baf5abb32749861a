"""Documents from QuickBooks: who, when, how much, and the hub's mark; lines stay the source's business."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from hub.adapters import RemoteObject
from hub_quickbooks.codec.book import Company, decimal_of, ref_of, text_of
from hub_quickbooks.codec.content import content
from hub_quickbooks.codec.kinds import Kind
from hub_quickbooks.codec.marks import mark_in, memo_in

_WITHOUT_TOTAL = ("JournalEntry", "InventoryAdjustment")
"""A journal's total comes back as 0, and a stock adjustment has none."""
_OURS = {"Invoice", "CreditMemo"}


def decode(kind: Kind, body: Mapping[str, Any], company: Company) -> RemoteObject:
    """The document as the hub sees it."""
    number = text_of(body.get(kind.number)) or ""
    note = body.get("PrivateNote")
    day = day_of(body.get("TxnDate"))
    data: dict[str, Any] = {"number": number or None, "memo": memo_in(note)}
    if day is not None:
        data["date"] = day.isoformat()
    return RemoteObject(
        type=kind.type,
        remote_id=str(body.get("Id", "")),
        version=str(body.get("SyncToken", "")),
        number=number,
        marker=mark_in(note),
        active=not is_void(body),
        deleted=body.get("status") == "Deleted",
        data=data,
        date=day,
        currency=ref_of(body.get("CurrencyRef")) or company.currency,
        total=None if kind.entity in _WITHOUT_TOTAL else decimal_of(body.get("TotalAmt")),
        party_id=ref_of(body.get(kind.party)) if kind.party else None,
        applied_to=tuple(applications(body)) if kind.entity == "Payment" else (),
        content=content(kind, body),
    )


def applications(body: Mapping[str, Any]) -> list[tuple[str, Decimal]]:
    """What a payment settles: ids and amounts of invoices and credit memos."""
    found = []
    for line in body.get("Line") or ():
        for linked in line.get("LinkedTxn") or ():
            amount = decimal_of(line.get("Amount"))
            if linked.get("TxnType") in _OURS and amount is not None:
                found.append((str(linked.get("TxnId", "")), amount))
    return found


def settled_by(body: Mapping[str, Any]) -> list[str]:
    """What is linked to the document itself: payments, deposits, credits; the words of QuickBooks."""
    return [str(linked.get("TxnType", "")) for linked in body.get("LinkedTxn") or () if isinstance(linked, Mapping)]


def is_void(body: Mapping[str, Any]) -> bool:
    """Whether it was voided: QuickBooks sets the amounts to zero and says so in the note."""
    total = decimal_of(body.get("TotalAmt"))
    return total == 0 and str(body.get("PrivateNote", "")).lstrip().casefold().startswith("voided")


def day_of(value: object) -> date | None:
    """A plain date of a body."""
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def instant_of(value: object) -> datetime | None:
    """A timestamp of a body; None for one that names no time zone, for then it is no instant."""
    try:
        instant = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return instant if instant is not None and instant.tzinfo is not None else None


def changed_at(body: Mapping[str, Any]) -> datetime | None:
    """When it was changed last."""
    meta = body.get("MetaData")
    return instant_of(meta.get("LastUpdatedTime")) if isinstance(meta, Mapping) else None
