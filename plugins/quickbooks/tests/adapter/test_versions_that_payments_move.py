"""A version that moved is no edit: the hub's own payments move it. Only changed content is somebody's edit (U8, W1)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hub_quickbooks.codec.content import content
from hub_quickbooks.codec.kinds import POSTED

from hub.adapters import Applied, Conflict, Request, edited_fields
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


HELD: dict[str, Any] = {
    "Id": "7", "SyncToken": "0", "DocNumber": "S-1", "TxnDate": "2026-11-02", "TotalAmt": 30, "Balance": 30,
    "CustomerRef": {"value": "3", "name": "Ada"}, "ShipAddr": {"Id": "9", "Line1": "Obere Str. 57"}, "LinkedTxn": [],
    "Line": [
        {"Id": "1", "LineNum": 1, "Amount": 30, "DetailType": "SalesItemLineDetail",
         "SalesItemLineDetail": {"ItemRef": {"value": "5", "name": "Nut"}, "Qty": 3, "UnitPrice": 10}},
        {"Amount": 30, "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}},
    ],
}  # fmt: skip


def with_line(**more: Any) -> dict[str, Any]:
    first, *others = HELD["Line"]
    detail = {**first["SalesItemLineDetail"], **more.pop("detail", {})}
    return {"Line": [{**first, **more, "SalesItemLineDetail": detail}, *others]}


@pytest.mark.parametrize(
    "moved",
    [
        {"SyncToken": "4", "Balance": 0, "LinkedTxn": [{"TxnId": "8", "TxnType": "Payment"}]},
        {"CustomerRef": {"value": "3", "name": "Ada Ltd"}},
        {"ShipAddr": {"Id": "9", "Line1": "Obere Str. 57", "Lat": "52.5", "Long": "13.4"}},
        {"TotalAmt": Decimal("30.00"), "EmailStatus": "EmailSent", "TxnTaxDetail": {"TotalTax": 0}},
        {"CustomField": [{"DefinitionId": "1", "Name": "PO", "Type": "StringType"}]},
        with_line(Id="2", LineNum=5, detail={"ItemRef": {"value": "5", "name": "Nut, large"}}),
    ],
)
def test_what_moves_by_itself_is_no_edit(moved: dict[str, Any]) -> None:
    assert content(POSTED["invoice"], {**HELD, **moved}) == content(POSTED["invoice"], HELD)


@pytest.mark.parametrize(
    ("edit", "field"),
    [
        ({"CustomerRef": {"value": "4", "name": "Ada"}}, "customer"),
        ({"ShipAddr": {"Id": "9", "Line1": "Untere Str. 57"}}, "shipping address"),
        ({"DueDate": "2026-12-01"}, "due date"),
        ({"TotalAmt": 33}, "total"),
        ({"CustomField": [{"DefinitionId": "1", "StringValue": "PO 7"}]}, "custom fields"),
        ({"Line": HELD["Line"][:0]}, "lines"),
        (with_line(Amount=31), "lines"),
        (with_line(detail={"Qty": 4}), "lines"),
        (with_line(detail={"ClassRef": {"value": "1"}}), "lines"),
    ],
)
def test_what_somebody_changes_is_named(edit: dict[str, Any], field: str) -> None:
    now = content(POSTED["invoice"], {**HELD, **edit})
    assert edited_fields(content(POSTED["invoice"], HELD), now) == (field,)
