"""Every route of the page: a stranger, and a browser in which nobody is signed in, find nothing and change nothing.

The routes are those of the application itself, so that a new one cannot be forgotten.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from sqlalchemy import select

from hub.server import build_app
from hub.store import people as tables
from hub.store.tables import metadata
from hub.testing.scratch import Scratch
from tests.integration.web.conftest import ORIGIN, Person

OPEN = {"/login", "/logout", "/welcome/{secret}"}
"""Where nobody need be signed in, or where that is the matter."""
MACHINES = {"/healthz", "/readyz", "/metrics", "/webhooks/{adapter}"}
"""What answers programs that nobody signs in for: no page, and tested where it is made."""
MINE = {"/", "/account", "/demo", "/companies", "/connect/callback", "/connect/confirm"}
"""What is about the caller, or asks for an administrator of the hub: no company's data are behind it."""
FILLED = {"company": "acme", "name": "mock", "type": "ship_doc", "source_id": "S1", "adapter": "mock",
          "secret": "x", "job": "1", "job_id": "1", "id": "1", "view": "1", "psr": "1", "request": "1"}  # fmt: skip
FIELDS = {"do": "undo", "reason": "forged", "request": "1", "connection": "acme/mock", "conflict": "1",
          "name": "forged",
          "key": "1", "user": "1", "company": "acme", "role": "administrator", "email": "forged@example.com",
          "action": "remove", "ids": "1", "id": "1", "plan": "1", "every": "1m", "p:conflicts": "ask"}  # fmt: skip
DOING = ("undo", "detach", "remove", "add", "revoke", "pause", "policy", "membership", "shut_out", "link", "confirm")


def routes(app: Any) -> list[tuple[str, str]]:
    """Every method and path of the pages, those of included routers too."""
    found = set()
    for route in app.router.routes:
        for each in getattr(route, "original_router", app.router).routes:
            if isinstance(each, APIRoute):
                found |= {(method, each.path) for method in each.methods}
    assert len(found) > 20, "the routes of the application were not found"
    return sorted(found)


def filled(path: str) -> str:
    """The path with what there is in `acme`."""
    return re.sub(r"\{(\w+)(:path)?\}", lambda found: FILLED[found[1]], path)


def everything(scratch: Scratch) -> dict[str, list[Any]]:
    """What the database holds, but for who was seen when."""
    apart = {"sessions", "login_failures", "connecting"}
    with scratch.hub.database.read() as db:
        return {
            table.name: [tuple(row) for row in db.execute(select(table))]
            for table in (*metadata.sorted_tables, tables.users)
            if table.name not in apart
        }


@pytest.fixture
def full(scratch: Scratch) -> Scratch:
    """A company with something of everything."""
    scratch.customer()
    scratch.item()
    scratch.ship_doc()
    scratch.sync()
    scratch.ship_doc("S2")
    scratch.hub.add_key("acme", "shop", role="viewer")
    return scratch


def test_nobody_signed_in_is_sent_to_the_login_from_everywhere(full: Scratch, ann: Person, nobody: TestClient) -> None:
    before = everything(full)
    for method, path in routes(build_app(full.hub)):
        if path in OPEN | MACHINES:
            continue
        answer = nobody.request(method, filled(path), data=FIELDS if method == "POST" else None, follow_redirects=False,
                                headers={"Origin": ORIGIN})  # fmt: skip
        assert answer.status_code == 303, (method, path, answer.status_code)
        assert answer.headers["location"].startswith("/login"), (method, path)
    assert everything(full) == before


def test_the_administrator_of_another_company_finds_nothing_and_changes_nothing(
    full: Scratch, ann: Person, stranger: Person
) -> None:
    before, csrf = everything(full), stranger.csrf
    for method, path in routes(build_app(full.hub)):
        if path in OPEN | MACHINES:
            continue
        for do in DOING if method == "POST" else ("",):
            given = {**FIELDS, "do": do, "csrf": csrf} if method == "POST" else None
            if path == "/account":
                continue
            answer = stranger.client.request(method, filled(path), data=given, headers={"Origin": ORIGIN})
            if path in MINE:
                assert "acme" not in answer.text.casefold(), (method, path)
            elif path.startswith("/admin"):
                assert answer.status_code == 403, (method, path)
            else:
                assert answer.status_code == 404, (method, path, answer.status_code)
                assert "S1" not in answer.text
                assert "Customer C1" not in answer.text
    assert everything(full) == before


def test_a_form_without_its_token_or_from_elsewhere_changes_nothing(full: Scratch, ann: Person) -> None:
    before, csrf = everything(full), ann.csrf
    forged = [
        ({**FIELDS}, {"Origin": ORIGIN}),
        ({**FIELDS, "csrf": "0" * 64}, {"Origin": ORIGIN}),
        ({**FIELDS, "csrf": csrf}, {"Origin": "https://evil.example"}),
        ({**FIELDS, "csrf": csrf}, {"Origin": "null"}),
        ({**FIELDS, "csrf": csrf}, {"Sec-Fetch-Site": "cross-site"}),
    ]
    for method, path in routes(build_app(full.hub)):
        if method != "POST" or path in OPEN | MACHINES:
            continue
        for do in DOING:
            for fields, headers in forged:
                answer = ann.client.post(filled(path), data={**fields, "do": do}, headers=headers)
                assert answer.status_code == 409, (path, do, headers, answer.status_code)
    assert everything(full) == before


def test_another_companys_request_or_conflict_is_not_found_under_ones_own(full: Scratch, stranger: Person) -> None:
    """The ids in a form are those of the company in the address, or of none."""
    full.hub.connect("other", "mock")
    before = everything(full)
    theirs = full.queue()[0]["id"]
    here = "/companies/other/records/ship_doc/S1"
    for fields in ({"do": "remove", "connection": "acme/mock", "request": str(theirs)},
                   {"do": "release", "connection": "acme/mock", "request": str(theirs)},
                   {"do": "remove", "connection": "other/mock", "request": str(theirs)},
                   {"do": "link", "connection": "acme/mock", "remote_id": "1", "keep": "source"}):  # fmt: skip
        assert stranger.send(here, reason="forged", **fields).status_code in (404, 422)
    key = full.hub.keys("acme")[0]["id"]
    assert stranger.send("/companies/other/keys", do="revoke", key=str(key)).status_code == 404
    assert everything(full) == before
