"""Which requests a job takes, and in which order they leave: the same for a job and for a plan (rules J4, J10)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, case, exists, func, select

from hub.queue import NOT_RECORDED, State
from hub.queue.order import EARLY
from hub.store.tables import planned, requests

_earlier = requests.alias("earlier")
_write = requests.alias("w")


def ready(each: Any) -> ColumnElement[bool]:
    """What a job of connection `b_lane` takes at the instant `b_now`; `each` is the table of requests, or an alias."""
    return and_(
        each.c.connection_id == bindparam("b_lane"),
        (each.c.state == State.UNKNOWN)
        | (
            (each.c.state == State.WAITING)
            & (each.c.reason.is_(None) | (each.c.reason != NOT_RECORDED))
            & (each.c.not_before.is_(None) | (each.c.not_before <= bindparam("b_now")))
            # One that waits behind a request of unknown outcome cannot be sent before that is known.
            & ~exists().where(
                _earlier.c.connection_id == each.c.connection_id,
                _earlier.c.record_id == each.c.record_id,
                _earlier.c.removal == each.c.removal,
                _earlier.c.state.in_([State.UNKNOWN, State.LOCKED]),
            )
        ),
    )


def in_plan(each: Any) -> ColumnElement[bool]:
    """What the plan `b_plan` names."""
    named: ColumnElement[bool] = each.c.id.in_(
        select(planned.c.request_id).where(planned.c.plan_id == bindparam("b_plan"))
    )
    return named


def makes_room(taken: Callable[[Any], ColumnElement[bool]]) -> ColumnElement[bool]:
    """A removal that must go before all writes: the same job creates its record anew, or one of its name."""
    write = and_(taken(_write), _write.c.removal.is_(False))
    return and_(
        requests.c.removal.is_(True),
        exists().where(write, _write.c.record_id == requests.c.record_id, _write.c.id > requests.c.id)
        | func.lower(requests.c.title).in_(
            select(func.lower(_write.c.title)).where(write, _write.c.operation == "create")
        ),
    )


def ranked(taken: Callable[[Any], ColumnElement[bool]]) -> ColumnElement[int]:
    """The rank that a job gives a request when it takes these."""
    turn = case((requests.c.rank < 0, requests.c.rank + EARLY), else_=requests.c.rank)
    return case((makes_room(taken), turn - EARLY), else_=turn)
