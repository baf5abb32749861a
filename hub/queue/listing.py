"""The Sync Queue as a list: filtered, sorted, and paged by key, so that a page costs the same wherever it is (Q5)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, select

from hub.errors import InvalidInput
from hub.model import round_money
from hub.queue.core import Core, Lane
from hub.queue.cursor import bad_cursor, read_cursor, write_cursor
from hub.queue.paging import RUNS, SORTS, Filter, Place, find_page
from hub.queue.standing import State
from hub.store.tables import requests


def matching(lane: Lane, chosen: Filter) -> Select[tuple[int]]:
    """The ids of all requests of a connection that the filter lets through, for actions on many at once."""
    return select(requests.c.id).where(requests.c.connection_id == lane.id, *chosen.conditions())


def list_queue(
    core: Core, lane: Lane, chosen: Filter, *, sort: str = "position", limit: int = 50, after: str | None = None
) -> dict[str, Any]:
    """One page: `items`, `next` (a cursor or None) and `total`, the number of rows the filter lets through.

    With a range of ages, amounts or attempts, `at_least` tells that there are more than `total`.

    Raises:
        InvalidInput: `bad_sort` or `bad_cursor`.
    """
    name, falling = sort.removeprefix("-"), sort.startswith("-")
    if name not in SORTS:
        raise InvalidInput(
            f"The queue cannot be sorted by {sort!r}.", code="bad_sort", fix="Use one of " + ", ".join(SORTS) + "."
        )
    limit = max(1, min(limit, 1000))
    place = _read_cursor(after, name) if after else None
    with core.database.read() as db:
        page = find_page(db, lane, chosen, name, falling=falling, size=limit, after=place)
    cursor = _cursor(page.last) if page.last else None
    return {"items": [describe(row, lane.label) for row in page.rows], "next": cursor, "total": page.total,
            "at_least": page.at_least}  # fmt: skip


def count_queue(core: Core, lane: Lane) -> list[dict[str, Any]]:
    """How many requests there are of each type, operation, state and error class; a few rows, however many requests."""
    with core.database.read() as db:
        return [dict(run) for run in db.execute(RUNS, {"lane": lane.id}).mappings()]


def describe(row: Any, connection: str) -> dict[str, Any]:
    """A request as the outer interfaces show it."""
    return {
        "id": row["id"],
        "connection": connection,
        "type": row["type"],
        "source_id": row["source_id"],
        "title": row["title"],
        "operation": row["operation"],
        "origin": row["origin"],
        "state": row["state"],
        "reason": why(row),
        "waits_for": row["waits_for"],
        "attempts": row["attempts"],
        "error": describe_error(row),
        "amount": amount_words(row["amount"], row["currency"]),
        "currency": row["currency"],
        "queued_at": row["queued_at"].isoformat(),
        "job": row["job_id"],
    }


def amount_words(amount: Decimal | None, currency: str | None) -> str | None:
    """An amount with the decimals that its currency has."""
    return None if amount is None else str(round_money(amount, currency or "USD"))


def describe_error(row: Any) -> dict[str, Any] | None:
    """The error kept with a request, or None."""
    if row["error_class"] is None:
        return None
    return {
        "class": row["error_class"],
        "code": row["error_code"],
        "message": row["error_message"],
        "fix": row["error_fix"] or "",
    }


def why(row: Any) -> str | None:
    """Why a request waits, in plain words."""
    if row["waits_for"] and row["state"] != State.HELD:
        return f"waits for {row['waits_for']}"
    if row["state"] == State.WAITING and row["not_before"] and row["reason"]:
        return f"{row['reason']} until {row['not_before']:%Y-%m-%d %H:%M:%S} UTC"
    reason: str | None = row["reason"]
    return reason


def _cursor(place: Place) -> str:
    value: Any = place.value
    if isinstance(value, datetime):
        value = {"at": value.isoformat()}
    elif isinstance(value, Decimal):
        value = {"amount": str(value)}
    return write_cursor(value, place.id)


def _read_cursor(text: str, sort: str) -> Place:
    kind = SORTS[sort].kind
    value, id = read_cursor(text, kind if kind in (int, str) else dict, int)
    try:
        if kind is datetime:
            value = datetime.fromisoformat(value["at"])
            if value.tzinfo is None:
                raise ValueError
        elif kind is Decimal:
            value = Decimal(value["amount"])
            if not value.is_finite():
                raise ValueError
    except (ValueError, TypeError, KeyError, ArithmeticError):
        raise bad_cursor() from None
    return Place(value=value, id=id)
