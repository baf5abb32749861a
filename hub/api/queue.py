"""The Sync Queue: listed, and acted on."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Query

from hub.api import inputs, shapes
from hub.api.caller import OperatesOn, ReadsOn
from hub.api.routing import Routes, told
from hub.errors import ErrorClass, InvalidInput
from hub.model import Operation, RecordType
from hub.queue import State

router = Routes("queue", prefix="/connections/{company}/{name}")
Psr = Annotated[int, Path(ge=1, le=2**63 - 1)]
_REQUEST = {
    "id": 41, "connection": "acme-trading/mock", "type": "ship_doc", "source_id": "10248", "title": "10248",
    "operation": "create", "origin": "saved", "state": "waiting", "reason": None, "waits_for": None, "attempts": 0,
    "error": None, "amount": "168.00", "currency": "USD", "queued_at": "2026-01-05T09:00:00+00:00", "job": None,
}  # fmt: skip
_REMOVED = {"id": 41, "type": "ship_doc", "source_id": "10248", "operation": "create", "reopened": True}


@router.get(
    "/queue",
    summary="A page of the Sync Queue",
    openapi_extra=told(
        shapes.Listed[shapes.Request],
        example={"items": [_REQUEST], "next": "WzQxLDQxXQ", "total": 3, "at_least": False},
    ),
)
def queue(
    at: ReadsOn,
    type: RecordType | None = None,
    operation: Operation | None = None,
    state: State | None = None,
    error: Annotated[ErrorClass | None, Query(description="an error class")] = None,
    q: Annotated[str | None, Query(min_length=1, max_length=200, description="text in title or source id")] = None,
    sort: Annotated[
        str, Query(max_length=20, description="a key, with `-` before it to turn the order round")
    ] = "position",
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
    after: Annotated[str | None, Query(max_length=2000, description="`next` of the page before")] = None,
) -> dict[str, Any]:
    """What waits, is being sent, is held or cannot be decided, filtered and sorted (Q5)."""
    return at.hub.queue(
        at.connection, type=type, operation=operation, state=state, error=error, search=q, sort=sort, limit=limit,
        after=after,
    )  # fmt: skip


@router.delete(
    "/queue/{psr}",
    summary="Take a request out of the queue",
    openapi_extra=told(shapes.Removed, example=_REMOVED),
)
def remove(
    at: OperatesOn, psr: Psr, reason: Annotated[inputs.Text | None, Query(description="for the history")] = None
) -> dict[str, Any]:
    """An entity's change then never reaches the books; a transaction that was never sent is re-opened."""
    return at.hub.remove(at.connection, [psr], reason)[0]


@router.post(
    "/queue/{psr}/hold",
    summary="Hold a request until somebody releases it",
    openapi_extra=told(shapes.Held, example={"held": 1}),
)
def hold(at: OperatesOn, psr: Psr, why: inputs.Why) -> dict[str, Any]:
    """It takes a reason."""
    return {"held": at.hub.hold(at.connection, [psr], why.reason)}


@router.post(
    "/queue/{psr}/release",
    summary="Let a held request go on",
    openapi_extra=told(shapes.Released, example={"released": 1}),
)
def release(at: OperatesOn, psr: Psr, why: inputs.Reason | None = None) -> dict[str, Any]:
    """One that is to be checked by hand is released as *not in the books*: the next job sends it again."""
    return {"released": at.hub.release(at.connection, [psr], why.reason if why else None)}


@router.post(
    "/queue:bulk",
    summary="Act on many requests",
    openapi_extra=told(shapes.Done, example={"done": 12, "refused": [], "refused_total": 0}, repeatable=False),
)
def bulk(at: OperatesOn, given: inputs.Bulk) -> dict[str, Any]:
    """Hold, release, retry or remove those named by `ids`, or all that `filter` lets through.

    What a rule forbids is left out and told under `refused`. With `expect`, nothing is done when other than so many
    are meant (`count_changed`).
    """
    if (given.ids is None) == (given.filter is None):
        raise InvalidInput(
            "Say which requests are meant.", code="request_missing", fix="Give either ids or filter; {} means all."
        )
    chosen = given.filter.model_dump() if given.filter else {}
    if chosen:
        chosen["search"] = chosen.pop("q")
    return at.hub.act_on_many(
        at.connection, given.action, given.ids, reason=given.reason, expect=given.expect, **chosen
    )
