"""Web page, REST, scheduler and worker in one process, as `hub serve` has them; each can also be used alone."""

from __future__ import annotations

import logging
import re
import socket
import threading
from collections.abc import Callable

import structlog
import uvicorn
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.routing import Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub.api import api_app, health, too_large
from hub.api.metrics import Measured
from hub.app import Hub
from hub.errors import HubError, place_of
from hub.triggers import run_scheduler_and_worker
from hub.web import web_app

log = structlog.get_logger("hub.server")
ORDINARY, LARGE = 1024 * 1024, 20 * 1024 * 1024
"""Bytes of a body, and of a batch of records."""


def build_app(hub: Hub) -> FastAPI:
    """The whole web application: REST under `/api/v1`, pages elsewhere, and health at the root as well."""
    app = web_app(hub)
    api = api_app(hub)
    app.routes.append(_Whole("/api/v1", api))
    app.include_router(health.router)
    app.state.metrics = api.state.metrics
    app.add_middleware(BodyLimit)
    app.add_middleware(Measured, metrics=api.state.metrics)
    return app


class _Whole(Mount):
    """Everything below a path, also addresses with a line break in them, which are refused in JSON as all others."""

    def __init__(self, path: str, app: ASGIApp) -> None:
        super().__init__(path, app)
        self.path_regex = re.compile(self.path_regex.pattern, re.DOTALL)


class BodyLimit:
    """No body is larger than its route allows, whatever its sender says of it: 413, and the rest stays unread."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count what is received."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        most = LARGE if scope["path"].endswith("/records:batch") else ORDINARY
        told = dict(scope["headers"]).get(b"content-length", b"")
        if told.isdigit() and int(told[:20]) > most:
            await too_large(most)(scope, receive, send)
            return
        got = 0

        async def counted() -> Message:
            nonlocal got
            message = await receive()
            got += len(message.get("body", b""))
            if got > most:  # every application answers such an exception in its own way
                raise HTTPException(413, f"The body has more than {most:,} bytes")
            return message

        await self.app(scope, counted, send)


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
        logging.getLogger("uvicorn.error").addFilter(_tell_place_only)
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


def _tell_place_only(record: logging.LogRecord) -> bool:
    """The server's own line about a request that failed, without the words of the fault: a secret may be in them."""
    if record.exc_info and record.exc_info[1] is not None:
        record.msg, record.args = f"{record.getMessage().strip()}: {place_of(record.exc_info[1])}", None
        record.exc_info = record.exc_text = None
    return True


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
        listening.listen()  # from now on whoever comes is served, if not at once
    except OSError as fault:
        listening.close()
        raise HubError(
            f"The page cannot be served at {host}:{port}: {fault.strerror or fault}.",
            code="address_in_use",
            fix="Stop what listens there, or choose another with --port.",
        ) from None
    return listening
