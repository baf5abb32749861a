"""Counts failed logins, for an account and for an address alike, and lets each wait ever longer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from ipaddress import IPv6Address, IPv6Network, ip_address
from math import ceil

from sqlalchemy import Connection, delete, select

from hub.errors import Refused
from hub.store import Database
from hub.store.people import login_failures

FREE = 5
"""Mistakes that cost nothing."""
LONGEST_WAIT = timedelta(minutes=15)
FORGET = timedelta(hours=12)


def wait_after(count: int) -> timedelta:
    """How long nobody is let in after so many failures in a row: 2, 4, 8 … seconds, at most 15 minutes."""
    return timedelta() if count < FREE else min(timedelta(seconds=2 ** min(count - FREE + 1, 20)), LONGEST_WAIT)


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
    until = max((row.last_at + wait_after(row._mapping["count"]) for row in rows), default=now)
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


def forget_failures(db: Connection, subject: str) -> None:
    """The right password was given."""
    db.execute(delete(login_failures).where(login_failures.c.subject == subject))
