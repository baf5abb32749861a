"""Links chosen by a person: which object in the books a record is, and whose values win (C3, X3)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal

from sqlalchemy import delete, select, update

from hub.adapters import RemoteObject
from hub.conflicts import Claim, Kind, claim_for_saved, release_names
from hub.errors import InvalidInput, Refused
from hub.model import Operation, RecordType, load_record, record_data
from hub.queue import (
    Actor,
    Agree,
    Amend,
    Change,
    Core,
    Drop,
    Enqueue,
    Lane,
    Origin,
    Standing,
    State,
    touchable,
)
from hub.queue.trail import EventKind
from hub.records.act import Act
from hub.records.books import books_data, overlay, write_links
from hub.records.rows import get_row, row_values, update_rows
from hub.records.targets import find_target
from hub.store.tables import links, names, proxies, records, requests

Keep = Literal["source", "books"]


def link(
    core: Core, lane: Lane, type: RecordType, source_id: str, *, keep: Keep, actor: Actor,
    name: str | None = None, remote_id: str | None = None, reason: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Say which object in the books this record is, and whose values win from now on (C3).

    For a transaction it settles a request to be checked by hand: the document found is ours.

    Raises:
        Refused: `already_linked`, `linked_elsewhere`, `request_locked`, `not_unknown`, `target_inactive`.
        NotFound: `target_not_found`.
    """
    found = find_target(core, lane, type, name, remote_id)
    with core.database.write(lane.company) as db:
        act = Act(core, db, get_row(db, lane.company, type, source_id), actor, reason)
        at = act.standing[lane.id]
        _may_link(act, lane, at, found)
        act.tell(EventKind.RECORD_LINKED, lane, {"remote_id": found.remote_id, "keep": keep})
        if act.row.deleted and _by_hand(at):  # it is there after all: its waiting removal takes it out
            _drop_unknown(act, lane)
            write_links(db, [_link_row(act, lane, found, found.content or None)])
        elif type.is_entity:
            act.alive()
            theirs = books_data(found)
            settle_entity(act, lane, found, theirs, taken=theirs if keep == "books" else {}, send=keep == "source")
        else:
            act.alive()
            _adopt_document(act, lane, at, found, keep)
        act.settle(lane, f"linked to {found.remote_id}, {keep} kept")
        act.audit("link", lane, remote_id=found.remote_id, keep=keep)
    return {"remote_id": found.remote_id, "name": found.name or found.number, "keep": keep}


def _may_link(act: Act, lane: Lane, at: Standing, found: RemoteObject) -> None:
    for each in (at.writing, at.removing):
        if each and not _by_hand(at):
            touchable(each)
    holder = act.db.execute(
        select(links.c.record_id, links.c.remote_id, records.c.type, records.c.source_id)
        .join(records, records.c.id == links.c.record_id)
        .where(
            links.c.connection_id == lane.id,
            (links.c.record_id == act.row.id)
            | ((links.c.remote_type == found.type.value) & (links.c.remote_id == found.remote_id)),
        )
    ).all()
    for row in holder:
        if row.record_id != act.row.id and row.source_id == f"{lane.name}:{found.remote_id}":
            _absorb(act, lane, row)
        elif row.record_id != act.row.id:
            raise Refused(
                f"{found.name or found.number} in the books is linked to {row.type.replace('_', ' ')} {row.source_id}.",
                code="linked_elsewhere",
                fix="Choose another one, or use it as a proxy.",
            )
        elif row.remote_id != found.remote_id:
            raise Refused(
                f"This record is linked to {row.remote_id} in the books already.",
                code="already_linked",
                fix="Nothing needs to be linked.",
            )


def _absorb(act: Act, lane: Lane, born: Any) -> None:
    """The record that an import made for this entity gives way to the source's own record of it (C3)."""
    if act.db.execute(select(requests.c.id).where(requests.c.record_id == born.record_id)).first():
        raise Refused(
            f"{born.source_id}, which an import made for it, waits in the queue itself.",
            code="linked_elsewhere",
            fix="Sync first, then link.",
        )
    act.db.execute(delete(links).where(links.c.connection_id == lane.id, links.c.record_id == born.record_id))
    act.db.execute(update(records).where(records.c.id == born.record_id).values(deleted=True, updated_at=act.now))
    release_names(act.db, lane.id, [born.record_id])
    act.tell(EventKind.ENTITY_ABSORBED, lane, {"into": act.row.source_id}, born)


def _by_hand(at: Standing) -> bool:
    """Whether a person is asked what became of the record's create or update."""
    asked = at.writing
    return bool(asked and asked.state is State.UNKNOWN and asked.error_code == Kind.CHECK_BY_HAND)


def settle_entity(
    act: Act, lane: Lane, found: RemoteObject, theirs: Mapping[str, Any], *, taken: Mapping[str, Any], send: bool
) -> None:
    """The record is this entity from now on: it takes these values of the books, and an update queues if one is to.

    Args:
        theirs: all that the books hold of it, what both sides agree on from now on.
    """
    at = act.standing[lane.id]
    changes: list[Change] = [Agree()] if at.diverged else []
    record = load_record(act.type, act.row.payload)
    if taken:
        record = overlay(act.type, record_data(record), taken)
        update_rows(act.db, [_renewed(act, row_values(record, act.row.source_id))])
        act.tell(EventKind.ENTITY_CHANGED, lane, record_data(record))
    if send:
        update = Operation.UPDATE
        changes.append(
            Amend(request_id=at.write.id, operation=update, origin=Origin.SAVED)
            if at.write
            else Enqueue(operation=update, origin=Origin.SAVED)
        )
    elif at.write:
        changes.append(Drop(request_id=at.write.id))
    act.db.execute(delete(proxies).where(proxies.c.connection_id == lane.id, proxies.c.record_id == act.row.id))
    _drop_unknown(act, lane)
    write_links(act.db, [_link_row(act, lane, found, json.dumps(theirs))])
    act.queue([(lane, changes)])
    release_names(act.db, lane.id, [act.row.id])
    _free_books_name(act, lane, found)
    if name := lane.name_key(act.type, record):
        claim = Claim(record_id=act.row.id, namespace=name[0], name_key=name[1])
        claim_for_saved(act.db, act.core.database, lane, [(claim, False)], act.now)


def _free_books_name(act: Act, lane: Lane, found: RemoteObject) -> None:
    act.db.execute(
        delete(names).where(
            names.c.connection_id == lane.id,
            names.c.remote_type == found.type.value,
            names.c.remote_id == found.remote_id,
        )
    )


def _adopt_document(act: Act, lane: Lane, at: Standing, found: RemoteObject, keep: Keep) -> None:
    if not (at.writing and at.writing.state is State.UNKNOWN):
        raise Refused(
            "Only a document whose fate in the books is unknown can be linked by hand.",
            code="not_unknown",
            fix="Leave it to the next sync.",
        )
    if keep == "books":
        raise InvalidInput(
            "A document travels one way, to the books.", code="keep_source_only", fix="Keep the source's values."
        )
    _drop_unknown(act, lane)
    write_links(act.db, [_link_row(act, lane, found, found.content or None)])
    if not (at.write or at.removal):  # the source's content is to be there, whatever it was found with
        act.queue([(lane, [Enqueue(operation=Operation.UPDATE, origin=Origin.SAVED)])])


def _drop_unknown(act: Act, lane: Lane) -> None:
    act.db.execute(
        delete(requests).where(
            requests.c.connection_id == lane.id,
            requests.c.record_id == act.row.id,
            requests.c.state == State.UNKNOWN,
            requests.c.removal.is_(False),
        )
    )


def _renewed(act: Act, values: Mapping[str, Any]) -> dict[str, Any]:
    row = act.row
    return {"id": row.id, **values, "deleted": row.deleted, "prevented": row.prevented,
            "revision": row.revision + 1, "updated_at": act.now}  # fmt: skip


def _link_row(act: Act, lane: Lane, found: RemoteObject, base: str | None) -> dict[str, Any]:
    return {
        "connection_id": lane.id,
        "record_id": act.row.id,
        "remote_type": act.type.value,
        "remote_id": found.remote_id,
        "remote_version": found.version,
        "remote_name": found.name or found.number,
        "base": base,
        "remote_date": found.date,
        "detached_at": None,
        "linked_at": act.now,
    }
