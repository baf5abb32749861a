"""Opens the hub's database safely: SQLite with WAL and full sync, or PostgreSQL; every failure in plain words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, func, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.schema import Table

from hub.errors import StoreProblem
from hub.store.history import Turn, close

BUSY_MS = 30_000
_TURN = text("SELECT pg_advisory_xact_lock(hashtextextended(:company, 0))")
"""Held until the transaction ends, however it ends. Two companies of one hash only wait for one another."""
_IDS = text("SELECT nextval(:sequence) FROM generate_series(1, :count)")


class Database:
    """Short transactions over one database; hold none of them open across a call to the books (rule X1)."""

    def __init__(self, url: str) -> None:
        try:
            self.url = make_url(url)
            self.is_sqlite = self.url.get_backend_name() == "sqlite"
            if not self.is_sqlite and self.url.get_backend_name() != "postgresql":
                raise ArgumentError("only sqlite and postgresql are known")
            self.engine = _sqlite(url) if self.is_sqlite else create_engine(url, pool_pre_ping=True)
        except (ArgumentError, NoSuchModuleError, ImportError) as fault:
            raise StoreProblem(
                f"The database address cannot be used: {fault}.",
                code="bad_database_url",
                fix="Set HUB_DATABASE_URL to sqlite:///file.db or postgresql+psycopg://…",
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

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one state and writes nothing."""
        with self._plain_words(), self.engine.connect() as db, db.begin():
            yield db

    @contextmanager
    def write(self, company: str | None) -> Iterator[Connection]:
        """A transaction that commits wholly or not at all, and is this company's only writer while it lasts.

        Every decision is made from what the same transaction reads, so writers of one company take turns: on SQLite by
        the database's write lock, on PostgreSQL by an advisory lock. None writes only what belongs to no company.
        What it adds to the history is sealed as its last step (V2).
        """
        turn = Turn(self, company)
        with self._plain_words(), self.engine.connect() as db, db.execution_options(hub_write=turn).begin():
            if company is not None and not self.is_sqlite:
                db.execute(_TURN, {"company": company})
            yield db
            close(db, turn)

    def insert(self, table: Table) -> Any:
        """An INSERT that knows `on_conflict_do_nothing` and `on_conflict_do_update` in this database's dialect."""
        return sqlite.insert(table) if self.is_sqlite else postgresql.insert(table)

    def next_ids(self, db: Connection, table: Table, count: int) -> list[int]:
        """Ids for so many new rows, in rising order: for rows that others, written in the same step, refer to."""
        if self.is_sqlite:  # this transaction is the only writer
            last: int = db.execute(select(func.coalesce(func.max(table.c.id), 0))).scalar_one()
            return list(range(last + 1, last + 1 + count))
        return list(db.execute(_IDS, {"sequence": f"{table.name}_id_seq", "count": count}).scalars())

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()

    @contextmanager
    def _plain_words(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as fault:
            raise explain(fault, str(self.file or self.url.host or self.url)) from fault


def explain(fault: DBAPIError, where: str) -> StoreProblem:
    """The database's own complaint as one sentence with what to do; nothing of the failed transaction was kept."""
    said = str(fault.orig)
    for words, code, message, fix in _COMPLAINTS:
        if words in said.lower():
            return StoreProblem(message.format(where=where) + ".", code=code, fix=fix, details={"database": said})
    return StoreProblem(
        f"The database {where} reported: {said}.", code="database_error", fix="Check the database and try again."
    )


_COMPLAINTS = (
    (
        "is full",
        "disk_full",
        "The disk of {where} is full; nothing of this step was kept",
        "Free some space, then repeat.",
    ),
    ("readonly", "read_only", "The database {where} may not be written to", "Give write access to it and its folder."),
    ("unable to open", "cannot_open", "The database {where} cannot be opened", "Check that its folder exists."),
    ("not a database", "not_a_database", "The file {where} is not a database", "Set HUB_DATABASE_URL to another file."),
    ("malformed", "damaged", "The database {where} is damaged", "Restore it from a backup."),
    ("is locked", "busy", "The database {where} is kept busy by another process", "Try again in a moment."),
    ("disk i/o error", "disk_error", "The disk of {where} reports an error", "Check the disk and its folder's rights."),
    ("no such table", "not_a_hub", "The database {where} holds no hub", "Run `hub init`, or name another database."),
    ("connection refused", "cannot_connect", "No database answers at {where}", "Start it, or mend HUB_DATABASE_URL."),
)
"""Words in the database's complaint, our code, what happened, what to do; the first that fits is taken."""


def _sqlite(url: str) -> Engine:
    engine = create_engine(url, connect_args={"timeout": BUSY_MS / 1000, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _prepare(raw: Any, _record: object) -> None:
        # The driver must not begin transactions by itself: `_begin` below decides how each one starts.
        raw.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "temp_store=MEMORY",
            "cache_size=-65536",
            "wal_autocheckpoint=8000",
        ):
            raw.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(db: Connection) -> None:
        # A transaction that will write takes the write lock first, so that it can never fail half-way for want of it.
        db.exec_driver_sql("BEGIN IMMEDIATE" if db.get_execution_options().get("hub_write") else "BEGIN")

    return engine
