"""API keys: shown once, kept as a digest, good for one company, with a role and rights, until a day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, select, update

from hub.access.rights import Caller, read_rights, read_role
from hub.access.secrets import digest, new_secret
from hub.access.users import read_grant
from hub.errors import InvalidInput, NotFound
from hub.queue import Actor
from hub.store import Database
from hub.store.people import api_keys

PREFIX = "hub_"
"""By which secret scanners know a key."""
LONGEST_NAME = 100
"""Of whoever acts, as the audit trail keeps it."""
_USED = timedelta(minutes=1)


def add_key(
    db: Connection, company: str, name: str, now: datetime, *, by: Actor, role: str, rights: Iterable[str] = (),
    expires_at: datetime | None = None,
) -> dict[str, Any]:  # fmt: skip
    """A new key with its `secret`, which is never shown again; InvalidInput `bad_name`, `bad_role`, `bad_expiry`."""
    name = name.strip()
    if not name or len(name) > 100 or not name.isprintable():
        raise InvalidInput("A key has a name of up to 100 characters.", code="bad_name", fix="Say what uses it.")
    if expires_at is not None and expires_at <= now:
        raise InvalidInput("This day has passed.", code="bad_expiry", fix="Choose a day to come.")
    secret = new_secret(PREFIX)
    values = {
        "company_id": company, "name": name, "digest": digest(secret), "role": read_role(role),
        "rights": sorted(read_rights(rights)), "created_by": by.name, "made_by": by.user_id, "created_at": now,
        "expires_at": expires_at,
    }  # fmt: skip
    row = db.execute(insert(api_keys).returning(api_keys), values).one()
    return {**_describe(row), "secret": secret}


def list_keys(db: Connection, company: str) -> list[dict[str, Any]]:
    """A company's keys, newest first, without their secrets."""
    query = select(api_keys).where(api_keys.c.company_id == company).order_by(api_keys.c.id.desc())
    return [_describe(row) for row in db.execute(query)]


def good_keys(db: Connection, now: datetime) -> list[dict[str, Any]]:
    """The keys of all companies that let somebody in now."""
    good = select(api_keys).where(
        api_keys.c.revoked_at.is_(None), api_keys.c.expires_at.is_(None) | (api_keys.c.expires_at > now)
    )
    return [_describe(row) for row in db.execute(good.order_by(api_keys.c.company_id, api_keys.c.id))]


def maker(key: Mapping[str, Any]) -> int | str:
    """Who made a key: the user's id, or the name where no user is known to have made it. Two users may share a name."""
    return str(key["created_by"]) if key["made_by"] is None else int(key["made_by"])


def revoke_key(db: Connection, company: str, key_id: int, now: datetime) -> str:
    """End a key at once; its name. NotFound `key_not_found`."""
    mine = (api_keys.c.id == key_id, api_keys.c.company_id == company)
    name: str | None = db.execute(select(api_keys.c.name).where(*mine)).scalar()
    if name is None:
        raise NotFound("There is no such key.", code="key_not_found", fix="Look at the list of keys.")
    db.execute(update(api_keys).where(*mine, api_keys.c.revoked_at.is_(None)).values(revoked_at=now))
    return name


def whose_key(database: Database, secret: str, now: datetime) -> Caller | None:
    """The program this key belongs to; None when there is none, or it has ended."""
    if not secret.startswith(PREFIX):
        return None
    with database.read() as db:
        row = db.execute(select(api_keys).where(api_keys.c.digest == digest(secret))).first()
    if row is None or row.revoked_at is not None or (row.expires_at is not None and row.expires_at <= now):
        return None
    if row.used_at is None or now - row.used_at > _USED:
        with database.write(None) as db:
            db.execute(update(api_keys).where(api_keys.c.id == row.id).values(used_at=now))
    return Caller(name=f"key {row.name}"[:LONGEST_NAME], grants={row.company_id: read_grant(row)}, key_id=row.id)


def _describe(row: Any) -> dict[str, Any]:
    def at(instant: datetime | None) -> str | None:
        return None if instant is None else instant.isoformat()

    return {
        "id": row.id,
        "company": row.company_id,
        "name": row.name,
        "role": row.role,
        "rights": row.rights,
        "created_by": row.created_by,
        "made_by": row.made_by,
        "created_at": at(row.created_at),
        "expires_at": at(row.expires_at),
        "used_at": at(row.used_at),
        "revoked_at": at(row.revoked_at),
    }
