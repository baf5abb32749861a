"""What the histories found, shrunk and named: each was a fault of the hub once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hub_mock.bookkeeper import Bookkeeper
from hub_mock.faults import FaultName, FaultRow, On

from hub.testing.scratch import Scratch
from tests.stores import Store


@pytest.fixture(params=[{}])
def played(request: pytest.FixtureRequest, tmp_path: Path, store: Store) -> Iterator[Scratch]:
    """A scratch hub with the settings of the books that the test asks for."""
    scratch = Scratch(tmp_path, store.url(tmp_path), settings=request.param)
    yield scratch
    scratch.hub.close()


def fault(scratch: Scratch, name: FaultName | None, on: On = On.ANY, times: int = 9) -> None:
    scratch.books.books.switch(None if name is None else FaultRow(name=name, on=on, times=times))


def screen(scratch: Scratch) -> Bookkeeper:
    return Bookkeeper(scratch.books.books)


def lose_reply(scratch: Scratch, on: On) -> None:
    """Sync while the books take everything and no reply arrives."""
    fault(scratch, FaultName.DROP_AFTER_COMMIT, on)
    scratch.sync()
    fault(scratch, None)


def in_books(scratch: Scratch, type: str) -> list[dict[str, Any]]:
    return screen(scratch).page(type, "", 100)[0]


def test_X3_a_refused_resend_does_not_forget_that_the_first_may_have_arrived(scratch: Scratch) -> None:
    scratch.customer(), scratch.item()
    scratch.sync()
    scratch.ship_doc(number=None)
    lose_reply(scratch, On.CREATE)
    fault(scratch, FaultName.CLOSED)
    scratch.sync()
    fault(scratch, None)
    scratch.clock.sleep(700)
    scratch.sync()
    assert len(in_books(scratch, "ship_doc")) == 1
    assert scratch.state("ship_doc", "S1") == "synced"


def test_J7_an_entity_made_inactive_in_the_books_comes_back_as_inactive(scratch: Scratch) -> None:
    scratch.customer(), scratch.item(), scratch.ship_doc()
    scratch.sync()
    gone = screen(scratch).delete("customer", scratch.sync_of("customer", "C1")["remote_id"])
    assert gone["how"] == "inactivate"
    scratch.sync()
    assert scratch.hub.show(scratch.company, "customer", "C1")["data"]["active"] is False


def test_J7_an_edit_by_the_bookkeeper_does_not_reactivate_what_is_inactive(scratch: Scratch) -> None:
    scratch.customer(), scratch.item(), scratch.ship_doc()
    scratch.sync()
    remote_id = scratch.sync_of("customer", "C1")["remote_id"]
    screen(scratch).delete("customer", remote_id)
    assert screen(scratch).edit("customer", remote_id, ["phone=1"])["active"] is False


def test_C4_a_record_deleted_before_it_arrived_gives_its_name_up(scratch: Scratch) -> None:
    scratch.customer("C1", name="Ada")
    fault(scratch, FaultName.DROP_BEFORE_COMMIT)
    scratch.sync()
    fault(scratch, None)
    scratch.hub.delete(scratch.company, "customer", "C1")
    scratch.clock.sleep(700)
    scratch.sync()
    scratch.customer("C2", name="Ada")
    scratch.sync()
    assert scratch.state("customer", "C2") == "synced"


@pytest.mark.parametrize("played", [{"markers": False, "key_memory": 0}], indirect=True)
def test_X3_without_markers_an_update_that_arrived_is_known_by_its_content(played: Scratch) -> None:
    played.customer(), played.item(), played.ship_doc()
    played.sync()
    played.ship_doc(memo="changed")
    lose_reply(played, On.UPDATE)
    played.hub.delete(played.company, "ship_doc", "S1")
    played.sync()
    played.sync()
    assert in_books(played, "ship_doc") == []


def test_Q14_an_undone_document_may_be_edited_while_its_removal_is_on_its_way(scratch: Scratch) -> None:
    scratch.hub.set_policy(scratch.connection, {"ship_doc": {"on_edit": "require_undo"}})
    scratch.customer(), scratch.item(), scratch.ship_doc()
    scratch.sync()
    scratch.hub.undo(scratch.company, "ship_doc", "S1")
    lose_reply(scratch, On.DELETE)
    scratch.ship_doc(memo="closed anew")
    scratch.ship_doc(memo="and edited")
    scratch.clock.sleep(700)
    scratch.sync()
    (found,) = in_books(scratch, "ship_doc")
    assert found["data"]["memo"] == "and edited"


def test_C5_nobody_is_asked_about_a_record_that_is_on_its_way_out(scratch: Scratch) -> None:
    scratch.hub.set_policy(scratch.connection, {"conflicts": "ask"})
    scratch.customer(phone="1")
    scratch.sync()
    remote_id = scratch.sync_of("customer", "C1")["remote_id"]
    scratch.customer(phone="2")
    screen(scratch).edit("customer", remote_id, ["phone=3"])
    scratch.hub.delete(scratch.company, "customer", "C1")
    scratch.sync()
    scratch.sync()
    assert not in_books(scratch, "customer")
    assert not scratch.queue()


def test_Q10_an_edit_behind_a_pair_in_flight_is_an_update_and_its_removal_reopens_nothing(
    tmp_path: Path, store: Store
) -> None:
    def edit(point: str) -> None:
        if point == "after-lock" and locked:
            locked.clear()
            scratch.ship_doc(memo="edited")

    locked: list[bool] = []
    scratch = Scratch(tmp_path, store.url(tmp_path), reach=edit)
    scratch.customer(), scratch.item(), scratch.ship_doc()
    scratch.sync()
    scratch.hub.undo(scratch.company, "ship_doc", "S1")
    scratch.ship_doc()
    locked.append(True)
    scratch.sync()
    assert scratch.operations() == [("update", "ship_doc", "S1")]
    scratch.hub.remove(scratch.connection, [scratch.queue()[0]["id"]], "not needed")
    assert scratch.status("ship_doc", "S1") == "shipped"
    assert scratch.state("ship_doc", "S1") == "diverged"
    scratch.hub.close()


def test_J7_an_object_whose_reply_was_lost_is_not_taken_for_somebody_elses(scratch: Scratch) -> None:
    scratch.customer("C1", name="Ada")
    lose_reply(scratch, On.CREATE)
    scratch.customer("C1", name="Bo")
    scratch.sync()
    scratch.sync()
    (found,) = in_books(scratch, "customer")
    assert found["name"] == "Bo"
    assert scratch.state("customer", "C1") == "synced"
