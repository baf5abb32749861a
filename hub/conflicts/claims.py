"""Names are claims: one holder per connection, namespace and normalised name, so two records never mix (rule C4)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Select, bindparam, delete, select, tuple_

from hub.queue import Lane
from hub.store import Database
from hub.store.among import among
from hub.store.rows import NewRows
from hub.store.tables import links, names, records, requests


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A record that wants a name of a namespace, both as the adapter's rule spells them; `who` it is, for people."""

    record_id: int
    namespace: str
    name_key: str
    who: str = ""

    @property
    def place(self) -> tuple[str, str]:
        """What only one can have."""
        return self.namespace, self.name_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who has the name already: a record here, or an entity in the books that no record is linked to."""

    record_id: int | None
    remote_id: str | None
    who: str
    remote_type: str | None = None


_HOLDERS = (
    select(
        names.c.name_key,
        names.c.record_id,
        names.c.remote_id,
        names.c.remote_type,
        records.c.type,
        records.c.source_id,
    )
    .outerjoin(records, records.c.id == names.c.record_id)
    .where(
        names.c.connection_id == bindparam("lane"),
        names.c.namespace == bindparam("namespace"),
        among(names.c.name_key, "keys"),
    )
)


_NEW = NewRows(names, "connection_id", "namespace", "name_key", "record_id", or_else="DO NOTHING")


def claim_names(db: Connection, lane: Lane, claims: Sequence[Claim]) -> dict[int, Holder]:
    """Claim names, first come first served; the answer names the holder for each record that came too late."""
    if not claims:
        return {}
    held = holders_of(db, lane, claims)
    free = [claim for claim in claims if claim.place not in held]
    if free:
        _NEW.write(
            db,
            [
                {
                    "connection_id": lane.id,
                    "namespace": claim.namespace,
                    "name_key": claim.name_key,
                    "record_id": claim.record_id,
                }
                for claim in free
            ],
        )
        held.update(holders_of(db, lane, free))
    late = {claim: holder for claim in claims if (holder := held[claim.place]).record_id != claim.record_id}
    if late and _forget_void(db, lane, late.values()):
        return claim_names(db, lane, claims)
    return {claim.record_id: holder for claim, holder in late.items()}


def would_claim(
    db: Connection,
    lane: Lane,
    claims: Sequence[Claim],
    taken: dict[tuple[str, str], Holder],
    is_void: Callable[[int], bool],
) -> dict[int, Holder]:
    """As :func:`claim_names`, but nothing is written: what is claimed here is kept in `taken`.

    Args:
        is_void: whether a record, by what is supposed of it, no longer holds its names.
    """
    if not claims:
        return {}
    held = holders_of(db, lane, claims)
    wanting = {claim.record_id for claim in claims}
    rivals = {holder.record_id for holder in held.values() if holder.record_id} - wanting
    void = {id for id in rivals if is_void(id)}
    if rivals:
        void.update(row.id for row in db.execute(_void(lane, sorted(rivals))))
    held = {place: holder for place, holder in held.items() if holder.record_id not in void} | taken
    late = {}
    for claim in claims:
        holder = held.get(claim.place)
        if holder is None:
            held[claim.place] = taken[claim.place] = Holder(record_id=claim.record_id, remote_id=None, who=claim.who)
        elif holder.record_id != claim.record_id:
            late[claim.record_id] = holder
    return late


def _void(lane: Lane, ids: Sequence[int]) -> Select[tuple[int]]:
    """Deleted records that have nothing in the books and nothing in the queue."""
    linked = select(links.c.record_id).where(links.c.connection_id == lane.id)
    queued = select(requests.c.record_id).where(requests.c.connection_id == lane.id)
    return select(records.c.id).where(
        records.c.id.in_(ids), records.c.deleted, records.c.id.not_in(linked), records.c.id.not_in(queued)
    )


def _forget_void(db: Connection, lane: Lane, holders: Iterable[Holder]) -> int:
    """Give up the names of deleted records that have nothing in the books and nothing in the queue; how many."""
    ids = [holder.record_id for holder in holders if holder.record_id is not None]
    forget = delete(names).where(names.c.connection_id == lane.id, names.c.record_id.in_(_void(lane, ids)))
    return db.execute(forget).rowcount


def hold_names(db: Connection, database: Database, lane: Lane, claims: Sequence[Claim]) -> dict[int, Holder]:
    """Names that linked records surely have in the books; the answer names the new holder for each one they displace.

    Such a record gives up every other name. What only claimed one of these names, a wish not yet sent, is too late.
    """
    if not claims:
        return {}
    release_names(db, lane.id, [claim.record_id for claim in claims], keep=claims)
    before = holders_of(db, lane, claims)
    insert = database.insert(names)
    taken_over = {"record_id": insert.excluded.record_id, "remote_id": None, "remote_type": None}
    rows = [
        {
            "connection_id": lane.id,
            "namespace": claim.namespace,
            "name_key": claim.name_key,
            "record_id": claim.record_id,
        }
        for claim in claims
    ]
    keys = ["connection_id", "namespace", "name_key"]
    db.execute(insert.on_conflict_do_update(index_elements=keys, set_=taken_over), rows)
    displaced = {}
    for (namespace, key), holder in holders_of(db, lane, claims).items():
        old = before.get((namespace, key))
        if old and old.record_id not in (None, holder.record_id):
            displaced[old.record_id] = holder
    return displaced


def release_names(db: Connection, connection_id: int, record_ids: Collection[int], keep: Iterable[Claim] = ()) -> None:
    """Give up the names of these records, save those in `keep` (a renamed record keeps its new one)."""
    if not record_ids:
        return
    kept = [(claim.record_id, claim.namespace, claim.name_key) for claim in keep]
    where = [names.c.connection_id == connection_id, names.c.record_id.in_(record_ids)]
    if kept:
        where.append(tuple_(names.c.record_id, names.c.namespace, names.c.name_key).not_in(kept))
    db.execute(delete(names).where(*where))


def holders_of(db: Connection, lane: Lane, claims: Sequence[Claim]) -> dict[tuple[str, str], Holder]:
    """Who holds these names, by namespace and name."""
    wanted: dict[str, list[str]] = {}
    for claim in claims:
        wanted.setdefault(claim.namespace, []).append(claim.name_key)
    found = {}
    for namespace, keys in wanted.items():
        given = {"lane": lane.id, "namespace": namespace, "keys": keys}
        for key, record_id, remote_id, remote_type, type, source_id in db.execute(_HOLDERS, given).all():
            who = f"{type.replace('_', ' ')} {source_id}" if type else f"a {remote_type} in the books (id {remote_id})"
            found[namespace, key] = Holder(record_id=record_id, remote_id=remote_id, who=who, remote_type=remote_type)
    return found
