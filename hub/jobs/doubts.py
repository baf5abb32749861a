"""Objects that a request in doubt may have made: an import leaves them to the search that settles it (J7, X3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

from hub.adapters import NameRule, RemoteObject
from hub.jobs.intent import make_marker
from hub.model import TRANSACTIONS, Operation, RecordType
from hub.queue import Lane, State
from hub.store.tables import requests


def not_ours(db: Connection, lane: Lane, type: RecordType, strangers: Sequence[RemoteObject]) -> list[RemoteObject]:
    """Those of the unlinked objects that surely no request in doubt has made."""
    if not strangers:
        return []
    in_doubt = select(requests).where(
        requests.c.connection_id == lane.id,
        requests.c.type == type.value,
        requests.c.removal.is_(False),
        requests.c.state.in_([State.UNKNOWN, State.LOCKED]),
        requests.c.first_sent.is_not(None),
    )
    doubts = db.execute(in_doubt).all()
    if not doubts:
        return list(strangers)
    if lane.capabilities and lane.capabilities.marks(type):
        markers = {make_marker(lane.salt, row.id) for row in doubts}
        return [found for found in strangers if found.marker not in markers]
    return [found for found in strangers if not any(_alike(lane, found, row) for row in doubts)]


def documents_in_doubt(db: Connection, lane: Lane) -> bool:
    """Whether the books may hold documents of ours that the hub does not know of yet."""
    in_doubt = select(requests.c.id).where(
        requests.c.connection_id == lane.id,
        requests.c.type.in_(sorted(TRANSACTIONS)),
        requests.c.operation == Operation.CREATE,
        requests.c.state.in_([State.UNKNOWN, State.LOCKED]),
        requests.c.first_sent.is_not(None),
    )
    return db.execute(in_doubt.limit(1)).first() is not None


def _alike(lane: Lane, found: RemoteObject, row: Row[Any]) -> bool:
    """Without markers: the same name, or the same number, or the same amount on the same day."""
    if found.type.is_entity:
        rule = lane.capabilities.name_rule if lane.capabilities else NameRule()
        return rule.normalise(found.name) == rule.normalise(row.title)
    number: str = row.title
    return found.number == number or (found.total, found.currency, found.date) == (row.amount, row.currency, row.date)
