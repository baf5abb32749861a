"""Where webhooks may go: hostile spellings, names that lead inside, and addresses that look public and are not."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from hub.errors import InvalidInput
from hub.webhooks.addresses import LONGEST, check_addresses, is_public, read_url

GOOD = "https://app.example.com/hooks/hub?team=7"


def code_of(url: str, *found: str, private: bool = False) -> str:
    with pytest.raises(InvalidInput) as met:
        check_addresses(read_url(url, private=private), found or ["93.184.215.14"], private=private)
    assert met.value.fix
    return met.value.code


def test_a_public_address_over_https_is_taken_apart() -> None:
    target = read_url(GOOD)
    assert (target.host, target.port, target.path) == ("app.example.com", 443, "/hooks/hub?team=7")
    assert target.authority == "app.example.com"
    assert read_url("https://App.Example.com.:8443").authority == "app.example.com:8443"
    assert read_url("https://[2606:4700::1111]/x").authority == "[2606:4700::1111]"
    assert check_addresses(target, ["93.184.215.14", "2606:4700::1111"]) == ["93.184.215.14", "2606:4700::1111"]


@pytest.mark.parametrize(
    "url",
    [
        "", "x", "//app.example.com/", "https:app.example.com", "https:///path", "https://", "https://?q", "https://:443/",
        "http://app.example.com/", "ftp://app.example.com/", "file:/etc/passwd", "gopher://app.example.com/",
        "javascript:alert(1)", "HTTPS//app.example.com",
        "https://user@app.example.com/", "https://user:word@app.example.com/", "https://app.example.com@127.0.0.1/",
        "https://@app.example.com/", "https://app.example.com%40127.0.0.1/", "https://app.example.com\\@127.0.0.1/",
        "https://app.example.com/#part", "https://app.example.com#@127.0.0.1/", "https://app.example.com/#",
        "https://app.example.com:0/", "https://app.example.com:/", "https://app.example.com:65536/",
        "https://app.example.com:-1/", "https://app.example.com:x/", "https://app.example.com:443:80/",
        "https://app.example.com /", " https://app.example.com/", "https://app.exam\tple.com/", "https://app.example.com/\r\nx",
        "https://app.example.com/\x00", "https://app.example.com/ü", "https://bücher.example/", "https://①②⑦.⓪.⓪.①/",
        "https://127。0。0。1/", "https://example．com/", "https://exa%6dple.com/", "https://%31%32%37.0.0.1/",
        "https://-app.example.com/", "https://app..example.com/", "https://.example.com/",
        f"https://{'a' * 64}.example.com/", f"https://{'a.' * 127}example.com/", GOOD + "x" * LONGEST,
        "https://2130706433/", "https://0x7f000001/", "https://017700000001/", "https://127.1/", "https://0x7f.1/",
        "https://0177.0.0.1/", "https://127.0.0.01/", "https://127.0.0.0x1/", "https://example.com.1/", "https://0/",
        "https://[::1/", "https://[::1]]/", "https://[::ffff:999.0.0.1]/", "https://[v1.x]/", "https://[example.com]/",
    ],
)  # fmt: skip
def test_what_could_be_read_in_two_ways_is_no_address(url: str) -> None:
    assert code_of(url) == "bad_webhook_url"


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/", "https://127.0.0.1:8443/", "https://10.0.0.1/", "https://192.168.1.1/", "https://172.16.0.1/",
        "https://169.254.169.254/latest/meta-data/", "https://100.64.0.1/", "https://100.100.100.200/", "https://0.0.0.0/",
        "https://168.63.129.16/", "https://224.0.0.1/", "https://255.255.255.255/", "https://240.0.0.1/",
        "https://[::1]/", "https://[::]/", "https://[::ffff:127.0.0.1]/", "https://[::ffff:93.184.215.14]/",
        "https://[::127.0.0.1]/", "https://[fe80::1]/", "https://[fd00:ec2::254]/", "https://[ff02::1]/",
        "https://[64:ff9b::7f00:1]/", "https://[2002:7f00:1::]/", "https://[2001:0:7f00:1::]/", "https://[2001:db8::1]/",
        "https://localhost/", "https://LOCALHOST./", "https://hub/", "https://db.internal/", "https://printer.local/",
        "https://metadata.google.internal/", "https://app.localhost/", "https://nas.home.arpa/",
    ],
)  # fmt: skip
def test_private_networks_are_refused_however_they_are_named(url: str) -> None:
    assert code_of(url) == "webhook_url_private"


@pytest.mark.parametrize(
    "found",
    [
        ["127.0.0.1"], ["10.1.2.3"], ["169.254.169.254"], ["::1"], ["::ffff:10.0.0.1"], ["fe80::1%eth0"], ["0.0.0.0"],
        ["93.184.215.14", "127.0.0.1"], ["127.0.0.1", "93.184.215.14"], ["2606:4700::1111", "fd00::1"], ["nonsense"],
    ],
)  # fmt: skip
def test_a_public_name_that_leads_inside_is_refused_when_any_of_its_addresses_does(found: list[str]) -> None:
    assert code_of("https://127.0.0.1.nip.example/", *found) == "webhook_url_private"


def test_a_name_without_an_address_is_told_as_such() -> None:
    with pytest.raises(InvalidInput) as met:
        check_addresses(read_url(GOOD), [])
    assert met.value.code == "webhook_host_unknown"


@pytest.mark.parametrize("address", ["93.184.215.14", "8.8.8.8", "2606:4700::1111", "2a00:1450:4001::1"])
def test_addresses_of_the_open_internet_are_public(address: str) -> None:
    assert is_public(ip_address(address))


def test_development_may_use_http_and_this_machine_but_no_nonsense() -> None:
    target = read_url("http://127.0.0.1:8112/hook", private=True)
    assert (target.secure, target.port) == (False, 8112)
    assert check_addresses(target, ["127.0.0.1"], private=True)
    assert read_url("http://localhost:8112/", private=True).host == "localhost"
    for url in ("ftp://127.0.0.1/", "http://user@127.0.0.1/", "http://2130706433/", "http://127.0.0.1:0/"):
        assert code_of(url, private=True) == "bad_webhook_url"
