"""Secrets that were planted never come out: not on a page, not in a log, not in what the database holds."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from sqlalchemy import select

from hub.store.people import metadata
from hub.testing.scratch import Scratch
from tests.integration.web.conftest import Person

PASSWORD = "canary of a password"
PAGES = ("/", "/account", "/admin/users", "/admin/audit", "/admin/adapters", "/companies/acme/keys",
         "/companies/acme/audit", "/companies/acme/connections", "/companies/acme/records",
         "/companies/acme/records/customer/C1", "/c/acme/mock/queue", "/c/acme/mock/conflicts",
         "/c/acme/mock/connection", "/companies/acme/connect/mock?name=mock")  # fmt: skip


def held(scratch: Scratch) -> str:
    """Everything the database holds, as text."""
    with scratch.hub.database.read() as db:
        return str([list(db.execute(select(table))) for table in metadata.sorted_tables])


def test_passwords_links_keys_and_sessions_stand_nowhere(
    scratch: Scratch, ann: Person, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    scratch.customer()
    scratch.sync()
    made = scratch.hub.add_user("ben@example.com", "Ben")
    session = scratch.hub.accept_invitation(made["link"], PASSWORD)
    key = scratch.hub.add_key("acme", "shop", role="viewer")["secret"]
    link = scratch.hub.new_link(made["id"])
    assert scratch.hub.whose_key(key) is not None
    pages = [ann.see(path) for path in PAGES]
    told = capsys.readouterr()
    for canary in (PASSWORD, made["link"], link, session, key):
        assert not any(canary in page for page in pages)
        assert canary not in told.out + told.err + caplog.text + held(scratch)


def test_a_page_that_fails_says_so_and_its_log_tells_no_secret(
    scratch: Scratch, ann: Person, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise RuntimeError("out of order")

    monkeypatch.setattr(type(scratch.hub), "records", fails)
    answer = ann.get("/companies/acme/records")
    assert answer.status_code == 500
    assert "Traceback" not in answer.text
    assert "out of order" not in answer.text
    told = "".join(capsys.readouterr())
    assert "RuntimeError" in told
    assert "record.py" in told  # where it was
    assert "out of order" not in told  # its words may hold anything
    assert ann.client.cookies["hub_session"] not in told
