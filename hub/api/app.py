"""The REST application: every route of the interface, one file for each subject."""

from __future__ import annotations

from fastapi import FastAPI

from hub import __version__
from hub.api import changes, health, queue, webhooks
from hub.api.metrics import Metrics
from hub.api.problems import handle_problems
from hub.app import Hub

PREFIX = "/api/v1"


def api_app(hub: Hub) -> FastAPI:
    """The application to be mounted at `/api/v1`."""
    app = FastAPI(
        title="Accounting Hub", version=__version__, openapi_url="/openapi.json", docs_url=None, redoc_url=None,
        description="Records go in, reach the books exactly once, and master data comes back.",
    )  # fmt: skip
    app.state.hub, app.state.metrics = hub, Metrics(hub)
    handle_problems(app)
    for router in (queue.router, changes.router, webhooks.router, webhooks.incoming, health.router):
        app.include_router(router)
    return app
