"""Webhooks: where a company wants its events sent, how that goes, and each try to deliver one."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response

from hub.errors import HubError, InvalidInput
from hub.threads import asks_books
from hub.web.views.answers import status_of
from hub.web.visit import Manages, Sent, Visit

router = APIRouter(prefix="/companies/{company}/webhooks")


@router.get("")
def webhooks(visit: Manages, log: Annotated[int | None, Query(ge=1, lt=2**63)] = None) -> Response:
    """All of them; `log` shows the last tries of one."""
    return _page(visit, log=log, tries=None if log is None else visit.hub.deliveries(visit.company, log))


@router.post("")
@asks_books.when(lambda sent, **_: sent["do"] in ("add", "test"))  # both ask the network
def change(visit: Manages, sent: Sent) -> Response:
    """Add one, whose secret is shown once; try it, switch it off and on, or remove it."""
    here, hub, company = f"/companies/{visit.company}/webhooks", visit.hub, visit.company
    try:
        if sent["do"] == "add":
            kinds = [word.strip() for word in sent["kinds"].replace("\n", ",").split(",") if word.strip()]
            made = hub.add_webhook(company, sent["url"], kinds)
            return _page(visit, secret=made["secret"], made=made["url"])
        number = sent["webhook"]
        id = int(number) if number.isascii() and number.isdecimal() and len(number) < 19 else 0
        match sent["do"]:
            case "test":
                answer = hub.test_webhook(company, id)
                said = f"It answered with {answer['status']}" if answer["status"] else str(answer["error"])
                return visit.go(here, f"{said}, after {answer['milliseconds']} ms.")
            case "enable":
                hub.enable_webhook(company, id, skip=sent["skip"] == "yes")
                return visit.go(here, "It is tried again at once.")
            case "disable":
                hub.disable_webhook(company, id)
                return visit.go(here, "Nothing is sent there until it is switched on again.")
            case "remove":
                hub.remove_webhook(company, id)
                return visit.go(here, "It is removed.")
            case _:
                raise InvalidInput("This form asks for nothing the hub knows.", code="bad_form", fix="Load it again.")
    except HubError as fault:
        return _page(visit, status_of(fault), fault=fault)


def _page(visit: Visit, status: int = 200, **values: Any) -> Response:
    shown = {"webhooks": visit.hub.webhooks(visit.company), "secret": None, "made": "", "log": None, "tries": None,
             "fault": None, **values}  # fmt: skip
    return visit.page("webhooks.html", status, **shown)
