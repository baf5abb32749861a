"""What is done on a connection over REST: queue, jobs, conflicts, schedule, policy, proof."""

from __future__ import annotations

from typing import Any

import pytest

from hub.testing.scratch import Scratch
from tests.integration.api.conftest import Program

MOCK = "/connections/acme/mock"


def _pages(shop: Program, path: str, limit: int) -> list[Any]:
    met: list[Any] = []
    after = ""
    while True:
        page = shop.done("GET", f"{path}{'&' if '?' in path else '?'}limit={limit}{after}")
        met += page["items"]
        if page["next"] is None:
            assert page["total"] == len(met)
            return met
        after = f"&after={page['next']}"


def test_Q5_the_queue_is_read_page_by_page_and_acted_on(shop: Program, scratch: Scratch) -> None:
    for at in range(5):
        scratch.customer(f"C{at}")
    rows = _pages(shop, f"{MOCK}/queue?sort=-title", 2)
    assert [row["source_id"] for row in rows] == ["C4", "C3", "C2", "C1", "C0"]
    one, two = rows[0]["id"], rows[1]["id"]
    assert shop.done("POST", f"{MOCK}/queue/{one}/hold", {"reason": "wait"}) == {"held": 1}
    assert shop.done("POST", f"{MOCK}/queue/{one}/release") == {"released": 1}
    assert shop.code("POST", f"{MOCK}/queue/{one}/release", status=409) == "not_held"
    assert shop.code("POST", f"{MOCK}/queue/{one}/hold", status=422) == "invalid_request"
    assert shop.done("DELETE", f"{MOCK}/queue/{two}?reason=why")["source_id"] == "C3"
    (removed,) = [each for each in scratch.hub.audit("acme")["items"] if each["what"] == "removed_from_queue"]
    assert (removed["who"], removed["reason"]) == ("key shop", "why")
    assert shop.code("DELETE", f"{MOCK}/queue/{two}", status=404) == "request_not_found"
    everything = {"action": "hold", "filter": {"type": "customer"}, "reason": "month end"}
    assert shop.code("POST", f"{MOCK}/queue:bulk", {**everything, "expect": 5}, status=409) == "count_changed"
    assert shop.done("POST", f"{MOCK}/queue:bulk", {**everything, "expect": 4})["done"] == 4
    assert shop.code("POST", f"{MOCK}/queue:bulk", {"action": "release"}, status=422) == "request_missing"


@pytest.mark.parametrize(
    "wrong", ["limit=0", "limit=1001", "limit=x", "state=gone", "type=shoe", "after=x", "sort=x", "q=%00", "error=x"]
)
def test_a_list_is_not_read_with_words_it_does_not_know(shop: Program, wrong: str) -> None:
    code = shop.code("GET", f"{MOCK}/queue?{wrong}", status=422)
    assert code in ("invalid_request", "bad_cursor", "bad_sort")


def test_J1_a_job_is_asked_for_and_followed(shop: Program, scratch: Scratch) -> None:
    for at in range(3):
        scratch.customer(f"C{at}")
    plan = shop.done("POST", f"{MOCK}/plan")
    answer = shop("POST", f"{MOCK}/jobs", {"plan": plan["id"]})
    job = answer.json()
    assert (answer.status_code, job["state"], job["trigger"], job["plan"]) == (202, "queued", "api", plan["id"])
    assert job["requested_by"] == "key shop"
    assert shop.code("POST", f"{MOCK}/jobs", status=409) == "job_unfinished"
    scratch.hub.work()
    assert shop.done("GET", f"{MOCK}/jobs/{job['id']}")["totals"]["applied"] == 3
    assert [row["outcome"] for row in _pages(shop, f"{MOCK}/jobs/{job['id']}/results", 2)] == ["applied"] * 3
    assert shop.code("POST", f"{MOCK}/jobs/{job['id']}/cancel", status=409) == "job_finished"
    second = shop.done("POST", f"{MOCK}/jobs")["id"]
    assert shop.done("POST", f"{MOCK}/jobs/{second}/cancel")["state"] == "cancelled"
    assert [each["id"] for each in _pages(shop, f"{MOCK}/jobs", 1)] == [second, job["id"]]
    assert shop.code("GET", f"{MOCK}/jobs/99", status=404) == "job_not_found"
    assert shop.code("GET", f"{MOCK}/jobs/{2**63}", status=422) == "invalid_request"
    assert shop.code("GET", f"{MOCK}/jobs?after=W10", status=422) == "bad_cursor"


def test_J3_results_tell_troubles_first(shop: Program, scratch: Scratch) -> None:
    scratch.customer()
    scratch.customer("C2", name="customer c1")
    scratch.ship_doc()
    scratch.sync()
    job = shop.done("GET", f"{MOCK}/jobs")["items"][0]["id"]
    told = [(row["source_id"], row["outcome"]) for row in _pages(shop, f"{MOCK}/jobs/{job}/results", 1)]
    assert told == [("C2", "conflict"), ("S1", "waiting"), ("C1", "applied")]


def test_C9_a_conflict_is_resolved_by_one_of_its_ways(shop: Program, scratch: Scratch) -> None:
    scratch.customer()
    scratch.sync()
    scratch.customer("C2", name="customer c1")
    (row,) = _pages(shop, f"{MOCK}/conflicts", 1)
    path = f"{MOCK}/conflicts/{row['id']}/resolve"
    assert shop.code("POST", path, {"action": "guess"}, status=422) == "invalid_request"
    assert shop.code("POST", path, {"action": "choose", "fields": {}}, status=409) == "action_not_possible"
    shown = shop.done("POST", path, {"action": "rename", "name": "Another"})
    assert (shown["name"], shown["sync"][0]["state"]) == ("Another", "waiting")
    assert shop.code("POST", path, {"action": "rename", "name": "Third"}, status=409) == "conflict_settled"


def test_schedule_and_policy_are_set_and_told(shop: Program) -> None:
    assert shop.done("GET", f"{MOCK}/schedule")["kind"] is None
    assert shop.done("PUT", f"{MOCK}/schedule", {"every": "15m", "jitter": 10})["expression"] == "15m"
    assert shop.code("PUT", f"{MOCK}/schedule", {"every": "15m", "off": True}, status=400) == "bad_schedule"
    assert shop.code("PUT", f"{MOCK}/schedule", {"cron": "x"}, status=422) == "bad_schedule"
    assert shop.done("PUT", f"{MOCK}/schedule", {"off": True})["kind"] is None
    changed = shop.done("PUT", f"{MOCK}/policy", {"conflicts": "ask", "ship_doc": {"trigger_statuses": ["shipped"]}})
    assert (changed["conflicts"], changed["ship_doc"]["trigger_statuses"]) == ("ask", ["shipped"])
    for wrong in ({"conflicts": {"a": 1}}, {"ship_doc": "x"}, {"hold_after": 1.5}, {"shoe": 1}, {"shoe": None}):
        assert shop.code("PUT", f"{MOCK}/policy", wrong, status=422) == "invalid_policy"
    assert shop.code("PUT", f"{MOCK}/policy", [], status=422) == "invalid_request"
    assert shop.code("PUT", f"{MOCK}/policy", {"a\0": 1}, status=422) == "invalid_request"
    assert shop.done("GET", f"{MOCK}/policy") == changed


def test_V1_the_statement_is_read_for_a_period(shop: Program, scratch: Scratch) -> None:
    scratch.customer()
    scratch.item()
    scratch.ship_doc()
    scratch.sync()
    made = shop.done("GET", f"{MOCK}/reconciliation?from=2026-01-01&to=2026-01-31")
    assert (made["agrees"], made["from"], made["to"]) == (True, "2026-01-01", "2026-01-31")
    assert shop.code("GET", f"{MOCK}/reconciliation?from=yesterday", status=422) == "invalid_request"
    assert shop.code("GET", f"{MOCK}/reconciliation?from=2026-02-31", status=422) == "bad_period"


@pytest.mark.parametrize(
    ("adapter", "settings"),
    [("mock", {"file": "elsewhere.db"}), ("quickbooks", {"sandbox_url": "http://127.0.0.1:1"})],
)
def test_a_company_never_names_an_address_or_a_file_of_the_hubs_own_machine(
    shop: Program, scratch: Scratch, adapter: str, settings: dict[str, str]
) -> None:
    body = {"adapter": adapter, "name": "other", "settings": settings}
    assert shop.code("POST", "/companies/acme/connections", body, status=409) == "operators_setting"
    assert not (scratch.folder / "elsewhere.db").exists()
    assert len(scratch.hub.connections()) == 1


def test_connections_are_made_by_those_who_manage(shop: Program, scratch: Scratch) -> None:
    made = shop("POST", "/companies/acme/connections", {"adapter": "mock"})
    assert (made.status_code, made.json()["connection"]) == (201, "acme/mock")
    assert shop.code("POST", "/companies/acme/connections", {"adapter": "no-such"}, status=422) == (
        "adapter_not_installed"
    )
    wrong = {"adapter": "mock", "settings": {"colour": "red"}}
    assert shop.code("POST", "/companies/acme/connections", wrong, status=422) == "bad_setting"
    assert shop.code("POST", "/companies", {"name": "Beta"}, status=403) == "not_permitted"
    assert [one["name"] for one in shop.done("GET", "/adapters")["items"]]
