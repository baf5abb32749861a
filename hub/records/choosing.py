"""A person's answers to conflicts that need more than a link: a value for each field, and another name (C1, C5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from hub.conflicts import Kind
from hub.errors import InvalidInput, Refused
from hub.model import RecordType, Winner, load_record, merge, record_data
from hub.model.differences import same
from hub.queue import Actor, Core, Lane, touchable
from hub.queue.trail import EventKind
from hub.records.act import Act
from hub.records.books import agreed, books_data
from hub.records.linking import Keep, settle_entity
from hub.records.rows import get_row
from hub.records.save import save_one
from hub.records.targets import find_target
from hub.store.tables import conflicts, links


def choose_values(
    core: Core, lane: Lane, type: RecordType, source_id: str, choices: Mapping[str, Keep], *, remote_id: str,
    actor: Actor, reason: str | None = None,
) -> None:  # fmt: skip
    """Settle an entity that both sides changed, field by field; fields not named merge by themselves (C5).

    Raises:
        InvalidInput: `choice_missing` when both sides changed a field that is not named, `unknown_field` for one that
            the books do not keep. Refused: `not_linked`, `request_locked`.
    """
    found = find_target(core, lane, type, None, remote_id)
    with core.database.write(lane.company) as db:
        act = Act(core, db, get_row(db, lane.company, type, source_id), actor, reason)
        act.alive()
        at = act.standing[lane.id]
        for each in (at.writing, at.removing):
            if each:
                touchable(each)
        mine = (links.c.connection_id == lane.id, links.c.record_id == act.row.id, links.c.remote_id == found.remote_id)
        link = db.execute(select(links.c.base).where(*mine)).first()
        if link is None:
            raise Refused(
                "This record is not linked to that entity.",
                code="not_linked",
                fix="Link it instead of choosing values.",
            )
        ours, theirs = record_data(load_record(type, act.row.payload)), books_data(found)
        taken = _taken(agreed(type, link.base), ours, theirs, choices)
        send = any(field not in taken and not same(ours.get(field), value) for field, value in theirs.items())
        settle_entity(act, lane, found, theirs, taken=taken, send=send)
        act.settle(lane, f"values chosen: {', '.join(sorted(choices))}")
        act.audit("choose", lane, remote_id=found.remote_id, fields=dict(choices))


def _taken(
    base: Mapping[str, Any], ours: Mapping[str, Any], theirs: Mapping[str, Any], choices: Mapping[str, Keep]
) -> dict[str, Any]:
    """The fields that get the books' value."""
    if unknown := sorted(choices.keys() - theirs.keys()):
        raise InvalidInput(
            f"The books keep no {', '.join(unknown)} of it.", code="unknown_field", fix="Name fields of the conflict."
        )
    merged = merge(base=base, source=ours, books=theirs, winner=Winner.ASK)
    undecided = [clash for clash in merged.clashes if clash.field not in choices]
    if undecided:
        raise InvalidInput(
            f"Both sides changed {', '.join(clash.field for clash in undecided)}.",
            code="choice_missing",
            fix="Say for each of these fields whether the source or the books win.",
            details={"clashes": [clash.as_dict() for clash in undecided]},
        )
    chosen = {*merged.from_books, *choices} - {field for field, side in choices.items() if side == "source"}
    return {field: theirs[field] for field in chosen}


def rename(
    core: Core, company: str, type: RecordType, source_id: str, name: str, actor: Actor, reason: str | None = None
) -> None:
    """Give an entity another name; the source learns of it as of any change that was not its own (C2).

    Raises:
        InvalidInput: `invalid_record`. Refused: `duplicate_name` when that name is taken too, `record_deleted`.
    """
    with core.database.write(company) as db:
        row = get_row(db, company, type, source_id)
        act = Act(core, db, row, actor, reason)
        act.alive()
        data = {**record_data(load_record(type, row.payload)), "name": name, "type": type.value, "source_id": source_id}
        record = save_one(db, core, company, data, actor)
        duplicate = select(conflicts.c.message).where(
            conflicts.c.record_id == row.id, conflicts.c.kind == Kind.DUPLICATE_NAME, conflicts.c.resolved_at.is_(None)
        )
        if again := db.execute(duplicate).scalar():
            raise Refused(again, code="duplicate_name", fix="Choose another name.")
        act.tell(EventKind.ENTITY_CHANGED, None, record_data(record))
        act.audit("rename", name=name)
