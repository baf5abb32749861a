"""U8: what would be done to a document, or why it must not be, is told before anything is done."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest

from hub.adapters import Rejected, Removal
from hub.errors import ErrorClass


def plan(books, asked: Any, done: Any) -> Any:
    (found,) = books.relay.plan_undo([books.removal(asked, done)])
    return found


def post(books, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """What the books' own staff do."""
    answer = books.adapter.client._exchange(
        "write", "POST", path, "staff", books.clock.at + timedelta(seconds=9), None, json.dumps(body).encode()
    )
    assert isinstance(answer, dict), answer
    return answer


def test_U8_an_untouched_document_would_be_deleted(books) -> None:
    asked = books.invoice(books.stage())
    done = books.done(asked)
    assert (plan(books, asked, done).how, plan(books, asked, done).refusal) == (Removal.DELETE, None)


def test_U8_voided_where_the_settings_say_so_and_the_kind_can(connect) -> None:
    books = connect(removal="void")
    links = books.stage()
    invoice = books.invoice(links)
    lines = [{"item": "I", "quantity": "1", "unit_price": "2"}]
    bill = books.request("receiver", {"status": "x", "date": "2026-11-02", "vendor": "V", "lines": lines}, links=links)
    assert plan(books, invoice, books.done(invoice)).how is Removal.VOID
    assert plan(books, bill, books.done(bill)).how is Removal.DELETE


def test_U8_one_that_is_gone_needs_nothing_more(books) -> None:
    asked = books.invoice(books.stage())
    done = books.done(asked)
    books.done(books.removal(asked, done))
    assert plan(books, asked, done).refusal is None


def test_U8_a_paid_invoice_is_refused_before_and_after(books) -> None:
    links = books.stage()
    asked = books.invoice(links)
    done = books.done(asked)
    books.done(books.payment(links, done.remote_id, "5.00"))
    refusal = plan(books, asked, done).refusal
    assert (refusal.code, refusal.error) == ("payments_applied", ErrorClass.VALIDATION)
    assert "Payment is applied to it" in refusal.message


def test_U8_a_payment_in_a_deposit_is_refused(connect) -> None:
    books = connect(deposit_account="")
    links = books.stage()
    asked = books.payment(links, "", "5.00", applied_to=[])
    done = books.done(asked)
    account = next(
        each["Id"]
        for each in books.adapter.client.query("select * from Account")["Account"]
        if each["Name"] == "Checking"
    )
    deposit = {"DepositToAccountRef": {"value": account}, "Line": [
        {"Amount": 5, "LinkedTxn": [{"TxnId": done.remote_id, "TxnType": "Payment", "TxnLineId": "0"}]}]}  # fmt: skip
    post(books, "deposit", deposit)
    refusal = plan(books, asked, done).refusal
    assert refusal.code == "deposited"
    (refused,) = books.push(books.removal(asked, done, version=""))
    assert isinstance(refused, Rejected)
    assert refused.fault.code == "quickbooks_deposited"


def test_U8_X8_a_document_in_a_closed_period_is_refused_and_the_hub_is_told_the_date(books) -> None:
    asked = books.invoice(books.stage())
    done = books.done(asked)
    token = books.adapter.client._read("GET", "preferences", "x")["Preferences"]["SyncToken"]
    closing = {"AccountingInfoPrefs": {"BookCloseDate": "2026-11-30"}}
    post(books, "preferences", {"Id": "1", "SyncToken": token, "sparse": True, **closing})
    assert books.adapter.hub_check().closing_date == date(2026, 11, 30)
    refusal = plan(books, asked, done).refusal
    assert (refusal.code, refusal.error) == ("period_closed", ErrorClass.PERIOD_CLOSED)
    (refused,) = books.push(books.removal(asked, done))
    assert isinstance(refused, Rejected)
    assert refused.fault.error is ErrorClass.PERIOD_CLOSED


def test_the_closing_date_is_left_to_quickbooks_where_the_settings_say_so(connect) -> None:
    books = connect(closed_with_books=False)
    assert not books.adapter.capabilities.reports_closing_date
    assert books.relay.check().closing_date is None


def test_U8_a_document_that_was_edited_there_is_refused(books) -> None:
    asked = books.invoice(books.stage())
    done = books.done(asked)
    books.done(books.update(asked, done, memo="edited"))
    refusal = plan(books, asked, done).refusal
    assert (refusal.code, refusal.error) == ("edited_in_books", ErrorClass.CONFLICT)


@pytest.mark.parametrize("kind", ["customer", "ship_doc"])
def test_U8_what_cannot_be_told_is_left_open(books, kind: str) -> None:
    asked = books.customer() if kind == "customer" else books.invoice(books.stage())
    (found,) = books.relay.plan_undo([asked])
    assert (found.how, found.refusal) == (None, None)


def test_U8_several_documents_are_asked_for_in_one_call_for_each_kind(books) -> None:
    links = books.stage()
    asked = [books.invoice(links, f"S-{at}") for at in range(5)]
    removals = [books.removal(one, done) for one, done in zip(asked, books.push(*asked), strict=True)]
    books.books.reset()
    assert [each.how for each in books.relay.plan_undo(removals)] == [Removal.DELETE] * 5
    assert len(books.books.calls) == 1
