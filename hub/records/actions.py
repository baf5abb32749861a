"""What a person does to a transaction: undo, prevent, allow, detach; and to any record: delete, remove from the queue.

Every action is one transaction, needs its right, takes a reason, and is audited (rule U9).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, delete, select, update

from hub.conflicts import release_names, settle_released
from hub.errors import InvalidInput, NotFound
from hub.model import Payment, RecordType, Transaction, load_record
from hub.queue import Actor, Core, Lane, Right, release
from hub.records import decide, weigh
from hub.records.act import Act, Decided
from hub.records.rows import get_row
from hub.store.tables import proxies, records, requests


def undo(core: Core, company: str, type: RecordType, source_id: str, actor: Actor, reason: str | None = None) -> str:
    """Re-open a synced transaction and queue the removal of the books' copy (U1); the status it now has."""
    with core.database.write(company) as db:
        act = Act(core, db, get_row(db, company, type, source_id), actor, reason)
        main, decided = weigh.undo(act)
        act.queue(decided)
        act.reopen(main)
        act.audit("undo", main)
        return main.policy.of_transaction(type).default_status


def prevent(
    core: Core, company: str, type: RecordType, source_id: str, actor: Actor, reason: str | None = None
) -> None:
    """Set the flag that keeps an open transaction out of every queue (U2)."""
    with core.database.write(company) as db:
        act = Act(core, db, get_row(db, company, type, source_id), actor, reason)
        weigh.prevent(act)
        act.prevent(True)
        act.audit("prevent")


def allow(
    core: Core, company: str, type: RecordType, source_id: str, actor: Actor, reason: str | None = None
) -> list[str]:
    """Clear the prevent flag; the connections on which the transaction is queued because of it (U2)."""
    with core.database.write(company) as db:
        act = Act(core, db, get_row(db, company, type, source_id), actor, reason)
        decided = weigh.allow(act)
        act.prevent(False)
        act.queue(decided)
        queued = [lane.label for lane, _ in decided]
        act.audit("allow", queued=queued)
        return queued


def detach(
    core: Core, company: str, type: RecordType, source_id: str, actor: Actor, reason: str | None = None
) -> list[str]:
    """Keep the books' copy and stop syncing, in one step (U5); the connections that keep a copy."""
    with core.database.write(company) as db:
        act = Act(core, db, get_row(db, company, type, source_id), actor, reason)
        decided = weigh.detach(act)
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
            act.settle(lane, "the record was deleted")
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
        settle_released(db, lane.id, ids, now, actor)
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
            fix="Look at the queue.",
        )
    act = Act(core, db, row, actor, reason)
    at = act.standing[lane.id]
    request = next(each for each in weigh.waiting(at) if each.id == id)
    outcome, decided = weigh.removal(act, lane, request)
    if outcome.reopen:
        act.reopen(lane)
    act.queue(decided)
    if act.type.is_entity and not at.linked:
        release_names(db, lane.id, [row.id])
    act.settle(lane, "its request was removed from the queue")
    act.audit("removed_from_queue", lane, operation=request.operation.value)
    return {"id": id, "type": row.type, "source_id": row.source_id, "operation": request.operation.value,
            "reopened": outcome.reopen}  # fmt: skip
