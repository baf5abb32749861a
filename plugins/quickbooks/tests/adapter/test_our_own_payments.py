"""What the hub's own payments do to its own documents in QuickBooks is known to it, and told as what it is (U8, W1)."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest


@pytest.fixture
def paid(scratch: Any) -> Any:
    """Ship doc S1 and the payment P1 that pays it, both sent by the hub."""
    scratch.customer()
    scratch.item(income_account="Sales")
    scratch.ship_doc(date="2026-11-02")
    scratch.payment(date="2026-11-03")
    job = scratch.sync()
    assert job["state"] == "completed", [(each["type"], each["error"], each["state"]) for each in scratch.queue()]
    assert scratch.queue() == []
    return scratch


def plan(scratch: Any) -> Any:
    (found,) = scratch.hub.plan_undo("acme", "ship_doc", "S1")
    return found


def invoices(scratch: Any) -> list[Any]:
    return scratch.staff.adapter.client.query("select * from Invoice").get("Invoice", [])


def staff_edit(scratch: Any, **fields: Any) -> None:
    """Somebody in QuickBooks changes the one invoice."""
    (body,) = invoices(scratch)
    sent = {"Id": body["Id"], "SyncToken": body["SyncToken"], "sparse": True, **fields}
    client, until = scratch.staff.adapter.client, scratch.clock.now() + timedelta(seconds=9)
    answer = client._exchange("write", "POST", "invoice", "staff", until, None, json.dumps(sent).encode())
    assert isinstance(answer, dict), answer


def test_U8_the_refusal_names_the_payment_that_is_ours_and_the_way(paid: Any) -> None:
    refusal = plan(paid)["refusal"]
    assert refusal["code"] == "payments_applied"
    assert "The hub sent payment P1, which pays it." in refusal["message"]
    assert refusal["fix"] == ("Take it off first: delete payment P1, then sync. Then undo again.")


def test_U8_the_way_that_is_told_is_open(paid: Any) -> None:
    paid.hub.delete("acme", "payment", "P1")
    assert "Its removal waits: sync first." in plan(paid)["refusal"]["fix"]
    paid.sync()
    assert plan(paid) == {"connection": "acme/quickbooks", "how": "delete", "refusal": None}
    paid.hub.undo("acme", "ship_doc", "S1")
    job = paid.sync()
    assert (job["state"], paid.queue(), invoices(paid)) == ("completed", [], [])


def test_a_payment_and_its_invoice_go_in_one_job(paid: Any) -> None:
    paid.hub.delete("acme", "payment", "P1")
    paid.hub.delete("acme", "ship_doc", "S1")
    planned = paid.hub.plan(paid.connection)["items"]
    told = {each["source_id"]: each for each in planned}
    assert told["S1"]["conflict"] is None
    assert told["S1"]["notice"] == "payment P1 is taken out before it"
    job = paid.sync()
    assert (job["state"], job["totals"]["applied"], paid.queue(), invoices(paid)) == ("completed", 2, [], [])


def test_editing_a_paid_invoice_is_no_fight_with_the_books(paid: Any) -> None:
    paid.ship_doc(date="2026-11-02", memo="gift wrapped")
    (item,) = paid.hub.plan(paid.connection)["items"]
    assert (item["notice"], item["conflict"]) == (None, None)
    paid.quickbooks.reset()
    job = paid.sync()
    assert (job["state"], job["totals"]["applied"]) == ("completed", 1)
    writes = [path for method, path, _ in paid.quickbooks.calls if path == "invoice"]
    assert writes == ["invoice"]
    assert invoices(paid)[0]["PrivateNote"].startswith("gift wrapped")


def test_U8_a_true_edit_is_named_and_the_way_that_is_told_is_open(scratch: Any) -> None:
    scratch.customer()
    scratch.item(income_account="Sales")
    scratch.ship_doc(date="2026-11-02")
    scratch.sync()
    staff_edit(scratch, TxnDate="2026-11-09", PrivateNote="call them")
    refusal = plan(scratch)["refusal"]
    assert refusal["code"] == "edited_in_books"
    assert refusal["message"].endswith(": date, memo.")
    assert refusal["fix"].endswith("To keep it: detach the document.")
    scratch.ship_doc(date="2026-11-02", memo="as we say")
    (item,) = scratch.hub.plan(scratch.connection)["items"]
    assert item["notice"] == "it was changed in the books since (date, memo); what is sent replaces that"
    assert scratch.sync()["state"] == "completed"
    assert plan(scratch)["refusal"] is None
    scratch.hub.undo("acme", "ship_doc", "S1")
    scratch.sync()
    assert (scratch.queue(), invoices(scratch)) == ([], [])


def test_U8_a_document_that_was_edited_after_its_undo_stays_and_says_what_was_changed(scratch: Any) -> None:
    scratch.customer()
    scratch.item(income_account="Sales")
    scratch.ship_doc(date="2026-11-02")
    scratch.sync()
    scratch.hub.undo("acme", "ship_doc", "S1")
    staff_edit(scratch, TxnDate="2026-11-09")
    scratch.sync()
    (left,) = scratch.queue()
    assert left["error"]["code"] == "stale_version"
    assert "What was changed there: date." in left["error"]["message"]
    scratch.hub.release(scratch.connection, [left["id"]], "seen")
    scratch.sync()
    assert (scratch.queue(), invoices(scratch)) == ([], [])


def test_a_payment_of_more_than_is_open_names_our_document(paid: Any) -> None:
    applied = [{"type": "ship_doc", "source_id": "S1", "amount": "19.99"}]
    paid.payment("P2", amount="19.99", applied_to=applied, date="2026-11-04")
    paid.sync()
    (left,) = paid.queue()
    (body,) = invoices(paid)
    assert f"{body['Id']} is the ship doc S1." in left["error"]["message"]


def test_U8_a_removal_that_waits_tells_the_same(paid: Any) -> None:
    paid.hub.undo("acme", "ship_doc", "S1")
    paid.sync()
    (left,) = paid.queue()
    assert left["error"]["code"] == "payments_applied"
    assert "The hub sent payment P1, which pays it." in left["error"]["message"]
    assert left["error"]["fix"] == ("Take it off first: delete payment P1, then sync. The same sync takes it out.")
    paid.hub.delete("acme", "payment", "P1")
    paid.sync()
    assert (paid.queue(), invoices(paid)) == ([], [])
