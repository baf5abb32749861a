"""Builds what the core is handed: the database, each connection as a lane, and its relay to the adapter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from sqlalchemy import Row

from hub import companies
from hub.adapters import AdapterContext, Found, Relay, find_adapters, get_adapter, load_extensions
from hub.dispatch import dispatcher_for
from hub.errors import HubError, InvalidInput
from hub.model import make_policy
from hub.queue import Actor, Core, Lane
from hub.settings import Settings
from hub.store import Database, Seal, secret_key


class Wiring:
    """The parts, wired: every group of calls stands on it, and nothing outside :mod:`hub.app` builds one."""

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
    ) -> None:
        self.settings, self.database, self.actor = settings, database, actor
        self._adapters = adapters
        self._relays: dict[int, tuple[object, Relay]] = {}
        self.dispatcher = dispatcher_for(database)
        self.core = Core(
            database=database,
            now=now,
            lanes=self._lanes,
            relay=self._relay,
            sleep=sleep,
            reach=reach,
            announce=self.dispatcher.announce,
        )

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
        return found.adapter(self._context(label, found, row.settings, {}))

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
                f"{company} has {len(lanes)} connections.", code="connection_missing", fix="Name one with --connection."
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
            policy=make_policy(*self._overrides(label), row.policy),
            capabilities=None,
            salt=row.salt,
            paused=row.paused_reason,
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
        state = (row.adapter, row.settings, row.extensions, row.credentials)
        cached = self._relays.get(lane.id)
        if cached and cached[0] == state:
            return cached[1]
        found = get_adapter(row.adapter, self.adapters)
        secrets: dict[str, str] = {}
        if row.credentials:
            secrets = self._seal().open(row.credentials, lane.label)
        context = self._context(lane.label, found, row.settings, secrets)
        relay = Relay(found.adapter(context), context, load_extensions(row.extensions))
        self._relays[lane.id] = (state, relay)
        return relay

    def _context(
        self, label: str, found: Found, settings: Mapping[str, Any], credentials: Mapping[str, str]
    ) -> AdapterContext:
        return AdapterContext(
            connection=label,
            settings=companies.read_settings(found.adapter.info.settings, settings, found.name),
            data_dir=Path(self.settings.data_dir or self.database.folder),
            now=self.core.now,
            sleep=self.core.sleep,
            credentials=credentials,
        )

    def _seal(self) -> Seal:
        key = self.settings.secret_key
        return Seal(secret_key(key.get_secret_value() if key else None, self.database.file))
