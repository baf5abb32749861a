"""The hub as one object: built here from settings, used by every entry point and by applications that embed it."""

from __future__ import annotations

import getpass
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Row, select, update

from hub import companies, jobs, records
from hub.adapters import AdapterContext, Found, Relay, find_adapters, get_adapter, load_extensions
from hub.conflicts import list_conflicts
from hub.errors import HubError, InvalidInput
from hub.jobs import OnProgress, schedules
from hub.model import make_policy, parse_type
from hub.queue import Actor, Core, Filter, Lane, hold, list_queue, matching, release
from hub.records import Saved
from hub.settings import Settings, load_settings
from hub.store import Database, Seal, migrate, secret_key
from hub.store.tables import connections, events


def _now() -> datetime:
    return datetime.now(UTC)


def open_hub(
    database_url: str | None = None,
    *,
    actor: str | Actor | None = None,
    adapters: Mapping[str, Found] | None = None,
    now: Callable[[], datetime] = _now,
    sleep: Callable[[float], None] = time.sleep,
    reach: Callable[[str], None] = lambda _point: None,
    **settings: Any,
) -> Hub:
    """Open the hub, creating or upgrading its SQLite database when needed.

    Args:
        database_url: where everything is kept; default `HUB_DATABASE_URL`, else `sqlite:///hub.db`.
        actor: who acts, for the audit trail; default the name of the system's user.
        adapters: the adapters to use; default those installed.
        now, sleep, reach: clock, waiting, and crash points, for tests.
        settings: any other setting of :class:`hub.settings.Settings`.
    """
    if database_url is not None:
        settings["database_url"] = database_url
    chosen = load_settings(**settings)
    database = Database(chosen.database_url)
    if database.is_sqlite:
        migrate(database)
    who = actor if isinstance(actor, Actor) else Actor(name=actor or _user())
    return Hub(chosen, database, who, dict(adapters) if adapters else None, now=now, sleep=sleep, reach=reach)


class Hub:
    """Everything one can do with the hub. Connections are named `COMPANY/NAME`; results are JSON-ready."""

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
        self.core = Core(database=database, now=now, lanes=self._lanes, relay=self._relay, sleep=sleep, reach=reach)

    def close(self) -> None:
        """Give back what the hub holds open."""
        self.database.close()

    def __enter__(self) -> Hub:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- companies, adapters, connections ---

    def init(self) -> bool:
        """Create or upgrade the database; True when anything was done."""
        return migrate(self.database)

    @property
    def adapters(self) -> dict[str, Found]:
        """The installed adapters by name, found once."""
        if self._adapters is None:
            self._adapters = find_adapters()
        return self._adapters

    def add_company(self, name: str) -> dict[str, str]:
        """Add a company: `id`, `name`."""
        with self.database.write() as db:
            return companies.add_company(db, name, self.core.now())

    def companies(self) -> list[dict[str, str]]:
        """All companies."""
        with self.database.read() as db:
            return companies.list_companies(db)

    def connect(
        self, company: str, adapter: str, *, name: str | None = None, settings: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Connect a company to books: prove that it works, store who they are, queue the records already here.

        A connection of that name is connected anew: settings renewed, the company's identity compared, resumed.
        """
        with self.database.read() as db:
            companies.need_company(db, company)
        found = get_adapter(adapter, self.adapters)
        new = companies.new_connection(company, found.adapter.info, name, settings or {})
        label = f"{company}/{new.name}"
        context = self._context(label, found, new.settings, {})
        identity = Relay(found.adapter(context), context).check()
        with self.database.write() as db:
            id, is_new = companies.store_connection(db, new, self.core.now())
            row = companies.connection_row(db, label)
            jobs.same_books(label, row.identity_id, row.identity_name, identity)
            companies.set_identity(db, id, identity)
        self._relays.pop(id, None)
        queued = records.queue_existing(self.core, self.lane(label)) if is_new else 0
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
        with self.database.write() as db:
            row = companies.connection_row(db, connection)
            own = {**row.policy}
            for key, value in changes.items():
                own[key] = {**own.get(key, {}), **value} if isinstance(value, Mapping) else value
            make_policy(*self._overrides(connection), own)
            db.execute(update(connections).where(connections.c.id == row.id).values(policy=own))
        return self.policy(connection)

    # --- records ---

    def put(self, company: str, type: str, source_id: str, data: Mapping[str, Any]) -> dict[str, Any]:
        """Create or change one record; the record as :meth:`show` gives it. Raises what stands in the way."""
        if not isinstance(data, Mapping):
            raise InvalidInput("A record must be a JSON object.", code="invalid_record", fix="Send an object.")
        (saved,) = self.put_many(company, [{**data, "type": type, "source_id": source_id}])
        if saved.error:
            raise saved.error
        return self.show(company, type, saved.source_id)

    def put_many(self, company: str, given: Iterable[Mapping[str, Any]]) -> Iterator[Saved]:
        """Create or change many records, each with `type` and `source_id`; one result each, faults included."""
        with self.database.read() as db:
            companies.need_company(db, company)
        return records.save_records(self.core, company, given, self.actor)

    def delete(self, company: str, type: str, source_id: str) -> dict[str, Any]:
        """The source deleted a record."""
        records.delete_record(self.core, company, parse_type(type), source_id, self.actor)
        return self.show(company, type, source_id)

    def show(self, company: str, type: str, source_id: str, *, history: bool = True) -> dict[str, Any]:
        """A record, how it stands on each connection, and its history."""
        return records.show_record(self.core, company, parse_type(type), source_id, history=history)

    def undo(self, company: str, type: str, source_id: str, *, connection: str | None = None,
             reason: str | None = None) -> dict[str, Any]:  # fmt: skip
        """Undo the sync of a transaction (U1)."""
        self._belongs(company, connection)
        records.undo(self.core, company, parse_type(type), source_id, self.actor, reason)
        return self.show(company, type, source_id)

    def plan_undo(self, company: str, type: str, source_id: str) -> list[dict[str, Any]]:
        """How the books would take a transaction out, per connection, or why they would refuse (U8)."""
        return records.plan_undo(self.core, company, parse_type(type), source_id)

    def prevent(self, company: str, type: str, source_id: str, *, connection: str | None = None,
                reason: str | None = None) -> dict[str, Any]:  # fmt: skip
        """Keep an open transaction out of the queue (U2)."""
        self._belongs(company, connection)
        records.prevent(self.core, company, parse_type(type), source_id, self.actor, reason)
        return self.show(company, type, source_id)

    def allow(self, company: str, type: str, source_id: str, *, connection: str | None = None,
              reason: str | None = None) -> dict[str, Any]:  # fmt: skip
        """Clear the prevent flag; `queued` names the connections on which it queues now (U2)."""
        self._belongs(company, connection)
        queued = records.allow(self.core, company, parse_type(type), source_id, self.actor, reason)
        return {**self.show(company, type, source_id), "queued": queued}

    def detach(self, company: str, type: str, source_id: str, *, connection: str | None = None,
               reason: str | None = None) -> dict[str, Any]:  # fmt: skip
        """Keep the books' copy and stop syncing the transaction (U5)."""
        self._belongs(company, connection)
        records.detach(self.core, company, parse_type(type), source_id, self.actor, reason)
        return self.show(company, type, source_id)

    def link(self, company: str, type: str, source_id: str, *, keep: str, name: str | None = None,
             remote_id: str | None = None, connection: str | None = None, reason: str | None = None) -> dict[str, Any]:  # fmt: skip
        """Say which entity in the books a record is, and whose values win: `keep` is source or books (C3)."""
        if keep not in ("source", "books"):
            raise InvalidInput("Say whose values win.", code="keep_missing", fix="Give --keep source or --keep books.")
        lane = self._one_lane(company, connection)
        records.link(
            self.core, lane, parse_type(type), source_id,
            keep="books" if keep == "books" else "source", actor=self.actor, name=name, remote_id=remote_id, reason=reason,
        )  # fmt: skip
        return self.show(company, type, source_id)

    def set_proxy(self, company: str, type: str, source_id: str, *, name: str | None = None,
                  remote_id: str | None = None, connection: str | None = None, reason: str | None = None) -> dict[str, Any]:  # fmt: skip
        """Post with another entity in place of this one (C6)."""
        lane = self._one_lane(company, connection)
        records.set_proxy(
            self.core, lane, parse_type(type), source_id,
            actor=self.actor, name=name, remote_id=remote_id, reason=reason,
        )  # fmt: skip
        return self.show(company, type, source_id)

    def clear_proxy(self, company: str, type: str, source_id: str, *, connection: str | None = None,
                    reason: str | None = None) -> dict[str, Any]:  # fmt: skip
        """Take a proxy away; the record queues to be created (C6)."""
        lane = self._one_lane(company, connection)
        records.clear_proxy(self.core, lane, parse_type(type), source_id, actor=self.actor, reason=reason)
        return self.show(company, type, source_id)

    def changes(self, company: str, after: int = 0, limit: int = 500) -> dict[str, Any]:
        """What the source must apply on its side: entities changed, transactions re-opened."""
        with self.database.read() as db:
            companies.need_company(db, company)
            rows = db.execute(
                select(events)
                .where(events.c.company_id == company, events.c.id > after)
                .order_by(events.c.id)
                .limit(limit)
            ).all()
        items = [
            {"id": row.id, "kind": row.kind, "type": row.type, "source_id": row.source_id, "data": row.data,
             "at": row.at.isoformat()}
            for row in rows
        ]  # fmt: skip
        return {"items": items, "next": items[-1]["id"] if items else None, "total": len(items)}

    # --- queue ---

    def queue(self, connection: str, *, sort: str = "position", limit: int = 50, after: str | None = None,
              **chosen: str | None) -> dict[str, Any]:  # fmt: skip
        """A page of the queue; `chosen` are the fields of :class:`hub.queue.Filter`."""
        return list_queue(self.core, self.lane(connection), Filter(**chosen), sort=sort, limit=limit, after=after)

    def matching(self, connection: str, **chosen: str | None) -> list[int]:
        """Ids of all requests that a filter lets through, to act on them at once."""
        query = matching(self.lane(connection), Filter(**chosen))
        with self.database.read() as db:
            return [row.id for row in db.execute(query)]

    def remove(self, connection: str, ids: Sequence[int], reason: str | None = None) -> list[dict[str, Any]]:
        """Take requests out of the queue: all or, on a refusal, none (Q9 to Q12)."""
        return records.remove_requests(self.core, self.lane(connection), ids, self.actor, reason)

    def hold(self, connection: str, ids: Sequence[int], reason: str) -> int:
        """Hold requests (Q15); how many."""
        lane = self.lane(connection)
        with self.database.write() as db:
            return hold(db, lane, ids, reason, self.actor)

    def release(self, connection: str, ids: Sequence[int], reason: str | None = None) -> int:
        """Release held requests (Q15); how many."""
        lane = self.lane(connection)
        with self.database.write() as db:
            return release(db, lane, ids)

    def conflicts(self, connection: str) -> dict[str, Any]:
        """The open conflicts (C9)."""
        return list_conflicts(self.core, self.lane(connection))

    # --- jobs ---

    def sync(
        self, connection: str, *, trigger: str = "manual", on_progress: OnProgress | None = None
    ) -> dict[str, Any]:
        """Create a job and run it to its end; an unfinished one left by a dead process is finished first."""
        return jobs.sync(self.core, self.lane(connection), trigger, self.settings.lease_seconds, on_progress)

    def request_job(self, connection: str, *, trigger: str = "api", slot: str | None = None) -> int:
        """Create a job for a worker to run; its id. Refused `job_unfinished` while there is one (J1)."""
        return jobs.create_job(self.core, self.lane(connection), trigger, slot=slot)

    def work(self, on_progress: OnProgress | None = None) -> list[dict[str, Any]]:
        """Run every job that waits for a worker, or whose worker died; the jobs that ended."""
        ended = []
        for job_id, label in jobs.waiting_jobs(self.core):
            job = jobs.take_and_run(self.core, self.lane(label), job_id, self.settings.lease_seconds, on_progress)
            if job is not None:
                ended.append(job)
        return ended

    def jobs(self, connection: str, *, limit: int = 50) -> dict[str, Any]:
        """A connection's jobs, newest first."""
        return jobs.list_jobs(self.core, self.lane(connection), limit=limit)

    def job(self, job_id: int) -> dict[str, Any]:
        """One job with its results."""
        return jobs.show_job(self.core, job_id)

    def cancel(self, job_id: int) -> dict[str, Any]:
        """Ask a job to stop; what was not sent returns to the queue (J6)."""
        return jobs.cancel_job(self.core, job_id)

    def set_schedule(self, connection: str, **chosen: Any) -> dict[str, Any] | None:
        """Set or remove (`off=True`) a schedule: `every` or `cron`, `timezone`, `jitter` in seconds."""
        return schedules.set_schedule(self.core, self.lane(connection), **chosen)

    def schedule(self, connection: str) -> dict[str, Any] | None:
        """The schedule of a connection, or None."""
        return schedules.get_schedule(self.core, self.lane(connection))

    # --- wiring ---

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
                f"{connection} is not a connection of {company}.", code="wrong_company", fix="Name one of its own."
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


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "somebody"
