"""Starts the sandbox as a process: reads the options, listens, says where, and ends cleanly."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import sqlite3
from dataclasses import dataclass
from pathlib import Path

import typer
import uvicorn

from hub.errors import UsageError
from hub_quickbooks.sandbox import control, wire
from hub_quickbooks.sandbox.engine import Sandbox
from hub_quickbooks.sandbox.journal import Journal
from hub_quickbooks.sandbox.refusals import Refusal
from hub_quickbooks.sandbox.server import Protocol, application
from hub_quickbooks.sandbox.settings import Settings

_FASTEST = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command line says."""

    port: int = 0
    host: str = "127.0.0.1"
    data: Path | None = None
    log: Path | None = None
    speed: float = 1.0
    faults: tuple[str, ...] = ()
    seed: int = 0
    limits: bool = True
    settings: tuple[str, ...] = ()
    companies: tuple[str, ...] = ()
    currency: str = "USD"
    webhooks: str = ""
    json: bool = False


def run(options: Options) -> None:
    """Serve until interrupted; UsageError when the options cannot be."""
    if not 0 < options.speed <= _FASTEST:
        raise UsageError(f"The speed must be more than 0 and at most {_FASTEST}.", fix="Try --speed 60.")
    with contextlib.ExitStack() as stack:
        sandbox = _opened(options)
        stack.callback(sandbox.close)
        journal = None
        if options.log is not None:
            journal = _journal(options.log)
            stack.callback(journal.close)
        listening = stack.enter_context(_socket(options.host, options.port))
        host, port = listening.getsockname()[:2]
        _announce(options, sandbox, f"http://{f'[{host}]' if ':' in host else host}:{port}")
        server = uvicorn.Server(
            uvicorn.Config(
                application(sandbox, journal),
                http=Protocol,
                log_level="error",
                access_log=False,
                timeout_graceful_shutdown=2,
            )
        )
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(server.serve(sockets=[listening]))


def _opened(options: Options) -> Sandbox:
    settings = Settings()
    if any(not 0 < len(name) <= 100 for name in options.companies):
        raise UsageError("A company's name has between 1 and 100 characters.", fix="Choose a shorter one.")
    try:
        for pair in options.settings:
            name, _, value = pair.partition("=")
            settings.change(name.strip(), value.strip())
        sandbox = Sandbox(
            ":memory:" if options.data is None else str(options.data),
            companies=options.companies or ("Sandbox Company_US_1",),
            currency=options.currency,
            speed=options.speed,
            limits=options.limits,
            settings=settings,
            seed=options.seed,
        )
        control.set_faults(sandbox, options.faults)
        control.set_webhooks(sandbox, {"address": options.webhooks} if options.webhooks else {})
    except Refusal as refusal:
        raise UsageError(refusal.detail, fix="See docs/quickbooks-sandbox.md.") from None
    except sqlite3.Error as error:
        raise UsageError(
            f"{options.data} cannot be used as a file of books: {error}.",
            fix="Name a file in a folder you may write to, and one sandbox for each file.",
        ) from None
    return sandbox


def _journal(path: Path) -> Journal:
    try:
        return Journal(path)
    except OSError as error:
        raise UsageError(
            f"{path} cannot be written: {error.strerror}.",
            fix="Name a file in a folder that exists.",
        ) from None


def _socket(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server(
            (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=512
        )
    except (OSError, OverflowError) as error:
        raise UsageError(
            f"The sandbox cannot listen on {host}:{port}: {error}.",
            fix="Try --port 0 for any free port.",
        ) from None


def _announce(options: Options, sandbox: Sandbox, url: str) -> None:
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if options.json:
        known = {
            "url": url,
            "realms": sandbox.realms(),
            "client_id": sandbox.client.id,
            "client_secret": sandbox.client.secret,
        }
        typer.echo(wire.encode(known))
    else:
        typer.echo(f"QuickBooks sandbox ready at {url} (realm {', '.join(sandbox.realms())})")
