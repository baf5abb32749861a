"""What a save, a deletion or a person's action means for the queue of one connection; decided, not done."""

from __future__ import annotations

from dataclasses import dataclass

from hub.errors import Refused
from hub.model import ALWAYS, Period, RecordType
from hub.model.period import CLOSED_FIX
from hub.model.policy import TransactionPolicy
from hub.queue import (
    HUB,
    Actor,
    Agree,
    Attach,
    Change,
    Detach,
    Diverge,
    Drop,
    Origin,
    Right,
    Standing,
    touchable,
    want_removal,
    want_write,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """The part of a transaction that decides whether it queues."""

    status: str
    fully_recorded: bool = True
    prevented: bool = False


def entity_saved(at: Standing, *, changed: bool) -> list[Change]:
    """An entity was created or changed (rule Q1). A proxied one stays out of the books (rule C6)."""
    return want_write(at) if changed and not at.proxied else []


def not_ours_to_change(at: Standing, why: str) -> list[Change]:
    """A linked entity of which the books are the master was saved: until they change it, the two differ (rule Q9)."""
    return [] if at.diverged else [Diverge(reason=why)]


def entity_deleted(at: Standing) -> list[Change]:
    """An entity was deleted (rule Q2)."""
    return want_removal(at, Origin.DELETED)


def transaction_saved(
    at: Standing, policy: TransactionPolicy, before: Status | None, after: Status, *, edited: bool, actor: Actor = HUB,
    period: Period = ALWAYS,
) -> list[Change]:  # fmt: skip
    """A transaction was saved: it may enter its trigger statuses, leave them, or be edited within them.

    Raises:
        Refused: `undo_first` for an edit that the policy allows only after an undo (rule Q14), `not_permitted`, and
            what :func:`left` refuses.
    """
    was = before is not None and before.status in policy.trigger_statuses
    now = after.status in policy.trigger_statuses
    if after.prevented:
        return []
    if was and not now:
        if (right := right_to_leave(at)) is not None:
            actor.must_have(right)
        return left(at, policy, period)
    if not now:
        return []
    if not was:
        return _entered(at)
    if edited and not at.detached:
        undone = at.removal or at.removing
        if policy.on_edit == "require_undo" and (at.writing or (at.linked and not undone)):
            raise Refused(
                "The document is in the books, and this connection allows no edits of posted documents.",
                code="undo_first",
                fix="Undo its sync, edit it, and close it again.",
            )
        return want_write(at)
    recorded_now = before is not None and before.fully_recorded != after.fully_recorded
    return want_write(at) if recorded_now and at.write else []


def _entered(at: Standing) -> list[Change]:
    if at.detached:  # the books kept their copy: take it up again rather than post a second one
        return [Attach(), *want_write(_taken_up(at))]
    return want_write(at)


def _taken_up(at: Standing) -> Standing:
    return Standing(linked=True, diverged=at.diverged, write=at.write, writing=at.writing)


def right_to_leave(at: Standing) -> Right | None:
    """Whose right moving a status back by hand takes: that of an undo, or of a removal from the queue (rule U6)."""
    if at.linked and not at.removal and not at.removing:
        return Right.UNDO
    return Right.REMOVE if at.write else None


def left(at: Standing, policy: TransactionPolicy, period: Period = ALWAYS) -> list[Change]:
    """A transaction left its trigger statuses: an undo when it was synced, a removal from the queue when not (U6).

    Raises:
        Refused: `request_locked`, `outcome_unknown`, `payment_undo_not_allowed` (rules Q6, U7), `period_closed` or
            `before_start_date` (rule X8).
    """
    if at.writing:
        touchable(at.writing)
    if at.linked and not at.removal and not at.removing:
        undo_allowed(policy)
        removable(at, period)
    return want_removal(at, Origin.UNDO)


def undo_allowed(policy: TransactionPolicy) -> None:
    """Refused `payment_undo_not_allowed`, or `undo_not_allowed`, where the type's sync cannot be undone (rule U7)."""
    if policy.undo:
        return
    if policy.posts_as in ("payment", "refund"):
        raise Refused(
            f"The sync of a {policy.posts_as} cannot be undone.",
            code="payment_undo_not_allowed",
            fix=f"Delete the {policy.posts_as} in the source if it was a mistake.",
        )
    raise Refused(
        "The policy of this connection allows no undo for this type.",
        code="undo_not_allowed",
        fix="Change the policy, or correct the document in the books.",
    )


def removable(at: Standing, period: Period) -> None:
    """Refused `period_closed` or `before_start_date` for what the books hold under a date that must not be touched."""
    if (why := period.shut(at.dated)) is not None:
        raise Refused(why, code="period_closed", fix=CLOSED_FIX)
    if (why := period.too_early(at.dated)) is not None:
        raise Refused(
            f"The document stays in the books: {why}.",
            code="before_start_date",
            fix="Correct it in the books, or set the connection's start date earlier.",
        )


def undone(at: Standing, policy: TransactionPolicy, period: Period = ALWAYS) -> list[Change]:
    """A person undoes the sync of a transaction (rules U1, X8)."""
    undo_allowed(policy)
    if at.in_flight:
        touchable(at.in_flight)
    if at.detached:
        raise Refused(
            "It is detached: the books keep their copy, which is not synced, so there is nothing to undo.",
            code="not_synced",
            fix="To take it out of the books, delete it there.",
        )
    if not at.linked:
        raise Refused(
            "The document is not in the books, so there is nothing to undo.",
            code="not_synced",
            fix="If it waits in the queue, remove its request from the queue.",
        )
    if at.removal and not at.write:
        raise Refused(
            "Its removal from the books is queued already.",
            code="already_undone",
            fix="Run a sync to have it carried out.",
        )
    removable(at, period)
    return want_removal(at, Origin.UNDO)


def transaction_deleted(at: Standing, type: RecordType, *, gateway_processed: bool) -> list[Change]:
    """A transaction was deleted in the source; payments that a gateway has processed cannot be (rule U7)."""
    if gateway_processed and type in (RecordType.PAYMENT, RecordType.REFUND):
        raise Refused(
            f"A payment gateway has processed this {type.words}, so it cannot be deleted.",
            code="gateway_processed",
            fix="Refund it through the gateway.",
        )
    return want_removal(at, Origin.DELETED)


def may_be_prevented(at: Standing) -> None:
    """Whether a transaction may be marked as never to be synced (rule U2).

    Raises:
        Refused: `undo_first`, `delete_from_queue_first`, `request_locked`.
    """
    if at.writing:
        touchable(at.writing)
    if at.linked and not (at.removal or at.removing):
        raise Refused("The document is in the books.", code="undo_first", fix="Undo its sync first, or detach it.")
    if at.write:
        raise Refused(
            "The document waits in the queue.",
            code="delete_from_queue_first",
            fix="Remove its request from the queue first.",
        )


def allowed_again(at: Standing, policy: TransactionPolicy, status: str) -> list[Change]:
    """The prevent flag was cleared: a transaction that stands in a trigger status is queued (rule U2)."""
    return _entered(at) if status in policy.trigger_statuses else []


def detached(at: Standing, policy: TransactionPolicy) -> list[Change]:
    """Undo, prevent, close and removal of the request in one step: the books keep their copy (rules U3, U5)."""
    undo_allowed(policy)
    if at.in_flight:
        touchable(at.in_flight)
    if at.detached:
        raise Refused(
            "It is detached already: the books keep their copy.", code="not_synced", fix="Nothing needs to be done."
        )
    if not at.linked:
        raise Refused(
            "The document is not in the books, so there is no copy to keep.",
            code="not_synced",
            fix="Remove its request from the queue and prevent its sync.",
        )
    if at.removal and at.removal.origin is Origin.DELETED:
        raise Refused(
            "The document was deleted in the source.",
            code="to_be_deleted_irreversible",
            fix="Create the record anew in the source.",
        )
    waiting = [Drop(request_id=request.id) for request in (at.write, at.removal) if request]
    return [*waiting, *([Agree()] if at.diverged else []), Detach()]
