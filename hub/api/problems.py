"""Every failure of a REST call is a problem document (RFC 9457) with `code` and `fix`, and gives nothing away."""

from __future__ import annotations

from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.routing import Match

from hub.api.answers import Answer
from hub.errors import (
    BooksProblem,
    HubError,
    InvalidInput,
    LeaseLost,
    NotFound,
    PluginProblem,
    Refused,
    StoreProblem,
    UsageError,
    place_of,
)

log = structlog.get_logger("hub.api")

MEDIA_TYPE = "application/problem+json"
_STATUS: tuple[tuple[type[HubError], int], ...] = (
    (NotFound, 404), (InvalidInput, 422), (UsageError, 400), (Refused, 409), (LeaseLost, 409), (StoreProblem, 503),
    (BooksProblem, 502), (PluginProblem, 503),
)  # fmt: skip
_SPECIAL = {
    "not_authenticated": 401, "webhook_refused": 401, "not_permitted": 403, "wrong_company": 409, "too_large": 413,
    "not_json": 415, "idempotency_key_reused": 422, "adapter_not_installed": 422, "too_many_logins": 429,
    "too_many_notifications": 429,
}  # fmt: skip
_TITLES = {
    400: "The request cannot be read", 401: "Nobody was recognised", 403: "Not permitted", 404: "Not found",
    405: "Not possible here", 409: "Refused by a rule", 413: "Too large", 415: "Not JSON", 422: "Not usable as it is",
    429: "Too many requests", 500: "The hub failed", 502: "The books did not answer", 503: "The hub cannot work now",
}  # fmt: skip


def status_of(fault: HubError) -> int:
    """The HTTP status that fits an error."""
    found = _SPECIAL.get(fault.code)
    return found or next((status for kind, status in _STATUS if isinstance(fault, kind)), 500)


def problem(status: int, code: str, message: str, fix: str = "", details: Any = None) -> Answer:
    """The problem document; `Retry-After` where it is known when to come again."""
    body = {"type": "about:blank", "title": _TITLES.get(status, "Error"), "status": status, "detail": message,
            "code": code, "fix": fix, "details": details or {}}  # fmt: skip
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    if isinstance(details, dict) and "retry_after" in details:
        headers["Retry-After"] = str(details["retry_after"])
    return Answer(body, status, headers, media_type=MEDIA_TYPE)


def of_error(fault: HubError) -> Answer:
    """An error of the hub as a problem document."""
    return problem(status_of(fault), fault.code, fault.message, fault.fix, fault.details)


def of_invalid(fault: RequestValidationError) -> Answer:
    """What the address or the body lacks; what was sent is not told back."""
    wrong = [{"at": ".".join(map(str, each["loc"])), "why": each["msg"]} for each in fault.errors()]
    said = "; ".join(f"{each['at']}: {each['why']}" for each in wrong[:3])
    return problem(422, "invalid_request", f"The request cannot be used: {said}.", "Correct it.", {"faults": wrong})


def too_large(most: int) -> Answer:
    """The answer to a body of more bytes than `most`."""
    return problem(413, "too_large", f"The body has more than {most:,} bytes.", "Send less at once.")


def methods_at(app: FastAPI, request: Request) -> list[str]:
    """The methods of all routes at this address; Starlette tells of the first that matches alone."""
    asked = {method: {**request.scope, "method": method} for method in ("DELETE", "GET", "PATCH", "POST", "PUT")}
    return [
        method for method, scope in asked.items() if any(route.matches(scope)[0] is Match.FULL for route in app.routes)
    ]


def handle_problems(app: FastAPI) -> None:
    """Answer every failure of this application with a problem document."""

    @app.exception_handler(HubError)
    async def _hub(_request: Request, fault: HubError) -> Answer:
        return of_error(fault)

    @app.exception_handler(RequestValidationError)
    async def _invalid(_request: Request, fault: RequestValidationError) -> Answer:
        return of_invalid(fault)

    @app.exception_handler(HTTPException)
    async def _http(request: Request, fault: HTTPException) -> Answer:
        code = {404: "no_such_route", 405: "method_not_allowed", 413: "too_large"}.get(fault.status_code, "http_error")
        told = problem(fault.status_code, code, f"{fault.detail}.", "See /api/v1/openapi.json for what there is.")
        told.headers.update(fault.headers or {})
        if fault.status_code == 405:
            told.headers["Allow"] = ", ".join(methods_at(app, request))
        return told

    @app.exception_handler(Exception)
    async def _unexpected(request: Request, fault: Exception) -> Answer:
        # Neither the address nor what the fault says: both may hold what somebody sent, secrets among it.
        path = getattr(request.scope.get("route"), "path", "")
        log.error("A REST call failed.", path=path, error=type(fault).__name__, where=place_of(fault))
        return problem(500, "unexpected", "The hub failed at this; nothing was half done.", "Try again, or report it.")
