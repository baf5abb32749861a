"""Saving records: each is stored, and queued by policy, in one transaction; a faulty one never hinders the others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection, Row, select

from hub.conflicts import Claim, Kind, claim_for_saved, resolve_conflicts
from hub.errors import HubError, InvalidInput
from hub.model import (
    Record,
    RecordType,
    Transaction,
    differences,
    kept_as_custom,
    load_record,
    parse_record,
    parse_type,
    posted_digest,
    record_data,
)
from hub.model.fields import SourceId
from hub.queue import NEW, Actor, Change, Core, Lane, Standing, apply_changes, load_standings
from hub.queue.trail import Note, write_audit
from hub.records.decide import Status, entity_saved, not_ours_to_change, transaction_saved
from hub.records.rows import find_rows, row_values, subject, update_rows
from hub.store.rows import NewRows
from hub.store.tables import records

BATCH = 1000
_source_id = TypeAdapter(SourceId)


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What became of one record: created, updated, unchanged, or refused with the error that says why."""

    type: str
    source_id: str
    outcome: str
    error: HubError | None = None
    unknown_fields: Sequence[str] = ()


@dataclass(slots=True, kw_only=True)
class _Item:
    at: int
    type: RecordType
    source_id: str
    record: Record
    values: dict[str, Any]
    row: Row[Any] | None = None
    id: int = 0
    fields: tuple[str, ...] = ()
    unknown_fields: Sequence[str] = ()
    changes: list[tuple[Lane, list[Change]]] = field(default_factory=list)


def save_records(core: Core, company: str, given: Iterable[Mapping[str, Any]], actor: Actor) -> Iterator[Saved]:
    """Save records given as mappings with `type`, `source_id` and the model's fields; one result each, in order.

    Every batch of up to 1,000 is one transaction. Results of a batch are given out once it is committed.
    """
    batch: list[Mapping[str, Any]] = []
    seen: set[tuple[object, object]] = set()
    for data in given:
        key = (str(data.get("type")), str(data.get("source_id")))
        if len(batch) >= BATCH or key in seen:
            yield from _save_batch(core, company, batch, actor)
            batch, seen = [], set()
        batch.append(data)
        seen.add(key)
    if batch:
        yield from _save_batch(core, company, batch, actor)


def _save_batch(core: Core, company: str, batch: list[Mapping[str, Any]], actor: Actor) -> list[Saved]:
    results: list[Saved | None] = [None] * len(batch)
    items = []
    for at, data in enumerate(batch):
        try:
            items.append(_parse(at, data))
        except HubError as fault:
            results[at] = Saved(
                type=_told(data.get("type")), source_id=_told(data.get("source_id")), outcome="refused", error=fault
            )
    lanes = core.lanes(company)
    now = core.now()
    if items:
        with core.database.write(company) as db:
            for item, outcome in _save_items(db, core, company, lanes, items, actor, now):
                error = outcome if isinstance(outcome, HubError) else None
                results[item.at] = Saved(
                    type=item.type.value,
                    source_id=item.source_id,
                    outcome="refused" if error else str(outcome),
                    error=error,
                    unknown_fields=item.unknown_fields,
                )
            core.reach("inside-save-commit")
        core.reach("after-save-commit")
    return [result for result in results if result is not None]


def save_one(db: Connection, core: Core, company: str, data: Mapping[str, Any], actor: Actor) -> Record:
    """Save one record inside the caller's transaction; raises what stands in the way."""
    item = _parse(0, data)
    ((_, outcome),) = _save_items(db, core, company, core.lanes(company), [item], actor, core.now())
    if isinstance(outcome, HubError):
        raise outcome
    return item.record


def _told(given: object) -> str:
    return "" if given is None else str(given)


def _parse(at: int, data: Mapping[str, Any]) -> _Item:
    if data.get("type") is None:
        known = ", ".join(RecordType)
        raise InvalidInput("A record needs a type.", code="unknown_type", fix=f"Give it one of {known}.")
    type = parse_type(str(data["type"]))
    try:
        source_id = _source_id.validate_python(data.get("source_id"))
        source_id.encode()
    except (ValidationError, UnicodeError):
        raise InvalidInput(
            "A record needs a source_id: text of 1 to 200 characters, none of them a control character.",
            code="invalid_record",
            fix="Give it one.",
        ) from None
    given = {key: value for key, value in data.items() if key not in ("type", "source_id")}
    record = parse_record(type, given, given=True)
    return _Item(
        at=at,
        type=type,
        source_id=source_id,
        record=record,
        values=row_values(record, source_id),
        unknown_fields=kept_as_custom(record, given),
    )


def _save_items(
    db: Connection, core: Core, company: str, lanes: list[Lane], items: list[_Item], actor: Actor, now: datetime
) -> list[tuple[_Item, str | HubError]]:
    by_type: dict[RecordType, list[_Item]] = {}
    for item in items:
        by_type.setdefault(item.type, []).append(item)
    for type, some in by_type.items():
        rows = find_rows(db, company, type, [item.source_id for item in some])
        for item in some:
            item.row = rows.get(item.source_id)
    standings = load_standings(db, [item.row.id for item in items if item.row])
    outcomes: list[tuple[_Item, str | HubError]] = []
    changed = []
    for item in items:
        if item.row and not item.row.deleted and item.row.payload == item.values["payload"]:
            outcomes.append((item, "unchanged"))
            continue
        try:
            item.changes = _decide(item, lanes, standings, actor)
        except HubError as fault:
            outcomes.append((item, fault))
            continue
        outcomes.append((item, "updated" if item.row and not item.row.deleted else "created"))
        changed.append(item)
    _store(db, company, changed, now)
    _queue(db, core, lanes, changed, standings, actor, now)
    notes = [
        Note(action="edited" if item.row else "created", record_id=item.id, details={"fields": item.fields})
        for item in changed
    ]
    write_audit(db, company, actor, now, notes)
    return outcomes


def _decide(
    item: _Item, lanes: list[Lane], standings: dict[tuple[int, int], Standing], actor: Actor
) -> list[tuple[Lane, list[Change]]]:
    row, record = item.row, item.record
    old = load_record(item.type, row.payload) if row else None
    if old is not None:
        item.fields = differences(record_data(old), record_data(record))
    alive = row is not None and not row.deleted
    decided = []
    for lane in lanes:
        at = standings.get((lane.id, row.id), NEW) if row else NEW
        if item.type.is_entity and (why := lane.excluded(item.type)):
            decided += [(lane, not_ours_to_change(at, why))] if at.linked else []
            continue
        if lane.excluded(item.type, record) and not (at.linked or not at.idle):
            continue
        if isinstance(record, Transaction):
            before = Status(status=row.status, fully_recorded=row.fully_recorded) if row and alive else None
            after = Status(
                status=record.status,
                fully_recorded=record.fully_recorded,
                prevented=bool(row and alive and row.prevented),
            )
            edited = old is not None and posted_digest(old) != posted_digest(record)
            rule = lane.policy.of_transaction(item.type)
            changes = transaction_saved(at, rule, before, after, edited=edited, actor=actor, period=lane.period)
        else:
            changes = entity_saved(at, changed=True)
        if changes:
            decided.append((lane, changes))
    return decided


def _store(db: Connection, company: str, changed: list[_Item], now: datetime) -> None:
    new = [item for item in changed if item.row is None]
    if new:
        fixed = {"company_id": company, "deleted": False, "prevented": False, "revision": 1, "updated_at": now}
        _NEW.write(
            db,
            [{**fixed, "type": item.type.value, "source_id": item.source_id, **item.values} for item in new],
        )
        _fill_ids(db, company, new)
    old = []
    for item in changed:
        if item.row is not None:
            item.id = item.row.id
            old.append(
                {
                    "id": item.id,
                    **item.values,
                    "deleted": False,
                    "prevented": item.row.prevented and not item.row.deleted,
                    "revision": item.row.revision + 1,
                    "updated_at": now,
                }
            )
    update_rows(db, old)


_NEW = NewRows(records, "company_id", "type", "source_id", "name_key", "title", "status", "fully_recorded", "prevented",
               "deleted", "revision", "date", "amount", "currency", "payload", "updated_at")  # fmt: skip


def _fill_ids(db: Connection, company: str, new: list[_Item]) -> None:
    by_type: dict[RecordType, dict[str, _Item]] = {}
    for item in new:
        by_type.setdefault(item.type, {})[item.source_id] = item
    for type, some in by_type.items():
        ids = db.execute(
            select(records.c.source_id, records.c.id).where(
                records.c.company_id == company, records.c.type == type.value, records.c.source_id.in_(list(some))
            )
        )
        for source_id, id in ids:
            some[source_id].id = id


def _queue(
    db: Connection,
    core: Core,
    lanes: list[Lane],
    changed: list[_Item],
    standings: dict[tuple[int, int], Standing],
    actor: Actor,
    now: datetime,
) -> None:
    decided = [
        (lane.id, subject(item.id, item.type, item.source_id, item.values), changes)
        for item in changed
        for lane, changes in item.changes
    ]
    apply_changes(db, core.database, now, decided)
    for lane in lanes:
        claims = []
        for item in changed:
            if item.type.is_entity and any(queued is lane for queued, _ in item.changes):
                name = lane.name_key(item.type, item.record)
                if name:
                    claims.append((Claim(record_id=item.id, namespace=name[0], name_key=name[1]), item.row is not None))
        claim_for_saved(db, core.database, lane, claims, now)
        renamed = [item.id for item in changed if item.row is not None and "name" in item.fields]
        how = "the record was renamed"
        resolve_conflicts(db, lane.id, renamed, now, how, [Kind.SEVERAL_MATCHES], actor=actor)
