"""Health, readiness and figures: what they say, and to whom."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from hub.errors import StoreUnreachable
from hub.server import build_app
from hub.store.migrate import REVISIONS
from hub.testing.scratch import Scratch
from tests.integration.webhooks.conftest import BROKEN, URL, Receiver

BOTH = pytest.mark.parametrize("where", ["", "/api/v1"])
Near = Callable[..., TestClient]


@pytest.fixture
def near(scratch: Scratch) -> Near:
    """A client on this machine, unless it says otherwise; all of them ask one application."""
    app = build_app(scratch.hub)

    def near(address: str = "127.0.0.1", name: str = "127.0.0.1:8080") -> TestClient:
        return TestClient(app, base_url=f"http://{name}", client=(address, 50_000))

    return near


def figures(client: TestClient) -> dict[tuple[str, tuple[str, ...]], float]:
    """Each sample by its name and the values of its labels."""
    answer = client.get("/metrics")
    assert answer.status_code == 200, answer.text
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


@BOTH
def test_a_hub_that_works_is_alive_and_ready(near: Near, where: str) -> None:
    assert near().get(f"{where}/healthz").json() == {"status": "ok"}
    assert near().get(f"{where}/readyz").json() == {"status": "ready"}


@BOTH
def test_without_its_database_it_is_alive_and_not_ready(
    near: Near, scratch: Scratch, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    def away() -> Any:
        raise StoreUnreachable("The database does not answer.", code="cannot_connect", fix="Wait.")

    monkeypatch.setattr(scratch.hub.database, "read", away)
    assert near().get(f"{where}/healthz").status_code == 200
    answer = near().get(f"{where}/readyz")
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
    assert answer.json()["code"] == "cannot_connect"
    assert figures(near())["hub_up", ()] == 0  # and the figures of this process are still there


@pytest.fixture
def stamp(scratch: Scratch) -> Iterator[Callable[[str], None]]:
    """Let the database say that its tables are of this version; put right afterwards."""

    def stamp(version: str) -> None:
        with scratch.hub.database.write(None) as db:
            db.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{version}'")

    yield stamp
    stamp(REVISIONS[-1])


def test_tables_of_another_version_are_not_ready(near: Near, stamp: Callable[[str], None]) -> None:
    for version, code in (("0005", "schema_not_current"), ("9999", "newer_database")):
        stamp(version)
        answer = near().get("/readyz")
        assert (answer.status_code, answer.json()["code"]) == (503, code)


@pytest.mark.parametrize(
    ("address", "name", "headers"),
    [
        ("203.0.113.7", "127.0.0.1:8080", {}), ("testclient", "localhost", {}), ("127.0.0.1", "hub.example.com", {}),
        ("127.0.0.1", "127.0.0.1:8080", {"X-Forwarded-For": "127.0.0.1"}), ("127.0.0.1", "localhost", {"Via": "1.1 x"}),
        ("127.0.0.1", "localhost", {"Forwarded": "for=127.0.0.1"}), ("127.0.0.1", "localhost", {"X-Real-IP": "::1"}),
    ],
)  # fmt: skip
@BOTH
def test_figures_are_not_for_the_world(
    near: Near, where: str, address: str, name: str, headers: dict[str, str]
) -> None:
    answer = near(address, name).get(f"{where}/metrics", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")
    assert "acme" not in answer.text


def test_with_a_token_they_are_for_whoever_has_it_and_for_nobody_else(near: Near, scratch: Scratch) -> None:
    scratch.hub.settings.metrics_token = SecretStr("röntgen")
    far = near("203.0.113.7", "hub.example.com")
    assert far.get("/metrics", headers={"Authorization": "Bearer röntgen".encode()}).status_code == 200
    for given in ({}, {"Authorization": "Bearer x"}, {"Authorization": "Bearer "}, {"Authorization": "Basic x"}):
        assert near().get("/metrics", headers=given).status_code == 401
    scratch.hub.settings.metrics_token = SecretStr("")
    assert near().get("/metrics").status_code == 401  # an empty one lets nobody in


def test_the_queue_is_told_by_connection_and_state_with_its_oldest_request(near: Near, scratch: Scratch) -> None:
    assert figures(near())["hub_queue_oldest_seconds", ("acme/mock",)] == 0
    scratch.customer("C1")
    scratch.clock.sleep(90)
    scratch.customer("C2")
    (first, _) = scratch.queue()
    scratch.hub.hold(scratch.connection, [first["id"]], "month end")
    told = figures(near())
    assert told["hub_queue_requests", ("acme/mock", "waiting")] == 1
    assert told["hub_queue_requests", ("acme/mock", "held")] == 1
    assert told["hub_queue_oldest_seconds", ("acme/mock",)] == 90
    assert told["hub_connection_paused", ("acme/mock",)] == 0


def test_jobs_are_counted_from_the_start_of_the_process_and_not_from_the_first_look(scratch: Scratch) -> None:
    scratch.sync()  # before this process
    client = TestClient(build_app(scratch.hub), base_url="http://127.0.0.1:8080", client=("127.0.0.1", 50_000))
    for _ in range(2):
        scratch.sync()
    assert figures(client)["hub_jobs_total", ("acme/mock", "completed", "manual")] == 2


def test_each_job_that_ends_is_counted_once_whoever_ran_it(near: Near, scratch: Scratch) -> None:
    client = near()
    scratch.customer("C1")
    job = scratch.hub.request_job(scratch.connection)
    assert ("hub_jobs_total", ("acme/mock", "completed", "api")) not in figures(client)
    with scratch.another_process() as other:
        (done,) = other.work()
    assert done["id"] == job
    for _ in range(2):
        told = figures(client)
        assert told["hub_jobs_total", ("acme/mock", "completed", "api")] == 1
        assert told["hub_attempts_total", ("acme/mock", "applied")] == 1
        assert told["hub_job_seconds_count", ("acme/mock",)] == 1


def test_webhooks_are_told_by_state_and_their_deliveries_by_outcome(
    near: Near, scratch: Scratch, receiver: Receiver, happen: Callable[..., None]
) -> None:
    scratch.hub.add_webhook("acme", URL)
    happen("a", "b")
    receiver.answers = [BROKEN]
    scratch.hub.deliverer.deliver(1)
    told = figures(near())
    assert told["hub_webhooks", ("acme", "failing")] == 1
    assert told["hub_webhook_deliveries_total", ("acme", "failed")] == 1
    assert told["hub_webhook_deliveries_total", ("acme", "taken")] == 0


def test_requests_are_counted_under_their_route_and_never_under_what_somebody_wrote(near: Near) -> None:
    client = near()
    for path in ("/api/v1/companies/secret-name/changes", "/no/such/page", "/api/v1/no-such", "/healthz", "/login"):
        client.get(path)
    client.request("BREW", "/healthz")
    told = figures(client)
    assert told["hub_http_requests_total", ("GET", "/api/v1/companies/{company}/changes", "401")] == 1
    assert told["hub_http_requests_total", ("GET", "/healthz", "200")] == 1
    assert told["hub_http_requests_total", ("GET", "/login", "200")] == 1
    assert told["hub_http_requests_total", ("GET", "other", "404")] == 2
    assert ("hub_http_requests_total", ("other", "/healthz", "405")) in told or (
        ("hub_http_requests_total", ("other", "other", "405")) in told
    )
    assert told["hub_http_request_seconds_count", ("GET", "/healthz")] == 1
    assert "secret-name" not in client.get("/metrics").text
