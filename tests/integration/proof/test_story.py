"""V2: `hub show` tells the story of a record, oldest first, so that *why is it not in the books?* has an answer."""

from __future__ import annotations

from typing import Any

from hub_mock.faults import FaultName

from hub.testing.scratch import Scratch


def story(scratch: Scratch, type: str = "ship_doc", source_id: str = "S1") -> list[str]:
    """The sentences, oldest first."""
    shown: dict[str, Any] = scratch.hub.show("acme", type, source_id)
    assert all(
        {"at", "who", "what", "connection", "reason", "details", "says"} == set(each) for each in shown["history"]
    )
    return [each["says"] for each in shown["history"]]


def test_V2_a_lost_answer_is_told_with_what_was_found_later_and_sent_only_once(synced: Scratch) -> None:
    synced.clock.sleep(60)
    synced.ship_doc("S2")
    synced.clock.sleep(60)
    synced.books.misbehave(FaultName.DROP_AFTER_COMMIT, times=99)
    synced.sync()
    synced.books.books.switch(None)
    synced.clock.sleep(3600)
    synced.sync()
    told = story(synced, "ship_doc", "S2")
    remote_id = synced.sync_of("ship_doc", "S2")["remote_id"]
    assert told[0] == "tester saved it for the first time"
    assert told[1] == "job 2 sent it (create, 1st try)"
    assert told[2].startswith("the answer was lost")
    assert told[-1] == f"job 3 looked in the books and found it: it is {remote_id} there"
    firsts = [each for each in told if "1st try" in each]
    assert len(firsts) == 1


def test_V2_decisions_are_told_with_who_and_why(synced: Scratch) -> None:
    synced.clock.sleep(60)
    synced.hub.undo("acme", "ship_doc", "S1", reason="wrong customer")
    synced.clock.sleep(60)
    synced.sync()
    synced.clock.sleep(60)
    synced.hub.prevent("acme", "ship_doc", "S1", reason="paid in cash")
    told = story(synced)
    assert told[-4:] == [
        "tester undid the sync: wrong customer",
        "job 2 sent it (delete, 1st try)",
        "the books deleted it",
        "tester prevented its sync: paid in cash",
    ]


def test_V2_why_a_document_is_not_in_the_books_is_said(synced: Scratch) -> None:
    synced.ship_doc("S2", status="processing")
    assert synced.sync_of("ship_doc", "S2")["reason"] == "its status is processing, which does not post"
    synced.ship_doc("S3", customer="C9")
    synced.sync()
    assert story(synced, "ship_doc", "S3")[-1] == "job 2 did not send it. It waits for customer C9."
    assert synced.sync_of("ship_doc", "S3")["reason"] == "waits for customer C9"


def test_V2_what_the_books_changed_is_told(synced: Scratch) -> None:
    synced.clock.sleep(60)
    customer = synced.sync_of("customer", "C1")["remote_id"]
    synced.books.bookkeeper.edit("customer", customer, ["email=new@example.com"])
    synced.sync()
    assert story(synced, "customer", "C1")[-1] == "an import took email over from the books"


def test_V2_a_conflict_is_told_once_when_it_is_met_and_when_it_is_settled(synced: Scratch) -> None:
    synced.books.bookkeeper.add("customer", ["name=Taken"])
    synced.clock.sleep(60)
    synced.customer("C2", name="Taken")
    for _ in range(3):
        synced.clock.sleep(60)
        synced.sync()
    synced.clock.sleep(60)
    synced.customer("C2", name="Free")
    synced.clock.sleep(60)
    synced.sync()
    told = story(synced, "customer", "C2")
    assert len([each for each in told if each.startswith("a conflict was met")]) == 1
    assert len([each for each in told if each.startswith("the conflict is settled")]) == 1
    assert synced.hub.verify("acme")["whole"]
