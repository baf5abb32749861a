"""Connecting on the command line: a sandbox says yes at once, a person in a browser, and nothing is stored before."""

from __future__ import annotations

import json

import pytest


def test_a_sandbox_is_connected_without_a_browser_and_tells_what_is_missing(serve, person) -> None:
    books = serve()
    person("company", "add", "Acme")
    done = person("connect", "acme", "quickbooks", "--sandbox", books.url)
    assert (done.returncode, done.stderr) == (0, "")
    assert "acme/quickbooks is connected to the books of Sandbox Company_US_1." in done.stdout
    assert "Missing: No account is set for items" in done.stdout
    assert "--set income_account=" in done.stdout
    again = person.json("connect", "acme", "quickbooks", "--set", f"sandbox_url={books.url}")
    assert again["books"]["id"] == "9130350000000001"
    assert {each["code"] for each in again["missing"]} == {"not_ready"}


def test_the_second_of_two_connections_to_the_same_books_is_refused(serve, person) -> None:
    books = serve()
    person("company", "add", "Acme")
    person("connect", "acme", "quickbooks", "--sandbox", books.url)
    twin = person("connect", "acme", "quickbooks", "--name", "twin", "--sandbox", books.url)
    assert twin.returncode == 4
    assert "books_connected_already" in twin.stderr


def test_no_token_and_no_secret_is_told_anywhere(serve, person) -> None:
    books = serve("--fault", "expire-token:0.5")
    person("company", "add", "Acme")
    said = [person("connect", "acme", "quickbooks", "--sandbox", books.url, HUB_LOG_LEVEL="DEBUG")]
    said.append(person("sync", "acme/quickbooks", HUB_LOG_LEVEL="DEBUG"))
    said.append(person("connections", "acme", "--json"))
    everything = "".join(each.stdout + each.stderr for each in said)
    assert "sandbox-secret" not in everything
    assert "Bearer" not in everything
    raw = b"".join(file.read_bytes() for file in person.folder.glob("hub.db*"))
    assert b"sandbox-secret" not in raw


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--sandbox", "http://127.0.0.1:9"], "sandbox_unreachable"),
        (["--sandbox", "nonsense"], "bad_setting"),
        ([], "app_missing"),
        (["--set", "client_id=x"], "app_missing"),
        (["--set", "time_scale=4"], "bad_setting"),
    ],
)
def test_what_cannot_be_connected_is_one_sentence_and_stores_nothing(person, words: list[str], code: str) -> None:
    person("company", "add", "Acme")
    done = person("connect", "acme", "quickbooks", *words, "--json")
    assert done.returncode == 1
    assert json.loads(done.stderr)["error"]["code"] == code
    assert person.json("connections")["items"] == []
