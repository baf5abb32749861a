"""The shipped policy is the table of the specification; layers change single fields of it, faulty ones nothing (U7)."""

from __future__ import annotations

from typing import Any

import pytest

from hub.errors import InvalidInput
from hub.model import ENTITIES, TRANSACTIONS, Direction, Policy, RecordType, Winner, lay_over, make_policy

TABLE = {
    "ship_doc": ("invoice", "processing", {"shipped", "closed"}, True),
    "receiver": ("bill", "open", {"received", "closed"}, True),
    "customer_return": ("credit_note", "open", {"received", "closed"}, True),
    "vendor_return": ("vendor_credit", "open", {"shipped", "closed"}, True),
    "payment": ("payment", "entered", {"recorded"}, False),
    "refund": ("refund", "entered", {"recorded"}, False),
    "adjustment": ("inventory_adjustment", "open", {"closed"}, True),
    "work_order": ("journal", "in_production", {"finished", "closed"}, True),
    "value_adjustment": ("journal", "open", {"closed"}, True),
}


def test_the_shipped_policy_is_the_table() -> None:
    assert set(TABLE) == set(TRANSACTIONS)
    for type, expected in TABLE.items():
        rule = Policy().of_transaction(RecordType(type))
        assert (rule.posts_as, rule.default_status, set(rule.trigger_statuses), rule.undo) == expected


def test_accounts_terms_and_tax_codes_are_only_imported() -> None:
    imported = {type.value for type in ENTITIES if Policy().of_entity(type).direction is Direction.IMPORT}
    assert imported == {"account", "term", "tax_code"}


def test_later_layers_win_field_by_field() -> None:
    policy = make_policy(
        {"ship_doc": {"on_edit": "require_undo", "default_status": "picking"}, "hold_after": 3},
        {"ship_doc": {"default_status": "packing"}, "conflicts": "ask", "class": {"direction": "off"}},
    )
    assert (policy.ship_doc.on_edit, policy.ship_doc.default_status) == ("require_undo", "packing")
    assert policy.ship_doc.trigger_statuses == {"shipped", "closed"}
    assert (policy.hold_after, policy.conflicts) == (3, Winner.ASK)
    assert policy.of_entity(RecordType.CLASS).direction is Direction.OFF
    assert policy.receiver == Policy().receiver


def test_statuses_are_compared_as_statuses() -> None:
    rule = make_policy({"ship_doc": {"trigger_statuses": [" Invoiced "], "default_status": "New"}}).ship_doc
    assert (rule.trigger_statuses, rule.default_status) == ({"invoiced"}, "new")


@pytest.mark.parametrize(
    ("layer", "named"),
    [
        ({"ship_dok": {}}, "ship_dok"),
        ({"ship_doc": {"colour": "red"}}, "ship_doc.colour"),
        ({"ship_doc": "closed"}, "ship_doc"),
        ({"ship_doc": {"direction": "import"}}, "ship_doc.direction"),
        ({"ship_doc": {"default_status": "Closed"}}, "ship_doc"),
        ({"ship_doc": {"trigger_statuses": [3]}}, "ship_doc.trigger_statuses"),
        ({"customer": {"direction": "sideways"}}, "customer.direction"),
        ({"conflicts": "mine"}, "conflicts"),
        ({"conflicts": {"winner": "source"}}, "conflicts"),
        ({"hold_after": 0}, "hold_after"),
        ({"payment": {"undo": True}}, "payment"),
        ({"refund": {"undo": True}}, "refund"),
    ],
)
def test_U7_a_faulty_layer_is_refused_by_name(layer: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        make_policy({}, layer)
    assert caught.value.code == "invalid_policy"
    assert named in caught.value.message
    assert caught.value.fix


def test_all_faults_of_a_policy_are_named_at_once() -> None:
    with pytest.raises(InvalidInput) as caught:
        make_policy({"hold_after": 0, "conflicts": "mine"})
    assert len(caught.value.details["faults"]) == 2


def test_nothing_takes_a_setting_away_and_its_default_comes_back() -> None:
    own = {
        "ship_doc": {"trigger_statuses": ["invoiced"], "default_status": "draft"},
        "conflicts": "ask",
        "hold_after": 2,
    }
    left = lay_over(own, {"ship_doc": {"trigger_statuses": None}, "conflicts": None})
    assert left == {"ship_doc": {"default_status": "draft"}, "hold_after": 2}
    assert lay_over(left, {"ship_doc": {"default_status": None}}) == {"hold_after": 2}
    assert lay_over(left, {"ship_doc": None, "hold_after": None}) == {}
    assert own["ship_doc"] == {"trigger_statuses": ["invoiced"], "default_status": "draft"}


@pytest.mark.parametrize("empty", [[], (), frozenset()])
def test_no_trigger_status_at_all_is_refused(empty: Any) -> None:
    with pytest.raises(InvalidInput, match="nothing would ever be queued") as refused:
        lay_over({}, {"ship_doc": {"trigger_statuses": empty}})
    assert (refused.value.code, "direction to off" in refused.value.fix) == ("invalid_policy", True)


@pytest.mark.parametrize("change", [{"ship_dok": None}, {"ship_doc": {"triggers": None}}, {"x": {"direction": None}}])
def test_what_is_no_setting_cannot_be_taken_away(change: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match="is no key of a policy"):
        lay_over({}, change)


@pytest.mark.parametrize(
    ("layer", "told"),
    [
        ({"item": {"exclude_kinds": ["inventry"]}}, "'inventry' is no kind of item; did you mean inventory?"),
        ({"item": {"exclude_kinds": ["service", "foo"]}},
         "'foo' is no kind of item; there are inventory, non_inventory, service."),
        ({"customer": {"exclude_kinds": ["inventory"]}}, "customer.exclude_kinds: only items have kinds."),
    ],
)  # fmt: skip
def test_kinds_that_no_item_has_cannot_be_left_out(layer: dict[str, Any], told: str) -> None:
    for refused in (lambda: lay_over({}, layer), lambda: make_policy(layer)):
        with pytest.raises(InvalidInput) as caught:
            refused()
        assert caught.value.code == "invalid_policy"
        assert caught.value.message.endswith(told)


def test_kinds_that_an_older_hub_has_let_in_can_be_read_and_corrected() -> None:
    stored = {"item": {"exclude_kinds": ["inventry"]}}
    assert make_policy({}, stored=stored).item.exclude_kinds == {"inventry"}
    mended = lay_over(stored, {"item": {"exclude_kinds": ["inventory"]}})
    assert make_policy(stored=mended).item.exclude_kinds == {"inventory"}
