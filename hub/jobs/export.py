"""Sends what a job has locked: intents are committed first, several calls fly at once, results are recorded in bulk.

Everything is written by the one thread that holds the lease; the pool's threads only talk to the books.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select

from hub.adapters import Relay, RemoteObject, RemoteRef
from hub.conflicts import Claim, Holder, claim_names
from hub.errors import AuthorisationLost, HubError
from hub.jobs.attempts import Intent, last_attempts, write_attempts
from hub.jobs.calls import Calls
from hub.jobs.create import MANY
from hub.jobs.decisions import Around, Later, Send, Skip, Stop, Wait
from hub.jobs.imports import apply_objects
from hub.jobs.intent import decode, encode, make_key
from hub.jobs.lease import Lease
from hub.jobs.outcomes import record_verdicts
from hub.jobs.planned import Held
from hub.jobs.prepare import find_paired, next_chunk, prepare
from hub.jobs.supposed import Supposed
from hub.jobs.unsent import leave_unsent
from hub.jobs.verdicts import Result, Sent, Verdict
from hub.model import Operation
from hub.queue import State
from hub.queue.doubt import Doubt, Step
from hub.queue.pool import Pool
from hub.store.tables import links, requests

TURNS = 4
"""How often one job passes over what it could not settle: resends, searches, merged updates."""
PATIENCE = 5.0
"""Seconds a job waits for settling or for a rate limit; longer than that the queue waits, not the job."""


@dataclass(slots=True)
class _Turn:
    """What one pass over a rank left behind."""

    moved: int = 0
    later: int = 0
    doubtful: int = 0
    wake: list[datetime] = field(default_factory=list)


class Export:
    """One job's export. `stopped` says why it ended early: cancelled, authorisation, or throttled until an instant."""

    def __init__(
        self, lease: Lease, relay: Relay, on_progress: Callable[[str, int], None], plan_id: int | None = None
    ) -> None:
        self.lease, self.relay, self.core, self.lane = lease, relay, lease.core, lease.lane
        self.stopped: str | None = None
        self.until: datetime | None = None
        self._calls = Calls(lease.core, relay)
        self._progress = on_progress
        self._patience = PATIENCE
        self._stale: set[int] = set()
        self._to_read: list[RemoteRef] = []
        self._refreshed: set[int] = set()
        self._plan_id = plan_id
        self._held: Held | None = None
        self._supposed = Supposed()
        self._around = Around(paired=set(), claim=self._claim, supposed=self._supposed)
        self._links_counted = False

    def run(self) -> None:
        """Send rank after rank; what is still locked afterwards was not sent, or its outcome is unknown."""
        ranks = (
            select(requests.c.rank)
            .where(requests.c.job_id == self.lease.job_id, requests.c.state == State.LOCKED)
            .distinct()
        )
        with self.core.database.read() as db:
            todo = sorted(db.execute(ranks).scalars())
            self._around = replace(self._around, paired=find_paired(db, self.lane))
            self._held = None if self._plan_id is None else Held(db, self.lane, self._plan_id)
        with self.core.pool(self.relay.capabilities.concurrency, "hub-push") as pool:
            for rank in todo:
                self._finish_rank(pool, rank)
                if self.stopped:
                    return

    def _finish_rank(self, pool: Pool, rank: int) -> None:
        """Pass over a rank until nothing moves any more; what stays in doubt is tried a few times only."""
        tries = TURNS
        while tries and not self.stopped:
            turn = self._pass(pool, rank)
            if not (turn.later and turn.moved):
                tries -= 1
                if not self._again(turn):
                    return

    def _again(self, turn: _Turn) -> bool:
        """Whether another pass may settle what this one left; waits for it when that is short."""
        waits = [self.until] if self.until else turn.wake
        if not (waits or turn.doubtful):
            return False
        pause = max(0.0, (min(waits) - self.core.now()).total_seconds()) if waits else 0.0
        if pause > self._patience:
            self.stopped = "throttled" if self.until else None
            return False
        self._patience -= pause
        self.until = None
        if pause:
            self.lease.beat()
            self.core.sleep(pause)
        return True

    def _pass(self, pool: Pool, rank: int) -> _Turn:
        turn = _Turn()
        self._supposed.moving.clear()
        after: tuple[date, int] = (date.min, 0)
        flying: dict[Future[list[Result]], int] = {}
        results: list[Result] = []
        more = True
        half = (self.relay.capabilities.concurrency + 1) // 2
        while True:
            free = self.relay.capabilities.concurrency - len(flying)
            feeding = more and free >= half and not self._halted()
            if results or feeding or self._to_read:
                ready: list[Sent] = []
                doubts: list[Sent] = []
                newer = self._read_again(pool) if not flying else None
                answered = bool(results)
                with self.lease.write() as db:
                    self._record(db, results, turn)
                    results = []
                    if newer:
                        self._refresh(db, newer)
                    if feeding and not self._halted():
                        size = free * self.relay.capabilities.batch_size
                        rows = next_chunk(db, self.lease.job_id, rank, after, size)
                        more = len(rows) == size
                        if rows:
                            after = (rows[-1].date, rows[-1].id)
                            ready, doubts = self._intend(db, rows, turn)
                    self.core.reach("before-intent-commit")
                if answered:
                    self.core.reach("after-outcome-commit")
                self.core.reach("after-intent-commit")
                self._count_links()
                self._progress("exporting", sum(self.lease.totals.values()))
                self._submit(pool, flying, ready, self._calls.push)
                self._submit(pool, flying, doubts, self._calls.search)
            if not flying:
                if not more or self._halted():
                    return turn
                continue
            done = pool.wait(flying, self.lease.seconds / 3)
            if not done:
                self.lease.beat()
            for future in done:
                flying.pop(future)
                results += future.result()
            self.core.reach("after-reply")

    def _count_links(self) -> None:
        """Once in a job that links many: the database's plans for the table must not stay those of an empty one."""
        if not self._links_counted and self.lease.totals.get("applied", 0) >= MANY:
            self.core.database.analyse(links)
            self._links_counted = True

    def _halted(self) -> bool:
        if self.lease.cancelled:
            self.stopped = self.stopped or "cancelled"
        return self.stopped is not None or self.until is not None

    def _submit(
        self,
        pool: Pool,
        flying: dict[Future[list[Result]], int],
        sent: list[Sent],
        call: Callable[[list[Sent]], list[Result]],
    ) -> None:
        size = self.relay.capabilities.batch_size
        for start in range(0, len(sent), size):
            batch = sent[start : start + size]
            flying[pool.submit(call, batch)] = len(batch)

    # --- in the transaction ---

    def _claim(self, db: Connection, claims: Sequence[Claim]) -> dict[int, Holder]:
        return claim_names(db, self.lane, claims)

    def _intend(self, db: Connection, rows: Sequence[Row[Any]], turn: _Turn) -> tuple[list[Sent], list[Sent]]:
        """Decide, and write intents down. What comes back may be sent once this transaction is committed."""
        now = self.core.now()
        timeout = timedelta(seconds=self.relay.capabilities.call_timeout)
        deadline = min(now + timeout, self.lease.until)
        given_up_by = deadline + timeout  # bytes may leave up to the deadline, and are in flight for a while then
        fresh = [row for row in rows if row.first_sent is None]
        ready: list[Intent] = []
        doubts: list[Sent] = []
        if len(fresh) < len(rows):
            doubtful = [row for row in rows if row.first_sent is not None]
            ready, doubts = self._recover(db, doubtful, now, deadline, given_up_by, turn)
        unsent = []
        decided = prepare(db, self.lane, fresh, deadline, self._around)
        for row, decision in self._held.to_the_plan(db, decided) if self._held else decided:
            match decision:
                case Send():
                    text = encode(decision.request, row.payload if decision.as_stored else None)
                    ready.append(Intent(row=row, request=decision.request, text=text, first_use=True))
                case Later():
                    turn.later += 1
                case Wait() | Stop() | Skip():
                    unsent.append((row, decision))
        leave_unsent(db, self.lease, unsent, now)
        turn.moved += len(unsent)
        return write_attempts(db, self.lease, ready, now, deadline, given_up_by), doubts

    def _recover(
        self,
        db: Connection,
        rows: list[Row[Any]],
        now: datetime,
        deadline: datetime,
        given_up_by: datetime,
        turn: _Turn,
    ) -> tuple[list[Intent], list[Sent]]:
        last = last_attempts(db, rows)
        resend: list[Intent] = []
        doubts: list[Sent] = []
        for row in rows:
            attempt = last[row.id]
            doubt = Doubt(first_sent=row.first_sent, last_sent=row.last_sent)
            request = decode(attempt.sent, make_key(self.lane.salt, row.id, row.generation), deadline)
            books = self.relay.capabilities
            if self.lane.period.shut(row.remote_date, getattr(request.record, "date", None)):
                books = replace(books, key_memory=0)  # what did not land by now must not land any more (X8)
            step, until = self.core.next_step(now, doubt, books, given_up_by)
            match step:
                case Step.RESEND:
                    resend.append(Intent(row=row, request=request, text=attempt.sent, first_use=False))
                case Step.SEARCH:
                    doubts.append(Sent(row=row, attempt_id=attempt.id, request=request, first_use=False))
                case Step.WAIT:
                    turn.wake.append(until)
        return resend, doubts

    def _record(self, db: Connection, results: list[Result], turn: _Turn) -> None:
        if not results:
            return
        for sent, found in results:
            if found.done and sent.request.operation is Operation.CREATE:
                self._supposed.moving.add(sent.row.record_id)
            match found.outcome:
                case "unknown" | "absent":
                    turn.doubtful += 1
                case "unauthorised":
                    self.stopped = "authorisation"
                case "waiting":
                    turn.doubtful += 1
                    if found.until and found.until > self.core.now():
                        self.until = max(self.until or found.until, found.until)
                case "conflict" if found.code == "stale_version" and self._may_refresh(sent):
                    self._stale.add(sent.row.id)
                    self._to_read += [sent.request.remote] if sent.request.remote else []
                    turn.doubtful += 1
                case "applied" if sent.request.type.is_entity and not sent.first_use and found.remote_id:
                    # The version that a remembered answer tells may be an old one, and imports have passed it over.
                    self._to_read.append(RemoteRef(type=sent.request.type, remote_id=found.remote_id))
                    turn.moved += 1
                case _:
                    turn.moved += 1
        staying, self._stale = self._stale, set()
        settled = [
            (sent, Verdict(outcome="absent", message=found.message) if sent.row.id in staying else found)
            for sent, found in results
        ]
        record_verdicts(db, self.lease, settled)
        # What the books' staff changed in an adopted entity was passed over by imports while its fate was unknown.
        self._refresh(db, [found.found for _, found in settled if found.found and found.found.type.is_entity])
        self.core.reach("inside-outcome-commit")

    # --- changed in the books since we last looked ---

    def _may_refresh(self, sent: Sent) -> bool:
        """An update meets newer content: merge and send again, once in a job (C5); an undo is refused then (U8)."""
        if sent.row.id in self._refreshed:
            return False
        self._refreshed.add(sent.row.id)
        return sent.request.type.is_entity or sent.request.operation is Operation.UPDATE

    def _read_again(self, pool: Pool) -> list[RemoteObject] | None:
        if not self._to_read:
            return None
        refs, self._to_read = self._to_read, []
        try:
            return [found for found in self.lease.beat_until_done(pool, pool.submit(self.relay.read, refs)) if found]
        except AuthorisationLost:
            self.stopped = "authorisation"
        except HubError:
            pass
        return None

    def _refresh(self, db: Connection, found: list[RemoteObject]) -> None:
        apply_objects(db, self.core, self.lease, found, own=True)
