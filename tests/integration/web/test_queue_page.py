"""The Sync Queue page: states, filters, errors with their fix, and acting on exactly what was shown (Q5, U9)."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import update

from hub.queue.apply import BY_ITSELF
from hub.store.tables import requests
from hub.testing.scratch import Scratch
from hub.web.views import live
from tests.integration.web.conftest import Person, readable

HERE = "/c/acme/mock/queue"


def troubled(scratch: Scratch) -> None:
    """Of each state one or more: failed, waiting, on hold, in the books, taken out of them."""
    scratch.customer("C1")
    scratch.item("I1")
    scratch.ship_doc("S1")
    scratch.ship_doc("S2")
    scratch.sync()
    scratch.hub.undo("acme", "ship_doc", "S1", reason="typo")
    scratch.sync()
    scratch.customer("C2", name="Taken")
    scratch.hub.act_on_many("acme/mock", "hold", [scratch.queue()[0]["id"]], reason="ask them")
    for number in range(3, 6):
        scratch.ship_doc(f"S{number}")


def fail(scratch: Scratch, **error: Any) -> None:
    """Let every request that waits fail like this."""
    told = {"error_class": "validation", "error_code": "2050", "error_message": "Field too long <b>",
            "error_fix": "Shorten it.", "error_count": 1, "attempts": 1, **error}  # fmt: skip
    with scratch.hub.core.database.write("acme") as db:
        db.execute(update(requests).where(requests.c.state == "waiting").values(told))


def forms(html: str) -> dict[str, list[str]]:
    """The hidden fields of the last form of a page."""
    form = html.rpartition("<form class=")[2]
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form):
        found.setdefault(name, []).append(value.replace("&amp;", "&"))
    return found


def counts(html: str) -> dict[str, int]:
    return {name: int(number) for name, number in re.findall(r'data-count="(\w+)">(\d+)<', html)}


def test_Q5_the_seven_states_are_tabs_with_exact_counts(ann: Person, scratch: Scratch) -> None:
    troubled(scratch)
    fail(scratch)
    scratch.customer("C9")
    page = ann.get(HERE).text
    assert counts(page) == {"all": 5, "waiting": 1, "sending": 0, "attention": 3, "check": 0, "hold": 1}
    assert "Customer C9" in ann.text(f"{HERE}?state=waiting")
    assert "S3" not in ann.text(f"{HERE}?state=waiting")
    assert "3 requests" in ann.text(f"{HERE}?state=attention")
    assert "ask them" in ann.text(f"{HERE}?state=hold")
    assert "Nothing is to be checked by hand." in ann.text(f"{HERE}?state=check")


def test_X5_what_is_in_the_books_and_what_was_taken_out_are_lists_of_their_own(ann: Person, scratch: Scratch) -> None:
    troubled(scratch)
    books, undone = ann.text(f"{HERE}?state=books"), ann.text(f"{HERE}?state=undone")
    assert all(name in books for name in ("Customer C1", "Item I1", "S1", "S2"))
    assert "S1" in undone
    assert "S2" not in undone
    assert "Customer C1" not in undone
    assert "S2" in ann.text(f"{HERE}?state=books&since=today")
    assert scratch.hub.sent("acme/mock", since=scratch.clock.now() + timedelta(hours=1))["items"] == []


def test_what_was_sent_is_paged_by_key_newest_first(ann: Person, scratch: Scratch) -> None:
    for round in range(3):
        for number in range(4):
            scratch.customer(f"R{round}{number}")
        scratch.sync()
    seen: list[str] = []
    after = None
    while True:
        page = scratch.hub.sent("acme/mock", limit=5, after=after)
        seen += [row["source_id"] for row in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert len(seen) == len(set(seen)) == 12
    assert [name[:2] for name in seen] == ["R2"] * 4 + ["R1"] * 4 + ["R0"] * 4


def test_an_address_that_makes_no_sense_is_told_without_a_traceback(ann: Person, scratch: Scratch) -> None:
    wrong = ["state=nonsense", "type=ufo", "operation=drop", "error=x", "age=eon", "sort=price",
             "sort=--age", "group=mood", "q=" + "x" * 201, "q=%00", "since=ever", "after=%F0",
             "code=" + "x" * 61]  # fmt: skip
    wrong += [f"state=books&after={quote(after)}" for after in ("x", "1", "1-", "-1", "1-2-3", "١-١", "9" * 30 + "-1")]
    for query in wrong:
        answer = ann.get(f"{HERE}?{query}")
        assert answer.status_code == 422, query
        assert "This did not work" in readable(answer.text), query


@pytest.mark.parametrize(
    ("field", "typed"),
    [("least", "abc"), ("least", "1e99999"), ("most", "nan"), ("attempts", "-1"), ("attempts", "9999999999")],
)
def test_a_number_that_is_none_is_told_beside_its_field(ann: Person, field: str, typed: str) -> None:
    answer = ann.get(f"{HERE}?{field}={typed}")
    assert answer.status_code == 422
    assert re.findall(r'id="f-(\w+)-fault">Write a', answer.text) == [field]
    assert f'value="{typed}" aria-invalid="true"' in answer.text
    assert ann.get(f"{HERE}/export.csv?{field}={typed}").status_code == 422


@pytest.mark.parametrize(
    ("language", "typed", "shown"),
    [("en", "1,000", "1,000"), ("de", "1.000,50", "1.000,5"), ("fr", "1 000,5", "1\u202f000,5"),
     ("de", "12.50", "12,5"), ("de", "1.234", "1.234"), ("en", "1.234", "1.234"), ("en", "-5", "-5")],
)  # fmt: skip
def test_amounts_are_read_and_shown_as_the_viewer_writes_them(
    ann: Person, scratch: Scratch, language: str, typed: str, shown: str
) -> None:
    troubled(scratch)
    for asked in (typed, shown):  # what the page shows is read again as the same
        answer = ann.get(HERE, params={"least": asked}, headers={"Accept-Language": language})
        assert answer.status_code == 200
        assert f'name="least" inputmode="decimal" value="{shown}"' in answer.text


@pytest.mark.parametrize(("language", "typed"), [("en", "€5"), ("en", "1.000,50"), ("de", "1,000.50"), ("en", "1e5")])
def test_an_amount_that_cannot_be_read_is_told_beside_its_field_and_the_other_filters_stay(
    ann: Person, scratch: Scratch, language: str, typed: str
) -> None:
    troubled(scratch)
    query = {"state": "waiting", "type": "ship_doc", "most": "7", "q": "S", "sort": "-amount", "least": typed}
    answer = ann.get(HERE, params=query, headers={"Accept-Language": language})
    assert answer.status_code == 422
    page = answer.text
    assert '<h1 class="mb-0 me-auto">Sync Queue</h1>' in page
    example = {"en": "1,234.50", "de": "1.234,50"}[language]
    assert re.findall(r'id="f-least-fault">([^<]*)<', page) == [f"Write an amount such as {example}."]
    assert page.count("invalid-feedback") == 1
    for kept in (f'value="{typed}"', 'name="most" inputmode="decimal" value="7"', 'name="state" value="waiting"',
                 '<option value="ship_doc" selected', 'name="sort" value="-amount"',
                 'type="search" value="S"'):  # fmt: skip
        assert kept in page, kept
    assert "Nothing is shown as long as a filter cannot be read." in readable(page), "not what was not asked for"
    assert 'name="action"' not in page


def test_Q5_a_view_stands_in_its_address_filters_and_order(ann: Person, scratch: Scratch) -> None:
    for number, price in enumerate(("5.00", "70.00", "900.00")):
        scratch.ship_doc(f"S{number}", lines=[{"item": "I1", "quantity": "1", "unit_price": price}])
    scratch.customer("C1")
    text = ann.text(f"{HERE}?type=ship_doc&least=10&sort=-amount")
    assert "2 requests match" in text
    assert text.index("S2") < text.index("S1")
    assert "S0" not in text
    assert "Customer C1" in ann.text(f"{HERE}?q=stomer")
    scratch.clock.sleep(3_700)
    assert "4 requests" in ann.text(f"{HERE}?state=waiting&age=hour&sort=age")
    assert "Nothing matches." in ann.text(f"{HERE}?age=day")


def test_columns_are_chosen_in_the_address_and_remembered(ann: Person, scratch: Scratch) -> None:
    scratch.customer("C1")
    assert "Attempts" not in heads(ann.get(HERE).text)
    assert heads(ann.get(f"{HERE}?columns=title&columns=attempts").text) == ["Record", "Attempts"]
    assert heads(ann.get(HERE).text) == ["Record", "Attempts"]


def test_columns_of_a_link_that_somebody_sent_hold_for_that_visit_only(ann: Person, scratch: Scratch) -> None:
    scratch.customer("C1")
    for site in ("cross-site", "none"):
        answer = ann.get(f"{HERE}?columns=attempts", headers={"Sec-Fetch-Site": site})
        assert heads(answer.text) == ["Attempts"]
    assert "Record" in heads(ann.get(HERE).text)


def heads(html: str) -> list[str]:
    return re.findall(r'<th[^>]*><a class="sort"[^>]*>([^<]+)</a>', html)


def test_C9_each_error_says_what_why_and_the_fix_with_the_books_own_words_behind_a_fold(
    ann: Person, scratch: Scratch
) -> None:
    scratch.customer("C1")
    fail(scratch, error_class="conflict", error_code="duplicate_name")
    html = ann.get(f"{HERE}?state=attention").text
    text = readable(html)
    assert "The books already have this name. Names must be unique there" in text
    assert "Shorten it." in text
    assert re.search(r"<details><summary[^>]*>What the books said</summary><q>Field too long &lt;b&gt;</q>", html)
    assert 'href="/c/acme/mock/conflicts"' in html


def test_errors_are_grouped_with_count_total_example_and_one_button_for_all(ann: Person, scratch: Scratch) -> None:
    scratch.ship_doc("S1")
    scratch.ship_doc("S2")
    fail(scratch)
    scratch.customer("C1")
    fail(scratch, error_class="conflict", error_code="duplicate_name")
    groups = scratch.hub.troubles("acme/mock")
    assert [(group["code"], group["count"]) for group in groups] == [("duplicate_name", 3)]
    text = ann.text(f"{HERE}?group=error")
    assert "The books already have this name. 3" in text
    assert "Try all 3 again with the next sync" in text


def test_all_of_one_error_are_tried_again_at_once(ann: Person, scratch: Scratch) -> None:
    for number in range(3):
        scratch.ship_doc(f"S{number}")
    fail(scratch)
    scratch.customer("C1")
    shown = ann.ask(f"{HERE}/confirm", view="error=validation&code=2050", which="all", action="retry")
    assert "Try again: 3 requests" in readable(shown.text)
    assert "$60.00" in shown.text
    done = ann.send(f"{HERE}/act", **forms(shown.text))
    assert "To be tried again: 3." in readable(done.text)
    assert all(row["error"] is None for row in scratch.queue())


def test_nothing_is_touched_when_the_queue_is_no_longer_what_was_shown(ann: Person, scratch: Scratch) -> None:
    scratch.customer("C1")
    shown = ann.ask(f"{HERE}/confirm", view="type=customer", which="all", action="hold")
    assert "Hold: 1 request" in readable(shown.text)
    scratch.customer("C2")
    done = ann.send(f"{HERE}/act", **{**forms(shown.text), "reason": "wait"})
    assert (done.url.path, done.url.params.get("type")) == (HERE, "customer")  # where one can look, and choose again
    assert "The queue has changed: 2 match now" in readable(done.text)
    assert {row["state"] for row in scratch.queue()} == {"waiting"}


def test_the_same_number_of_others_is_a_change_too(scratch: Scratch) -> None:
    scratch.customer("C1")
    seal = scratch.hub.sum_up("acme/mock", type="customer")["seal"]
    scratch.hub.remove("acme/mock", [scratch.queue()[0]["id"]], "no")
    scratch.customer("C2")
    assert scratch.hub.sum_up("acme/mock", type="customer")["count"] == 1
    assert scratch.hub.sum_up("acme/mock", type="customer")["seal"] != seal


def test_Q15_the_ticked_ones_are_held_and_released_with_a_reason(ann: Person, scratch: Scratch) -> None:
    for number in range(3):
        scratch.customer(f"C{number}")
    ids = [row["id"] for row in scratch.queue()][:2]
    shown = ann.ask(f"{HERE}/confirm", view="", which="some", id=ids, action="hold")
    assert "Hold: 2 requests" in readable(shown.text)
    without = ann.send(f"{HERE}/act", **forms(shown.text))
    assert without.status_code == 422
    assert "A reason is missing." in readable(without.text)
    ann.send(f"{HERE}/act", **{**forms(shown.text), "reason": "ask them"})
    assert [row["state"] for row in scratch.queue()] == ["held", "held", "waiting"]
    assert scratch.queue()[0]["reason"] == "held by Ann: ask them"
    shown = ann.ask(f"{HERE}/confirm", view="state=hold", which="all", action="release")
    ann.send(f"{HERE}/act", **forms(shown.text))
    assert {row["state"] for row in scratch.queue()} == {"waiting"}


def test_Q11_Q12_what_a_rule_forbids_is_told_for_each_and_the_others_are_removed(ann: Person, scratch: Scratch) -> None:
    scratch.customer("C1")
    scratch.item("I1")
    scratch.ship_doc("S1")
    scratch.sync()
    scratch.hub.undo("acme", "ship_doc", "S1", reason="typo")  # Q12
    scratch.hub.delete("acme", "item", "I1")  # Q11
    scratch.customer("C2")
    shown = ann.ask(f"{HERE}/confirm", view="", which="all", action="remove")
    done = ann.send(f"{HERE}/act", **{**forms(shown.text), "reason": "by mistake"})
    text = readable(done.text)
    assert "Removed from the queue: 1" in text
    assert "2 stayed as they were" in text
    assert "Prevent sync for the document first" in text
    assert "Create the record anew in the source." in text
    assert scratch.operations() == [("delete", "ship_doc", "S1"), ("delete", "item", "I1")]


def test_Q6_what_a_job_is_sending_is_left_alone(scratch: Scratch) -> None:
    scratch.customer("C1")
    scratch.customer("C2")
    first, second = (row["id"] for row in scratch.queue())
    with scratch.hub.core.database.write("acme") as db:
        db.execute(update(requests).where(requests.c.id == first).values(state="locked"))
    for action in ("hold", "retry", "remove"):
        told = scratch.hub.act_on_many("acme/mock", action, [first], reason="x")
        assert (told["done"], told["refused"][0]["code"]) == (0, "request_locked")
    assert scratch.hub.act_on_many("acme/mock", "hold", [first, second], reason="x")["done"] == 1


def test_X3_what_is_to_be_checked_by_hand_is_not_released_unseen(scratch: Scratch) -> None:
    scratch.customer("C1")
    by_hand = {"state": "unknown", "error_class": "unknown_outcome", "error_code": "check_by_hand"}
    with scratch.hub.core.database.write("acme") as db:
        db.execute(update(requests).values(by_hand))
    told = scratch.hub.act_on_many("acme/mock", "release", state="unknown")
    assert (told["done"], told["refused"][0]["code"]) == (0, "outcome_unknown")
    assert scratch.hub.act_on_many("acme/mock", "release", [scratch.queue()[0]["id"]])["done"] == 1
    assert scratch.queue()[0]["state"] == "waiting"


def test_a_retry_passes_over_what_a_person_holds(scratch: Scratch) -> None:
    scratch.customer("C1")
    fail(scratch)
    id = scratch.queue()[0]["id"]
    scratch.hub.hold("acme/mock", [id], "mine")
    told = scratch.hub.act_on_many("acme/mock", "retry", [id])
    assert told["refused"][0]["code"] == "request_held"
    assert scratch.queue()[0]["state"] == "held"


def test_Q15_a_retry_lets_go_what_holds_itself(scratch: Scratch) -> None:
    scratch.customer("C1")
    fail(scratch)
    with scratch.hub.core.database.write("acme") as db:
        db.execute(update(requests).values(state="held", held_by=BY_ITSELF, error_count=5))
    assert scratch.hub.act_on_many("acme/mock", "retry", error="validation")["done"] == 1
    assert scratch.queue()[0]["state"] == "waiting"
    assert scratch.sync()["totals"]["applied"] == 1


def test_a_forged_form_does_nothing(ann: Person, scratch: Scratch) -> None:
    scratch.customer("C1")
    for action in ("", "explode", "hold"):
        answer = ann.send(f"{HERE}/act", action=action, which="all", view="", seal="7.7", reason="x")
        assert answer.status_code in (200, 409, 422)
        assert ann.ask(f"{HERE}/confirm", action=action, which="some", view="", id="9999999").status_code in (200, 422)
    assert scratch.queue()[0]["state"] == "waiting"


def test_U9_without_the_right_to_remove_there_is_no_button_and_a_forged_form_is_refused(
    bob: Person, scratch: Scratch
) -> None:
    scratch.customer("C1")
    page = bob.get(HERE).text
    assert 'value="hold"' in page
    assert 'value="remove"' not in page
    ids = [row["id"] for row in scratch.queue()]
    answer = bob.send(f"{HERE}/act", action="remove", id=ids, view="", reason="x")
    assert answer.status_code == 403
    assert len(scratch.queue()) == 1


def test_who_may_only_look_has_no_buttons_and_can_do_nothing(ann: Person, bob: Person, scratch: Scratch) -> None:
    scratch.customer("C1")
    fail(scratch)
    added = next(each for each in scratch.hub.users() if each["email"] == "bob@example.com")
    scratch.hub.set_membership(added["id"], "acme", "viewer")
    page = bob.get(HERE).text
    assert 'name="action"' not in page
    assert "Sync now" not in page
    assert "Customer C1" in page
    assert bob.send(f"{HERE}/act", action="hold", which="all", view="", reason="x").status_code == 403
    assert bob.ask(f"{HERE}/confirm", action="hold", which="all", view="").status_code == 403


def test_a_stranger_finds_nothing(stranger: Person, scratch: Scratch) -> None:
    scratch.customer("C1")
    for path in ("", "/export.csv", "/live"):
        assert stranger.get(HERE + path).status_code == 404
    assert stranger.send(f"{HERE}/act", action="hold", which="all", view="", reason="x").status_code == 404


def test_what_happens_is_told_to_a_page_that_listens_until_its_session_ends(
    ann: Person, scratch: Scratch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "EVERY", 0.0)
    scratch.customer("C1")
    job = scratch.hub.request_job("acme/mock")
    told = []
    with ann.client.stream("GET", f"{HERE}/live?state=waiting") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        for line in answer.iter_lines():
            told.append(line)
            if line.startswith("data: {"):
                scratch.hub.log_out(ann.client.cookies["hub_session"])
    first = json.loads(next(line for line in told if line.startswith("data: {"))[6:])
    assert first["tabs"]["waiting"] == 1
    assert first["total"] == 1
    assert first["job"] == {"id": job, "phase": "Waits to begin", "sending": False, "done": 0, "of": 0}
    assert "event: gone" in told


def test_a_page_that_listens_is_let_go_when_the_server_ends(ann: Person, app: Any) -> None:
    app.state.leaving.set()
    assert ann.get(f"{HERE}/live").text.count("data: {") == 1


def test_saved_views_are_kept_for_each_person_and_forgotten(ann: Person, scratch: Scratch) -> None:
    ann.send(f"{HERE}/views", view="state=attention&type=ship_doc", name="Bad ship docs")
    page = ann.get(HERE).text
    assert f'href="{HERE}?state=attention&amp;type=ship_doc">Bad ship docs</a>' in page
    number = re.search(r"/views/(\d+)/forget", page)
    assert number
    ann.send(f"{HERE}/views/{number[1]}/forget", view="")
    assert "Bad ship docs" not in ann.get(HERE).text.partition("</nav>")[2]
    assert ann.send(f"{HERE}/views/{number[1]}/forget", view="").status_code == 404
    assert ann.send(f"{HERE}/views", view="", name=" ").status_code == 422


def test_the_view_is_exported_without_formulas(ann: Person, scratch: Scratch) -> None:
    scratch.customer("C1", name="=HYPERLINK(1)")
    scratch.ship_doc("S1")
    answer = ann.get(f"{HERE}/export.csv?columns=title&columns=amount")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.text.lstrip("\ufeff").split("\r\n")[:3] == [
        "Record,Amount,Currency", "'=HYPERLINK(1),,", "S1,20.00,USD",
    ]  # fmt: skip


def test_pages_follow_one_another_by_key(ann: Person, scratch: Scratch) -> None:
    for number in range(60):
        scratch.customer(f"C{number:02}")
    first = ann.get(f"{HERE}?sort=title").text
    assert first.count('name="id"') == 50
    assert "First page" not in first
    after = re.search(r'rel="next" href="([^"]+)"', first)
    assert after
    second = ann.get(after[1].replace("&amp;", "&")).text
    assert second.count('name="id"') == 10
    assert "First page" in second
    assert "Next page" not in second


def test_what_is_put_off_is_tried_with_the_next_sync_when_a_person_says_so(scratch: Scratch) -> None:
    scratch.customer("C1")
    later = {"not_before": scratch.clock.now() + timedelta(hours=3), "reason": "rate limited"}
    with scratch.hub.core.database.write("acme") as db:
        db.execute(update(requests).values(later))
    assert scratch.sync()["totals"]["applied"] == 0
    assert scratch.hub.act_on_many("acme/mock", "retry", state="waiting")["done"] == 1
    assert scratch.sync()["totals"]["applied"] == 1


def test_only_so_many_pages_of_a_person_listen_at_once(
    ann: Person, bob: Person, app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "LOOKS", 1)
    monkeypatch.setattr(live, "EVERY", 0.0)
    assert ann.get(f"{HERE}/live").status_code == 200
    assert not app.state.listening
    app.state.listening[1] = live.MOST
    assert ann.get(f"{HERE}/live").status_code == 409
    assert bob.get(f"{HERE}/live").status_code == 200


def test_X3_what_no_search_has_looked_for_yet_is_not_said_to_be_searched_for(scratch: Scratch, ann: Person) -> None:
    scratch.hub.connect("acme", "mock", settings={"key_memory": 0, "settle": 300})
    scratch.customer()
    scratch.books.misbehave("drop-after-commit", times=1)
    scratch.sync()
    here = "/c/acme/mock/queue"
    page = ann.text(f"{here}?state=check")
    assert "the next sync looks in the books by itself" in page
    assert "does not tell" not in page
    assert "Decide on its page" not in page
    grouped = ann.see(f"{here}?state=all&group=error")
    assert "the next sync looks in the books by itself" in grouped
    assert 'value="retry"' not in grouped, "it would be refused"
