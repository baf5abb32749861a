"""The reconciliation statement: every document of source and books in exactly one bucket, and why (V1).

The source is read first, then the books. What the books do not list is looked for by its link before it is called
missing: a list may leave things out, and a date may lie on the other side of the period's edge (J8).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from itertools import islice
from typing import Any

from hub.adapters import Relay, RemoteObject, RemoteRef
from hub.errors import InvalidInput
from hub.jobs import same_books
from hub.proof.deciding import face_of, is_gone, of_linked, of_lost, of_pair, of_source, of_stranger
from hub.proof.documents import Days, Item, Ours
from hub.proof.gather import entity_counts, in_doubt, linked_documents, moment, place, source_documents
from hub.proof.statement import Statement
from hub.queue import Core, Lane

PAGE = 500
"""Documents asked for in one call."""
READ = 200
"""Objects read by id in one call."""
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
Place = tuple[str, str]


def read_period(since: str | date | None, until: str | date | None) -> Days:
    """The period from and to these days, both included; an end that is not given is open.

    Raises:
        InvalidInput: `bad_period` for what is no day, or a beginning after the end.
    """
    period = Days(since=_day(since) or date.min, until=_day(until) or date.max)
    if period.since > period.until:
        raise InvalidInput(
            f"The period begins on {period.since} and ends before that, on {period.until}.",
            code="bad_period",
            fix="Let it begin with the earlier day and end with the later one.",
        )
    return period


def _day(given: str | date | None) -> date | None:
    if given is None or isinstance(given, date):
        return given
    try:
        if not _DAY.fullmatch(given):
            raise ValueError
        return date.fromisoformat(given)
    except ValueError:
        raise InvalidInput(
            f"{given!r} is not a day of the calendar.", code="bad_period", fix="Write it as YYYY-MM-DD."
        ) from None


def reconcile(core: Core, lane: Lane, known: tuple[str | None, str | None], period: Days) -> dict[str, Any]:
    """The statement, JSON-ready. `known` is the id and name of the books that the connection was made with."""
    relay = core.relay(lane)
    identity = relay.check()
    same_books(lane.label, *known, identity)
    before = moment(core, lane)
    run = _Run(core, lane, relay, period)
    run.source()
    listed = run.books()
    run.left_over()
    notes = [*run.notes]
    if not listed:
        notes.append(
            f"The {lane.adapter} adapter cannot list the books' documents, so nothing extra could be looked for."
        )
    after = moment(core, lane)
    if after["jobs_running"] or before["jobs_running"] or after["last_job"] != before["last_job"]:
        notes.append("A job ran while this was made, so some documents may be told as they were a moment ago.")
    made = run.statement
    head = {
        "connection": lane.label,
        "books": {"id": identity.id, "name": identity.name},
        "from": None if period.since == date.min else period.since.isoformat(),
        "to": None if period.until == date.max else period.until.isoformat(),
    }
    return {
        **head,
        "agrees": not made.exceptions and made.adds_up and not notes,
        "adds_up": made.adds_up,
        "complete": not notes,
        "notes": notes,
        "exceptions": made.exceptions,
        "totals": made.totals(),
        "sums": made.groups(by_month=False),
        "months": made.groups(by_month=True),
        "items": made.listed(),
        "excluded": made.reasons(),
        "entities": entity_counts(core, lane),
        "made_from": {
            "at": core.now().isoformat(),
            **{name: before[name] for name in before if name != "jobs_running"},
        },
        "digest": made.digest({**head, "books": identity.id, "complete": not notes}),
    }


class _Run:
    """One statement in the making. `open` holds what waits to be met in the books."""

    def __init__(self, core: Core, lane: Lane, relay: Relay, period: Days) -> None:
        self.core, self.lane, self.relay, self.period = core, lane, relay, period
        self.statement = Statement()
        self.open: dict[Place, Ours] = {}
        self.notes: list[str] = []
        self._read: set[int] = set()
        self._met: set[Place] = set()

    def source(self) -> None:
        """Read the source; decide what does not depend on the books."""
        for page in source_documents(self.core, self.lane, self.period):
            for doc in page:
                self._read.add(doc.record_id)
                self.statement.saw("source", doc.type, doc.face)
                item = of_source(doc)
                if item is None and doc.remote_id is not None:
                    self.open[self.lane.policy.posts_as(doc.type), doc.remote_id] = doc
                elif item is not None:
                    self._put(item, doc)

    def books(self) -> bool:
        """Read the books' documents of the period; False when the adapter cannot list them."""
        cursor: str | None = None
        while True:
            page = self.relay.documents(self.period.since, self.period.until, cursor, PAGE)
            if page is None:
                return False
            if not page.complete and _PARTIAL not in self.notes:
                self.notes.append(_PARTIAL)
            self._page([found for found in page.objects if not found.type.is_entity])
            if not page.more:
                return True
            if page.cursor == cursor:
                self.notes.append(_STUCK)
                return True
            cursor = page.cursor

    def _page(self, objects: Sequence[RemoteObject]) -> None:
        """Those that are gone, or lie outside the period, are none of its documents; they are met by their links."""
        fresh: dict[Place, RemoteObject] = {}
        for found in objects:
            where = place(self.lane, found)
            if where not in self._met and not is_gone(found) and self.period.holds(found.date):
                fresh[where] = found
        self._met |= fresh.keys()
        rest: dict[Place, RemoteObject] = {}
        for where, found in fresh.items():
            doc = self.open.pop(where, None)
            if doc is None:
                rest[where] = found
            else:
                self._pair(doc, found)
        if rest:
            self._others(rest)

    def _others(self, found: dict[Place, RemoteObject]) -> None:
        """Objects that no document of the period waits for."""
        with self.core.database.read() as db:
            docs = linked_documents(db, self.lane, list(found.values()))
            doubtful = in_doubt(db, self.lane, [each for where, each in found.items() if where not in docs])
        for where, each in found.items():
            doc = docs.get(where)
            if doc is None:
                item = of_stranger(
                    each,
                    excluded=self.lane.excluded(each.type) or self.lane.period.too_early(each.date),
                    doubtful=where in doubtful,
                )
            else:
                decided = of_linked(doc, each)
                if decided is None:
                    self._pair(doc, each)
                    continue
                item = decided
            self.statement.saw("books", item.type, face_of(each))
            self.statement.put(item, ("books", *where))

    def left_over(self) -> None:
        """What the books did not list, by its link: dated outside the period there, or no longer there."""
        waiting = iter(self.open.values())
        while docs := list(islice(waiting, READ)):
            refs = [RemoteRef(type=doc.type, remote_id=doc.remote_id or "") for doc in docs]
            for doc, found in zip(docs, self.relay.read(refs), strict=True):
                if found is None or is_gone(found):
                    self._put(of_lost(doc, found), doc)
                else:
                    self._pair(doc, found)
        self.open.clear()

    def _pair(self, doc: Ours, found: RemoteObject) -> None:
        item = of_pair(doc, found, self.period)
        if item.source and doc.record_id not in self._read:  # it came into the period after the source was read
            self._read.add(doc.record_id)
            self.statement.saw("source", doc.type, doc.face)
        if item.books:
            self.statement.saw("books", doc.type, face_of(found))
        self._put(item, doc)

    def _put(self, item: Item, doc: Ours) -> None:
        self.statement.put(item, ("source", str(doc.record_id)))


_PARTIAL = "The books say that their list of documents is not complete, so something extra may not have been seen."
_STUCK = "The books' list of documents came to no end, so something extra may not have been seen."
