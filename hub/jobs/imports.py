"""Brings changes of master data back from the books, page by page; the cursor moves with the page (J7, J9, C2, C8)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import Connection, select, update

from hub.adapters import ChangePage, RemoteObject
from hub.jobs.entities import EntityImport
from hub.jobs.lease import Lease
from hub.jobs.newcomers import import_payments
from hub.model import RecordType
from hub.queue import Core
from hub.store.tables import cursors, links

PAGE = 500


def run_import(
    lease: Lease, changes: Callable[[str | None, int], ChangePage], on_progress: Callable[[str, int], None]
) -> None:
    """Apply every page the books have. A page and its cursor are one transaction.

    From a page on that holds something only a request in doubt can explain, the cursor stays: once the doubt is
    settled, a later job reads those pages again.
    """
    behind = False
    with lease.core.database.read() as db:
        cursor = db.execute(select(cursors.c.cursor).where(cursors.c.connection_id == lease.lane.id)).scalar()
    with lease.core.pool(1, "hub-import") as pool:
        while not lease.cancelled:
            page = lease.beat_until_done(pool, pool.submit(changes, cursor, PAGE))
            with lease.write() as db:
                behind = apply_objects(db, lease.core, lease, page.objects) or behind
                if not behind:
                    _move_cursor(db, lease, page.cursor)
                lease.core.reach("inside-import-commit")
            lease.core.reach("after-import-page")
            on_progress("importing", lease.totals.get("imported", 0))
            if not page.more or page.cursor == cursor:
                return
            cursor = page.cursor


def apply_objects(
    db: Connection, core: Core, lease: Lease, objects: Sequence[RemoteObject], *, own: bool = False
) -> bool:
    """Apply changed entities, and payments that books-side staff applied to documents of ours.

    `own`: these were read because a request of ours met or made them; they are no news of their own, but what the
    books' staff changed in them is. True when something was left for later, because a request is in doubt.
    """
    left = False
    by_type: dict[RecordType, list[RemoteObject]] = {}
    for found in objects:
        by_type.setdefault(found.type, []).append(found)
    for type, some in by_type.items():
        if not type.is_entity:
            if own:
                _renew_versions(db, lease, some)
            elif type is RecordType.PAYMENT:
                imported, unexplained = import_payments(db, lease, some)
                lease.count("imported", imported)
                left |= unexplained
        elif lease.lane.imports(type):
            left |= EntityImport(db, core, lease, type, own=own).apply(some)
        elif own:
            _renew_versions(db, lease, some)
    return left


def _renew_versions(db: Connection, lease: Lease, objects: Sequence[RemoteObject]) -> None:
    """A document's version moves with its payments; the source stays the master of its content."""
    for found in objects:
        db.execute(
            update(links)
            .where(
                links.c.connection_id == lease.lane.id,
                links.c.remote_type == found.type.value,
                links.c.remote_id == found.remote_id,
            )
            .values(remote_version=found.version, **({"remote_date": found.date} if found.date else {}))
        )


def _move_cursor(db: Connection, lease: Lease, cursor: str) -> None:
    row = {"connection_id": lease.lane.id, "cursor": cursor, "applied_at": lease.core.now()}
    moved = lease.core.database.insert(cursors).values(**row)
    db.execute(moved.on_conflict_do_update(index_elements=["connection_id"], set_=row))
