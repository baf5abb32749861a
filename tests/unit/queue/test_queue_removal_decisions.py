"""Taking a request out of the queue, and the order in which requests leave, as pure decisions (Q6, Q9 to Q12, J4)."""

from __future__ import annotations

import pytest

from hub.errors import Refused
from hub.model import Operation, RecordType
from hub.queue import Detach, Diverge, Drop, Origin, Pending, Standing, State, remove
from hub.queue.order import rank

SHIP_DOC, CUSTOMER = RecordType.SHIP_DOC, RecordType.CUSTOMER


def pending(operation: Operation, *, state: State = State.WAITING, origin: Origin = Origin.SAVED) -> Pending:
    return Pending(id=1, operation=operation, origin=origin, state=state)


@pytest.mark.parametrize(("state", "code"), [(State.LOCKED, "request_locked"), (State.UNKNOWN, "outcome_unknown")])
@pytest.mark.parametrize("operation", Operation)
def test_Q6_what_was_handed_to_a_job_is_not_removed(operation: Operation, state: State, code: str) -> None:
    with pytest.raises(Refused) as caught:
        remove(pending(operation, state=state), Standing(), CUSTOMER, prevented=True)
    assert caught.value.code == code


@pytest.mark.parametrize("operation", [Operation.CREATE, Operation.UPDATE])
def test_Q9_an_entity_diverges(operation: Operation) -> None:
    outcome = remove(pending(operation), Standing(), CUSTOMER, prevented=False)
    assert [type(change) for change in outcome.changes] == [Drop, Diverge]
    assert outcome.reopen is False


def test_Q10_a_transaction_re_opens_with_its_create_and_diverges_with_its_update() -> None:
    created = remove(pending(Operation.CREATE), Standing(), SHIP_DOC, prevented=False)
    assert ([type(change) for change in created.changes], created.reopen) == ([Drop], True)
    updated = remove(pending(Operation.UPDATE), Standing(linked=True), SHIP_DOC, prevented=False)
    assert ([type(change) for change in updated.changes], updated.reopen) == ([Drop, Diverge], False)


@pytest.mark.parametrize("type", [CUSTOMER, SHIP_DOC])
@pytest.mark.parametrize("prevented", [True, False])
def test_Q11_a_deletion_in_the_source_stays(type: RecordType, prevented: bool) -> None:
    with pytest.raises(Refused) as caught:
        remove(pending(Operation.DELETE, origin=Origin.DELETED), Standing(linked=True), type, prevented=prevented)
    assert caught.value.code == "to_be_deleted_irreversible"


def test_Q12_an_undo_is_called_off_only_for_a_prevented_document_that_nothing_waits_behind() -> None:
    request = pending(Operation.DELETE, origin=Origin.UNDO)
    with pytest.raises(Refused) as caught:
        remove(request, Standing(linked=True, removal=request), SHIP_DOC, prevented=False)
    assert caught.value.code == "prevent_sync_first"
    behind = Pending(id=2, operation=Operation.CREATE, origin=Origin.SAVED, state=State.WAITING)
    with pytest.raises(Refused):
        remove(request, Standing(linked=True, removal=request, write=behind), SHIP_DOC, prevented=True)
    outcome = remove(request, Standing(linked=True, removal=request), SHIP_DOC, prevented=True)
    assert (outcome.changes, outcome.reopen) == ([Drop(request_id=1), Detach()], False)


WRITES = [
    {RecordType.ACCOUNT, RecordType.TERM, RecordType.TAX_CODE, RecordType.PAYMENT_METHOD, RecordType.CLASS},
    {CUSTOMER, RecordType.VENDOR},
    {RecordType.ITEM},
    {SHIP_DOC, RecordType.RECEIVER, RecordType.ADJUSTMENT, RecordType.WORK_ORDER, RecordType.VALUE_ADJUSTMENT},
    {RecordType.CUSTOMER_RETURN, RecordType.VENDOR_RETURN},
    {RecordType.PAYMENT, RecordType.REFUND},
]


def test_J4_what_others_need_leaves_first_and_is_removed_last() -> None:
    levels = [{rank(type, Operation.CREATE) for type in types} for types in WRITES]
    assert all(len(level) == 1 for level in levels)
    writes = [level.pop() for level in levels]
    removals = [rank(next(iter(types)), Operation.DELETE) for types in reversed(WRITES)]
    assert writes + removals == sorted({*writes, *removals})
    assert {rank(type, Operation.UPDATE) for type in RecordType} <= set(writes)
