"""Users: invited by a link that is good once, let in by their password, known afterwards by a session."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import available_timezones

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from hub.access.logins import count_failure, forget_failures, forgive, must_wait, signed_in, subjects_of
from hub.access.rights import Caller, Grant, Role, read_rights, read_role
from hub.access.secrets import check_password, digest, hash_password, new_secret, password_fits
from hub.errors import InvalidInput, NotFound, Refused
from hub.queue import Right
from hub.queue.trail import WHOLE
from hub.store import Database
from hub.store.people import invitations, memberships, sessions, users

GOOD_FOR = timedelta(days=3)
"""An invitation."""
IDLE, LONGEST = timedelta(hours=12), timedelta(days=7)
"""A session ends after so long without a request, and after so long in any case."""
_SEEN = timedelta(minutes=1)
_AT_ONCE = threading.BoundedSemaphore(4)
"""Passwords are checked by so few at a time: each takes 64 MiB, and whoever sends many at once would try as many."""


def nobody_yet(db: Connection) -> bool:
    """Whether there is no user at all: the hub is new."""
    return db.execute(select(func.count()).select_from(users)).scalar_one() == 0


def invite(db: Connection, user_id: int | None, now: datetime) -> str:
    """A link's secret, good once; without a user, for the first administrator. Older ones of the user end."""
    db.execute(delete(invitations).where(invitations.c.user_id.is_not_distinct_from(user_id)))
    secret = new_secret()
    db.execute(insert(invitations).values(digest=digest(secret), user_id=user_id, expires_at=now + GOOD_FOR))
    return secret


def invited(db: Connection, secret: str, now: datetime) -> Row[Any]:
    """The invitation, still good; NotFound `invitation_not_found`. A first administrator's ends with the first user."""
    found = db.execute(select(invitations).where(invitations.c.digest == digest(secret))).first()
    stale = found is None or found.used_at is not None or found.expires_at <= now
    if found is None or stale or (found.user_id is None and not nobody_yet(db)):
        raise NotFound(
            "This link has been used, or is too old.",
            code="invitation_not_found",
            fix="Ask an administrator for another.",
        )
    return found


def accept(db: Connection, secret: str, password: str, now: datetime, *, email: str = "", name: str = "") -> int:
    """Set the password that the invitation is for, and end all sessions; the user's id."""
    link = invited(db, secret, now)
    id = link.user_id if link.user_id is not None else add_user(db, email, name, now, administrator=True)
    person = db.execute(select(users).where(users.c.id == id)).one()
    check_password(password, person.email, person.name, person.email.partition("@")[0])
    db.execute(update(users).where(users.c.id == id).values(password=hash_password(password)))
    db.execute(update(invitations).where(invitations.c.digest == link.digest).values(used_at=now))
    _end_links(db, id)
    forget_failures(db, f"account {person.email}")  # before the sessions, as at a login: nobody waits in a circle
    db.execute(delete(sessions).where(sessions.c.user_id == id))
    return int(id)


def _end_links(db: Connection, user_id: int) -> None:
    """No link that somebody was given before lets anybody choose their password again; used ones are kept."""
    db.execute(delete(invitations).where(invitations.c.user_id == user_id, invitations.c.used_at.is_(None)))


def add_user(db: Connection, email: str, name: str, now: datetime, *, administrator: bool = False) -> int:
    """Add somebody, without a password yet; InvalidInput `bad_email`, `bad_name` or `user_exists`."""
    email, name = email.strip().casefold(), name.strip()
    local, at, host = email.rpartition("@")
    if (
        not (local and at and host)
        or len(email) > 200
        or any(char.isspace() or not char.isprintable() for char in email)
    ):
        raise InvalidInput(
            f"{email[:80]!r} is not an e-mail address.", code="bad_email", fix="Write it as name@example.com."
        )
    if not name or len(name) > 100 or not name.isprintable():
        raise InvalidInput("A user has a name of up to 100 characters.", code="bad_name", fix="Give one.")
    if db.execute(select(users.c.id).where(users.c.email == email)).first():
        raise InvalidInput(f"There is a user {email} already.", code="user_exists", fix="Change that one.")
    values = {"email": email, "name": name, "administrator": administrator, "created_at": now}
    return int(db.execute(insert(users).returning(users.c.id), values).scalar_one())


def membership(db: Connection, user_id: int, company: str) -> dict[str, Any]:
    """`role` and `rights` of a user in a company; no role: nothing."""
    mine = (memberships.c.user_id == user_id, memberships.c.company_id == company)
    row = db.execute(select(memberships).where(*mine)).first()
    return {"role": row.role, "rights": row.rights} if row else {"role": None, "rights": []}


def set_membership(db: Connection, user_id: int, company: str, role: str | None, rights: Iterable[str] = ()) -> None:
    """What a user is in a company; no role: nothing."""
    db.execute(delete(memberships).where(memberships.c.user_id == user_id, memberships.c.company_id == company))
    if role is not None:
        kept = sorted(read_rights(rights))
        values = {"user_id": user_id, "company_id": company, "role": read_role(role), "rights": kept}
        db.execute(insert(memberships).values(values))


def disable(db: Connection, user_id: int, now: datetime | None) -> None:
    """Shut somebody out at once, or (None) let them in again; the last administrator stays."""
    row = user_row(db, user_id)
    if now is not None and row.administrator:
        others = select(func.count()).where(users.c.administrator, users.c.id != user_id, users.c.disabled_at.is_(None))
        if db.execute(others).scalar_one() == 0:
            raise Refused(
                "The last administrator cannot be shut out.", code="last_administrator", fix="Make another first."
            )
    db.execute(update(users).where(users.c.id == user_id).values(disabled_at=now))
    db.execute(delete(sessions).where(sessions.c.user_id == user_id))


def user_row(db: Connection, user_id: int) -> Row[Any]:
    """The user; NotFound `user_not_found`."""
    row = db.execute(select(users).where(users.c.id == user_id)).first()
    if row is None:
        raise NotFound("There is no such user.", code="user_not_found", fix="Look at the list of users.")
    return row


def list_users(db: Connection) -> list[dict[str, Any]]:
    """All users with what they are in each company."""
    theirs: dict[int, list[dict[str, Any]]] = {}
    for row in db.execute(select(memberships).order_by(memberships.c.company_id)):
        each = {"company": row.company_id, "role": row.role, "rights": row.rights}
        theirs.setdefault(row.user_id, []).append(each)
    return [
        {
            "id": row.id,
            "email": row.email,
            "name": row.name,
            "administrator": row.administrator,
            "state": "shut out" if row.disabled_at else "active" if row.password else "invited",
            "companies": theirs.get(row.id, []),
        }
        for row in db.execute(select(users).order_by(users.c.email))
    ]


def log_in(database: Database, email: str, password: str, address: str, now: datetime) -> str:
    """A new session's secret; Refused `login_failed`, the same for whatever was wrong, or `too_many_logins`."""
    email = "".join(filter(str.isprintable, email.strip().casefold()))[:200]
    subjects = subjects_of(email, address)
    with _AT_ONCE:
        with database.read() as db:
            must_wait(db, subjects, now)
            row = db.execute(select(users).where(users.c.email == email)).first()
        fits = password_fits(row.password if row else None, password[:1000])  # outside of any transaction: it is slow
        with database.write(None) as db:
            if fits and row is not None and _still(db, row):
                forgive(database, db, subjects, now)
                return start_session(db, row.id, now)
            count_failure(database, db, subjects, now)
    raise Refused("E-mail address and password do not belong together.", code="login_failed", fix="Try again.")


def _still(db: Connection, known: Row[Any]) -> bool:
    """Whether somebody may come in, and with the password they had a moment ago: it may just have been changed."""
    row = db.execute(select(users).where(users.c.id == known.id).with_for_update()).one()
    return row.password == known.password and row.disabled_at is None


def start_session(db: Connection, user_id: int, now: datetime) -> str:
    """A session's secret; sessions that ended long ago are cleared away."""
    secret = new_secret()
    db.execute(delete(sessions).where(sessions.c.created_at < now - LONGEST))
    db.execute(insert(sessions).values(digest=digest(secret), user_id=user_id, created_at=now, seen_at=now))
    return secret


def change_password(
    database: Database, user_id: int, old: str, new: str, now: datetime, noted: Callable[[Connection, Row[Any]], None]
) -> str:
    """Set a new password for somebody who knows the old one; sessions and links end, a new session's secret is given.

    Args:
        noted: told the user, in the transaction that changes the password.

    Raises:
        Refused: `login_failed`, `too_many_logins`. InvalidInput: `weak_password`.
    """
    with _AT_ONCE:
        with database.read() as db:
            row = user_row(db, user_id)
            subject = signed_in(row.email)
            must_wait(db, [subject], now)
        check_password(new, row.email, row.name, row.email.partition("@")[0])
        fits = password_fits(row.password, old[:1000])
        hashed = hash_password(new) if fits else ""
        with database.write(WHOLE) as db:
            if fits and _still(db, row):
                db.execute(update(users).where(users.c.id == user_id).values(password=hashed))
                _end_links(db, user_id)
                noted(db, row)
                return end_sessions(db, user_id, now)
            count_failure(database, db, [subject], now)
    raise Refused("The present password is another one.", code="login_failed", fix="Try again.")


def end_sessions(db: Connection, user_id: int, now: datetime) -> str:
    """End every session of somebody, everywhere, but for the new one whose secret is given."""
    db.execute(delete(sessions).where(sessions.c.user_id == user_id))
    return start_session(db, user_id, now)


def set_zone(db: Connection, user_id: int, zone: str | None) -> None:
    """The time zone in which somebody sees times; none: the browser's. InvalidInput `bad_zone`."""
    if zone is not None and (len(zone) > 60 or zone not in available_timezones()):
        raise InvalidInput("There is no such time zone.", code="bad_zone", fix="Write it as Europe/Berlin.")
    db.execute(update(users).where(users.c.id == user_id).values(zone=zone))


def log_out(db: Connection, secret: str) -> None:
    """End a session."""
    db.execute(delete(sessions).where(sessions.c.digest == digest(secret)))


def who_is(database: Database, secret: str, now: datetime, *, seen: bool = True) -> Caller | None:
    """The person this session belongs to, or None once it has ended; not `seen`: a page that asks by itself."""
    with database.read() as db:
        found = db.execute(
            select(users, sessions.c.seen_at, sessions.c.created_at.label("since"))
            .join(sessions, sessions.c.user_id == users.c.id)
            .where(sessions.c.digest == digest(secret), users.c.disabled_at.is_(None))
        ).first()
        if found is None or now - found.seen_at > IDLE or now - found.since > LONGEST:
            return None
        theirs = db.execute(select(memberships).where(memberships.c.user_id == found.id)).all()
    if seen and now - found.seen_at > _SEEN:
        with database.write(None) as db:
            db.execute(update(sessions).where(sessions.c.digest == digest(secret)).values(seen_at=now))
    return Caller(
        name=found.name,
        grants={row.company_id: read_grant(row) for row in theirs},
        administrator=found.administrator,
        user_id=found.id,
        zone=found.zone,
    )


def read_grant(row: Row[Any]) -> Grant:
    """A stored role with its rights; rights that this version does not know count for nothing."""
    return Grant(role=Role(row.role), rights=frozenset(right for right in Right if right.value in row.rights))
