"""Links: the address of an object's page is whole and safe to follow, gives nothing away, and no id leads it astray."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import parse_qsl, urlsplit

from hub.adapters import RemoteRef
from hub.adapters.links import web_address
from hub.model import Policy, RecordType
from hub.testing.contract.asking import needs
from hub.testing.contract.bench import Bench
from hub.testing.contract.redaction import secrets_in

HOSTILE = ("1&x=2", "..", "1#x", "1?x=2", "../1", "1/../../x", '1"><script>', "1 2", "1\n2", "\u00e4", "1%26x=2")
"""Ids that would change an address that they are only pasted into."""


class LinkRules:
    """`hub_record_url`."""

    def test_an_address_is_whole_and_gives_no_secret_away(self, bench: Bench) -> None:
        """A person follows it from the record's page; it ends in their browser's history."""
        needs(bench.offers("hub_record_url"), "it does not implement hub_record_url")
        told = {type: _address(bench, type, "1") for type in bench.can.types}
        needs(any(told.values()), "it knows no pages")
        for type, url in told.items():
            if url is None:
                continue
            assert web_address(url) == url, f"a {type.words} has {url!r}, which is no whole address"
            parts = urlsplit(url)
            assert parts.scheme == "https" or _is_here(parts.hostname or ""), f"{url} is not encrypted"
            assert not secrets_in(bench, url), f"a secret is told: {url}"

    def test_no_id_leads_an_address_astray(self, bench: Bench) -> None:
        """Ids come from the books; one that holds signs of an address is escaped, or has no address."""
        needs(bench.offers("hub_record_url"), "it does not implement hub_record_url")
        for type in bench.can.types:
            plain = _address(bench, type, "1")
            for id in HOSTILE if plain else ():
                url = _address(bench, type, id)
                if url is not None:
                    assert web_address(url) == url, f"the id {id!r} stands unescaped in {url!r}"
                    assert ".." not in urlsplit(url).path.split("/"), f"the id {id!r} leads out of its folder: {url}"
                    assert _form(url) == _form(plain or ""), f"the id {id!r} makes another address: {url}"


def _address(bench: Bench, type: RecordType, remote_id: str) -> str | None:
    told = bench.ask("hub_record_url", ref=RemoteRef(type=type, remote_id=remote_id), posts_as=Policy().posts_as(type))
    assert told is None or isinstance(told, str), f"hub_record_url answered with a {told.__class__.__name__}"
    return told


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _form(url: str) -> tuple[object, ...]:
    parts = urlsplit(url)
    keys = [name for name, _ in parse_qsl(parts.query, keep_blank_values=True)]
    return parts.scheme, parts.netloc, parts.path.count("/"), keys, bool(parts.fragment)
