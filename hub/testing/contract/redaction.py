"""Redaction: no secret, however spelled, and no customer's data leaves through words: outcomes, errors, logs, repr."""

from __future__ import annotations

import base64
import contextlib
import io
import logging
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import quote

import pytest

from hub.adapters import Find, Relay, RemoteRef
from hub.errors import HubError
from hub.testing.contract.asking import needs
from hub.testing.contract.bench import Bench
from hub.testing.contract.subject import OTHERS, OURS, Trouble

SHORTEST, PIECE = 6, 10
PLANTED = "planted.Zx81Qv@example.com"


class RedactionRules:
    """What an adapter says, logs and shows."""

    def test_no_secret_is_told_in_outcomes_and_errors(self, bench: Bench) -> None:
        """In every trouble, as they leave the hub: not in base64, not as part of an address, and no piece of it."""
        secrets = set(_secrets(bench))
        for text in _told(bench):
            secrets |= set(_secrets(bench))
            assert not _found(secrets, text), f"a secret is told: {text}"

    def test_no_secret_is_logged_or_printed(self, bench: Bench) -> None:
        """By the adapter or what it is built on, at any level."""
        secrets = _secrets(bench)
        with _listening() as heard:
            bench.reconnect()
            list(_told(bench))
        assert not _found(secrets, text := heard()), f"a secret is logged: {text}"

    def test_no_record_is_logged_or_printed(self, bench: Bench) -> None:
        """Customers' addresses belong in the books, not in a log."""
        type = next((type for type in bench.entities if type.value in ("customer", "vendor")), None)
        needs(type, "it sends neither customers nor vendors")
        assert type is not None
        with _listening() as heard:
            request = bench.create(type, email=PLANTED)
            made = bench.done(request)
            bench.held(type, made.remote_id)
            for way in bench.ways(Trouble.LOSE_REPLY):
                with contextlib.suppress(pytest.skip.Exception), bench.trouble(Trouble.LOSE_REPLY, way):
                    bench.push(bench.update(request, made, name="Renamed"))
        assert PLANTED not in (text := heard()), f"a record is logged: {text}"

    def test_no_secret_shows_in_repr(self, bench: Bench) -> None:
        """Tracebacks, debuggers and monitoring show it."""
        secrets = _secrets(bench)
        bench.done(bench.create(bench.entity()))
        shown = [bench.adapter, *vars(bench.adapter).values()]
        for each in shown:
            assert not _found(secrets, f"{each!r} {each}"), f"a secret shows in repr: {type(each).__name__}"


def secrets_in(bench: Bench, text: str) -> bool:
    """Whether a text holds a secret, or a piece of one; False where there are none."""
    with contextlib.suppress(pytest.skip.Exception):
        return _found(_secrets(bench), text)
    return False


def _secrets(bench: Bench) -> list[str]:
    given = [bench.subject.context(books).credentials for books in (OURS, OTHERS)]
    secret = [text for each in given for name, text in each.items() if name not in bench.subject.public]
    plain = [each for each in (*secret, *bench.subject.secrets()) if len(each) >= SHORTEST]
    needs(plain, "it is given no credentials")
    return [spelled for each in plain for spelled in _spellings(each)]


def _spellings(secret: str) -> Iterator[str]:
    yield secret
    yield quote(secret, safe="")
    for at in range(3):  # wherever it stands in what was encoded; the ends depend on their neighbours
        encoded = base64.b64encode(b"x" * at + secret.encode())[at and 4 : -4].decode()
        if len(encoded) >= SHORTEST:
            yield encoded


def _found(secrets: Iterable[str], text: str) -> bool:
    return any(piece in text for secret in secrets for piece in _pieces(secret))


def _pieces(secret: str) -> Iterator[str]:
    """A short one whole; of a long one every run of so many letters: books quote the beginning of an expired token."""
    if len(secret) < 2 * PIECE:
        yield secret
        return
    for start in range(len(secret) - PIECE + 1):
        yield secret[start : start + PIECE]


def _told(bench: Bench) -> Iterator[str]:
    """Everything that is said, through the hub's own relay, in peace and in every trouble."""
    yield from _said(bench)
    for trouble in Trouble:
        for way in bench.ways(trouble):
            try:
                with bench.trouble(trouble, way):
                    bench.reconnect()
                    yield from _said(bench)
            except pytest.skip.Exception:
                continue


def _said(bench: Bench) -> Iterator[str]:
    relay = Relay(bench.adapter, bench.context)
    request = bench.create(bench.entity())
    yield from (str(outcome) for outcome in relay.push([request]))
    wanted = Find(type=request.type, posts_as=request.posts_as, marker=request.marker, name="x")
    for call in (
        relay.check,
        lambda: relay.find([wanted]),
        lambda: relay.read([RemoteRef(type=request.type, remote_id="1")]),
        lambda: relay.changes(None, 10),
        lambda: relay.changes("no cursor", 10),
    ):
        try:
            yield str(call())
        except HubError as fault:
            yield f"{fault} {fault.as_dict()} {fault.__cause__}"


@contextlib.contextmanager
def _listening() -> Iterator[Callable[[], str]]:
    """Everything that is logged at any level, or printed, while it lasts."""
    heard, printed, root = io.StringIO(), io.StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(heard), root.level
    root.addHandler(handler)
    root.setLevel(1)
    try:
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            yield lambda: heard.getvalue() + printed.getvalue()
    finally:
        root.setLevel(level)
        root.removeHandler(handler)
