"""`hub webhook`: added with a secret that is shown once, tried, looked at, removed; bad addresses are one sentence."""

from __future__ import annotations

import pytest

from tests.e2e.cli.running import Run

NOBODY, INSIDE = "http://127.0.0.1:1/hook", "https://10.0.0.1/"


@pytest.fixture
def open_door(acme: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A hub whose webhooks may go to this machine."""
    monkeypatch.setenv("HUB_WEBHOOKS_TO_PRIVATE", "true")
    return acme


def test_a_webhook_from_its_beginning_to_its_end(open_door: Run) -> None:
    hub = open_door
    made = hub.json("webhook", "add", "acme", NOBODY, "--kind", "record_reopened")
    assert made["secret"].startswith("whsec_")
    (listed,) = hub.json("webhook", "list", "acme")["items"]
    assert (listed["id"], listed["kinds"], "secret" in listed) == (made["id"], ["record_reopened"], False)
    tried = hub("webhook", "test", "acme", made["id"])
    assert (tried.code, "Nothing listens" in tried.out) == (1, True)
    (log,) = hub.json("webhook", "deliveries", "acme", made["id"])["items"]
    assert (log["kind"], log["status"]) == ("test", None)
    assert hub.json("webhook", "enable", "acme", made["id"], "--skip")["state"] == "active"
    assert hub.json("webhook", "remove", "acme", made["id"]) == {"id": made["id"], "removed": True}
    assert hub.json("webhook", "list", "acme")["items"] == []


def test_people_read_it_too(open_door: Run) -> None:
    hub = open_door
    assert "Next: hub webhook add" in hub("webhook", "list", "acme").out
    shown = hub("webhook", "add", "acme", NOBODY)
    assert "shown only now: whsec_" in shown.out
    assert "Nothing was sent yet." in hub("webhook", "deliveries", "acme", 1).out
    assert NOBODY in hub("webhook", "list", "acme").out
    assert "active" in hub("webhook", "enable", "acme", 1).out
    assert "removed" in hub("webhook", "remove", "acme", 1).out


@pytest.mark.parametrize(
    ("words", "code", "exit"),
    [
        (["add", "acme", NOBODY], "bad_webhook_url", 1), (["add", "acme", INSIDE], "webhook_url_private", 1),
        (["add", "nobody", INSIDE], "company_not_found", 1), (["remove", "acme", "9"], "webhook_not_found", 1),
        (["add", "acme", "https://8.8.8.8/", "--kind", "x"], "bad_event_kind", 1), (["test", "acme", "x"], "usage", 2),
        (["deliveries", "acme", "0"], "usage", 2), (["add", "acme"], "usage", 2),
    ],
)  # fmt: skip
def test_what_cannot_be_is_one_sentence_with_its_code(acme: Run, words: list[str], code: str, exit: int) -> None:
    result = acme("webhook", *words, "--json")
    assert (result.code, result.error["code"]) == (exit, code)
