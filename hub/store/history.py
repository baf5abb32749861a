"""History only grows; each transaction seals what it adds, so that what is changed or gone later is found (V2).

One chain of seals per company. A seal lists every history row that its transaction wrote, each by id and digest, and
its own hash covers that list and the hash of the seal before it.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Connection, Row, bindparam, exists, insert, inspect, select, text
from sqlalchemy.schema import Table

from hub.store.rows import NewRows
from hub.store.tables import answers, attempts, audit, companies, connections, jobs, seals, unsent
from hub.store.types import EPOCH, TICK

if TYPE_CHECKING:
    from hub.store.database import Database

HISTORY: tuple[Table, ...] = (audit, attempts, answers, unsent)
"""The tables that only grow. Their place here is their number in the seals, so new ones go to the end."""
START = "0" * 64
"""What the first seal of a company names as the hash before it."""
SLICE = 1000

_ENTRY = struct.Struct(">BQQ16s")
_NUMBER = {table.name: number for number, table in enumerate(HISTORY)}
_APART = frozenset({"id", "sent"})  # what was sent is covered by its own digest, which is a column too
_COLUMNS = {table.name: tuple(each.name for each in table.columns if each.name not in _APART) for table in HISTORY}
ABOUT = {table.name: "attempt_id" if table is answers else "record_id" for table in HISTORY}
_NEW = {table.name: NewRows(table, *table.columns.keys()) for table in HISTORY}
_EMPTY: dict[str, dict[str, Any]] = {table.name: dict.fromkeys(table.columns.keys()) for table in HISTORY}

_write = json.JSONEncoder(separators=(",", ":"), sort_keys=True).encode


def _text(value: Any) -> str:
    """One spelling of a value, the same for what is written and for what is read back."""
    if isinstance(value, datetime):
        return str((value - EPOCH) // TICK)
    return _write(value) if isinstance(value, dict) else str(value)


class Entry(NamedTuple):
    """One history row in a seal. `about` is its record, for an answer its attempt, 0 for none."""

    table: int
    id: int
    about: int
    digest: bytes

    @property
    def name(self) -> str:
        """The table's name."""
        return HISTORY[self.table].name


@dataclass(slots=True)
class Turn:
    """One writing transaction of a company, and the history it has written so far."""

    database: Database
    company: str | None
    entries: list[bytes] = field(default_factory=list)
    at: datetime = EPOCH


def append(db: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Add rows to a history table, in order, and to the seal that closes this transaction; their ids.

    The only way history is written. It needs the transaction of a company, outside any savepoint: what a savepoint
    takes back would be sealed all the same.
    """
    turn = db.get_execution_options().get("hub_write")
    if not isinstance(turn, Turn) or turn.company is None or db.in_nested_transaction():
        raise RuntimeError("history is written only in a writing transaction of its company, outside savepoints")
    if not rows:
        return []
    ids = turn.database.next_ids(db, table, len(rows))
    _NEW[table.name].write(db, [{**_EMPTY[table.name], **row, "id": id} for id, row in zip(ids, rows, strict=True)])
    turn.entries += [pack(table.name, id, row) for id, row in zip(ids, rows, strict=True)]
    turn.at = rows[-1]["at"]
    return ids


def pack(table: str, id: int, values: Mapping[str, Any]) -> bytes:
    """The entry of one row."""
    return _ENTRY.pack(_NUMBER[table], id, values.get(ABOUT[table]) or 0, digest(table, id, values))


def digest(table: str, id: int, values: Mapping[str, Any]) -> bytes:
    """Of one row, as it was written.

    Empty columns leave no trace, so that a column added later breaks no old seal as long as it stays empty in old rows.
    """
    given, parts = values.get, [f"{table} {id}"]
    for name in _COLUMNS[table]:
        if (value := given(name)) is not None:
            words = value if isinstance(value, str) else _text(value)
            parts.append(f"{name} {len(words)} {words}")
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=16).digest()


def unpack(entries: bytes) -> Iterator[Entry]:
    """The entries of a seal; whole ones only."""
    usable = len(entries) - len(entries) % _ENTRY.size
    found = (Entry(*parts) for parts in _ENTRY.iter_unpack(entries[:usable]))
    return (entry for entry in found if entry.table < len(HISTORY))


_LAST = (
    select(seals.c.number, seals.c.hash)
    .where(seals.c.company_id == bindparam("company"))
    .order_by(seals.c.number.desc())
    .limit(1)
)
_SEAL = insert(seals)


def close(db: Connection, turn: Turn) -> None:
    """Seal what the transaction has written; the last thing it does."""
    if turn.entries and turn.company is not None:
        write_seal(db, turn.company, turn.at, b"".join(turn.entries))


def write_seal(db: Connection, company: str, at: datetime, entries: bytes) -> None:
    """Add a seal over these entries to the company's chain."""
    last = db.execute(_LAST, {"company": company}).first()
    number, previous = (last.number + 1, last.hash) if last else (1, START)
    row = {"company_id": company, "number": number, "at": at, "previous": previous, "entries": entries}
    db.execute(_SEAL, {**row, "hash": seal_hash(company, number, (at - EPOCH) // TICK, previous, entries)})


def seal_hash(company: str, number: int, at: int, previous: str, entries: bytes) -> str:
    """The hash of a seal made at so many microseconds since 1970: it covers all the rest of it."""
    return hashlib.sha256(f"{company} {number} {at} {previous}\n".encode() + entries).hexdigest()


def of_company(table: Table, company: str) -> Any:
    """The condition that a history row belongs to the company; rows are met in order of id, each with one look-up."""
    mine = select(connections.c.id).where(connections.c.company_id == company)
    if table is audit:
        return audit.c.company_id == company
    if table is attempts:
        return attempts.c.connection_id.in_(mine)
    if table is answers:
        return exists().where(attempts.c.id == answers.c.attempt_id, attempts.c.connection_id.in_(mine))
    return exists().where(jobs.c.id == unsent.c.job_id, jobs.c.connection_id.in_(mine))


# ------------------------------------------------------------------------------------------------- for migrations


def seal_existing(db: Connection) -> None:
    """Seal what was written before there were seals, a slice at a time."""
    for company in db.execute(select(companies.c.id).order_by(companies.c.id)).scalars().all():
        for table in HISTORY:
            for rows in _slices(db, table, company):
                entries = b"".join(pack(table.name, row.id, dict(row._mapping)) for row in rows)
                write_seal(db, company, rows[-1].at, entries)


def _slices(db: Connection, table: Table, company: str) -> Iterator[Sequence[Row[Any]]]:
    there = {column["name"] for column in inspect(db).get_columns(table.name)}  # later migrations add more
    page = select(*(column for column in table.columns if column.name in there)).order_by(table.c.id).limit(SLICE)
    after = 0
    while rows := db.execute(page.where(table.c.id > after, of_company(table, company))).all():
        yield rows
        after = rows[-1].id


def guard(db: Connection) -> None:
    """Let the database itself refuse to change or delete history. To be called again after a table was rebuilt."""
    if db.dialect.name == "sqlite":
        for table in HISTORY:
            for verb in ("UPDATE", "DELETE"):
                name = f"{table.name}_keeps_{verb.lower()}"
                db.execute(text(
                    f"CREATE TRIGGER IF NOT EXISTS {name} BEFORE {verb} ON {table.name} "
                    f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
                ))  # fmt: skip
        return
    db.execute(text(
        "CREATE OR REPLACE FUNCTION hub_history_only_grows() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_REFUSAL}'; END $$"
    ))  # fmt: skip
    for table in HISTORY:
        db.execute(text(f"DROP TRIGGER IF EXISTS {table.name}_keeps ON {table.name}"))
        db.execute(text(
            f"CREATE TRIGGER {table.name}_keeps BEFORE UPDATE OR DELETE ON {table.name} "
            "FOR EACH STATEMENT EXECUTE FUNCTION hub_history_only_grows()"
        ))  # fmt: skip


_REFUSAL = "the history only grows"
