"""V1: every document of source and books lies in exactly one bucket, with its reason, and the buckets sum."""

from __future__ import annotations

import pytest
from hub_mock.faults import FaultName

from hub.testing.scratch import Scratch
from tests.integration.proof.statements import Statement, buckets, matched, only, remote


def test_V1_what_is_the_same_on_both_sides_is_matched(synced: Scratch, statement: Statement) -> None:
    synced.ship_doc("S2", currency="EUR")
    synced.payment()
    synced.sync()
    made = statement()
    assert made["agrees"]
    assert made["complete"]
    assert made["items"] == []
    assert matched(made) == 3
    assert [(row["currency"], row["group"], row["source"]["total"]["amount"]) for row in made["sums"]] == [
        ("EUR", "sales", "20.00"), ("USD", "sales", "20.00"), ("USD", "payments", "20.00"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ("unit_price=11", ["amount"]),
        ("number=ZZ", ["number"]),
        ("date=2026-01-03", ["date"]),
        ("currency=EUR", ["currency"]),
        ("customer=Other", ["party"]),
    ],
)
def test_V1_what_was_changed_in_the_books_diverged_in_the_fields_named(
    synced: Scratch, statement: Statement, change: str, fields: list[str]
) -> None:
    keeper = synced.books.bookkeeper
    keeper.add("customer", ["name=Other"])
    if change.startswith("unit_price"):
        change = 'lines=[{"item":"I1","quantity":"2","unit_price":"11"}]'
    keeper.edit("ship_doc", remote(synced), [change])
    item = only(statement(), "diverged")
    assert item["source_id"] == "S1"
    assert [each["field"] for each in item["differs"]] == fields
    assert all(each["source"] != each["books"] for each in item["differs"])
    assert item["reason"] == "it was changed in the books after it was sent"


def test_V1_an_edit_that_still_waits_is_a_divergence_with_that_reason(synced: Scratch, statement: Statement) -> None:
    synced.ship_doc("S1", lines=[{"item": "I1", "quantity": "3", "unit_price": "10.00"}])
    item = only(statement(), "diverged")
    assert item["differs"] == [{"field": "amount", "source": "30.00", "books": "20.00"}]
    assert "waits in the queue" in item["reason"]


def test_V1_what_the_books_staff_deleted_is_missing_though_it_shows_as_synced(
    synced: Scratch, statement: Statement
) -> None:
    synced.books.bookkeeper.delete("ship_doc", remote(synced))
    assert synced.state("ship_doc", "S1") == "synced"
    item = only(statement(), "missing")
    assert (item["source_id"], item["reason"]) == ("S1", "it was deleted in the books")
    synced.hub.undo("acme", "ship_doc", "S1")  # the fix that is given leads out
    synced.sync()
    synced.ship_doc("S1")
    synced.sync()
    assert statement()["agrees"]


def test_V1_what_waits_is_missing_with_the_reason_why_it_waits(synced: Scratch, statement: Statement) -> None:
    synced.ship_doc("S2", customer="C9")
    assert "waits in the queue" in only(statement(), "missing")["reason"]
    synced.sync()
    assert "customer C9" in only(statement(), "missing")["reason"]
    psr = synced.queue(type="ship_doc")[0]["id"]
    synced.hub.hold(synced.connection, [psr], "ask ann")
    assert "ask ann" in only(statement(), "missing")["reason"]


def test_V1_what_the_books_refused_is_missing_with_their_words_and_the_fix(
    synced: Scratch, statement: Statement
) -> None:
    synced.books.bookkeeper.add("invoice", ["number=S2", "customer=Customer C1", "amount=1", "account=Sales"])
    synced.ship_doc("S2")
    synced.sync()
    item = only(statement(), "missing")
    assert "already has the number S2" in item["reason"]
    assert "another number" in item["fix"]


def test_V1_what_was_entered_in_the_books_by_hand_is_extra(synced: Scratch, statement: Statement) -> None:
    synced.books.bookkeeper.add("invoice", ["customer=Customer C1", "amount=5", "account=Sales", "date=2026-01-04"])
    item = only(statement(), "extra")
    assert (item["source_id"], item["counted"], item["books"]["amount"]) == (None, ["books"], "5.00")


def test_V1_a_document_with_our_mark_and_no_record_is_told_as_a_possible_double(
    synced: Scratch, statement: Statement
) -> None:
    with synced.hub.database.write("acme") as db:
        db.exec_driver_sql("DELETE FROM links WHERE remote_type = 'ship_doc'")
    made = statement()
    assert "carries the hub's mark" in only(made, "extra")["reason"]
    assert only(made, "missing")["reason"] == "nothing is queued for it"


def test_V1_what_was_sent_without_an_answer_is_unknown_on_both_sides(synced: Scratch, statement: Statement) -> None:
    synced.ship_doc("S2")
    synced.books.misbehave(FaultName.DROP_AFTER_COMMIT, times=99)
    synced.sync()
    synced.books.books.switch(None)
    made = statement()
    assert [item["counted"] for item in made["items"] if item["bucket"] == "unknown"] == [["books"], ["source"]]
    synced.clock.sleep(3600)
    synced.sync()
    assert statement()["agrees"]


def test_V1_excluded_documents_are_told_with_their_reason(synced: Scratch, statement: Statement) -> None:
    synced.ship_doc("open", status="processing")
    synced.ship_doc("unvalued", fully_recorded=False)
    synced.ship_doc("never", status="processing")
    synced.hub.prevent("acme", "ship_doc", "never")
    synced.ship_doc("never")
    synced.hub.set_policy(synced.connection, {"receiver": {"direction": "off"}})
    synced.put("vendor", "V1", name="V")
    synced.put("receiver", "R1", status="received", date="2026-01-04", vendor="V1",
               lines=[{"item": "I1", "quantity": "1", "unit_price": "1"}])  # fmt: skip
    made = statement()
    assert made["agrees"]
    assert {item["source_id"]: item["reason"] for item in made["items"]} == {
        "open": "its status is processing, which does not post",
        "unvalued": "it is not fully recorded yet",
        "never": "its sync is prevented",
        "R1": "receiver is switched off for this connection",
    }
    assert sum(made["excluded"].values()) == 4


def test_V1_a_copy_kept_by_detaching_is_excluded_on_both_sides(synced: Scratch, statement: Statement) -> None:
    synced.hub.detach("acme", "ship_doc", "S1")
    made = statement()
    assert made["agrees"]
    assert buckets(made) == [("excluded", "S1", ["source"]), ("excluded", "S1", ["books"])] or buckets(made) == [
        ("excluded", "S1", ["books"]), ("excluded", "S1", ["source"]),
    ]  # fmt: skip


def test_V1_an_undone_document_is_extra_until_its_removal_went_through(synced: Scratch, statement: Statement) -> None:
    synced.hub.undo("acme", "ship_doc", "S1")
    made = statement()
    assert sorted(buckets(made)) == [("excluded", "S1", ["source"]), ("extra", "S1", ["books"])]
    assert "its removal waits in the queue" in only(made, "extra")["reason"]
    synced.sync()
    assert statement()["agrees"]


def test_V1_a_deleted_document_is_no_longer_the_sources_and_extra_until_removed(
    synced: Scratch, statement: Statement
) -> None:
    synced.hub.delete("acme", "ship_doc", "S1")
    made = statement()
    assert buckets(made) == [("extra", "S1", ["books"])]
    assert made["sums"][0]["source"]["total"]["count"] == 0
    synced.sync()
    assert statement()["sums"] == []


def test_V1_a_removal_without_an_answer_is_unknown_in_the_books(synced: Scratch, statement: Statement) -> None:
    synced.hub.undo("acme", "ship_doc", "S1")
    synced.books.misbehave(FaultName.DROP_BEFORE_COMMIT, times=99)
    synced.sync()
    synced.books.books.switch(None)
    assert sorted(buckets(statement())) == [("excluded", "S1", ["source"]), ("unknown", "S1", ["books"])]


def test_V1_a_change_without_an_answer_is_unknown_while_the_sides_differ(synced: Scratch, statement: Statement) -> None:
    synced.ship_doc("S1", lines=[{"item": "I1", "quantity": "3", "unit_price": "10.00"}])
    synced.books.misbehave(FaultName.DROP_BEFORE_COMMIT, times=99)
    synced.sync()
    synced.books.books.switch(None)
    assert buckets(statement()) == [("unknown", "S1", ["source", "books"])]


def test_V1_a_payment_that_the_books_staff_applied_is_matched(synced: Scratch, statement: Statement) -> None:
    synced.books.bookkeeper.add("payment", [f'applied_to=[{{"source_id":"{remote(synced)}","amount":"5"}}]'])
    synced.sync()
    made = statement()
    assert made["agrees"]
    assert matched(made) == 2
