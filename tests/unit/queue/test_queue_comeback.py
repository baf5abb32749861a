"""A failed request meets what was queued behind it: they become one, the stronger wins, no edit is lost (Q8)."""

from __future__ import annotations

from itertools import product

import pytest

from hub.model import Operation
from hub.queue import Queued, Returned, come_back, fold_back

CREATE, UPDATE, DELETE = Operation.CREATE, Operation.UPDATE, Operation.DELETE


@pytest.mark.parametrize(
    ("failed", "write_behind", "removal_behind", "expected"),
    [
        (CREATE, False, False, Returned(keep=CREATE)),
        (CREATE, True, False, Returned(keep=CREATE, drop_write=True)),
        (CREATE, False, True, Returned(keep=None, drop_removal=True)),
        (CREATE, True, True, Returned(keep=CREATE, drop_write=True, drop_removal=True)),
        (UPDATE, False, False, Returned(keep=UPDATE)),
        (UPDATE, True, False, Returned(keep=UPDATE, drop_write=True)),
        (UPDATE, False, True, Returned(keep=DELETE, drop_removal=True)),
        (UPDATE, True, True, Returned(keep=DELETE, drop_removal=True)),
        (DELETE, False, False, Returned(keep=DELETE)),
        (DELETE, True, False, Returned(keep=DELETE)),
        (DELETE, False, True, Returned(keep=DELETE, drop_removal=True)),
    ],
)
def test_Q8_the_stronger_operation_wins(
    failed: Operation, write_behind: bool, removal_behind: bool, expected: Returned
) -> None:
    assert come_back(failed, write_behind=write_behind, removal_behind=removal_behind) == expected


def _queued(*operations: Operation, waits_from: int = 1) -> list[Queued]:
    return [Queued(id=at, operation=each, waits=at > waits_from) for at, each in enumerate(operations, 1)]


@pytest.mark.parametrize(
    ("requests", "expected"),
    [
        (_queued(CREATE), {1: (CREATE, 1)}),
        (_queued(CREATE, UPDATE), {1: (CREATE, 2), 2: (None, 2)}),
        (_queued(CREATE, DELETE), {1: (None, 2), 2: (None, 2)}),
        (_queued(CREATE, DELETE, CREATE), {1: (CREATE, 3), 2: (None, 2), 3: (None, 3)}),
        (_queued(UPDATE, DELETE), {1: (DELETE, 2), 2: (None, 2)}),
        (_queued(UPDATE, DELETE, CREATE), {1: (DELETE, 2), 2: (None, 2)}),
        (_queued(DELETE, CREATE, waits_from=2), {1: (DELETE, 1), 2: (CREATE, 2)}),
    ],
)
def test_Q8_a_chain_folds_from_its_end(
    requests: list[Queued], expected: dict[int, tuple[Operation | None, int]]
) -> None:
    assert fold_back(requests) == expected


def _possible(operations: tuple[Operation, ...], waits_from: int) -> bool:
    """Whether a record's requests can stand like this: what is there is changed, what is not is created.

    Of those that wait, one may write and one may remove, and the removal stands first; so do those that fly.
    """
    there = operations[0] is not CREATE
    for operation in operations:
        if (operation is CREATE) == there:
            return False
        there = operation is not DELETE
    return all(
        [each is DELETE for each in part] in ([], [True], [False], [True, False])
        for part in (operations[:waits_from], operations[waits_from:])
    )


HISTORIES = [
    (each, waits_from)
    for length in (1, 2, 3, 4)
    for each in product(Operation, repeat=length)
    for waits_from in (1, 2)
    if waits_from <= length and _possible(each, waits_from)
]


@pytest.mark.parametrize(("operations", "waits_from"), HISTORIES)
def test_Q8_what_is_left_brings_the_books_to_where_the_source_is(
    operations: tuple[Operation, ...], waits_from: int
) -> None:
    outcome = fold_back(_queued(*operations, waits_from=waits_from))
    left = [
        keep for at, operation in enumerate(operations, 1) if (keep := outcome.get(at, (operation, at))[0]) is not None
    ]
    there = operations[0] is not CREATE
    for operation in left:
        assert (operation is CREATE) != there, f"{operations} left {left}"
        there = operation is not DELETE
    assert there == (operations[-1] is not DELETE)
    assert len([each for each in left if each is not DELETE]) <= 1
    assert left.count(DELETE) <= 1
    if operations[-1] is not DELETE:
        assert left[-1] is not DELETE, "the last edit is lost"
