"""One request of a person: who they are, the hub on their behalf, and the page they get back."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any
from urllib.parse import quote, urlsplit

from fastapi import Depends, Path, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.datastructures import UploadFile

from hub.access import Caller, May
from hub.app import Hub
from hub.errors import Refused
from hub.queue import Lane, Right
from hub.queue.core import by_hand
from hub.web.pages import Pages

COOKIE = "hub_session"


class NotSignedIn(Exception):
    """Nobody is signed in: they are sent to the login page, and come back from there."""


@dataclass(slots=True, kw_only=True)
class Visit:
    """What a view works with. `company`, `connection` and its `lane` are those of the page, if it is about one."""

    request: Request
    hub: Hub
    caller: Caller
    secret: str = field(repr=False)
    company: str = ""
    connection: str = ""
    lane: Lane | None = None

    @property
    def paused(self) -> str:
        """Why the connection of the page is paused; empty when it is not."""
        return (self.lane.paused if self.lane else None) or ""

    @property
    def paused_by_hand(self) -> bool:
        """Whether a person has paused it, so that it goes on when a person says so."""
        return by_hand(self.paused)

    @property
    def csrf(self) -> str:
        """What each form of this session carries, and no other site can know."""
        return csrf_of(self.secret)

    @property
    def base(self) -> str:
        """The address at which people reach the hub: as it was set, else as this request came."""
        return self.hub.settings.public_url.rstrip("/") or f"{self.request.url.scheme}://{self.request.url.netloc}"

    @property
    def companies(self) -> list[dict[str, str]]:
        """The companies that this caller may look at, for the menu."""
        return [each for each in self.hub.companies() if self.caller.may(May.READ, each["id"])]

    @property
    def place(self) -> str:
        """The connection that the menu is about: that of the page, else the company's only one."""
        if self.connection or not self.company:
            return self.connection
        theirs = self.hub.connections(self.company)
        return str(theirs[0]["connection"]) if len(theirs) == 1 else ""

    @property
    def operates(self) -> bool:
        """Whether the caller may work the queue in the company of this page."""
        return self.caller.may(May.OPERATE, self.company)

    @property
    def removes(self) -> bool:
        """Whether the caller may take requests out of the queue in the company of this page (U9)."""
        return self.caller.has(Right.REMOVE, self.company)

    @property
    def manages(self) -> bool:
        """Whether the caller may manage the company of this page."""
        return self.caller.may(May.MANAGE, self.company)

    @property
    def asked(self) -> Form:
        """The fields of a form that only asks, as they stand in the address."""
        query = self.request.query_params
        return Form({name: query.getlist(name) for name in query})

    def page(self, template: str, status: int = 200, **values: Any) -> HTMLResponse:
        """The page of this template; only its `content` block when htmx asked for a part of a page."""
        return self._pages.answer(self.request, template, status, visit=self, caller=self.caller, **values)

    def part(self, template: str, **values: Any) -> HTMLResponse:
        """A piece of a page, without the frame."""
        return self._pages.answer(self.request, template, 200, visit=self, caller=self.caller, **values)

    def go(self, to: str, said: str = "") -> Response:
        """Send the browser to another page, where `said` is told once."""
        answer: Response = RedirectResponse(to, 303)
        if "HX-Request" in self.request.headers:
            answer = Response(status_code=200, headers={"HX-Redirect": to})
        if said:
            answer.set_cookie("hub_said", quote(said[:500]), max_age=60, httponly=True, samesite="strict", path="/")
        return answer

    @property
    def _pages(self) -> Pages:
        pages: Pages = self.request.app.state.pages
        return pages


def csrf_of(secret: str) -> str:
    """Derived from the session, so that nothing need be stored; it tells nothing of the session."""
    return hashlib.sha256(f"csrf {secret}".encode()).hexdigest()


def cookie_of(request: Request) -> str:
    """What the session's cookie is called. Over https browsers let nobody but this very host set one of that name."""
    return f"__Host-{COOKIE}" if _secure(request) else COOKIE


def set_session(answer: Response, request: Request, secret: str) -> None:
    """Let the browser keep the session: no script reads it, no other site sends it, https keeps to https."""
    answer.set_cookie(
        cookie_of(request), secret, httponly=True, samesite="lax", secure=_secure(request), path="/"
    )  # fmt: skip


def end_session(answer: Response, request: Request) -> None:
    """Let the browser forget the session."""
    answer.delete_cookie(cookie_of(request), httponly=True, samesite="lax", secure=_secure(request), path="/")


def _secure(request: Request) -> bool:
    return request.url.scheme == "https"


def same_site(request: Request) -> None:
    """Refused `foreign_form` when another site sent this form."""
    origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site")
    try:
        ours = origin is None or urlsplit(origin).netloc == request.headers.get("host")
    except ValueError:  # no browser writes it so
        ours = False
    if site in ("cross-site", "same-site") or not ours:
        raise Refused(
            "This form was sent by another site.", code="foreign_form", fix="Open the page here, and send it again."
        )


def signed_in(request: Request) -> Visit:
    """Whoever is signed in; NotSignedIn otherwise."""
    hub: Hub = request.app.state.hub
    secret = request.cookies.get(cookie_of(request), "")
    caller = hub.who_is(secret) if secret else None
    if caller is None:
        raise NotSignedIn
    return Visit(request=request, hub=hub, caller=caller, secret=secret)


async def form(request: Request) -> Mapping[str, list[str]]:
    """The fields of a form, each with all its values; files are left out."""
    found = await request.form(max_files=1, max_fields=2000, max_part_size=200_000)
    fields: dict[str, list[str]] = {}
    for key, value in found.multi_items():
        if not isinstance(value, UploadFile):
            fields.setdefault(key, []).append(value)
    return fields


def _checked(
    visit: Annotated[Visit, Depends(signed_in)], fields: Annotated[Mapping[str, list[str]], Depends(form)]
) -> Form:
    same_site(visit.request)
    given = fields.get("csrf", [""])[0] or visit.request.headers.get("X-CSRF-Token", "")
    if not hmac.compare_digest(given.encode(), visit.csrf.encode()):
        raise Refused("This form is too old.", code="stale_form", fix="Load the page again, and send it once more.")
    return Form(fields)


class Form:
    """The fields of a form; those of `Sent` are checked to come from a page of this session."""

    def __init__(self, fields: Mapping[str, list[str]]) -> None:
        self._fields = fields

    def __getitem__(self, name: str) -> str:
        return self._fields.get(name, [""])[0].strip()

    def raw(self, name: str) -> str:
        """A field as it was typed, spaces and all: a password."""
        return self._fields.get(name, [""])[0]

    def names(self) -> list[str]:
        """The names of all fields."""
        return list(self._fields)

    def all(self, name: str) -> list[str]:
        """Every value of a field that may come several times."""
        return self._fields.get(name, [])

    def get(self, name: str) -> str | None:
        """A field, or None where it is empty."""
        return self[name] or None


Sent = Annotated[Form, Depends(_checked)]
SignedIn = Annotated[Visit, Depends(signed_in)]


def _in_company(what: May) -> Callable[..., Visit]:
    def found(visit: SignedIn, company: Annotated[str, Path(max_length=60)]) -> Visit:
        visit.caller.must(what, company)
        visit.hub, visit.company = visit.hub.acting(visit.caller, company), company
        return visit

    return found


def _on_connection(what: May) -> Callable[..., Visit]:
    def found(
        visit: SignedIn, company: Annotated[str, Path(max_length=60)], name: Annotated[str, Path(max_length=60)]
    ) -> Visit:
        visit.caller.must(what, company)
        visit.lane = visit.hub.lane(f"{company}/{name}")  # NotFound when there is none
        visit.hub, visit.company = visit.hub.acting(visit.caller, company), company
        visit.connection = f"{company}/{name}"
        return visit

    return found


Reads = Annotated[Visit, Depends(_in_company(May.READ))]
Operates = Annotated[Visit, Depends(_in_company(May.OPERATE))]
Manages = Annotated[Visit, Depends(_in_company(May.MANAGE))]
ReadsOn = Annotated[Visit, Depends(_on_connection(May.READ))]
OperatesOn = Annotated[Visit, Depends(_on_connection(May.OPERATE))]
ManagesOn = Annotated[Visit, Depends(_on_connection(May.MANAGE))]
