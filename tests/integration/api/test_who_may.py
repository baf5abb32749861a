"""Every route of the application, whoever wrote it, lets nobody in who may not: nothing is found, nothing changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from sqlalchemy import select

from hub.api.app import api_app
from hub.store.people import api_keys, replays
from hub.store.tables import metadata
from hub.testing.scratch import Scratch
from tests.integration.api.conftest import Program, problem_of

OPEN = {"/webhooks/{adapter}", "/healthz", "/readyz", "/metrics"}
"""Routes for others than programs with a key: their own tests say who may."""
SHARED = {"/companies", "/adapters"}
"""Routes that are no company's: every key may ask, and sees no more than its own."""
FILLED = {
    "company": "acme", "name": "mock", "type": "customer", "source_id": "C1", "psr": "1", "job": "1", "id": "1",
}  # fmt: skip
BODIES: dict[str, Any] = {
    "link": {"keep": "source", "remote_id": "1"}, "proxy": {"remote_id": "1"}, "hold": {"reason": "x"},
    "queue:bulk": {"action": "release", "filter": {}}, "records:batch": {"records": []}, "{source_id}": {"name": "New"},
    "resolve": {"action": "rename", "name": "Other"}, "schedule": {"every": "15m"}, "policy": {"conflicts": "ask"},
    "connections": {"adapter": "mock"}, "webhooks": {"url": "https://example.com/"}, "companies": {"name": "Beta"},
}  # fmt: skip


class _NoHub:
    """Enough of a hub to list the routes."""

    settings = None

    def newest_job(self) -> tuple[int, tuple[int, ...]]:
        return 0, ()

    def jobs_since(self, *_: Any) -> tuple[Any, ...]:
        return ()


def _leaves(routes: Any) -> Iterator[APIRoute]:
    """The routes; newer versions of FastAPI keep those of an included router together."""
    for route in routes:
        if isinstance(route, APIRoute):
            yield route
        else:
            yield from _leaves(getattr(getattr(route, "original_router", None), "routes", ()))


def _routes() -> list[tuple[str, str]]:
    found = _leaves(api_app(_NoHub()).routes)  # type: ignore[arg-type]
    return [(method, route.path) for route in found if route.path not in OPEN for method in sorted(route.methods)]


ROUTES = _routes()
WRITING = [(method, path) for method, path in ROUTES if method != "GET"]


def _ask(program: Program, method: str, path: str) -> Any:
    body = BODIES.get(path.rstrip("/").rpartition("/")[2]) if method in ("POST", "PUT") else None
    return program(method, path.format(**FILLED), body)


def _everything(scratch: Scratch) -> dict[str, list[Any]]:
    aside = {api_keys.name, replays.name}  # when a key was last used is noted
    with scratch.hub.database.read() as db:
        return {
            table.name: [tuple(row) for row in db.execute(select(table))]
            for table in metadata.sorted_tables
            if table.name not in aside
        }


@pytest.fixture
def filled(scratch: Scratch) -> Scratch:
    """There is something of everything to be found: records, requests, a job, a conflict."""
    scratch.customer()
    scratch.sync()
    scratch.customer("C2", name="customer c1")
    scratch.hub.request_job(scratch.connection)
    scratch.hub.add_company("Beta")
    return scratch


def test_there_are_routes_to_walk() -> None:
    assert len(ROUTES) > 40
    assert ("POST", "/companies/{company}/records:batch") in WRITING


def test_another_companys_key_finds_nothing_anywhere(program_of: Callable[..., Program], filled: Scratch) -> None:
    stranger = program_of("administrator", "undo", "prevent", "remove", "detach", company="beta")
    before = _everything(filled)
    for method, path in ROUTES:
        answer = _ask(stranger, method, path)
        if path in SHARED:
            assert "acme" not in answer.text, (method, path)
            continue
        assert answer.status_code == 404, (method, path, answer.text)
        assert problem_of(answer) == "company_not_found", (method, path)
        assert "Customer" not in answer.text, (method, path)
    assert _everything(filled) == before


def test_nobody_comes_in_without_a_key_that_is_in_force(
    client: TestClient, program_of: Callable[..., Program], filled: Scratch
) -> None:
    expired = program_of("administrator", expires_at=filled.clock.now() + timedelta(seconds=1))
    revoked = program_of("administrator", name="revoked")
    filled.hub.revoke_key("acme", filled.hub.keys("acme")[0]["id"])
    filled.clock.sleep(2)
    wrong = [Program(client, secret) for secret in ("", "hub_wrong", "hub_" + "x" * 5000)]
    before = _everything(filled)
    for program in (expired, revoked, *wrong):
        for method, path in ROUTES:
            answer = _ask(program, method, path)
            assert answer.status_code == 401, (method, path, answer.text)
            assert problem_of(answer) == "not_authenticated"
            assert answer.headers["www-authenticate"] == "Bearer"
    for method, path in ROUTES:
        assert client.request(method, "/api/v1" + path.format(**FILLED)).status_code == 401
    assert {key: rows for key, rows in _everything(filled).items() if rows != before[key]} == {}


def test_a_viewer_reads_and_changes_nothing(program_of: Callable[..., Program], filled: Scratch) -> None:
    viewer = program_of("viewer", "undo", "prevent", "remove", "detach")
    before = _everything(filled)
    for method, path in WRITING:
        answer = _ask(viewer, method, path)
        assert answer.status_code == 403, (method, path, answer.text)
        assert problem_of(answer) == "not_permitted", (method, path)
    assert _everything(filled) == before
    assert viewer.done("GET", "/companies/acme/records/customer/C1")["name"] == "Customer C1"


def test_U9_undo_prevent_removal_and_detaching_need_their_right(
    program_of: Callable[..., Program], filled: Scratch
) -> None:
    clerk = program_of("bookkeeper")
    psr = filled.queue()[0]["id"]
    filled.item()
    filled.ship_doc()
    for what in ("undo", "prevent", "allow", "detach"):
        assert clerk.code("POST", f"/companies/acme/records/ship_doc/S1/{what}", status=403) == "not_permitted"
    assert clerk.code("DELETE", f"/connections/acme/mock/queue/{psr}", status=403) == "not_permitted"
    body = {"action": "remove", "ids": [psr], "reason": "x"}
    assert clerk.code("POST", "/connections/acme/mock/queue:bulk", body, status=403) == "not_permitted"
    assert clerk.code("PUT", "/connections/acme/mock/policy", {"conflicts": "ask"}, status=403) == "not_permitted"


def test_a_companys_name_in_the_path_is_not_enough_to_reach_into_another(
    program_of: Callable[..., Program], filled: Scratch
) -> None:
    stranger = program_of("administrator", "remove", company="beta")
    filled.hub.connect("beta", "mock", name="books")
    psr = filled.queue()[0]["id"]
    assert stranger.code("DELETE", f"/connections/beta/books/queue/{psr}", status=404) == "request_not_found"
    assert stranger.code("GET", "/connections/beta/books/jobs/1", status=404) == "job_not_found"
    assert stranger.code("POST", "/connections/beta/books/jobs/1/cancel", status=404) == "job_not_found"
    assert stranger.code("GET", "/connections/beta/books/jobs/1/results", status=404) == "job_not_found"
    body = {"action": "rename", "name": "x"}
    assert (
        stranger.code("POST", "/connections/beta/books/conflicts/1/resolve", body, status=404) == "conflict_not_found"
    )
    many = {"action": "release", "ids": [psr]}
    assert stranger.done("POST", "/connections/beta/books/queue:bulk", many) == {
        "done": 0, "refused": [], "refused_total": 0,
    }  # fmt: skip
