"""Companies, connections and their policy."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Row, update

from hub import companies, jobs, records
from hub.adapters import Fault, Found, Identity, Relay, describe_adapter, get_adapter, load_extensions
from hub.app.wiring import Wiring
from hub.companies import NewConnection
from hub.credentials import need_texts, store_obtained
from hub.errors import BooksProblem, InvalidInput, NotFound, Refused
from hub.model import Policy, RecordType, lay_over, make_policy
from hub.queue.core import BY_HAND, by_hand
from hub.queue.discreet import changed, secret_names
from hub.store import migrate
from hub.store.tables import connections


class ConnectionCalls(Wiring):
    """What is done once, before records flow."""

    def init(self) -> bool:
        """Create or upgrade the database; True when anything was done."""
        return migrate(self.database)

    def add_company(self, name: str) -> dict[str, str]:
        """Add a company: `id`, `name`."""
        name = name.strip()[:200]
        with self.database.write(companies.short_id(name)) as db:
            made = companies.add_company(db, name, self.core.now())
            self._note(db, made["id"], "company_added", name=made["name"])
            return made

    def companies(self) -> list[dict[str, str]]:
        """All companies."""
        with self.database.read() as db:
            return companies.list_companies(db)

    def describe_adapters(self) -> list[dict[str, Any]]:
        """The installed adapters: what each can do, or why it cannot be used."""
        return [describe_adapter(each) for each in self.adapters.values()]

    def authorise_url(
        self,
        company: str,
        adapter: str,
        state: str,
        *,
        name: str | None = None,
        settings: Mapping[str, Any] | None = None,
        credentials: Mapping[str, str] | None = None,
        again: bool = False,
        replace: bool = False,
    ) -> str | None:
        """Where a person authorises the hub for a connection that is to be made; None when nobody need be asked.

        A connection that works keeps its authorisation unless it is asked for `again`. What the books send back to the
        redirect address goes into the `credentials` of :meth:`connect`, with those given here. `settings` and `replace`
        are to be the same in both calls.
        """
        with self.database.read() as db:
            companies.need_company(db, company)
        found = get_adapter(adapter, self.adapters)
        new = self._new(found, company, name, settings, None, replace=replace)
        label, given = f"{company}/{new.name}", dict(credentials or {})
        need_texts(given)
        with self.database.read() as db:
            row = companies.find_connection(db, label)
        if row is not None and row.adapter == new.adapter and row.credentials:
            if not (given or again or row.paused_reason):
                return None
            if _same_places(row, new):
                given = {**self._app_of(row, label), **given}
        line = self._line(label, found, new.settings, {})
        return Relay(line.adapter, line.context).authorise_url(given, state)

    def _app_of(self, row: Row[Any], label: str) -> dict[str, str]:
        """What a connection's credentials tell of the application, without what a person once gave it."""
        kept = self._seal().open(row.credentials, label)
        return {key: value for key, value in kept.items() if key.startswith("client_")}

    def connect(
        self,
        company: str,
        adapter: str,
        *,
        name: str | None = None,
        settings: Mapping[str, Any] | None = None,
        extensions: Sequence[str] | None = None,
        credentials: Mapping[str, str] | None = None,
        replace: bool = False,
        confirm: Callable[[Identity], bool] | None = None,
    ) -> dict[str, Any]:
        """Connect a company to books: prove that it works, store who they are, queue the records already here.

        A connection of that name is connected anew: the company's identity compared, and resumed. Then `settings` are
        laid over those that are stored: what is not named stays, None or an empty text takes one away. With `replace`
        they are all there are, for a form that sends every field. A connection to a sandbox never becomes one to the
        real books, either way (Refused `sandbox_left`).

        `extensions` names the extension plugins that stand between the hub and the adapter, in place of those it has;
        None keeps those.

        `credentials` are what a person was given when they authorised the hub, such as a code or a key; the adapter may
        exchange them for those to keep. They are stored, sealed, once the books have accepted them. A connection that
        is connected anew without any keeps those it has.

        `confirm` is shown which company the books are; unless it says yes, nothing is stored (Refused `not_confirmed`).
        """
        met = self._meet(company, adapter, name, settings or {}, extensions, credentials or {}, replace=replace)
        if confirm is not None and not confirm(met.identity):
            raise Refused(
                f"Nothing was connected: {met.identity.name} is not the company that was meant.",
                code="not_confirmed",
                fix="Connect again, and choose the right company in the browser.",
            )
        return self._settle(met)

    def _meet(
        self, company: str, adapter: str, name: str | None, settings: Mapping[str, Any],
        extensions: Sequence[str] | None, credentials: Mapping[str, str], *, replace: bool,
    ) -> Met:  # fmt: skip
        """Prove that it works, and see who the books are; nothing is stored. A code is spent by it."""
        with self.database.read() as db:
            companies.need_company(db, company)
        found = get_adapter(adapter, self.adapters)
        new = self._new(found, company, name, settings, extensions, replace=replace)
        need_texts(credentials)
        label = f"{company}/{new.name}"
        obtained, identity, missing = self._introduce(found, new, label, credentials)
        return Met(new=new, obtained=obtained, identity=identity, missing=told(missing))

    def _settle(self, met: Met) -> dict[str, Any]:
        """Store the connection to the books that were met, and queue the records already here."""
        new, label = met.new, f"{met.new.company}/{met.new.name}"
        with self.database.write(new.company) as db:
            had = companies.find_connection(db, label)
            id = companies.store_connection(db, new, self.core.now(), self.core.token())
            row = companies.connection_row(db, label)
            jobs.same_books(label, row.identity_id, row.identity_name, met.identity)
            companies.only_once(db, row, met.identity)
            companies.set_identity(db, id, met.identity)
            if met.obtained:
                store_obtained(db, id, self._seal().seal(met.obtained, label))
            secrets = secret_names(self.adapters[new.adapter].adapter.info.settings)
            self._note(
                db, new.company, "connected_again" if had else "connected", connection=id, books=met.identity.name,
                adapter=new.adapter, authorised=bool(met.obtained), resumed=bool(had and had.paused_reason),
                changes=changed(_chosen(had) if had else {}, _chosen(new), secrets),
            )  # fmt: skip
        self._relays.pop(id, None)
        queued = records.queue_existing(self.core, self.lane(label))
        return {**self.connection(label), "queued": queued, "missing": met.missing}

    def settings_of(self, label: str) -> dict[str, Any]:
        """The settings a connection was made with, and the names of its extensions."""
        with self.database.read() as db:
            row = companies.connection_row(db, label)
        return {"adapter": row.adapter, "settings": dict(row.settings), "extensions": list(row.extensions)}

    def missing(self, label: str) -> list[dict[str, str]]:
        """What is missing in books or settings before everything can be posted; asks the books."""
        return told(self.core.relay(self.lane(label)).missing())

    def pause(self, label: str, reason: str) -> dict[str, Any]:
        """Let no job run on a connection until it is resumed; what is queued meanwhile waits, a job at work stops."""
        if not reason.strip():
            raise InvalidInput("A pause needs a reason.", code="reason_missing", fix="Say why.")
        with self.database.write(label.partition("/")[0]) as db:
            row = companies.connection_row(db, label)
            companies.set_paused(db, row.id, f"{BY_HAND}{self.actor.name}: {reason.strip()[:500]}")
            self._note(db, row.company_id, "paused", connection=row.id, reason=reason.strip()[:500])
            jobs.stop_unfinished(self.core, db, row.company_id, row.id, self.actor)
        return self.connection(label)

    def resume(self, label: str, reason: str | None = None) -> dict[str, Any]:
        """Let a connection that a person has paused go on; Refused `not_paused`, `connect_again`."""
        with self.database.write(label.partition("/")[0]) as db:
            row = companies.connection_row(db, label)
            if not row.paused_reason:
                raise Refused(f"{label} is not paused.", code="not_paused", fix="Nothing needs to be done.")
            if not by_hand(row.paused_reason):
                raise Refused(
                    f"{label} is paused because its books no longer let the hub in.",
                    code="connect_again",
                    fix="Connect it again.",
                )
            companies.only_once(db, row, Identity(id=row.identity_id, name=row.identity_name))
            companies.set_paused(db, row.id, None)
            self._note(db, row.company_id, "resumed", connection=row.id, reason=reason)
        return self.connection(label)

    def _new(
        self,
        found: Found,
        company: str,
        name: str | None,
        settings: Mapping[str, Any] | None,
        extensions: Sequence[str] | None,
        *,
        replace: bool,
    ) -> NewConnection:
        """The connection as it is to be stored, what is given laid over what it has."""
        info, given = found.adapter.info, dict(settings or {})
        label = f"{company}/{name or info.name}"
        with self.database.read() as db:
            row = companies.find_connection(db, label)
        if row is None or row.adapter != info.name:
            had: dict[str, Any] = {}
            kept: Sequence[str] = ()
        else:
            had, kept = row.settings, row.extensions
        if replace:
            given = {**dict.fromkeys(had), **given}
        companies.known_settings(info, [key for key in given if key not in had])
        merged = companies.settings_over(had, given, label)
        if not self.runs_the_hub:
            companies.leave_to_operator(info, had, merged)
        return companies.new_connection(company, info, name, merged, kept if extensions is None else extensions)

    def _introduce(
        self, found: Found, new: NewConnection, label: str, given: Mapping[str, str]
    ) -> tuple[Mapping[str, str], Identity, list[Fault]]:
        """The credentials the connection gets, if any, who the books say they are, and what is missing there."""
        extensions = load_extensions(new.extensions)
        blank = self._line(label, found, new.settings, {})
        relay = Relay(blank.adapter, blank.context, extensions)
        if row_app := self._app_known(new, label, given):
            given = {**row_app, **given}
        if given:
            self._seal()  # without a key nothing could be kept, and a code can be exchanged only once
        answered = relay.obtain_credentials(given)
        obtained = given if answered is None else answered
        if obtained:
            line = self._line(label, found, new.settings, obtained)
            return obtained, *_met(Relay(line.adapter, line.context, extensions))
        with self.database.read() as db:
            row = companies.find_connection(db, label)
        if row is not None and row.adapter == new.adapter and row.credentials and _same_places(row, new):
            relay = self._new_relay(row, new)
        return obtained, *_met(relay)

    def _app_known(self, new: NewConnection, label: str, given: Mapping[str, str]) -> dict[str, str]:
        """What is known of the application already, for a code that a person has fetched with it."""
        with self.database.read() as db:
            row = companies.find_connection(db, label)
        if not given or row is None or row.adapter != new.adapter or not row.credentials or not _same_places(row, new):
            return {}
        return self._app_of(row, label)

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
        return _spelled(self.lane(connection).policy)

    def set_policy(self, connection: str, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Lay changes over a connection's own policy; InvalidInput `invalid_policy` leaves it as it was.

        None takes one of its settings away: what `hub.toml` says, or else the shipped default, counts again.
        Another default item proxy is looked up in the books, before anything is written.
        """
        self._need_stand_in(connection, changes.get("default_item_proxy"))
        with self.database.write(connection.partition("/")[0]) as db:
            row = companies.connection_row(db, connection)
            own = lay_over(
                row.policy,
                {key: value.isoformat() if isinstance(value, date) else value for key, value in changes.items()},
            )
            before, after = (
                _spelled(make_policy(*self._overrides(connection), stored=each)) for each in (row.policy, own)
            )
            had, has = _only(row.policy, before), _only(own, after)
            if had != has:
                db.execute(update(connections).where(connections.c.id == row.id).values(policy=has))
                # A setting that is now its own and says what counted before is a change too: of what it has itself.
                changes = changed(before, after) or changed(had, has)
                self._note(db, row.company_id, "policy_changed", connection=row.id, changes=changes)
        return self.policy(connection)

    def _need_stand_in(self, connection: str, remote_id: object) -> None:
        """InvalidInput `invalid_policy` for a default item proxy that is no active item of the books (C7)."""
        lane = self.lane(connection)
        if not isinstance(remote_id, str) or remote_id == lane.policy.default_item_proxy:
            return
        try:
            records.find_target(self.core, lane, RecordType.ITEM, None, remote_id)
        except (NotFound, Refused) as fault:
            why = f"default_item_proxy: {fault.message.removesuffix('.')}"
            raise InvalidInput(
                f"This policy cannot be used: {why}.",
                code="invalid_policy",
                fix="Give the id that an active item has in the books.",
                details={"faults": [why]},
            ) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Met:
    """Books that were met and not yet connected to: what would be stored, and what is missing there."""

    new: NewConnection
    obtained: Mapping[str, str] = field(repr=False)
    identity: Identity
    missing: list[dict[str, str]]


def _spelled(policy: Policy) -> dict[str, Any]:
    """A policy as JSON, the same policy always the same."""
    spelled = policy.model_dump(mode="json", by_alias=True)
    for rule in spelled.values():
        if isinstance(rule, dict):
            rule.update({key: sorted(value) for key, value in rule.items() if isinstance(value, list)})
    return spelled


def _only(own: Mapping[str, Any], spelled: Mapping[str, Any]) -> dict[str, Any]:
    """A connection's own policy with each value as the whole policy spells it; `{}` where nothing is its own."""
    return {
        key: {field: spelled[key][field] for field in value} if isinstance(value, Mapping) else spelled[key]
        for key, value in own.items()
    }


def _chosen(each: Row[Any] | NewConnection) -> dict[str, Any]:
    """What a person chose for a connection: its settings, and its extensions by name."""
    return {**each.settings, "extensions": ", ".join(each.extensions) or None}


_FOR_PEOPLE = ("redirect_uri", "pages_url")
"""Addresses in settings that a browser is led to; the hub sends nothing there."""


def _same_places(row: Row[Any], new: NewConnection) -> bool:
    """Whether the settings lead where those led with which the credentials were stored: these are sent nowhere else.

    Whoever may connect may name another address, and must not learn by it what was stored, which no page shows them.
    """

    def places(settings: Mapping[str, Any]) -> dict[str, str]:
        texts = {key: "".join(value.split()) for key, value in settings.items() if isinstance(value, str)}
        return {key: text for key, text in texts.items() if "//" in text and key not in _FOR_PEOPLE}

    return places(row.settings) == places(new.settings)


def told(missing: Sequence[Fault]) -> list[dict[str, str]]:
    """What is missing, JSON-ready."""
    return [{"code": each.code, "message": each.message, "fix": each.fix} for each in missing]


def _met(relay: Relay) -> tuple[Identity, list[Fault]]:
    """Who the books are, and what is missing there; that it cannot be told is no reason not to connect."""
    identity = relay.check()
    try:
        return identity, relay.missing()
    except BooksProblem:
        return identity, []
