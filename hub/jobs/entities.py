"""One type's entities that changed in the books, applied to the records here in bulk (C2, C5, C8)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, select

from hub.adapters import RemoteObject
from hub.conflicts import Claim, Kind, Opened, names_in_books, open_conflicts, resolve_conflicts
from hub.errors import InvalidInput
from hub.jobs import merging
from hub.jobs.doubts import not_ours
from hub.jobs.lease import Lease
from hub.jobs.newcomers import create_locally, note_names
from hub.model import Clash, RecordType, load_record, record_data
from hub.queue import HUB, Core
from hub.queue.trail import Event, EventKind, Note, write_audit, write_events
from hub.records.books import agreed, books_data, overlay, readable, write_links
from hub.records.rows import row_values, update_rows
from hub.store.among import among
from hub.store.tables import divergences, links, proxies, records, requests

_LINKED = (
    select(records, links.c.remote_id, links.c.remote_version, links.c.base, divergences.c.reason.label("diverged"))
    .join(links, links.c.record_id == records.c.id)
    .outerjoin(
        divergences,
        (divergences.c.record_id == records.c.id) & (divergences.c.connection_id == links.c.connection_id),
    )
    .where(
        links.c.connection_id == bindparam("lane"),
        links.c.remote_type == bindparam("type"),
        among(links.c.remote_id, "ids"),
        links.c.detached_at.is_(None),
    )
)
_VERSIONS = select(links.c.remote_id, links.c.remote_version).where(
    links.c.connection_id == bindparam("lane"),
    links.c.remote_type == bindparam("type"),
    among(links.c.remote_id, "ids"),
    links.c.detached_at.is_(None),
)
_CHANGED_HERE = select(requests.c.record_id).where(
    requests.c.connection_id == bindparam("lane"), among(requests.c.record_id, "ids")
)
_NAMED = (
    select(records, links.c.remote_id, proxies.c.remote_id.label("proxy_id"))
    .outerjoin(links, (links.c.record_id == records.c.id) & (links.c.connection_id == bindparam("lane")))
    .outerjoin(proxies, (proxies.c.record_id == records.c.id) & (proxies.c.connection_id == bindparam("lane")))
    .where(
        records.c.company_id == bindparam("company"),
        records.c.type == bindparam("type"),
        among(records.c.name_key, "names"),
        records.c.deleted.is_(False),
        links.c.remote_id.is_(None),
    )
    .order_by(records.c.id)
)


class EntityImport:
    """One type's changed entities, applied in a handful of statements."""

    def __init__(self, db: Connection, core: Core, lease: Lease, type: RecordType, *, own: bool) -> None:
        self.db, self.core, self.lease, self.lane, self.type, self.own = db, core, lease, lease.lane, type, own
        self.now = core.now()
        self.rows: list[dict[str, Any]] = []
        self.links: list[dict[str, Any]] = []
        self.notes: list[Note] = []
        self.told: list[Event] = []
        self.met: list[Opened] = []
        self.agreed: list[int] = []
        self.named: list[Claim] = []

    def apply(self, objects: Sequence[RemoteObject]) -> bool:
        """Decide for each object that is news, then write all of it. True when some were left to a request in doubt."""
        objects = self._news(objects)
        if not objects:
            return False
        given: dict[str, Any] = {
            "lane": self.lane.id,
            "type": self.type.value,
            "ids": [found.remote_id for found in objects],
        }
        known = {row.remote_id: row for row in self.db.execute(_LINKED, given)}
        changed_here = set(
            self.db.execute(_CHANGED_HERE, {"lane": self.lane.id, "ids": [row.id for row in known.values()]}).scalars()
        )
        strangers = []
        for found in objects:
            row = known.get(found.remote_id)
            if row is None:
                strangers.append(found)
            else:
                self._linked(found, row, source_changed=row.id in changed_here)
        clear = [] if self.own else not_ours(self.db, self.lane, self.type, strangers)
        self._unlinked(clear)
        self._write()
        return not self.own and len(clear) < len(strangers)

    def _news(self, objects: Sequence[RemoteObject]) -> list[RemoteObject]:
        """All but our own writes seen again (J7); after a large export those are nearly everything there is."""
        if self.own:
            return list(objects)
        given = {"lane": self.lane.id, "type": self.type.value, "ids": [found.remote_id for found in objects]}
        seen = {row.remote_id: row.remote_version for row in self.db.execute(_VERSIONS, given).all()}
        return [
            each for each in objects if each.deleted or not each.version or seen.get(each.remote_id) != each.version
        ]

    def _linked(self, found: RemoteObject, row: Row[Any], *, source_changed: bool) -> None:
        record = load_record(self.type, row.payload)
        if row.deleted and not found.deleted:  # it is on its way out: nothing to merge, nobody to ask
            self.links.append(self._link(row.id, found, json.dumps(readable(found))))
            return
        known = merging.Known(
            record_id=row.id,
            version="" if self.own else row.remote_version,
            base=agreed(self.type, row.base),
            data=record_data(record),
            source_changed=source_changed,
            diverged=row.diverged is not None,
        )
        match merging.linked(found, known, self.lane.policy):
            case merging.Overwrite() as decision:
                self._overwrite(found, row, known, decision)
            case merging.Ask() as decision:
                self._ask(found, row, decision.clashes)
            case merging.Gone():
                self._gone(row, source_changed=source_changed)
            case merging.Nothing():
                pass

    def _overwrite(self, found: RemoteObject, row: Row[Any], known: merging.Known, decision: merging.Overwrite) -> None:
        self.links.append(self._link(row.id, found, json.dumps(decision.base)))
        if known.diverged and not known.source_changed:
            self.agreed.append(row.id)
        if decision.overwritten or decision.lost:
            details = {"source": dict(decision.overwritten), "books": dict(decision.lost)}
            self.notes.append(Note(action="overwritten", record_id=row.id, connection_id=self.lane.id, details=details))
        if "name" in decision.fields:
            self._name(row.id, found)
        if decision.fields:
            self._take(row, known.data, decision.fields)

    def _name(self, record_id: int, found: RemoteObject) -> None:
        """From now on the record is known to have this name in the books (C4)."""
        books = self.lane.capabilities
        if books and (namespace := books.namespaces.get(self.type)):
            key = books.name_rule.normalise(found.name)
            self.named.append(Claim(record_id=record_id, namespace=namespace, name_key=key))

    def _take(self, row: Row[Any], ours: Any, fields: Any) -> None:
        try:
            record = overlay(self.type, ours, fields)
        except InvalidInput as fault:
            details = {"why": fault.message}
            self.notes.append(
                Note(action="import_refused", record_id=row.id, connection_id=self.lane.id, details=details)
            )
            return
        self.rows.append(
            {
                "id": row.id,
                **row_values(record, row.source_id),
                "deleted": row.deleted,
                "prevented": row.prevented,
                "revision": row.revision + 1,
                "updated_at": self.now,
            }
        )
        taken = {"fields": sorted(fields)}
        self.notes.append(Note(action="imported", record_id=row.id, connection_id=self.lane.id, details=taken))
        self._tell(EventKind.ENTITY_CHANGED, row, record_data(record))
        self.lease.count("imported")

    def _ask(self, found: RemoteObject, row: Row[Any], clashes: tuple[Clash, ...]) -> None:
        fields = ", ".join(clash.field for clash in clashes)
        self.met.append(
            Opened(
                record_id=row.id,
                kind=Kind.BOTH_CHANGED,
                message=f"Both sides changed {fields} of {row.title}.",
                remote_id=found.remote_id,
                details={"clashes": [clash.as_dict() for clash in clashes]},
            )
        )

    def _gone(self, row: Row[Any], *, source_changed: bool) -> None:
        where = {"connection_id": self.lane.id, "record_id": row.id}
        self.db.execute(delete(links).where(links.c.connection_id == self.lane.id, links.c.record_id == row.id))
        if not source_changed:  # a waiting request makes it anew
            self.db.execute(
                self.core.database.insert(divergences)
                .values(**where, reason="it was deleted in the books", since=self.now)
                .on_conflict_do_nothing()
            )
        self.notes.append(Note(action="gone_from_books", record_id=row.id, connection_id=self.lane.id))
        self._tell(EventKind.ENTITY_GONE_FROM_BOOKS, row)
        self.lease.count("imported")

    def _unlinked(self, strangers: list[RemoteObject]) -> None:
        if not strangers:
            return
        rule = self.lane.capabilities.name_rule if self.lane.capabilities else None
        normalise = rule.normalise if rule else str.casefold
        given: dict[str, Any] = {"lane": self.lane.id, "company": self.lane.company, "type": self.type.value}
        rows = self.db.execute(_NAMED, {**given, "names": [normalise(found.name) for found in strangers]}).all()
        waiting = set(self.db.execute(_CHANGED_HERE, {"lane": self.lane.id, "ids": [row.id for row in rows]}).scalars())
        by_name: dict[str, list[Row[Any]]] = {}
        for row in rows:
            by_name.setdefault(row.name_key, []).append(row)
        new = []
        for found in strangers:
            named = by_name.get(normalise(found.name), [])
            candidates = [
                merging.Candidate(record_id=row.id, waiting=row.id in waiting, proxied=row.proxy_id is not None)
                for row in named
            ]
            import_new = self.lane.policy.of_entity(self.type).import_new
            match merging.unlinked(found, candidates, import_new=import_new):
                case merging.Adopt(record_id=record_id):
                    self._adopt(found, next(row for row in named if row.id == record_id))
                    by_name[normalise(found.name)] = []
                case merging.Create():
                    new.append(found)
                case merging.Ambiguous(record_ids=several):
                    self._ambiguous(found, several)
                case merging.Nothing():
                    pass
        created = create_locally(self.db, self.lease, self.type, new)
        self.links += [self._link(id, found, json.dumps(data)) for id, found, data in created]
        for id, found, _ in created:
            self._name(id, found)
        note_names(self.db, self.core.database, self.lane, strangers, {link["remote_id"] for link in self.links})
        self.lease.count("imported", len(created))

    def _adopt(self, found: RemoteObject, row: Row[Any]) -> None:
        try:
            theirs = books_data(found)
        except InvalidInput:
            return
        self.links.append(self._link(row.id, found, json.dumps(theirs)))
        self.agreed.append(row.id)
        self.notes.append(
            Note(action="matched", record_id=row.id, connection_id=self.lane.id, details={"remote_id": found.remote_id})
        )
        self._tell(EventKind.RECORD_LINKED, row, {"remote_id": found.remote_id, "keep": "books"})
        self._name(row.id, found)
        resolve_conflicts(self.db, self.lane.id, [row.id], self.now, f"matched with {found.remote_id}")
        self._take(row, record_data(load_record(self.type, row.payload)), theirs)

    def _ambiguous(self, found: RemoteObject, several: Sequence[int]) -> None:
        message = f"{len(several)} records here are named {found.name}, like {found.remote_id} in the books."
        self.met += [
            Opened(record_id=id, kind=Kind.SEVERAL_MATCHES, message=message, remote_id=found.remote_id)
            for id in several
        ]

    def _link(self, record_id: int, found: RemoteObject, base: str) -> dict[str, Any]:
        return {
            "connection_id": self.lane.id,
            "record_id": record_id,
            "remote_type": self.type.value,
            "remote_id": found.remote_id,
            "remote_version": found.version,
            "remote_name": found.name,
            "base": base,
            "remote_date": None,
            "detached_at": None,
            "linked_at": self.now,
        }

    def _tell(self, kind: EventKind, row: Row[Any], data: Mapping[str, Any] | None = None) -> None:
        """What the source has to hear of."""
        self.told.append(
            Event(kind=kind, type=row.type, source_id=row.source_id, connection_id=self.lane.id, data=data or {})
        )

    def _write(self) -> None:
        update_rows(self.db, self.rows)
        write_links(self.db, self.links)
        write_audit(self.db, self.lane.company, HUB, self.now, self.notes)
        write_events(self.db, self.lane.company, self.now, self.told)
        names_in_books(self.db, self.core.database, self.lane, self.named, self.now)
        open_conflicts(self.db, self.core.database, self.lane, self.met, self.now)
        if self.agreed:
            self.db.execute(
                delete(divergences).where(
                    divergences.c.connection_id == self.lane.id, divergences.c.record_id.in_(self.agreed)
                )
            )
