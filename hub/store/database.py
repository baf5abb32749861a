"""Opens the hub's database safely: SQLite with WAL and full sync, or PostgreSQL; every failure in plain words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, func, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, PendingRollbackError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.schema import Table

from hub.errors import StoreProblem, StoreUnreachable
from hub.store.complaints import explain, unsure
from hub.store.history import Turn, close

BUSY_MS = IDLE_MS = 30_000
"""How long a writer waits for its turn, and how long one may do nothing inside a transaction on PostgreSQL."""
_TURN = text("SELECT pg_advisory_xact_lock(hashtextextended(:company, 0))")
"""Held until the transaction ends, however it ends. Two companies of one hash only wait for one another."""
_FAULTS = (DBAPIError, PoolTimeout, PendingRollbackError)
_IDS = text("SELECT nextval(:sequence) FROM generate_series(1, :count)")


class Database:
    """Short transactions over one database; hold none of them open across a call to the books (rule X1)."""

    def __init__(self, url: str) -> None:
        try:
            self.url = make_url(url)
            self.is_sqlite = self.url.get_backend_name() == "sqlite"
            self.engine = _sqlite(self.url) if self.is_sqlite else _postgresql(self.url)
        except (ArgumentError, NoSuchModuleError, ImportError) as fault:
            missing = isinstance(fault, ImportError)
            raise StoreProblem(
                f"The database address cannot be used: {fault}.",
                code="bad_database_url",
                fix="Install accounting-hub[postgres]."
                if missing
                else "Set HUB_DATABASE_URL to sqlite:///file.db or postgresql://user@host/name.",
            ) from None

    @property
    def file(self) -> Path | None:
        """The SQLite file, or None for another database."""
        name = self.url.database
        return Path(name) if self.is_sqlite and name and name != ":memory:" else None

    @property
    def folder(self) -> Path:
        """Where files that belong to this database lie: beside it, or in the working directory."""
        return self.file.parent if self.file else Path()

    @property
    def name(self) -> str:
        """What people call it: its file, or host and name; never its password."""
        if self.is_sqlite:
            return str(self.file or self.url)
        host = self.url.host or self.url.query.get("host") or "localhost"
        return f"{self.url.database or ''} at {host}".strip()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one state and writes nothing."""
        with self._connect() as db, self._plain_words():
            if not self.is_sqlite:
                db = db.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with db.begin():
                yield db

    @contextmanager
    def write(self, company: str | None) -> Iterator[Connection]:
        """A transaction that commits wholly or not at all, and is this company's only writer while it lasts.

        Every decision is made from what the same transaction reads, so writers of one company take turns: on SQLite by
        the database's write lock, on PostgreSQL by an advisory lock. None writes only what belongs to no company.
        What it adds to the history is sealed as its last step (V2).
        """
        turn = Turn(self, company)
        with self._connect() as db, self._plain_words():
            transaction = db.execution_options(hub_write=turn).begin()
            with transaction:
                if company is not None and not self.is_sqlite:
                    db.execute(_TURN, {"company": company})
                yield db
                close(db, turn)
                if not self.is_sqlite:
                    self._commit(transaction)

    def insert(self, table: Table) -> Any:
        """An INSERT that knows `on_conflict_do_nothing` and `on_conflict_do_update` in this database's dialect."""
        return sqlite.insert(table) if self.is_sqlite else postgresql.insert(table)

    def next_ids(self, db: Connection, table: Table, count: int) -> list[int]:
        """Ids for so many new rows, in rising order: for rows that others, written in the same step, refer to."""
        if self.is_sqlite:  # this transaction is the only writer
            last: int = db.execute(select(func.coalesce(func.max(table.c.id), 0))).scalar_one()
            return list(range(last + 1, last + 1 + count))
        return list(db.execute(_IDS, {"sequence": f"{table.name}_id_seq", "count": count}).scalars())

    def analyse(self, table: Table) -> None:
        """Let PostgreSQL count a table that has just changed a great deal, as it would by itself within a minute.

        Until then it plans as if the table were as small as before, and reads all of it where an index would do.
        """
        if not self.is_sqlite:
            with self._connect() as db, self._plain_words():
                db.execution_options(isolation_level="AUTOCOMMIT").execute(text(f"ANALYZE {table.name}"))

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()

    @contextmanager
    def _connect(self) -> Iterator[Connection]:
        with self._plain_words():
            db = self.engine.connect()
        with db:
            yield db

    def _commit(self, transaction: Any) -> None:
        try:
            transaction.commit()
        except _FAULTS as fault:
            problem = explain(fault, self.name)
            raise (unsure(problem, self.name) if isinstance(problem, StoreUnreachable) else problem) from fault

    @contextmanager
    def _plain_words(self) -> Iterator[None]:
        try:
            yield
        except _FAULTS as fault:
            raise explain(fault, self.name) from fault


def _postgresql(url: URL) -> Engine:
    if url.get_backend_name() != "postgresql":
        raise ArgumentError("only sqlite and postgresql are known")
    # A connection that the server has closed meanwhile is noticed and replaced before it is used.
    driver = url.set(drivername="postgresql+psycopg")
    engine = create_engine(driver, pool_pre_ping=True, pool_size=10, max_overflow=20, pool_timeout=BUSY_MS / 1000)

    @event.listens_for(engine, "connect")
    def _prepare(raw: Any, _record: object) -> None:
        # A process that is stopped, or a machine that vanishes, inside a transaction must not keep its turn for ever.
        raw.execute(f"SET idle_in_transaction_session_timeout = {IDLE_MS}")
        raw.execute(f"SET lock_timeout = {IDLE_MS + BUSY_MS}")
        raw.commit()

    return engine


def _sqlite(url: URL) -> Engine:
    engine = create_engine(url, connect_args={"timeout": BUSY_MS / 1000, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _prepare(raw: Any, _record: object) -> None:
        # The driver must not begin transactions by itself: `_begin` below decides how each one starts.
        raw.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "cache_size=-65536",
            "wal_autocheckpoint=8000",
        ):
            raw.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(db: Connection) -> None:
        # A transaction that will write takes the write lock first, so that it can never fail half-way for want of it.
        db.exec_driver_sql("BEGIN IMMEDIATE" if db.get_execution_options().get("hub_write") else "BEGIN")

    return engine
