"""Proxies: an entity of the books that stands in for a record which is not synced itself (C6)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, select

from hub.conflicts import Claim, claim_for_saved, release_names
from hub.errors import Refused
from hub.model import RecordType, load_record
from hub.queue import Actor, Agree, Change, Core, Drop, Lane, touchable, want_write
from hub.records.act import Act
from hub.records.rows import get_row
from hub.records.targets import find_target
from hub.store.tables import proxies, records


def set_proxy(
    core: Core, lane: Lane, type: RecordType, source_id: str, *, actor: Actor,
    name: str | None = None, remote_id: str | None = None, reason: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Post with an entity of the books in place of this never-synced one (C6).

    Raises:
        Refused: `not_an_entity`, `proxy_on_synced_record`, `proxy_chain`, `target_inactive`, `request_locked`.
        NotFound: `target_not_found`.
    """
    if not type.is_entity:
        raise Refused(
            "Only master data can have a proxy.", code="not_an_entity", fix="Prevent the sync of a transaction instead."
        )
    _no_chain(core, lane, type, source_id, name)
    found = find_target(core, lane, type, name, remote_id)
    with core.database.write(lane.company) as db:
        act = Act(core, db, get_row(db, lane.company, type, source_id), actor, reason)
        at = act.standing[lane.id]
        act.alive()
        for each in (at.writing, at.removing):
            if each:
                touchable(each)
        if at.linked:
            raise Refused(
                f"The {type.words} {source_id} is in the books itself.",
                code="proxy_on_synced_record",
                fix="Only a record that was never synced can be posted with another.",
            )
        changes: list[Change] = [Drop(request_id=at.write.id)] if at.write else []
        act.queue([(lane, [*changes, Agree()])])
        insert = core.database.insert(proxies).values(
            connection_id=lane.id,
            record_id=act.row.id,
            remote_id=found.remote_id,
            remote_name=found.name,
            set_at=act.now,
        )
        chosen = {name: insert.excluded[name] for name in ("remote_id", "remote_name", "set_at")}
        db.execute(insert.on_conflict_do_update(index_elements=["connection_id", "record_id"], set_=chosen))
        release_names(db, lane.id, [act.row.id])
        act.settle(lane, f"posted with {found.name}")
        act.audit("proxy_set", lane, remote_id=found.remote_id, name=found.name)
    return {"remote_id": found.remote_id, "name": found.name}


def clear_proxy(
    core: Core, lane: Lane, type: RecordType, source_id: str, *, actor: Actor, reason: str | None = None
) -> None:
    """Take the proxy away; the record is queued to be created in the books (C6)."""
    with core.database.write(lane.company) as db:
        act = Act(core, db, get_row(db, lane.company, type, source_id), actor, reason)
        at = act.standing[lane.id]
        if not at.proxied:
            raise Refused("It has no proxy on this connection.", code="not_proxied", fix="Nothing needs to be done.")
        db.execute(delete(proxies).where(proxies.c.connection_id == lane.id, proxies.c.record_id == act.row.id))
        record = load_record(type, act.row.payload)
        if not act.row.deleted and not lane.excluded(type, record):
            act.queue([(lane, want_write(at))])
            name = lane.name_key(type, record)
            if name:
                claim = Claim(record_id=act.row.id, namespace=name[0], name_key=name[1])
                claim_for_saved(db, core.database, lane, [(claim, False)], act.now)
        act.audit("proxy_clear", lane)


def _no_chain(core: Core, lane: Lane, type: RecordType, source_id: str, name: str | None) -> None:
    if name is None or lane.capabilities is None:
        return
    key = lane.capabilities.name_rule.normalise(name)
    with core.database.read() as db:
        named = db.execute(
            select(records.c.source_id, proxies.c.remote_name)
            .join(proxies, (proxies.c.record_id == records.c.id) & (proxies.c.connection_id == lane.id))
            .where(
                records.c.company_id == lane.company,
                records.c.type == type.value,
                records.c.name_key == key,
                records.c.source_id != source_id,
            )
        ).all()
    # A record that is posted with an entity of its own name: the name means that entity, and no chain begins.
    chained = [row.source_id for row in named if lane.capabilities.name_rule.normalise(row.remote_name) != key]
    if chained:
        raise Refused(
            f"{name} is itself posted with a proxy ({type.words} {chained[0]}).",
            code="proxy_chain",
            fix="Choose an entity that is in the books itself.",
        )
