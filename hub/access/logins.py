"""Counts failed logins, and lets each next one wait ever longer: an account's from one address strictly, others amply.

Whoever guesses at one account has five tries from an address, as before. Over all addresses together an account has
twenty times as many before it waits, so that a stranger elsewhere does not lock its owner out: that takes guessing from
more than twenty networks at once, and even then the owner's turn comes every 15 minutes. In exchange somebody with so
many networks has a hundred guesses at a password, not five; with passwords of twelve characters that is no more hope.
An address has fifty tries over all its accounts, since an office or a proxy has one address for many people. Who comes
in takes their own mistakes from both counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from ipaddress import IPv6Address, IPv6Network, ip_address
from math import ceil

from sqlalchemy import Connection, delete, select, update

from hub.access.secrets import digest
from hub.errors import Refused
from hub.store import Database
from hub.store.people import login_failures

FREE = {"pair": 5, "signed-in": 5, "address": 50, "account": 100}
"""Mistakes that cost nothing: at an account from one address, at one's own account when signed in, from an address at
whatever accounts, and at an account from wherever."""
LONGEST_WAIT = timedelta(minutes=15)
FORGET = timedelta(hours=12)


def wait_after(count: int, free: int) -> timedelta:
    """How long nobody is let in after so many failures: 2, 4, 8 … seconds beyond those free, at most 15 minutes."""
    return timedelta() if count < free else min(timedelta(seconds=2 ** min(count - free + 1, 20)), LONGEST_WAIT)


def subjects_of(email: str, address: str) -> list[str]:
    """Under which subjects a failure counts: account and address together, then each alone."""
    where = whence(address)
    return [f"pair {digest(f'{email} {where}')}", f"address {where}", f"account {email}"]


def signed_in(email: str) -> str:
    """The subject under which somebody's mistakes at their own old password count."""
    return f"signed-in {email}"


def whence(address: str) -> str:
    """The address under which failures are counted; of IPv6 the network, for each household has 2**64 addresses."""
    try:
        found = ip_address(address)
    except ValueError:
        return "".join(filter(str.isprintable, address))[:200]
    if isinstance(found, IPv6Address) and found.ipv4_mapped is None:
        return str(IPv6Network((int(found), 64), strict=False))
    return str(getattr(found, "ipv4_mapped", None) or found)


def must_wait(db: Connection, subjects: Sequence[str], now: datetime) -> None:
    """Refused `too_many_logins` while one of these has to wait."""
    rows = db.execute(select(login_failures).where(login_failures.c.subject.in_(subjects))).all()
    until = max((row.last_at + wait_after(row._mapping["count"], _free(row.subject)) for row in rows), default=now)
    if until > now:
        seconds = ceil((until - now).total_seconds())
        raise Refused(
            f"There were too many failed logins; the next is possible in {seconds} seconds.",
            code="too_many_logins",
            fix="Wait, or ask an administrator for a new link.",
            details={"retry_after": seconds},
        )


def count_failure(database: Database, db: Connection, subjects: Sequence[str], now: datetime) -> None:
    """One more failure for each of these."""
    for subject in subjects:
        add = database.insert(login_failures).values(subject=subject, count=1, last_at=now)
        db.execute(
            add.on_conflict_do_update(
                index_elements=[login_failures.c.subject], set_={"count": login_failures.c.count + 1, "last_at": now}
            )
        )
    db.execute(delete(login_failures).where(login_failures.c.last_at < now - FORGET))


def forgive(db: Connection, subjects: Sequence[str]) -> None:
    """Whoever came in has their own mistakes, those of the first subject, forgotten; those of others stay counted."""
    own, *shared = subjects
    mine = db.execute(select(_count).where(login_failures.c.subject == own)).scalar() or 0
    among = update(login_failures).where(login_failures.c.subject.in_(shared), _count > mine)
    db.execute(among.values(count=_count - mine))
    db.execute(delete(login_failures).where(login_failures.c.subject.in_(shared), _count <= mine))
    forget_failures(db, own)


def forget_failures(db: Connection, subject: str) -> None:
    """Count a subject anew."""
    db.execute(delete(login_failures).where(login_failures.c.subject == subject))


_count = login_failures.c["count"]


def _free(subject: str) -> int:
    return FREE[subject.partition(" ")[0]]
