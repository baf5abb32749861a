"""Taking a request out of the queue: what that means for its record, and when it is refused (rules Q6, Q9 to Q12)."""

from __future__ import annotations

from dataclasses import dataclass

from hub.errors import Refused
from hub.model import Operation, RecordType
from hub.queue.merge import Change, Detach, Diverge, Drop
from hub.queue.standing import Origin, Pending, Standing, State

LOOKS_BY_ITSELF = "Sync again: the hub looks in the books by itself before it sends anything."
LOOK_THERE = "Look in the books: link the record if it is there, release the request if it is not."
"""What to do about a request of unknown outcome: only where a search did not tell can a person decide (X3)."""
REMOVED = "its change was taken out of the queue and never reached the books"


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """What follows from a removal; `reopen`: the transaction goes back to its default status."""

    changes: list[Change]
    reopen: bool = False


def touchable(request: Pending) -> None:
    """Refused `request_locked` or `outcome_unknown` when nobody may remove, merge or undo this request (rule Q6)."""
    if request.state is State.LOCKED:
        raise Refused(
            "A sync job is sending this right now.",
            code="request_locked",
            fix="Wait until the job has ended, or cancel the job.",
        )
    if request.state is State.UNKNOWN:
        raise Refused(
            "It was sent, and nobody knows yet whether the books took it.",
            code="outcome_unknown",
            fix=LOOK_THERE if request.error_code == "check_by_hand" else LOOKS_BY_ITSELF,
        )


def remove(request: Pending, at: Standing, type: RecordType, *, prevented: bool) -> Removal:
    """What removing this request does.

    Raises:
        Refused: `request_locked`, `outcome_unknown`, `to_be_deleted_irreversible`, `prevent_sync_first`.
    """
    touchable(request)
    drop = Drop(request_id=request.id)
    if request.operation is Operation.DELETE:
        return Removal(changes=_keep_the_copy(request, at, drop, prevented=prevented))
    if type.is_entity or request.operation is Operation.UPDATE:
        return Removal(changes=[drop, Diverge(reason=REMOVED)])
    return Removal(changes=[drop], reopen=True)


def _keep_the_copy(request: Pending, at: Standing, drop: Drop, *, prevented: bool) -> list[Change]:
    if request.origin is not Origin.UNDO:
        raise Refused(
            "The record was deleted in the source, so its removal from the books cannot be called off.",
            code="to_be_deleted_irreversible",
            fix="Create the record anew in the source.",
        )
    if not prevented or at.write:
        raise Refused(
            "Without this removal the next close would post the document a second time.",
            code="prevent_sync_first",
            fix="Prevent sync for the document first, then remove this request.",
        )
    return [drop, Detach()]
