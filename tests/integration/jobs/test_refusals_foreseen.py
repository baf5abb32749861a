"""J10: a plan tells what the adapter itself would refuse, and what waits for that; no job ever asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hub_mock import MockAdapter

from hub.adapters import Fault, Found, Request, hookimpl
from hub.errors import ErrorClass
from hub.jobs.foresight import _kept_waiting
from hub.model.records import SOFT
from hub.testing.scratch import Scratch

BAD = Fault(error=ErrorClass.VALIDATION, code="too_long", message="Its name is too long.", fix="Shorten it.")


class Foreseeing(MockAdapter):
    """Mock books whose adapter refuses what is called Bad, before it sends anything."""

    asked: list[Request]
    answer: Callable[[Sequence[Request]], Any]

    @hookimpl
    def hub_foresee(self, requests: Sequence[Request]) -> Any:
        Foreseeing.asked += requests
        return Foreseeing.answer(requests)


def refuse_bad_names(requests: Sequence[Request]) -> list[Fault | None]:
    """One answer each."""
    return [BAD if "Bad" in getattr(each.record, "name", "") else None for each in requests]


@pytest.fixture
def scratch(tmp_path: Path, store: Any) -> Iterator[Scratch]:
    """A hub on those books."""
    Foreseeing.asked, Foreseeing.answer = [], staticmethod(refuse_bad_names)
    found = Found(name="mock", version="0", status="ready", adapter=Foreseeing)
    made = Scratch(tmp_path, store.url(tmp_path), adapters={"mock": found})
    yield made
    made.hub.close()


def planned(scratch: Scratch) -> dict[str, Any]:
    """What the plan says of each record, by source id."""
    return {item["source_id"]: item for item in scratch.hub.plan(scratch.connection)["items"]}


def test_J10_what_the_adapter_would_refuse_is_told_with_reason_and_fix(scratch: Scratch) -> None:
    scratch.customer("C1", name="Bad")
    scratch.customer("C2", name="Good")
    items = planned(scratch)
    assert items["C1"]["conflict"] == {"code": "too_long", "message": "Its name is too long.", "fix": "Shorten it."}
    assert items["C2"]["conflict"] is None


def test_J10_what_names_a_record_that_would_be_refused_would_wait_and_so_on(scratch: Scratch) -> None:
    scratch.customer("C1", name="Bad")
    scratch.customer("C2", name="Good")
    scratch.item()
    scratch.ship_doc("S1")
    scratch.payment("P1", amount="5.00")
    scratch.ship_doc("S2", customer="C2")
    items = planned(scratch)
    assert items["S1"]["notice"] == "it would wait for customer C1"
    assert items["P1"]["notice"].startswith("it would wait for")
    assert (items["S2"]["notice"], items["S2"]["conflict"]) == (None, None)


def test_J10_what_this_job_creates_before_counts_as_there(scratch: Scratch) -> None:
    scratch.customer()
    scratch.item()
    scratch.ship_doc()
    planned(scratch)
    (document,) = [each for each in Foreseeing.asked if each.type == "ship_doc"]
    assert {ref.source_id for ref in document.links} == {"C1", "I1"}
    assert all(to.remote_id for to in document.links.values())


def test_J10_removals_are_not_asked_about_here_and_no_job_asks_at_all(scratch: Scratch) -> None:
    scratch.customer("C1", name="Bad")
    scratch.sync()
    assert Foreseeing.asked == []
    scratch.customer("C1", name="Bad", phone="2")
    scratch.customer("C2")
    scratch.hub.delete("acme", "customer", "C2")
    assert planned(scratch)["C1"]["conflict"]["code"] == "too_long"
    scratch.hub.delete("acme", "customer", "C1")
    Foreseeing.asked.clear()
    assert planned(scratch)["C1"]["operation"] == "delete"
    assert Foreseeing.asked == []


def fail(fault: BaseException) -> Any:
    """A plugin that raises."""
    raise fault


@pytest.mark.parametrize("answer", [lambda _: [], lambda _: fail(KeyError("x")), lambda _: [None] * 9])
def test_J10_an_adapter_that_fails_in_it_costs_a_note_and_not_the_plan(scratch: Scratch, answer: Any) -> None:
    scratch.customer()
    Foreseeing.answer = staticmethod(answer)
    plan = scratch.hub.plan(scratch.connection)
    assert plan["totals"]["send"] == 1
    assert "could not be asked" in plan["notes"][0]


@pytest.mark.parametrize("answer", [lambda _: None, lambda requests: ["no fault"] * len(requests)])
def test_J10_one_that_says_nothing_foresees_nothing(scratch: Scratch, answer: Any) -> None:
    scratch.customer("C1", name="Bad")
    Foreseeing.answer = staticmethod(answer)
    assert planned(scratch)["C1"]["conflict"] is None
    assert scratch.hub.plan(scratch.connection)["notes"] == []


def test_J10_a_record_waits_for_what_it_needs_though_it_names_something_less_needed_first() -> None:
    def item(type: str, source_id: str, *named: tuple[str, str], conflict: Any = None) -> dict[str, Any]:
        links = [{"type": of, "source_id": id, "created_by_this_job": True} for of, id in named]
        return {"type": type, "source_id": source_id, "operation": "create", "links": links, "conflict": conflict}

    soft, refused = next(iter(SOFT)).value, {"code": "bad_name"}
    items = [
        item(soft, "X1", conflict=refused),
        item("customer", "C1", conflict=refused),
        item("ship_doc", "S1", (soft, "X1"), ("customer", "C1")),
        item("ship_doc", "S2", (soft, "X1")),
    ]
    _kept_waiting(items)
    assert [each.get("notice") for each in items[2:]] == ["it would wait for customer C1", None]
