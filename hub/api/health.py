"""Whether the hub lives, whether it can work, and its figures; at the root and under `/api/v1` alike."""

from __future__ import annotations

import hmac
from ipaddress import ip_address

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST

from hub.api.caller import TheHub
from hub.api.problems import of_error, problem

router = APIRouter(tags=["health"])
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
"""By these a request is known that came through another server, whatever address it seems to come from."""


@router.get("/healthz", summary="Whether the process lives")
def healthz() -> dict[str, str]:
    """Asks nobody: a hub whose database is away is alive, and must not be restarted for that."""
    return {"status": "ok"}


@router.get("/readyz", summary="Whether it can work", response_model=None)
def readyz(hub: TheHub) -> Response:
    """503 with the reason while the database does not answer, or its tables are another version's."""
    fault = hub.not_ready()
    return JSONResponse({"status": "ready"}) if fault is None else of_error(fault)


@router.get("/metrics", summary="Figures for Prometheus", response_model=None)
def metrics(hub: TheHub, request: Request) -> Response:
    """They name companies and connections, so they are not for everybody.

    With the setting `metrics_token`, for whoever sends it as `Authorization: Bearer TOKEN`; without it, for programs on
    this machine that ask the hub itself.
    """
    token = hub.settings.metrics_token
    if token is not None:
        wanted = token.get_secret_value().encode()
        given = request.headers.get("authorization", "").removeprefix("Bearer ").encode("latin-1")  # as it came
        if wanted and hmac.compare_digest(given, wanted):
            return _shown(request)
        fix = "Send it as `Authorization: Bearer TOKEN`."
        return problem(401, "not_authenticated", "This needs the metrics token.", fix)
    if _from_here(request):
        return _shown(request)
    return problem(
        403, "not_permitted", "These figures are shown only to programs on this machine.",
        "Set HUB_METRICS_TOKEN, and send it as `Authorization: Bearer TOKEN`.",
    )  # fmt: skip


def _shown(request: Request) -> Response:
    return Response(request.app.state.metrics.text(), media_type=CONTENT_TYPE_LATEST)


def _from_here(request: Request) -> bool:
    """Whether a program on this machine asks the hub under this machine's own name, not through a server before it."""
    if request.client is None or any(name in request.headers for name in _FORWARDED):
        return False
    try:
        near = ip_address(request.client.host).is_loopback
    except ValueError:
        return False
    return near and request.url.hostname in ("localhost", "127.0.0.1", "::1")
