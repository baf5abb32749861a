"""A person authorises the hub in a browser, and the browser brings the answer back to a port of this machine."""

from __future__ import annotations

import hmac
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qsl, urlsplit

import typer

from hub.errors import InvalidInput, Refused

PATIENCE = 600.0
"""Seconds a person has for it."""
_LOCAL = ("localhost", "127.0.0.1", "::1")
_PAGE = "<!doctype html><meta charset=utf-8><title>Accounting Hub</title><p>%s</p>"


def authorised(url: str, state: str) -> dict[str, str]:
    """What the books sent back to the redirect address, once a person has said yes at `url`.

    Raises:
        Refused: `authorisation_refused` when they said no.
        InvalidInput: `no_answer` or `bad_answer` when nothing came, or not the answer to this question.
    """
    redirect = dict(parse_qsl(urlsplit(url).query)).get("redirect_uri", "")
    typer.echo(f"Open this address in a browser, and let Accounting Hub in:\n\n  {url}\n", err=True)
    where = urlsplit(redirect)
    if where.scheme == "http" and where.hostname in _LOCAL:
        typer.echo("Waiting for the answer… (Ctrl-C gives up)", err=True)
        answer = _wait(where.port or 80, where.path or "/", state)
    else:
        answer = read_answer(typer.prompt("Paste the address that the browser ended at", err=True))
    return checked(answer, state)


def read_answer(address: str) -> dict[str, str]:
    """The parameters in an address."""
    return dict(parse_qsl(urlsplit(address.strip()).query))


def checked(answer: Mapping[str, str], state: str) -> dict[str, str]:
    """The answer, if it is a yes to the question that was asked."""
    if not hmac.compare_digest(answer.get("state", "").encode(), state.encode()):
        raise InvalidInput(
            "What came back is not the answer to this question: its state differs.",
            code="bad_answer",
            fix="Connect again, and use the address that is printed then.",
        )
    if answer.get("error") or not answer.get("code"):
        raise Refused(
            f"The books were not opened to the hub: {answer.get('error') or 'no code came back'}.",
            code="authorisation_refused",
            fix="Connect again, and say yes in the browser.",
        )
    return dict(answer)


def _wait(port: int, path: str, state: str) -> dict[str, str]:
    """The first answer with the right state; anything else that knocks is turned away."""
    found: dict[str, str] = {}

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = urlsplit(self.path)
            answer = dict(parse_qsl(asked.query))
            right = asked.path == path and hmac.compare_digest(answer.get("state", "").encode(), state.encode())
            if right:
                found.update(answer)
            said = "Thank you. You can close this page." if right else "This is not what was asked for."
            body = (_PAGE % said).encode()
            self.send_response(200 if right else 400)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """The code would stand in it."""

    try:
        server = HTTPServer(("127.0.0.1", port), Answer)
    except OSError as fault:
        raise InvalidInput(
            f"The answer cannot be received: port {port} of this machine cannot be used ({fault.strerror}).",
            code="port_taken",
            fix="Close what uses it, or set another redirect_uri that your app has registered.",
        ) from None
    with server:
        end = time.monotonic() + PATIENCE
        while not found and (left := end - time.monotonic()) > 0:
            server.timeout = min(left, 1.0)
            server.handle_request()
    if not found:
        raise InvalidInput("No answer came back from the browser.", code="no_answer", fix="Connect again.")
    return found
