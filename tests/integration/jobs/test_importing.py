"""J7, J8, J9: what comes back from the books: applied page by page, never queued, never guessed from silence."""

from __future__ import annotations

import pytest

from hub.adapters import ChangePage, hookimpl


def synced_customer(make, **settings):
    scratch = make(**settings)
    scratch.customer(phone="1", email="a@example.com")
    scratch.sync()
    return scratch


def remote(scratch, type="customer", source_id="C1"):
    return scratch.sync_of(type, source_id)["remote_id"]


def test_J7_our_own_writes_seen_again_are_ignored(make):
    scratch = synced_customer(make)
    revision = scratch.hub.show("acme", "customer", "C1")["revision"]
    job = scratch.sync()
    assert job["totals"]["imported"] == 0
    assert scratch.hub.show("acme", "customer", "C1")["revision"] == revision
    assert scratch.queue() == []


def test_J7_a_change_in_the_books_is_taken_over_and_never_queued(make, wire):
    scratch = synced_customer(make)
    scratch.books.bookkeeper.edit("customer", remote(scratch), ["phone=2"])
    wire.forget()
    job = scratch.sync()
    assert job["totals"]["imported"] == 1
    assert scratch.hub.show("acme", "customer", "C1")["data"]["phone"] == "2"
    assert scratch.queue() == []
    scratch.sync()
    assert wire.seen == []


def test_J7_a_new_entity_of_the_books_is_created_here_and_never_queued(make, wire):
    scratch = make()
    made = scratch.books.bookkeeper.add("vendor", ["name=Found"])
    scratch.sync()
    shown = scratch.hub.show("acme", "vendor", f"mock:{made['remote_id']}")
    assert (shown["name"], shown["sync"][0]["state"]) == ("Found", "synced")
    assert (scratch.queue(), wire.seen) == ([], [])


@pytest.mark.parametrize("state", ["waiting", "held", "unknown"])
def test_J7_a_change_of_ours_that_is_not_through_yet_wins(make, held, state):
    """Whether it waits, is held, or was sent and nobody knows: the source's value of a field both changed stays."""
    scratch = synced_customer(make, key_memory=0, settle=300)
    scratch.customer(phone="2", email="a@example.com")
    if state == "waiting":
        scratch.books.misbehave("refuse", times=1, on="update")
    elif state == "held":
        scratch.hub.hold(scratch.connection, [scratch.queue()[0]["id"]], "let it rest")
    else:
        scratch.books.misbehave("drop-before-commit", times=1, on="update")
        scratch.sync()
    scratch.books.bookkeeper.edit("customer", remote(scratch), ["phone=3", "email=b@example.com"])
    scratch.sync()
    data = scratch.hub.show("acme", "customer", "C1")["data"]
    assert (data["phone"], data["email"]) == ("2", "b@example.com")
    if state == "held":
        scratch.hub.release(scratch.connection, [scratch.queue()[0]["id"]])
    scratch.clock.sleep(301)
    scratch.sync()
    scratch.sync()
    (customer,) = held(scratch, "customer")
    assert (customer["data"]["phone"], customer["data"]["email"]) == ("2", "b@example.com")
    assert scratch.queue() == []


def test_J7_the_cursor_moves_only_with_its_page(make, died):
    scratch = make()
    scratch.sync()
    scratch.books.bookkeeper.add("vendor", ["name=First"])
    assert died(scratch, "inside-import-commit")
    assert vendors(scratch) == []
    scratch.sync()
    assert vendors(scratch) == ["First"]
    scratch.books.bookkeeper.add("vendor", ["name=Second"])
    assert died(scratch, "after-import-page")
    assert vendors(scratch) == ["First", "Second"]
    scratch.sync()
    assert vendors(scratch) == ["First", "Second"]


def test_J7_pages_are_read_until_there_are_no_more_and_go_on_where_a_death_stopped_them(make, died, monkeypatch):
    monkeypatch.setattr("hub.jobs.imports.PAGE", 2)
    scratch = make()
    for at in range(7):
        scratch.books.bookkeeper.add("vendor", [f"name=V{at}"])
    assert died(scratch, "inside-import-commit", 13)
    assert 0 < len(vendors(scratch)) < 7
    scratch.sync()
    assert vendors(scratch) == [f"V{at}" for at in range(7)]


@pytest.mark.parametrize("markers", [True, False])
def test_J7_what_a_request_of_unknown_outcome_made_is_not_taken_for_news(make, held, markers):
    scratch = make(key_memory=0, settle=300, markers=markers)
    scratch.customer(phone="1")
    scratch.books.misbehave("drop-after-commit", times=1)
    scratch.sync()
    scratch.customer(name="Renamed Meanwhile", phone="1")
    scratch.sync()
    scratch.clock.sleep(301)
    scratch.sync()
    scratch.sync()
    assert [each["name"] for each in held(scratch, "customer")] == ["Renamed Meanwhile"]
    created = [each for each in scratch.hub.changes("acme")["items"] if each["type"] == "customer"]
    assert created == []
    assert scratch.state("customer", "C1") == "synced"


@pytest.mark.parametrize("markers", [True, False])
def test_J7_a_payment_of_unknown_outcome_is_not_taken_for_one_of_the_books_staff(make, held, markers):
    scratch = make(key_memory=0, settle=300, markers=markers)
    scratch.customer()
    scratch.item()
    scratch.ship_doc()
    scratch.sync()
    scratch.payment(number="R-1")
    scratch.books.misbehave("drop-after-commit", times=1)
    scratch.sync()
    scratch.clock.sleep(301)
    scratch.sync()
    assert scratch.state("payment", "P1") == "synced"
    assert len(held(scratch, "payment")) == 1
    assert [each for each in scratch.hub.changes("acme")["items"] if each["type"] == "payment"] == []


def test_J7_what_staff_changed_in_an_entity_before_its_fate_was_known_is_taken_over(make, held):
    scratch = make(key_memory=0, settle=300)
    scratch.customer(phone="1", email="a@example.com")
    scratch.books.misbehave("drop-after-commit", times=1)
    scratch.sync()
    (made,) = held(scratch, "customer")
    scratch.books.bookkeeper.edit("customer", made["remote_id"], ["phone=9"])
    scratch.sync()
    scratch.customer(phone="1", email="new@example.com")
    scratch.clock.sleep(301)
    scratch.sync()
    scratch.sync()
    data = scratch.hub.show("acme", "customer", "C1")["data"]
    assert (data["phone"], data["email"]) == ("9", "new@example.com")
    (customer,) = held(scratch, "customer")
    assert (customer["data"]["phone"], customer["data"]["email"]) == ("9", "new@example.com")


def test_J8_what_an_incomplete_read_leaves_out_is_not_deleted(make, wire, monkeypatch):
    scratch = synced_customer(make)
    adapter = scratch.hub.core.relay(scratch.hub.lane(scratch.connection))

    class Forgetful:
        @hookimpl(tryfirst=True)
        def hub_changes(self, cursor, limit):
            return ChangePage(objects=(), cursor="999", complete=False)

    adapter._manager.register(Forgetful())
    scratch.sync()
    assert scratch.state("customer", "C1") == "synced"
    assert not scratch.hub.show("acme", "customer", "C1")["deleted"]


def test_J8_what_the_books_say_is_deleted_is_told_and_the_record_stays(make):
    scratch = synced_customer(make)
    scratch.books.bookkeeper.delete("customer", remote(scratch))
    scratch.sync()
    shown = scratch.hub.show("acme", "customer", "C1")
    assert (shown["deleted"], shown["sync"][0]["state"]) == (False, "diverged")


def test_J9_a_payment_that_staff_apply_to_our_invoice_is_imported_and_never_queued(make, wire, held):
    scratch = make()
    scratch.customer()
    scratch.item()
    scratch.ship_doc()
    scratch.sync()
    wire.forget()
    invoice = remote(scratch, "ship_doc", "S1")
    paid = scratch.books.bookkeeper.add("payment", [f"applied_to={invoice}:5.00"])
    scratch.sync()
    shown = scratch.hub.show("acme", "payment", f"mock:{paid['remote_id']}")
    assert (shown["data"]["amount"], shown["sync"][0]["state"]) == ("5.00", "synced")
    (applied,) = shown["data"]["applied_to"]
    assert (applied["type"], applied["source_id"], applied["amount"]) == ("ship_doc", "S1", "5.00")
    scratch.sync()
    assert (scratch.queue(), wire.seen, len(held(scratch, "payment"))) == ([], [], 1)


def test_J9_our_own_payments_are_not_imported_again(make):
    scratch = make()
    scratch.customer()
    scratch.item()
    scratch.ship_doc()
    scratch.payment()
    scratch.sync()
    scratch.sync()
    assert [each for each in scratch.hub.changes("acme")["items"] if each["type"] == "payment"] == []


def test_J9_a_payment_for_a_document_that_is_not_ours_is_none_of_our_business(make):
    scratch = make()
    scratch.customer()
    scratch.sync()
    other = scratch.books.bookkeeper.add(
        "invoice", ["number=X", "customer=Customer C1", "description=By hand", "quantity=1", "unit_price=3.00"]
    )
    scratch.books.bookkeeper.add("payment", [f"applied_to={other['remote_id']}"])
    scratch.sync()
    assert [each for each in scratch.hub.changes("acme")["items"] if each["type"] == "payment"] == []


def vendors(scratch):
    return [each["data"]["name"] for each in scratch.hub.changes("acme")["items"] if each["type"] == "vendor"]
