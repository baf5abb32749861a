"""A version that moved is no edit: the hub's own payments move it. Only changed content is somebody's edit (U8, W1)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from hub.adapters import Applied, Conflict, Request
from hub.errors import ErrorClass


def removal(books: Any, asked: Request, done: Applied) -> Request:
    """The removal as the hub asks for it: with what the document held when the hub wrote it."""
    request = books.removal(asked, done)
    return replace(request, remote=replace(request.remote, content=done.content))


def update(books: Any, asked: Request, done: Applied, **data: Any) -> Request:
    request = books.update(asked, done, **data)
    return replace(request, remote=replace(request.remote, content=done.content))


@pytest.fixture
def paid(books: Any) -> Any:
    """An invoice of ours, and a payment of ours that pays it and so has moved its version."""
    links = books.stage()
    asked = books.invoice(links)
    done = books.done(asked)
    payment = books.payment(links, done.remote_id, "5.00")
    pays = books.done(payment)
    assert books.read("ship_doc", done.remote_id).version != done.version
    return asked, done, payment, pays


def test_U8_once_its_payment_is_gone_an_invoice_can_be_taken_out_though_its_version_has_moved(
    books: Any, paid: Any
) -> None:
    asked, done, payment, pays = paid
    books.done(removal(books, payment, pays))
    out = removal(books, asked, done)
    (plan,) = books.relay.plan_undo([out])
    assert plan.refusal is None
    books.done(out)
    assert books.read("ship_doc", done.remote_id) is None


def test_a_paid_invoice_is_updated_at_the_first_try(books: Any, paid: Any) -> None:
    asked, done, *_ = paid
    books.books.reset()
    changed = books.done(update(books, asked, done, memo="called twice"))
    assert [path for _, path, _ in books.books.calls] == ["query", "invoice"]
    assert changed.content != done.content
    assert books.read("ship_doc", done.remote_id).data["memo"] == "called twice"


def test_what_is_told_after_a_write_is_what_is_read(books: Any, paid: Any) -> None:
    _, done, _payment, pays = paid
    assert books.read("ship_doc", done.remote_id).content == done.content != ""
    assert books.read("payment", pays.remote_id).content == pays.content != ""


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"memo": "by hand"}, "memo"),
        ({"date": "2026-11-05"}, "date"),
        ({"number": "S-2"}, "number"),
        ({"lines": [{"item": "I", "quantity": "3", "unit_price": "20.00"}]}, "lines, total"),
    ],
)
def test_U8_an_edit_is_told_field_by_field_and_stops_the_removal(
    books: Any, change: dict[str, Any], fields: str
) -> None:
    asked = books.invoice(books.stage())
    done = books.done(asked)
    books.done(books.update(replace(asked, marker=""), done, **change))
    out = removal(books, asked, done)
    (plan,) = books.relay.plan_undo([out])
    assert (plan.refusal.code, plan.refusal.error) == ("edited_in_books", ErrorClass.CONFLICT)
    told = plan.refusal.message.rpartition(": ")[2].rstrip(".").split(", ")
    assert set(fields.split(", ")) <= set(told)
    (outcome,) = books.push(out)
    assert isinstance(outcome, Conflict)
    assert outcome.code == Conflict.STALE_VERSION
    assert fields.split(", ")[0] in outcome.message
    assert books.read("ship_doc", done.remote_id) is not None


def test_U8_renaming_the_customer_is_no_edit_of_its_invoices(books: Any) -> None:
    links = books.stage()
    asked = books.invoice(links)
    done = books.done(asked)
    found = books.read("customer", links["customer", "C"])
    customer = books.customer("Stage customer")
    books.done(
        books.update(customer, Applied(remote_id=found.remote_id, version=found.version), name="Stage customer Ltd")
    )
    assert books.read("ship_doc", done.remote_id).content == done.content
