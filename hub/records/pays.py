"""Which of the company's own payments and credits settle a document in the books, and how each is taken off it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import Connection, select

from hub.adapters import Fault
from hub.model import Document, Payment, RecordType, Ref, load_record
from hub.queue import Lane
from hub.records.listing import naming
from hub.store.tables import links, records

PAYMENTS_APPLIED = "payments_applied"
EDITED = "edited_in_books"
"""Codes of adapters' refusals that the hub knows more about than the books do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Payer:
    """A record of ours that settles a document: it is in the books itself."""

    ref: Ref
    deleted: bool
    gateway: bool

    @property
    def off(self) -> str | None:
        """What to do to take it off; None when that is on its way, or cannot be."""
        if self.deleted or self.gateway:
            return None
        verb = "delete" if self.ref.type in (RecordType.PAYMENT, RecordType.REFUND) else "undo"
        return f"{verb} {self.name}"

    @property
    def name(self) -> str:
        """What people call it."""
        return f"{self.ref.type.words} {self.ref.source_id}"


def payers(db: Connection, lane: Lane, paid: Ref) -> list[Payer]:
    """Those that settle this document and that the hub has in these books."""
    query = (
        select(records.c.type, records.c.source_id, records.c.payload, records.c.deleted)
        .join(links, links.c.record_id == records.c.id)
        .where(
            records.c.company_id == lane.company,
            links.c.connection_id == lane.id,
            links.c.detached_at.is_(None),
            naming(paid),
        )
        .order_by(records.c.type, records.c.source_id)
    )
    found = []
    for row in db.execute(query):
        record = load_record(RecordType(row.type), row.payload)
        parts = record.applied_to if isinstance(record, Document | Payment) else ()
        if any((part.type, part.source_id) == (paid.type, paid.source_id) for part in parts):
            gateway = isinstance(record, Payment) and record.gateway_processed
            found.append(Payer(ref=Ref(RecordType(row.type), row.source_id), deleted=row.deleted, gateway=gateway))
    return found


def told_plainly(db: Connection, lane: Lane, document: Ref, refusal: Fault, *, waiting: bool = False) -> Fault:
    """The books' refusal to take a document out, with what only the hub knows: whose the payments are, and the way.

    `waiting`: the removal waits in the queue, so that the next sync tries it again.
    """
    if refusal.code == PAYMENTS_APPLIED and (ours := payers(db, lane, document)):
        return _paid(refusal, ours, "The same sync takes it out." if waiting else "Then undo again.")
    if refusal.code == EDITED:
        fix = (
            "To replace what was changed there: change the record in the source and sync, then undo again."
            " To keep it: detach the document."
        )
        return replace(refusal, fix=fix)
    return refusal


def taken_off_first(db: Connection, lane: Lane, document: Ref, refusal: Fault) -> str | None:
    """What settles the document and is on its way out of the books itself: a job removes it first; None otherwise."""
    if refusal.code != PAYMENTS_APPLIED:
        return None
    ours = payers(db, lane, document)
    return _named(ours) if ours and all(payer.deleted for payer in ours) else None


def _named(ours: list[Payer]) -> str:
    return _listed([payer.name for payer in ours])


def _paid(refusal: Fault, ours: list[Payer], again: str) -> Fault:
    pays = "pays" if len(ours) == 1 else "pay"
    ways = [way for payer in ours if (way := payer.off)]
    fixes = []
    if ways:
        fixes.append(f"Take {'it' if len(ours) == 1 else 'them'} off first: {_listed(ways)}, then sync.")
    elif any(payer.deleted for payer in ours):
        fixes.append("Its removal waits: sync first.")
    if gateway := [payer.ref.source_id for payer in ours if payer.gateway]:
        fixes.append(f"A gateway has processed {_listed(gateway)}: that cannot be deleted, only refunded.")
    else:
        fixes.append(again)
    return replace(
        refusal, message=f"{refusal.message} The hub sent {_named(ours)}, which {pays} it.", fix=" ".join(fixes)
    )


def _listed(words: list[str]) -> str:
    return ", ".join(words[:-1]) + f" and {words[-1]}" if len(words) > 1 else words[0]
