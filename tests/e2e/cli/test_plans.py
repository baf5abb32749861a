"""J10 and X8 as people use them: look at the plan, apply it, set the dates between which documents are synced."""

from __future__ import annotations

import json

import pytest

from tests.e2e.cli.running import CUSTOMER, Run, ship_doc


def put(acme: Run, *records: dict) -> None:
    acme.json("load", "acme", acme.file("some.jsonl", list(records)))


def test_J10_the_plan_is_read_and_applied_by_its_id(acme: Run) -> None:
    put(acme, {**CUSTOMER, "email": "zoe@example.com"}, ship_doc("S9"))
    plan = acme.json("plan", "acme/mock")
    assert [(one["operation"], one["source_id"]) for one in plan["items"]] == [("update", "C1"), ("create", "S9")]
    assert plan["items"][0]["fields"] == [{"field": "email", "old": None, "new": "zoe@example.com"}]
    job = acme.json("sync", "acme/mock", "--plan", plan["id"])
    assert (job["state"], job["plan"], job["totals"]["applied"]) == ("completed", plan["id"], 2)
    assert acme.json("job", job["id"])["plan"] == plan["id"]


def test_J10_people_read_it_in_plain_words(acme: Run) -> None:
    put(acme, {**CUSTOMER, "email": "zoe@example.com"}, {"type": "customer", "source_id": "C9", "name": "New"},
        ship_doc("S9", customer="C9"), ship_doc("S8", customer="NOBODY"))  # fmt: skip
    acme.json("undo", "acme", "ship_doc", "S2")
    out = acme("plan", "acme/mock").out
    assert "email: (nothing) → zoe@example.com" in out
    assert "refers to customer C9, which this job creates before" in out
    assert "take out (delete)" in out
    assert "waits for customer NOBODY" in out
    assert "20.00 USD" in out
    assert out.rstrip().endswith("Next: hub sync acme/mock --plan 1")


def test_J10_an_empty_queue_is_told_so(acme: Run) -> None:
    out = acme("plan", "acme/mock").out
    assert "The next job would send nothing." in out
    assert "Next:" not in out


def test_J10_only_so_many_are_told_and_the_totals_cover_all(acme: Run) -> None:
    put(acme, *(ship_doc(f"N{at}") for at in range(12)))
    plan = acme.json("plan", "acme/mock", "--limit", 5)
    assert (len(plan["items"]), plan["total"], plan["totals"]["send"]) == (5, 12, 12)
    assert "(the first 5 of 12 requests)" in acme("plan", "acme/mock", "--limit", 5).out


def test_J10_a_plan_that_no_longer_holds_is_refused_with_4_and_says_what_changed(acme: Run) -> None:
    put(acme, ship_doc("S8"), ship_doc("S9"))
    plan = acme.json("plan", "acme/mock")
    put(acme, ship_doc("S9", memo="other"))
    program = acme("sync", "acme/mock", "--plan", plan["id"], "--json")
    assert (program.code, program.out, program.error["code"]) == (4, "", "plan_changed")
    assert [each["source_id"] for each in program.error["details"]["changed"]] == ["S9"]
    assert "ship doc S9: its content changed" in acme("sync", "acme/mock", "--plan", plan["id"]).sentence()
    assert len(acme.json("queue", "acme/mock")["items"]) == 2


def test_J10_a_plan_is_applied_once_and_only_to_its_own_connection(acme: Run) -> None:
    plan = acme.json("plan", "acme/mock")
    acme.json("connect", "acme", "mock", "--name", "second")
    other = acme("sync", "acme/second", "--plan", plan["id"], "--json")
    assert (other.code, other.error["code"]) == (1, "plan_not_found")
    acme.json("sync", "acme/mock", "--plan", plan["id"])
    again = acme("sync", "acme/mock", "--plan", plan["id"], "--json")
    assert (again.code, again.error["code"]) == (4, "plan_applied")


@pytest.mark.parametrize(
    "words", [["--plan", "soon"], ["--plan", "-1"], ["--plan", "0"], ["--plan", "9" * 30], ["--plan"]]
)
def test_J10_what_is_no_plans_id_is_a_wrong_usage(acme: Run, words: list[str]) -> None:
    result = acme("sync", "acme/mock", *words)
    assert (result.code, result.out) == (2, "")
    assert result.sentence()


@pytest.mark.parametrize("words", [["--limit", "0"], ["--limit", "1001"], ["--limit", "many"], ["--wings"]])
def test_J10_bad_options_of_a_plan_are_a_wrong_usage(acme: Run, words: list[str]) -> None:
    result = acme("plan", "acme/mock", *words)
    assert (result.code, result.out) == (2, "")
    assert result.sentence()


def test_J10_no_plan_is_made_while_a_job_waits(acme: Run) -> None:
    from hub.app import open_hub

    with open_hub() as hub:
        hub.request_job("acme/mock")
    result = acme("plan", "acme/mock", "--json")
    assert (result.code, result.error["code"]) == (4, "job_unfinished")


def test_X8_dates_are_set_shown_and_taken_back(acme: Run) -> None:
    changed = acme.json("policy", "acme/mock", "--set", "start_date=2026-01-01", "--set", "closing_date=2025-12-31")
    assert (changed["start_date"], changed["closing_date"]) == ("2026-01-01", "2025-12-31")
    assert "2025-12-31" in acme("policy", "acme/mock").out
    assert acme.json("policy", "acme/mock", "--set", "closing_date=")["closing_date"] is None


def test_X8_the_books_own_closing_date_is_shown(acme: Run) -> None:
    acme.json("connect", "acme", "mock", "--set", "closing_date=2025-12-31")
    assert acme.json("connections", "acme")["items"][0]["books"]["closing_date"] == "2025-12-31"
    assert "2025-12-31" in acme("policy", "acme/mock").out


def test_X8_dates_in_hub_toml_may_be_dates_or_text(acme: Run) -> None:
    acme.file(
        "hub.toml", '[policy]\nstart_date = 2026-01-01\n[connections."acme/mock".policy]\nclosing_date = "2025-12-31"\n'
    )
    policy = acme.json("policy", "acme/mock")
    assert (policy["start_date"], policy["closing_date"]) == ("2026-01-01", "2025-12-31")
    acme.file("hub.toml", '[policy]\nstart_date = "soon"\n')
    assert "start_date: must be a date" in acme("queue", "acme/mock").sentence()


def test_X8_an_undo_in_a_closed_period_is_refused_up_front(acme: Run) -> None:
    acme.json("policy", "acme/mock", "--set", "closing_date=2026-01-31")
    refused = acme("undo", "acme", "ship_doc", "S2", "--json")
    assert (refused.code, refused.error["code"]) == (4, "period_closed")
    assert acme.json("show", "acme", "ship_doc", "S2")["status"] == "shipped"


def test_C5_a_clash_is_shown_with_both_values_and_the_base(acme: Run) -> None:
    acme.json("policy", "acme/mock", "--set", "conflicts=ask")
    (customer,) = acme.json("mock", "list", "acme/mock", "customer")["items"]
    acme.json("mock", "edit", "acme/mock", "customer", customer["remote_id"], "--set", "phone=3")
    put(acme, {**CUSTOMER, "phone": "2"})
    assert "both_changed" in json.dumps(acme.json("plan", "acme/mock"))
    acme("sync", "acme/mock")
    out = acme("conflicts", "acme/mock").out
    assert "phone: was nothing; the source says 2, the books 3" in out
    assert "--keep books --connection acme/mock" in out
