"""My account: the password, the time zone, and every other browser in which I am signed in."""

from __future__ import annotations

from zoneinfo import available_timezones

from fastapi import APIRouter
from fastapi.responses import Response

from hub.errors import HubError, InvalidInput
from hub.threads import checks_password
from hub.web.views.answers import status_of
from hub.web.visit import Sent, SignedIn, Visit, set_session

router = APIRouter(prefix="/account")


@router.get("")
def account(visit: SignedIn) -> Response:
    """What I can change about myself."""
    return _page(visit)


@router.post("")
@checks_password.when(lambda sent, **_: sent["do"] == "password")
def change(visit: SignedIn, sent: Sent) -> Response:
    """Change one of them."""
    me = visit.caller.user_id
    assert me is not None
    try:
        match sent["do"]:
            case "password":
                secret = visit.hub.change_password(me, sent.raw("old"), sent.raw("new"))
                answer = visit.go("/account", "The password is changed; every other browser is signed out.")
            case "zone":
                visit.hub.set_zone(me, sent.get("zone"))
                return visit.go("/account", "Times are shown in this zone from now on.")
            case "sign_out":
                secret = visit.hub.end_sessions(me)
                answer = visit.go("/account", "Every other browser is signed out.")
            case _:
                raise InvalidInput("This form asks for nothing the hub knows.", code="bad_form", fix="Load it again.")
    except HubError as fault:
        return _page(visit, 422 if fault.code == "login_failed" else status_of(fault), fault=fault)
    set_session(answer, visit.request, secret)
    return answer


def _page(visit: Visit, status: int = 200, fault: HubError | None = None) -> Response:
    return visit.page("account.html", status, fault=fault, zones=sorted(available_timezones()))
