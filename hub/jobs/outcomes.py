"""Records what came of requests, in bulk: links for what was applied, the error and the place for what was not (Q7)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, case, delete, null, select, update
from sqlalchemy.exc import IntegrityError

from hub.adapters import Conflict, Fault
from hub.conflicts import Kind, Opened, open_conflicts, release_names, resolve_conflicts
from hub.errors import ErrorClass
from hub.jobs.giveback import give_back
from hub.jobs.lease import Lease
from hub.jobs.merging import agreed_late
from hub.jobs.verdicts import Result, Sent, Verdict
from hub.model import Operation, Ref, dump_record, record_data
from hub.records.books import agreed, readable, write_links
from hub.records.pays import PAYMENTS_APPLIED, told_plainly
from hub.store.among import among
from hub.store.history import append
from hub.store.tables import answers, divergences, links, records, requests


def record_verdicts(db: Connection, lease: Lease, results: Sequence[Result]) -> None:
    """Write verdicts down, inside a transaction of the lease. What is not known yet stays locked."""
    now = lease.core.now()
    results = [(sent, _told(db, lease, sent, _counted(verdict))) for sent, verdict in results]
    append(db, answers, [_answer(lease, sent, verdict, now) for sent, verdict in results])
    done = [(sent, verdict) for sent, verdict in results if verdict.done]
    claimed = _applied(db, lease, done, now)
    lease.count("applied", len(done) - len(claimed))
    failed = [(sent, verdict) for sent, verdict in results if verdict.outcome in ("rejected", "conflict")]
    _failed(db, lease, failed, now)
    _again(db, [sent for sent, verdict in results if verdict.outcome == "absent"])
    _not_sent(db, [sent for sent, verdict in results if verdict.outcome in ("waiting", "unauthorised")])
    _not_known(db, [sent for sent, verdict in results if verdict.outcome == "unknown"], now)
    doubtful = [(sent, verdict) for sent, verdict in results if verdict.outcome == "check_by_hand"]
    _by_hand(db, lease, [*doubtful, *claimed], now)


def _counted(verdict: Verdict) -> Verdict:
    """A conflict is what stands in the list of conflicts (C9); what else the books refuse is a rejection."""
    if verdict.outcome == "conflict" and verdict.code != Conflict.DUPLICATE_NAME:
        return replace(verdict, outcome="rejected")
    return verdict


def _told(db: Connection, lease: Lease, sent: Sent, verdict: Verdict) -> Verdict:
    """A removal that the books refuse for payments: whose they are, and how they are taken off, only the hub knows."""
    if not (_removal(sent) and verdict.outcome == "rejected" and verdict.code == PAYMENTS_APPLIED):
        return verdict
    said = Fault(
        error=verdict.error or ErrorClass.VALIDATION,
        code=PAYMENTS_APPLIED,
        message=verdict.message or "",
        fix=verdict.fix or "",
    )
    told = told_plainly(db, lease.lane, Ref(sent.request.type, sent.request.source_id), said, waiting=True)
    return replace(verdict, message=told.message, fix=told.fix)


def _answer(lease: Lease, sent: Sent, verdict: Verdict, now: datetime) -> dict[str, Any]:
    return {
        "attempt_id": sent.attempt_id,
        "job_id": lease.job_id,
        "outcome": verdict.outcome,
        "remote_id": verdict.remote_id,
        "remote_version": verdict.version,
        "how": verdict.how and verdict.how.value,
        "error_class": verdict.error and verdict.error.value,
        "error_code": verdict.code and str(verdict.code),
        "message": verdict.message,
        "fix": verdict.fix,
        "at": now,
    }


_GONE = delete(requests).where(among(requests.c.id, "ids"))
_UNLINK = delete(links).where(links.c.connection_id == bindparam("lane"), among(links.c.record_id, "ids"))


def _applied(db: Connection, lease: Lease, done: Sequence[Result], now: datetime) -> list[Result]:
    """Link what the books took, and forget what they removed. What they answered with another record's object comes
    back, to be checked by hand."""
    if not done:
        return []
    lane = lease.lane
    bases = _bases(db, lane.id, done)
    written = {
        sent.row.id: _link(lane.id, sent, verdict, now, bases.get(sent.row.id, _agreed(sent, verdict)))
        for sent, verdict in done
        if not _removal(sent)
    }
    try:
        with db.begin_nested():
            write_links(db, list(written.values()))
        claimed = []
    except IntegrityError:
        claimed = [
            (sent, verdict)
            for sent, verdict in done
            if sent.row.id in written and not _link_alone(db, lease, written[sent.row.id])
        ]
    taken = {sent.row.id for sent, _ in claimed}
    done = [(sent, verdict) for sent, verdict in done if sent.row.id not in taken]
    removed = [sent.row.record_id for sent, _ in done if _removal(sent)]
    if removed:
        db.execute(_UNLINK, {"lane": lane.id, "ids": removed})
        release_names(db, lane.id, removed)
        resolve_conflicts(db, lane.id, removed, now, "taken out of the books", [Kind.BOTH_CHANGED])
    db.execute(_GONE, {"ids": [sent.row.id for sent, _ in done]})
    settled = [sent.row.record_id for sent, _ in done]
    _agree(db, lane.id, done)
    resolve_conflicts(db, lane.id, settled, now, "synced", [Kind.DUPLICATE_NAME, Kind.CHECK_BY_HAND])
    return [
        (sent, replace(verdict, message=f"The books answer with {verdict.remote_id}, which is another record's."))
        for sent, verdict in claimed
    ]


_ANY_DIVERGED = select(divergences.c.record_id).where(divergences.c.connection_id == bindparam("lane")).limit(1)
_DIVERGED = (
    select(divergences.c.record_id, records.c.payload)
    .join(records, records.c.id == divergences.c.record_id)
    .where(divergences.c.connection_id == bindparam("lane"), among(divergences.c.record_id, "ids"))
)


def _agree(db: Connection, connection_id: int, done: Sequence[Result]) -> None:
    """What shows as diverged does so no longer once the books hold the record's present content."""
    if not db.execute(_ANY_DIVERGED, {"lane": connection_id}).first():
        return
    sent = {one.row.record_id: one for one, _ in done if not _removal(one)}
    rows = db.execute(_DIVERGED, {"lane": connection_id, "ids": list(sent)}).all() if sent else []
    agreed = [row.record_id for row in rows if row.payload == dump_record(sent[row.record_id].request.record)]
    if agreed:
        mine = divergences.c.connection_id == connection_id
        db.execute(delete(divergences).where(mine, divergences.c.record_id.in_(agreed)))


def _removal(sent: Sent) -> bool:
    return sent.request.operation is Operation.DELETE


def _link_alone(db: Connection, lease: Lease, row: dict[str, Any]) -> bool:
    try:
        with db.begin_nested():
            write_links(db, [row])
    except IntegrityError:
        return False
    return True


def _link(connection_id: int, sent: Sent, verdict: Verdict, now: datetime, base: str | None) -> dict[str, Any]:
    return {
        "connection_id": connection_id,
        "record_id": sent.row.record_id,
        "remote_type": sent.row.type,
        "remote_id": verdict.remote_id,
        "remote_version": verdict.version,
        "remote_name": verdict.name or sent.row.title,
        "base": base,
        "remote_date": getattr(sent.request.record, "date", None),
        "detached_at": None,
        "linked_at": now,
    }


def _agreed(sent: Sent, verdict: Verdict) -> str | None:
    """What both sides hold now: what was sent, even when the record was edited since. Of a document the books tell it
    themselves, so that their own rounding and defaults are no edits."""
    if not sent.request.type.is_entity:
        return verdict.content or None
    payload: str = sent.row.payload
    return payload if sent.first_use else dump_record(sent.request.record)


_BASES = select(links.c.record_id, links.c.base).where(
    links.c.connection_id == bindparam("lane"), among(links.c.record_id, "ids")
)


def _bases(db: Connection, connection_id: int, done: Sequence[Result]) -> dict[int, str]:
    """What both sides hold now of entities that an import has renewed since they were sent (C5): by request."""
    renewed = [(sent, verdict) for sent, verdict in done if _renewed_since(sent)]
    if not renewed:
        return {}
    given = {"lane": connection_id, "ids": [sent.row.record_id for sent, _ in renewed]}
    held = {row.record_id: row.base for row in db.execute(_BASES, given)}
    bases = {}
    for sent, verdict in renewed:
        type, before = sent.request.type, held.get(sent.row.record_id)
        if before is not None:
            theirs = readable(verdict.found) if verdict.found else None
            late = agreed_late(record_data(sent.request.record), agreed(type, before), theirs)
            bases[sent.row.id] = json.dumps(late)
    return bases


def _renewed_since(sent: Sent) -> bool:
    request = sent.request
    if sent.first_use or not request.type.is_entity or request.operation is not Operation.UPDATE:
        return False
    return request.remote is not None and request.remote.version != sent.row.remote_version


_b = bindparam
_same_class = requests.c.error_class == _b("b_class")
_FAILED = (
    update(requests)
    .where(requests.c.id == _b("b_id"))
    .values(
        attempts=requests.c.attempts + 1,
        error_count=case((_same_class, requests.c.error_count + 1), else_=1),
        error_class=_b("b_class"),
        error_code=_b("b_code"),
        error_message=_b("b_message"),
        error_fix=_b("b_fix"),
        generation=requests.c.generation + 1,
        first_sent=None,
        last_sent=None,
    )
)


def _failed(db: Connection, lease: Lease, failed: Sequence[Result], now: datetime) -> None:
    if not failed:
        return
    db.execute(_FAILED, [_error(sent.row.id, verdict) for sent, verdict in failed])
    for _, verdict in failed:
        lease.count(verdict.outcome)
    give_back(db, lease, [sent.row for sent, _ in failed])
    met = [
        Opened(
            record_id=sent.row.record_id,
            kind=Kind.DUPLICATE_NAME,
            message=verdict.message or "",
            remote_id=verdict.remote_id,
        )
        for sent, verdict in failed
        if verdict.code == Conflict.DUPLICATE_NAME
    ]
    open_conflicts(db, lease.core.database, lease.lane, met, now)


def _error(request_id: int, verdict: Verdict) -> dict[str, Any]:
    return {
        "b_id": request_id,
        "b_class": (verdict.error or ErrorClass.VALIDATION).value,
        "b_code": verdict.code,
        "b_message": verdict.message,
        "b_fix": verdict.fix,
    }


_AGAIN = (
    update(requests)
    .where(among(requests.c.id, "ids"))
    .values(generation=requests.c.generation + 1, first_sent=None, last_sent=None)
)


def _again(db: Connection, absent: Sequence[Sent]) -> None:
    """Provably not in the books: the next turn sends it under a new key."""
    if absent:
        db.execute(_AGAIN, {"ids": [sent.row.id for sent in absent]})


_UNSENT = update(requests).where(among(requests.c.id, "ids")).values(first_sent=None, last_sent=None)


def _not_sent(db: Connection, untaken: Sequence[Sent]) -> None:
    """Surely not executed. A key whose earlier use is still in doubt stays in doubt."""
    fresh = [sent.row.id for sent in untaken if sent.first_use]
    if fresh:
        db.execute(_UNSENT, {"ids": fresh})


_UNKNOWN = (
    update(requests)
    .where(among(requests.c.id, "ids"))
    .values(attempts=requests.c.attempts + 1, last_sent=bindparam("b_now"))
)


def _not_known(db: Connection, unknown: Sequence[Sent], now: datetime) -> None:
    """Given up on at this instant, or when a holder before us gives up on its own: from here its settling time runs."""
    settling: dict[datetime, list[int]] = {}
    for sent in unknown:
        settling.setdefault(max(now, sent.row.last_sent or now), []).append(sent.row.id)
    for instant, ids in settling.items():
        db.execute(_UNKNOWN, {"ids": ids, "b_now": instant})


_HAND = (
    update(requests)
    .where(requests.c.id == _b("b_id"))
    .values(
        state="unknown",
        job_id=null(),
        error_class=ErrorClass.UNKNOWN_OUTCOME.value,
        error_code=Kind.CHECK_BY_HAND.value,
        error_message=_b("b_message"),
        error_fix="Look in the books: link the document if it is there, release the request if it is not.",
    )
)


def _by_hand(db: Connection, lease: Lease, doubtful: Sequence[Result], now: datetime) -> None:
    """Not decidable: a person decides (X3)."""
    if not doubtful:
        return
    db.execute(_HAND, [{"b_id": sent.row.id, "b_message": verdict.message} for sent, verdict in doubtful])
    lease.count("unknown", len(doubtful))
    met = [
        Opened(
            record_id=sent.row.record_id,
            kind=Kind.CHECK_BY_HAND,
            message=verdict.message or "",
            remote_id=verdict.remote_id,
        )
        for sent, verdict in doubtful
    ]
    open_conflicts(db, lease.core.database, lease.lane, met, now)
