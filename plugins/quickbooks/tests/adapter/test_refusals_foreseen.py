"""J10: what the adapter refuses before it sends anything, it can tell beforehand, in the same words."""

from __future__ import annotations

from typing import Any

from hub.adapters import Fault, Rejected
from hub.testing.scratch import Scratch


def test_what_is_foreseen_is_what_the_write_refuses_word_for_word_and_nothing_is_sent(connect: Any) -> None:
    books = connect(income_account="", expense_account="", adjustment_account="", accounts={})
    asked = [
        books.customer("Fine customer"),
        books.customer("Long phone", phone="1" * 31),
        books.customer("Colon: here"),
        books.request("item", {"name": "No account", "kind": "service"}),
        books.request("item", {"name": "Unknown account", "kind": "service", "income_account": "Nowhere"}),
        books.invoice({}, number="y" * 22),
    ]
    foreseen = books.relay.foresee(asked)
    assert books.books.written() == []
    outcomes = books.push(*asked)
    assert foreseen == [each.fault if isinstance(each, Rejected) else None for each in outcomes]
    assert foreseen[0] is None
    refused = [each for each in foreseen[1:] if isinstance(each, Fault)]
    assert [each.code for each in refused[:4]] == ["too_long", "bad_characters", "not_ready", "missing_reference"]
    assert len(refused) == len(asked) - 1
    assert all(each.fix for each in refused)


def test_J10_a_plan_shows_what_quickbooks_rules_forbid_with_the_way_out(scratch: Scratch) -> None:
    scratch.customer("C1", name="Colon: here")
    scratch.customer("C2", name="Fine")
    scratch.put("item", "I1", name="Nut", kind="service", income_account="Nowhere")
    scratch.ship_doc("S1", customer="C2")
    plan = scratch.hub.plan(scratch.connection)
    items = {each["source_id"]: each for each in plan["items"]}
    assert items["C1"]["conflict"]["code"] == "bad_characters"
    assert items["C1"]["conflict"]["fix"] == "Rename it in the source."
    assert "accounts, as OURS=THEIRS" in items["I1"]["conflict"]["fix"]
    assert items["C2"]["conflict"] is None
    assert items["S1"]["notice"] == "it would wait for item I1"
    held: Any = scratch
    assert held.quickbooks.written() == []
    assert plan["notes"] == []


def test_J10_an_account_that_the_same_job_creates_is_not_missed(scratch: Scratch) -> None:
    scratch.hub.set_policy(scratch.connection, {"account": {"direction": "both"}})
    scratch.put("account", "4711", name="Nowhere yet", kind="income")
    scratch.put("item", "I1", name="Nut", kind="service", income_account="4711")
    items = {each["source_id"]: each for each in scratch.hub.plan(scratch.connection)["items"]}
    assert set(items) == {"4711", "I1"}
    assert items["I1"]["conflict"] is None
