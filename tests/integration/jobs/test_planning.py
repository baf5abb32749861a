"""J10: a plan tells what the next job would send, why the rest waits, and what would go wrong; it changes nothing."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select, update

from hub.errors import PluginProblem, Refused
from hub.store.tables import metadata, records


def in_order(plan):
    return [(item["operation"], item["type"], item["source_id"]) for item in plan["items"]]


def unsent(plan):
    return {each["source_id"]: each for each in plan["unsent"]["items"]}


def dump(scratch):
    """Every row of every table but the plans' own."""
    tables = [table for table in metadata.sorted_tables if table.name not in ("plans", "planned")]
    with scratch.hub.database.read() as db:
        return {table.name: sorted(map(repr, db.execute(select(table)))) for table in tables}


@pytest.fixture
def shop(make):
    """Customer C1, item I1 and ship doc S1 are in the books."""
    scratch = make()
    scratch.customer(phone="1")
    scratch.item()
    scratch.ship_doc()
    scratch.sync()
    return scratch


def test_J10_a_plan_lists_requests_in_the_order_of_sending_with_what_this_job_creates_before(make):
    scratch = make()
    scratch.payment()
    scratch.ship_doc()
    scratch.item()
    scratch.customer("C2", parent="C1", name="Child")
    scratch.customer()
    plan = scratch.hub.plan(scratch.connection)
    assert in_order(plan) == [
        ("create", "customer", "C1"), ("create", "customer", "C2"), ("create", "item", "I1"),
        ("create", "ship_doc", "S1"), ("create", "payment", "P1"),
    ]  # fmt: skip
    document = plan["items"][3]
    assert (document["posts_as"], document["amount"], document["currency"]) == ("invoice", "20.00", "USD")
    assert {(link["source_id"], link["remote_id"], link["created_by_this_job"]) for link in document["links"]} == {
        ("C1", None, True), ("I1", None, True),
    }  # fmt: skip
    fields = {change["field"]: change["new"] for change in document["fields"]}
    assert fields["lines[1].amount"] == "20.00"
    assert fields["customer"] == "C1"
    assert "status" not in fields, "the books are not told the source's own status"


def test_J10_what_names_something_of_its_own_rank_goes_in_a_pass_of_its_own_however_quick_the_books_are(make, wire):
    scratch = make(batch_size=1, concurrency=1)
    scratch.customer("C1")
    scratch.customer("C2", parent="C1")
    scratch.customer("C3", parent="C2")
    scratch.put("vendor", "V1", name="Vendor")
    plan = scratch.hub.plan(scratch.connection)
    assert [item["source_id"] for item in plan["items"]] == ["C1", "V1", "C2", "C3"]
    scratch.sync()
    assert [source_id for _, _, source_id in wire.seen] == ["C1", "V1", "C2", "C3"]


def test_J10_a_removal_that_frees_a_name_and_the_create_that_needs_it_are_both_foreseen(shop, wire):
    shop.customer("OLD", name="Wanted")
    shop.sync()
    shop.hub.delete(shop.company, "customer", "OLD")
    shop.customer("NEW", name="Wanted")
    plan = shop.hub.plan(shop.connection)
    assert in_order(plan) == [("delete", "customer", "OLD"), ("create", "customer", "NEW")]
    wire.forget()
    assert shop.hub.sync(shop.connection, plan=plan["id"])["state"] == "completed"
    assert wire.seen == in_order(plan)


def test_J10_an_update_shows_each_field_from_what_the_books_hold_to_what_they_will_hold(shop):
    shop.customer(phone="2", email="a@example.com")
    shop.ship_doc(lines=[{"item": "I1", "quantity": "3", "unit_price": "10.00"}])
    plan = shop.hub.plan(shop.connection)
    customer, document = plan["items"]
    assert {(each["field"], each["old"], each["new"]) for each in customer["fields"]} == {
        ("phone", "1", "2"), ("email", None, "a@example.com"),
    }  # fmt: skip
    assert {(each["field"], each["old"], each["new"]) for each in document["fields"]} == {
        ("lines[1].quantity", "2", "3"), ("lines[1].amount", "20.00", "30.00"),
    }  # fmt: skip
    assert document["remote_id"]


def test_J10_a_removal_shows_how_the_books_would_take_it_out_or_why_they_would_refuse(shop):
    shop.ship_doc("S2", date="2026-01-05")
    shop.payment()
    shop.sync()
    shop.hub.delete(shop.company, "ship_doc", "S1")
    shop.hub.delete(shop.company, "ship_doc", "S2")
    shop.customer("C9")
    shop.sync_of("customer", "C9")
    plan = shop.hub.plan(shop.connection)
    how = {item["source_id"]: item for item in plan["items"]}
    assert (how["S2"]["how"], how["S2"]["conflict"]) == ("delete", None)
    assert how["S1"]["conflict"]["code"] == "payments_applied"
    assert how["S1"]["conflict"]["fix"]


def test_J10_what_is_not_sent_says_why(make, wire):
    scratch = make(types="customer,item,ship_doc")
    scratch.hub.set_policy(scratch.connection, {"start_date": "2025-06-01", "closing_date": "2025-12-31"})
    scratch.customer()
    scratch.customer("C2", name=" CUSTOMER c1")
    scratch.customer("C3", name="Held")
    scratch.item()
    scratch.ship_doc("EARLY", date="2025-05-31")
    scratch.ship_doc("CLOSED", date="2025-12-31")
    scratch.ship_doc("LATER", fully_recorded=False)
    scratch.ship_doc("ORPHAN", customer="C2")
    scratch.ship_doc("STRANGER", customer="NOBODY")
    held = next(each["id"] for each in scratch.queue() if each["source_id"] == "C3")
    scratch.hub.hold(scratch.connection, [held], "not yet")
    plan = scratch.hub.plan(scratch.connection)
    told = {id: (each["outcome"], (each["error"] or {}).get("code") or each["reason"])
            for id, each in unsent(plan).items()}  # fmt: skip
    assert told == {
        "C2": ("conflict", "duplicate_name"),
        "C3": ("held", "held by tester: not yet"),
        "CLOSED": ("rejected", "period_closed"),
        "LATER": ("waiting", "not recorded"),
        "ORPHAN": ("waiting", "waits for customer C2"),
        "STRANGER": ("waiting", "waits for customer NOBODY"),
    }
    assert plan["totals"] == {
        "send": 2, "rejected": 1, "conflict": 1, "waiting": 3, "held": 1, "unknown": 0, "excluded": 0,
    }  # fmt: skip
    assert plan["unsent"]["total"] == 6
    assert wire.seen == []


def test_J10_a_document_whose_stored_lines_do_not_sum_is_foreseen_and_refused(make, wire):
    scratch = make()
    scratch.customer()
    scratch.item()
    scratch.ship_doc(total="20.00")
    wrong = ('"total":"20.00"', '"total":"20.01"')
    with scratch.hub.database.write(scratch.company) as db:
        db.execute(update(records).values(payload=func.replace(records.c.payload, *wrong)))
    assert unsent(scratch.hub.plan(scratch.connection))["S1"]["error"]["code"] == "lines_do_not_sum"
    scratch.sync()
    assert ("create", "ship_doc", "S1") not in wire.seen
    assert scratch.queue()[0]["error"]["code"] == "lines_do_not_sum"


def test_J10_the_brake_is_foreseen(shop):
    shop.hub.set_policy(shop.connection, {"brake_percent": 10, "brake_from": 1})
    for at in range(5):
        shop.customer(f"D{at}")
    shop.sync()
    for at in range(5):
        shop.hub.delete(shop.company, "customer", f"D{at}")
    plan = shop.hub.plan(shop.connection)
    assert (plan["totals"]["send"], plan["totals"]["held"]) == (0, 5)
    assert "5 of" in unsent(plan)["D0"]["reason"]
    assert {each["state"] for each in shop.queue()} == {"waiting"}


def test_J10_both_sides_changed_is_foreseen_as_the_policy_would_have_it(shop):
    remote_id = shop.sync_of("customer", "C1")["remote_id"]
    shop.books.bookkeeper.edit("customer", remote_id, ["phone=3", "email=b@example.com"])
    shop.customer(phone="2")
    (item,) = shop.hub.plan(shop.connection)["items"]
    assert item["conflict"] is None
    assert "email is taken from the books" in item["notice"]
    assert "phone of the books (3) is replaced" in item["notice"]
    shop.hub.set_policy(shop.connection, {"conflicts": "ask"})
    (item,) = shop.hub.plan(shop.connection)["items"]
    assert item["conflict"]["code"] == "both_changed"
    assert item["conflict"]["clashes"] == [{"field": "phone", "base": "1", "source": "2", "books": "3"}]


def test_J10_a_document_changed_or_deleted_in_the_books_is_foreseen(shop):
    remote_id = shop.sync_of("ship_doc", "S1")["remote_id"]
    shop.books.bookkeeper.edit("ship_doc", remote_id, ["memo=seen"])
    shop.ship_doc(memo="ours")
    (item,) = shop.hub.plan(shop.connection)["items"]
    assert "changed in the books" in item["notice"]
    shop.books.bookkeeper.delete("ship_doc", remote_id)
    (item,) = shop.hub.plan(shop.connection)["items"]
    assert item["conflict"]["code"] == "gone_from_books"


def test_J10_a_plan_changes_nothing_at_all(shop, wire):
    shop.hub.set_policy(shop.connection, {"brake_percent": 10, "brake_from": 0})
    shop.customer(phone="2")
    shop.customer("C2", name="customer C1")
    shop.customer("C3")
    shop.hub.delete(shop.company, "item", "I1")
    shop.ship_doc("S2", customer="C3")
    with shop.hub.database.write(shop.company) as db:
        db.exec_driver_sql("DELETE FROM names")  # a plan must claim no names either
    wire.forget()
    before, books = dump(shop), shop.books.bookkeeper.all("customer")
    plan = shop.hub.plan(shop.connection)
    assert plan["total"]
    assert dump(shop) == before
    assert shop.books.bookkeeper.all("customer") == books
    assert wire.seen == []
    with shop.hub.database.read() as db:
        assert db.exec_driver_sql("SELECT count(*) FROM planned").scalar() == plan["total"]


def test_J10_totals_cover_all_and_only_so_many_are_told(make):
    scratch = make()
    scratch.customer()
    scratch.item()
    for at in range(30):
        scratch.ship_doc(f"S{at}", currency="EUR" if at % 3 else "USD")
    for at in range(5):
        scratch.ship_doc(f"W{at}", customer="NOBODY")
    plan = scratch.hub.plan(scratch.connection, limit=4)
    assert (len(plan["items"]), plan["total"]) == (4, 32)
    assert (len(plan["unsent"]["items"]), plan["unsent"]["total"]) == (4, 5)
    amounts = {(each["type"], each["currency"]): (each["count"], each["amount"]) for each in plan["amounts"]}
    assert amounts["ship_doc", "USD"] == (10, "200.00")
    assert amounts["ship_doc", "EUR"] == (20, "400.00")
    assert scratch.hub.sync(scratch.connection, plan=plan["id"])["totals"]["applied"] == 32


def test_J10_of_a_very_long_document_only_so_many_fields_are_told(make):
    scratch = make()
    scratch.customer()
    scratch.item()
    scratch.ship_doc(lines=[{"item": "I1", "quantity": "1", "unit_price": "1.00"}] * 500)
    plan = scratch.hub.plan(scratch.connection)
    document = plan["items"][-1]
    assert (len(document["fields"]), document["fields_left_out"]) == (200, 500 * 5 + 4 - 200)
    assert document["amount"] == "500.00"
    assert scratch.hub.sync(scratch.connection, plan=plan["id"])["totals"]["applied"] == 3


def test_J10_a_plan_needs_a_number_of_statements_that_hardly_grows_with_the_queue(make):
    from sqlalchemy import event

    scratch = make()
    scratch.customer()
    scratch.item()
    count = 0

    def executed(*_):
        nonlocal count
        count += 1

    event.listen(scratch.hub.database.engine, "before_cursor_execute", executed)
    needed = []
    for size in (10, 300):
        for at in range(size):
            scratch.ship_doc(f"N{at}")
        count = 0
        scratch.hub.plan(scratch.connection, limit=1000)
        needed.append(count)
    assert needed[1] <= needed[0] + 2


def test_J10_unknown_outcomes_are_told_and_what_hangs_on_them_waits(make):
    scratch = make(key_memory=0, settle=600)
    scratch.books.misbehave("drop-before-commit", times=1)
    scratch.customer()
    scratch.sync()
    scratch.item()
    scratch.ship_doc()
    plan = scratch.hub.plan(scratch.connection)
    assert in_order(plan) == [("create", "item", "I1")]
    assert unsent(plan)["C1"]["outcome"] == "unknown"
    assert unsent(plan)["S1"]["outcome"] == "waiting"
    scratch.hub.sync(scratch.connection, plan=plan["id"])
    assert [(each["source_id"], each["state"]) for each in scratch.queue()] == [("C1", "unknown"), ("S1", "waiting")]


def test_J10_no_plan_is_made_while_a_job_is_unfinished(shop):
    shop.hub.request_job(shop.connection)
    with pytest.raises(Refused) as caught:
        shop.hub.plan(shop.connection)
    assert caught.value.code == "job_unfinished"


def test_J10_a_plan_is_made_though_the_books_cannot_be_asked(shop):
    shop.customer(phone="2")
    shop.books.misbehave("unauthorised", times=1, on="check")
    plan = shop.hub.plan(shop.connection)
    assert in_order(plan) == [("update", "customer", "C1")]
    assert "could not be asked" in plan["notes"][0]
    shop.books.misbehave("unauthorised", times=1, on="read")
    assert "could not be asked" in shop.hub.plan(shop.connection)["notes"][0]


def test_X7_no_plan_is_made_for_another_companys_books(shop):
    with shop.hub.database.write(shop.company) as db:
        db.exec_driver_sql("UPDATE connections SET identity_id = 'another'")
    with pytest.raises(PluginProblem) as caught:
        shop.hub.plan(shop.connection)
    assert caught.value.code == "wrong_company"
