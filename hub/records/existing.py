"""A new connection starts with the records that are here already: each is queued as if it were saved now.

It goes page by page; how far it came is stored with each page, so that a process that dies in between loses nothing.
"""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, select, update

from hub.conflicts import Claim, claim_for_saved
from hub.model import RecordType, Transaction, load_record
from hub.queue import NEW, Core, Lane, apply_changes, load_standings
from hub.records.decide import Status, entity_saved, transaction_saved
from hub.records.rows import subject
from hub.store.tables import connections, records

_PAGE = (
    select(records)
    .where(
        records.c.company_id == bindparam("company"),
        records.c.deleted.is_(False),
        records.c.id > bindparam("after"),
    )
    .order_by(records.c.id)
    .limit(1000)
)


def queue_existing(core: Core, lane: Lane) -> int:
    """Queue the records that a new connection has not come to yet; how many it were. Nothing on a settled one."""
    queued = 0
    while True:
        with core.database.write(lane.company) as db:
            mine = connections.c.id == lane.id
            after = db.execute(select(connections.c.queued_up_to).where(mine)).scalar_one()
            if after is None:
                return queued
            last, count = _queue_page(db, core, lane, after)
            db.execute(update(connections).where(mine).values(queued_up_to=last))
        core.reach("after-page-of-existing")
        queued += count


def _queue_page(db: Connection, core: Core, lane: Lane, after: int) -> tuple[int | None, int]:
    rows = db.execute(_PAGE, {"company": lane.company, "after": after}).all()
    standings = load_standings(db, [row.id for row in rows])
    now = core.now()
    decided, claims = [], []
    for row in rows:
        type = RecordType(row.type)
        record = load_record(type, row.payload)
        if (lane.id, row.id) in standings or lane.excluded(type, record):
            continue
        if isinstance(record, Transaction):
            status = Status(status=record.status, fully_recorded=record.fully_recorded, prevented=row.prevented)
            changes = transaction_saved(NEW, lane.policy.of_transaction(type), None, status, edited=False)
        else:
            changes = entity_saved(NEW, changed=True)
            name = lane.name_key(type, record)
            if name:
                claims.append((Claim(record_id=row.id, namespace=name[0], name_key=name[1]), False))
        if changes:
            decided.append((lane.id, subject(row.id, type, row.source_id, dict(row._mapping)), changes))
    apply_changes(db, core.database, now, decided)
    claim_for_saved(db, core.database, lane, claims, now)
    return (rows[-1].id if rows else None), len(decided)
