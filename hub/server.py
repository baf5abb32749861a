"""Web page, REST, scheduler and worker in one process, as `hub serve` has them; each can also be used alone."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable

import structlog
import uvicorn
from fastapi import FastAPI

from hub.api import api_app
from hub.app import Hub
from hub.errors import HubError
from hub.triggers import run_scheduler_and_worker
from hub.web import web_app

log = structlog.get_logger("hub.server")


def build_app(hub: Hub) -> FastAPI:
    """The whole web application: REST under `/api/v1`, pages elsewhere."""
    app = web_app(hub)
    app.mount("/api/v1", api_app(hub))
    return app


def serve(hub: Hub, host: str, port: int, *, tell: Callable[[str], None], stop: threading.Event | None = None) -> None:
    """Serve until `stop` is set or the process must end; jobs at hand are finished first, pages are shown until then.

    Args:
        tell: shows a line to whoever started it: where the page is, and the link for the first administrator.

    Raises:
        HubError: `address_in_use` when another program listens there.
    """
    stop = stop or threading.Event()
    with _bound(host, port) as listening:
        app = build_app(hub)
        config = uvicorn.Config(
            app, log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=5
        )
        server = uvicorn.Server(config)
        # In a thread, where it leaves the signals alone: the worker in the main thread knows what to do with them.
        pages = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, name="hub-web")
        pages.start()
        _greet(hub, listening, tell)
        try:
            run_scheduler_and_worker(hub, stop, tell)
        finally:
            app.state.leaving.set()
            server.should_exit = True
            pages.join()


def _greet(hub: Hub, listening: socket.socket, tell: Callable[[str], None]) -> None:
    host, port = listening.getsockname()[:2]
    here = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    tell(f"The page is at {here}")
    secret = hub.first_link()
    if secret:
        tell(
            f"Nobody is known here yet. Open this link, good once, to become the administrator: {here}/welcome/{secret}"
        )


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
    except OSError as fault:
        listening.close()
        raise HubError(
            f"The page cannot be served at {host}:{port}: {fault.strerror or fault}.",
            code="address_in_use",
            fix="Stop what listens there, or choose another with --port.",
        ) from None
    return listening
