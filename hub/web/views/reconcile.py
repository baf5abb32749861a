"""Reconcile: counts and sums of both sides by month, and every document that does not agree, with its fix (V1)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import APIRouter, Query
from fastapi.responses import Response

from hub.errors import HubError
from hub.threads import asks_books
from hub.web.views.answers import status_of
from hub.web.visit import ReadsOn

router = APIRouter(prefix="/c/{company}/{name}/reconcile")
SHOWN = 500


@router.get("")
@asks_books.when(lambda go, **_: bool(go))
def reconcile(
    visit: ReadsOn, since: str = Query("", alias="from"), until: str = Query("", alias="to"), go: str = ""
) -> Response:
    """The form at once; the statement when it is asked for, for that reads every document of the period."""
    period: dict[str, Any] = {"since": since, "until": until}
    if not go:
        today = datetime.now(UTC).date()
        before = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
        period = {"since": since or before.isoformat(), "until": until or today.isoformat()}
        return visit.page("reconcile.html", statement=None, fault=None, shown=SHOWN, **period)
    try:
        made = visit.hub.reconcile(visit.connection, since=since or None, until=until or None)
    except HubError as fault:
        return visit.page("reconcile.html", status_of(fault), statement=None, fault=fault, shown=SHOWN, **period)
    return visit.page("reconcile.html", statement=made, fault=None, shown=SHOWN, **period)
