"""The REST application: every route of the interface, one file for each subject."""

from __future__ import annotations

from threading import BoundedSemaphore
from typing import Any

from fastapi import FastAPI

from hub import __version__
from hub.api import (
    adapters,
    changes,
    companies,
    conflicts,
    health,
    jobs,
    proof,
    queue,
    records,
    settings,
    shapes,
    webhooks,
)
from hub.api.answers import Answer
from hub.api.metrics import Metrics
from hub.api.paths import ExactPaths
from hub.api.problems import handle_problems
from hub.app import Hub

PREFIX = "/api/v1"


ROUTERS = (
    *(part.router for part in (adapters, companies, records, queue, jobs, conflicts, settings, proof, changes)),
    webhooks.router, webhooks.incoming, health.router,
)  # fmt: skip


class Api(FastAPI):
    """The application, which describes itself with every shape and every refusal."""

    def openapi(self) -> dict[str, Any]:
        """The description at `/openapi.json`."""
        if self.openapi_schema is None:
            found = super().openapi()
            schemas = found.setdefault("components", {}).setdefault("schemas", {})
            schemas |= shapes.components()
            for each in [each for path in found["paths"].values() for each in path.values()]:
                if str(each.get("responses", {}).get("422", {}).get("content", "")).find("HTTPValidationError") > 0:
                    del each["responses"]["422"]  # ours is a problem document, as every refusal
            for name in ("HTTPValidationError", "ValidationError"):
                schemas.pop(name, None)
        return super().openapi()


def api_app(hub: Hub) -> FastAPI:
    """The application to be mounted at `/api/v1`."""
    app = Api(
        title="Accounting Hub", version=__version__, openapi_url="/openapi.json", docs_url=None, redoc_url=None,
        description="Records go in, reach the books exactly once, and master data comes back.",
        redirect_slashes=False, default_response_class=Answer, servers=[{"url": PREFIX}], root_path_in_servers=False,
    )  # fmt: skip
    app.state.hub, app.state.metrics = hub, Metrics(hub)
    app.state.proving = BoundedSemaphore(webhooks.AT_ONCE)
    handle_problems(app)
    for router in ROUTERS:
        app.include_router(router)
    app.add_middleware(ExactPaths)
    return app
