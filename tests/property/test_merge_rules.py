"""Whatever is wished and whatever comes back: few requests wait, in order, and replayed they give what was wished last.

A record's history is replayed by brute force: the books hold it or not, and every request left over is carried out, in
order. The hub's merging must end in the same books as sending every single wish would.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.model import Operation
from hub.queue import Origin, Pending, Queued, Standing, State, fold_back
from hub.queue.merge import Amend, Change, Drop, Enqueue, want_removal, want_write


@dataclass(frozen=True)
class Row:
    """A request as the table keeps it."""

    id: int
    operation: Operation
    locked: bool = False


@dataclass(frozen=True)
class Record:
    """One record: its rows, oldest first, whether the books hold it, and whether it is to be there."""

    rows: tuple[Row, ...] = ()
    linked: bool = False
    wished: bool = False
    next_id: int = 1

    def standing(self) -> Standing:
        places: dict[str, Pending] = {}
        for row in self.rows:
            removes = row.operation is Operation.DELETE
            place = ("removing" if removes else "writing") if row.locked else ("removal" if removes else "write")
            assert place not in places, f"two {place}: {self}"
            state = State.LOCKED if row.locked else State.WAITING
            places[place] = Pending(id=row.id, operation=row.operation, origin=Origin.SAVED, state=state)
        return Standing(linked=self.linked, **places)

    def changed(self, changes: list[Change]) -> Record:
        rows, next_id = list(self.rows), self.next_id
        for change in changes:
            match change:
                case Drop(request_id=id):
                    rows = [row for row in rows if row.id != id]
                case Amend(request_id=id, operation=operation):
                    rows = [replace(row, operation=operation) if row.id == id else row for row in rows]
                case Enqueue(operation=operation):
                    rows.append(Row(next_id, operation))
                    next_id += 1
                case _:
                    pass
        return replace(self, rows=tuple(rows), next_id=next_id)

    def replayed(self) -> bool:
        """Whether the books hold it once every row was carried out; nothing is created twice or changed in vain."""
        held = self.linked
        for row in sorted(self.rows, key=lambda each: each.id):
            match row.operation:
                case Operation.CREATE:
                    assert not held, f"it would be there twice: {self}"
                    held = True
                case Operation.UPDATE:
                    assert held, f"an update of nothing: {self}"
                case Operation.DELETE:
                    assert held, f"a removal of nothing: {self}"
                    held = False
        return held


def write(at: Record) -> Record:
    return replace(at.changed(want_write(at.standing())), wished=True)


def remove(at: Record) -> Record:
    return replace(at.changed(want_removal(at.standing(), Origin.DELETED)), wished=False)


def lock(at: Record) -> Record:
    """A job takes what waits; what flies still, because nobody knows its outcome, keeps its like waiting."""
    flying = {row.operation is Operation.DELETE for row in at.rows if row.locked}
    ready = [replace(row, locked=row.locked or (row.operation is Operation.DELETE) not in flying) for row in at.rows]
    return replace(at, rows=tuple(ready))


def succeed(at: Record) -> Record:
    """The oldest locked request took effect."""
    first = next((row for row in at.rows if row.locked), None)
    if first is None:
        return at
    rest = tuple(row for row in at.rows if row is not first)
    return replace(at, rows=rest, linked=first.operation is not Operation.DELETE)


def fail(at: Record) -> Record:
    """Every locked request surely did not take effect, and goes back."""
    return _back(at, at.rows) if any(row.locked for row in at.rows) else at


def lose(at: Record) -> Record:
    """Nobody knows what became of the oldest locked request; the others were not sent, and go back."""
    first = next((row for row in at.rows if row.locked), None)
    return _back(at, tuple(row for row in at.rows if row is not first)) if first else at


def _back(at: Record, returning: tuple[Row, ...]) -> Record:
    kept = fold_back([Queued(id=row.id, operation=row.operation, waits=not row.locked) for row in returning])
    rows = []
    for row in at.rows:
        operation, _ = kept.get(row.id, (row.operation, row.id))
        if operation is not None:
            rows.append(replace(row, operation=operation, locked=row.locked and row not in returning))
    return replace(at, rows=tuple(rows))


@given(st.lists(st.sampled_from([write, write, remove, lock, lock, succeed, fail, lose]), max_size=14))
@settings(max_examples=1500, deadline=None, derandomize=True)
def test_Q8_replaying_what_is_queued_gives_what_was_wished_last(events: list) -> None:
    at = Record()
    for event in events:
        at = event(at)
        at.standing()  # at most one of each
        assert at.replayed() == at.wished, f"after {event.__name__}: {at}"
        waiting = [row for row in at.rows if not row.locked]
        assert len(waiting) <= 2
        if len(waiting) == 2:
            assert [row.operation for row in sorted(waiting, key=lambda each: each.id)] == [
                Operation.DELETE, Operation.CREATE,
            ]  # fmt: skip


@given(st.lists(st.sampled_from([write, remove]), max_size=6))
@settings(deadline=None, derandomize=True)
def test_Q8_what_was_never_sent_leaves_no_trace_when_it_is_deleted(events: list) -> None:
    at = Record()
    for event in [*events, remove]:
        at = event(at)
    assert at.rows == ()
