"""One action on one record: the facts it is decided from, and one place that writes what was decided."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row, update

from hub.conflicts import resolve_conflicts
from hub.errors import Refused
from hub.model import RecordType
from hub.queue import NEW, Actor, Change, Core, Lane, Standing, apply_changes, load_standings
from hub.queue.trail import Event, EventKind, Note, write_audit, write_events
from hub.records.rows import subject, update_rows, with_status
from hub.store.tables import records

Decided = list[tuple[Lane, list[Change]]]


class Act:
    """One action on one record: the row, how it stands on each connection, and one place to write it all."""

    def __init__(self, core: Core, db: Connection, row: Row[Any], actor: Actor, reason: str | None) -> None:
        self.core, self.db, self.row, self.actor, self.reason = core, db, row, actor, reason
        self.type = RecordType(row.type)
        self.now = core.now()
        self.lanes = core.lanes(row.company_id)
        standings = load_standings(db, [row.id])
        self.standing: dict[int, Standing] = {lane.id: standings.get((lane.id, row.id), NEW) for lane in self.lanes}

    def queue(self, decided: Decided) -> None:
        """Carry the decided changes out on the queue."""
        about = subject(self.row.id, self.type, self.row.source_id, dict(self.row._mapping))
        apply_changes(self.db, self.core.database, self.now, [(lane.id, about, changes) for lane, changes in decided])

    def reopen(self, lane: Lane) -> None:
        """Set the transaction back to its type's default status, and tell the source."""
        status = lane.policy.of_transaction(self.type).default_status
        update_rows(self.db, [with_status(self.row, status, self.now)])
        self.tell(EventKind.RECORD_REOPENED, lane, {"status": status})

    def tell(self, kind: EventKind, lane: Lane | None, data: Mapping[str, Any], row: Row[Any] | None = None) -> None:
        """Tell the source of something that it must apply on its side, to this record or to another one."""
        about = self.row if row is None else row
        told = Event(
            kind=kind, type=about.type, source_id=about.source_id, connection_id=lane.id if lane else None, data=data
        )
        write_events(self.db, self.row.company_id, self.now, [told])

    def prevent(self, flag: bool) -> None:
        """Set or clear the prevent flag."""
        self.db.execute(update(records).where(records.c.id == self.row.id).values(prevented=flag))

    def settle(self, lane: Lane, how: str) -> None:
        """Close the record's conflicts on this connection; `how` says why."""
        resolve_conflicts(self.db, lane.id, [self.row.id], self.now, how, actor=self.actor)

    def audit(self, action: str, lane: Lane | None = None, **details: Any) -> None:
        """Note the action with who and why."""
        note = Note(
            action=action,
            record_id=self.row.id,
            connection_id=lane.id if lane else None,
            reason=self.reason,
            details=details,
        )
        write_audit(self.db, self.row.company_id, self.actor, self.now, [note])

    def transaction_only(self, what: str) -> None:
        """Refused `not_a_transaction` for an entity."""
        if self.type.is_entity:
            raise Refused(
                f"Only transactions can be {what}; a {self.type.words} is master data.",
                code="not_a_transaction",
                fix="Use a proxy, or remove its request from the queue.",
            )

    def alive(self) -> None:
        """Refused `record_deleted` for a record that the source has deleted."""
        if self.row.deleted:
            raise Refused(
                f"The {self.type.words} {self.row.source_id} was deleted in the source.",
                code="record_deleted",
                fix="Create it anew in the source.",
            )
