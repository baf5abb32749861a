"""The first page: the companies one may see, their connections, and what needs attention on each."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from hub.access import May
from hub.web.visit import SignedIn

router = APIRouter()


@router.get("/")
def home(visit: SignedIn) -> Response:
    """All connections."""
    companies = [each for each in visit.hub.companies() if visit.caller.may(May.READ, each["id"])]
    shown = [{**each, "connections": visit.hub.connections(each["id"])} for each in companies]
    return visit.page("home.html", companies=shown)
