"""Undo, prevent, and the ways to keep the books' copy (U1 to U5)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import func, select

from hub.store.tables import attempts, audit
from hub.testing.scratch import Scratch


def test_U1_undo_re_opens_and_queues_the_removal_while_the_link_stays(synced: Scratch, clerk: Any) -> None:
    synced.hub.undo(synced.company, "ship_doc", "S1", reason="wrong customer")
    assert synced.status("ship_doc", "S1") == "processing"
    (row,) = synced.queue()
    assert (row["operation"], row["origin"], row["state"]) == ("delete", "undo", "waiting")
    assert synced.sync_of("ship_doc", "S1")["remote_id"] == clerk.one("invoice")["remote_id"]


def test_U1_the_link_goes_when_the_books_confirm(synced: Scratch, clerk: Any) -> None:
    synced.hub.undo(synced.company, "ship_doc", "S1")
    (result,) = synced.sync()["results"]
    assert (result["outcome"], result["how"]) == ("applied", "delete")
    assert clerk.all("invoice") == []
    standing = synced.sync_of("ship_doc", "S1")
    assert (standing["state"], standing["remote_id"]) == ("not_queued", None)


def test_U1_the_link_stays_when_the_books_refuse_the_removal(synced: Scratch, clerk: Any) -> None:
    clerk.add("payment", applied_to=clerk.one("invoice")["remote_id"])
    synced.hub.undo(synced.company, "ship_doc", "S1")
    synced.sync()
    (row,) = synced.queue()
    assert (row["operation"], row["error"]["code"], row["attempts"]) == ("delete", "payments_applied", 1)
    assert row["error"]["fix"]
    assert synced.sync_of("ship_doc", "S1")["remote_id"] == clerk.one("invoice")["remote_id"]


def test_U1_back_in_a_trigger_status_it_is_posted_anew(synced: Scratch, clerk: Any) -> None:
    old = clerk.one("invoice")["remote_id"]
    synced.hub.undo(synced.company, "ship_doc", "S1")
    synced.sync()
    synced.ship_doc(status="shipped")
    assert synced.operations() == [("create", "ship_doc", "S1")]
    synced.sync()
    assert clerk.one("invoice")["remote_id"] != old


def test_U1_the_source_is_told_that_the_document_is_open_again(synced: Scratch) -> None:
    synced.hub.undo(synced.company, "ship_doc", "S1")
    event = synced.hub.changes(synced.company)["items"][-1]
    assert (event["kind"], event["source_id"], event["data"]["status"]) == ("record_reopened", "S1", "processing")


def test_U1_a_waiting_update_gives_way_to_the_removal(synced: Scratch, clerk: Any) -> None:
    synced.ship_doc(memo="changed")
    synced.hub.undo(synced.company, "ship_doc", "S1")
    assert synced.operations() == [("delete", "ship_doc", "S1")]
    synced.sync()
    assert clerk.all("invoice") == []


def test_U1_what_is_not_in_the_books_or_undone_already_is_not_undone(
    synced: Scratch, code_of: Callable[..., str]
) -> None:
    synced.ship_doc("S2")
    assert code_of(lambda: synced.hub.undo(synced.company, "ship_doc", "S2")) == "not_synced"
    synced.hub.undo(synced.company, "ship_doc", "S1")
    assert code_of(lambda: synced.hub.undo(synced.company, "ship_doc", "S1")) == "already_undone"
    assert code_of(lambda: synced.hub.undo(synced.company, "customer", "C1")) == "not_a_transaction"
    assert code_of(lambda: synced.hub.undo(synced.company, "ship_doc", "S9")) == "record_not_found"


def test_U1_undo_covers_every_connection_that_holds_the_document(synced: Scratch) -> None:
    synced.hub.connect(synced.company, "mock", name="second")
    synced.hub.sync("acme/second")
    synced.hub.undo(synced.company, "ship_doc", "S1")
    for connection in (synced.connection, "acme/second"):
        (row,) = synced.hub.queue(connection, type="ship_doc")["items"]
        assert (row["operation"], row["origin"]) == ("delete", "undo")
        synced.hub.sync(connection)
        assert synced.hub.queue(connection, type="ship_doc")["items"] == []


def test_U2_an_open_transaction_is_prevented_and_closing_it_queues_nothing(scratch: Scratch) -> None:
    scratch.ship_doc(status="processing")
    scratch.hub.prevent(scratch.company, "ship_doc", "S1")
    scratch.ship_doc(status="closed")
    assert scratch.queue() == []
    assert scratch.state("ship_doc", "S1") == "prevented"
    scratch.ship_doc(status="closed", memo="edited")
    assert scratch.queue() == []


def test_U2_it_can_be_prevented_while_the_removal_of_its_undo_waits(synced: Scratch, clerk: Any) -> None:
    synced.hub.undo(synced.company, "ship_doc", "S1")
    assert synced.hub.prevent(synced.company, "ship_doc", "S1")["prevented"] is True
    synced.ship_doc(status="closed")
    assert synced.operations() == [("delete", "ship_doc", "S1")]
    synced.sync()
    assert clerk.all("invoice") == []


def test_U2_a_synced_transaction_is_not_prevented(synced: Scratch, code_of: Callable[..., str]) -> None:
    assert code_of(lambda: synced.hub.prevent(synced.company, "ship_doc", "S1")) == "undo_first"
    synced.ship_doc(memo="changed")
    assert code_of(lambda: synced.hub.prevent(synced.company, "ship_doc", "S1")) == "undo_first"
    assert synced.hub.show(synced.company, "ship_doc", "S1")["prevented"] is False


def test_U2_a_transaction_that_waits_in_the_queue_is_not_prevented(
    synced: Scratch, code_of: Callable[..., str]
) -> None:
    synced.ship_doc("S2")
    assert code_of(lambda: synced.hub.prevent(synced.company, "ship_doc", "S2")) == "delete_from_queue_first"
    synced.hub.hold(synced.connection, [synced.queue()[0]["id"]], "wait")
    assert code_of(lambda: synced.hub.prevent(synced.company, "ship_doc", "S2")) == "delete_from_queue_first"
    synced.hub.undo(synced.company, "ship_doc", "S1")
    synced.ship_doc(status="closed")
    assert code_of(lambda: synced.hub.prevent(synced.company, "ship_doc", "S1")) == "delete_from_queue_first"


def test_U2_master_data_is_not_prevented(scratch: Scratch, code_of: Callable[..., str]) -> None:
    scratch.customer()
    assert code_of(lambda: scratch.hub.prevent(scratch.company, "customer", "C1")) == "not_a_transaction"


def test_U2_allowing_a_closed_transaction_queues_it_and_says_so(scratch: Scratch) -> None:
    scratch.ship_doc(status="processing")
    scratch.hub.prevent(scratch.company, "ship_doc", "S1")
    scratch.ship_doc(status="closed")
    assert scratch.hub.allow(scratch.company, "ship_doc", "S1")["queued"] == [scratch.connection]
    assert scratch.operations() == [("create", "ship_doc", "S1")]


def test_U2_allowing_an_open_transaction_queues_nothing_until_it_closes(
    scratch: Scratch, code_of: Callable[..., str]
) -> None:
    scratch.ship_doc(status="processing")
    scratch.hub.prevent(scratch.company, "ship_doc", "S1")
    assert scratch.hub.allow(scratch.company, "ship_doc", "S1")["queued"] == []
    assert scratch.queue() == []
    scratch.ship_doc(status="closed")
    assert scratch.operations() == [("create", "ship_doc", "S1")]
    assert code_of(lambda: scratch.hub.allow(scratch.company, "ship_doc", "S1")) == "not_prevented"


def test_U2_allowing_what_is_not_recorded_yet_waits(scratch: Scratch) -> None:
    scratch.ship_doc(status="processing", fully_recorded=False)
    scratch.hub.prevent(scratch.company, "ship_doc", "S1")
    scratch.ship_doc(status="closed", fully_recorded=False)
    scratch.hub.allow(scratch.company, "ship_doc", "S1")
    assert scratch.queue()[0]["reason"] == "not recorded"


def _no_more_calls(scratch: Scratch) -> Callable[[], int]:
    def count() -> int:
        with scratch.hub.database.read() as db:
            return db.execute(select(func.count()).select_from(attempts)).scalar_one()

    return count


def _live_on(scratch: Scratch) -> None:
    """Everything that could make a later job touch the copy."""
    for status in ("processing", "shipped", "closed"):
        scratch.ship_doc(status=status, memo=f"now {status}")
        scratch.sync()
    scratch.hub.delete(scratch.company, "ship_doc", "S1")
    scratch.sync()


def test_U3_undo_prevent_close_and_removal_keep_the_copy_for_good(synced: Scratch, clerk: Any) -> None:
    copy, calls = clerk.one("invoice"), _no_more_calls(synced)
    before = calls()
    hub, company = synced.hub, synced.company
    hub.undo(company, "ship_doc", "S1")
    hub.prevent(company, "ship_doc", "S1")
    synced.ship_doc(status="closed")
    hub.remove(synced.connection, [synced.queue()[0]["id"]])
    assert (synced.status("ship_doc", "S1"), synced.state("ship_doc", "S1")) == ("closed", "prevented")
    _live_on(synced)
    assert clerk.all("invoice") == [copy]
    assert calls() == before


def test_U4_removal_prevent_and_close_keep_it_out_of_the_books(scratch: Scratch, clerk: Any) -> None:
    scratch.customer()
    scratch.item()
    scratch.sync()
    scratch.ship_doc()
    before = _no_more_calls(scratch)()
    scratch.hub.remove(scratch.connection, [scratch.queue()[0]["id"]])
    assert scratch.status("ship_doc", "S1") == "processing"
    scratch.hub.prevent(scratch.company, "ship_doc", "S1")
    scratch.ship_doc(status="closed")
    _live_on(scratch)
    assert clerk.all("invoice") == []
    assert _no_more_calls(scratch)() == before


def test_U5_detach_keeps_the_copy_in_one_step_and_no_later_job_touches_it(synced: Scratch, clerk: Any) -> None:
    copy, calls = clerk.one("invoice"), _no_more_calls(synced)
    before = calls()
    shown = synced.hub.detach(synced.company, "ship_doc", "S1", reason="settled by hand")
    assert (shown["status"], shown["prevented"], shown["sync"][0]["state"]) == ("shipped", True, "prevented")
    assert (shown["sync"][0]["remote_id"], shown["sync"][0]["kept_copy"]) == (None, copy["remote_id"])
    assert synced.queue() == []
    _live_on(synced)
    assert clerk.all("invoice") == [copy]
    assert calls() == before


def test_U5_detach_takes_a_waiting_update_or_undo_out_of_the_queue(synced: Scratch, clerk: Any) -> None:
    copy = clerk.one("invoice")
    synced.ship_doc(memo="changed")
    synced.hub.detach(synced.company, "ship_doc", "S1")
    assert synced.queue() == []
    synced.sync()
    assert clerk.all("invoice") == [copy]


def test_U5_detach_after_an_undo_calls_the_removal_off(synced: Scratch, clerk: Any) -> None:
    copy = clerk.one("invoice")
    synced.hub.undo(synced.company, "ship_doc", "S1")
    synced.hub.detach(synced.company, "ship_doc", "S1")
    synced.sync()
    assert clerk.all("invoice") == [copy]
    assert synced.state("ship_doc", "S1") == "prevented"


def test_U5_a_refused_detach_changes_nothing_at_all(synced: Scratch, code_of: Callable[..., str]) -> None:
    synced.ship_doc("S2")
    assert code_of(lambda: synced.hub.detach(synced.company, "ship_doc", "S2")) == "not_synced"
    assert synced.hub.show(synced.company, "ship_doc", "S2")["prevented"] is False
    synced.hub.delete(synced.company, "ship_doc", "S1")
    assert code_of(lambda: synced.hub.detach(synced.company, "ship_doc", "S1")) == "to_be_deleted_irreversible"
    with synced.hub.database.read() as db:
        assert db.execute(select(audit).where(audit.c.action == "detach")).all() == []


def test_U5_allowing_a_detached_document_takes_the_kept_copy_up_again_and_posts_no_second_one(
    synced: Scratch, clerk: Any
) -> None:
    copy = clerk.one("invoice")["remote_id"]
    synced.hub.detach(synced.company, "ship_doc", "S1")
    synced.ship_doc(memo="changed")
    assert synced.hub.allow(synced.company, "ship_doc", "S1")["queued"] == [synced.connection]
    assert synced.operations() == [("update", "ship_doc", "S1")]
    synced.sync()
    invoice = clerk.one("invoice")
    assert (invoice["remote_id"], invoice["data"]["memo"]) == (copy, "changed")
    assert synced.sync_of("ship_doc", "S1")["state"] == "synced"
