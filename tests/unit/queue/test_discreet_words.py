"""What the audit trail tells of settings: old and new values, and never what would let somebody in."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, SecretStr

from hub.queue.discreet import changed, plain_url, secret_names


class Sealed(BaseModel):
    """Settings, some of which are secret."""

    pin: SecretStr
    spare: SecretStr | None = None
    file: str = ""


@pytest.mark.parametrize(
    ("url", "plain"),
    [
        ("https://app.example.com/hook?token=abc", "https://app.example.com/hook"),
        ("https://ann:secret@app.example.com:8443/hook#part", "https://app.example.com:8443/hook"),
        ("http://[2001:db8::1]:80/a?b", "http://[2001:db8::1]:80/a"),
        ("https://app.example.com:port/x?token=abc", "an address that cannot be read"),
    ],
)
def test_U9_an_address_is_told_without_what_opens_it(url: str, plain: str) -> None:
    assert plain_url(url) == plain


def test_U9_settings_that_are_secret_are_known_by_their_type() -> None:
    assert secret_names(Sealed) == {"pin", "spare"}


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ({"a": 1, "b": 2}, {"a": 1, "b": 3}, {"b": {"old": 2, "new": 3}}),
        ({}, {"ship_doc": {"undo": False}}, {"ship_doc.undo": {"old": None, "new": False}}),
        ({"a": [1]}, {}, {"a": {"old": [1], "new": None}}),
        ({"pin": "1"}, {"pin": "2"}, {"pin": {"old": "(secret)", "new": "(secret)"}}),
        ({}, {"client_secret": "x"}, {"client_secret": {"old": None, "new": "(secret)"}}),
        ({"key_memory": 0}, {"key_memory": 9}, {"key_memory": {"old": 0, "new": 9}}),
        ({}, {"hooks": ["see https://u:p@h.example/x?q=1 there"]},
         {"hooks": {"old": None, "new": ["see https://h.example/x there"]}}),
        ({}, {"note": "x" * 900}, {"note": {"old": None, "new": "x" * 200}}),
    ],
)  # fmt: skip
def test_U9_old_and_new_are_told(before: dict[str, Any], after: dict[str, Any], told: dict[str, Any]) -> None:
    assert changed(before, after, {"pin"}) == told


@pytest.mark.parametrize(
    "name",
    [
        "apiKey", "apikey", "API_KEY", "api-key", "apiKeys", "apiKey2", "key", "client.key", "licenceKey",
        "privateKeyPem", "key_file", "authtoken", "authToken", "token", "tokenValue", "refresh_tokens",
        "passwd", "userPasswd", "password", "dbPassword", "passphrase", "passcode", "pwd", "smtp_pass", "pin",
        "clientSecret", "secretValue", "credentials", "auth", "basicAuth", "Authorization", "X-Auth",
        "bearer", "hooks.apiKey",
    ],
)  # fmt: skip
def test_U9_what_sounds_like_a_secret_is_one_however_its_name_is_joined(name: str) -> None:
    assert changed({}, {name: "x"}) == {name: {"old": None, "new": "(secret)"}}
    assert changed({}, {"hooks": [{name: "x"}]}) == {"hooks": {"old": None, "new": [{name: "(secret)"}]}}


@pytest.mark.parametrize("name", ["key_memory", "author", "authors.name", "compass", "passing", "shipping", "pinned"])
def test_U9_what_only_looks_a_little_like_a_secret_is_told(name: str) -> None:
    assert changed({}, {name: "x"}) == {name: {"old": None, "new": "x"}}
