"""What enters the queue, when it may leave, and how the queue is listed (Q1 to Q5, Q16)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from hub.testing.scratch import Scratch


def test_Q1_a_created_entity_is_queued_to_be_created(scratch: Scratch) -> None:
    scratch.customer()
    scratch.put("vendor", "V1", name="Vendor")
    assert scratch.operations() == [("create", "customer", "C1"), ("create", "vendor", "V1")]
    assert scratch.state("customer", "C1") == "waiting"


def test_Q1_a_changed_entity_is_queued_to_be_updated(synced: Scratch) -> None:
    synced.customer(phone="030 1234")
    assert synced.operations() == [("update", "customer", "C1")]


def test_Q1_an_entity_saved_without_a_change_is_not_queued(synced: Scratch) -> None:
    synced.customer()
    assert synced.operations() == []


def test_Q2_a_deleted_entity_is_queued_to_be_deleted_and_the_outcome_says_deleted(synced: Scratch, clerk: Any) -> None:
    synced.customer("C2")
    synced.sync()
    synced.hub.delete(synced.company, "customer", "C2")
    assert synced.operations() == [("delete", "customer", "C2")]
    assert synced.queue()[0]["origin"] == "deleted"
    (result,) = synced.sync()["results"]
    assert (result["outcome"], result["how"]) == ("applied", "delete")
    assert clerk.names("customer") == ["Customer C1"]
    assert synced.state("customer", "C2") == "not_queued"


def test_Q2_an_entity_in_use_is_made_inactive_and_the_outcome_says_so(synced: Scratch, clerk: Any) -> None:
    synced.hub.delete(synced.company, "customer", "C1")
    (result,) = synced.sync()["results"]
    assert (result["outcome"], result["how"]) == ("applied", "inactivate")
    assert clerk.one("customer")["active"] is False
    told = [entry["details"] for entry in synced.hub.show(synced.company, "customer", "C1")["history"]]
    assert any(details.get("how") == "inactivate" for details in told)


def test_Q2_an_entity_deleted_before_it_was_ever_sent_leaves_nothing_behind(scratch: Scratch, clerk: Any) -> None:
    scratch.customer()
    scratch.hub.delete(scratch.company, "customer", "C1")
    assert scratch.operations() == []
    scratch.sync()
    assert clerk.all("customer") == []


def test_Q3_a_transaction_is_queued_when_it_enters_its_trigger_statuses(scratch: Scratch) -> None:
    scratch.ship_doc(status="processing")
    assert scratch.operations() == []
    scratch.ship_doc(status="shipped")
    assert scratch.operations() == [("create", "ship_doc", "S1")]


@pytest.mark.parametrize(
    ("type", "outside", "inside", "party"),
    [
        ("ship_doc", "processing", "shipped closed", "customer"),
        ("receiver", "open", "received closed", "vendor"),
        ("customer_return", "open", "received closed", "customer"),
        ("vendor_return", "open", "shipped closed", "vendor"),
        ("adjustment", "open", "closed", None),
        ("work_order", "in_production", "finished closed", None),
        ("value_adjustment", "open", "closed", None),
    ],
)
def test_Q3_every_type_has_the_trigger_statuses_of_the_table(
    scratch: Scratch, type: str, outside: str, inside: str, party: str | None
) -> None:
    for status in inside.split():
        data: dict[str, Any] = {"date": "2026-01-04", "lines": [{"amount": "5.00"}], **({party: "X"} if party else {})}
        scratch.put(type, status, status=outside, **data)
        assert (type, status) not in [(row[1], row[2]) for row in scratch.operations()]
        scratch.put(type, status, status=status, **data)
        assert ("create", type, status) in scratch.operations()


def test_Q3_moving_inside_the_trigger_statuses_does_not_queue_again(synced: Scratch) -> None:
    synced.ship_doc(status="closed")
    assert synced.operations() == []
    assert synced.status("ship_doc", "S1") == "closed"


def test_Q3_moving_inside_the_trigger_statuses_while_it_waits_keeps_one_request(scratch: Scratch) -> None:
    scratch.ship_doc(status="shipped")
    before = scratch.queue()
    scratch.ship_doc(status="closed")
    assert scratch.queue() == before


def test_Q3_trigger_statuses_in_capitals_work_as_well(scratch: Scratch) -> None:
    scratch.hub.set_policy(scratch.connection, {"ship_doc": {"trigger_statuses": ["Invoiced"]}})
    scratch.ship_doc(status="Invoiced")
    assert scratch.operations() == [("create", "ship_doc", "S1")]


def test_Q4_what_is_not_fully_recorded_waits_is_skipped_and_is_no_error(scratch: Scratch, clerk: Any) -> None:
    scratch.customer()
    scratch.item()
    scratch.ship_doc(fully_recorded=False)
    row = scratch.queue(type="ship_doc")[0]
    assert (row["state"], row["reason"], row["error"]) == ("waiting", "not recorded", None)
    job = scratch.sync()
    assert job["state"] == "completed"
    assert clerk.all("invoice") == []
    row = scratch.queue()[0]
    assert (row["state"], row["reason"], row["attempts"], row["error"]) == ("waiting", "not recorded", 0, None)


def test_Q4_once_recorded_it_goes_with_the_next_job_from_the_same_place(scratch: Scratch, clerk: Any) -> None:
    scratch.customer()
    scratch.item()
    scratch.ship_doc(fully_recorded=False)
    place = scratch.queue(type="ship_doc")[0]["id"]
    scratch.ship_doc(fully_recorded=True)
    assert scratch.queue(type="ship_doc")[0]["id"] == place
    scratch.sync()
    assert len(clerk.all("invoice")) == 1


def test_Q4_holding_and_releasing_does_not_send_what_is_not_recorded(scratch: Scratch, clerk: Any) -> None:
    scratch.customer()
    scratch.item()
    scratch.ship_doc(fully_recorded=False)
    ids = [scratch.queue(type="ship_doc")[0]["id"]]
    scratch.hub.hold(scratch.connection, ids, "look at it")
    scratch.hub.release(scratch.connection, ids)
    assert scratch.queue(type="ship_doc")[0]["reason"] == "not recorded"
    scratch.sync()
    assert clerk.all("invoice") == []


def test_Q4_valued_anew_while_a_job_has_it_is_not_sent(scratch: Scratch, clerk: Any, midway: Any) -> None:
    scratch.customer()
    scratch.item()
    scratch.ship_doc()
    midway.at("after-lock", lambda: scratch.ship_doc(fully_recorded=False))
    scratch.sync()
    row = scratch.queue()[0]
    assert (row["state"], row["reason"], row["attempts"]) == ("waiting", "not recorded", 0)
    assert clerk.all("invoice") == []


def _mixed(scratch: Scratch) -> None:
    scratch.customer("C1", name="Zebra & Söhne")
    scratch.customer("C2", name="Ant 100%")
    scratch.item()
    scratch.ship_doc("S1", lines=[{"item": "I1", "quantity": "2", "unit_price": "10.00"}])
    scratch.ship_doc("S2", customer="C2", lines=[{"item": "I1", "quantity": "1", "unit_price": "7.50"}])


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ({"type": "ship_doc"}, ["S1", "S2"]),
        ({"operation": "create"}, ["C1", "C2", "I1", "S1", "S2"]),
        ({"operation": "delete"}, []),
        ({"state": "held"}, ["C2"]),
        ({"search": "söhne"}, ["C1"]),
        ({"search": "100%"}, ["C2"]),
        ({"search": "%"}, ["C2"]),
        ({"type": "customer", "search": "z"}, ["C1"]),
        ({"error": "validation"}, ["I1"]),
    ],
)
def test_Q5_the_queue_is_filtered(scratch: Scratch, clerk: Any, chosen: dict[str, str], expected: list[str]) -> None:
    scratch.item()
    clerk.fault("refuse", on="create", times=1)
    scratch.sync()
    _mixed(scratch)
    scratch.hub.hold(scratch.connection, [scratch.queue(search="Ant")[0]["id"]], "wait")
    assert sorted(row["source_id"] for row in scratch.queue(**chosen)) == expected
    assert len(scratch.hub.matching(scratch.connection, **chosen)) == len(expected)


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("position", ["C1", "C2", "I1", "S1", "S2"]),
        ("-position", ["S2", "S1", "I1", "C2", "C1"]),
        ("title", ["C2", "I1", "S1", "S2", "C1"]),
        ("-amount", ["S1", "S2", "I1", "C2", "C1"]),
        ("type", ["C1", "C2", "I1", "S1", "S2"]),
        ("-type", ["S2", "S1", "I1", "C2", "C1"]),
        ("age", ["C1", "C2", "I1", "S1", "S2"]),
    ],
)
def test_Q5_the_queue_is_sorted_and_its_pages_join_without_gaps(
    scratch: Scratch, sort: str, expected: list[str]
) -> None:
    _mixed(scratch)
    seen: list[str] = []
    after = None
    while True:
        page = scratch.hub.queue(scratch.connection, sort=sort, limit=2, after=after)
        assert page["total"] == 5
        seen += [row["source_id"] for row in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert seen == expected


def test_Q5_sorting_by_attempts_and_error_tells_the_troubled_from_the_others(scratch: Scratch, clerk: Any) -> None:
    scratch.customer("C1")
    clerk.fault("refuse", times=1)
    scratch.sync()
    scratch.customer("C2")
    for sort in ("-attempts", "-error"):
        page = scratch.hub.queue(scratch.connection, sort=sort)
        assert [row["source_id"] for row in page["items"]] == ["C1", "C2"]


def test_Q5_many_rows_are_acted_on_at_once(scratch: Scratch) -> None:
    _mixed(scratch)
    hub, connection = scratch.hub, scratch.connection
    assert hub.hold(connection, hub.matching(connection, type="ship_doc"), "month end") == 2
    assert hub.release(connection, hub.matching(connection, state="held")) == 2
    assert len(hub.remove(connection, hub.matching(connection, type="customer"))) == 2
    assert [row[1] for row in scratch.operations()] == ["item", "ship_doc", "ship_doc"]


def test_Q5_a_wrong_sort_or_cursor_is_named(scratch: Scratch, code_of: Callable[..., str]) -> None:
    assert code_of(lambda: scratch.hub.queue(scratch.connection, sort="colour")) == "bad_sort"
    assert code_of(lambda: scratch.hub.queue(scratch.connection, after="rubbish")) == "bad_cursor"


def test_Q16_a_request_reads_the_content_when_it_is_sent(scratch: Scratch, clerk: Any) -> None:
    scratch.customer(phone="old")
    scratch.customer(phone="new")
    assert scratch.operations() == [("create", "customer", "C1")]
    scratch.sync()
    assert clerk.one("customer")["data"]["phone"] == "new"


def test_Q16_what_was_sent_is_kept_with_the_attempt(scratch: Scratch, sent: Callable[[], list[Any]]) -> None:
    scratch.customer(phone="first")
    scratch.sync()
    scratch.customer(phone="second")
    scratch.sync()
    assert [json.loads(attempt.sent)["record"]["phone"] for attempt in sent()] == ["first", "second"]
    assert [attempt.operation for attempt in sent()] == ["create", "update"]
