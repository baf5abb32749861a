"""The page of a record: both sides, its story, and what may be done to it, with the keep-the-books'-copy scenarios."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from hub.testing.scratch import Scratch
from hub.web.pages import STATIC
from tests.integration.web.conftest import Person

DOC = "/companies/acme/records/ship_doc/S1"


@pytest.fixture
def shipped(scratch: Scratch) -> Scratch:
    """A ship doc that waits in the queue, with its customer and item."""
    scratch.customer()
    scratch.item()
    scratch.ship_doc()
    return scratch


def waiting(scratch: Scratch) -> str:
    """The request of the ship doc."""
    return str(next(each["id"] for each in scratch.queue() if each["type"] == "ship_doc"))


def test_both_sides_stand_beside_each_other_and_what_differs_is_marked(shipped: Scratch, ann: Person) -> None:
    shipped.sync()
    remote = shipped.sync_of("customer", "C1")["remote_id"]
    shipped.books.bookkeeper.edit("customer", remote, ["email=new@example.com"])
    page = ann.see("/companies/acme/records/customer/C1?part=books")
    assert "new@example.com" in page
    assert page.count(">differs<") == 1
    assert ">differs<" not in ann.see(f"{DOC}?part=books")


def test_books_that_do_not_answer_are_told_of_kindly(shipped: Scratch, ann: Person) -> None:
    shipped.sync()
    shipped.books.misbehave("unauthorised", on="read")
    page = ann.see(f"{DOC}?part=books")
    assert "What the books hold cannot be shown just now." in page
    assert "Traceback" not in page


def test_U1_undo_first_says_what_will_happen_and_then_does_it(shipped: Scratch, ann: Person) -> None:
    shipped.sync()
    page = ann.see(f"{DOC}?ask=undo")
    assert "The next sync asks acme/mock to delete it." in page
    assert shipped.status("ship_doc", "S1") == "shipped", "looking at the plan changes nothing"
    answer = ann.send(DOC, do="undo", reason="one box too few")
    assert "Its sync is undone" in answer.text
    assert shipped.status("ship_doc", "S1") == "processing"
    assert "Ann undid the sync: one box too few." in ann.see(DOC)


def test_U8_an_undo_that_the_books_would_refuse_says_so_before(shipped: Scratch, ann: Person) -> None:
    shipped.payment()
    shipped.sync()
    assert "would refuse" in ann.see(f"{DOC}?ask=undo")


def test_U3_the_copy_of_a_synced_document_is_kept_undo_prevent_close_delete_from_queue(
    shipped: Scratch, ann: Person
) -> None:
    shipped.sync()
    remote = shipped.sync_of("ship_doc", "S1")["remote_id"]
    ann.send(DOC, do="undo", reason="the bookkeeper keeps it")
    refused = ann.send(DOC, do="remove", connection="acme/mock", request=waiting(shipped), reason="keep it")
    assert refused.status_code == 409
    assert "Prevent sync for the document first" in refused.text
    ann.send(DOC, do="prevent", reason="the bookkeeper keeps it")
    shipped.ship_doc(status="closed")
    done = ann.send(DOC, do="remove", connection="acme/mock", request=waiting(shipped), reason="keep it")
    assert "Its request is deleted from the queue." in done.text
    shipped.sync()
    assert shipped.books.bookkeeper.all("invoice")[0]["remote_id"] == remote
    assert shipped.queue() == []
    assert f"the books keep their copy <bdi>{remote}</bdi>" in ann.see(DOC)


def test_U4_a_document_that_was_never_synced_is_kept_out_delete_from_queue_prevent_close(
    shipped: Scratch, ann: Person
) -> None:
    done = ann.send(DOC, do="remove", connection="acme/mock", request=waiting(shipped), reason="samples")
    assert "It is open again." in done.text
    ann.send(DOC, do="prevent", reason="samples")
    shipped.ship_doc(status="closed")
    shipped.sync()
    assert shipped.books.bookkeeper.all("invoice") == []
    assert "Prevented" in ann.see(DOC)
    assert (
        "It may sync again, and is queued for acme/mock." in ann.send(DOC, do="allow", reason="a sale after all").text
    )


def test_U5_detach_is_one_step(shipped: Scratch, ann: Person) -> None:
    shipped.sync()
    assert "It is detached" in ann.send(DOC, do="detach", reason="settled by hand").text
    assert shipped.sync_of("ship_doc", "S1")["kept_copy"]


def test_U7_a_payment_shows_no_undo_but_why(shipped: Scratch, ann: Person) -> None:
    shipped.payment()
    shipped.sync()
    page = ann.see("/companies/acme/records/payment/P1")
    assert "ask=undo" not in page
    assert "The sync of a payment cannot be undone." in page
    refused = ann.send("/companies/acme/records/payment/P1", do="undo", reason="try")
    assert refused.status_code == 409


def test_U9_without_a_reason_nothing_is_done(shipped: Scratch, ann: Person) -> None:
    shipped.sync()
    refused = ann.send(DOC, do="undo", reason="  ")
    assert refused.status_code == 422
    assert shipped.status("ship_doc", "S1") == "shipped"


def test_U9_who_lacks_the_right_sees_no_button_and_a_forged_form_does_nothing(
    shipped: Scratch, people: Callable[..., Person]
) -> None:
    shipped.sync()
    ben = people("Ben", "bookkeeper", ("prevent",))
    page = ben.see(DOC)
    assert "ask=undo" not in page
    assert "Ben has no right to undo." in page
    for do in ("undo", "detach"):
        assert ben.send(DOC, do=do, reason="try").status_code == 403
    vic = people("Vic", "viewer")
    assert "You may look at this, and not change it." in vic.see(DOC)
    assert vic.send(DOC, do="prevent", reason="try").status_code == 403
    assert shipped.status("ship_doc", "S1") == "shipped"


def test_C3_a_record_is_linked_to_what_was_looked_up_in_the_books(scratch: Scratch, ann: Person) -> None:
    scratch.books.bookkeeper.add("customer", ["name=Old Shop", "email=old@example.com"])
    scratch.customer(name="Shop")
    here = "/companies/acme/records/customer/C1"
    page = ann.see(f"{here}?connection=acme/mock&find=old%20shop")
    (remote,) = re.findall(r'name="remote_id" value="(\w+)"', page)
    answer = ann.send(here, do="link", connection="acme/mock", remote_id=remote, keep="books", reason="the same shop")
    assert "It is linked" in answer.text
    assert scratch.hub.show("acme", "customer", "C1")["data"]["email"] == "old@example.com"


def test_C6_a_proxy_is_set_and_taken_away(scratch: Scratch, ann: Person) -> None:
    scratch.books.bookkeeper.add("item", ["name=Sundries", "income_account=Sales"])
    scratch.item()
    here = "/companies/acme/records/item/I1"
    (remote,) = re.findall(r'name="remote_id" value="(\w+)"', ann.see(f"{here}?connection=acme/mock&find=Sundries"))
    assert (
        "posted with <bdi>Sundries</bdi>" in ann.send(here, do="proxy", connection="acme/mock", remote_id=remote).text
    )
    assert scratch.state("item", "I1") == "proxied"
    ann.send(here, do="unproxy", connection="acme/mock")
    assert scratch.state("item", "I1") == "waiting"


HOSTILE = ['<script>alert("x")</script>', "\"'><img src=x onerror=alert(1)>", "abc\u202egnp.exe"]


@pytest.mark.parametrize("text", HOSTILE)
def test_names_and_reasons_are_shown_and_never_run(scratch: Scratch, ann: Person, text: str) -> None:
    scratch.customer(name=f"Shop {text}")
    scratch.item()
    scratch.ship_doc(memo=text)
    scratch.sync()
    ann.send(DOC, do="undo", reason=text)
    for page in (ann.see(DOC), ann.see(f"{DOC}?part=books"), ann.see("/companies/acme/records"),
                 ann.see("/companies/acme/records/customer/C1")):  # fmt: skip
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        page = page[page.index("<body") :]
        for at in (found.start() for found in re.finditer("\u202e", page)):
            before = page[:at]
            assert before.rfind("<bdi>") > before.rfind("</bdi>") or before.rfind("<") > before.rfind(">"), (
                "a mark that turns the writing round stays inside its own piece of text"
            )


@pytest.mark.parametrize("id", ["a/b", "a/undo", "?x=1", "100%", "#1", "a b", "ä", "..."])
def test_whatever_an_id_is_made_of_its_page_is_found(scratch: Scratch, ann: Person, id: str) -> None:
    scratch.customer(id)
    page = ann.see("/companies/acme/records")
    (link,) = re.findall(r'href="(/companies/acme/records/customer/[^"]+)"', page)
    assert f"Customer {id}" in ann.see(link).replace("&#39;", "'")


def test_a_company_or_record_that_is_not_there_is_not_found(scratch: Scratch, ann: Person) -> None:
    for path in ("/companies/nobody/records", "/companies/acme/records/ship_doc/S9"):
        ann.see(path, 404)
    ann.see("/companies/acme/records/nonsense/S1", 422)
    assert ann.send(DOC, do="undo", reason="x").status_code == 404


def test_the_list_finds_by_name_number_and_id_and_pages_by_key(scratch: Scratch, ann: Person) -> None:
    for at in range(60):
        scratch.customer(f"C{at:02}", name=f"Shop number {at:02}")
    first = ann.see("/companies/acme/records")
    (after,) = re.findall(r'href="\?after=([^"]+)"', first)
    second = ann.see(f"/companies/acme/records?after={after}")
    names = [name for page in (first, second) for name in re.findall(r"<a [^>]*><bdi>Shop number (\d\d)", page)]
    assert names == [f"{at:02}" for at in range(60)]
    assert re.findall(r"<a [^>]*><bdi>(Shop[^<]*)", ann.see("/companies/acme/records?q=BER%2017")) == ["Shop number 17"]
    ann.see("/companies/acme/records?after=nonsense", 422)


def test_where_a_record_is_used_is_found(shipped: Scratch, ann: Person) -> None:
    shipped.customer("C10")
    shipped.ship_doc("S2", customer="C10")
    page = ann.see("/companies/acme/records?uses_type=customer&uses=C1")
    assert "S1" in page
    assert ">S2<" not in page
    assert "<bdi>S1</bdi>" in ann.see("/companies/acme/records?uses_type=item&uses=I1")


def test_a_button_that_opens_a_form_wraps_what_it_says() -> None:
    (rule,) = re.findall(r"details\.act > summary \{([^}]*)\}", (STATIC / "hub.css").read_text())
    assert "white-space: normal" in rule, "or a long label runs out of its narrow panel"


@pytest.fixture
def removing(shipped: Scratch) -> Scratch:
    """A ship doc whose sync was undone; the books deleted it, and the answer was lost."""
    shipped.hub.connect("acme", "mock", settings={"key_memory": 0, "settle": 300})
    shipped.sync()
    shipped.hub.undo("acme", "ship_doc", "S1", reason="one box too few")
    shipped.books.misbehave("drop-after-commit", on="delete", times=1)
    shipped.sync()
    assert shipped.state("ship_doc", "S1") == "check_by_hand"
    return shipped


def test_X3_a_removal_of_unknown_outcome_offers_the_sync_that_clears_it_up(removing: Scratch, ann: Person) -> None:
    page = ann.text(DOC)
    assert "was to be removed there" in page
    assert "whether it was removed, and removes it if it is still there" in page
    assert "link" not in page.partition("Accounting")[2].partition("It refers to")[0].lower(), "none of it is refused"
    assert 'action="/c/acme/mock/jobs"' in ann.see(DOC)
    removing.clock.sleep(301)
    assert "The sync has been asked for." in ann.send("/c/acme/mock/jobs").text
    removing.hub.work()
    assert removing.queue() == []
    assert "looked in the books and found it taken out" in ann.text(DOC)


def test_X3_while_the_connection_is_paused_no_sync_is_offered(removing: Scratch, ann: Person) -> None:
    removing.hub.pause("acme/mock", "month end")
    assert 'action="/c/acme/mock/jobs"' not in ann.see(DOC)
    assert "first sync after the connection works again" in ann.text(DOC)


def test_what_the_hub_has_removed_is_not_said_to_be_deleted_by_somebody(removing: Scratch, ann: Person) -> None:
    page = ann.see(f"{DOC}?part=books")
    assert "the hub had sent its removal" in page
    assert "somebody deleted it" not in page


def test_what_somebody_deleted_in_the_books_is_still_told_as_that(shipped: Scratch, ann: Person) -> None:
    shipped.sync()
    remote = shipped.sync_of("ship_doc", "S1")["remote_id"]
    shipped.books.bookkeeper.delete("invoice", remote)
    assert "somebody deleted it there" in ann.see(f"{DOC}?part=books")


def test_U5_a_detached_document_is_not_said_to_be_missing_in_the_books(shipped: Scratch, ann: Person) -> None:
    shipped.sync()
    shipped.hub.detach("acme", "ship_doc", "S1", reason="settled by hand")
    for page in (ann.text(DOC), ann.text(f"{DOC}?ask=undo")):
        assert "the books keep their copy" in page
        assert "is not in the books" not in page
    assert "It is detached: the books keep their copy" in ann.text(f"{DOC}?ask=undo")


def test_U3_neither_is_one_that_was_prevented_and_taken_from_the_queue(shipped: Scratch, ann: Person) -> None:
    shipped.sync()
    shipped.hub.undo("acme", "ship_doc", "S1", reason="by hand")
    shipped.hub.prevent("acme", "ship_doc", "S1", reason="by hand")
    shipped.hub.remove("acme/mock", [int(waiting(shipped))], "by hand")
    assert "is not in the books" not in ann.text(DOC)


def test_C6_a_customer_that_is_posted_by_proxy_is_compared_with_it(scratch: Scratch, ann: Person) -> None:
    scratch.books.bookkeeper.add("customer", ["name=Walk-in"])
    scratch.customer()
    scratch.hub.set_proxy("acme", "customer", "C1", name="Walk-in")
    scratch.item()
    scratch.ship_doc()
    scratch.sync()
    page = ann.see(f"{DOC}?part=books")
    assert "Walk-in (its proxy)" in page
    assert "not kept there" not in page
    assert ">differs<" not in page


def test_U1_after_an_undo_the_old_address_says_that_there_is_nothing_to_undo(shipped: Scratch, ann: Person) -> None:
    shipped.sync()
    ann.send(DOC, do="undo", reason="one box too few")
    for _ in range(2):
        page = ann.text(f"{DOC}?ask=undo")
        assert "there is nothing to undo" in page
        assert "what will happen" not in page
        assert "goes back to its open status" not in page
        shipped.sync()
