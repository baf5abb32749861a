"""The pages of sync jobs: history, one job, sync now, cancel, plan, and the schedule in words (J1 to J3, J6, J10)."""

from __future__ import annotations

import re

from sqlalchemy import update

from hub.store.tables import jobs, schedules
from hub.testing.scratch import Scratch
from hub.web.pages import STATIC
from tests.integration.web.conftest import Person, readable

HERE = "/c/acme/mock/jobs"


def test_J3_the_history_tells_what_came_of_each_job(ann: Person, scratch: Scratch) -> None:
    assert "No sync has run yet." in ann.text(HERE)
    scratch.customer("C1")
    scratch.sync()
    text = ann.text(HERE)
    assert "1 sent" in text
    assert "Completed" in text
    assert "tester" in text  # who asked for it


def test_the_history_is_paged_by_key(ann: Person, scratch: Scratch) -> None:
    for _ in range(52):
        scratch.hub.cancel(scratch.hub.request_job("acme/mock"))
    first = ann.get(HERE).text
    older = re.search(r'rel="next" href="([^"]+)"', first)
    assert older
    second = ann.get(older[1]).text
    assert second.count("Cancelled") == 2
    assert 'rel="next"' not in second
    for wrong in ("x", "-1", "9" * 40):
        assert ann.get(f"{HERE}?before={wrong}").status_code == 422


def test_J1_sync_now_asks_for_a_job_and_a_second_one_is_told_kindly(ann: Person, scratch: Scratch) -> None:
    scratch.customer("C1")
    first = readable(ann.send(HERE).text)
    assert "The sync has been asked for." in first
    assert "Waits to begin" in first
    again = ann.send(HERE)
    assert again.status_code == 200
    assert "A sync is under way already" in readable(again.text)
    assert len(scratch.hub.jobs("acme/mock")["items"]) == 1
    assert scratch.hub.work()[0]["trigger"] == "manual"


def test_the_heading_of_a_job_and_its_bar_say_the_same_while_it_is_followed(ann: Person, scratch: Scratch) -> None:
    job = scratch.hub.request_job("acme/mock")
    for state, said in (("queued", "Waits to begin"), ("exporting", "Sending")):
        with scratch.hub.core.database.write("acme") as db:
            db.execute(update(jobs).where(jobs.c.id == job).values(state=state))
        assert re.findall(r" data-phase>([^<]*)<", ann.see(f"{HERE}/{job}")) == [said, said]
    # The script writes what it hears to every such place, and says it nowhere else.
    script = (STATIC / "queue.js").read_text()
    assert script.count("running.phase") == 1
    assert 'querySelectorAll("[data-phase]")) phase.textContent = running.phase' in script
    scratch.hub.cancel(job)


def test_J6_a_job_is_cancelled_on_its_page(ann: Person, scratch: Scratch) -> None:
    job = scratch.hub.request_job("acme/mock")
    assert "Cancel" in ann.text(f"{HERE}/{job}")
    assert "Cancelled" in readable(ann.send(f"{HERE}/{job}/cancel").text)
    assert "has ended already" in readable(ann.send(f"{HERE}/{job}/cancel").text)


def test_J3_the_errors_of_a_job_stand_on_its_page_with_their_fix(ann: Person, scratch: Scratch) -> None:
    scratch.customer("C1", name="Twice")
    scratch.sync()
    scratch.customer("C2", name="Twice")
    job = scratch.sync()
    html = ann.get(f"{HERE}/{job['id']}").text
    assert "The books already have this name." in html
    assert "What the books said" in html
    assert 'href="/c/acme/mock/conflicts"' in html
    assert "in your books" in ann.text(f"{HERE}/1?outcome=applied")


def test_a_job_of_another_connection_is_not_found(ann: Person, stranger: Person, scratch: Scratch) -> None:
    other = scratch.hub.connect("other", "mock", name="theirs")["connection"]
    job = scratch.hub.request_job(other)
    for path in (f"{HERE}/{job}", f"{HERE}/999", f"{HERE}/0", f"{HERE}/{'9' * 30}"):
        assert ann.get(path).status_code == 404, path
    assert ann.send(f"{HERE}/{job}/cancel").status_code == 404
    assert scratch.hub.job(job)["state"] == "queued"
    assert stranger.get(HERE).status_code == 404
    assert ann.get(f"{HERE}/x").status_code == 422


def test_J10_a_plan_shows_the_order_and_the_fields_and_is_run_exactly(ann: Person, scratch: Scratch) -> None:
    scratch.customer("C1")
    scratch.sync()
    scratch.customer("C1", email="new@example.com")
    scratch.item("I1")
    page = ann.send(f"{HERE}/plan")
    text = readable(page.text)
    assert "2 would be sent" in text
    assert "new@example.com" in text
    assert text.index("Item I1") > text.index("Customer C1")
    number = re.search(r'name="plan" value="(\d+)"', page.text)
    assert number
    assert "The sync has been asked for." in readable(ann.send(HERE, plan=number[1]).text)
    assert scratch.hub.work()[0]["plan"] == int(number[1])
    again = readable(ann.send(HERE, plan=number[1]).text)
    assert "was applied already" in again


def test_J10_a_plan_that_no_longer_holds_is_told_kindly_and_nothing_is_sent(ann: Person, scratch: Scratch) -> None:
    scratch.customer("C1")
    page = ann.send(f"{HERE}/plan").text
    number = re.search(r'name="plan" value="(\d+)"', page)
    assert number
    scratch.customer("C1", email="later@example.com")
    text = readable(ann.send(HERE, plan=number[1]).text)
    assert "Nothing was sent; make a new plan." in text
    assert scratch.hub.jobs("acme/mock")["items"] == []


def test_no_plan_is_made_while_a_job_runs(ann: Person, scratch: Scratch) -> None:
    scratch.hub.request_job("acme/mock")
    assert "a plan can be made once it has ended" in readable(ann.send(f"{HERE}/plan").text)


def test_a_plan_is_made_only_by_a_form_of_this_page(ann: Person, scratch: Scratch) -> None:
    scratch.customer("C1")
    assert "A plan shows what would be sent" in ann.text(f"{HERE}/plan")
    answer = ann.client.post(f"{HERE}/plan", data={"csrf": "wrong"}, headers={"Origin": "http://testserver"})
    assert answer.status_code == 409


def test_J2_a_schedule_is_set_by_a_form_shown_in_words_and_removed(ann: Person, scratch: Scratch) -> None:
    assert "There is no schedule" in ann.text(f"{HERE}/schedule")
    week = ["0", "1", "2", "3", "4"]
    tried = ann.send(f"{HERE}/schedule", do="try", kind="every", number="15", unit="m", day=week, zone="Europe/Berlin")
    assert "Every 15 minutes, Monday to Friday, Berlin time not set yet Next:" in readable(tried.text)
    assert scratch.hub.schedule("acme/mock") is None
    ann.send(f"{HERE}/schedule", do="set", kind="every", number="15", unit="m", day=week, zone="Europe/Berlin")
    found = scratch.hub.schedule("acme/mock")
    assert found is not None
    assert (found["expression"], found["timezone"]) == ("*/15 * * * mon-fri", "Europe/Berlin")
    text = ann.text(f"{HERE}/schedule")
    assert "Every 15 minutes, Monday to Friday, Berlin time" in text
    assert len(re.findall(r"<time", ann.get(f"{HERE}/schedule").text)) == 3
    assert "By itself every 15 minutes, Monday to Friday, Berlin time" in ann.text(HERE)
    ann.send(f"{HERE}/schedule", do="off")
    assert scratch.hub.schedule("acme/mock") is None


def test_J2_a_schedule_is_set_in_words_or_at_times_of_day_or_as_cron(ann: Person, scratch: Scratch) -> None:
    every_day = [str(day) for day in range(7)]
    for form, expression in (
        ({"words": "at 08:00 and 17:00, every day, Berlin time"}, "0 8,17 * * *"),
        ({"kind": "times", "times": "6:30", "day": ["6"], "zone": "UTC"}, "30 6 * * sun"),
        ({"kind": "cron", "cron": "0 6-20 * * mon-fri", "day": every_day, "zone": "UTC"}, "0 6-20 * * mon-fri"),
        ({"kind": "every", "number": "2", "unit": "h", "day": every_day, "zone": "UTC"}, "2h"),
    ):
        ann.send(f"{HERE}/schedule", do="set", **form)
        found = scratch.hub.schedule("acme/mock")
        assert found is not None
        assert found["expression"] == expression


def test_a_schedule_that_makes_no_sense_is_refused_with_a_way_out(ann: Person, scratch: Scratch) -> None:
    every_day = [str(day) for day in range(7)]
    for form in (
        {"kind": "every", "number": "15", "unit": "m", "zone": "UTC"},
        {"kind": "every", "number": "7", "unit": "m", "day": ["1"], "zone": "UTC"},
        {"kind": "every", "number": "-1", "unit": "m", "day": every_day},
        {"kind": "every", "number": "1", "unit": "y", "day": every_day},
        {"kind": "every", "number": "99999", "unit": "d", "day": every_day},
        {"kind": "times", "times": "noon", "day": every_day},
        {"kind": "cron", "cron": "0 0 30 2 *", "day": every_day},
        {"kind": "cron", "cron": "", "day": every_day},
        {"kind": "times", "times": "08:00", "day": every_day, "zone": "Mars/Base"},
        {"words": "when it rains"},
        {},
    ):
        answer = ann.send(f"{HERE}/schedule", do="set", **form)
        assert answer.status_code == 422, form
        assert 'role="alert"' in answer.text
    assert scratch.hub.schedule("acme/mock") is None


def test_a_schedule_broken_in_the_table_is_shown_as_such(ann: Person, scratch: Scratch) -> None:
    scratch.hub.set_schedule("acme/mock", every="15m")
    with scratch.hub.core.database.write("acme") as db:
        db.execute(update(schedules).values(kind="cron", expression="at tea time"))
    assert ann.get(f"{HERE}/schedule").status_code == 422
    assert "this schedule is broken" in ann.text(HERE)


def test_a_bookkeeper_may_sync_but_not_set_the_schedule(bob: Person, scratch: Scratch) -> None:
    page = bob.get(f"{HERE}/schedule").text
    assert 'name="words"' not in page
    assert bob.send(f"{HERE}/schedule", do="set", words="every hour").status_code == 403
    assert "The sync has been asked for." in readable(bob.send(HERE).text)


def test_J10_the_plan_says_what_would_be_refused_and_what_to_do(scratch: Scratch, ann: Person) -> None:
    scratch.customer()
    scratch.item()
    scratch.ship_doc()
    scratch.payment()
    scratch.sync()
    scratch.hub.delete("acme", "ship_doc", "S1")
    (item,) = scratch.hub.plan(scratch.connection)["items"]
    page = readable(ann.send("/c/acme/mock/jobs/plan").text)
    assert f"Would be refused. {item['conflict']['message']} {item['conflict']['fix']}" in page
