"""Writes what was decided about the queue, in a handful of statements however many records it concerns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, bindparam, case, delete, update

from hub.model import Operation, RecordType
from hub.queue.merge import Agree, Amend, Attach, Change, Detach, Diverge, Drop, Enqueue
from hub.queue.order import rank
from hub.queue.standing import NOT_RECORDED, State
from hub.store import Database
from hub.store.among import among
from hub.store.rows import NewRows
from hub.store.tables import divergences, links, requests

BY_ITSELF = "(hub)"
"""Who holds a request that holds itself; no person can have this name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The record that changes are about, as the queue shows it."""

    record_id: int
    type: RecordType
    source_id: str
    title: str
    fully_recorded: bool = True
    date: date | None = None
    amount: Decimal | None = None
    currency: str | None = None


_NEW = NewRows(requests, "connection_id", "record_id", "type", "source_id", "title", "operation", "removal", "origin",
               "state", "reason", "confirmed", "attempts", "error_count", "generation", "rank", "date", "amount",
               "currency", "queued_at")  # fmt: skip
_held_by_person = (requests.c.state == State.HELD) & (requests.c.held_by != BY_ITSELF)
_AMEND = (
    update(requests)
    .where(
        requests.c.id == bindparam("b_id"),  # no IN here: it cannot be executed for many rows at once
        (requests.c.state == State.WAITING) | (requests.c.state == State.HELD),
    )
    .values(
        operation=bindparam("b_operation"),
        removal=bindparam("b_removal"),
        origin=bindparam("b_origin"),
        title=bindparam("b_title"),
        rank=bindparam("b_rank"),
        date=bindparam("b_date"),
        amount=bindparam("b_amount"),
        currency=bindparam("b_currency"),
        state=case((_held_by_person, requests.c.state), else_=State.WAITING.value),
        reason=case((_held_by_person, requests.c.reason), else_=bindparam("b_reason")),
        held_by=case((_held_by_person, requests.c.held_by), else_=None),
        confirmed=False,
        waits_for=None,
        error_class=None,
        error_code=None,
        error_message=None,
        error_fix=None,
        error_count=0,
    )
)
_DROP = delete(requests).where(among(requests.c.id, "ids"))


def apply_changes(
    db: Connection, database: Database, now: datetime, decided: Iterable[tuple[int, Subject, list[Change]]]
) -> None:
    """Carry out (connection id, subject, changes) in order, inside the caller's transaction."""
    new: list[dict[str, Any]] = []
    amended: list[dict[str, Any]] = []
    dropped: list[int] = []
    diverged: list[dict[str, Any]] = []
    agreed: list[dict[str, Any]] = []
    attached: list[dict[str, Any]] = []
    for connection_id, subject, changes in decided:
        place = {"b_connection": connection_id, "b_record": subject.record_id}
        for change in changes:
            match change:
                case Enqueue():
                    new.append(_row(connection_id, subject, change, now))
                case Amend():
                    amended.append(_amended(subject, change))
                case Drop():
                    dropped.append(change.request_id)
                case Diverge():
                    diverged.append(
                        {
                            "connection_id": connection_id,
                            "record_id": subject.record_id,
                            "reason": change.reason,
                            "since": now,
                        }
                    )
                case Agree():
                    agreed.append(place)
                case Detach():
                    attached.append({**place, "b_at": now})
                case Attach():
                    attached.append({**place, "b_at": None})
    if dropped:
        db.execute(_DROP, {"ids": dropped})
    if amended:
        db.execute(_AMEND, amended)
    if new:
        _NEW.write(db, new)
    if agreed:
        db.execute(_AGREE, agreed)
    if attached:
        db.execute(_ATTACH, attached)
    if diverged:
        db.execute(database.insert(divergences).on_conflict_do_nothing(), diverged)


_AGREE = delete(divergences).where(
    divergences.c.connection_id == bindparam("b_connection"), divergences.c.record_id == bindparam("b_record")
)
_ATTACH = (
    update(links)
    .where(links.c.connection_id == bindparam("b_connection"), links.c.record_id == bindparam("b_record"))
    .values(detached_at=bindparam("b_at"))
)


def _reason(subject: Subject, operation: Operation) -> str | None:
    return NOT_RECORDED if operation is not Operation.DELETE and not subject.fully_recorded else None


def _row(connection_id: int, subject: Subject, change: Enqueue, now: datetime) -> dict[str, Any]:
    return {
        "connection_id": connection_id,
        "record_id": subject.record_id,
        "type": subject.type.value,
        "source_id": subject.source_id,
        "title": subject.title,
        "operation": change.operation.value,
        "removal": change.operation is Operation.DELETE,
        "origin": change.origin.value,
        "state": State.WAITING.value,
        "reason": _reason(subject, change.operation),
        "confirmed": False,
        "attempts": 0,
        "error_count": 0,
        "generation": 1,
        "rank": rank(subject.type, change.operation),
        "date": subject.date or date.min,
        "amount": subject.amount,
        "currency": subject.currency,
        "queued_at": now,
    }


def _amended(subject: Subject, change: Amend) -> dict[str, Any]:
    return {
        "b_id": change.request_id,
        "b_operation": change.operation.value,
        "b_removal": change.operation is Operation.DELETE,
        "b_origin": change.origin.value,
        "b_title": subject.title,
        "b_rank": rank(subject.type, change.operation),
        "b_date": subject.date or date.min,
        "b_amount": subject.amount,
        "b_currency": subject.currency,
        "b_reason": _reason(subject, change.operation),
    }
