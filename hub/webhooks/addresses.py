"""Where webhooks may go: public addresses, over https; never into the hub's own network (SSRF).

The address of a webhook is chosen by whoever holds a company's keys, and the hub stands where they do not: so neither
a spelling nor a name server may lead it to what only the hub can reach. The text is checked here, and every address
that its name stands for, each time something is sent; the connection then goes to the very address that was checked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from hub.errors import InvalidInput

LONGEST = 2000
_LABEL = r"(?!-)[a-z0-9_-]{1,63}(?<!-)"
_HOST = re.compile(rf"{_LABEL}(\.{_LABEL})*")
_BRACKETS = re.compile(r"\[[0-9a-fA-F:.]+\](:[0-9]+)?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_PRINTABLE = re.compile(r"[!-~]+")
_HOME = ("localhost", "local", "internal", "intranet", "lan", "home", "corp", "home.arpa", "localdomain")
_PUBLIC6 = ip_network("2000::/3")
_NOT_PUBLIC = tuple(
    ip_network(each)
    for each in (
        "100.64.0.0/10",  # behind a carrier's NAT; a cloud's metadata at 100.100.100.200 too
        "168.63.129.16/32",  # a cloud's own services, at an address that looks public
        "192.0.0.0/24", "192.88.99.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.175.48.0/24",
        "2001::/23", "2002::/16", "3fff::/20", "2620:4f:8000::/48",  # Teredo and 6to4 hold IPv4 addresses within
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """An address that may be used as far as its text can tell."""

    url: str
    secure: bool
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """What the `Host` header says."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == (443 if self.secure else 80) else f"{name}:{self.port}"


def read_url(url: str, *, private: bool = False) -> Target:
    """Take a webhook's address apart, strictly: what two programs could read differently is refused.

    Args:
        private: for tests and development: plain http, and addresses of private networks, are allowed.

    Raises:
        InvalidInput: `bad_webhook_url`, `webhook_url_private`.
    """
    if len(url) > LONGEST:
        raise _bad(f"it is longer than {LONGEST} characters")
    if not _PRINTABLE.fullmatch(url) or "\\" in url:
        raise _bad("it holds characters that are not allowed", "Write other scripts as xn--… and %-codes.")
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").removesuffix("."), parts.port
    except ValueError:
        raise _bad("host or port cannot be read") from None
    secure = parts.scheme == "https"
    if not secure and not (private and parts.scheme == "http"):
        raise _bad("it does not begin with https://")
    if "@" in parts.netloc:
        raise _bad("it holds a user or a password", "The signature proves that a message is the hub's.")
    if parts.fragment or "#" in url:
        raise _bad("it has a # part, which is never sent")
    if port == 0 or parts.netloc.endswith(":"):
        raise _bad("its port is none")
    if "[" not in parts.netloc and "]" not in parts.netloc:
        _check_name(host)
    elif not _BRACKETS.fullmatch(parts.netloc):
        raise _bad("its host is no address")
    _check_host(host, private=private)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(url=url, secure=secure, host=host, port=port or (443 if secure else 80), path=path)


def _check_name(host: str) -> None:
    if len(host) > 253 or not _HOST.fullmatch(host):
        raise _bad("its host is no name")
    if _NUMBER.fullmatch(host.rpartition(".")[2]):  # 2130706433, 0x7f.1, 127.1: only the plain form is one address
        try:
            IPv4Address(host)
        except ValueError:
            raise _bad("its host is a number that can be read in several ways") from None


def _check_host(host: str, *, private: bool) -> None:
    """What can be refused without asking a name server."""
    try:
        literal = ip_address(host)
    except ValueError:
        if ":" in host:
            raise _bad("its host is no address") from None
        if not private and ("." not in host or host.endswith(tuple(f".{each}" for each in _HOME))):
            raise _private(host) from None
        return
    if not private and not is_public(literal):
        raise _private(host)


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether this address is one of the open Internet, reached as it is spelled."""
    if isinstance(address, IPv6Address) and (address not in _PUBLIC6 or address.scope_id):
        return False
    if any(address.version == each.version and address in each for each in _NOT_PUBLIC):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def check_addresses(target: Target, found: Sequence[str], *, private: bool = False) -> Sequence[str]:
    """The addresses to which the host's name leads, once each of them is public.

    Raises:
        InvalidInput: `webhook_url_private` when one of them is not, whatever the others are; `webhook_host_unknown`.
    """
    if not found:
        raise unknown_host(target.host)
    for each in found:
        try:
            public = is_public(ip_address(each))
        except ValueError:
            public = False
        if not public and not private:
            raise _private(target.host)
    return found


def unknown_host(host: str) -> InvalidInput:
    """No name server knows it."""
    return InvalidInput(
        f"The host {host} cannot be found.", code="webhook_host_unknown", fix="Check how it is spelled."
    )


def _bad(why: str, fix: str = "Give an address like https://app.example.com/hooks/accounting.") -> InvalidInput:
    return InvalidInput(f"This address cannot be used: {why}.", code="bad_webhook_url", fix=fix)


def _private(host: str) -> InvalidInput:
    return InvalidInput(
        f"{host} leads into a private network, where webhooks do not go.",
        code="webhook_url_private",
        fix="Give an address that is reached from the Internet, or poll the change feed instead.",
    )
