"""The web application: every page in a file of its own under `views`, and one way to fail."""

from __future__ import annotations

import threading
from collections import Counter
from urllib.parse import quote

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from hub.app import Hub
from hub.errors import HubError, NotFound, Refused, place_of
from hub.web.headers import SafeHeaders, make_safe
from hub.web.pages import STATIC, Pages
from hub.web.views import (
    account,
    admin,
    conflicts,
    connection,
    connections,
    home,
    jobs,
    live,
    login,
    queue,
    reconcile,
    record,
    webhooks,
)
from hub.web.visit import NotSignedIn

log = structlog.get_logger("hub.web")


_VIEWS = (
    login, home, live, queue, jobs, record, conflicts, connection, connections, reconcile, admin, account, webhooks,
)  # fmt: skip


def web_app(hub: Hub) -> FastAPI:
    """All pages of this hub."""
    app = FastAPI(openapi_url=None)
    app.state.hub, app.state.pages = hub, Pages()
    app.state.leaving = threading.Event()  # set when the server is to end: pages that listen are let go
    app.state.listening = Counter()  # by user: pages that listen to what happens
    app.mount("/static", StaticFiles(directory=STATIC))
    for view in _VIEWS:
        app.include_router(view.router)
    _faults(app)
    app.add_middleware(SafeHeaders)
    return app


def _faults(app: FastAPI) -> None:
    def told(request: Request, status: int, message: str, fix: str) -> Response:
        pages: Pages = request.app.state.pages
        part = "HX-Request" in request.headers
        return pages.answer(request, "fault_part.html" if part else "fault.html", status, message=message, fix=fix)

    @app.exception_handler(NotSignedIn)
    async def _login(request: Request, _fault: NotSignedIn) -> Response:
        asked = quote(request.scope["path"]) + (f"?{request.url.query}" if request.url.query else "")
        to = f"/login?next={quote(asked)}" if request.method == "GET" else "/login"
        if "HX-Request" in request.headers:
            return Response(status_code=200, headers={"HX-Redirect": to})
        return RedirectResponse(to, 303)

    @app.exception_handler(HubError)
    async def _hub(request: Request, fault: HubError) -> Response:
        status = 404 if isinstance(fault, NotFound) else 409 if isinstance(fault, Refused) else 422
        return told(request, 403 if fault.code == "not_permitted" else status, fault.message, fault.fix)

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, _fault: RequestValidationError) -> Response:
        return told(request, 422, "This address cannot be used as it is.", "Go back, and choose again.")

    @app.exception_handler(HTTPException)
    async def _http(request: Request, fault: HTTPException) -> Response:
        return told(request, fault.status_code, "There is no such page.", "Start again from the first page.")

    @app.exception_handler(Exception)
    async def _unexpected(request: Request, fault: Exception) -> Response:
        path = getattr(request.scope.get("route"), "path", "")  # the address itself may hold the secret of a link
        log.error("A page failed.", path=path, error=type(fault).__name__, where=place_of(fault))
        answer = told(request, 500, "The hub failed at this page; nothing was half done.", "Try again, or report it.")
        make_safe(answer.headers, request.url.scheme)  # it is answered outside of all that stands around the pages
        return answer
