"""J10: a job asked to apply a plan sends exactly that, and refuses when anything in it has changed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.errors import NotFound, Refused


@pytest.fixture
def shop(make):
    """Customer C1 and item I1 are in the books, ship doc S1 waits."""
    scratch = make()
    scratch.customer(phone="1")
    scratch.item()
    scratch.sync()
    scratch.ship_doc()
    return scratch


def refused(scratch, plan, **more):
    with pytest.raises(Refused) as caught:
        scratch.hub.sync(scratch.connection, plan=plan["id"], **more)
    assert caught.value.fix
    return caught.value


def test_J10_what_was_queued_since_and_changes_nothing_waits_for_the_next_job(shop, wire):
    plan = shop.hub.plan(shop.connection)
    shop.customer("C2")
    shop.customer(phone="9")
    shop.ship_doc("S2", date="2026-01-01")
    wire.forget()
    job = shop.hub.sync(shop.connection, plan=plan["id"])
    assert wire.seen == [("create", "ship_doc", "S1")]
    assert (job["state"], job["plan"]) == ("completed", plan["id"])
    assert [each["source_id"] for each in shop.queue()] == ["C2", "C1", "S2"]
    assert shop.sync()["totals"]["applied"] == 3


CHANGES = {
    "its content": lambda shop: shop.ship_doc(memo="other"),
    "its date": lambda shop: shop.ship_doc(date="2026-01-03"),
    "taken out of the queue": lambda shop: shop.hub.remove(shop.connection, [shop.queue()[-1]["id"]]),
    "held": lambda shop: shop.hub.hold(shop.connection, [shop.queue()[-1]["id"]], "wait"),
    "not recorded": lambda shop: shop.ship_doc(fully_recorded=False),
    "deleted": lambda shop: shop.hub.delete(shop.company, "ship_doc", "S1"),
    "the policy": lambda shop: shop.hub.set_policy(shop.connection, {"ship_doc": {"posts_as": "sales_receipt"}}),
    "switched off": lambda shop: shop.hub.set_policy(shop.connection, {"ship_doc": {"direction": "off"}}),
    "the closing date": lambda shop: shop.hub.set_policy(shop.connection, {"closing_date": "2026-02-01"}),
    "the books' closing date": lambda shop: shop.hub.connect("acme", "mock", settings={"closing_date": "2026-02-01"}),
    "the start date": lambda shop: shop.hub.set_policy(shop.connection, {"start_date": "2026-02-01"}),
}


@pytest.mark.parametrize("what", CHANGES)
def test_J10_a_plan_in_which_something_changed_is_refused_by_name(shop, wire, what):
    plan = shop.hub.plan(shop.connection)
    CHANGES[what](shop)
    wire.forget()
    fault = refused(shop, plan)
    assert fault.code == "plan_changed"
    assert "ship doc S1" in fault.message
    (changed,) = fault.details["changed"]
    assert (changed["type"], changed["source_id"]) == ("ship_doc", "S1")
    assert wire.seen == []
    assert shop.hub.jobs(shop.connection)["total"] == 1, "no job was made for it"


def test_J10_a_dependency_that_changed_is_a_change_of_what_names_it(make, wire):
    scratch = make()
    stand_in = scratch.books.bookkeeper.add("customer", ["name=Walk-in"])["remote_id"]
    scratch.customer()
    scratch.item()
    scratch.ship_doc()
    plan = scratch.hub.plan(scratch.connection)
    scratch.hub.set_proxy("acme", "customer", "C1", remote_id=stand_in)
    fault = refused(scratch, plan)
    told = {each["source_id"]: each["what"] for each in fault.details["changed"]}
    assert told["C1"] == "its request is no longer in the queue"
    assert "what it refers to" in told["S1"]


def test_J10_a_renamed_rival_that_takes_the_name_is_a_change(make):
    scratch = make()
    scratch.customer("C1", name="One")
    plan = scratch.hub.plan(scratch.connection)
    with scratch.hub.database.write("acme") as db:
        db.exec_driver_sql("UPDATE names SET record_id = NULL, remote_id = '77', remote_type = 'vendor'")
    fault = refused(scratch, plan)
    assert "belongs to" in fault.details["changed"][0]["what"]


def test_J10_moving_within_the_trigger_statuses_is_no_change(shop):
    plan = shop.hub.plan(shop.connection)
    shop.ship_doc(status="closed")
    assert shop.hub.sync(shop.connection, plan=plan["id"])["totals"]["applied"] == 1


def test_J10_a_plan_is_applied_once(shop):
    plan = shop.hub.plan(shop.connection)
    shop.hub.sync(shop.connection, plan=plan["id"])
    assert refused(shop, plan).code == "plan_applied"


def test_J10_an_empty_plan_applies_to_nothing(shop, wire):
    shop.sync()
    plan = shop.hub.plan(shop.connection)
    shop.customer("C2")
    wire.forget()
    job = shop.hub.sync(shop.connection, plan=plan["id"])
    assert (job["state"], job["totals"]["applied"], wire.seen) == ("completed", 0, [])


def test_J10_an_unknown_plan_and_one_of_another_connection_are_not_found(shop):
    plan = shop.hub.plan(shop.connection)
    other = shop.hub.connect("acme", "mock", name="second")["connection"]
    for connection, id in ((other, plan["id"]), (shop.connection, 999), (shop.connection, -1)):
        with pytest.raises(NotFound) as caught:
            shop.hub.sync(connection, plan=id)
        assert caught.value.code == "plan_not_found"


def test_J10_a_plan_is_forgotten_after_a_week(shop):
    plan = shop.hub.plan(shop.connection)
    shop.clock.at += timedelta(days=8)
    again = shop.hub.plan(shop.connection)
    assert again["digest"] == plan["digest"]
    with pytest.raises(NotFound):
        shop.hub.sync(shop.connection, plan=plan["id"])
    with shop.hub.database.read() as db:
        assert db.exec_driver_sql("SELECT count(*) FROM planned").scalar() == 1


def test_J1_a_plan_is_refused_while_a_job_is_unfinished(shop):
    plan = shop.hub.plan(shop.connection)
    from hub.jobs.lease import take

    job = shop.hub.request_job(shop.connection)
    assert take(shop.hub.core, shop.hub.lane(shop.connection), job, 60)
    assert refused(shop, plan).code == "job_unfinished"
    with pytest.raises(Refused) as caught:
        shop.hub.request_job(shop.connection, plan=plan["id"])
    assert caught.value.code == "job_unfinished"


def test_J10_a_worker_applies_the_plan_that_was_asked_for(shop, wire):
    plan = shop.hub.plan(shop.connection)
    shop.hub.request_job(shop.connection, plan=plan["id"])
    shop.customer("C2")
    wire.forget()
    (job,) = shop.hub.work()
    assert (job["plan"], wire.seen) == (plan["id"], [("create", "ship_doc", "S1")])


def test_J10_what_changes_between_the_creation_of_the_job_and_the_sending_goes_back_unsent(make, wire):
    def reach(point):
        if point == "after-lock" and scratch.hub.jobs(scratch.connection)["total"] == 2:
            scratch.ship_doc("S2", memo="edited while the job had it")

    scratch = make(reach=reach)
    scratch.customer()
    scratch.item()
    scratch.sync()
    scratch.ship_doc()
    scratch.ship_doc("S2")
    plan = scratch.hub.plan(scratch.connection)
    wire.forget()
    job = scratch.hub.sync(scratch.connection, plan=plan["id"])
    assert wire.seen == [("create", "ship_doc", "S1")]
    assert job["state"] == "completed_with_errors"
    (left,) = scratch.queue()
    assert (left["source_id"], left["state"], left["attempts"]) == ("S2", "waiting", 0)
    assert scratch.sync()["totals"]["applied"] == 1


def test_J10_the_error_of_what_went_back_says_that_the_plan_changed(make):
    def reach(point):
        if point == "after-lock" and scratch.hub.jobs(scratch.connection)["total"] == 2:
            with scratch.hub.database.write("acme") as db:
                db.exec_driver_sql("UPDATE links SET remote_version = '99'")

    scratch = make(reach=reach)
    scratch.customer()
    scratch.sync()
    scratch.customer(phone="2")
    plan = scratch.hub.plan(scratch.connection)
    scratch.hub.sync(scratch.connection, plan=plan["id"])
    (left,) = scratch.queue()
    assert (left["error"]["class"], left["error"]["code"]) == ("transient", "plan_changed")
    assert "the object in the books" in left["error"]["message"]
    assert str(plan["id"]) in left["error"]["message"]


def test_J10_a_job_that_applies_a_plan_and_dies_is_finished_as_that_plan(make, wire, monkeypatch):
    from hub.jobs import lease

    class Death(BaseException):
        pass

    def reach(point):
        if point == "after-lock" and scratch.hub.jobs(scratch.connection)["total"] == 2:
            monkeypatch.setattr(lease, "_run", "x")
            raise Death

    scratch = make(reach=reach)
    scratch.customer()
    scratch.item()
    scratch.sync()
    scratch.ship_doc()
    plan = scratch.hub.plan(scratch.connection)
    with pytest.raises(Death):
        scratch.hub.sync(scratch.connection, plan=plan["id"])
    scratch.customer("C2")
    scratch.hub.core.database  # noqa: B018
    later = scratch.another_process()
    wire.forget()
    (job,) = later.work()
    later.close()
    assert (job["plan"], wire.seen) == (plan["id"], [("create", "ship_doc", "S1")])
