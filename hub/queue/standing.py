"""How one record stands on one connection: the facts every decision about the queue is made from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import Connection, select

from hub.model import Operation
from hub.store.among import among
from hub.store.tables import divergences, links, proxies, requests


class State(StrEnum):
    """Where a pending sync request is. `unknown`: sent, and nobody knows yet whether it took effect."""

    WAITING = "waiting"
    LOCKED = "locked"
    HELD = "held"
    UNKNOWN = "unknown"


class Origin(StrEnum):
    """What made a request: a save, a deletion in the source, or an undo."""

    SAVED = "saved"
    DELETED = "deleted"
    UNDO = "undo"


NOT_RECORDED = "not recorded"
"""Reason of a waiting request whose transaction the source has not finished valuing (rule Q4)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """One pending sync request, as far as decisions need it."""

    id: int
    operation: Operation
    origin: Origin
    state: State
    error_code: str | None = None
    not_recorded: bool = False

    @property
    def is_removal(self) -> bool:
        """Whether it takes something out of the books."""
        return self.operation is Operation.DELETE


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One record on one connection.

    Attributes:
        dated: the date under which the books hold the document.
        write: the waiting or held create or update.
        removal: the waiting or held delete; together with `write` it is a pair, delete first (rule Q13).
        writing: the create or update that a job holds, or whose outcome is unknown.
        removing: the delete that a job holds, or whose outcome is unknown.
    """

    linked: bool = False
    dated: date | None = None
    detached: bool = False
    proxied: bool = False
    diverged: bool = False
    write: Pending | None = None
    removal: Pending | None = None
    writing: Pending | None = None
    removing: Pending | None = None

    @property
    def in_flight(self) -> Pending | None:
        """A request that nobody may touch now."""
        return self.writing or self.removing

    @property
    def last(self) -> Pending | None:
        """The newest request: the one that says whether the record will be in the books once all are carried out."""
        queued = (self.write, self.removal, self.writing, self.removing)
        return max((each for each in queued if each), key=lambda each: each.id, default=None)

    @property
    def idle(self) -> bool:
        """Nothing is queued or in flight."""
        return not (self.write or self.removal or self.writing or self.removing)


NEW = Standing()
"""A record that this connection has never heard of."""

_LINKS = select(links.c.connection_id, links.c.record_id, links.c.detached_at, links.c.remote_date).where(
    among(links.c.record_id, "ids")
)
_PROXIES = select(proxies.c.connection_id, proxies.c.record_id).where(among(proxies.c.record_id, "ids"))
_DIVERGED = select(divergences.c.connection_id, divergences.c.record_id).where(among(divergences.c.record_id, "ids"))
_REQUESTS = select(
    requests.c.connection_id,
    requests.c.record_id,
    requests.c.id,
    requests.c.operation,
    requests.c.origin,
    requests.c.state,
    requests.c.error_code,
    requests.c.reason,
).where(among(requests.c.record_id, "ids"))


def load_standings(db: Connection, record_ids: Sequence[int]) -> dict[tuple[int, int], Standing]:
    """The standings of these records by (connection id, record id), in four statements however many there are.

    A pair that is not in the answer is :data:`NEW`.
    """
    if not record_ids:
        return {}
    facts: dict[tuple[int, int], dict[str, object]] = {}
    given = {"ids": list(record_ids)}
    for connection, record, detached_at, dated in db.execute(_LINKS, given).all():
        fact = "linked" if detached_at is None else "detached"
        facts.setdefault((connection, record), {}).update({fact: True, "dated": dated})
    for connection, record in db.execute(_PROXIES, given).all():
        facts.setdefault((connection, record), {})["proxied"] = True
    for connection, record in db.execute(_DIVERGED, given).all():
        facts.setdefault((connection, record), {})["diverged"] = True
    for connection, record, id, operation, origin, state, error_code, reason in db.execute(_REQUESTS, given).all():
        pending = Pending(
            id=id,
            operation=Operation(operation),
            origin=Origin(origin),
            state=State(state),
            error_code=error_code,
            not_recorded=reason == NOT_RECORDED,
        )
        facts.setdefault((connection, record), {})[_place(pending)] = pending
    return {key: Standing(**values) for key, values in facts.items()}  # type: ignore[arg-type]


def _place(pending: Pending) -> str:
    if pending.state in (State.WAITING, State.HELD):
        return "removal" if pending.is_removal else "write"
    return "removing" if pending.is_removal else "writing"
