"""Checks a company's history against its seals, and names what was changed, taken out, slipped in or cut off (V2)."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import BigInteger, Connection, bindparam, select, type_coerce
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import NullType

from hub.errors import InvalidInput
from hub.proof.chain import Break, Seal, entries_hold, seals_hold, sentence, unsealed
from hub.queue import Core
from hub.store.history import ABOUT, HISTORY, START, of_company, unpack
from hub.store.tables import answers, attempts, records, seals
from hub.store.types import EPOCH, TICK

PAGE = 100
"""Seals looked at in one go; each covers up to some hundred entries."""
SLICE = 500
"""Ids in one statement at most."""
IDS = 20_000
SHOWN = 1000
"""Breaks that are told one by one."""
_HEAD = re.compile(r"(0|[1-9]\d{0,17}):([0-9a-f]{64})", re.ASCII)
_SEALS = (  # as they are stored, because tampering may have left what no type of ours can read
    select(
        seals.c.number,
        type_coerce(seals.c.at, BigInteger).label("at"),
        seals.c.previous,
        type_coerce(seals.c.entries, NullType()).label("entries"),
        seals.c.hash,
    )
    .where(seals.c.company_id == bindparam("company"), seals.c.number > bindparam("after"))
    .order_by(seals.c.number)
    .limit(PAGE)
)


def verify_history(core: Core, company: str, *, head: str | None = None) -> dict[str, Any]:
    """Walk the company's chain of seals and look every entry up: `whole`, the `head` to keep outside, and the `breaks`.

    Args:
        head: a head that an earlier look printed and that was kept outside the database. Who can write to the database
            can cut the end off, or write the whole chain anew; then that head is no longer in it.

    Raises:
        InvalidInput: `bad_head`.
    """
    kept = _read_head(head)
    broken: list[Break] = []
    entries = count = 0
    last = f"0:{START}"
    found = kept is None or kept == (0, START)
    with core.database.read() as db:
        # Rows before seals: what is written meanwhile brings its seal along, and is not taken for slipped in.
        there = {table.name: _ids(db, company, table) for table in HISTORY}
        sealed = {table.name: array("q") for table in HISTORY}
        for page in _pages(db, company, broken):
            rows = _rows(db, page)
            for seal in page:
                broken += entries_hold(seal, rows)
                for entry in unpack(seal.entries):
                    sealed[entry.name].append(entry.id)
                    entries += 1
                count += 1
                last = f"{seal.number}:{seal.hash}"
                found = found or kept == (seal.number, seal.hash)
        for table in HISTORY:
            broken += _added(db, table, unsealed(there[table.name], sealed[table.name]))
        if not found:
            broken.append(Break(kind="head_gone"))
        told = [_describe(db, company, each) for each in broken[:SHOWN]]
    since = min((each.at for each in broken if each.at), default=None)
    return {
        "company": company,
        "whole": not broken,
        "seals": count,
        "entries": entries,
        "head": last,
        "broken_since": since.isoformat() if since else None,
        "breaks": told,
        "total_breaks": len(broken),
    }


def _read_head(head: str | None) -> tuple[int, str] | None:
    if head is None:
        return None
    match = _HEAD.fullmatch(head.strip())
    if match is None:
        raise InvalidInput(
            f"{head!r} is not a head of the history.",
            code="bad_head",
            fix="Give it as it was told when it was made: NUMBER:HASH.",
        )
    return int(match[1]), match[2]


def _ids(db: Connection, company: str, table: Any) -> array[int]:
    """The ids of the company's rows, rising."""
    page = select(table.c.id).where(of_company(table, company)).order_by(table.c.id).limit(IDS)
    found: array[int] = array("q")
    while ids := db.execute(page.where(table.c.id > (found[-1] if found else -1))).scalars().all():
        found.extend(ids)
    return found


def _pages(db: Connection, company: str, broken: list[Break]) -> Iterator[list[Seal]]:
    page: list[Seal] = []
    for seal in seals_hold(_stored(db, company), broken):
        page.append(seal)
        if len(page) == PAGE:
            yield page
            page = []
    if page:
        yield page


def _stored(db: Connection, company: str) -> Iterator[Seal]:
    after = 0
    while rows := db.execute(_SEALS, {"company": company, "after": after}).all():
        for row in rows:
            yield Seal(
                company=company,
                number=row.number,
                at=EPOCH + row.at * TICK if isinstance(row.at, int) and abs(row.at) < 1 << 57 else None,
                previous=row.previous,
                entries=bytes(row.entries) if isinstance(row.entries, bytes | memoryview) else b"",
                hash=row.hash,
            )
        after = rows[-1].number


def _rows(db: Connection, page: Sequence[Seal]) -> dict[tuple[str, int], Any]:
    """The history rows that the seals of a page name."""
    wanted: dict[str, list[int]] = {}
    for seal in page:
        for entry in unpack(seal.entries):
            wanted.setdefault(entry.name, []).append(entry.id)
    return {
        (table.name, id): row
        for table in HISTORY
        for at in range(0, len(wanted.get(table.name, ())), SLICE)
        for id, row in _read(db, table, wanted[table.name][at : at + SLICE])
    }


def _read(db: Connection, table: Any, ids: Sequence[int]) -> list[tuple[int, Mapping[str, Any]]]:
    """Rows by id; one that tampering made unreadable is empty."""
    try:
        return [(row["id"], dict(row)) for row in db.execute(select(table).where(table.c.id.in_(ids))).mappings()]
    except (ValueError, TypeError, OverflowError, DBAPIError) as fault:
        if isinstance(fault, DBAPIError) and "utf-8" not in str(fault).lower():
            raise
        if len(ids) == 1:
            return [(ids[0], {})]
        middle = len(ids) // 2
        return _read(db, table, ids[:middle]) + _read(db, table, ids[middle:])


def _added(db: Connection, table: Any, ids: Sequence[int]) -> list[Break]:
    return [
        Break(kind="entry_added", at=row.get("at"), table=table.name, id=id, about=row.get(ABOUT[table.name]))
        for at in range(0, len(ids), SLICE)
        for id, row in _read(db, table, ids[at : at + SLICE])
    ]


def _describe(db: Connection, company: str, found: Break) -> dict[str, Any]:
    record_id = found.about
    if found.table == answers.name and record_id is not None:
        record_id = db.execute(select(attempts.c.record_id).where(attempts.c.id == record_id)).scalar()
    mine = select(records.c.type, records.c.source_id).where(records.c.company_id == company, records.c.id == record_id)
    record = None if record_id is None else db.execute(mine).first()
    about = None if record is None else f"{record.type.replace('_', ' ')} {record.source_id}"
    return {
        "kind": found.kind,
        "seal": found.seal,
        "at": found.at.isoformat() if found.at else None,
        "entry": None if found.table is None else {"table": found.table, "id": found.id},
        "record": None if record is None else {"type": record.type, "source_id": record.source_id},
        "message": sentence(found, about),
    }
