"""One session for one connection's calls: deadlines, exact bytes, the request id kept, and never a hidden retry."""

from __future__ import annotations

import logging
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError, ProxyError, SSLError

from hub.http.budget import Budget
from hub.http.redaction import Redactor

LARGEST_BODY = 64 * 1024 * 1024
_CHUNK = 1 << 16
_log = logging.getLogger("hub.http")


class NotSent(Exception):
    """Surely nothing left: there was no connection, or no time."""


class NoAnswer(Exception):
    """It may have arrived, and no whole answer came back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A whole answer, uninterpreted. `request_id` is the books' own name for the exchange; for their support."""

    status: int
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    request_id: str = ""


class Transport:
    """Sends bytes and brings back bytes.

    Args:
        read_seconds: how long an answer may take.
        connect_seconds: how long it may take until there is a connection.
        now: the clock.
        budget: the limits to keep to; None for calls that nobody counts.
        redact: takes secrets out of what is logged and raised.
        id_header: the answer's header that names the exchange.
    """

    def __init__(
        self,
        *,
        read_seconds: float,
        connect_seconds: float = 10,
        now: Callable[[], datetime],
        budget: Budget | None = None,
        redact: Redactor | None = None,
        id_header: str = "",
        connections: int = 10,
    ) -> None:
        self._patience, self._now, self._budget = (connect_seconds, read_seconds), now, budget
        self._redact, self._id_header, self._connections = redact or Redactor(), id_header, connections
        self._local = threading.local()

    def send(
        self,
        method: str,
        url: str,
        *,
        deadline: datetime,
        kind: str = "",
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        auth: tuple[str, str] | None = None,
    ) -> Reply:
        """Send once. Redirects are answers like any other.

        Raises:
            NotSent: nothing left this machine.
            NoAnswer: it did, or may have.
            NoRoom: the budget has none before the deadline; nothing left either.
        """
        if self._budget is None:
            return self._send(method, url, deadline, params, headers, body, auth)
        with self._budget.spend(kind, deadline):
            return self._send(method, url, deadline, params, headers, body, auth)

    def _send(
        self,
        method: str,
        url: str,
        deadline: datetime,
        params: Mapping[str, str] | None,
        headers: Mapping[str, str] | None,
        body: bytes | None,
        auth: tuple[str, str] | None,
    ) -> Reply:
        if self._now() >= deadline:
            raise NotSent("The time for it had passed.")
        answered = False
        try:
            with self._session().request(
                method, url, params=params, headers=headers, data=body, auth=auth,
                timeout=self._patience, stream=True, allow_redirects=False,
            ) as answer:  # fmt: skip
                answered = True
                given = dict(answer.headers)
                content = self._whole(answer)
        except requests.RequestException as fault:
            raise self._told(fault, url, answered=answered) from None
        reply = Reply(
            status=answer.status_code, body=content, headers=given, request_id=answer.headers.get(self._id_header, "")
        )
        _log.debug("%s %s: %s, request %s", method, self._redact(url), reply.status, reply.request_id or "unnamed")
        return reply

    def _whole(self, answer: requests.Response) -> bytes:
        parts, size = [], 0
        for part in answer.iter_content(_CHUNK):
            parts.append(part)
            size += len(part)
            if size > LARGEST_BODY:
                raise requests.exceptions.ContentDecodingError("the answer is larger than any can be")
        return b"".join(parts)

    def _told(self, fault: requests.RequestException, url: str, *, answered: bool) -> NotSent | NoAnswer:
        where = url.split("/")[2] if url.count("/") > 1 else url
        why = self._redact(f"{type(fault).__name__}: {_root(fault)}")
        if not answered and _never_left(fault):
            return NotSent(f"There was no connection to {where} ({why}).")
        return NoAnswer(f"No whole answer came from {where} ({why}).")

    def _session(self) -> requests.Session:
        """A session belongs to one thread: requests does not promise more."""
        found: requests.Session | None = getattr(self._local, "session", None)
        if found is None:
            found = self._local.session = requests.Session()
            for scheme in ("https://", "http://"):
                found.mount(scheme, HTTPAdapter(pool_connections=2, pool_maxsize=self._connections, max_retries=0))
        return found


def _root(fault: BaseException) -> str:
    """The innermost reason, without the addresses that urllib3 spells out around it."""
    reason = fault.args[0] if fault.args else fault
    while isinstance(reason, BaseException):
        deeper = getattr(reason, "reason", None) or (reason.args[-1] if reason.args else None)
        if not isinstance(deeper, BaseException):
            return type(reason).__name__
        reason = deeper
    return type(fault).__name__


def _never_left(fault: requests.RequestException) -> bool:
    """Whether the connection itself failed, before a byte of the request could go."""
    if isinstance(fault, requests.ConnectTimeout | requests.exceptions.InvalidURL | requests.exceptions.MissingSchema):
        return True
    reason = fault.args[0] if fault.args else None
    if isinstance(reason, MaxRetryError):
        reason = reason.reason
    if isinstance(reason, SSLError):  # may also come with the answer; only a certificate is looked at before all else
        reason = reason.args[0] if reason.args else None
        return isinstance(reason, ssl.SSLCertVerificationError)
    return isinstance(reason, NewConnectionError | ConnectTimeoutError | ProxyError)
