"""The Sync Queue: what waits, what failed and why, and what to press (Q5)."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from hub.web.visit import ReadsOn

router = APIRouter(prefix="/c/{company}/{name}/queue")


@router.get("")
def queue(
    visit: ReadsOn, type: str = "", operation: str = "", state: str = "", error: str = "", q: str = "",
    sort: str = "position", after: str = "",
) -> Response:  # fmt: skip
    """One page of it; the whole view stands in the address."""
    page = visit.hub.queue(
        visit.connection, type=type or None, operation=operation or None, state=state or None, error=error or None,
        search=q or None, sort=sort, after=after or None,
    )  # fmt: skip
    return visit.page("queue.html", page=page, sort=sort, q=q)
