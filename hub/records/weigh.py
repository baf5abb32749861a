"""What an action on a record would change, or why it is refused: told before it is done, and obeyed when it is."""

from __future__ import annotations

from hub.errors import Refused
from hub.model import load_record
from hub.queue import Lane, Pending, Removal, Right, Standing, remove
from hub.records import decide
from hub.records.act import Act, Decided


def undo(act: Act) -> tuple[Lane, Decided]:
    """Rule U1; with the connection whose default status the transaction goes back to."""
    act.actor.must_have(Right.UNDO)
    act.transaction_only("undone")
    act.alive()
    synced = [lane for lane in act.lanes if act.standing[lane.id].linked]
    main = (synced or act.lanes)[:1]
    if not main:
        raise unconnected(act)
    decided: Decided = []
    for lane in act.lanes:
        rule = lane.policy.of_transaction(act.type)
        decide_how = decide.undone if lane in synced or lane in main else decide.left
        decided.append((lane, decide_how(act.standing[lane.id], rule, lane.period)))
    return main[0], decided


def prevent(act: Act) -> None:
    """Rule U2."""
    act.actor.must_have(Right.PREVENT)
    act.transaction_only("prevented from syncing")
    act.alive()
    for lane in act.lanes:
        decide.may_be_prevented(act.standing[lane.id])


def allow(act: Act) -> Decided:
    """Rule U2: on which connections it queues then."""
    act.actor.must_have(Right.PREVENT)
    act.transaction_only("allowed to sync")
    act.alive()
    if not act.row.prevented:
        raise Refused("Its sync is not prevented.", code="not_prevented", fix="Nothing needs to be done.")
    decided: Decided = []
    record = load_record(act.type, act.row.payload)
    for lane in act.lanes:
        rule = lane.policy.of_transaction(act.type)
        if not lane.excluded(act.type, record):
            changes = decide.allowed_again(act.standing[lane.id], rule, act.row.status)
            decided += [(lane, changes)] if changes else []
    return decided


def detach(act: Act) -> Decided:
    """Rule U5."""
    act.actor.must_have(Right.DETACH)
    act.transaction_only("detached")
    busy = [lane for lane in act.lanes if not act.standing[lane.id].idle or act.standing[lane.id].linked]
    if not act.lanes:
        raise unconnected(act)
    decided: Decided = []
    for lane in busy or act.lanes[:1]:
        decided.append((lane, decide.detached(act.standing[lane.id], lane.policy.of_transaction(act.type))))
    return decided


def removal(act: Act, lane: Lane, request: Pending) -> tuple[Removal, Decided]:
    """Rules Q6, Q9 to Q12: what taking this request out of the queue does here, and on all connections."""
    act.actor.must_have(Right.REMOVE)
    outcome = remove(request, act.standing[lane.id], act.type, prevented=act.row.prevented)
    decided: Decided = [(lane, outcome.changes)]
    if outcome.reopen:
        decided += _left_elsewhere(act, lane)
    return outcome, decided


def waiting(at: Standing) -> list[Pending]:
    """Every request of a record on a connection, the oldest first."""
    found = [request for request in (at.write, at.removal, at.writing, at.removing) if request]
    return sorted(found, key=lambda request: request.id)


def unconnected(act: Act) -> Refused:
    """The company's books are not connected."""
    company = act.row.company_id
    return Refused(f"{company} has no connection yet.", code="not_synced", fix="Connect it.")


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
