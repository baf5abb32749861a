"""Proof that source and books agree."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query

from hub.api import shapes
from hub.api.caller import ReadsOn
from hub.api.routing import Routes, told
from hub.threads import asks_books

router = Routes("proof", prefix="/connections/{company}/{name}")
_Day = Annotated[str | None, Query(max_length=20, pattern=r"^\d{4}-\d{2}-\d{2}$", description="YYYY-MM-DD, included")]


@router.get("/reconciliation", summary="The reconciliation statement", openapi_extra=told(shapes.Statement))
@asks_books
def reconciliation(
    at: ReadsOn, first: Annotated[_Day, Query(alias="from")] = None, last: Annotated[_Day, Query(alias="to")] = None
) -> dict[str, Any]:
    """What is matched, missing, extra, diverged, unknown and excluded; the books are read for it."""
    return at.hub.reconcile(at.connection, since=first, until=last)
