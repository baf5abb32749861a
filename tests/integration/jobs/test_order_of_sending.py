"""J4: what others need goes first, what hangs on others is taken out last, and nothing is sent before what it names."""

from __future__ import annotations

import pytest


def put_everything(scratch):
    """In the most unhelpful order."""
    scratch.payment()
    scratch.put("customer_return", "R1", number="R1", status="received", date="2026-01-01", customer="C1",
                lines=[{"item": "I1", "quantity": "1", "unit_price": "10.00"}])  # fmt: skip
    scratch.ship_doc("S2", date="2026-01-02")
    scratch.ship_doc("S1", date="2026-01-04")
    scratch.item()
    scratch.put("customer", "C2", name="Child", parent="C1")
    scratch.customer()
    scratch.put("vendor", "V1", name="Vendor")
    scratch.put("payment_method", "M1", name="Barter")


@pytest.mark.parametrize("settings", [{"batch_size": 1, "concurrency": 1}, {"batch_size": 2, "concurrency": 4}, {}])
def test_J4_lists_then_parties_then_items_then_documents_then_credits_then_payments(make, wire, settings):
    scratch = make(**settings)
    put_everything(scratch)
    scratch.sync()
    levels = [["payment_method"], ["customer", "vendor"], ["item"], ["ship_doc"], ["customer_return"], ["payment"]]
    level = {type: at for at, types in enumerate(levels) for type in types}
    seen = [level[type] for _, type, _ in wire.seen]
    assert seen == sorted(seen)
    assert len(seen) == 9
    assert scratch.queue() == []


def test_J4_documents_go_by_date(make, wire):
    scratch = make(batch_size=1, concurrency=1)
    scratch.customer()
    scratch.item()
    for at, day in enumerate(["2026-01-03", "2026-01-01", "2026-01-02"]):
        scratch.ship_doc(f"S{at}", date=day)
    scratch.sync()
    assert [source_id for _, type, source_id in wire.seen if type == "ship_doc"] == ["S1", "S2", "S0"]


def test_J4_a_parent_goes_before_its_children_however_deep_within_one_job(make, wire):
    scratch = make()
    for at in range(9, 0, -1):
        scratch.customer(f"C{at}", **({"parent": f"C{at - 1}"} if at > 1 else {}))
    scratch.sync()
    assert [source_id for _, _, source_id in wire.seen] == [f"C{at}" for at in range(1, 10)]


def test_J4_removals_go_in_the_reverse_order(make, wire):
    scratch = make(batch_size=2)
    put_everything(scratch)
    scratch.sync()
    wire.forget()
    for type, source_id in (("customer", "C1"), ("item", "I1"), ("ship_doc", "S1"), ("customer_return", "R1")):
        scratch.hub.delete(scratch.company, type, source_id)
    scratch.hub.delete(scratch.company, "payment", "P1")
    scratch.hub.delete(scratch.company, "ship_doc", "S2")
    scratch.customer("C3")
    scratch.sync()
    types = [(operation, type) for operation, type, _ in wire.seen]
    assert types == [
        ("create", "customer"), ("delete", "payment"), ("delete", "customer_return"),
        ("delete", "ship_doc"), ("delete", "ship_doc"), ("delete", "item"), ("delete", "customer"),
    ]  # fmt: skip


def test_J4_a_document_undone_and_closed_again_is_removed_before_it_is_posted_anew(make, wire, held):
    scratch = make()
    scratch.customer()
    scratch.item()
    scratch.ship_doc()
    scratch.sync()
    wire.forget()
    scratch.hub.undo(scratch.company, "ship_doc", "S1")
    scratch.ship_doc()
    scratch.sync()
    assert wire.seen == [("delete", "ship_doc", "S1"), ("create", "ship_doc", "S1")]
    assert len(held(scratch, "invoice")) == 1


def test_J4_a_removal_that_frees_a_name_goes_before_the_create_that_needs_it(make, wire, held):
    scratch = make()
    scratch.customer(name="Blue Ltd")
    scratch.sync()
    wire.forget()
    scratch.hub.delete(scratch.company, "customer", "C1")
    scratch.customer("C2", name="BLUE LTD")
    scratch.sync()
    assert wire.seen == [("delete", "customer", "C1"), ("create", "customer", "C2")]
    assert [each["name"] for each in held(scratch, "customer")] == ["BLUE LTD"]


def test_J4_a_removal_that_frees_a_number_goes_before_the_create_that_needs_it(make, wire, held):
    scratch = make()
    scratch.customer()
    scratch.item()
    scratch.ship_doc(number="100")
    scratch.sync()
    wire.forget()
    scratch.hub.delete(scratch.company, "ship_doc", "S1")
    scratch.ship_doc("S2", number="100")
    scratch.sync()
    assert wire.seen == [("delete", "ship_doc", "S1"), ("create", "ship_doc", "S2")]
    assert [each["number"] for each in held(scratch, "invoice")] == ["100"]


def test_J4_a_removal_that_made_room_once_is_a_removal_like_any_other_when_no_create_needs_it(make, wire):
    scratch = make()
    scratch.customer(name="Blue Ltd")
    scratch.item()
    scratch.ship_doc()
    scratch.sync()
    scratch.hub.delete(scratch.company, "customer", "C1")
    scratch.customer("C2", name="Blue Ltd")
    scratch.books.misbehave("throttle", times=9)
    scratch.sync()
    scratch.books.books.switch(None)
    (create,) = [each["id"] for each in scratch.queue() if each["operation"] == "create"]
    scratch.hub.remove(scratch.connection, [create], reason="not needed after all")
    scratch.hub.delete(scratch.company, "ship_doc", "S1")
    wire.forget()
    scratch.clock.sleep(60)
    scratch.sync()
    assert wire.seen == [("delete", "ship_doc", "S1"), ("delete", "customer", "C1")]


def test_J4_what_names_a_failed_record_waits_for_it_uncounted_and_goes_once_it_is_mended(make, wire):
    scratch = make()
    scratch.books.bookkeeper.add("customer", ["name=Customer C1"])
    scratch.customer()
    scratch.item()
    scratch.ship_doc()
    scratch.payment()
    for _ in range(3):
        scratch.sync()
    assert wire.places().keys() == {("create", "customer", "C1"), ("create", "item", "I1")}
    waiting = {each["source_id"]: each for each in scratch.queue() if each["type"] != "customer"}
    assert {id: each["attempts"] for id, each in waiting.items()} == {"S1": 0, "P1": 0}
    assert [waiting[id]["error"] for id in ("S1", "P1")] == [None, None]
    assert scratch.sync_of("ship_doc", "S1")["waits_for"] == "customer C1"
    scratch.customer(name="Another Name")
    job = scratch.sync()
    assert job["totals"]["applied"] == 3
    assert scratch.queue() == []


def test_J4_what_names_a_record_that_does_not_exist_waits_for_it(make, wire):
    scratch = make()
    scratch.item()
    scratch.ship_doc(customer="NOBODY")
    scratch.sync()
    assert wire.seen == [("create", "item", "I1")]
    assert scratch.sync_of("ship_doc", "S1")["waits_for"] == "customer NOBODY"
    scratch.customer("NOBODY")
    scratch.sync()
    assert scratch.state("ship_doc", "S1") == "synced"
