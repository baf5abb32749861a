"""Counts failed logins, and lets each next one wait ever longer: an account's from one address strictly, others amply.

Whoever guesses at one account has five tries from an address; of IPv6 a /48 is one address, for a host may have as
much to itself. Over all addresses together an account has twenty times as many before it waits. That limit a stranger
can reach, from twenty addresses at once or from one in a day, and keep up; then only the first who tries after each
wait gets a turn. So it does not hold at an address from which the account's owner has logged in within 30 days. From
others, while it lasts, an administrator's new link is the sure way in. In exchange somebody with so many addresses
has a hundred guesses at a password, not five; with passwords of twelve characters that is no more hope. An address
has fifty tries over all its accounts, since an office or a proxy has one address for many people. Who logs in takes
their own mistakes from both counts.

Every transaction locks its subjects in their sorted order, so that none waits for another that waits for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from ipaddress import IPv6Address, IPv6Network, ip_address
from math import ceil

from sqlalchemy import Connection, and_, delete, select, update

from hub.access.secrets import digest
from hub.errors import Refused
from hub.store import Database
from hub.store.people import login_failures

FREE = {"pair": 5, "signed-in": 5, "address": 50, "account": 100}
"""Mistakes that cost nothing: at an account from one address, at one's own account when signed in, from an address at
whatever accounts, and at an account from wherever."""
LONGEST_WAIT = timedelta(minutes=15)
FORGET = timedelta(hours=12)
KNOWN = timedelta(days=30)
"""How long after somebody came in from an address the account's own limit does not hold there."""


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
    """The address under which failures are counted; of IPv6 the /48, the most that one site is usually given."""
    try:
        found = ip_address(address)
    except ValueError:
        return "".join(filter(str.isprintable, address))[:200]
    if isinstance(found, IPv6Address) and found.ipv4_mapped is None:
        return str(IPv6Network((int(found), 48), strict=False))
    return str(getattr(found, "ipv4_mapped", None) or found)


def must_wait(db: Connection, subjects: Sequence[str], now: datetime) -> None:
    """Refused `too_many_logins` while one of these has to wait; an account does not where somebody came in before."""
    met = {_kind(each.subject): each for each in db.execute(_rows.where(_subject.in_([*subjects, _known(subjects)])))}
    known = met.pop("known", None)
    if known is not None and known.last_at > now - KNOWN:
        met.pop("account", None)
    until = max((each.last_at + wait_after(each.failures, FREE[kind]) for kind, each in met.items()), default=now)
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
    for subject in sorted(subjects):
        add = database.insert(login_failures).values(subject=subject, count=1, last_at=now)
        db.execute(
            add.on_conflict_do_update(
                index_elements=[_subject], set_={"count": login_failures.c.count + 1, "last_at": now}
            )
        )
    _clear_away(db, now)


def _clear_away(db: Connection, now: datetime) -> None:
    """Old rows go; one that somebody else has locked is left to the next time, for here nobody may wait."""
    old = and_(login_failures.c.last_at < now - FORGET, ~_subject.startswith("known "))
    gone = select(_subject).where(old | (login_failures.c.last_at < now - KNOWN)).with_for_update(skip_locked=True)
    db.execute(delete(login_failures).where(_subject.in_(gone)))


def forgive(database: Database, db: Connection, subjects: Sequence[str], now: datetime) -> None:
    """Somebody came in: their own mistakes, those of the first subject, are forgotten; those of others stay counted.

    From now on they are known there.
    """
    counted = {each: _locked(db, each) for each in sorted(subjects)}
    mine = counted[subjects[0]]
    for subject, count in counted.items():
        if count > mine:
            db.execute(update(login_failures).where(_subject == subject).values(count=count - mine))
        elif count:
            forget_failures(db, subject)
    add = database.insert(login_failures).values(subject=_known(subjects), count=0, last_at=now)
    db.execute(add.on_conflict_do_update(index_elements=[_subject], set_={"last_at": now}))


def _locked(db: Connection, subject: str) -> int:
    """How often a subject has failed; nobody else counts it until the transaction ends."""
    query = select(login_failures.c["count"]).where(_subject == subject)
    return db.execute(query.with_for_update()).scalar() or 0


def forget_failures(db: Connection, subject: str) -> None:
    """Count a subject anew."""
    db.execute(delete(login_failures).where(login_failures.c.subject == subject))


_subject = login_failures.c.subject
_rows = select(_subject, login_failures.c["count"].label("failures"), login_failures.c.last_at)


def _kind(subject: str) -> str:
    return subject.partition(" ")[0]


def _known(subjects: Sequence[str]) -> str:
    """Under which subject it is kept when somebody last came in here: beside that of account and address together."""
    return f"known {subjects[0].partition(' ')[2]}"
