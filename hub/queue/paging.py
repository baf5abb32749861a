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
MANY = 1_000
"""With a range, more than these are not counted: each would have to be looked at."""
MOST_RUNS = 24
"""More runs than these are not merged for a page in order of position: an index is walked then, as for other orders."""
_LAST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which requests to show; what is None does not narrow.

    Attributes:
        failed: only those with an error, or only those without.
        search: text in title or source id.
        queued_before: only those queued earlier.
        amount_from, amount_to: the least and the greatest amount; none counts as 0.
        attempts_from: the least number of attempts.
        code: the code of the error.
    """

    type: str | None = None
    operation: str | None = None
    state: str | None = None
    error: str | None = None
    failed: bool | None = None
    search: str | None = None
    queued_before: datetime | None = None
    amount_from: Decimal | None = None
    amount_to: Decimal | None = None
    attempts_from: int | None = None
    code: str | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """The filter as SQL conditions."""
        found = [*self._wanted(), *self.ranges(*SORTS)]
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
        wanted = self._wanted()
        return [case((and_(*wanted), true()), else_=false())] if wanted else []

    def ranges(self, *indexed: str) -> list[ColumnElement[bool]]:
        """What the runs know nothing of; an index is only used for the orders that are named."""
        found: list[ColumnElement[bool]] = [requests.c.error_code == self.code] if self.code is not None else []
        for name, least, below, most in (
            ("age", None, self.queued_before, None),
            ("amount", self.amount_from, None, self.amount_to),
            ("attempts", self.attempts_from, None, None),
        ):
            order = SORTS[name]
            key = order.key if name in indexed or order.unindexed is None else order.unindexed
            found += [key >= literal(least, order.key.type)] if least is not None else []
            found += [key < literal(below, order.key.type)] if below is not None else []
            found += [key <= literal(most, order.key.type)] if most is not None else []
        return found

    @property
    def narrows_runs(self) -> bool:
        """Whether it hides some requests of a run and not others."""
        return bool(self.search or self.ranges())

    def lets_through(self, run: Row[Any]) -> bool:
        """Whether requests of this run are shown, as far as that depends on the run."""
        wanted = (self.type, self.operation, self.state, self.error)
        has = (run.type, run.operation, run.state, run.error)
        if self.failed is not None and self.failed == (run.error == ""):
            return False
        return all(value is None or (value == other and value != "") for value, other in zip(wanted, has, strict=True))

    def _wanted(self) -> list[ColumnElement[bool]]:
        facets = (
            (requests.c.type, self.type),
            (requests.c.operation, self.operation),
            (requests.c.state, self.state),
            (requests.c.error_class, self.error),
        )
        wanted = [column == value for column, value in facets if value is not None]
        if self.failed is not None:
            wanted.append(requests.c.error_class.is_not(None) if self.failed else requests.c.error_class.is_(None))
        return wanted


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
    """Rows in order, how many the filter lets through in all, and where to go on; None after the last page.

    `at_least`: there are more than `total`, which a range of ages or amounts would have to be read to count.
    """

    rows: list[Any]
    total: int
    last: Place | None
    at_least: bool = False


RUNS = select(queue_counts).where(queue_counts.c.connection_id == bindparam("lane"), queue_counts.c.number > 0)
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


def _of_each(falling: bool, ranges: Sequence[ColumnElement[bool]] = ()) -> Select[Any]:
    """The first ids of each run after a place, in one statement: a text for each run, ids with spaces between."""
    id = requests.c.id
    beyond = id < bindparam("after") if falling else id > bindparam("after")
    found = _IN_RUN.where(beyond, *ranges).order_by(id.desc() if falling else id)
    ids = select(func.aggregate_strings(cast(found.subquery("found").c.id, Text), " ")).scalar_subquery()
    return select(ids).where(queue_counts.c.connection_id == bindparam("lane"), among(_RUN, "runs"))


_RISING, _FALLING = _of_each(False), _of_each(True)
_ROWS = select(requests).where(among(requests.c.id, "ids"))


def find_page(
    db: Connection, lane: Lane, chosen: Filter, sort: str, *, falling: bool, size: int, after: Place | None
) -> Page:
    """The page of `size` rows that follows on `after`, inside one transaction that sees one state."""
    order = SORTS[sort]
    keyed: Sequence[Any]
    at_least = False
    if chosen.search:
        mine = (requests.c.connection_id == lane.id, *chosen.conditions())
        total = db.execute(select(func.count()).select_from(requests).where(*mine)).scalar_one()
        keyed = db.execute(_ordered(db, order.key, order.key, falling, size, after).where(*mine)).all()
    else:
        runs = [run for run in db.execute(RUNS, {"lane": lane.id}).all() if chosen.lets_through(run)]
        total = sum(run.number for run in runs)
        few = None if total > FEW else runs
        ranges = chosen.ranges(sort)
        if ranges:
            some, at_least = _in_ranges(db, lane, chosen, runs, few=few is not None)
            total = len(some)
        if ranges and not at_least:
            keyed = db.execute(_collected(db, order, falling, size, after), {"ids": some}).all()
        elif order.facet or (sort == "position" and (len(runs) <= MOST_RUNS or few is not None)):
            keyed = list(islice(_merged(db, runs, order.facet, falling, size + 1, after, ranges), size + 1))
        elif few is None:
            mine = (requests.c.connection_id == lane.id, *chosen.unindexed(), *ranges)
            keyed = db.execute(_ordered(db, order.key, order.key, falling, size, after).where(*mine)).all()
        else:
            ids = _ids(db, few, False, 0, total)
            keyed = db.execute(_collected(db, order, falling, size, after), {"ids": ids}).all()
    page = keyed[:size]
    rows = {row["id"]: row for row in db.execute(_ROWS, {"ids": [id for id, _ in page]}).mappings()}
    last = Place(value=page[-1][1], id=page[-1][0]) if len(keyed) > size else None
    return Page(rows=[rows[id] for id, _ in page], total=total, last=last, at_least=at_least)


def _in_ranges(
    db: Connection, lane: Lane, chosen: Filter, runs: Sequence[Row[Any]], *, few: bool
) -> tuple[Sequence[int], bool]:
    """The ids that ages and amounts let through too, and whether these are not all: of many, some are enough."""
    if few:
        return _ids(db, runs, False, 0, FEW, chosen.ranges()), False
    found: list[int] = []
    if chosen.code is None:
        there = (requests.c.connection_id == lane.id, *chosen.unindexed(), *chosen.ranges(*SORTS))
        found += db.execute(select(requests.c.id).where(*there).limit(MANY + 1)).scalars()
    else:
        for run in runs:
            found += _ids(db, [run], False, 0, MANY + 1 - len(found), chosen.ranges())
            if len(found) > MANY:
                break
    return found[:MANY], len(found) > MANY


def _collected(db: Connection, order: Sort, falling: bool, size: int, after: Place | None) -> Select[Any]:
    return _ordered(db, order.key, order.unindexed, falling, size, after).where(among(requests.c.id, "ids"))


def _merged(
    db: Connection,
    runs: Sequence[Row[Any]],
    facet: str | None,
    falling: bool,
    size: int,
    after: Place | None,
    ranges: Sequence[ColumnElement[bool]],
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
        for id in _ids(db, list(group), falling, begin, size, ranges):
            yield id, key if facet else id


def _ids(
    db: Connection,
    runs: Sequence[Row[Any]],
    falling: bool,
    after: int,
    size: int,
    ranges: Sequence[ColumnElement[bool]] = (),
) -> list[int]:
    """The first `size` ids of these runs together, from `after` on, in order."""
    if not runs:
        return []
    names = [f"{run.type} {run.operation} {run.state} {run.error}" for run in runs]
    given = {"lane": runs[0].connection_id, "runs": names, "after": after, "size": size}
    found = db.execute(_of_each(falling, ranges) if ranges else _FALLING if falling else _RISING, given).scalars()
    return sorted((int(id) for ids in found if ids for id in ids.split(" ")), reverse=falling)[:size]


def _ordered(
    db: Connection,
    key: ColumnElement[Any],
    by: ColumnElement[Any] | None,
    falling: bool,
    size: int,
    after: Place | None,
) -> Select[Any]:
    """(id, key) of one row more than a page, from `after` on, in order of `by`, which orders like `key`."""
    by = key if by is None else by
    rows = select(requests.c.id, key.label("sort_key"))
    if after:
        # Many may have the same key: PostgreSQL enters the index at the pair itself, unless a weaker bound stands
        # beside it; SQLite enters it at the key, for an expression only by such a bound.
        value = literal(after.value, key.type)
        here, place = tuple_(by, requests.c.id), tuple_(value, literal(after.id))
        rows = rows.where(here < place if falling else here > place)
        if db.dialect.name == "sqlite":
            rows = rows.where(by <= value if falling else by >= value)
    order = (by.desc(), requests.c.id.desc()) if falling else (by, requests.c.id)
    return rows.order_by(*order).limit(size + 1)
