"""Idempotency keys are honoured, ignored or forgotten as set; the change feed shows each object once, newest last."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from hub.adapters import Conflict, Rejected, Removal
from hub.errors import BooksProblem


def names(books):
    entries, _ = books.adapter.books.page("type = ?", ["customer"], 0, 1000)
    return [entry.name for entry in entries]


def test_the_same_key_and_content_give_the_stored_answer_and_do_nothing(books):
    request = books.customer("A")
    first = books.done(request)
    assert books.done(replace(request, deadline=request.deadline + timedelta(hours=1))) == first
    assert names(books) == ["A"]


def test_the_same_key_twice_in_one_batch_is_carried_out_once(books):
    request = books.request("payment", {"status": "x", "date": "2024-01-01", "customer": "C", "amount": "1"})
    request = replace(request, links=books.invoice(books.done(books.customer("A")).remote_id).links)
    first, second = books.push(request, request)
    assert first == second


def test_the_same_key_with_other_content_is_refused(books):
    request = books.customer("A")
    books.done(request)
    (outcome,) = books.push(books.request("customer", {"name": "B"}, key=request.key))
    assert isinstance(outcome, Rejected)
    assert outcome.fault.code == "key_reused"
    assert names(books) == ["A"]


def test_a_stored_removal_is_answered_again(books):
    request = books.customer("A")
    removal = books.removal(request, books.done(request))
    assert [books.done(removal).how, books.done(removal).how] == [Removal.DELETE, Removal.DELETE]


def test_definite_refusals_are_stored_with_their_key_too(books):
    first = books.customer("A")
    made = books.done(first)
    second = books.customer("A")
    (refused,) = books.push(second)
    books.done(books.removal(first, made))
    assert books.push(second) == [refused]
    assert isinstance(refused, Conflict)
    invoice = books.invoice("999")
    assert books.push(invoice) == books.push(invoice)


def test_books_without_key_memory_ignore_keys(connect):
    books = connect(key_memory=0)
    party = books.done(books.customer("A")).remote_id
    invoice = books.invoice(party)
    assert books.done(invoice).remote_id != books.done(invoice).remote_id


def test_a_key_is_forgotten_some_time_after_its_first_use(connect, clock):
    books = connect(key_memory=600)
    invoice = books.invoice(books.done(books.customer("A")).remote_id)
    first = books.done(invoice)
    for _ in range(5):
        clock.at += timedelta(seconds=119)
        assert books.done(replace(invoice, deadline=clock.now() + timedelta(seconds=9))) == first
    clock.at += timedelta(seconds=6)
    late = replace(invoice, deadline=clock.now() + timedelta(seconds=9))
    second = books.done(late)
    assert second.remote_id != first.remote_id
    assert books.done(late) == second


def test_forgotten_keys_are_taken_out_of_the_file(connect, clock):
    books = connect(key_memory=10)
    for name in "ABC":
        books.done(books.customer(name))
        clock.at += timedelta(seconds=100)
    with books.adapter.books._reading() as file:
        assert file.execute("SELECT count(*) FROM keys").fetchone() == (1,)


def test_new_books_bring_a_chart_of_accounts_terms_and_tax_codes(books):
    found = {(remote.type.value, remote.name) for remote in books.changed(None)}
    assert {("account", "Sales"), ("account", "Accounts Receivable"), ("term", "Net 30")} <= found
    assert ("account", "Freight Income") in found


def test_the_feed_shows_each_changed_entity_once_in_order_of_its_last_change(books):
    start = books.cursor()
    first, second = books.customer("A"), books.customer("B")
    one, two = books.done(first), books.done(second)
    books.done(books.update(first, "1", one.remote_id, phone="1"))
    seen = books.changed(start)
    assert [(remote.remote_id, remote.version) for remote in seen] == [(two.remote_id, "1"), (one.remote_id, "2")]
    assert seen[0].marker == second.marker


def test_the_feed_pages_and_says_when_more_waits(books):
    start = books.cursor()
    made = [books.done(books.customer(f"C{at}")).remote_id for at in range(5)]
    page = books.relay.changes(start, 2)
    assert (page.more, page.complete, len(page.objects)) == (True, True, 2)
    rest = books.relay.changes(page.cursor, 3)
    assert (rest.more, [remote.remote_id for remote in page.objects + rest.objects]) == (False, made)
    end = books.relay.changes(rest.cursor, 3)
    assert (end.objects, end.cursor, end.more) == ((), rest.cursor, False)


def test_a_deleted_entity_stays_in_the_feed_as_deleted(books):
    request = books.customer("A")
    made = books.done(request)
    start = books.cursor()
    books.done(books.removal(request, made))
    (seen,) = books.changed(start)
    assert (seen.remote_id, seen.deleted, seen.active) == (made.remote_id, True, False)


def test_the_feed_shows_payments_with_what_they_settle_and_no_other_documents(books):
    party = books.done(books.customer("A")).remote_id
    start = books.cursor()
    invoice = books.done(books.invoice(party)).remote_id
    books.done(books.payment(party, "5.00", {}))
    payment = books.payment(party, "100.00", {invoice: "40.00"})
    made = books.done(payment)
    (seen,) = books.changed(start)
    assert (seen.remote_id, seen.applied_to, seen.party_id) == (made.remote_id, ((invoice, Decimal("40.00")),), party)
    books.done(books.removal(payment, made))
    assert books.changed(start)[0].deleted


def test_an_unknown_cursor_is_named(books):
    with pytest.raises(BooksProblem, match="cursor"):
        books.relay.changes("yesterday", 10)


def test_documents_of_a_period_come_page_by_page_with_both_ends_and_deleted_ones_marked(books):
    customer = books.done(books.customer("A")).remote_id
    days = ("2024-01-31", "2024-02-01", "2024-02-15", "2024-02-29", "2024-03-01")
    made = [(request, books.done(request)) for request in (books.invoice(customer, date=day) for day in days)]
    books.done(books.removal(*made[2]))
    seen, cursor = [], None
    while True:
        page = books.relay.documents(date(2024, 2, 1), date(2024, 2, 29), cursor, 2)
        seen += page.objects
        cursor = page.cursor
        if not page.more:
            break
    assert page.complete
    assert [(each.remote_id, each.date.isoformat(), each.deleted) for each in seen] == [
        (made[at][1].remote_id, days[at], at == 2) for at in (1, 2, 3)
    ]
    assert [(each.total, each.currency, each.party_id, each.number) for each in seen if not each.deleted] == [
        (Decimal("100.00"), "USD", customer, "1002"), (Decimal("100.00"), "USD", customer, "1004"),
    ]  # fmt: skip
    assert books.relay.documents(date.min, date.max, None, 100).objects[0].remote_id == made[0][1].remote_id


def test_a_list_of_documents_knows_only_its_own_cursors(books):
    with pytest.raises(BooksProblem) as caught:
        books.relay.documents(date.min, date.max, "from somewhere else", 10)
    assert caught.value.code == "bad_cursor"
