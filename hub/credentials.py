"""Credentials are refreshed by one process at a time, stored before they are used, and never lost on the way (J5, X4).

Refresh tokens rotate: the books forget one once its successor is used. So the successor is committed before anything
else happens, the one it was fetched with is kept as the fall-back, and whoever dies in between is succeeded by somebody
who starts from what is stored, while the books still take that.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select, update

from hub.errors import AuthorisationLost, HubError, InvalidInput, StoreUnreachable
from hub.jobs.lease import is_dead, myself
from hub.store import Database, Seal
from hub.store.tables import connections

POLL_SECONDS = 0.25
"""How often somebody who waits for another process's refresh looks again."""

Ask = Callable[[Mapping[str, str]], Mapping[str, str] | None]
"""Exchanges credentials for fresh ones at the books; None when the adapter cannot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """A connection's opened credentials, numbered; `by_us` when this call fetched them."""

    version: int
    secrets: Mapping[str, str] = field(repr=False)
    by_us: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Turn:
    """The right to refresh: what is stored, and the fence under which the successor will be."""

    fence: int
    version: int
    until: datetime
    present: str = field(repr=False)
    previous: str | None = field(repr=False)


@dataclass(slots=True, kw_only=True)
class Keeper:
    """Keeps one connection's credentials fresh, for all threads of this process.

    Attributes:
        ask: the call to the books.
        lease_seconds: how long others leave a refresh to the process that began it; longer than one call may last.
    """

    database: Database
    seal: Callable[[], Seal]
    now: Callable[[], datetime]
    sleep: Callable[[float], None]
    reach: Callable[[str], None]
    connection_id: int
    company: str
    label: str
    ask: Ask
    lease_seconds: float
    _mutex: threading.Lock = field(default_factory=threading.Lock)
    _used: str | None = field(default=None, repr=False)

    def renewed(self, refused: int, just_fetched: bool = False) -> Credentials:
        """Credentials newer than the version that the books refused: another's, or fetched now.

        `just_fetched`: they were refused right after their refresh, so that another makes sense only when somebody has
        left a fall-back behind since.

        Raises:
            AuthorisationLost: the books refuse to refresh them, or there is nothing to refresh them with.
            HubError: the books could not be asked, or the database cannot be used; nothing is lost by it.
        """
        with self._mutex:
            while True:
                turn = self._take_turn(refused, just_fetched)
                if isinstance(turn, Credentials):
                    return turn
                if turn is None:
                    self.sleep(POLL_SECONDS)
                elif fetched := self._fetch(turn):
                    return fetched

    def _take_turn(self, refused: int, just_fetched: bool) -> Credentials | _Turn | None:
        """The newer ones, the right to fetch them, or None while another has that right."""
        with self.database.read() as db:  # cheap, for those who wait
            row = self._row(db)
        if row.credentials_version == refused and self._other_is_at_it(row):
            return None
        with self.database.write(self.company) as db:
            row = self._row(db)
            if row.credentials_version != refused:
                return Credentials(
                    version=row.credentials_version, secrets=self.seal().open(row.credentials, self.label)
                )
            if not row.credentials or (just_fetched and row.previous_credentials == self._used):
                raise AuthorisationLost(f"There is nothing to renew the authorisation of {self.label} with.")
            if self._other_is_at_it(row):
                return None
            until = self._until()
            mine = {"refresh_fence": row.refresh_fence + 1, "refreshing_by": myself(), "refreshing_until": until}
            db.execute(update(connections).where(connections.c.id == self.connection_id).values(mine))
        self.reach("after-refresh-lease")
        return _Turn(
            fence=row.refresh_fence + 1,
            version=row.credentials_version,
            until=until,
            present=row.credentials,
            previous=row.previous_credentials,
        )

    def _fetch(self, turn: _Turn) -> Credentials | None:
        """Exchange what is stored for fresh ones; None when another has taken the turn over meanwhile."""
        try:
            for sealed in filter(None, (turn.present, turn.previous)):
                until = turn.until if sealed is turn.present else self._prolonged(turn)
                self.reach("before-refresh-call")
                if self.now() >= until:
                    return None
                try:
                    fresh = self.ask(self.seal().open(sealed, self.label))
                except AuthorisationLost:
                    continue
                self.reach("after-refresh-call")
                if fresh is None:
                    break
                return self._store(turn, sealed, fresh)
        except Exception:
            with suppress(HubError):
                self._give_up(turn)
            raise
        if not self._give_up(turn):
            return None
        raise AuthorisationLost(f"The books refuse to renew the authorisation of {self.label}.")

    def _store(self, turn: _Turn, used: str, fresh: Mapping[str, str]) -> Credentials | None:
        """Keep at it while the database is away: these may be the only credentials that the books still take."""
        sealed = self.seal().seal(fresh, self.label)
        patience = self._until()
        while True:
            try:
                stored = self._store_once(turn, used, sealed)
            except StoreUnreachable:
                if self.now() >= patience:
                    raise
                self.sleep(POLL_SECONDS)
            else:
                self._used = used
                self.reach("after-refresh-commit")
                return Credentials(version=turn.version + 1, secrets=dict(fresh), by_us=True) if stored else None

    def _store_once(self, turn: _Turn, used: str, sealed: str) -> bool:
        with self.database.write(self.company) as db:
            stored = db.execute(
                self._of_turn(turn).values(
                    credentials=sealed, previous_credentials=used, credentials_version=turn.version + 1, **_NOBODY
                )
            )
            if not stored.rowcount:
                # Too late: another has taken over. But the books may take only the newest, and that may be this one.
                late = update(connections).where(connections.c.id == self.connection_id)
                db.execute(late.values(previous_credentials=sealed))
            self.reach("inside-refresh-commit")
        return bool(stored.rowcount)

    def _prolonged(self, turn: _Turn) -> datetime:
        """Until when another call may be made: not any more, if somebody has taken over."""
        until = self._until()
        with self.database.write(self.company) as db:
            mine = db.execute(self._of_turn(turn).values(refreshing_until=until)).rowcount
        return until if mine else self.now()

    def _give_up(self, turn: _Turn) -> bool:
        """Leave it to the next who needs it; whether it was still ours."""
        with self.database.write(self.company) as db:
            return bool(db.execute(self._of_turn(turn).values(**_NOBODY)).rowcount)

    def _of_turn(self, turn: _Turn) -> Any:
        return update(connections).where(
            connections.c.id == self.connection_id,
            connections.c.refresh_fence == turn.fence,
            connections.c.credentials_version == turn.version,
        )

    def _until(self) -> datetime:
        return self.now() + timedelta(seconds=self.lease_seconds)

    def _other_is_at_it(self, row: Any) -> bool:
        return bool(row.refreshing_by and row.refreshing_until > self.now() and not is_dead(row.refreshing_by))

    def _row(self, db: Connection) -> Any:
        return db.execute(_ROW.where(connections.c.id == self.connection_id)).one()


_NOBODY: dict[str, Any] = {"refreshing_by": None, "refreshing_until": None}
_ROW = select(
    connections.c.credentials,
    connections.c.credentials_version,
    connections.c.previous_credentials,
    connections.c.refresh_fence,
    connections.c.refreshing_by,
    connections.c.refreshing_until,
)


def store_obtained(db: Connection, connection_id: int, sealed: str) -> None:
    """Store credentials that a person has just obtained, in place of all earlier ones and whoever refreshes those."""
    db.execute(
        update(connections)
        .where(connections.c.id == connection_id)
        .values(
            credentials=sealed,
            credentials_version=connections.c.credentials_version + 1,
            previous_credentials=None,
            refresh_fence=connections.c.refresh_fence + 1,
            **_NOBODY,
        )
    )


def need_texts(given: object) -> None:
    """InvalidInput `bad_credentials` unless names and values are texts; what they are is never told."""
    if not isinstance(given, Mapping) or not all(isinstance(each, str) for pair in given.items() for each in pair):
        raise InvalidInput(
            "The credentials are no JSON object whose values are texts.",
            code="bad_credentials",
            fix='Write them as {"name": "value"}.',
        )
