"""A company's webhooks: added with a secret that is shown once, listed, removed, switched off and on again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from hub.errors import InvalidInput, NotFound, Refused
from hub.queue.feed import newest
from hub.queue.trail import EventKind
from hub.store.people import deliveries, webhooks
from hub.store.tables import events

MOST = 20
"""Webhooks of one company."""
SHOWN = 200


def read_kinds(given: Iterable[str]) -> list[str]:
    """The kinds of events chosen, each once; InvalidInput `bad_event_kind`."""
    try:
        return sorted({EventKind(each).value for each in given})
    except ValueError as fault:
        raise InvalidInput(
            f"There is no kind of event of that name: {fault}.",
            code="bad_event_kind",
            fix=f"Choose from {', '.join(EventKind)}, or leave it out for all.",
        ) from None


def add_webhook(
    db: Connection, company: str, url: str, kinds: Iterable[str], sealed: str, now: datetime
) -> dict[str, Any]:
    """A new webhook, told of everything from now on.

    Raises:
        Refused: `too_many_webhooks`, `webhook_exists` when the company has one with this address.
        InvalidInput: `bad_event_kind`.
    """
    mine = db.execute(select(webhooks.c.url).where(webhooks.c.company_id == company)).scalars().all()
    if url in mine:
        raise Refused("There is a webhook with this address.", code="webhook_exists", fix="Remove that one first.")
    if len(mine) >= MOST:
        raise Refused(
            f"A company has at most {MOST} webhooks.", code="too_many_webhooks", fix="Remove one that is not needed."
        )
    values = {
        "company_id": company, "url": url, "secret": sealed, "kinds": read_kinds(kinds), "failures": 0, "fence": 0,
        "delivered_up_to": newest(db, company), "delivered": 0, "failed": 0, "created_at": now,
    }  # fmt: skip
    return describe(db.execute(insert(webhooks).returning(webhooks), values).one(), 0)


def list_webhooks(db: Connection, company: str) -> list[dict[str, Any]]:
    """A company's webhooks, oldest first, each with how many events wait for it."""
    waits = (
        select(func.count())
        .where(events.c.company_id == webhooks.c.company_id, events.c.id > webhooks.c.delivered_up_to)
        .correlate(webhooks)
        .scalar_subquery()
    )
    query = select(webhooks, waits.label("waits")).where(webhooks.c.company_id == company).order_by(webhooks.c.id)
    return [describe(row, row.waits) for row in db.execute(query)]


def webhook_row(db: Connection, company: str, id: int) -> Row[Any]:
    """NotFound `webhook_not_found` unless the company has it."""
    row = db.execute(select(webhooks).where(webhooks.c.id == id, webhooks.c.company_id == company)).first()
    if row is None:
        raise NotFound(
            f"There is no webhook {id} in {company}.", code="webhook_not_found", fix="See the list of webhooks."
        )
    return row


def remove_webhook(db: Connection, company: str, id: int) -> str:
    """Remove a webhook and its log; its address."""
    url: str = webhook_row(db, company, id).url
    db.execute(delete(deliveries).where(deliveries.c.webhook_id == id))
    db.execute(delete(webhooks).where(webhooks.c.id == id))
    return url


def enable_webhook(db: Connection, company: str, id: int, *, skip: bool) -> str:
    """Try again at once, from the event that failed; with `skip`, only what happens from now on. Its address."""
    row = webhook_row(db, company, id)
    # Whoever is sending at this moment loses the claim, so that it writes no older cursor over this one.
    again: dict[str, Any] = {
        "fence": webhooks.c.fence + 1,
        "claimed_until": None,
        "disabled_at": None,
        "disabled_reason": None,
        "failures": 0,
        "next_at": None,
    }
    if skip:
        again["delivered_up_to"] = newest(db, company)
    db.execute(update(webhooks).where(webhooks.c.id == id).values(again))
    url: str = row.url
    return url


def disable_webhook(db: Connection, company: str, id: int, reason: str, now: datetime) -> str:
    """Send nothing more until it is enabled again; its address. What happens meanwhile waits for it."""
    url: str = webhook_row(db, company, id).url
    db.execute(
        update(webhooks)
        .where(webhooks.c.id == id)
        .values(disabled_at=now, disabled_reason=reason, fence=webhooks.c.fence + 1, claimed_until=None)
    )
    return url


def list_deliveries(db: Connection, company: str, id: int, limit: int = SHOWN) -> list[dict[str, Any]]:
    """The last tries, newest first."""
    webhook_row(db, company, id)
    query = select(deliveries).where(deliveries.c.webhook_id == id).order_by(deliveries.c.id.desc()).limit(limit)
    return [
        {
            "id": row.id,
            "event": row.event_id or None,
            "kind": row.kind,
            "at": row.at.isoformat(),
            "status": row.status,
            "error": row.error,
            "milliseconds": row.milliseconds,
        }
        for row in db.execute(query)
    ]


def describe(row: Row[Any], waits: int) -> dict[str, Any]:
    """A webhook as people see it, without its secret."""

    def at(instant: datetime | None) -> str | None:
        return None if instant is None else instant.isoformat()

    state = "disabled" if row.disabled_at else "failing" if row.failures else "active"
    return {
        "id": row.id,
        "company": row.company_id,
        "url": row.url,
        "kinds": row.kinds,
        "state": state,
        "reason": row.disabled_reason,
        "waiting": waits,
        "failures": row.failures,
        "next_at": at(row.next_at),
        "disabled_at": at(row.disabled_at),
        "created_at": at(row.created_at),
    }
