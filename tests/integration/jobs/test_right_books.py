"""X5: synced only with a remote id; X6: to the cent; X7: never into the wrong company; X8: no closed period."""

from __future__ import annotations

from decimal import Decimal

import pytest

from hub.errors import InvalidInput, PluginProblem


def test_X5_synced_is_shown_only_with_a_remote_id_in_hand(make):
    scratch = make(key_memory=0, settle=60)
    scratch.customer()
    scratch.customer("C2", name="Taken")
    scratch.books.bookkeeper.add("customer", ["name=Taken"])
    scratch.books.misbehave("drop-after-commit", times=1)
    shown = []
    for _ in range(3):
        shown += [scratch.sync_of("customer", each) for each in ("C1", "C2")]
        scratch.sync()
        scratch.clock.sleep(61)
    shown += [scratch.sync_of("customer", each) for each in ("C1", "C2")]
    assert all((each["state"] == "synced") == (each["remote_id"] is not None) for each in shown)
    assert [each["state"] for each in shown[-2:]] == ["synced", "needs_attention"]


def test_X5_what_is_not_sent_says_why(make):
    scratch = make(types="customer,item,ship_doc")
    scratch.customer()
    scratch.put("employee", "E1", name="Ann")
    scratch.put("account", "A1", name="Bank Two")
    scratch.sync()
    sync = scratch.sync_of("employee", "E1")
    assert (sync["state"], sync["remote_id"]) == ("excluded", None)
    assert "employee" in sync["reason"]
    assert scratch.queue() == []


def test_X6_lines_that_do_not_sum_to_the_document_refuse_it(scratch):
    scratch.customer()
    scratch.item()
    lines = [{"item": "I1", "quantity": "2", "unit_price": "10.00"}]
    with pytest.raises(InvalidInput) as refusal:
        scratch.ship_doc(lines=lines, total="20.01")
    assert refusal.value.code == "lines_do_not_sum"
    with pytest.raises(InvalidInput) as refusal:
        scratch.ship_doc(lines=[{**lines[0], "amount": "19.99"}])
    assert refusal.value.code == "lines_do_not_sum"
    assert [each["type"] for each in scratch.queue()] == ["customer", "item"]


def test_X6_what_is_sent_sums_to_the_cent(make, wire, held):
    scratch = make()
    scratch.customer()
    scratch.item()
    awkward = [
        {"item": "I1", "quantity": "3", "unit_price": "0.335", "discount_percent": "15"},
        {"item": "I1", "quantity": "7", "unit_price": "14.29", "discount_percent": "7.5"},
        {"item": "I1", "quantity": "1", "unit_price": "0.005"},
    ]
    scratch.ship_doc(lines=awkward)
    scratch.sync()
    stored = scratch.hub.show("acme", "ship_doc", "S1")["data"]
    (request,) = [each for each in wire.requests if each.type == "ship_doc"]
    (invoice,) = held(scratch, "invoice")
    total = sum(Decimal(line["amount"]) for line in stored["lines"])
    assert total == request.record.total == Decimal(invoice["total"])


def test_X7_a_swapped_company_is_noticed_before_anything_is_sent(make, wire):
    scratch = make()
    scratch.customer()
    scratch.sync()
    scratch.customer("C2")
    books = scratch.folder / "books-acme--mock.db"
    scratch.hub.core.relay(scratch.hub.lane(scratch.connection))
    other = make(folder="other")
    replacement = other.folder / "books-acme--mock.db"
    wire.forget()
    for file in scratch.folder.glob("books-*"):
        file.unlink()
    books.write_bytes(_whole(replacement))
    later = scratch.another_process()
    job = later.sync(scratch.connection)
    assert job["state"] == "failed"
    assert "connected to" in job["message"]
    assert wire.seen == []
    assert [(each["source_id"], each["state"], each["attempts"]) for each in scratch.queue()] == [("C2", "waiting", 0)]
    with pytest.raises(PluginProblem) as refusal:
        later.connect("acme", "mock")
    assert refusal.value.code == "wrong_company"
    later.close()


def test_X8_nothing_is_posted_into_or_removed_from_a_closed_period(make, held):
    scratch = make()
    scratch.customer()
    scratch.item()
    scratch.ship_doc(date="2025-06-01")
    scratch.sync()
    scratch.hub.undo("acme", "ship_doc", "S1")
    scratch.hub.connect("acme", "mock", settings={"closing_date": "2025-12-31"})
    scratch.ship_doc("S2", date="2025-12-31")
    scratch.ship_doc("S3", date="2026-01-01")
    scratch.sync()
    assert sorted(each["number"] for each in held(scratch, "invoice")) == ["S1", "S3"]
    errors = {each["source_id"]: (each["operation"], each["error"]["class"]) for each in scratch.queue()}
    assert errors == {"S1": ("delete", "period_closed"), "S2": ("create", "period_closed")}


def _whole(file):
    """A SQLite file with what its write-ahead log holds."""
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(file)) as db:
        return db.serialize()


def test_X7_books_that_were_renamed_are_still_the_same_books(make):
    scratch = make()
    scratch.hub.connect("acme", "mock", settings={"company_name": "Acme Holding"})
    scratch.customer()
    assert scratch.sync()["state"] == "completed"
    assert scratch.hub.connection(scratch.connection)["books"]["name"] == "Acme Holding"
