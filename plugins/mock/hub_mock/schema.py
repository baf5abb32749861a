"""The books' SQLite file: its tables, how it is opened safely, and what new books hold from the start."""

from __future__ import annotations

import sqlite3
import time
import uuid
from contextlib import closing
from datetime import datetime
from pathlib import Path

from hub.errors import BooksProblem
from hub.model import RecordType, dump_record, parse_record
from hub_mock.settings import NAMESPACES, MockSettings
from hub_mock.tokens import TABLE as TOKENS

VERSION = 1

# `claim` is what must be unique: namespace and normalised name of an entity, kind and number of an invoice.
# `seq` orders the change feed; documents have none. `settled` is what others applied to a document, `given` what it
# applied to others. Amounts are decimal text: SQLite's numbers are floats. `uses` has no index by `used`: it is written
# with every document, in order of id, and searched only when entities are deleted, once for a batch.
TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE objects (
    id INTEGER PRIMARY KEY, type TEXT NOT NULL, posts_as TEXT NOT NULL, version INTEGER NOT NULL,
    name TEXT NOT NULL, number TEXT NOT NULL, claim TEXT, active INTEGER NOT NULL, deleted INTEGER NOT NULL,
    marker TEXT, date TEXT, currency TEXT, party INTEGER, total TEXT, settled TEXT NOT NULL, given TEXT NOT NULL,
    refs TEXT NOT NULL, created TEXT NOT NULL, modified TEXT NOT NULL, seq INTEGER, content TEXT NOT NULL);
CREATE UNIQUE INDEX objects_claim ON objects (claim) WHERE claim IS NOT NULL;
CREATE UNIQUE INDEX objects_seq ON objects (seq) WHERE seq IS NOT NULL;
CREATE INDEX objects_marker ON objects (marker) WHERE marker IS NOT NULL;
CREATE INDEX objects_number ON objects (number) WHERE claim IS NULL AND number <> '';
CREATE INDEX objects_type ON objects (type);
CREATE TABLE uses (user INTEGER NOT NULL, used INTEGER NOT NULL, PRIMARY KEY (user, used)) WITHOUT ROWID;
CREATE TABLE applications (
    payer INTEGER NOT NULL, document INTEGER NOT NULL, amount TEXT NOT NULL,
    PRIMARY KEY (payer, document)) WITHOUT ROWID;
CREATE TABLE keys (
    key TEXT PRIMARY KEY, digest BLOB NOT NULL, answer TEXT NOT NULL, first_used REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE faults (
    name TEXT NOT NULL, on_operation TEXT NOT NULL, times INTEGER, PRIMARY KEY (name, on_operation)) WITHOUT ROWID;
"""

AMONG = "IN (SELECT value FROM json_each(?))"
"""One parameter for a list of any length, so that SQLite prepares each statement once."""

OBJECT_COLUMNS = (
    "id, type, posts_as, version, name, number, claim, active, deleted, marker, date, currency, party, total, settled,"
    " given, refs, created, modified, seq"
)

ACCOUNTS = {
    "Sales": "income",
    "Freight Income": "income",
    "Discounts Given": "income",
    "Cost of Goods Sold": "cost_of_goods_sold",
    "Inventory Shrinkage": "cost_of_goods_sold",
    "Purchases": "expense",
    "Inventory Asset": "other_current_asset",
    "Undeposited Funds": "other_current_asset",
    "Accounts Receivable": "accounts_receivable",
    "Accounts Payable": "accounts_payable",
    "Sales Tax Payable": "other_current_liability",
    "Checking": "bank",
}
LISTS = {
    RecordType.TERM: ("Due on receipt", "Net 15", "Net 30", "Net 60"),
    RecordType.TAX_CODE: ("Taxable", "Exempt"),
    RecordType.PAYMENT_METHOD: ("Cash", "Check", "Credit Card", "Bank Transfer"),
}


def claim_of_name(type: RecordType, normalised: str) -> str:
    """The unique form of an entity's name in its namespace."""
    return f"{NAMESPACES[type]}\x1f{normalised}"


def claim_of_number(posts_as: str, number: str) -> str:
    """The unique form of a document's number among its kind."""
    return f"#{posts_as}\x1f{number}"


def connect(path: Path, settings: MockSettings, connection: str, now: datetime) -> sqlite3.Connection:
    """The opened books, created with their first accounts when the file is new.

    Raises:
        BooksProblem: the folder cannot be written, the disk is full, the file holds no books, or a newer release's.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        books = sqlite3.connect(path, timeout=settings.call_timeout, isolation_level=None, check_same_thread=False)
    except (OSError, sqlite3.Error) as fault:
        raise unusable(path, fault) from fault
    try:
        _write_ahead(books)
        books.execute("PRAGMA synchronous = FULL")
        books.execute("PRAGMA cache_size = -32000")
        books.execute("PRAGMA wal_autocheckpoint = 4000")
        if books.execute("SELECT 1 FROM sqlite_master WHERE name = 'objects'").fetchone() is None:
            _found(books, settings, connection, now)
        found = books.execute("SELECT value FROM meta WHERE key = 'schema'").fetchone()
        if settings.token_seconds:
            books.execute(TOKENS)
        if found is None or int(found[0]) > VERSION:
            raise BooksProblem(
                f"The mock books in {path} are from a newer release of accounting-hub-mock.",
                code="books_too_new",
                fix="Update accounting-hub-mock, or name another file with --set file=…",
            )
    except sqlite3.Error as fault:
        books.close()
        raise unusable(path, fault) from fault
    except BooksProblem:
        books.close()
        raise
    return books


def unusable(path: Path, fault: Exception) -> BooksProblem:
    """One plain sentence for whatever the file system or SQLite said."""
    return BooksProblem(
        f"The mock books in {path} cannot be used: {fault}.",
        code="books_unavailable",
        fix="Mend the disk space or the rights of that folder; when the file itself is damaged, restore or remove it.",
    )


def _write_ahead(books: sqlite3.Connection) -> None:
    # Two processes that open new books at the same moment collide here, and SQLite does not wait in this one place.
    for pause in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, None):
        try:
            books.execute("PRAGMA journal_mode = WAL").fetchone()
            return
        except sqlite3.OperationalError as fault:
            if pause is None or "locked" not in str(fault):
                raise
            time.sleep(pause)


def _found(books: sqlite3.Connection, settings: MockSettings, connection: str, now: datetime) -> None:
    books.execute("BEGIN IMMEDIATE")
    try:
        with closing(books.execute("SELECT 1 FROM sqlite_master WHERE name = 'objects'")) as found:
            fresh = found.fetchone() is None
        if fresh:
            for statement in TABLES.split(";"):
                books.execute(statement)
            company, _, name = connection.partition("/")
            meta = {
                "schema": str(VERSION),
                "company_id": settings.company_id or uuid.uuid4().hex,
                "company_name": settings.company_name or f"{company.replace('-', ' ').title()} ({name or 'mock'})",
            }
            books.executemany("INSERT INTO meta VALUES (?, ?)", meta.items())
            _seed(books, settings, now)
        books.execute("COMMIT")
    except BaseException:
        if books.in_transaction:
            books.execute("ROLLBACK")
        raise


def _seed(books: sqlite3.Connection, settings: MockSettings, now: datetime) -> None:
    given = [(RecordType.ACCOUNT, {"name": name, "kind": kind}) for name, kind in ACCOUNTS.items()]
    given += [(type, {"name": name}) for type, names in LISTS.items() for name in names]
    rows = []
    for at, (type, data) in enumerate(((type, data) for type, data in given if settings.holds(type)), 1):
        content = dump_record(parse_record(type, data))
        claim = claim_of_name(type, data["name"].casefold())
        instant = now.isoformat()
        rows.append((
            at, type.value, type.value, 1, data["name"], "", claim, 1, 0, None, None, None, None, None, "0", "0", "[]",
            instant, instant, at, content,
        ))  # fmt: skip
    books.executemany(f"INSERT INTO objects ({OBJECT_COLUMNS}, content) VALUES ({'?, ' * 20}?)", rows)
    books.executemany("INSERT INTO counters VALUES (?, ?)", [("id", len(rows)), ("seq", len(rows))])
