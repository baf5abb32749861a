"""The first page: the companies one may see, and what needs attention on each; a new hub offers a look around."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from hub.demo import COMPANY, set_up_tour
from hub.errors import HubError
from hub.web.views.answers import status_of
from hub.web.visit import Sent, SignedIn, Visit

router = APIRouter()
MOST = 50
"""Connections told in full on the first page."""


@router.get("/")
def home(visit: SignedIn) -> Response:
    """All connections."""
    return _page(visit)


@router.post("/demo")
def look_around(visit: SignedIn, _sent: Sent) -> Response:
    """Set up a made-up company, and open its Sync Queue."""
    visit.caller.must_administer()
    try:
        connection = set_up_tour(visit.hub.acting(visit.caller, ""))
    except HubError as fault:
        return _page(visit, status_of(fault), fault=fault)
    return visit.go(f"/c/{connection}/queue", f"{COMPANY} is made up. Do to it what you like: nothing leaves this hub.")


@router.post("/companies")
def add_company(visit: SignedIn, sent: Sent) -> Response:
    """Add a company; the next step is to connect it."""
    visit.caller.must_administer()
    try:
        added = visit.hub.acting(visit.caller, "").add_company(sent["name"])
    except HubError as fault:
        return _page(visit, status_of(fault), fault=fault)
    return visit.go(f"/companies/{added['id']}/connections", f"{added['name']} is added. Connect it to its books.")


def _page(visit: Visit, status: int = 200, fault: HubError | None = None) -> Response:
    left = MOST
    shown = []
    for company in visit.companies:
        theirs = visit.hub.connections(company["id"])
        shown.append({**company, "connections": [_state(visit, each) for each in theirs[:left]], "all": len(theirs)})
        left = max(0, left - len(theirs))
    return visit.page("home.html", status, companies=shown, fault=fault, demo=COMPANY)


def _state(visit: Visit, connection: dict[str, Any]) -> dict[str, Any]:
    label = connection["connection"]
    counts = {"waiting": 0, "attention": 0, "by_hand": 0, "held": 0}
    for run in visit.hub.queue_counts(label):
        match run["state"], bool(run["error"]):
            case "unknown", _:
                counts["by_hand"] += run["number"]
            case "held", _:
                counts["held"] += run["number"]
            case "waiting", True:
                counts["attention"] += run["number"]
            case _:
                counts["waiting"] += run["number"]
    jobs = visit.hub.jobs(label, limit=1)["items"]
    schedule = visit.hub.schedule(label)
    return {
        **connection, "counts": counts, "last": jobs[0] if jobs else None,
        "next_run": schedule["next_run"] if schedule else None,
    }  # fmt: skip
