"""One action on many requests: exactly those that were shown, and what a rule forbids is told for each (Q5)."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, select

from hub.conflicts import settle_released
from hub.errors import InvalidInput, Refused
from hub.queue import Actor, Core, Filter, Lane, Right, State, hold, release, retry
from hub.queue.apply import BY_ITSELF
from hub.queue.listing import amount_words
from hub.queue.removal import LOOKS_BY_ITSELF
from hub.records.actions import remove_one
from hub.store.among import among
from hub.store.tables import requests

MOST_REMOVED = 1000
"""Each removal is decided on its own, while nobody else of the company may write."""
TOLD = 200
"""So many refusals are told one by one."""


class Action(StrEnum):
    """What can be done to many requests at once."""

    HOLD = "hold"
    RELEASE = "release"
    RETRY = "retry"
    REMOVE = "remove"


def read_action(given: str) -> Action:
    """The action of that name; InvalidInput `bad_action`."""
    try:
        return Action(given)
    except ValueError:
        raise InvalidInput(
            f"There is no action {given!r}.", code="bad_action", fix=f"Choose one of {', '.join(Action)}."
        ) from None


Which = Filter | Sequence[int]
"""All that a filter lets through, or those of these ids."""


def sum_up(core: Core, lane: Lane, which: Which) -> dict[str, Any]:
    """How many requests these are and what they come to in each currency; `seal` knows them again."""
    with core.database.read() as db:
        return _sum(db, lane, which)


def act_on_many(
    core: Core, lane: Lane, action: Action, which: Which, actor: Actor, *, reason: str | None = None,
    seal: str | None = None, expect: int | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Do it to all of them that the rules allow: `done` says how many, `refused` why not the others.

    Args:
        seal: of what was shown to the person who confirmed.
        expect: how many they are to be, for programs that have no seal.

    Raises:
        Refused: `queue_changed` when they are no longer those of the seal, `count_changed` when they are not as many as
            expected, `not_permitted`.
        InvalidInput: `reason_missing` for a hold or a removal, `too_many`. Nothing was done then.
    """
    reason = (reason or "").strip() or None
    if action is Action.REMOVE:
        actor.must_have(Right.REMOVE)
    if reason is None and action in (Action.HOLD, Action.REMOVE):
        raise InvalidInput("A reason is missing.", code="reason_missing", fix="Say why; it is kept in the history.")
    with core.database.write(lane.company) as db:
        found = _sum(db, lane, which)
        if seal is not None and seal != found["seal"]:
            raise Refused(
                f"The queue has changed: {found['count']} match now, others than were shown; nothing was done.",
                code="queue_changed",
                fix="Look at what matches now, and confirm again.",
            )
        if expect is not None and expect != found["count"]:
            raise Refused(
                f"{found['count']} requests match, not {expect}; nothing was done.",
                code="count_changed",
                fix="List them anew, and give the number that matches now.",
                details={"count": found["count"]},
            )
        if action is Action.REMOVE and found["count"] > MOST_REMOVED:
            raise InvalidInput(
                f"{found['count']} requests are too many to remove at once.",
                code="too_many",
                fix=f"Narrow the view to {MOST_REMOVED} or fewer.",
            )
        these, given = _these(lane, which)
        rows = db.execute(select(*_NEEDED).where(*these).order_by(requests.c.id), given).all()
        if action is Action.REMOVE:
            return _remove(core, db, lane, rows, actor, reason)
        whole = isinstance(which, Filter)
        refused = [(row, why) for row in rows if (why := _why_not(action, row, whole=whole))]
        left = {row.id for row, _ in refused}
        ids = [row.id for row in rows if row.id not in left]
        now, done = core.now(), 0
        if ids:
            match action:
                case Action.HOLD:
                    done = hold(db, lane, ids, reason or "", actor, now)
                case Action.RELEASE:
                    done = release(db, lane, ids, actor, now, reason)
                    settle_released(db, lane.id, ids, now, actor)
                case Action.RETRY:
                    done = retry(db, lane, ids, actor, now, reason)
        return _told(done, refused)


_NEEDED: tuple[Any, ...] = tuple(
    requests.c[name]
    for name in (
        "id",
        "type",
        "source_id",
        "title",
        "operation",
        "state",
        "held_by",
        "error_class",
        "error_code",
        "not_before",
    )
)


def _these(lane: Lane, which: Which) -> tuple[list[ColumnElement[bool]], dict[str, Any]]:
    """Conditions, and the parameters that go with them."""
    mine = requests.c.connection_id == lane.id
    if isinstance(which, Filter):
        return [mine, *which.conditions()], {}
    return [mine, among(requests.c.id, "ids")], {"ids": list(which)}


def _sum(db: Connection, lane: Lane, which: Which) -> dict[str, Any]:
    these, given = _these(lane, which)
    columns = (requests.c.currency, func.count(), func.sum(requests.c.amount), func.sum(requests.c.id))
    rows = db.execute(select(*columns).where(*these).group_by(requests.c.currency), given).all()
    count = sum(row[1] for row in rows)
    return {
        "count": count,
        "seal": f"{count}.{sum(int(row[3]) for row in rows)}",
        "totals": [
            {"currency": currency, "count": number, "amount": amount_words(amount, currency)}
            for currency, number, amount, _ in sorted(rows, key=lambda row: row[0] or "")
            if amount is not None
        ],
    }


_SENT = Refused("A sync job is sending this right now.", code="request_locked", fix="Wait for the job, or cancel it.")
_DOUBT = Refused(
    "It was sent, and nobody knows yet whether the books took it.",
    code="outcome_unknown",
    fix=LOOKS_BY_ITSELF,
)
_HAND = Refused(
    "Whether the books took it can only be seen there, document by document.",
    code="outcome_unknown",
    fix="Look in the books, then select and release those that are not there.",
)
_NOT_HELD = Refused("It is not on hold.", code="not_held", fix="Nothing needs to be done.")
_HELD = Refused("A person holds it.", code="request_held", fix="Release it first.")
_NOT_FAILED = Refused("It has not failed, and is not put off.", code="not_failed", fix="Nothing needs to be done.")


def _why_not(action: Action, row: Row[Any], *, whole: bool) -> Refused | None:
    """Why this action passes over this request; None when it does not."""
    if row.state == State.LOCKED:
        return _SENT
    by_hand = row.state == State.UNKNOWN and row.error_code == "check_by_hand"
    if row.state == State.UNKNOWN and not (by_hand and action is Action.RELEASE):
        return _DOUBT
    if by_hand:
        return _HAND if whole else None
    match action:
        case Action.HOLD | Action.REMOVE:
            return None
        case Action.RELEASE:
            return None if row.state == State.HELD or row.error_code == "stale_version" else _NOT_HELD
        case Action.RETRY:
            if row.error_class is None and row.not_before is None:
                return _NOT_FAILED
            return _HELD if row.state == State.HELD and row.held_by != BY_ITSELF else None


def _remove(
    core: Core, db: Connection, lane: Lane, rows: Sequence[Row[Any]], actor: Actor, reason: str | None
) -> dict[str, Any]:
    refused, done = [], 0
    for row in rows:
        try:
            remove_one(core, db, lane, row.id, actor, reason)  # it refuses before it writes anything
            done += 1
        except Refused as refusal:
            refused.append((row, refusal))
    return _told(done, refused)


def _told(done: int, refused: Sequence[tuple[Row[Any], Refused]]) -> dict[str, Any]:
    return {
        "done": done,
        "refused": [
            {"id": row.id, "type": row.type, "source_id": row.source_id, "title": row.title,
             "operation": row.operation, "code": why.code, "message": why.message, "fix": why.fix}
            for row, why in refused[:TOLD]
        ],
        "refused_total": len(refused),
    }  # fmt: skip
