"""Builds what the core is handed: the database, each connection as a lane, and its relay to the adapter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from sqlalchemy import Connection, Row

from hub import companies
from hub.adapters import AdapterContext, Found, Line, Relay, Renewed, find_adapters, get_adapter, load_extensions
from hub.companies import NewConnection
from hub.credentials import Keeper
from hub.dispatch import dispatcher_for
from hub.errors import HubError, InvalidInput
from hub.jobs.lease import is_dead, myself
from hub.model import make_policy
from hub.queue import Actor, Core, Lane
from hub.queue.trail import Note, write_audit
from hub.settings import Settings
from hub.store import Database, Seal, secret_key

REFRESH_MARGIN = 15.0
"""Seconds on top of the longest call after which a refresh that has not ended is left to another process."""


class Wiring:
    """The parts, wired: every group of calls stands on it. `parts` stand in for those the core has by default."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        actor: Actor,
        adapters: dict[str, Found] | None,
        *,
        now: Callable[[], datetime],
        sleep: Callable[[float], None],
        reach: Callable[[str], None],
        **parts: Any,
    ) -> None:
        self.settings, self.database, self.actor = settings, database, actor
        self.runs_the_hub = True  # whoever calls in, over web or REST, need not be the one who runs it
        self._adapters = adapters
        self._relays: dict[int, tuple[object, Relay]] = {}
        self.dispatcher = dispatcher_for(database)
        self.core = Core(
            database=database, now=now, lanes=self._lanes, relay=self._relay, sleep=sleep, reach=reach,
            **{"me": myself, "is_dead": is_dead, "announce": self.dispatcher.announce, **parts},
        )  # fmt: skip

    def close(self) -> None:
        """Give back what the hub holds open."""
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def adapters(self) -> dict[str, Found]:
        """The installed adapters by name, found once."""
        if self._adapters is None:
            self._adapters = find_adapters()
        return self._adapters

    def lane(self, label: str) -> Lane:
        """The connection as the core sees it."""
        with self.database.read() as db:
            return self._lane(companies.connection_row(db, label))

    def adapter(self, label: str) -> Any:
        """The connection's adapter instance, for commands that a plugin brings along."""
        with self.database.read() as db:
            row = companies.connection_row(db, label)
        found = get_adapter(row.adapter, self.adapters)
        return self._line(label, found, row.settings, {}).adapter

    def _note(
        self, db: Connection, company: str, action: str, *, connection: int | None = None, reason: str | None = None,
        actor: str = "", **details: Any,
    ) -> None:  # fmt: skip
        """Who did what and why, in the transaction that does it (U9); `actor` when it is not whoever holds this hub."""
        who = Actor(name=actor) if actor else self.actor
        note = Note(action=action, connection_id=connection, reason=reason, details=details)
        write_audit(db, company, who, self.core.now(), [note])

    def _describe(self, row: Row[Any]) -> dict[str, Any]:
        found = self.adapters.get(row.adapter)
        return companies.describe_connection(row, found.status if found else "missing")

    def _lanes(self, company: str) -> list[Lane]:
        with self.database.read() as db:
            companies.need_company(db, company)
            return [self._lane(row) for row in companies.connection_rows(db, company)]

    def _one_lane(self, company: str, connection: str | None) -> Lane:
        lanes = self._lanes(company)
        if connection is not None:
            self._belongs(company, connection)
            return self.lane(connection)
        if len(lanes) != 1:
            raise InvalidInput(
                f"{company} has {len(lanes)} connections.",
                code="connection_missing",
                fix="Name one of them, COMPANY/NAME, as the connection.",
            )
        return lanes[0]

    def _belongs(self, company: str, connection: str | None) -> None:
        if connection is not None and self.lane(connection).company != company:
            raise InvalidInput(
                f"{connection} is not a connection of {company}.", code="not_its_connection", fix="Name one of its own."
            )

    def _overrides(self, label: str) -> list[Mapping[str, Any]]:
        return [self.settings.policy, self.settings.connections.get(label, {}).get("policy", {})]

    def _lane(self, row: Row[Any]) -> Lane:
        label = f"{row.company_id}/{row.name}"
        lane = Lane(
            id=row.id,
            company=row.company_id,
            name=row.name,
            adapter=row.adapter,
            policy=make_policy(*self._overrides(label), stored=row.policy),
            capabilities=None,
            salt=row.salt,
            paused=row.paused_reason,
            books_closed=row.closing_date,
        )
        try:
            capabilities = self._relay(lane, row).capabilities
        except HubError:
            return lane  # a broken plugin stops its own jobs, not the queue
        return Lane(**{**{name: getattr(lane, name) for name in lane.__slots__}, "capabilities": capabilities})

    def _relay(self, lane: Lane, row: Row[Any] | None = None) -> Relay:
        if row is None:
            with self.database.read() as db:
                row = companies.connection_row(db, lane.label)
        state = (row.adapter, row.settings, row.extensions, row.credentials_version)
        cached = self._relays.get(lane.id)
        if cached and cached[0] == state:
            return cached[1]
        relay = self._new_relay(row)
        self._relays[lane.id] = (state, relay)
        return relay

    def _new_relay(self, row: Row[Any], new: NewConnection | None = None) -> Relay:
        """A stored connection's relay; `new` to try other settings and extensions than the stored ones."""
        label, found = f"{row.company_id}/{row.name}", get_adapter(row.adapter, self.adapters)
        settings, extensions = (row.settings, row.extensions) if new is None else (new.settings, new.extensions)
        secrets = self._seal().open(row.credentials, label) if row.credentials else {}
        line = self._line(label, found, settings, secrets, row.credentials_version)

        def renew(refused: int, just_fetched: bool) -> Renewed:
            got = keeper.renewed(refused, just_fetched)
            return Renewed(line=self._line(label, found, settings, got.secrets, got.version), by_us=got.by_us)

        relay = Relay(
            line.adapter,
            line.context,
            load_extensions(extensions),
            version=line.version,
            renew=renew if row.credentials else None,
        )
        keeper = Keeper(
            database=self.database,
            seal=self._seal,
            now=self.core.now,
            sleep=self.core.sleep,
            reach=self.core.reach,
            connection_id=row.id,
            company=row.company_id,
            label=label,
            ask=relay.refresh_credentials,
            lease_seconds=relay.capabilities.call_timeout + REFRESH_MARGIN,
        )
        return relay

    def _line(
        self, label: str, found: Found, settings: Mapping[str, Any], credentials: Mapping[str, str], version: int = 0
    ) -> Line:
        context = AdapterContext(
            connection=label,
            settings=companies.read_settings(found.adapter.info.settings, settings, found.name),
            data_dir=Path(self.settings.data_dir or self.database.folder),
            now=self.core.now,
            sleep=self.core.sleep,
            credentials=credentials,
        )
        return Line(adapter=found.adapter(context), context=context, version=version)

    def _seal(self) -> Seal:
        key = self.settings.secret_key
        return Seal(secret_key(key.get_secret_value() if key else None, self.database.file))
