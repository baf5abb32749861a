"""Finds one page of the queue without reading the rest of it, and its exact total without counting (Q5).

Requests of one type, operation, state and error class are a *run*: the database counts them by triggers, and an index
holds each in order of position. A page in order of position merges the runs that the filter lets through; one in order
of type, operation, state or error goes from run to run. For the other orders an index is walked, past what the filter
hides; where the filter lets only few through, those are collected and sorted instead. Only a search reads everything.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import groupby, islice
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    Text,
    and_,
    bindparam,
    case,
    cast,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
    tuple_,
)

from hub.queue.core import Lane
from hub.store.among import among
from hub.store.tables import queue_counts, requests
from hub.store.types import Amount

FEW = 5_000
"""So many requests are sorted quicker than they are met on a walk through a million."""
MOST_RUNS = 24
"""More runs than these are not merged for a page in order of position: an index is walked then, as for other orders."""
_LAST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which requests to show; what is None does not narrow. `search` looks in title and source id."""

    type: str | None = None
    operation: str | None = None
    state: str | None = None
    error: str | None = None
    search: str | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """The filter as SQL conditions."""
        found = [column == value for column, value in self._facets() if value is not None]
        if self.search:
            found.append(
                or_(
                    requests.c.title.icontains(self.search, autoescape=True),
                    requests.c.source_id.icontains(self.search, autoescape=True),
                )
            )
        return found

    def unindexed(self) -> list[ColumnElement[bool]]:
        """The same, in a form of which a planner knows nothing: on a walk, the order's own index is the one to take.

        PostgreSQL takes a bare CASE to let half of the rows through. A coalesce it takes for one row in 200, four of
        them for nearly none: it would rather read and sort the whole table than walk that far.
        """
        wanted = [column == value for column, value in self._facets() if value is not None]
        return [case((and_(*wanted), true()), else_=false())] if wanted else []

    def lets_through(self, run: Row[Any]) -> bool:
        """Whether requests of this run are shown, as far as that depends on the run."""
        wanted = (self.type, self.operation, self.state, self.error)
        has = (run.type, run.operation, run.state, run.error)
        return all(value is None or (value == other and value != "") for value, other in zip(wanted, has, strict=True))

    def _facets(self) -> tuple[tuple[ColumnElement[Any], str | None], ...]:
        return (
            (requests.c.type, self.type),
            (requests.c.operation, self.operation),
            (requests.c.state, self.state),
            (requests.c.error_class, self.error),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sort:
    """One order of the queue: its key, what a cursor holds of it, the key without an index, the facet it is."""

    key: ColumnElement[Any]
    kind: type
    unindexed: ColumnElement[Any] | None = None
    facet: str | None = None


_error = func.coalesce(requests.c.error_class, literal_column("''"))
_amount = func.coalesce(requests.c.amount, literal_column("0"), type_=Amount)


def _plus(key: ColumnElement[Any]) -> ColumnElement[Any]:
    return key.op("+")(literal_column("0"))


SORTS: dict[str, Sort] = {
    "position": Sort(key=requests.c.id, kind=int),
    "age": Sort(key=requests.c.queued_at, kind=datetime, unindexed=_plus(requests.c.queued_at)),
    "type": Sort(key=requests.c.type, kind=str, facet="type"),
    "operation": Sort(key=requests.c.operation, kind=str, facet="operation"),
    "state": Sort(key=requests.c.state, kind=str, facet="state"),
    "title": Sort(key=requests.c.title, kind=str, unindexed=requests.c.title.op("||")(literal_column("''"))),
    "attempts": Sort(key=requests.c.attempts, kind=int, unindexed=_plus(requests.c.attempts)),
    "amount": Sort(key=_amount, kind=Decimal, unindexed=_plus(_amount)),
    "error": Sort(key=_error, kind=str, facet="error"),
}
"""What the queue can be sorted by; a leading minus turns the whole order round."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a page ended: the key and the id of its last row."""

    value: Any
    id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Rows in order, how many the filter lets through in all, and where to go on; None after the last page."""

    rows: list[Any]
    total: int
    last: Place | None


_RUNS = select(queue_counts).where(queue_counts.c.connection_id == bindparam("lane"), queue_counts.c.number > 0)
_RUN = queue_counts.c.type + " " + queue_counts.c.operation + " " + queue_counts.c.state + " " + queue_counts.c.error
_IN_RUN = (
    select(requests.c.id)
    .where(
        requests.c.connection_id == queue_counts.c.connection_id,
        requests.c.state == queue_counts.c.state,
        requests.c.type == queue_counts.c.type,
        requests.c.operation == queue_counts.c.operation,
        _error == queue_counts.c.error.op("||")(literal_column("''")),  # a bare column SQLite's index would not match
    )
    .limit(bindparam("size"))
    .correlate(queue_counts)
)


def _of_each(in_run: Select[Any]) -> Select[Any]:
    """What `in_run` finds in each of the runs, in one statement: a text for each run, of ids with spaces between."""
    found = in_run.subquery("found")
    ids = select(func.aggregate_strings(cast(found.c.id, Text), " ")).scalar_subquery()
    return select(ids).where(queue_counts.c.connection_id == bindparam("lane"), among(_RUN, "runs"))


_RISING = _of_each(_IN_RUN.where(requests.c.id > bindparam("after")).order_by(requests.c.id))
_FALLING = _of_each(_IN_RUN.where(requests.c.id < bindparam("after")).order_by(requests.c.id.desc()))
_ROWS = select(requests).where(among(requests.c.id, "ids"))


def find_page(
    db: Connection, lane: Lane, chosen: Filter, sort: str, *, falling: bool, size: int, after: Place | None
) -> Page:
    """The page of `size` rows that follows on `after`, inside one transaction that sees one state."""
    order = SORTS[sort]
    keyed: Sequence[Any]
    if chosen.search:
        mine = (requests.c.connection_id == lane.id, *chosen.conditions())
        total = db.execute(select(func.count()).select_from(requests).where(*mine)).scalar_one()
        keyed = db.execute(_ordered(order.key, order.key, falling, size, after).where(*mine)).all()
    else:
        runs = [run for run in db.execute(_RUNS, {"lane": lane.id}).all() if chosen.lets_through(run)]
        total = sum(run.number for run in runs)
        if order.facet or (sort == "position" and (len(runs) <= MOST_RUNS or total <= FEW)):
            keyed = list(islice(_merged(db, runs, order.facet, falling, size + 1, after), size + 1))
        elif total > FEW:
            mine = (requests.c.connection_id == lane.id, *chosen.unindexed())
            keyed = db.execute(_ordered(order.key, order.key, falling, size, after).where(*mine)).all()
        else:
            ids = _ids(db, runs, False, 0, total)
            few = _ordered(order.key, order.unindexed, falling, size, after).where(among(requests.c.id, "ids"))
            keyed = db.execute(few, {"ids": ids}).all()
    page = keyed[:size]
    rows = {row["id"]: row for row in db.execute(_ROWS, {"ids": [id for id, _ in page]}).mappings()}
    last = Place(value=page[-1][1], id=page[-1][0]) if len(keyed) > size else None
    return Page(rows=[rows[id] for id, _ in page], total=total, last=last)


def _merged(
    db: Connection, runs: Sequence[Row[Any]], facet: str | None, falling: bool, size: int, after: Place | None
) -> Iterator[tuple[int, Any]]:
    """(id, key) in order: runs of one facet value after those of another, within it all merged by position."""

    def value(run: Row[Any]) -> str:
        return getattr(run, facet) if facet else ""

    start = 0 if not falling else _LAST_ID
    for key, group in groupby(sorted(runs, key=value, reverse=falling), key=value):
        come_to = after is not None and bool(facet) and key != after.value
        if after and come_to and (key > after.value if falling else key < after.value):
            continue
        begin = after.id if after and not come_to else start
        for id in _ids(db, list(group), falling, begin, size):
            yield id, key if facet else id


def _ids(db: Connection, runs: Sequence[Row[Any]], falling: bool, after: int, size: int) -> list[int]:
    """The first `size` ids of these runs together, from `after` on, in order."""
    if not runs:
        return []
    names = [f"{run.type} {run.operation} {run.state} {run.error}" for run in runs]
    given = {"lane": runs[0].connection_id, "runs": names, "after": after, "size": size}
    found = db.execute(_FALLING if falling else _RISING, given).scalars()
    return sorted((int(id) for ids in found if ids for id in ids.split(" ")), reverse=falling)[:size]


def _ordered(
    key: ColumnElement[Any], by: ColumnElement[Any] | None, falling: bool, size: int, after: Place | None
) -> Select[Any]:
    """(id, key) of one row more than a page, from `after` on, in order of `by`, which orders like `key`."""
    by = key if by is None else by
    rows = select(requests.c.id, key.label("sort_key"))
    if after:
        # PostgreSQL enters the index at the pair itself, SQLite at its key: many may have the same.
        value = literal(after.value, key.type)
        here, place = tuple_(by, requests.c.id), tuple_(value, literal(after.id))
        rows = rows.where(*((by <= value, here < place) if falling else (by >= value, here > place)))
    order = (by.desc(), requests.c.id.desc()) if falling else (by, requests.c.id)
    return rows.order_by(*order).limit(size + 1)
