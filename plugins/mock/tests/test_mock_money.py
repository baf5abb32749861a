"""The mock books apply payments, close periods, and refuse to take out what they must keep."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from hub.adapters import Conflict, Rejected, RemoteRef, Removal
from hub.errors import ErrorClass
from hub.model import Operation, RecordType


@pytest.fixture
def party(books):
    return books.done(books.customer("A")).remote_id


def test_payments_settle_a_document_part_by_part(books, party):
    invoice = books.done(books.invoice(party, "100.00")).remote_id
    assert books.status(invoice) == "open"
    books.done(books.payment(party, "40.00", {invoice: "40.00"}))
    assert books.status(invoice) == "partly_paid"
    paid = books.done(books.payment(party, "60.00", {invoice: "60.00"}))
    assert books.status(invoice) == "paid"
    assert books.read("payment", paid.remote_id).applied_to == ((invoice, Decimal("60.00")),)


def test_more_than_is_open_is_refused(books, party):
    invoice = books.done(books.invoice(party, "100.00")).remote_id
    outcomes = books.push(
        books.payment(party, "70.00", {invoice: "70.00"}), books.payment(party, "70.00", {invoice: "70.00"})
    )
    assert isinstance(outcomes[1], Rejected)
    assert outcomes[1].fault.error is ErrorClass.VALIDATION
    assert "more than is open" in outcomes[1].fault.message
    assert books.adapter.books.entry(invoice).open == Decimal("30.00")


def test_a_payment_to_a_document_that_is_not_there_waits_for_it(books, party):
    (outcome,) = books.push(books.payment(party, "1.00", {"777": "1.00"}))
    assert isinstance(outcome, Rejected)
    assert outcome.fault.error is ErrorClass.MISSING_DEPENDENCY


def test_a_payment_in_another_currency_is_refused(books, party):
    invoice = books.done(books.invoice(party, currency="EUR")).remote_id
    (outcome,) = books.push(books.payment(party, "1.00", {invoice: "1.00"}))
    assert isinstance(outcome, Rejected)
    assert outcome.fault.code == "currency_differs"


def test_deleting_a_payment_opens_the_document_again(books, party):
    invoice = books.done(books.invoice(party)).remote_id
    payment = books.payment(party, "100.00", {invoice: "100.00"})
    made = books.done(payment)
    assert books.done(books.removal(payment, made)).how is Removal.DELETE
    assert books.status(invoice) == "open"


def test_changing_a_payment_moves_what_it_settles(books, party):
    first, second = (books.done(books.invoice(party)).remote_id for _ in range(2))
    payment = books.payment(party, "100.00", {first: "100.00"})
    made = books.done(payment)
    moved = books.payment(party, "100.00", {first: "30.00", second: "70.00"})
    ref = RemoteRef(type=RecordType.PAYMENT, remote_id=made.remote_id, version=made.version)
    books.done(replace(moved, operation=Operation.UPDATE, remote=ref))
    assert [books.adapter.books.entry(doc).open for doc in (first, second)] == [Decimal("70.00"), Decimal("30.00")]


def test_a_refund_settles_a_credit_note_and_a_credit_note_settles_an_invoice(books, party):
    invoice = books.done(books.invoice(party, "100.00")).remote_id
    data = {"status": "received", "date": "2024-02-01", "customer": "C", "lines": [{"amount": "50.00"}]}
    data["applied_to"] = [{"type": "ship_doc", "source_id": "I", "amount": "30.00"}]
    links = {("customer", "C"): party, ("ship_doc", "I"): invoice}
    credit = books.done(books.request("customer_return", data, links=links)).remote_id
    assert (books.status(invoice), books.status(credit)) == ("partly_paid", "partly_paid")
    (outcome,) = books.push(books.payment(party, "21.00", {credit: "21.00"}, type="refund"))
    assert isinstance(outcome, Rejected)
    books.done(books.payment(party, "20.00", {credit: "20.00"}, type="refund"))
    assert books.status(credit) == "paid"


def test_a_paid_document_is_not_deleted_and_the_plan_says_so_before(books, party):
    invoice = books.invoice(party)
    made = books.done(invoice)
    removal = books.removal(invoice, made)
    assert books.relay.plan_undo([removal])[0].how is Removal.DELETE
    books.done(books.payment(party, "1.00", {made.remote_id: "1.00"}))
    (plan,) = books.relay.plan_undo([removal])
    assert plan.refusal is not None
    assert plan.refusal.code == "payments_applied"
    (outcome,) = books.push(removal)
    assert isinstance(outcome, Rejected)
    assert outcome.fault == plan.refusal


def test_paying_a_document_leaves_its_version_alone(books, party):
    made = books.done(books.invoice(party))
    books.done(books.payment(party, "1.00", {made.remote_id: "1.00"}))
    assert books.read("ship_doc", made.remote_id).version == made.version


def test_a_document_cannot_be_lowered_below_what_was_paid(books, party):
    invoice = books.invoice(party)
    made = books.done(invoice)
    books.done(books.payment(party, "80.00", {made.remote_id: "80.00"}))
    lower = books.update(invoice, "1", made.remote_id, lines=[{"amount": "79.00"}])
    (outcome,) = books.push(lower)
    assert isinstance(outcome, Rejected)
    assert outcome.fault.code == "payments_applied"


def test_a_document_edited_in_the_books_is_not_undone(books, party):
    invoice = books.invoice(party)
    made = books.done(invoice)
    books.done(books.update(invoice, "1", made.remote_id, memo="by hand"))
    removal = books.removal(invoice, made)
    (plan,) = books.relay.plan_undo([removal])
    assert plan.refusal is not None
    assert plan.refusal.code == "edited_in_books"
    (outcome,) = books.push(removal)
    assert isinstance(outcome, Conflict)


def test_undoing_what_is_gone_counts_as_done(books, party):
    invoice = books.invoice(party)
    made = books.done(invoice)
    removal = books.removal(invoice, made)
    books.done(removal)
    again = replace(removal, key="0" * 32)
    assert books.relay.plan_undo([again])[0].refusal is None
    assert books.done(again).how is Removal.DELETE


def test_a_closed_period_refuses_creating_changing_and_removing(books, connect, party):
    old, recent = books.invoice(party), books.invoice(party, date="2024-02-20")
    made, kept = books.done(old), books.done(recent)
    closed = connect(closing_date="2024-02-10")
    assert closed.relay.check().closing_date == date(2024, 2, 10)
    requests = [
        closed.invoice(party),
        closed.invoice(party, date="2024-02-10"),
        closed.update(old, "1", made.remote_id, date="2024-02-20"),
        closed.update(recent, "1", kept.remote_id, date="2024-02-05"),
        closed.removal(old, made),
        closed.payment(party, "1.00", {kept.remote_id: "1.00"}),
    ]
    for outcome in closed.push(*requests):
        assert isinstance(outcome, Rejected)
        assert (outcome.fault.error, outcome.fault.code) == (ErrorClass.PERIOD_CLOSED, "period_closed")
    (plan,) = closed.relay.plan_undo([closed.removal(old, made)])
    assert plan.refusal is not None
    assert plan.refusal.code == "period_closed"
    closed.done(closed.invoice(party, date="2024-02-11"))
    closed.done(closed.customer("not dated"))


def test_a_stock_document_is_posted_without_party(books):
    data = {"status": "closed", "date": "2024-02-01", "lines": [{"item": "I", "quantity": "-3", "amount": "-30.00"}]}
    item = books.done(books.request("item", {"name": "I", "kind": "inventory"})).remote_id
    request = books.request("adjustment", data, links={("item", "I"): item})
    made = books.done(request)
    assert books.status(made.remote_id) == "posted"
    assert books.read("adjustment", made.remote_id).total == Decimal("-30.00")
    assert books.done(books.update(request, "1", made.remote_id, memo="x")).version == "2"


def test_what_is_paid_too_often_is_named_as_the_source_knows_it(books, party):
    made = books.done(books.invoice(party, number="1002"))
    ours = books.payment(party, "500.00", {made.remote_id: "500.00"})
    (outcome,) = books.push(ours)
    (part,) = ours.record.applied_to
    assert outcome.fault.code == "over_applied"
    assert outcome.fault.message.startswith(
        f"500.00 cannot be applied to ship doc {part.source_id} (number 1002): that is more than is open"
    )
