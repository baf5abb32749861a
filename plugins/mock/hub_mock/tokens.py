"""The books' authorisation server: access tokens that expire, and refresh tokens that rotate and are forgotten.

It is as strict as any real one. Only the newest access token is taken. A refresh token that was exchanged is taken
again for a grace, and only until its successor was used for anything; exchanged again, it voids that successor.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from hub.errors import AuthorisationLost
from hub_mock.settings import MockSettings

TABLE = """
CREATE TABLE IF NOT EXISTS tokens (
    connection TEXT PRIMARY KEY, access TEXT NOT NULL, expires REAL NOT NULL, used INTEGER NOT NULL,
    refresh TEXT NOT NULL, previous TEXT, grace REAL,
    authorised INTEGER NOT NULL, refreshed INTEGER NOT NULL, reissued INTEGER NOT NULL, refused INTEGER NOT NULL)
"""
_FIX = "Connect it again."


class Tokens:
    """One connection's tokens, inside a transaction that the caller has begun and will commit."""

    def __init__(self, books: sqlite3.Connection, settings: MockSettings, connection: str, now: datetime) -> None:
        self._books, self._settings, self._connection = books, settings, connection
        self._now = now.timestamp()

    def authorise(self) -> dict[str, str]:
        """A person lets the hub in: new tokens; all earlier ones are void."""
        access, refresh = _token("access"), _token("refresh")
        row = (self._connection, access, self._now + self._settings.token_seconds, refresh)
        self._books.execute(
            "INSERT INTO tokens VALUES (?, ?, ?, 0, ?, NULL, NULL, 1, 0, 0, 0) ON CONFLICT (connection) DO UPDATE SET"
            " access = excluded.access, expires = excluded.expires, used = 0, refresh = excluded.refresh,"
            " previous = NULL, grace = NULL, authorised = authorised + 1",
            row,
        )
        return {"access_token": access, "refresh_token": refresh}

    def refresh(self, given: Mapping[str, str]) -> dict[str, str] | None:
        """Exchange a refresh token; None when it is refused."""
        held = self._held()
        token = given.get("refresh_token", "")
        if held is not None and token == held["refresh"]:
            previous, grace, counted = token, self._now + self._settings.token_grace, "refreshed"
        elif held is not None and token == held["previous"] and self._now < held["grace"]:
            previous, grace, counted = token, held["grace"], "reissued"
        else:
            self._set("refused = refused + 1")
            return None
        access, refresh = _token("access"), _token("refresh")
        self._set(
            f"access = ?, expires = ?, used = 0, refresh = ?, previous = ?, grace = ?, {counted} = {counted} + 1",
            access, self._now + self._settings.token_seconds, refresh, previous, grace,
        )  # fmt: skip
        return {"access_token": access, "refresh_token": refresh}

    def fresh(self, given: Mapping[str, str]) -> bool:
        """Whether this access token, which is good, is used for the first time.

        Raises:
            AuthorisationLost: it is unknown or has expired. As with real books, the words quote it.
        """
        held = self._held()
        token = given.get("access_token", "")
        if held is None or token != held["access"]:
            raise AuthorisationLost(f"The books do not know the access token {token!r}.", fix=_FIX)
        if self._now >= held["expires"]:
            raise AuthorisationLost(f"The access token {token!r} has expired.", fix=_FIX)
        return not held["used"]

    def note_use(self) -> None:
        """The newest tokens have arrived, so their predecessors are forgotten."""
        self._set("used = 1, previous = NULL, grace = NULL")

    def counts(self) -> dict[str, int]:
        """How often the hub was authorised, and how often its tokens were refreshed, reissued and refused."""
        held = self._held()
        return {name: held[name] if held else 0 for name in ("authorised", "refreshed", "reissued", "refused")}

    def _held(self) -> dict[str, Any] | None:
        cursor = self._books.execute("SELECT * FROM tokens WHERE connection = ?", (self._connection,))
        row = cursor.fetchone()
        return dict(zip((column[0] for column in cursor.description), row, strict=True)) if row else None

    def _set(self, what: str, *values: object) -> None:
        self._books.execute(f"UPDATE tokens SET {what} WHERE connection = ?", (*values, self._connection))


def _token(kind: str) -> str:
    return f"{kind}-{secrets.token_hex(16)}"
