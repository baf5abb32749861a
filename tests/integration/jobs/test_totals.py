"""J3: completed does not mean all succeeded; the totals add up, and every error is one step away."""

from __future__ import annotations


def test_J3_the_totals_add_up_and_the_errors_are_one_step_away(make):
    scratch = make(closing_date="2025-12-31")
    scratch.customer()
    scratch.customer("C2", name="Taken")
    scratch.books.bookkeeper.add("customer", ["name=taken"])
    scratch.item()
    scratch.ship_doc("S1")
    scratch.ship_doc("S2", date="2025-06-01")
    scratch.ship_doc("S3", customer="C2")
    queued = len(scratch.queue())
    job = scratch.sync()
    assert job["state"] == "completed_with_errors"
    told = ("applied", "rejected", "conflict", "waiting", "unknown", "excluded")
    assert {name: job["totals"][name] for name in told} == {
        "applied": 3, "rejected": 1, "conflict": 1, "waiting": 1, "unknown": 0, "excluded": 0,
    }  # fmt: skip
    assert sum(job["totals"][name] for name in told) == queued
    results = scratch.hub.job(job["id"])["results"]
    errors = {(each["type"], each["source_id"]): each["error"]["code"] for each in results if each["error"]}
    assert errors == {("customer", "C2"): "duplicate_name", ("ship_doc", "S2"): "period_closed"}
    assert all(each["error"]["message"] and each["error"]["fix"] for each in results if each["error"])


def test_J3_a_job_without_trouble_is_completed(scratch):
    scratch.customer()
    job = scratch.sync()
    assert (job["state"], job["totals"]["applied"]) == ("completed", 1)


def test_J3_the_totals_of_a_job_survive_a_takeover(make, died):
    scratch = make(batch_size=1, concurrency=1)
    for at in range(5):
        scratch.customer(f"C{at}")
    assert died(scratch, "after-intent-commit", 4)
    job = scratch.sync()["id"] - 1
    assert scratch.hub.job(job)["totals"]["applied"] == 5


def test_J3_a_job_whose_import_fails_tells_so_and_keeps_what_it_sent(make, wire):
    scratch = make()
    scratch.customer()

    def fail(hook):
        if hook == "changes":
            raise OSError("the line is dead")

    wire.before = fail
    job = scratch.sync()
    assert (job["state"], job["totals"]["applied"]) == ("completed_with_errors", 1)
    assert "the line is dead" in job["message"]
    wire.before = lambda _hook: None
    assert scratch.sync()["state"] == "completed"
