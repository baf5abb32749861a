"""What a save or a person's action means for one connection, decided from values alone (Q1 to Q4, Q14, U1 to U7)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hub.errors import Refused
from hub.model import Operation, Policy, RecordType
from hub.queue import NEW, Actor, Attach, Change, Detach, Drop, Enqueue, Origin, Pending, Right, Standing, State
from hub.records import decide
from hub.records.decide import Status
from hub.records.show import sync_state

RULE = Policy().ship_doc
PAYMENT = Policy().payment
OPEN, SHIPPED, CLOSED = (Status(status=word) for word in ("processing", "shipped", "closed"))
SYNCED = Standing(linked=True)


def pending(operation: Operation, state: State = State.WAITING, origin: Origin = Origin.SAVED) -> Pending:
    return Pending(id=1, operation=operation, origin=origin, state=state)


WAITING_CREATE = Standing(write=pending(Operation.CREATE))
LOCKED_UPDATE = Standing(linked=True, writing=pending(Operation.UPDATE, State.LOCKED))
UNDONE = Standing(linked=True, removal=pending(Operation.DELETE, origin=Origin.UNDO))


def saved(at: Standing, before: Status | None, after: Status, *, edited: bool = False) -> list[Change]:
    return decide.transaction_saved(at, RULE, before, after, edited=edited)


def wanted(changes: list[Change]) -> list[Operation]:
    return [change.operation for change in changes if isinstance(change, Enqueue)]


def code_of(act: Callable[[], object]) -> str:
    with pytest.raises(Refused) as caught:
        act()
    return caught.value.code


@pytest.mark.parametrize(
    ("before", "after", "queued"),
    [
        (None, SHIPPED, True),
        (None, OPEN, False),
        (OPEN, SHIPPED, True),
        (OPEN, CLOSED, True),
        (OPEN, Status(status="picking"), False),
        (SHIPPED, CLOSED, False),
        (CLOSED, SHIPPED, False),
        (None, Status(status="shipped", prevented=True), False),
        (None, Status(status="shipped", fully_recorded=False), True),
    ],
)
def test_Q3_entering_the_trigger_statuses_queues_and_moving_within_them_does_not(
    before: Status | None, after: Status, queued: bool
) -> None:
    assert wanted(saved(NEW, before, after)) == ([Operation.CREATE] if queued else [])


def test_Q4_becoming_recorded_touches_the_waiting_request_and_nothing_else() -> None:
    unrecorded = Status(status="shipped", fully_recorded=False)
    assert len(saved(WAITING_CREATE, unrecorded, SHIPPED)) == 1
    assert saved(SYNCED, unrecorded, SHIPPED) == []


def test_Q14_require_undo_refuses_edits_of_what_is_or_may_be_in_the_books() -> None:
    rule = RULE.model_copy(update={"on_edit": "require_undo"})

    def edit(at: Standing) -> list[Change]:
        return decide.transaction_saved(at, rule, SHIPPED, SHIPPED, edited=True)

    assert code_of(lambda: edit(SYNCED)) == "undo_first"
    assert code_of(lambda: edit(Standing(writing=pending(Operation.CREATE, State.LOCKED)))) == "undo_first"
    assert len(edit(WAITING_CREATE)) == 1


def test_Q14_a_detached_or_prevented_document_is_not_followed() -> None:
    assert saved(Standing(detached=True), SHIPPED, SHIPPED, edited=True) == []
    prevented = Status(status="shipped", prevented=True)
    assert saved(SYNCED, prevented, prevented, edited=True) == []


def test_C6_a_proxied_entity_is_not_queued_when_it_is_saved() -> None:
    assert decide.entity_saved(Standing(proxied=True), changed=True) == []
    assert wanted(decide.entity_saved(NEW, changed=True)) == [Operation.CREATE]
    assert decide.entity_saved(NEW, changed=False) == []


def test_U1_only_what_is_in_the_books_and_not_undone_yet_is_undone() -> None:
    assert wanted(decide.undone(SYNCED, RULE)) == [Operation.DELETE]
    assert code_of(lambda: decide.undone(NEW, RULE)) == "not_synced"
    assert code_of(lambda: decide.undone(UNDONE, RULE)) == "already_undone"
    assert code_of(lambda: decide.undone(LOCKED_UPDATE, RULE)) == "request_locked"


def test_U2_what_may_be_prevented() -> None:
    decide.may_be_prevented(NEW)
    decide.may_be_prevented(UNDONE)
    decide.may_be_prevented(Standing(linked=True, removing=pending(Operation.DELETE, State.LOCKED)))
    assert code_of(lambda: decide.may_be_prevented(SYNCED)) == "undo_first"
    assert code_of(lambda: decide.may_be_prevented(WAITING_CREATE)) == "delete_from_queue_first"
    assert code_of(lambda: decide.may_be_prevented(LOCKED_UPDATE)) == "request_locked"


def test_U2_allowing_a_document_whose_copy_was_kept_takes_the_copy_up_instead_of_posting_another() -> None:
    changes = decide.allowed_again(Standing(detached=True), RULE, "closed")
    assert isinstance(changes[0], Attach)
    assert wanted(changes) == [Operation.UPDATE]


def test_U5_detaching_drops_whatever_waits() -> None:
    at = Standing(linked=True, write=pending(Operation.UPDATE))
    assert decide.detached(at, RULE) == [Drop(request_id=1), Detach()]
    assert code_of(lambda: decide.detached(NEW, RULE)) == "not_synced"
    assert code_of(lambda: decide.detached(LOCKED_UPDATE, RULE)) == "request_locked"
    deleted = Standing(linked=True, removal=pending(Operation.DELETE, origin=Origin.DELETED))
    assert code_of(lambda: decide.detached(deleted, RULE)) == "to_be_deleted_irreversible"


def test_U6_leaving_the_trigger_statuses_takes_the_right_of_what_it_equals() -> None:
    assert decide.right_to_leave(SYNCED) is Right.UNDO
    assert decide.right_to_leave(WAITING_CREATE) is Right.REMOVE
    assert decide.right_to_leave(NEW) is None
    assert decide.right_to_leave(UNDONE) is None
    nobody = Actor(name="nobody", rights=frozenset())

    def leave(at: Standing) -> list[Change]:
        return decide.transaction_saved(at, RULE, SHIPPED, OPEN, edited=False, actor=nobody)

    assert code_of(lambda: leave(SYNCED)) == "not_permitted"
    assert code_of(lambda: leave(WAITING_CREATE)) == "not_permitted"
    assert leave(NEW) == []


def test_U7_payments_are_never_undone_and_not_deleted_once_a_gateway_has_them() -> None:
    assert code_of(lambda: decide.undone(SYNCED, PAYMENT)) == "payment_undo_not_allowed"
    assert code_of(lambda: decide.left(SYNCED, PAYMENT)) == "payment_undo_not_allowed"
    for type in (RecordType.PAYMENT, RecordType.REFUND):
        assert wanted(decide.transaction_deleted(SYNCED, type, gateway_processed=False)) == [Operation.DELETE]
        code = code_of(lambda: decide.transaction_deleted(SYNCED, type, gateway_processed=True))  # noqa: B023
        assert code == "gateway_processed"


NOTHING = {"request": None, "linked": False, "proxied": False, "prevented": False, "diverged": False,
           "excluded": False, "deleted": False}  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ({}, "not_queued"),
        ({"linked": True}, "synced"),
        ({"linked": True, "diverged": True}, "diverged"),
        ({"linked": True, "deleted": True}, "not_queued"),
        ({"proxied": True}, "proxied"),
        ({"prevented": True, "linked": True}, "prevented"),
        ({"excluded": True}, "excluded"),
        ({"linked": True, "request": {"state": "waiting", "error_class": None}}, "waiting"),
        ({"linked": True, "request": {"state": "waiting", "error_class": "conflict"}}, "needs_attention"),
        ({"linked": True, "request": {"state": "held", "error_class": "conflict"}}, "held"),
        ({"linked": True, "request": {"state": "locked", "error_class": None}}, "sending"),
        ({"linked": True, "request": {"state": "unknown", "error_class": "unknown_outcome"}}, "check_by_hand"),
    ],
)
def test_X5_synced_is_shown_only_with_a_link_and_nothing_pending(facts: dict[str, object], state: str) -> None:
    assert sync_state(**{**NOTHING, **facts}) == state  # type: ignore[arg-type]
