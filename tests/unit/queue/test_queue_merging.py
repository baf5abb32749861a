"""What a new wish does to what waits, decided from values alone (Q8, Q9, Q13)."""

from __future__ import annotations

import pytest

from hub.model import Operation
from hub.queue import (
    NEW,
    Agree,
    Amend,
    Change,
    Drop,
    Enqueue,
    Origin,
    Pending,
    Standing,
    State,
    want_removal,
    want_write,
)

CREATE, UPDATE, DELETE = Operation.CREATE, Operation.UPDATE, Operation.DELETE


def pending(id: int, operation: Operation, state: State = State.WAITING, origin: Origin = Origin.SAVED) -> Pending:
    return Pending(id=id, operation=operation, origin=origin, state=state)


def enqueue(operation: Operation, origin: Origin = Origin.SAVED) -> Enqueue:
    return Enqueue(operation=operation, origin=origin)


def amend(id: int, operation: Operation, origin: Origin = Origin.SAVED) -> Amend:
    return Amend(request_id=id, operation=operation, origin=origin)


FLYING_CREATE = pending(1, CREATE, State.LOCKED)
FLYING_DELETE = pending(1, DELETE, State.UNKNOWN, Origin.UNDO)
WAITING_DELETE = pending(1, DELETE, origin=Origin.UNDO)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (NEW, [enqueue(CREATE)]),
        (Standing(linked=True), [enqueue(UPDATE)]),
        (Standing(write=pending(1, CREATE)), [amend(1, CREATE)]),
        (Standing(write=pending(1, CREATE, State.HELD)), [amend(1, CREATE)]),
        (Standing(linked=True, write=pending(1, UPDATE)), [amend(1, UPDATE)]),
        (Standing(writing=FLYING_CREATE), [enqueue(UPDATE)]),
        (Standing(writing=FLYING_CREATE, write=pending(2, UPDATE)), [amend(2, UPDATE)]),
        (Standing(linked=True, removal=WAITING_DELETE), [enqueue(CREATE)]),
        (Standing(linked=True, removing=FLYING_DELETE), [enqueue(CREATE)]),
        (Standing(linked=True, removal=WAITING_DELETE, write=pending(2, CREATE)), [amend(2, CREATE)]),
        (Standing(linked=True, diverged=True), [Agree(), enqueue(UPDATE)]),
    ],
)
def test_Q8_Q13_an_edit_merges_into_what_waits_or_stands_behind_what_flies(
    at: Standing, expected: list[Change]
) -> None:
    assert want_write(at) == expected


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (NEW, []),
        (Standing(diverged=True), [Agree()]),
        (Standing(linked=True), [enqueue(DELETE, Origin.DELETED)]),
        (Standing(write=pending(1, CREATE)), [Drop(request_id=1)]),
        (Standing(write=pending(1, CREATE, State.HELD)), [Drop(request_id=1)]),
        (Standing(linked=True, write=pending(1, UPDATE)), [amend(1, DELETE, Origin.DELETED)]),
        (Standing(writing=FLYING_CREATE), [enqueue(DELETE, Origin.DELETED)]),
        (Standing(writing=FLYING_CREATE, write=pending(2, UPDATE)), [amend(2, DELETE, Origin.DELETED)]),
        (Standing(linked=True, removal=WAITING_DELETE), [amend(1, DELETE, Origin.DELETED)]),
        (
            Standing(linked=True, removal=WAITING_DELETE, write=pending(2, CREATE)),
            [Drop(request_id=2), amend(1, DELETE, Origin.DELETED)],
        ),
        (Standing(linked=True, removing=FLYING_DELETE), []),
        (Standing(linked=True, removing=FLYING_DELETE, write=pending(2, CREATE)), [Drop(request_id=2)]),
        (
            Standing(linked=True, removing=FLYING_DELETE, writing=pending(2, CREATE, State.LOCKED)),
            [enqueue(DELETE, Origin.DELETED)],
        ),
    ],
)
def test_Q8_a_removal_outweighs_what_waits_and_is_nothing_where_nothing_is(
    at: Standing, expected: list[Change]
) -> None:
    assert want_removal(at, Origin.DELETED) == expected


def test_Q12_an_undo_does_not_weaken_a_deletion_in_the_source() -> None:
    at = Standing(linked=True, removal=pending(1, DELETE, origin=Origin.DELETED))
    assert want_removal(at, Origin.UNDO) == []
