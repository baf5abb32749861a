"""`hub key` and `hub user`: a key is shown once and ends when told to; a user is known by their e-mail address."""

from __future__ import annotations

import pytest

from tests.e2e.cli.running import Run


def test_a_key_from_its_beginning_to_its_end(hub: Run) -> None:
    hub("company", "add", "Acme")
    made = hub.json("key", "add", "acme", "shop", "--role", "viewer", "--right", "undo", "--expires", "2099-12-31")
    assert made["secret"].startswith("hub_")
    (listed,) = hub.json("key", "list", "acme")["items"]
    assert (listed["role"], listed["rights"], listed["expires_at"][:10]) == ("viewer", ["undo"], "2099-12-31")
    assert "secret" not in listed
    assert hub.json("key", "revoke", "acme", made["id"]) == {"id": made["id"], "revoked": True}
    assert hub.json("key", "list", "acme")["items"][0]["revoked_at"]
    shown = hub("key", "add", "acme", "for people").out
    assert shown.splitlines()[0].startswith("hub_")


def test_a_user_from_their_beginning_to_their_end(hub: Run) -> None:
    hub("company", "add", "Acme")
    assert "There is no user yet" in hub("user", "list").out
    first = hub.json("user", "add", "Ann@Example.com", "Ann", "--administrator")["link"]
    hub("user", "add", "bob@example.com", "Bob")
    assert first.startswith("/welcome/")
    assert hub.json("user", "link", "ann@example.com")["link"] != first
    role = hub.json("user", "role", "bob@example.com", "acme", "bookkeeper", "--right", "undo")
    assert role["companies"] == [{"company": "acme", "role": "bookkeeper", "rights": ["undo"]}]
    assert hub.json("user", "role", "bob@example.com", "acme", "none")["companies"] == []
    hub("user", "shut-out", "bob@example.com")
    assert [one["state"] for one in hub.json("user", "list")["items"]] == ["invited", "shut out"]
    hub("user", "shut-out", "bob@example.com", "--let-in")
    assert [one["state"] for one in hub.json("user", "list")["items"]] == ["invited", "invited"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["key", "add", "nope", "x"], "company_not_found"),
        (["key", "list", "nope"], "company_not_found"),
        (["key", "add", "acme", ""], "bad_name"),
        (["key", "add", "acme", "x", "--role", "king"], "bad_role"),
        (["key", "add", "acme", "x", "--right", "fly"], "bad_right"),
        (["key", "add", "acme", "x", "--expires", "2020-01-01"], "bad_expiry"),
        (["key", "add", "acme", "x", "--expires", "soon"], "usage"),
        (["key", "revoke", "acme", "9"], "key_not_found"),
        (["user", "add", "nobody", "x"], "bad_email"),
        (["user", "link", "nobody@example.com"], "user_not_found"),
        (["user", "role", "nobody@example.com", "acme", "viewer"], "user_not_found"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_sentence(hub: Run, words: list[str], code: str) -> None:
    hub("company", "add", "Acme")
    result = hub(*words, "--json")
    assert result.code in (1, 2)
    assert result.error["code"] == code
