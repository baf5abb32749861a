"""The thin shell round the sandbox: HTTP in and out, one call after the other, and the real cut of a connection."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import urllib.request
from collections.abc import AsyncIterator
from typing import Any

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from hub_quickbooks.sandbox.calls import Answer, Call
from hub_quickbooks.sandbox.engine import Sandbox
from hub_quickbooks.sandbox.faults import Fault
from hub_quickbooks.sandbox.journal import Journal
from hub_quickbooks.sandbox.refusals import Refusal

_LARGEST = 16 * 1024 * 1024
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
_TELL_WITHIN = 3.0


class Protocol(H11Protocol):
    """uvicorn's own, which also hands the connection on so that a fault can cut it."""

    def connection_made(self, transport: Any) -> None:
        """As usual; every call of this connection then finds it in its scope."""
        super().connection_made(transport)
        with contextlib.suppress(OSError):  # head and body of an answer go out apart: neither may wait for the other
            transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        inner = self.app

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            scope["sandbox.connection"] = transport
            await inner(scope, receive, send)

        self.app = app


def application(sandbox: Sandbox, journal: Journal | None = None) -> ASGIApp:
    """The sandbox as an ASGI application."""

    async def endpoint(request: Request) -> Response:
        try:
            body = await _read(request)
        except ClientDisconnect:
            return Response(status_code=400)
        call = Call(
            method=request.method,
            path=request.url.path,
            query=dict(request.query_params),
            headers={name.lower(): value for name, value in request.headers.items()},
            body=body or b"",
        )
        if body is None:
            answer = sandbox.refused(Refusal(6030, f"The body is larger than {_LARGEST} bytes.", status=413))
        else:
            answer = await _answered(sandbox, call)
        if journal is not None:
            journal.note(sandbox.now(), call, answer)
        return _response(answer, request)

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        teller = asyncio.create_task(_tell(sandbox))
        yield
        teller.cancel()

    return Starlette(routes=[Route("/{path:path}", endpoint, methods=_METHODS)], lifespan=lifespan)


async def _answered(sandbox: Sandbox, call: Call) -> Answer:
    strike = sandbox.strike(call)
    with sandbox.inside(call):
        if strike is not None and strike.name is Fault.LATE:
            await asyncio.sleep(strike.seconds)
        answer = sandbox.answer(call, strike)
        if answer.pause:
            await asyncio.sleep(answer.pause)
    return answer


async def _read(request: Request) -> bytes | None:
    """The body; None when it is too large."""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > _LARGEST:
            return None
        parts.append(part)
    return b"".join(parts)


def _response(answer: Answer, request: Request) -> Response:
    content = answer.text.encode("utf-8", "replace")
    response = Response(content, answer.status, answer.headers, answer.type)
    if not (answer.drop or answer.cut):
        return response
    return _Cut(response, content[: len(content) // 2] if answer.cut else None, request.scope.get("sandbox.connection"))


class _Cut(Response):
    """Half an answer or none, and the connection gone."""

    def __init__(self, whole: Response, half: bytes | None, connection: Any) -> None:
        super().__init__()
        self._whole = whole
        self._half = half
        self._connection = connection

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the half with the length of the whole; then cut."""
        if self._half is not None:
            head = {
                "type": "http.response.start",
                "status": self._whole.status_code,
                "headers": self._whole.raw_headers,
            }
            await send(head)
            await send({"type": "http.response.body", "body": self._half, "more_body": True})
            await asyncio.sleep(0)
        if self._connection is not None:
            self._connection.close() if self._half is not None else self._connection.abort()


async def _tell(sandbox: Sandbox) -> None:
    """Send what waits, again and again until it is taken."""
    hooks = sandbox.webhooks
    while True:
        notice = hooks.next() if hooks.address else None
        if notice is None:
            await asyncio.sleep(max(1 / sandbox.webhooks.speed, 0.05))
            continue
        body, headers, count = notice
        if await asyncio.to_thread(_post, hooks.address, body, headers):
            hooks.taken(count)
        else:
            await asyncio.sleep(hooks.refused())


def _post(address: str, body: bytes, headers: dict[str, str]) -> bool:
    request = urllib.request.Request(address, body, headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=_TELL_WITHIN) as response:
            return bool(200 <= response.status < 300)
    except (OSError, ValueError):
        return False
