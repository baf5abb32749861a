"""The Sync Queue: listed, and acted on."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from hub.api.caller import ReadsOn

router = APIRouter(prefix="/connections/{company}/{name}/queue", tags=["queue"])


@router.get("", summary="A page of the Sync Queue")
def queue(
    at: ReadsOn,
    type: Annotated[str | None, Query(max_length=30)] = None,
    operation: Annotated[str | None, Query(max_length=10)] = None,
    state: Annotated[str | None, Query(max_length=10)] = None,
    error: Annotated[str | None, Query(max_length=30, description="an error class")] = None,
    q: Annotated[str | None, Query(max_length=200, description="text in title or source id")] = None,
    sort: Annotated[
        str, Query(max_length=20, description="a key, with `-` before it to turn the order round")
    ] = "position",
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
    after: Annotated[str | None, Query(max_length=2000, description="`next` of the page before")] = None,
) -> dict[str, Any]:
    """What waits, is being sent, is held or cannot be decided, filtered and sorted (Q5)."""
    return at.hub.queue(
        at.connection,
        type=type,
        operation=operation,
        state=state,
        error=error,
        search=q,
        sort=sort,
        limit=limit,
        after=after,
    )
