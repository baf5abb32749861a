"""What a person does to a transaction: undo, prevent, allow, detach; and to any record: delete, remove from the queue.

Every action is one transaction, needs its right, takes a reason, and is audited (rule U9).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, delete, select, update

from hub.conflicts import release_names, resolve_conflicts, settle_released
from hub.errors import InvalidInput, NotFound, Refused
from hub.model import Payment, RecordType, Transaction, load_record
from hub.queue import Actor, Core, Lane, Pending, Right, Standing, release, remove
from hub.records import decide
from hub.records.act import Act, Decided
from hub.records.rows import get_row
from hub.store.tables import proxies, records, requests


def undo(core: Core, company: str, type: RecordType, source_id: str, actor: Actor, reason: str | None = None) -> str:
    """Re-open a synced transaction and queue the removal of the books' copy (U1); the status it now has."""
    actor.must_have(Right.UNDO)
    with core.database.write(company) as db:
        act = Act(core, db, get_row(db, company, type, source_id), actor, reason)
        act.transaction_only("undone")
        act.alive()
        synced = [lane for lane in act.lanes if act.standing[lane.id].linked]
        main = (synced or act.lanes)[:1]
        if not main:
            raise _unconnected(company)
        decided: Decided = []
        for lane in act.lanes:
            rule = lane.policy.of_transaction(type)
            decide_how = decide.undone if lane in synced or lane in main else decide.left
            decided.append((lane, decide_how(act.standing[lane.id], rule, lane.period)))
        act.queue(decided)
        act.reopen(main[0])
        act.audit("undo", main[0])
        return main[0].policy.of_transaction(type).default_status


def prevent(
    core: Core, company: str, type: RecordType, source_id: str, actor: Actor, reason: str | None = None
) -> None:
    """Set the flag that keeps an open transaction out of every queue (U2)."""
    actor.must_have(Right.PREVENT)
    with core.database.write(company) as db:
        act = Act(core, db, get_row(db, company, type, source_id), actor, reason)
        act.transaction_only("prevented from syncing")
        act.alive()
        for lane in act.lanes:
            decide.may_be_prevented(act.standing[lane.id])
        act.prevent(True)
        act.audit("prevent")


def allow(
    core: Core, company: str, type: RecordType, source_id: str, actor: Actor, reason: str | None = None
) -> list[str]:
    """Clear the prevent flag; the connections on which the transaction is queued because of it (U2)."""
    actor.must_have(Right.PREVENT)
    with core.database.write(company) as db:
        act = Act(core, db, get_row(db, company, type, source_id), actor, reason)
        act.transaction_only("allowed to sync")
        act.alive()
        if not act.row.prevented:
            raise Refused("Its sync is not prevented.", code="not_prevented", fix="Nothing needs to be done.")
        decided: Decided = []
        record = load_record(type, act.row.payload)
        for lane in act.lanes:
            rule = lane.policy.of_transaction(type)
            if not lane.excluded(type, record):
                changes = decide.allowed_again(act.standing[lane.id], rule, act.row.status)
                decided += [(lane, changes)] if changes else []
        act.prevent(False)
        act.queue(decided)
        queued = [lane.label for lane, _ in decided]
        act.audit("allow", queued=queued)
        return queued


def detach(
    core: Core, company: str, type: RecordType, source_id: str, actor: Actor, reason: str | None = None
) -> list[str]:
    """Keep the books' copy and stop syncing, in one step (U5); the connections that keep a copy."""
    actor.must_have(Right.DETACH)
    with core.database.write(company) as db:
        act = Act(core, db, get_row(db, company, type, source_id), actor, reason)
        act.transaction_only("detached")
        busy = [lane for lane in act.lanes if not act.standing[lane.id].idle or act.standing[lane.id].linked]
        if not act.lanes:
            raise _unconnected(company)
        decided: Decided = []
        for lane in busy or act.lanes[:1]:
            decided.append((lane, decide.detached(act.standing[lane.id], lane.policy.of_transaction(type))))
        act.prevent(True)
        act.queue(decided)
        for lane, _ in decided:
            act.audit("detach", lane)
        return [lane.label for lane, _ in decided]


def delete_record(core: Core, company: str, type: RecordType, source_id: str, actor: Actor) -> None:
    """The source deleted a record: what is in the books is queued *to be deleted* (Q2, U7)."""
    with core.database.write(company) as db:
        act = Act(core, db, get_row(db, company, type, source_id), actor, None)
        if act.row.deleted:
            return
        record = load_record(type, act.row.payload)
        paid = isinstance(record, Payment) and record.gateway_processed
        decided: Decided = []
        for lane in act.lanes:
            at = act.standing[lane.id]
            if isinstance(record, Transaction):
                decided.append((lane, decide.transaction_deleted(at, type, gateway_processed=paid)))
            elif not lane.excluded(type):
                decided.append((lane, decide.entity_deleted(at)))
            if not at.linked and not at.writing and not at.removing:
                release_names(db, lane.id, [act.row.id])
        act.queue(decided)
        db.execute(delete(proxies).where(proxies.c.record_id == act.row.id))
        for lane in act.lanes:
            resolve_conflicts(db, lane.id, [act.row.id], act.now, "the record was deleted")
        db.execute(
            update(records)
            .where(records.c.id == act.row.id)
            .values(deleted=True, revision=records.c.revision + 1, updated_at=act.now)
        )
        act.audit("deleted")


def remove_requests(
    core: Core, lane: Lane, ids: Sequence[int], actor: Actor, reason: str | None = None
) -> list[dict[str, Any]]:
    """Take requests out of the queue (Q6, Q9 to Q12): all of them, or on the first refusal none.

    Each answer says which record it was about and whether it was re-opened.
    """
    actor.must_have(Right.REMOVE)
    if not ids:
        raise InvalidInput("No request was named.", code="request_missing", fix="Name at least one request.")
    with core.database.write(lane.company) as db:
        return [remove_one(core, db, lane, id, actor, reason) for id in ids]


def release_requests(core: Core, lane: Lane, ids: Sequence[int], actor: Actor, reason: str | None = None) -> int:
    """Let held requests go on (Q15); how many. One to be checked by hand counts as *not in the books* from now on."""
    with core.database.write(lane.company) as db:
        now = core.now()
        count = release(db, lane, ids, actor, now, reason)
        settle_released(db, lane.id, ids, now)
        return count


def remove_one(core: Core, db: Connection, lane: Lane, id: int, actor: Actor, reason: str | None) -> dict[str, Any]:
    """Take one out, inside the caller's transaction; whatever is refused is refused before anything is written."""
    row = db.execute(
        select(records)
        .join(requests, requests.c.record_id == records.c.id)
        .where(requests.c.id == id, requests.c.connection_id == lane.id)
    ).first()
    if row is None:
        raise NotFound(
            f"Request {id} is not in the queue of {lane.label}.",
            code="request_not_found",
            fix=f"See `hub queue {lane.label}`.",
        )
    act = Act(core, db, row, actor, reason)
    at = act.standing[lane.id]
    request = next(each for each in _all(at) if each.id == id)
    outcome = remove(request, at, act.type, prevented=row.prevented)
    decided: Decided = [(lane, outcome.changes)]
    if outcome.reopen:
        decided += _left_elsewhere(act, lane)
        act.reopen(lane)
    act.queue(decided)
    if act.type.is_entity and not at.linked:
        release_names(db, lane.id, [row.id])
    resolve_conflicts(db, lane.id, [row.id], act.now, "its request was removed from the queue")
    act.audit("removed_from_queue", lane, operation=request.operation.value)
    return {"id": id, "type": row.type, "source_id": row.source_id, "operation": request.operation.value,
            "reopened": outcome.reopen}  # fmt: skip


def _left_elsewhere(act: Act, lane: Lane) -> Decided:
    """Re-opening changes the one status that all connections share, so none of them may hold the document."""
    others: Decided = []
    for other in act.lanes:
        at = act.standing[other.id]
        if other.id == lane.id:
            continue
        if at.linked or at.in_flight:
            raise Refused(
                f"The document is in the books of {other.label}, and removing it here would re-open it there too.",
                code="undo_first",
                fix="Undo its sync, which covers both, or detach it.",
            )
        others.append((other, decide.left(at, other.policy.of_transaction(act.type), other.period)))
    return others


def _all(at: Standing) -> list[Pending]:
    return [request for request in (at.write, at.removal, at.writing, at.removing) if request]


def _unconnected(company: str) -> Refused:
    return Refused(
        f"{company} has no connection yet.", code="not_synced", fix=f"Connect it: hub connect {company} ADAPTER."
    )
