"""The mock books themselves: every batch is one durable transaction, whichever thread or process sends it."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path

from hub.adapters import ChangePage, Find, Identity, Outcome, RemoteObject, RemoteRef, Request, Unknown, Waiting
from hub.errors import BooksProblem
from hub_mock.batch import Batch
from hub_mock.codec import Entry, as_id, draft
from hub_mock.faults import FaultName, FaultRow, On, Strike, kill_point
from hub_mock.look import COLUMNS, find, objects_of, where
from hub_mock.overlay import forget_keys
from hub_mock.schema import AMONG, connect, unusable
from hub_mock.settings import MockSettings
from hub_mock.tokens import Tokens

_LOCKED_SECONDS = 1
_FORGET_EVERY = timedelta(seconds=60)


class Books:
    """One set of books. Threads of one process take turns on one connection; processes on SQLite's own lock."""

    def __init__(self, path: Path, settings: MockSettings, connection: str, now: Callable[[], datetime]) -> None:
        self.path = path
        self._settings = settings
        self._connection = connection
        self.now = now
        self._lock = threading.RLock()
        self._opened: sqlite3.Connection | None = None
        self._forget_at: datetime | None = None

    # ---------------------------------------------------------------------------------------------------- writing

    def apply(self, requests: Sequence[Request], *, late: bool = False) -> list[Outcome]:
        """Carry the requests out, in order, in one transaction; each may be refused alone.

        Args:
            requests: what to do.
            late: whether they count as sent already, so that a deadline that has passed no longer stops them.

        Returns:
            One outcome each; `Waiting` when the books were locked or the deadline had passed before anything was done.

        Raises:
            BooksProblem: the file cannot be used; nothing was done.
        """
        drafts = [draft(request) for request in requests]
        with self._lock:
            books = self._open()
            try:
                books.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as fault:
                if "locked" not in str(fault) and "busy" not in str(fault):
                    raise unusable(self.path, fault) from fault
                return self._waiting(requests, "The books are locked by somebody else.")
            try:
                now = self.now()
                if not late and now >= min(request.deadline for request in requests):
                    books.execute("ROLLBACK")
                    return self._waiting(requests, "The deadline had passed before the books took the request.")
                outcomes = Batch(books, self._settings, now).run(drafts)
                self._forget(books, now)
            except sqlite3.Error as fault:
                _give_up(books)
                raise unusable(self.path, fault) from fault
            except BaseException:
                _give_up(books)
                raise
            kill_point("mock-before-commit")
            try:
                books.execute("COMMIT")
            except sqlite3.Error as fault:
                _give_up(books)
                return [Unknown(message=f"The books failed while they were saving: {fault}.") for _ in requests]
            kill_point("mock-after-commit")
        return outcomes

    def _waiting(self, requests: Sequence[Request], reason: str) -> list[Outcome]:
        until = self.now() + timedelta(seconds=_LOCKED_SECONDS)
        return [Waiting(until=until, reason=reason) for _ in requests]

    def _forget(self, books: sqlite3.Connection, now: datetime) -> None:
        if self._forget_at is None or now >= self._forget_at:
            forget_keys(books, now, self._settings.key_memory)
            self._forget_at = now + _FORGET_EVERY

    # ---------------------------------------------------------------------------------------------------- reading

    def identity(self) -> Identity:
        """Which company these books are."""
        with self._reading() as books:
            meta = dict(books.execute("SELECT key, value FROM meta"))
        name = self._settings.company_name or meta["company_name"]
        return Identity(id=meta["company_id"], name=name, closing_date=self._settings.closing_date)

    def find(self, wanted: Sequence[Find]) -> list[tuple[RemoteObject, ...]]:
        """The objects that meet any criterion of each entry; deleted ones are not found."""
        with self._reading() as books:
            return find(books, wanted, by_marker=self._settings.markers)

    def read(self, refs: Sequence[RemoteRef]) -> list[RemoteObject | None]:
        """The objects by remote id, deleted ones marked so; None for what never was of that type."""
        with self._reading() as books:
            found = self.entries(books, [ref.remote_id for ref in refs])
            objects = dict(zip(found, objects_of(books, found.values()), strict=True))
        read = [objects.get(as_id(ref.remote_id) or 0) for ref in refs]
        return [
            None if remote is None or remote.type is not ref.type else remote
            for ref, remote in zip(refs, read, strict=True)
        ]

    def changes(self, cursor: str | None, limit: int) -> ChangePage:
        """The next page of the change feed: each object once, at its latest change, in its present state."""
        since = as_id(cursor or "0")
        if since is None:
            raise BooksProblem(
                f"The books do not know the cursor {cursor!r}.",
                code="bad_cursor",
                fix="Start the import from the beginning.",
            )
        with self._reading() as books:
            rows = books.execute(
                f"SELECT {COLUMNS} FROM objects WHERE seq > ? ORDER BY seq LIMIT ?", (since, limit + 1)
            ).fetchall()
            entries = [Entry(*row) for row in rows[:limit]]
            objects = objects_of(books, entries)
        held = tuple(remote for remote in objects if self._settings.holds(remote.type))
        last = entries[-1].seq if entries else since
        return ChangePage(objects=held, cursor=str(last), more=len(rows) > limit)

    def documents(self, since: date, until: date, cursor: str | None, limit: int) -> ChangePage:
        """The next page of the documents dated in the period, in order of entry; deleted ones are marked so."""
        after = as_id(cursor or "0")
        if after is None:
            raise BooksProblem(
                f"The books do not know the cursor {cursor!r}.", code="bad_cursor", fix="List the period anew."
            )
        dated = f"SELECT {COLUMNS} FROM objects WHERE date BETWEEN ? AND ? AND id > ? ORDER BY id LIMIT ?"
        with self._reading() as books:
            rows = books.execute(dated, (since.isoformat(), until.isoformat(), after, limit + 1)).fetchall()
            entries = [Entry(*row) for row in rows[:limit]]
            objects = objects_of(books, entries)
        last = entries[-1].id if entries else after
        return ChangePage(objects=tuple(objects), cursor=str(last), more=len(rows) > limit)

    def entries(self, books: sqlite3.Connection, remote_ids: Iterable[str]) -> dict[int, Entry]:
        """The stored rows of these ids."""
        ids = {id for remote_id in remote_ids if (id := as_id(remote_id)) is not None}
        return where(books, f"id {AMONG}", ids)

    def entry(self, remote_id: str) -> Entry | None:
        """One stored row, a deleted one included."""
        with self._reading() as books:
            return next(iter(self.entries(books, [remote_id]).values()), None)

    def stored(self, requests: Sequence[Request]) -> list[Entry | None]:
        """The row each request wants to change or remove."""
        ids = ["" if request.remote is None else request.remote.remote_id for request in requests]
        with self._reading() as books:
            found = self.entries(books, ids)
        return [found.get(as_id(remote_id) or 0) for remote_id in ids]

    def page(self, condition: str, values: Sequence[str], after: int, limit: int) -> tuple[list[Entry], int]:
        """Rows in order of id after one, and how many meet the condition in all; deleted ones left out."""
        with self._reading() as books:
            count = f"SELECT count(*) FROM objects WHERE deleted = 0 AND {condition}"
            (total,) = books.execute(count, values).fetchone()
            rows = books.execute(
                f"SELECT {COLUMNS} FROM objects WHERE deleted = 0 AND id > ? AND {condition} ORDER BY id LIMIT ?",
                (after, *values, limit),
            ).fetchall()
        return [Entry(*row) for row in rows], total

    # ----------------------------------------------------------------------------------------------------- tokens

    def authorise(self) -> dict[str, str]:
        """Let the hub in: its first tokens."""
        with self._changing() as books:
            return self._tokens(books).authorise()

    def refresh(self, given: Mapping[str, str]) -> dict[str, str] | None:
        """Exchange a refresh token, durably; None when it is refused."""
        with self._changing() as books:
            fresh = self._tokens(books).refresh(given)
            kill_point("mock-before-rotation")
        kill_point("mock-after-rotation")
        return fresh

    def admit(self, given: Mapping[str, str]) -> None:
        """Let a call in; AuthorisationLost unless its access token is the newest and has not expired."""
        if not self._settings.token_seconds:
            return
        with self._reading() as books:
            first_use = self._tokens(books).fresh(given)
        if first_use:
            with self._changing() as books:
                if self._tokens(books).fresh(given):
                    self._tokens(books).note_use()

    def token_counts(self) -> dict[str, int]:
        """How often the hub was authorised, and its tokens refreshed, reissued and refused."""
        with self._reading() as books:
            return self._tokens(books).counts()

    def _tokens(self, books: sqlite3.Connection) -> Tokens:
        return Tokens(books, self._settings, self._connection, self.now())

    # ----------------------------------------------------------------------------------------------------- faults

    def faults(self) -> list[FaultRow]:
        """The faults that are switched on."""
        with self._reading() as books:
            return _faults(books)

    def struck(self, decide: Callable[[list[FaultRow]], Strike]) -> Strike:
        """What befalls this call, counted down; one cheap query when no fault is switched on."""
        if not self.faults():
            return Strike()
        with self._changing() as books:
            strike = decide(_faults(books))
            for (name, on), count in strike.spent.items():
                row = (count, name.value, on.value)
                books.execute("UPDATE faults SET times = times - ? WHERE name = ? AND on_operation = ?", row)
            books.execute("DELETE FROM faults WHERE times <= 0")
        return strike

    def switch(self, fault: FaultRow | None) -> None:
        """Switch a fault on, in place of the same one; None clears all."""
        with self._changing() as books:
            if fault is None:
                books.execute("DELETE FROM faults")
            else:
                row = (fault.name.value, fault.on.value, fault.times)
                books.execute("INSERT OR REPLACE INTO faults VALUES (?, ?, ?)", row)

    # --------------------------------------------------------------------------------------------------- plumbing

    def _open(self) -> sqlite3.Connection:
        if self._opened is None:
            self._opened = connect(self.path, self._settings, self._connection, self.now())
        return self._opened

    def close(self) -> None:
        """Let go of the file; the next call opens it again."""
        with self._lock:
            if self._opened is not None:
                self._opened.close()
                self._opened = None

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                yield self._open()
            except sqlite3.Error as fault:
                raise unusable(self.path, fault) from fault

    @contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        with self._reading() as books:
            books.execute("BEGIN IMMEDIATE")
            try:
                yield books
                books.execute("COMMIT")
            except BaseException:
                _give_up(books)
                raise


def _give_up(books: sqlite3.Connection) -> None:
    if books.in_transaction:
        try:
            books.execute("ROLLBACK")
        except sqlite3.Error:
            pass  # SQLite has rolled back by itself, or will when the file is opened again


def _faults(books: sqlite3.Connection) -> list[FaultRow]:
    rows = books.execute("SELECT name, on_operation, times FROM faults").fetchall()
    return [FaultRow(name=FaultName(name), on=On(on), times=times) for name, on, times in rows]
