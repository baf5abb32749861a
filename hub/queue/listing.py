"""The Sync Queue as a list: filtered, sorted, and paged by key, so that a page costs the same wherever it is (Q5)."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select

from hub.errors import InvalidInput
from hub.model import round_money
from hub.queue.core import Core, Lane
from hub.queue.standing import State
from hub.store.tables import requests
from hub.store.types import Amount

SORTS: dict[str, ColumnElement[Any]] = {
    "position": requests.c.id,
    "age": requests.c.queued_at,
    "type": requests.c.type,
    "operation": requests.c.operation,
    "state": requests.c.state,
    "title": requests.c.title,
    "attempts": requests.c.attempts,
    "amount": func.coalesce(requests.c.amount, literal(Decimal(0), Amount)),
    "error": func.coalesce(requests.c.error_class, ""),
}
"""What the queue can be sorted by; a leading minus turns the order round."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which requests to show; what is None does not narrow. `search` looks in title and source id."""

    type: str | None = None
    operation: str | None = None
    state: str | None = None
    error: str | None = None
    search: str | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """The filter as SQL conditions."""
        pairs = (
            (requests.c.type, self.type),
            (requests.c.operation, self.operation),
            (requests.c.state, self.state),
            (requests.c.error_class, self.error),
        )
        found: list[ColumnElement[bool]] = [column == value for column, value in pairs if value is not None]
        if self.search:
            found.append(
                or_(
                    requests.c.title.icontains(self.search, autoescape=True),
                    requests.c.source_id.icontains(self.search, autoescape=True),
                )
            )
        return found


def matching(lane: Lane, chosen: Filter) -> Select[tuple[int]]:
    """The ids of all requests of a connection that the filter lets through, for actions on many at once."""
    return select(requests.c.id).where(requests.c.connection_id == lane.id, *chosen.conditions())


def list_queue(
    core: Core, lane: Lane, chosen: Filter, *, sort: str = "position", limit: int = 50, after: str | None = None
) -> dict[str, Any]:
    """One page: `items`, `next` (a cursor or None) and `total`, the number of rows the filter lets through.

    Raises:
        InvalidInput: `bad_sort` or `bad_cursor`.
    """
    falling = sort.startswith("-")
    key = SORTS.get(sort.lstrip("-"))
    if key is None:
        raise InvalidInput(
            f"The queue cannot be sorted by {sort!r}.", code="bad_sort", fix="Use one of " + ", ".join(SORTS) + "."
        )
    limit = max(1, min(limit, 1000))
    where = [requests.c.connection_id == lane.id, *chosen.conditions()]
    rows = select(requests, key.label("sort_key")).where(*where)
    if after:
        value, id = _read_cursor(after, key)
        beyond = key < value if falling else key > value
        rows = rows.where(or_(beyond, and_(key == value, requests.c.id > id)))
    rows = rows.order_by(key.desc() if falling else key, requests.c.id).limit(limit + 1)
    with core.database.read() as db:
        total = db.execute(select(func.count()).select_from(requests).where(*where)).scalar_one()
        found = db.execute(rows).mappings().all()
    page = found[:limit]
    cursor = _cursor(page[-1]["sort_key"], page[-1]["id"]) if len(found) > limit else None
    return {"items": [describe(row, lane.label) for row in page], "next": cursor, "total": total}


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
        return f"{row['reason']} until {row['not_before'].isoformat(timespec='seconds')}"
    reason: str | None = row["reason"]
    return reason


def _cursor(value: Any, id: int) -> str:
    if isinstance(value, datetime):
        value = {"at": value.isoformat()}
    elif isinstance(value, Decimal):
        value = {"amount": str(value)}
    return base64.urlsafe_b64encode(json.dumps([value, id]).encode()).decode().rstrip("=")


def _read_cursor(text: str, key: ColumnElement[Any]) -> tuple[Any, int]:
    try:
        value, id = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if isinstance(value, dict):
            value = datetime.fromisoformat(value["at"]) if "at" in value else Decimal(value["amount"])
        return literal(value, key.type), int(id)
    except (ValueError, TypeError, KeyError, ArithmeticError, binascii.Error):
        raise InvalidInput(
            "This cursor is not one the hub gave out.", code="bad_cursor", fix="Start again without a cursor."
        ) from None
