"""A wish that a program may send twice is carried out once: what was answered is kept, and given again.

A row without a status says that somebody is at it. Where that process is gone, nobody knows how far it came: what does
no more twice than once is then carried out again, the rest is not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, select, update

from hub.errors import InvalidInput, Refused
from hub.store import Database
from hub.store.people import replays

KEPT = timedelta(hours=24)
"""So long at least the same answer is given again."""
LONGEST = timedelta(minutes=15)
"""A process on another machine that is not done by then is taken for dead."""
RETRY_AFTER = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One wish of one key: its word, and the digest of all that was sent with it."""

    key_id: int
    word: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What was answered."""

    status: int
    body: bytes


def check_word(word: str) -> None:
    """InvalidInput `bad_idempotency_key` unless the word is 1 to 255 printable characters of ASCII."""
    if not (0 < len(word) <= 255 and word.isascii() and word.isprintable()):
        raise InvalidInput(
            "The Idempotency-Key cannot be used.",
            code="bad_idempotency_key",
            fix="Send 1 to 255 printable characters of ASCII, such as a UUID.",
        )


def begin(
    database: Database, wish: Wish, now: datetime, *, me: str, is_dead: Callable[[str | None], bool], repeatable: bool
) -> Kept | None:
    """None: carry it out, then :func:`end` or :func:`forget`. Otherwise it was carried out, and this was answered.

    Raises:
        Refused: `idempotency_key_reused` with another wish, `idempotency_key_in_use` while it is carried out,
            `idempotency_outcome_unknown` when whoever carried it out is gone and it must not be done twice.
    """
    check_word(wish.word)
    mine = _mine(wish)
    with database.write(None) as db:
        db.execute(delete(replays).where(replays.c.at < now - KEPT))
        new = {"key_id": wish.key_id, "idempotency_key": wish.word, "digest": wish.digest, "holder": me, "at": now}
        adding = database.insert(replays).values(new).on_conflict_do_nothing().returning(replays.c.key_id)
        if db.execute(adding).first():
            return None
        row = db.execute(select(replays).where(mine).with_for_update()).one()
        if row.digest != wish.digest:
            raise Refused(
                "This Idempotency-Key came with another request before.",
                code="idempotency_key_reused",
                fix="Use a new one for each wish, and the same only to send that wish again.",
            )
        if row.status is not None:
            return Kept(status=row.status, body=row.body or b"")
        if row.holder is not None and not is_dead(row.holder) and now - row.at < LONGEST:
            raise Refused(
                "The first request with this Idempotency-Key is still being carried out.",
                code="idempotency_key_in_use",
                fix="Send it again in a moment.",
                details={"retry_after": RETRY_AFTER},
            )
        if not repeatable:
            raise Refused(
                "The first request with this Idempotency-Key was cut short; nobody knows whether it was carried out.",
                code="idempotency_outcome_unknown",
                fix="Look whether it was; if not, send it with a new Idempotency-Key.",
            )
        db.execute(update(replays).where(mine).values(holder=me, at=now))
    return None


def end(database: Database, wish: Wish, answer: Kept) -> None:
    """It was carried out: keep what was answered."""
    with database.write(None) as db:
        db.execute(update(replays).where(_mine(wish)).values(status=answer.status, body=answer.body, holder=None))


def forget(database: Database, wish: Wish) -> None:
    """It was not carried out, so it may be sent again."""
    with database.write(None) as db:
        db.execute(delete(replays).where(_mine(wish), replays.c.status.is_(None)))


def leave_open(database: Database, wish: Wish) -> None:
    """Nobody knows whether it was carried out, and nobody is at it any more."""
    with database.write(None) as db:
        db.execute(update(replays).where(_mine(wish), replays.c.status.is_(None)).values(holder=None))


def _mine(wish: Wish) -> ColumnElement[bool]:
    return and_(replays.c.key_id == wish.key_id, replays.c.idempotency_key == wish.word)
