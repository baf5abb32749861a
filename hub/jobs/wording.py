"""Each planned request in detail: field by field, from what the books hold to what they are to hold (rule J10)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, select

from hub.jobs.decisions import Send, Skip, Stop, Wait
from hub.jobs.intent import decode
from hub.jobs.rehearsal import Braked, Doubtful, Step
from hub.model import Operation, Record, RecordType, field_changes, record_data
from hub.model.transactions import BOOKKEEPING_FIELDS
from hub.queue import Lane, State
from hub.queue.listing import amount_words, describe_error, why
from hub.records.books import agreed
from hub.store.tables import answers, attempts, links

FIELDS = 200
"""So many fields of a request are told; a document may have ten thousand lines."""
_ids: Any = bindparam("ids", expanding=True)
_SENT = (
    select(attempts.c.record_id, attempts.c.sent, attempts.c.at)
    .join(answers, answers.c.attempt_id == attempts.c.id)
    .where(
        attempts.c.connection_id == bindparam("lane"),
        attempts.c.record_id.in_(_ids),
        attempts.c.operation != Operation.DELETE,
        answers.c.outcome.in_(["applied", "adopted"]),
    )
    .order_by(attempts.c.id)
)
_BASES = select(links.c.record_id, links.c.base).where(
    links.c.connection_id == bindparam("lane"), links.c.record_id.in_(_ids)
)


def describe_sends(db: Connection, lane: Lane, steps: Sequence[tuple[int, Step]]) -> list[dict[str, Any]]:
    """The requests that would be sent, each with its place in the order."""
    known = _in_the_books(db, lane, [step for _, step in steps])
    return [_send(lane, position, step, known) for position, step in steps]


def describe_unsent(step: Step) -> dict[str, Any]:
    """A request that the job would take and not send, with the reason."""
    row, error = step.row, None
    match step.decision:
        case Wait(waits_for=waits_for, reason=why):
            outcome, reason = "waiting", f"waits for {waits_for}" if waits_for else why
        case Skip(reason=why):
            outcome, reason = "excluded", why
        case Stop(fault=fault):
            outcome, reason = "conflict" if fault.error == "conflict" else "rejected", None
            error = {"class": fault.error.value, "code": fault.code, "message": fault.message, "fix": fault.fix}
        case Braked(why=why):
            outcome, reason = "held", why
        case Doubtful():
            outcome, reason = "unknown", "its last outcome is unknown: the job looks in the books first"
        case Send():
            raise AssertionError("it is sent")
    return {**subject(row), "outcome": outcome, "reason": reason, "error": error}


def describe_waiting(row: Any) -> dict[str, Any]:
    """A request that no job would take now."""
    facts = row._mapping
    outcome = "held" if row.state == State.HELD else "waiting"
    return {**subject(row), "outcome": outcome, "reason": why(facts), "error": describe_error(facts)}


def subject(row: Any) -> dict[str, Any]:
    """Which request, as every list of a plan shows it."""
    return {
        "psr": row.id,
        "type": row.type,
        "source_id": row.source_id,
        "title": row.title,
        "operation": row.operation,
        "amount": amount_words(row.amount, row.currency),
        "currency": row.currency,
    }


def _send(lane: Lane, position: int, step: Step, known: dict[int, dict[str, Any]]) -> dict[str, Any]:
    send = step.decision
    assert isinstance(send, Send)
    request, row = send.request, step.row
    if request.operation is Operation.DELETE:
        fields = []
    else:
        old = known.get(row.record_id, {}) if request.operation is Operation.UPDATE else {}
        fields = [change.as_dict() for change in field_changes(old, posted(request.record))]
    return {
        "position": position,
        **subject(row),
        "operation": request.operation.value,
        "posts_as": request.posts_as,
        "remote_id": request.remote.remote_id if request.remote else None,
        "fields": fields[:FIELDS],
        "fields_left_out": max(0, len(fields) - FIELDS),
        "links": [
            {
                "type": ref.type.value,
                "source_id": ref.source_id,
                "remote_id": target.remote.remote_id or None,
                "name": target.remote.name,
                "created_by_this_job": target.remote.remote_id == "",
                "proxy": target.stands_in,
            }
            for ref, target in sorted(send.to.items())
            if target.remote
        ],
        "how": _removal(lane, request.type) if request.operation is Operation.DELETE else None,
        "notice": None,
        "conflict": None,
    }


def posted(record: Record) -> dict[str, Any]:
    """The fields of a record that the books are told; the source's own working state is not among them."""
    return {field: value for field, value in record_data(record).items() if field not in BOOKKEEPING_FIELDS}


def _removal(lane: Lane, type: RecordType) -> str | None:
    ways = lane.capabilities.removals.get(type, ()) if lane.capabilities else ()
    return " or ".join(way.value for way in ways) or None


def _in_the_books(db: Connection, lane: Lane, steps: Sequence[Step]) -> dict[int, dict[str, Any]]:
    """What the books hold of the records that would be updated: what was sent last, and what both sides agreed on."""
    rows = {
        step.row.record_id: step.row
        for step in steps
        if isinstance(step.decision, Send) and step.decision.request.operation is Operation.UPDATE
    }
    if not rows:
        return {}
    given = {"lane": lane.id, "ids": list(rows)}
    texts = {row.record_id: (row.sent, row.at) for row in db.execute(_SENT, given)}
    known = {id: posted(decode(text, "", at).record) for id, (text, at) in texts.items()}
    for row in db.execute(_BASES, given):
        if row.base and (type := RecordType(rows[row.record_id].type)).is_entity:
            known[row.record_id] = known.get(row.record_id, {}) | agreed(type, row.base)
    return known
