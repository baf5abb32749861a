"""Companies, connections and their policy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import update

from hub import companies, jobs, records
from hub.adapters import Relay, get_adapter, load_extensions
from hub.app.wiring import Wiring
from hub.model import make_policy
from hub.store import migrate
from hub.store.tables import connections


class ConnectionCalls(Wiring):
    """What is done once, before records flow."""

    def init(self) -> bool:
        """Create or upgrade the database; True when anything was done."""
        return migrate(self.database)

    def add_company(self, name: str) -> dict[str, str]:
        """Add a company: `id`, `name`."""
        with self.database.write(None) as db:
            return companies.add_company(db, name, self.core.now())

    def companies(self) -> list[dict[str, str]]:
        """All companies."""
        with self.database.read() as db:
            return companies.list_companies(db)

    def connect(
        self,
        company: str,
        adapter: str,
        *,
        name: str | None = None,
        settings: Mapping[str, Any] | None = None,
        extensions: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Connect a company to books: prove that it works, store who they are, queue the records already here.

        A connection of that name is connected anew: settings and extensions renewed, the company's identity compared,
        resumed. `extensions` names the extension plugins that stand between the hub and the adapter.
        """
        with self.database.read() as db:
            companies.need_company(db, company)
        found = get_adapter(adapter, self.adapters)
        new = companies.new_connection(company, found.adapter.info, name, settings or {}, extensions)
        label = f"{company}/{new.name}"
        context = self._context(label, found, new.settings, {})
        identity = Relay(found.adapter(context), context, load_extensions(extensions)).check()
        with self.database.write(company) as db:
            id = companies.store_connection(db, new, self.core.now(), self.core.token())
            row = companies.connection_row(db, label)
            jobs.same_books(label, row.identity_id, row.identity_name, identity)
            companies.only_once(db, row, identity)
            companies.set_identity(db, id, identity)
        self._relays.pop(id, None)
        queued = records.queue_existing(self.core, self.lane(label))
        return {**self.connection(label), "queued": queued}

    def connection(self, label: str) -> dict[str, Any]:
        """One connection."""
        with self.database.read() as db:
            return self._describe(companies.connection_row(db, label))

    def connections(self, company: str | None = None) -> list[dict[str, Any]]:
        """All connections, or a company's."""
        with self.database.read() as db:
            if company is not None:
                companies.need_company(db, company)
            return [self._describe(row) for row in companies.connection_rows(db, company)]

    def policy(self, connection: str) -> dict[str, Any]:
        """The policy in force on a connection."""
        return self.lane(connection).policy.model_dump(mode="json", by_alias=True)

    def set_policy(self, connection: str, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Lay changes over a connection's own policy; InvalidInput `invalid_policy` leaves it as it was."""
        with self.database.write(connection.partition("/")[0]) as db:
            row = companies.connection_row(db, connection)
            own = {**row.policy}
            for key, value in changes.items():
                own[key] = {**own.get(key, {}), **value} if isinstance(value, Mapping) else value
            make_policy(*self._overrides(connection), own)
            db.execute(update(connections).where(connections.c.id == row.id).values(policy=own))
        return self.policy(connection)
