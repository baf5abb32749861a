"""X8: what lies before the start date is left out; nothing in a closed period is posted, changed or removed."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from hub.errors import InvalidInput, PluginProblem
from hub.testing.scratch import Scratch

DAY = "2026-01-04"
"""The date of the ship doc that `synced` has put into the books."""


def policy(scratch: Scratch, **dates: str | None) -> None:
    scratch.hub.set_policy(scratch.connection, dates)


def errors(scratch: Scratch) -> dict[str, str]:
    return {each["source_id"]: each["error"]["code"] for each in scratch.queue() if each["error"]}


# --- the start date ---


def test_X8_a_document_dated_before_the_start_date_is_excluded_and_never_queues(scratch: Scratch, clerk: Any) -> None:
    scratch.customer()
    scratch.item()
    policy(scratch, start_date="2026-01-01")
    scratch.ship_doc("OLD", date="2025-12-31")
    scratch.ship_doc("NEW", date="2026-01-01")
    assert "OLD" not in [each["source_id"] for each in scratch.queue()]
    shown = scratch.sync_of("ship_doc", "OLD")
    assert shown["state"] == "excluded"
    assert "before 2026-01-01" in shown["reason"]
    job = scratch.sync()
    assert (job["state"], [each["number"] for each in clerk.all("invoice")]) == ("completed", ["NEW"])


def test_X8_what_waits_already_leaves_the_queue_as_excluded_when_the_start_date_is_set(
    scratch: Scratch, clerk: Any
) -> None:
    scratch.customer()
    scratch.item()
    scratch.ship_doc()
    policy(scratch, start_date="2026-02-01")
    job = scratch.sync()
    assert (job["state"], job["totals"]["excluded"]) == ("completed", 1)
    assert clerk.all("invoice") == []
    assert (scratch.queue(), scratch.state("ship_doc", "S1")) == ([], "excluded")


def test_X8_entities_have_no_date_and_pass(scratch: Scratch) -> None:
    policy(scratch, start_date="2999-01-01", closing_date="2998-12-31")
    scratch.customer()
    scratch.item()
    assert scratch.sync()["totals"]["applied"] == 2


def test_X8_a_document_moved_to_the_start_date_or_later_queues(scratch: Scratch) -> None:
    scratch.customer()
    scratch.item()
    scratch.sync()
    policy(scratch, start_date="2026-01-01")
    scratch.ship_doc(date="2025-12-31")
    scratch.ship_doc(date="2026-01-01")
    assert scratch.operations() == [("create", "ship_doc", "S1")]


def test_X8_a_new_connection_starts_with_what_is_dated_from_its_start_date_on(scratch: Scratch) -> None:
    scratch.customer()
    scratch.item()
    scratch.ship_doc("OLD", date="2025-12-31")
    scratch.ship_doc("NEW", date="2026-01-01")
    other = scratch.another_process()
    other.settings.connections["acme/second"] = {"policy": {"start_date": "2026-01-01"}}
    other.connect("acme", "mock", name="second")
    queued = [each["source_id"] for each in other.queue("acme/second")["items"]]
    other.close()
    assert sorted(queued) == ["C1", "I1", "NEW"]


def test_X8_a_prevented_document_before_the_start_date_does_not_queue_when_it_is_allowed(scratch: Scratch) -> None:
    scratch.ship_doc(status="processing", date="2025-12-31")
    scratch.hub.prevent("acme", "ship_doc", "S1")
    scratch.ship_doc(date="2025-12-31")
    policy(scratch, start_date="2026-01-01")
    assert scratch.hub.allow("acme", "ship_doc", "S1")["queued"] == []


def test_X8_what_was_synced_before_the_start_date_was_set_stays_synced_and_is_left_alone(
    synced: Scratch, clerk: Any
) -> None:
    policy(synced, start_date="2026-02-01")
    assert synced.state("ship_doc", "S1") == "synced"
    before = clerk.all("invoice")
    synced.ship_doc(memo="edited")
    job = synced.sync()
    assert (job["state"], job["totals"]["excluded"]) == ("completed", 1)
    assert clerk.all("invoice") == before
    shown = synced.sync_of("ship_doc", "S1")
    assert shown["state"] == "diverged", "the books do not hold the edit, so it must not show as synced"
    assert "2026-02-01" in shown["reason"]
    assert shown["remote_id"]


def test_X8_what_was_synced_before_the_start_date_cannot_be_undone(
    synced: Scratch, code_of: Callable[[Callable[[], Any]], str]
) -> None:
    policy(synced, start_date="2026-02-01")
    assert code_of(lambda: synced.hub.undo("acme", "ship_doc", "S1")) == "before_start_date"
    assert code_of(lambda: synced.ship_doc(status="processing")) == "before_start_date"
    assert (synced.status("ship_doc", "S1"), synced.queue()) == ("shipped", [])
    synced.hub.detach("acme", "ship_doc", "S1")  # changes nothing in the books


def test_X8_a_document_before_the_start_date_that_its_source_deletes_stays_in_the_books(
    synced: Scratch, clerk: Any
) -> None:
    policy(synced, start_date="2026-02-01")
    synced.hub.delete("acme", "ship_doc", "S1")
    assert synced.sync()["totals"]["excluded"] == 1
    assert len(clerk.all("invoice")) == 1
    assert (synced.queue(), synced.state("ship_doc", "S1")) == ([], "diverged")


def test_X8_once_the_start_date_is_moved_back_the_next_edit_reaches_the_books(synced: Scratch, clerk: Any) -> None:
    policy(synced, start_date="2026-02-01")
    synced.ship_doc(memo="one")
    synced.sync()
    policy(synced, start_date=None)
    synced.ship_doc(memo="two")
    synced.sync()
    assert clerk.one("invoice")["data"]["memo"] == "two"
    assert synced.state("ship_doc", "S1") == "synced"


# --- the closing date ---


def test_X8_a_create_in_a_closed_period_stays_in_the_queue_with_the_error_and_no_attempt(
    scratch: Scratch, clerk: Any, sent: Callable[[], list[Any]]
) -> None:
    scratch.customer()
    scratch.item()
    policy(scratch, closing_date=DAY)
    scratch.ship_doc()
    scratch.ship_doc("S2", date="2026-01-05")
    job = scratch.sync()
    assert job["state"] == "completed_with_errors"
    (left,) = scratch.queue()
    assert (left["source_id"], left["state"], left["attempts"]) == ("S1", "waiting", 0)
    assert (left["error"]["class"], left["error"]["code"]) == ("period_closed", "period_closed")
    assert DAY in left["error"]["message"]
    assert left["error"]["fix"]
    assert "ship_doc" in {json.loads(attempt.sent)["type"] for attempt in sent()}
    assert [each["number"] for each in clerk.all("invoice")] == ["S2"]
    policy(scratch, closing_date="2026-01-03")
    assert scratch.sync()["totals"]["applied"] == 1


def test_X8_waiting_in_a_closed_period_never_holds_a_request(scratch: Scratch) -> None:
    scratch.customer()
    scratch.item()
    policy(scratch, closing_date=DAY)
    scratch.ship_doc()
    for _ in range(7):
        scratch.sync()
    assert [each["state"] for each in scratch.queue()] == ["waiting"]


@pytest.mark.parametrize(
    ("closing", "new"),
    [(DAY, DAY), (DAY, "2026-01-20"), ("2026-01-03", "2026-01-02")],
    ids=["edited within it", "moved out of it", "moved into it"],
)
def test_X8_an_update_counts_with_the_date_in_the_books_and_the_new_one(
    synced: Scratch, clerk: Any, closing: str, new: str
) -> None:
    policy(synced, closing_date=closing)
    before = clerk.all("invoice")
    synced.ship_doc(memo="edited", date=new)
    synced.sync()
    assert errors(synced) == {"S1": "period_closed"}
    assert clerk.all("invoice") == before


def test_X8_the_date_that_counts_is_the_one_last_sent(synced: Scratch) -> None:
    synced.ship_doc(date="2026-03-01")
    synced.sync()
    policy(synced, closing_date="2026-02-01")
    synced.ship_doc(date="2026-03-02")
    assert synced.sync()["totals"]["applied"] == 1
    assert synced.queue() == []


def test_X8_a_removal_from_a_closed_period_waits_with_the_error(synced: Scratch, clerk: Any) -> None:
    synced.hub.undo("acme", "ship_doc", "S1")
    policy(synced, closing_date=DAY)
    synced.ship_doc()  # closed again: a pair, of which nothing may be sent
    synced.sync()
    assert len(clerk.all("invoice")) == 1
    removal, write = synced.queue()
    assert (removal["operation"], removal["error"]["code"]) == ("delete", "period_closed")
    assert (write["operation"], write["error"]) == ("create", None)


def test_U8_an_undo_in_a_closed_period_is_refused_up_front(
    synced: Scratch, code_of: Callable[[Callable[[], Any]], str]
) -> None:
    policy(synced, closing_date=DAY)
    assert code_of(lambda: synced.hub.undo("acme", "ship_doc", "S1")) == "period_closed"
    assert code_of(lambda: synced.ship_doc(status="processing")) == "period_closed"
    (plan,) = synced.hub.plan_undo("acme", "ship_doc", "S1")
    assert (plan["how"], plan["refusal"]["code"]) == (None, "period_closed")
    assert (synced.status("ship_doc", "S1"), synced.queue()) == ("shipped", [])


def test_X8_the_books_own_closing_date_is_kept_at_connect_and_looked_at_by_each_job(
    synced: Scratch, code_of: Callable[[Callable[[], Any]], str]
) -> None:
    made = synced.hub.connect("acme", "mock", settings={"closing_date": DAY})
    assert made["books"]["closing_date"] == DAY
    assert code_of(lambda: synced.hub.undo("acme", "ship_doc", "S1")) == "period_closed"
    with synced.hub.database.write("acme") as db:  # the books were opened again, and the hub does not know it yet
        db.exec_driver_sql("UPDATE connections SET settings = '{}'")
    synced.sync()
    assert synced.hub.connection(synced.connection)["books"]["closing_date"] is None
    synced.hub.undo("acme", "ship_doc", "S1")
    with synced.hub.database.write("acme") as db:
        db.exec_driver_sql(f"""UPDATE connections SET settings = '{{"closing_date": "{DAY}"}}'""")
    synced.sync()
    assert errors(synced) == {"S1": "period_closed"}, "of the same job that learnt of it"


@pytest.mark.parametrize(("ours", "theirs"), [(DAY, "2025-12-31"), ("2025-12-31", DAY), (None, DAY), (DAY, "")])
def test_X8_of_two_closing_dates_the_later_one_counts(scratch: Scratch, ours: str | None, theirs: str) -> None:
    scratch.hub.connect("acme", "mock", settings={"closing_date": theirs})
    policy(scratch, closing_date=ours)
    scratch.customer()
    scratch.item()
    scratch.ship_doc()
    scratch.sync()
    assert errors(scratch) == {"S1": "period_closed"}


def test_X8_payments_and_credits_are_dated_too(synced: Scratch) -> None:
    policy(synced, closing_date="2026-01-05")
    synced.payment()
    line = {"item": "I1", "quantity": "1", "unit_price": "10.00"}
    synced.put("customer_return", "R1", status="closed", date=DAY, customer="C1", lines=[line], number="R1")
    synced.sync()
    assert errors(synced) == {"P1": "period_closed", "R1": "period_closed"}


def test_X8_what_is_in_doubt_is_looked_for_but_not_sent_again_once_its_period_is_closed(
    scratch: Scratch, clerk: Any
) -> None:
    scratch.customer()
    scratch.item()
    scratch.sync()
    scratch.ship_doc()
    clerk.fault("drop-before-commit", on="create", times=5)
    scratch.sync()
    clerk.no_faults()
    assert [each["state"] for each in scratch.queue()] == ["unknown"]
    policy(scratch, closing_date=DAY)
    scratch.sync()  # the mock books remember keys for ten minutes: without the closing date it would be sent again
    assert clerk.all("invoice") == []
    assert errors(scratch) == {"S1": "period_closed"}


def test_X8_what_did_arrive_before_the_period_was_closed_is_recognised(scratch: Scratch, clerk: Any) -> None:
    scratch.customer()
    scratch.item()
    scratch.sync()
    scratch.ship_doc()
    clerk.fault("drop-after-commit", on="create", times=1)
    scratch.clock.sleep(1)
    scratch.hub.sync(scratch.connection)
    clerk.no_faults()
    policy(scratch, closing_date=DAY)
    scratch.sync()
    assert (scratch.state("ship_doc", "S1"), len(clerk.all("invoice"))) == ("synced", 1)


# --- settings, and what careless people write ---


@pytest.mark.parametrize("key", ["start_date", "closing_date"])
@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("31.12.2025", "must be a date written YYYY-MM-DD"),
        ("2025-02-30", "is not a day of the calendar"),
        ("2025-13-01", "is not a day of the calendar"),
        ("2025-1-1", "must be a date written YYYY-MM-DD"),
        ("today", "must be a date written YYYY-MM-DD"),
        ("2025-12-31T00:00:00", "must be a date written YYYY-MM-DD"),
        (20251231, "must be a date written YYYY-MM-DD"),
        (True, "must be a date written YYYY-MM-DD"),
        (["2025-12-31"], "must be a date written YYYY-MM-DD"),
    ],
)
def test_X8_a_date_that_is_none_is_refused_in_plain_words(scratch: Scratch, key: str, value: Any, words: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        scratch.hub.set_policy(scratch.connection, {key: value})
    assert caught.value.code == "invalid_policy"
    assert f"{key}: {words}" in caught.value.message
    assert scratch.hub.policy(scratch.connection)[key] is None


def test_X8_dates_may_be_given_as_dates_and_be_taken_back(scratch: Scratch) -> None:
    shown = scratch.hub.set_policy(scratch.connection, {"start_date": date(2026, 1, 1), "closing_date": "2025-12-31"})
    assert (shown["start_date"], shown["closing_date"]) == ("2026-01-01", "2025-12-31")
    shown = scratch.hub.set_policy(scratch.connection, {"start_date": None, "closing_date": None})
    assert (shown["start_date"], shown["closing_date"]) == (None, None)


def test_X8_a_closing_date_that_is_no_date_is_the_adapters_fault(
    scratch: Scratch, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hub_mock import MockAdapter
    from hub_mock.books import Books

    from hub.adapters import Identity

    monkeypatch.setattr(
        Books,
        "identity",
        lambda _: Identity(id="1", name="Acme", closing_date="2025-12-31"),  # type: ignore[arg-type]
    )
    with pytest.raises(PluginProblem) as caught:
        scratch.hub.connect("acme", "mock", name="other")
    assert "2025-12-31" in caught.value.message
    assert MockAdapter.info.capabilities.reports_closing_date


def test_X8_a_closing_date_counts_only_where_the_adapter_says_that_it_reports_them(
    scratch: Scratch, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    from hub_mock import MockAdapter, adapter

    facts = adapter.capabilities
    monkeypatch.setattr(
        MockAdapter, "capabilities", property(lambda me: replace(facts(me.settings), reports_closing_date=False))
    )
    made = scratch.hub.connect("acme", "mock", settings={"closing_date": DAY})
    assert made["books"]["closing_date"] is None
