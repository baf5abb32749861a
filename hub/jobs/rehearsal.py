"""A job gone through without sending anything or writing anything down: what it would send, in its order (rule J10).

The decisions are the job's own (:mod:`hub.jobs.prepare`, :mod:`hub.jobs.ready`); what is sent is supposed to go well.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Connection, and_, select

from hub.conflicts import Claim, Holder, would_claim
from hub.jobs.brake import inactivations, too_many
from hub.jobs.decisions import Around, Decision, Later, Send, Skip, Stop, Wait
from hub.jobs.fingerprint import fingerprint
from hub.jobs.prepare import OWN, find_paired, prepare, whole
from hub.jobs.ready import in_plan, ranked, ready
from hub.jobs.supposed import IdSet, Supposed
from hub.model import ENTITIES, Operation
from hub.queue import Lane
from hub.store.among import among
from hub.store.tables import requests

CHUNK = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Braked:
    """The brake would hold it (J8)."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubtful:
    """Sent before, with unknown outcome: the job looks in the books first, and nobody knows what it will find (X3)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What the job would do about one request; a Send comes with its fingerprint."""

    row: Any
    decision: Send | Wait | Stop | Skip | Braked | Doubtful
    fingerprint: str = ""


def _ready(each: Any) -> Any:
    return ready(each)


def _of_plan(each: Any) -> Any:
    return and_(ready(each), in_plan(each), each.c.first_sent.is_(None))


def _order(taken: Any) -> Any:
    rank = ranked(taken)
    columns = (requests.c.id, requests.c.type, requests.c.removal, requests.c.confirmed, requests.c.first_sent,
               rank.label("turn"))  # fmt: skip
    return select(*columns).where(taken(requests)).order_by(rank, requests.c.date, requests.c.id)


_ORDER, _ORDER_OF_PLAN = _order(_ready), _order(_of_plan)
# The figures are told in the plan.
_ROWS = whole(select(*OWN, requests.c.amount, requests.c.currency).where(among(requests.c.id, "ids")))
_TOO_LATE = "what it names is sent after it, or in a circle with it"


class Rehearsal:
    """One job's decisions, in its order, inside the caller's reading transaction.

    Args:
        plan_id: go only through the requests that this plan names, as the job that applies it would.
    """

    def __init__(self, db: Connection, lane: Lane, now: datetime, plan_id: int | None = None) -> None:
        self.db, self.lane, self.now, self.plan_id = db, lane, now, plan_id
        self.supposed = Supposed()
        self._claimed: dict[tuple[str, str], Holder] = {}
        self._released = IdSet()
        self._around = Around(paired=find_paired(db, lane), claim=self._claim, supposed=self.supposed)

    def run(self) -> Iterator[Step]:
        """Step by step. What a rank leaves undone comes at the rank's end."""
        ranks, braked, why = self._take()
        for rows in self._fetch(braked):
            yield from (Step(row=row, decision=Braked(why=why)) for row in rows)
        for rank in sorted(ranks):
            yield from self._rank(ranks.pop(rank))

    def _take(self) -> tuple[dict[int, array[int]], array[int], str]:
        """The requests by rank, and those that the brake holds, and why."""
        given = {"b_lane": self.lane.id, "b_now": self.now, "b_plan": self.plan_id}
        ranks: dict[int, array[int]] = {}
        removals: list[tuple[int, bool]] = []
        for row in self.db.execute(_ORDER if self.plan_id is None else _ORDER_OF_PLAN, given):
            self.supposed.locked.add(row.id)
            ranks.setdefault(row.turn, array("q")).append(row.id)
            if row.removal and not row.confirmed and row.type in ENTITIES:
                removals.append((row.id, row.first_sent is None))
        taken = _ready(requests) if self.plan_id is None else _of_plan(requests)
        shrinking = inactivations(self.db, taken, given)
        why = too_many(self.db, self.lane, len(removals) + len(shrinking))
        braked = array("q", (id for id, unsent in removals if unsent and why))
        braked.extend(shrinking if why else ())
        for id in braked:
            self.supposed.back.add(id)
        if braked:
            ranks = {
                rank: array("q", (id for id in ids if id not in self.supposed.back)) for rank, ids in ranks.items()
            }
        return ranks, braked, why or ""

    def _fetch(self, ids: Sequence[int]) -> Iterator[list[Any]]:
        for at in range(0, len(ids), CHUNK):
            some = list(ids[at : at + CHUNK])
            found = {row.id: row for row in self.db.execute(_ROWS, {"ids": some})}
            yield [self._as_supposed(found[id]) for id in some]

    def _as_supposed(self, row: Any) -> Any:
        if row.record_id not in self.supposed.gone or row.remote_id is None:
            return row
        unlinked = dict.fromkeys(("remote_id", "remote_version", "remote_name", "remote_date"))
        return SimpleNamespace(**{**row._mapping, **unlinked})

    def _rank(self, todo: array[int]) -> Iterator[Step]:
        """Pass over a rank until nothing moves any more, as the export does."""
        while todo:
            moved = False
            later = array("q")
            self.supposed.moving.clear()
            for rows in self._fetch(todo):
                fresh = [row for row in rows if row.first_sent is None]
                yield from (Step(row=row, decision=Doubtful()) for row in rows if row.first_sent is not None)
                for row, decision in prepare(self.db, self.lane, fresh, self.now, self._around):
                    if isinstance(decision, Later):
                        later.append(row.id)
                        continue
                    moved = True
                    yield self._settle(row, decision)
            todo = later
            if not moved:
                break
        for rows in self._fetch(todo):  # they stay locked, so what names them stays behind too
            yield from (Step(row=row, decision=Wait(reason=_TOO_LATE)) for row in rows)

    def _settle(self, row: Any, decision: Decision) -> Step:
        """Suppose that it went as decided."""
        match decision:
            case Send(request=request):
                print = fingerprint(decision, self.supposed.made)
                self.supposed.done.add(row.id)
                match request.operation:
                    case Operation.CREATE:
                        self.supposed.made.add(row.record_id)
                        self.supposed.moving.add(row.record_id)
                    case Operation.DELETE:
                        self.supposed.made.discard(row.record_id)
                        self.supposed.gone.add(row.record_id)
                        self._released.add(row.record_id)
                    case Operation.UPDATE:
                        pass
                return Step(row=row, decision=decision, fingerprint=print)
            case Skip():
                self.supposed.done.add(row.id)
                if row.removal and row.deleted and row.remote_id is None:
                    self._released.add(row.record_id)
                return Step(row=row, decision=decision)
            case Wait() | Stop():
                self.supposed.back.add(row.id)
                return Step(row=row, decision=decision)
            case Later():
                raise AssertionError("what goes later is not settled")

    def _claim(self, db: Connection, claims: Sequence[Claim]) -> dict[int, Holder]:
        return would_claim(db, self.lane, claims, self._claimed, self._released.__contains__)
