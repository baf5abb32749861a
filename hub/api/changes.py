"""The change feed: what a source application must apply on its side."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query

from hub.api.caller import Reads
from hub.api.routing import Routes

router = Routes("changes", prefix="/companies/{company}/changes")
LARGEST = 2**63 - 1


@router.get("", summary="What happened since a cursor")
def changes(
    at: Reads,
    after: Annotated[int, Query(ge=0, le=LARGEST, description="`next` of the page before; 0 for the beginning")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 500,
) -> dict[str, Any]:
    """Entities created and changed in the books, documents re-opened, and more, oldest first; nothing is left out.

    Keep `next` together with what you applied, in one transaction. It stays good for ever; when nothing is new it is
    the cursor you gave.
    """
    return at.hub.changes(at.company, after, limit)
