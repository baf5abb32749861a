"""Posting with a stand-in, the default item, and what a conflict tells (C6, C7, C9)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hub.errors import InvalidInput
from hub.testing.scratch import Scratch


@pytest.fixture
def generic(scratch: Scratch, clerk: Any) -> str:
    """An item of the books alone, to post with."""
    remote_id: str = clerk.add("item", name="Generic goods")
    return remote_id


def test_C6_a_proxy_takes_the_request_out_of_the_queue_and_keeps_the_record_out_of_the_books(
    scratch: Scratch, clerk: Any, generic: str
) -> None:
    scratch.item()
    scratch.hub.set_proxy(scratch.company, "item", "I1", name="Generic goods")
    assert scratch.queue() == []
    scratch.item(unit_price="11.00")
    assert scratch.queue() == []
    scratch.sync()
    standing = scratch.sync_of("item", "I1")
    assert standing["state"] == "proxied"
    assert standing["proxy"] == {"remote_id": generic, "name": "Generic goods"}
    assert clerk.names("item") == ["Generic goods"]


def test_C6_transactions_post_with_the_target_and_the_line_keeps_the_items_code(
    scratch: Scratch, clerk: Any, generic: str
) -> None:
    scratch.customer()
    scratch.item()
    scratch.item("I2")
    scratch.ship_doc(
        lines=[
            {"item": "I1", "description": "Blue widget", "quantity": "1", "unit_price": "10.00"},
            {"item": "I1", "quantity": "1", "unit_price": "5.00"},
            {"item": "I2", "description": "Its own", "quantity": "1", "unit_price": "1.00"},
        ]
    )
    scratch.hub.set_proxy(scratch.company, "item", "I1", remote_id=generic)
    scratch.sync()
    lines = clerk.one("invoice")["data"]["lines"]
    assert [line.get("description") for line in lines] == ["[I1] Blue widget", "[I1]", "Its own"]
    assert clerk.one("invoice")["total"] == "16.00"


def test_C6_the_description_here_stays_as_it_is(scratch: Scratch, clerk: Any, generic: str) -> None:
    scratch.customer()
    scratch.item()
    scratch.ship_doc()
    before = scratch.hub.show(scratch.company, "ship_doc", "S1")["data"]
    scratch.hub.set_proxy(scratch.company, "item", "I1", name="Generic goods")
    scratch.sync()
    assert scratch.hub.show(scratch.company, "ship_doc", "S1")["data"] == before


def test_C6_a_proxy_on_a_synced_entity_is_refused(synced: Scratch, clerk: Any, code_of: Callable[..., str]) -> None:
    clerk.add("item", name="Generic goods")
    code = code_of(lambda: synced.hub.set_proxy(synced.company, "item", "I1", name="Generic goods"))
    assert code == "proxy_on_synced_record"
    assert synced.state("item", "I1") == "synced"


def test_C6_the_target_must_exist_be_active_of_its_kind_and_no_proxied_record(
    scratch: Scratch, clerk: Any, generic: str, code_of: Callable[..., str]
) -> None:
    clerk.add("item", name="Asleep", active="false")
    customer = clerk.add("customer", name="Somebody")
    scratch.item("I1")
    scratch.item("I2")
    scratch.hub.set_proxy(scratch.company, "item", "I1", name="Generic goods")
    queue = scratch.queue()

    def code(**target: str) -> str:
        return code_of(lambda: scratch.hub.set_proxy(scratch.company, "item", "I2", **target))

    assert code(name="Nobody") == "target_not_found"
    assert code(remote_id="999") == "target_not_found"
    assert code(name="Asleep") == "target_inactive"
    assert code(name="Somebody") == "target_not_found"
    assert code(remote_id=customer) == "target_not_found"
    assert code(name="Item I1") == "proxy_chain"
    assert code() == "target_missing"
    assert scratch.queue() == queue


def test_C6_several_records_may_share_a_target_even_the_one_of_that_very_name(
    scratch: Scratch, clerk: Any, generic: str
) -> None:
    scratch.item("I1", name="Generic goods")
    scratch.item("I2")
    for source_id in ("I1", "I2"):
        scratch.hub.set_proxy(scratch.company, "item", source_id, name="Generic goods")
    assert [scratch.state("item", source_id) for source_id in ("I1", "I2")] == ["proxied", "proxied"]


def test_C6_only_living_master_data_has_proxies(scratch: Scratch, generic: str, code_of: Callable[..., str]) -> None:
    scratch.ship_doc()
    scratch.item()
    scratch.hub.delete(scratch.company, "item", "I1")
    set_proxy = scratch.hub.set_proxy
    assert code_of(lambda: set_proxy(scratch.company, "ship_doc", "S1", name="Generic goods")) == "not_an_entity"
    assert code_of(lambda: set_proxy(scratch.company, "item", "I1", name="Generic goods")) == "record_deleted"


def test_C6_clearing_the_proxy_queues_a_create(
    scratch: Scratch, clerk: Any, generic: str, code_of: Callable[..., str]
) -> None:
    scratch.item()
    scratch.hub.set_proxy(scratch.company, "item", "I1", name="Generic goods")
    scratch.hub.clear_proxy(scratch.company, "item", "I1")
    assert scratch.operations() == [("create", "item", "I1")]
    assert code_of(lambda: scratch.hub.clear_proxy(scratch.company, "item", "I1")) == "not_proxied"
    scratch.sync()
    assert sorted(clerk.names("item")) == ["Generic goods", "Item I1"]
    assert scratch.state("item", "I1") == "synced"


def test_C6_a_proxied_entity_that_is_deleted_leaves_nothing_behind(scratch: Scratch, clerk: Any, generic: str) -> None:
    scratch.item()
    scratch.hub.set_proxy(scratch.company, "item", "I1", name="Generic goods")
    scratch.hub.delete(scratch.company, "item", "I1")
    assert scratch.queue() == []
    assert scratch.sync_of("item", "I1")["proxy"] is None
    scratch.sync()
    assert clerk.names("item") == ["Generic goods"]


def _inventory_is_not_sent(scratch: Scratch, **more: str) -> None:
    scratch.hub.set_policy(scratch.connection, {"item": {"exclude_kinds": ["inventory"]}, **more})
    scratch.customer()
    scratch.item(kind="inventory")
    scratch.ship_doc()


def test_C7_inventory_that_is_not_synced_posts_with_the_default_item(
    scratch: Scratch, clerk: Any, generic: str
) -> None:
    _inventory_is_not_sent(scratch, default_item_proxy=generic)
    assert ("create", "item", "I1") not in scratch.operations()
    scratch.sync()
    assert clerk.names("item") == ["Generic goods"]
    assert clerk.one("invoice")["data"]["lines"][0]["description"] == "[I1]"
    assert scratch.state("item", "I1") == "excluded"


def test_C7_a_default_item_that_the_books_do_not_hold_is_refused(scratch: Scratch, clerk: Any, generic: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        scratch.hub.set_policy(scratch.connection, {"default_item_proxy": "no-such-item", "hold_after": 3})
    assert caught.value.code == "invalid_policy"
    assert "default_item_proxy" in caught.value.message
    assert "no-such-item" in caught.value.message
    assert caught.value.fix
    policy = scratch.hub.policy(scratch.connection)
    assert (policy["default_item_proxy"], policy["hold_after"]) == (None, 5)
    assert scratch.hub.set_policy(scratch.connection, {"default_item_proxy": generic})["default_item_proxy"] == generic


def test_C7_without_a_default_the_document_waits_for_the_item(scratch: Scratch, clerk: Any, generic: str) -> None:
    _inventory_is_not_sent(scratch)
    scratch.sync()
    assert scratch.queue()[0]["waits_for"] == "item I1"
    assert clerk.all("invoice") == []


def test_C7_the_default_does_not_stand_in_for_other_kinds(scratch: Scratch, clerk: Any, generic: str) -> None:
    scratch.hub.set_policy(scratch.connection, {"default_item_proxy": generic})
    scratch.customer()
    scratch.item(kind="service")
    scratch.hub.remove(scratch.connection, [scratch.queue(type="item")[0]["id"]])
    scratch.ship_doc()
    scratch.sync()
    assert scratch.queue()[0]["waits_for"] == "item I1"


def test_C7_a_proxy_of_its_own_goes_before_the_default(scratch: Scratch, clerk: Any, generic: str) -> None:
    own = clerk.add("item", name="Own stand-in")
    _inventory_is_not_sent(scratch, default_item_proxy=generic)
    scratch.hub.set_proxy(scratch.company, "item", "I1", name="Own stand-in")
    scratch.sync()
    clerk.delete("item", generic)
    clerk.delete("item", own)
    assert clerk.names("item") == ["Own stand-in"], "the one in use is made inactive, the unused one is gone"


def test_C9_a_conflict_is_one_row_with_cause_actions_and_everything_it_blocks(scratch: Scratch, clerk: Any) -> None:
    clerk.add("item", name="Item I1")
    scratch.customer()
    scratch.item()
    scratch.ship_doc()
    scratch.payment()
    scratch.sync()
    scratch.sync()
    (row,) = scratch.hub.conflicts(scratch.connection)["items"]
    assert (row["kind"], row["type"], row["source_id"]) == ("duplicate_name", "item", "I1")
    assert "Item I1" in row["message"]
    assert [(each["type"], each["source_id"]) for each in row["blocks"]] == [
        ("item", "I1"),
        ("ship_doc", "S1"),
        ("payment", "P1"),
    ]
    assert any("hub link acme item I1" in action for action in row["actions"])
    assert any("hub proxy set acme item I1" in action for action in row["actions"])
    assert any(
        f"hub queue remove acme/mock {scratch.queue(type='item')[0]['id']}" in action for action in row["actions"]
    )


def test_C9_records_of_the_same_id_are_not_mixed_up(scratch: Scratch, clerk: Any) -> None:
    clerk.add("customer", name="Twin")
    scratch.item()
    scratch.ship_doc("1", customer="1")
    scratch.customer("1", name="Twin")
    scratch.sync()
    (row,) = scratch.hub.conflicts(scratch.connection)["items"]
    own = scratch.queue(type="customer")[0]["id"]
    assert [each["type"] for each in row["blocks"]] == ["customer", "ship_doc"]
    assert any(f"acme/mock {own}," in action for action in row["actions"])


def test_C9_what_no_longer_blocks_is_not_listed(scratch: Scratch, clerk: Any) -> None:
    clerk.add("customer", name="Twin")
    scratch.item()
    scratch.customer("C1", name="Twin")
    scratch.ship_doc()
    scratch.sync()
    scratch.hub.remove(scratch.connection, [scratch.queue(type="ship_doc")[0]["id"]])
    (row,) = scratch.hub.conflicts(scratch.connection)["items"]
    assert [each["type"] for each in row["blocks"]] == ["customer"]


def _error(scratch: Scratch, source_id: str) -> dict[str, Any]:
    (row,) = [each for each in scratch.queue() if each["source_id"] == source_id]
    assert set(row["error"]) == {"class", "code", "message", "fix"}
    assert all(row["error"].values()), row["error"]
    found: dict[str, Any] = row["error"]
    return found


@pytest.mark.parametrize(
    ("fault", "error_class", "code"),
    [
        ("refuse", "validation", "refused_by_fault"),
        ("closed", "period_closed", "period_closed"),
        ("drop-after-commit", "unknown_outcome", "outcome_unknown"),
    ],
)
def test_C9_every_error_of_a_document_has_class_words_and_fix(
    synced: Scratch, clerk: Any, fault: str, error_class: str, code: str
) -> None:
    clerk.fault(fault, on="create")
    synced.ship_doc("S2")
    synced.sync()
    error = _error(synced, "S2")
    assert (error["class"], error["code"]) == (error_class, code)


def test_C9_a_name_or_number_taken_and_a_deleted_party_have_class_words_and_fix(synced: Scratch, clerk: Any) -> None:
    clerk.add("invoice", customer="Customer C1", number="S2", amount="5.00")
    clerk.add("customer", name="Twin")
    synced.customer("C2", name="Twin")
    synced.ship_doc("S2")
    synced.customer("C3")
    synced.hub.delete(synced.company, "customer", "C3")
    synced.ship_doc("S3", customer="C3")
    synced.sync()
    assert (_error(synced, "C2")["class"], _error(synced, "C2")["code"]) == ("conflict", "duplicate_name")
    assert (_error(synced, "S2")["class"], _error(synced, "S2")["code"]) == ("validation", "duplicate_number")
    assert (_error(synced, "S3")["class"], _error(synced, "S3")["code"]) == (
        "missing_dependency",
        "missing_dependency",
    )


def _ways(scratch: Scratch) -> tuple[list[str], str]:
    (row,) = scratch.hub.conflicts(scratch.connection)["items"]
    return row["ways"], "\n".join(row["actions"])


def test_C9_a_name_held_by_an_unsent_record_of_ours_offers_no_link_no_proxy_and_nothing_in_the_books(
    scratch: Scratch,
) -> None:
    scratch.customer("C1", name="Twin")
    scratch.customer("C2", name="Twin")
    ways, told = _ways(scratch)
    assert ways == ["rename", "remove"]
    assert f"leave it unsent: hub queue remove acme/mock {scratch.queue()[1]['id']}" in told
    assert "books" not in told
    assert "link" not in scratch.queue()[1]["error"]["fix"]


def test_C9_once_the_other_record_of_ours_is_in_the_books_it_can_stand_in_but_never_be_linked(scratch: Scratch) -> None:
    scratch.customer("C1", name="Twin")
    scratch.customer("C2", name="Twin")
    scratch.sync()
    remote_id = scratch.sync_of("customer", "C1")["remote_id"]
    ways, told = _ways(scratch)
    assert ways == ["rename", "proxy", "remove"]
    assert f"hub proxy set acme customer C2 --remote-id {remote_id} --connection acme/mock" in told
    (row,) = scratch.hub.conflicts(scratch.connection)["items"]
    scratch.hub.resolve_conflict(scratch.connection, row["id"], "proxy")
    assert scratch.sync_of("customer", "C2")["state"] == "proxied"


def test_C9_a_record_that_is_in_the_books_and_takes_anothers_name_can_only_be_renamed_or_left(
    scratch: Scratch, clerk: Any
) -> None:
    scratch.customer("C1", name="One")
    scratch.sync()
    clerk.add("customer", name="Twin")
    scratch.sync()
    scratch.customer("C1", name="Twin")
    ways, _ = _ways(scratch)
    assert ways == ["rename", "remove"]


def test_C9_of_an_entity_that_only_the_books_have_every_way_is_open_and_each_command_works(
    scratch: Scratch, clerk: Any
) -> None:
    made = clerk.add("customer", name="Twin")
    scratch.customer("C1", name="Twin")
    scratch.sync()
    ways, told = _ways(scratch)
    assert ways == ["rename", "link", "proxy", "remove"]
    for keep in ("source", "books"):
        command = f"hub link acme customer C1 --remote-id {made} --keep {keep} --connection acme/mock"
        assert command in told
    scratch.hub.link("acme", "customer", "C1", keep="books", remote_id=made)
    assert scratch.hub.conflicts(scratch.connection)["items"] == []
