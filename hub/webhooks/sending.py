"""Sends one message once, to an address that was checked a moment ago: no redirect, no proxy, no wait without end."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from hub.errors import InvalidInput
from hub.webhooks.addresses import Target, check_addresses, read_url, unknown_host

DEADLINE = 10.0
"""Seconds from the first look for the address to the end of the answer."""
LARGEST_ANSWER = 4096
"""Bytes of an answer that are read; nothing in it is of interest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What became of a message: taken when `error` is empty."""

    status: int | None
    error: str
    milliseconds: int


class Send(Protocol):
    """Sends one message; whatever goes wrong is in the answer."""

    def __call__(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer: ...


_ALWAYS = {"user-agent": "accounting-hub", "connection": "close"}
Resolve = Callable[[str, int], Sequence[str]]


def resolve(host: str, port: int) -> list[str]:
    """Every address of a host, in the order in which to try them."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise unknown_host(host) from None
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class Sender:
    """Sends over https. With `private`, for tests and development, over http and into private networks too."""

    def __init__(self, *, private: bool = False, resolve: Resolve = resolve, deadline: float = DEADLINE) -> None:
        self._private, self._resolve, self._deadline = private, resolve, deadline
        from requests.utils import DEFAULT_CA_BUNDLE_PATH  # heavy, and only those who send need it

        self._tls = ssl.create_default_context()
        self._tls.load_verify_locations(DEFAULT_CA_BUNDLE_PATH)  # where the system has none of its own

    def check(self, url: str) -> Target:
        """InvalidInput unless webhooks may go there at this moment."""
        return self._found(url)[0]

    def __call__(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """POST it once."""
        begun = time.monotonic()
        status, error = self._post(url, headers, body, begun + self._deadline)
        return Answer(status=status, error=error, milliseconds=int((time.monotonic() - begun) * 1000))

    def _found(self, url: str) -> tuple[Target, Sequence[str]]:
        target = read_url(url, private=self._private)
        return target, check_addresses(target, self._resolve(target.host, target.port), private=self._private)

    def _post(self, url: str, headers: Mapping[str, str], body: bytes, end: float) -> tuple[int | None, str]:
        try:
            target, addresses = self._found(url)
        except InvalidInput as fault:
            return None, fault.message
        line = _Line(target, addresses, self._tls, end)
        # A receiver that sends a byte now and then would never meet the timeout of a single read.
        guard = threading.Timer(max(0.0, end - time.monotonic()), line.cut)
        guard.daemon = True
        guard.start()
        try:
            line.request("POST", target.path, body, {"host": target.authority, **_ALWAYS, **headers})
            answer = line.getresponse()
            status = answer.status
            answer.read(LARGEST_ANSWER)
            line.must_be_in_time()  # what was cut in the middle of its head looks like a short one
        except (OSError, http.client.HTTPException, ValueError) as fault:
            return None, line.told(fault)
        finally:
            guard.cancel()
            line.close()
        return status, "" if 200 <= status < 300 else _words(status)


class _Line(http.client.HTTPConnection):
    """A connection to one of the addresses that were checked, and to no other; the certificate is the name's."""

    def __init__(self, target: Target, addresses: Sequence[str], tls: ssl.SSLContext, end: float) -> None:
        super().__init__(target.host, target.port)
        self._target, self._addresses, self._tls, self._end = target, addresses, tls, end
        self._late = False

    def connect(self) -> None:
        """Try the addresses in turn."""
        fault: OSError = TimeoutError()
        for address in self._addresses:
            try:
                raw = socket.create_connection((address, self._target.port), timeout=self._left())
            except OSError as met:
                fault = met
                continue
            self.sock = raw
            if self._target.secure:
                raw.settimeout(self._left())
                self.sock = self._tls.wrap_socket(raw, server_hostname=self._target.host)
            self.sock.settimeout(self._left())
            return
        raise fault

    def _left(self) -> float:
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def cut(self) -> None:
        """The time is over: whoever waits for the other side is woken."""
        self._late = True
        if self.sock is not None:
            try:
                self.sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def must_be_in_time(self) -> None:
        """TimeoutError when the line was cut."""
        if self._late:
            raise TimeoutError

    def told(self, fault: Exception) -> str:
        """What went wrong, in plain words."""
        host = self._target.host
        if self._late or isinstance(fault, TimeoutError):
            return f"{host} did not answer in time."
        if isinstance(fault, ssl.SSLCertVerificationError):
            return f"{host} has no certificate that can be trusted: {fault.verify_message}."
        if isinstance(fault, ssl.SSLError):
            return f"No secure connection to {host} could be made."
        if isinstance(fault, ConnectionRefusedError):
            return f"Nothing listens at {host}, port {self._target.port}."
        if isinstance(fault, http.client.HTTPException | ValueError):
            return f"{host} gave no answer that is HTTP."
        return f"The connection to {host} broke or could not be made."


def _words(status: int) -> str:
    if 300 <= status < 400:
        return f"The receiver sent the hub elsewhere ({status}), and webhooks follow nobody."
    name = http.client.responses.get(status, "")
    return f"The receiver answered {status}{f' {name}' if name else ''}."
