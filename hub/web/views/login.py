"""Coming in and going out: the login page, and the link by which a person chooses a password."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from hub.app import Hub
from hub.errors import HubError
from hub.threads import checks_password
from hub.web.pages import Pages
from hub.web.visit import Sent, SignedIn, cookie_of, end_session, form, same_site, set_session

router = APIRouter()
Fields = Annotated[Mapping[str, list[str]], Depends(form)]


@router.get("/login")
def login(request: Request, next: str = "/") -> Response:
    """The login page; whoever is signed in already goes on from it at once."""
    secret = request.cookies.get(cookie_of(request), "")
    hub: Hub = request.app.state.hub
    if secret and hub.who_is(secret) is not None:
        return RedirectResponse(_inside(next), 303)
    return _page(request, "login.html", next=_inside(next), email="", fault=None)


@router.post("/login")
@checks_password
def log_in(request: Request, fields: Fields) -> Response:
    """Let somebody in, or say that this was not right."""
    same_site(request)
    hub: Hub = request.app.state.hub
    email, next = _one(fields, "email"), _inside(_one(fields, "next"))
    try:
        secret = hub.log_in(email, _one(fields, "password"), request.client.host if request.client else "")
    except HubError as fault:
        status = 429 if fault.code == "too_many_logins" else 401
        return _page(request, "login.html", status, next=next, email=email, fault=fault)
    answer = RedirectResponse(next, 303)
    set_session(answer, request, secret)
    return answer


@router.post("/logout")
def log_out(visit: SignedIn, _sent: Sent) -> Response:
    """End the session."""
    visit.hub.log_out(visit.secret)
    answer = RedirectResponse("/login", 303)
    end_session(answer, visit.request)
    return answer


@router.get("/welcome/{secret}")
def welcome(request: Request, secret: str) -> Response:
    """The page behind a link that is good once."""
    hub: Hub = request.app.state.hub
    return _page(request, "welcome.html", link=hub.invitation(secret), fault=None, name="", email="")


@router.post("/welcome/{secret}")
def accept(request: Request, secret: str, fields: Fields) -> Response:
    """Set the password, and come in."""
    same_site(request)
    hub: Hub = request.app.state.hub
    name, email = _one(fields, "name"), _one(fields, "email")
    link = hub.invitation(secret)
    try:
        session = hub.accept_invitation(secret, _one(fields, "password"), email=email, name=name)
    except HubError as fault:
        return _page(request, "welcome.html", 422, link=link, fault=fault, name=name, email=email)
    answer = RedirectResponse("/", 303)
    set_session(answer, request, session)
    return answer


def _page(request: Request, template: str, status: int = 200, **values: object) -> Response:
    pages: Pages = request.app.state.pages
    return pages.answer(request, template, status, **values)


def _one(fields: Mapping[str, list[str]], name: str) -> str:
    return fields.get(name, [""])[0]


def _inside(next: str) -> str:
    """Only a page of this hub: `//elsewhere` and `/\\elsewhere` are addresses of others."""
    return next if next.startswith("/") and next[1:2] not in ("/", "\\") and next.isprintable() else "/"
