"""What every part of the core is handed: the database, the clock, and the company's connections."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Connection

from hub.adapters import Capabilities, Relay
from hub.errors import Refused
from hub.model import Direction, Entity, Item, Period, Policy, Record, RecordType, Transaction
from hub.queue.doubt import NextStep, next_step
from hub.queue.pool import Pool, Threads
from hub.store import Database


class Right(StrEnum):
    """What a person must be allowed to do before the hub does it for them (rule U9)."""

    UNDO = "undo"
    PREVENT = "prevent"
    REMOVE = "remove"
    DETACH = "detach"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts, for the audit trail, and what they may do; `user_id` of a person whom the hub knows as a user."""

    name: str
    rights: frozenset[Right] = field(default=frozenset(Right))
    user_id: int | None = None

    def must_have(self, right: Right) -> None:
        """Refused `not_permitted` unless this actor has the right."""
        if right not in self.rights:
            raise Refused(
                f"{self.name} has no right to {right}.",
                code="not_permitted",
                fix="Ask an administrator for that right.",
            )


HUB = Actor(name="hub")
"""The hub itself, acting by its rules."""


BY_HAND = "paused by "
"""How the reason of a pause begins that a person asked for."""


def by_hand(paused: str | None) -> bool:
    """Whether a person has paused it, so that only a person lets it go on."""
    return bool(paused and paused.startswith(BY_HAND))


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One connection as the core sees it.

    Attributes:
        capabilities: what its books can do; None while its adapter is not usable.
        books_closed: the closing date that the books reported last.
    """

    id: int
    company: str
    name: str
    adapter: str
    policy: Policy
    capabilities: Capabilities | None
    salt: str = ""
    paused: str | None = None
    books_closed: date | None = None

    @property
    def label(self) -> str:
        """`COMPANY/NAME`, as people write it."""
        return f"{self.company}/{self.name}"

    @property
    def period(self) -> Period:
        """The days whose documents are synced: of the two closing dates the later one counts (rule X8)."""
        closings = [day for day in (self.policy.closing_date, self.books_closed) if day is not None]
        return Period(start=self.policy.start_date, closed=max(closings, default=None))

    def excluded(self, type: RecordType, record: Record | None = None) -> str | None:
        """Why records like this are not sent on this connection, in plain words; None when they are (rule X5)."""
        if self.capabilities and not self.capabilities.exports(type):
            known = type in self.capabilities.types
            return f"the {self.adapter} books " + (
                f"are the master of every {type.words}" if known else f"do not take a {type.words}"
            )
        if not type.is_entity:
            if self.policy.of_transaction(type).direction is Direction.OFF:
                return f"{type.words} is switched off for this connection"
            return self.period.too_early(record.date) if isinstance(record, Transaction) else None
        rule = self.policy.of_entity(type)
        if rule.direction not in (Direction.BOTH, Direction.EXPORT):
            off = rule.direction is Direction.OFF
            return (
                f"{type.words} is switched off for this connection"
                if off
                else f"the books are the master of every {type.words}"
            )
        if isinstance(record, Item) and record.kind in rule.exclude_kinds:
            return f"items of kind {record.kind} are not sent on this connection"
        return None

    def imports(self, type: RecordType) -> bool:
        """Whether changes of this entity type are brought back."""
        if self.capabilities and not self.capabilities.imports(type):
            return False
        return self.policy.of_entity(type).direction in (Direction.BOTH, Direction.IMPORT)

    def name_key(self, type: RecordType, record: Record) -> tuple[str, str] | None:
        """The (namespace, name) that this record occupies in the books; None where names may repeat (rule C4)."""
        if not isinstance(record, Entity) or self.capabilities is None:
            return None
        namespace = self.capabilities.namespaces.get(type)
        return None if namespace is None else (namespace, self.capabilities.name_rule.normalise(record.name))


@dataclass(frozen=True, slots=True, kw_only=True)
class Core:
    """The shell's tools.

    Attributes:
        lanes: a company's connections, in the order they were made.
        relay: the way to a connection's adapter; raises PluginProblem when that cannot be used.
        sleep: waits so many seconds.
        me: how this process signs the jobs it holds.
        is_dead: whether the process that signed so surely no longer exists.
        reach: told the name of each point a process may die at; tests kill there.
        announce: tells those who run jobs of a new one, inside the transaction that creates it.
        pool: makes a pool for so many calls at once, of that name.
        token: a secret nobody else has, fresh each time.
        next_step: the rule for requests whose outcome is unknown.
    """

    database: Database
    now: Callable[[], datetime]
    lanes: Callable[[str], list[Lane]]
    relay: Callable[[Lane], Relay]
    sleep: Callable[[float], None]
    me: Callable[[], str]
    is_dead: Callable[[str | None], bool]
    reach: Callable[[str], None] = lambda _point: None
    announce: Callable[[Connection, int], None] = lambda _db, _job_id: None
    pool: Callable[[int, str], Pool] = Threads
    token: Callable[[], str] = lambda: secrets.token_hex(16)
    next_step: NextStep = next_step
