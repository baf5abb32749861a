"""Statuses moved back by hand, payments, what the books say beforehand, and who may do it (U6 to U9)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hub.app import Hub
from hub.errors import InvalidInput, Refused
from hub.model import make_policy
from hub.queue import Right
from hub.testing.scratch import Scratch


def test_U6_a_synced_document_put_back_by_hand_is_undone(synced: Scratch, clerk: Any) -> None:
    synced.ship_doc(status="processing")
    (row,) = synced.queue()
    assert (row["operation"], row["origin"]) == ("delete", "undo")
    synced.sync()
    assert clerk.all("invoice") == []


def test_U6_a_waiting_document_put_back_by_hand_leaves_the_queue(scratch: Scratch, clerk: Any) -> None:
    scratch.ship_doc()
    scratch.ship_doc(status="on_hold")
    assert scratch.queue() == []
    assert scratch.status("ship_doc", "S1") == "on_hold"


def test_U6_put_back_and_closed_again_is_the_pair(synced: Scratch) -> None:
    synced.ship_doc(status="processing")
    synced.ship_doc(status="closed")
    assert [row[0] for row in synced.operations()] == ["delete", "create"]


def test_U6_putting_back_what_the_policy_never_undoes_is_refused_and_changes_nothing(
    synced: Scratch, code_of: Callable[..., str]
) -> None:
    synced.payment()
    synced.sync()
    assert code_of(lambda: synced.payment(status="entered")) == "payment_undo_not_allowed"
    assert synced.status("payment", "P1") == "recorded"
    assert synced.queue() == []


def test_U6_by_hand_takes_the_same_rights_as_undo(synced: Scratch, hub_of: Callable[..., Hub]) -> None:
    packer = hub_of("packer", Right.REMOVE)
    back = {**synced.hub.show(synced.company, "ship_doc", "S1")["data"], "status": "processing"}
    with pytest.raises(Refused) as caught:
        packer.put(synced.company, "ship_doc", "S1", back)
    assert caught.value.code == "not_permitted"
    assert (synced.status("ship_doc", "S1"), synced.queue()) == ("shipped", [])
    hub_of("clerk", Right.UNDO).put(synced.company, "ship_doc", "S1", back)
    assert synced.operations() == [("delete", "ship_doc", "S1")]


def test_U6_by_hand_takes_the_same_rights_as_removal_from_the_queue(
    scratch: Scratch, hub_of: Callable[..., Hub]
) -> None:
    scratch.ship_doc()
    back = {**scratch.hub.show(scratch.company, "ship_doc", "S1")["data"], "status": "processing"}
    with pytest.raises(Refused) as caught:
        hub_of("packer", Right.UNDO).put(scratch.company, "ship_doc", "S1", back)
    assert caught.value.code == "not_permitted"
    assert scratch.operations() == [("create", "ship_doc", "S1")]
    hub_of("clerk", Right.REMOVE).put(scratch.company, "ship_doc", "S1", back)
    assert scratch.queue() == []


def test_U6_somebody_without_any_right_still_saves_and_closes(synced: Scratch, hub_of: Callable[..., Hub]) -> None:
    anybody = hub_of("anybody")
    data = {**synced.hub.show(synced.company, "ship_doc", "S1")["data"], "memo": "changed"}
    anybody.put(synced.company, "ship_doc", "S1", data)
    assert synced.operations() == [("update", "ship_doc", "S1")]


@pytest.mark.parametrize("type", ["payment", "refund"])
def test_U7_the_sync_of_a_payment_or_refund_cannot_be_undone(
    synced: Scratch, clerk: Any, code_of: Callable[..., str], type: str
) -> None:
    synced.put(type, "P1", status="recorded", date="2026-01-05", customer="C1", amount="20.00")
    synced.sync()
    assert code_of(lambda: synced.hub.undo(synced.company, type, "P1")) == "payment_undo_not_allowed"
    assert code_of(lambda: synced.hub.detach(synced.company, type, "P1")) == "payment_undo_not_allowed"
    assert synced.queue() == []
    assert len(clerk.all(type)) == 1


@pytest.mark.parametrize("type", ["payment", "refund"])
def test_U7_a_payment_or_refund_can_be_deleted(synced: Scratch, clerk: Any, type: str) -> None:
    synced.put(type, "P1", status="recorded", date="2026-01-05", customer="C1", amount="20.00")
    synced.sync()
    synced.hub.delete(synced.company, type, "P1")
    synced.sync()
    assert clerk.all(type) == []


@pytest.mark.parametrize("type", ["payment", "refund"])
def test_U7_unless_a_gateway_has_processed_it(
    synced: Scratch, clerk: Any, code_of: Callable[..., str], type: str
) -> None:
    data = {"status": "recorded", "date": "2026-01-05", "customer": "C1", "amount": "20.00", "gateway_processed": True}
    synced.put(type, "P1", **data)
    assert code_of(lambda: synced.hub.delete(synced.company, type, "P1")) == "gateway_processed"
    assert synced.hub.show(synced.company, type, "P1")["deleted"] is False
    synced.sync()
    assert len(clerk.all(type)) == 1


def test_U7_no_policy_allows_the_undo_of_a_payment() -> None:
    for type in ("payment", "refund"):
        with pytest.raises(InvalidInput) as caught:
            make_policy({type: {"undo": True}})
        assert caught.value.code == "invalid_policy"


def test_U8_the_books_tell_how_they_would_remove_it_and_nothing_changes(synced: Scratch) -> None:
    assert synced.hub.plan_undo(synced.company, "ship_doc", "S1") == [
        {"connection": synced.connection, "how": "delete", "refusal": None}
    ]
    assert (synced.status("ship_doc", "S1"), synced.queue()) == ("shipped", [])


def _refusal(scratch: Scratch) -> dict[str, Any]:
    (plan,) = scratch.hub.plan_undo(scratch.company, "ship_doc", "S1")
    assert plan["how"] is None
    assert plan["refusal"]["message"]
    assert plan["refusal"]["fix"]
    refusal: dict[str, Any] = plan["refusal"]
    return refusal


def test_U8_the_books_refuse_when_payments_are_applied(synced: Scratch, clerk: Any) -> None:
    clerk.add("payment", applied_to=clerk.one("invoice")["remote_id"])
    assert _refusal(synced)["code"] == "payments_applied"


def test_U8_the_books_refuse_when_it_was_edited_since_it_was_sent(synced: Scratch, clerk: Any) -> None:
    clerk.edit("invoice", clerk.one("invoice")["remote_id"], memo="theirs")
    refusal = _refusal(synced)
    assert (refusal["class"], refusal["code"]) == ("conflict", "edited_in_books")


def test_U8_a_document_edited_in_the_books_is_not_removed_by_an_undo(synced: Scratch, clerk: Any) -> None:
    clerk.edit("invoice", clerk.one("invoice")["remote_id"], memo="theirs")
    synced.hub.undo(synced.company, "ship_doc", "S1")
    synced.sync()
    assert clerk.one("invoice")["data"]["memo"] == "theirs"
    assert synced.queue()[0]["error"]["code"] == "stale_version"


def test_U8_the_books_refuse_when_the_period_is_closed(synced: Scratch) -> None:
    synced.hub.connect(synced.company, "mock", settings={"closing_date": "2026-01-31"})
    refusal = _refusal(synced)
    assert (refusal["class"], refusal["code"]) == ("period_closed", "period_closed")


def _with_reason(hub: Hub, scratch: Scratch, word: str) -> None:
    if word == "remove":
        hub.remove(scratch.connection, [scratch.queue()[0]["id"]], "because")
    else:
        getattr(hub, word)(scratch.company, "ship_doc", "S1", reason="because")


ACTIONS = {
    "undo": (Right.UNDO, "undo"),
    "detach": (Right.DETACH, "detach"),
    "prevent": (Right.PREVENT, "prevent"),
    "allow": (Right.PREVENT, "allow"),
    "remove": (Right.REMOVE, "removed_from_queue"),
}


def _ready_for(scratch: Scratch, word: str) -> None:
    """Bring ship doc S1 to where that word may be said."""
    if word in ("prevent", "allow"):
        scratch.hub.undo(scratch.company, "ship_doc", "S1")
    if word == "allow":
        scratch.hub.prevent(scratch.company, "ship_doc", "S1")
    if word == "remove":
        scratch.ship_doc(memo="changed")


@pytest.mark.parametrize("word", ACTIONS)
def test_U9_it_needs_the_right_and_every_other_right_is_not_enough(
    synced: Scratch, hub_of: Callable[..., Hub], word: str
) -> None:
    right, _ = ACTIONS[word]
    _ready_for(synced, word)
    before = (synced.hub.show(synced.company, "ship_doc", "S1"), synced.queue())
    with pytest.raises(Refused) as caught:
        _with_reason(hub_of("lurker", *(set(Right) - {right})), synced, word)
    assert caught.value.code == "not_permitted"
    assert "lurker" in caught.value.message
    assert (synced.hub.show(synced.company, "ship_doc", "S1"), synced.queue()) == before


@pytest.mark.parametrize("word", ACTIONS)
def test_U9_it_takes_a_reason_and_is_audited_with_who_and_why(
    synced: Scratch, hub_of: Callable[..., Hub], audited: Callable[[str], list[Any]], word: str
) -> None:
    right, action = ACTIONS[word]
    _ready_for(synced, word)
    _with_reason(hub_of("ann", right), synced, word)
    assert audited(action)[-1] == ("ann", "because")
    told = synced.hub.show(synced.company, "ship_doc", "S1")["history"]
    assert any((entry["who"], entry["what"], entry["reason"]) == ("ann", action, "because") for entry in told)
