"""Entities claim their names when they are saved, so that two of one name conflict before anything is sent (C4)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, select, update

from hub.conflicts.claims import Claim, Holder, claim_names, hold_names, release_names
from hub.conflicts.rows import Kind, Opened, open_conflicts, resolve_conflicts
from hub.errors import ErrorClass
from hub.queue import Lane, State
from hub.store import Database
from hub.store.tables import requests

_FIX = "Rename one of them in the source, or link this one to the existing entity, or use that as its proxy."
_FIX_OURS = "Rename one of them in the source, or use the other as this one's proxy once it is in the books."

_FAIL = (
    update(requests)
    .where(
        requests.c.connection_id == bindparam("b_lane"),
        requests.c.record_id == bindparam("b_record"),
        requests.c.removal.is_(False),
        (requests.c.state == State.WAITING) | (requests.c.state == State.HELD),  # IN cannot be executed for many rows
    )
    .values(
        error_class=ErrorClass.CONFLICT.value,
        error_code=Kind.DUPLICATE_NAME.value,
        error_message=bindparam("b_message"),
        error_fix=bindparam("b_fix"),
    )
)


def claim_for_saved(
    db: Connection, database: Database, lane: Lane, claims: Sequence[tuple[Claim, bool]], now: datetime
) -> None:
    """Claim the names of saved entities; each pair says whether the record existed before.

    A renamed record gives its old name up first. Whoever comes too late has the error on its request, and a conflict.
    """
    known = [claim for claim, existed in claims if existed]
    if known:
        ids = [claim.record_id for claim in known]
        release_names(db, lane.id, ids, keep=known)
        resolve_conflicts(db, lane.id, ids, now, "the record was edited", [Kind.DUPLICATE_NAME])
    late = claim_names(db, lane, [claim for claim, _ in claims])
    report_late(db, database, lane, late, now)


def names_in_books(db: Connection, database: Database, lane: Lane, claims: Sequence[Claim], now: datetime) -> None:
    """The books tell the names of linked records; requests that waited for one of those names are told."""
    displaced = hold_names(db, database, lane, claims)
    resolve_conflicts(db, lane.id, [claim.record_id for claim in claims], now, "renamed", [Kind.DUPLICATE_NAME])
    if displaced:
        waiting = select(requests.c.record_id).where(
            requests.c.connection_id == lane.id,
            requests.c.record_id.in_(list(displaced)),
            requests.c.removal.is_(False),
            requests.c.state.in_([State.WAITING, State.HELD]),
        )
        late = set(db.execute(waiting).scalars())
        report_late(db, database, lane, {id: holder for id, holder in displaced.items() if id in late}, now)


def report_late(db: Connection, database: Database, lane: Lane, late: dict[int, Holder], now: datetime) -> None:
    """Write the duplicate down on the waiting request and as a conflict."""
    if not late:
        return
    db.execute(
        _FAIL,
        [
            {"b_lane": lane.id, "b_record": id, "b_message": taken(holder), "b_fix": way_out(holder)}
            for id, holder in late.items()
        ],
    )
    met = [
        Opened(
            record_id=id,
            kind=Kind.DUPLICATE_NAME,
            message=taken(holder),
            remote_id=holder.remote_id,
            details={"remote_type": holder.remote_type} if holder.remote_type else {},
        )
        for id, holder in late.items()
    ]
    open_conflicts(db, database, lane, met, now)


def way_out(holder: Holder) -> str:
    """What to do about it; two records of ours can never be one entity in the books."""
    return _FIX if holder.record_id is None else _FIX_OURS


def taken(holder: Holder) -> str:
    """Why a name cannot be had, in plain words."""
    return f"This name belongs to {holder.who} already."
