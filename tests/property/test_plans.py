"""J10: what a job sends right after a plan is exactly what the plan said, and making the plan has changed nothing."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from history_world import World
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from hub.errors import HubError
from hub.jobs.intent import decode
from hub.jobs.wording import posted
from hub.model import field_changes
from hub.store.tables import metadata
from tests.stores import Store

EXAMPLES = os.environ.get("HUB_TEST_PLANS")
EACH = {"sqlite": 10, "postgres": 3}
"""How many histories."""
CUSTOMERS, ITEMS = ("C1", "C2", "C3", "C4"), ("I1", "I2", "I3")
DOCUMENTS = (("ship_doc", "S1"), ("ship_doc", "S2"), ("customer_return", "R1"), ("receiver", "B1"), ("payment", "P1"))
OPEN = {"ship_doc": "processing", "customer_return": "open", "receiver": "open", "payment": "entered"}
READY = {"ship_doc": "shipped", "customer_return": "closed", "receiver": "received", "payment": "recorded"}
DAYS = ("2025-11-30", "2025-12-31", "2026-01-02", "2026-01-04")


def one(*choices: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(choices)


parties = st.tuples(
    st.just("put"),
    one("customer", "customer", "customer", "vendor"),
    one(*CUSTOMERS),
    st.fixed_dictionaries(
        {"name": one("Ada", "Bo", "Émile", "ADA", "Cy", "Di", "Ed")},
        optional={"parent": one(*CUSTOMERS), "phone": one("1", "2")},
    ),
)
items = st.tuples(
    st.just("put"),
    st.just("item"),
    one(*ITEMS),
    st.fixed_dictionaries(
        {"name": one("Nut", "Bolt", "Washer", "nut"), "kind": one("inventory", "service")}, optional={"sku": one("1")}
    ),
)


@st.composite
def documents(draw: st.DrawFn) -> tuple[Any, ...]:
    """A save of a document."""
    type, id = draw(one(*DOCUMENTS))
    data: dict[str, Any] = {"status": draw(one(READY[type], READY[type], OPEN[type])), "date": draw(one(*DAYS))}
    data["fully_recorded"] = draw(one(True, True, True, False))
    if type == "payment":
        data |= {"customer": draw(one(*CUSTOMERS)), "amount": "5.00"}
        if draw(st.booleans()):
            data["applied_to"] = [{"type": "ship_doc", "source_id": draw(one("S1", "S2")), "amount": "5.00"}]
        return "put", type, id, data
    data["vendor" if type == "receiver" else "customer"] = draw(one(*CUSTOMERS))
    quantity = draw(one("1", "2", "3"))
    data |= {"number": id, "lines": [{"item": draw(one(*ITEMS)), "quantity": quantity, "unit_price": "10.00"}]}
    return "put", type, id, data


entity = st.tuples(one("customer", "item"), one(*CUSTOMERS, *ITEMS))
acts = st.one_of(
    parties,
    parties,
    items,
    documents(),
    documents(),
    st.builds(lambda key: ("delete", *key), st.one_of(entity, one(*DOCUMENTS))),
    st.builds(lambda key: ("undo", *key), one(*DOCUMENTS)),
    st.builds(lambda key: ("proxy", *key), st.tuples(st.just("item"), one(*ITEMS))),
    st.tuples(st.just("hold"), st.integers(0, 5)),
    st.tuples(st.just("release"), st.integers(0, 5)),
)
policies = st.fixed_dictionaries(
    {},
    optional={
        "brake_from": one(0, 1),
        "brake_percent": one(10, 50),
        "start_date": one(*DAYS),
        "closing_date": one(*DAYS),
        "default_item_proxy": st.just("stand-in"),
        "conflicts": st.just("ask"),
    },
)


BASE: tuple[tuple[Any, ...], ...] = (
    ("put", "customer", "C1", {"name": "Ada"}),
    ("put", "customer", "C2", {"name": "Bo", "parent": "C3"}),
    ("put", "customer", "C3", {"name": "Cy", "parent": "C1"}),
    ("put", "vendor", "C1", {"name": "Supplies"}),
    ("put", "item", "I1", {"name": "Nut", "kind": "inventory"}),
    ("put", "item", "I2", {"name": "Bolt"}),
    *(
        ("put", type, id, {"number": id, "status": READY[type], "date": "2026-01-02", party: customer,
                           "lines": [{"item": item, "quantity": "1", "unit_price": "10.00"}]})
        for type, id, party, customer, item in (
            ("ship_doc", "S1", "customer", "C1", "I1"), ("ship_doc", "S2", "customer", "C2", "I2"),
            ("customer_return", "R1", "customer", "C3", "I1"), ("receiver", "B1", "vendor", "C1", "I1"),
        )
    ),
    ("put", "payment", "P1", {"status": "recorded", "date": "2026-01-04", "customer": "C1", "amount": "5.00",
                              "applied_to": [{"type": "ship_doc", "source_id": "S1", "amount": "5.00"}]}),
)  # fmt: skip


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """What happens before a first sync, and after it: the base records somewhere, and anything else between them."""
    places = draw(st.lists(one("before", "after"), min_size=len(BASE), max_size=len(BASE)))
    order = draw(st.permutations(list(zip(BASE, places, strict=True))))
    before = [what for what, place in order if place == "before"]
    after = [what for what, place in order if place == "after"] + draw(st.lists(acts, max_size=3))
    return before + draw(st.lists(acts, max_size=3)), after + draw(st.lists(acts, min_size=2, max_size=10))


def act(world: World, what: tuple[Any, ...]) -> None:
    """Do one thing; what a rule refuses is simply not done."""
    hub = world.hub
    with suppress(HubError):
        match what:
            case "put", type, id, data:
                hub.put("acme", type, id, data)
            case ("delete" | "undo") as verb, type, id:
                getattr(hub, verb)("acme", type, id)
            case "proxy", type, id:
                hub.set_proxy("acme", type, id, name="Stand-in")
            case ("hold" | "release") as verb, at:
                queued = [each["id"] for each in hub.queue("acme/mock")["items"]]
                getattr(hub, verb)("acme/mock", queued[at : at + 1], "a test")


def dump(world: World) -> list[str]:
    """Every row of the hub's tables but the plans', and of the books."""
    tables = [table for table in metadata.sorted_tables if table.name not in ("plans", "planned")]
    with world.hub.database.read() as db:
        hub = [f"{table.name} {row!r}" for table in tables for row in sorted(map(repr, db.execute(select(table))))]
    return hub + list(world._books_db.iterdump())


def was_sent(world: World, job: int) -> list[tuple[int, Any]]:
    """(request id, request) of everything that a job sent, in order; what was sent again once."""
    rows = world.rows("SELECT request_id, sent FROM attempts WHERE job_id = ? ORDER BY id", job)
    seen: dict[int, Any] = {}
    for id, text in rows:
        seen.setdefault(id, decode(text, "", datetime(2026, 1, 1, tzinfo=UTC)))
    return list(seen.items())


def in_the_books(world: World) -> dict[int, dict[str, Any]]:
    """What each document was sent as the last time it went through."""
    rows = world.rows(
        "SELECT attempts.record_id, sent FROM attempts JOIN answers ON answers.attempt_id = attempts.id"
        " WHERE outcome = 'applied' AND operation <> 'delete' ORDER BY attempts.id"
    )
    now = datetime(2026, 1, 1, tzinfo=UTC)
    return {record: posted(decode(text, "", now).record) for record, text in rows}


def agrees(item: dict[str, Any], request: Any, before: dict[str, Any] | None) -> None:
    """One planned request and what left."""
    assert (item["operation"], item["posts_as"]) == (request.operation, request.posts_as)
    assert (item["type"], item["source_id"]) == (request.type, request.source_id)
    assert item["remote_id"] == (request.remote.remote_id if request.remote else None)
    links = {(link["type"], link["source_id"]): link for link in item["links"]}
    assert set(links) == {(ref.type.value, ref.source_id) for ref in request.links}
    for ref, remote in request.links.items():
        link = links[ref.type.value, ref.source_id]
        assert link["remote_id"] == (None if link["created_by_this_job"] else remote.remote_id)
    after = posted(request.record)
    if request.operation == "create":
        assert item["fields"] == [change.as_dict() for change in field_changes({}, after)]
    elif request.operation == "update" and not request.type.is_entity and before is not None:
        assert item["fields"] == [change.as_dict() for change in field_changes(before, after)]
    elif request.operation == "update":
        told = {change["field"]: change["new"] for change in item["fields"]}
        now = {change.field: change.new for change in field_changes({}, after)}
        assert {field: now.get(field) for field in told} == told


@pytest.mark.parametrize("by_plan", [False, True], ids=["by an ordinary job", "by applying the plan"])
def test_J10_a_job_sends_exactly_what_the_plan_said(by_plan: bool, store: Store) -> None:
    chosen = settings(
        max_examples=int(EXAMPLES or EACH[store.name]),
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    drawn = given(history=histories(), policy=policies, batch=one(1, 2, 50), calls=one(1, 2, 4))

    def example(history: Any, policy: dict[str, Any], batch: int, calls: int) -> None:
        plan_and_sync(store, history, policy, batch, calls, by_plan=by_plan)

    chosen(drawn(example))()


def plan_and_sync(
    store: Store,
    history: tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]],
    policy: dict[str, Any],
    batch: int,
    calls: int,
    *,
    by_plan: bool,
) -> None:
    """One history, a plan, and a job right after it."""
    world = World(store, lambda _: None, {}, {"batch_size": batch, "concurrency": calls})
    try:
        stand_in = world.screen.add("item", ["name=Stand-in"])["remote_id"]
        if policy.get("default_item_proxy"):
            policy = {**policy, "default_item_proxy": stand_in}
        before, after = history
        for what in before:
            act(world, what)
        world.sync()
        world.hub.set_policy("acme/mock", policy)
        for what in after:
            act(world, what)
        held = in_the_books(world)
        records = dict(world.rows("SELECT id, record_id FROM requests"))
        was = dump(world)
        plan = world.hub.plan("acme/mock", limit=1000)
        assert dump(world) == was
        job = world.hub.sync("acme/mock", plan=plan["id"] if by_plan else None)
        sent = was_sent(world, job["id"])
        refused = (
            "SELECT 1 FROM answers JOIN attempts ON attempts.id = attempt_id"
            " WHERE attempts.job_id = ? AND outcome NOT IN ('applied', 'adopted')"
        )
        failed = world.rows(refused, job["id"])
        planned = {item["psr"]: item for item in plan["items"]}
        event("the books refused something" if failed else "all went well")
        event(f"{len(sent)} sent")
        for id, request in sent:
            agrees(planned[id], request, held.get(records[id]))
        order = [id for id, _ in sent]
        if failed:
            assert order == [id for id in planned if id in order]
            return
        assert order == list(planned)
        told = {(each["psr"], each["outcome"]) for each in plan["unsent"]["items"]}
        left = set(world.rows("SELECT request_id, outcome FROM unsent WHERE job_id = ?", job["id"]))
        decided = ("conflict", "rejected", "excluded")
        if not by_plan:
            assert {each for each in told if each[1] in decided} == {each for each in left if each[1] in decided}
            assert {each for each in left if each[1] == "waiting"} <= told
        assert json.dumps(plan["totals"])
    finally:
        world.close()
