"""What a person has begun and must come back to: kept sealed for a short while, for the session that began it, once."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select

from hub.access.secrets import digest, new_secret
from hub.errors import NotFound
from hub.store.people import connecting

GOOD_FOR = timedelta(minutes=20)


def new_state() -> str:
    """A state that nobody can guess."""
    return new_secret()


def keep(db: Connection, state: str, session: str, sealed: str, now: datetime) -> None:
    """Keep it under this state; what nobody came back to in time is cleared away."""
    db.execute(delete(connecting).where(connecting.c.expires_at <= now))
    row = {"digest": digest(state), "session": digest(session), "sealed": sealed, "expires_at": now + GOOD_FOR}
    db.execute(insert(connecting).values(row))


def look(db: Connection, state: str, session: str, now: datetime) -> str:
    """What was kept, for the session that began it; NotFound `connecting_expired` for everybody else."""
    row = db.execute(select(connecting).where(connecting.c.digest == digest(state))).first()
    if row is None or row.session != digest(session) or row.expires_at <= now:
        raise NotFound(
            "This is not the answer to a question of yours, or it came too late.",
            code="connecting_expired",
            fix="Begin to connect anew.",
        )
    return str(row.sealed)


def take(db: Connection, state: str, session: str, now: datetime) -> str:
    """As :func:`look`, once."""
    sealed = look(db, state, session, now)
    db.execute(delete(connecting).where(connecting.c.digest == digest(state)))
    return sealed
