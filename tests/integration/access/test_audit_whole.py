"""U9: whatever the hub is asked to change, the audit trail says who did what, in the transaction that does it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hub_mock.adapter import MockAdapter
from hub_mock.bookkeeper import Bookkeeper
from hub_mock.faults import FaultName, FaultRow, On
from hub_mock.settings import MockSettings
from pydantic import SecretStr
from sqlalchemy import select

from hub.adapters import find_adapters
from hub.app import Hub
from hub.queue import Actor
from hub.records.story import knows
from hub.store.history import HISTORY
from hub.store.people import metadata
from hub.store.tables import audit, seals
from hub.testing.scratch import Scratch
from hub.webhooks import hints
from tests.stores import Store

MIRA = "Mira Kovač"
CANARY = "canary-7f3a9c"
PASSWORD = "correct horse battery"
URL = f"https://app.example.com/hook?token={CANARY}"
ON = "acme/mock"


class SealedSettings(MockSettings):
    """Mock books with a setting that is a secret, and one that may hold one."""

    pin: SecretStr = SecretStr("")
    proxy: str = ""


class SealedAdapter(MockAdapter):
    info = replace(MockAdapter.info, settings=SealedSettings)


@pytest.fixture
def scratch(tmp_path: Path, store: Store) -> Iterator[Scratch]:
    found = replace(find_adapters()["mock"], adapter=SealedAdapter)
    scratch = Scratch(tmp_path, store.url(tmp_path), adapters={"mock": found})
    scratch.hub.sender.check = lambda _url: None  # type: ignore[method-assign,assignment,return-value]
    yield scratch
    scratch.hub.close()


@dataclass(frozen=True, kw_only=True)
class Change:
    """A call that changes something: what must be there first, the call, and what is noted, by whom, with what."""

    do: Callable[[Hub, Any], Any]
    what: str
    first: Callable[[Scratch], Any] = lambda _: None
    who: str = MIRA
    details: tuple[tuple[str, Any], ...] = ()


def in_books(scratch: Scratch) -> None:
    scratch.customer()
    scratch.item()
    scratch.ship_doc()
    assert scratch.sync()["state"] == "completed"


def queued(scratch: Scratch) -> list[int]:
    scratch.customer()
    return [each["id"] for each in scratch.queue()]


def held(scratch: Scratch) -> list[int]:
    ids = queued(scratch)
    scratch.hub.hold(ON, ids, "wait")
    return ids


def undone(scratch: Scratch) -> None:
    in_books(scratch)
    scratch.hub.undo("acme", "ship_doc", "S1")
    scratch.hub.prevent("acme", "ship_doc", "S1")


def taken(scratch: Scratch) -> None:
    keeper = Bookkeeper(scratch.books.books)
    keeper.add("customer", ["name=Customer C1"])
    scratch.customer()


def clash(scratch: Scratch) -> int:
    taken(scratch)
    scratch.sync()
    return int(scratch.hub.conflicts(ON)["items"][0]["id"])


def proxied(scratch: Scratch) -> None:
    taken(scratch)
    scratch.hub.set_proxy("acme", "customer", "C1", name="Customer C1")


def a_user(scratch: Scratch) -> int:
    link = scratch.hub.first_link()
    assert link is not None
    scratch.hub.accept_invitation(link, PASSWORD, email="ann@example.com", name="Ann")
    return int(scratch.hub.add_user("ben@example.com", "Ben")["id"])


def a_hook(scratch: Scratch) -> int:
    return int(scratch.hub.add_webhook("acme", URL)["id"])


def off(scratch: Scratch) -> int:
    id = a_hook(scratch)
    scratch.hub.disable_webhook("acme", id)
    return id


def met(scratch: Scratch) -> str:
    begun = scratch.hub.begin_connecting("s", "acme", "mock", name="second", settings={"pin": CANARY}, credentials={})
    return scratch.hub.answer_connecting("s", begun["state"], {})


def told(scratch: Scratch) -> None:
    hints.hear(scratch.hub.database, [scratch.hub.lane(ON).id], scratch.clock.now())
    scratch.clock.sleep(3600)


CHANGES: dict[str, Change] = {
    "add_company": Change(do=lambda hub, _: hub.add_company("Bolt"), what="company_added", details=(("name", "Bolt"),)),
    "connect": Change(
        do=lambda hub, _: hub.connect("acme", "mock", settings={
            "pin": CANARY, "settle": 9, "proxy": f"http://u:{CANARY}@proxy.example:8080/a?k={CANARY}#{CANARY}",
        }),
        what="connected_again",
        details=(("changes", {"pin": {"old": None, "new": "(secret)"}, "settle": {"old": None, "new": 9},
                              "proxy": {"old": None, "new": "http://proxy.example:8080/a"}}),),
    ),
    "finish_connecting": Change(first=met, do=lambda hub, state: hub.finish_connecting("s", state), what="connected"),
    "pause": Change(do=lambda hub, _: hub.pause(ON, "audit"), what="paused"),
    "resume": Change(first=lambda s: s.hub.pause(ON, "audit"), do=lambda hub, _: hub.resume(ON), what="resumed"),
    "set_policy": Change(
        do=lambda hub, _: hub.set_policy(ON, {"hold_after": 3, "ship_doc": {"undo": False}}), what="policy_changed",
        details=(("changes", {"hold_after": {"old": 5, "new": 3}, "ship_doc.undo": {"old": True, "new": False}}),),
    ),
    "set_schedule": Change(
        first=lambda s: s.hub.set_schedule(ON, every="1h"), do=lambda hub, _: hub.set_schedule(ON, every="15m"),
        what="schedule_set",
        details=(("old", {"kind": "every", "expression": "1h", "timezone": "UTC", "jitter": 0}),
                 ("new", {"kind": "every", "expression": "15m", "timezone": "UTC", "jitter": 0})),
    ),
    "sync": Change(do=lambda hub, _: hub.sync(ON), what="job_requested", details=(("trigger", "manual"),)),
    "request_job": Change(
        first=lambda s: (queued(s), s.hub.plan(ON)["id"])[1], do=lambda hub, plan: hub.request_job(ON, plan=plan),
        what="job_requested", details=(("trigger", "api"), ("plan", 1)),
    ),
    "follow_hints": Change(first=told, do=lambda hub, _: hub.follow_hints(), what="job_requested", who="hub"),
    "cancel": Change(first=lambda s: s.hub.request_job(ON), do=lambda hub, job: hub.cancel(job), what="job_cancelled"),
    "put": Change(do=lambda hub, _: hub.put("acme", "customer", "C1", {"name": "C"}), what="created"),
    "put_many": Change(
        do=lambda hub, _: list(hub.put_many("acme", [{"type": "customer", "source_id": "C1", "name": "C"}])),
        what="created",
    ),
    "delete": Change(first=queued, do=lambda hub, _: hub.delete("acme", "customer", "C1"), what="deleted"),
    "undo": Change(first=in_books, do=lambda hub, _: hub.undo("acme", "ship_doc", "S1"), what="undo"),
    "prevent": Change(
        first=lambda s: s.ship_doc(status="processing"), do=lambda hub, _: hub.prevent("acme", "ship_doc", "S1"),
        what="prevent",
    ),
    "allow": Change(first=undone, do=lambda hub, _: hub.allow("acme", "ship_doc", "S1"), what="allow"),
    "detach": Change(first=in_books, do=lambda hub, _: hub.detach("acme", "ship_doc", "S1"), what="detach"),
    "link": Change(
        first=taken, do=lambda hub, _: hub.link("acme", "customer", "C1", keep="source", name="Customer C1"),
        what="link",
    ),
    "set_proxy": Change(
        first=taken, do=lambda hub, _: hub.set_proxy("acme", "customer", "C1", name="Customer C1"), what="proxy_set"
    ),
    "clear_proxy": Change(
        first=proxied, do=lambda hub, _: hub.clear_proxy("acme", "customer", "C1"), what="proxy_clear"
    ),
    "resolve_conflict": Change(
        first=clash, do=lambda hub, id: hub.resolve_conflict(ON, id, "proxy"), what="conflict_settled"
    ),
    "remove": Change(first=queued, do=lambda hub, ids: hub.remove(ON, ids, "why"), what="removed_from_queue"),
    "hold": Change(first=queued, do=lambda hub, ids: hub.hold(ON, ids, "why"), what="hold"),
    "release": Change(first=held, do=lambda hub, ids: hub.release(ON, ids, "why"), what="release"),
    "act_on_many": Change(
        first=queued, do=lambda hub, ids: hub.act_on_many(ON, "hold", ids, reason="why"), what="hold"
    ),
    "add_webhook": Change(
        do=lambda hub, _: hub.add_webhook("acme", URL), what="webhook_added",
        details=(("url", "https://app.example.com/hook"),),
    ),
    "remove_webhook": Change(first=a_hook, do=lambda hub, id: hub.remove_webhook("acme", id), what="webhook_removed"),
    "enable_webhook": Change(first=off, do=lambda hub, id: hub.enable_webhook("acme", id), what="webhook_enabled"),
    "disable_webhook": Change(
        first=a_hook, do=lambda hub, id: hub.disable_webhook("acme", id), what="webhook_disabled"
    ),
    "first_link": Change(do=lambda hub, _: hub.first_link(), what="first_link"),
    "accept_invitation": Change(
        first=lambda s: s.hub.new_link(a_user(s)), do=lambda hub, link: hub.accept_invitation(link, CANARY * 2),
        what="password_set", who="Ben",
    ),
    "change_password": Change(
        first=a_user, do=lambda hub, _: hub.change_password(1, PASSWORD, CANARY * 2), what="password_set", who="Ann"
    ),
    "end_sessions": Change(first=a_user, do=lambda hub, _: hub.end_sessions(1), what="sessions_ended", who="Ann"),
    "add_user": Change(do=lambda hub, _: hub.add_user("BEN@example.com", "Ben"), what="user_added",
                       details=(("user", "ben@example.com"),)),
    "new_link": Change(first=a_user, do=lambda hub, id: hub.new_link(id), what="user_link"),
    "disable_user": Change(first=a_user, do=lambda hub, id: hub.disable_user(id), what="user_shut_out"),
    "set_membership": Change(
        first=a_user, do=lambda hub, id: hub.set_membership(id, "acme", "viewer"), what="membership",
        details=(("changes", {"role": {"old": None, "new": "viewer"}}),),
    ),
    "add_key": Change(
        do=lambda hub, _: hub.add_key("acme", "shop", role="viewer"), what="key_added", details=(("name", "shop"),)
    ),
    "revoke_key": Change(
        first=lambda s: s.hub.add_key("acme", "shop", role="viewer")["id"],
        do=lambda hub, id: hub.revoke_key("acme", id), what="key_revoked", details=(("name", "shop"),),
    ),
}  # fmt: skip

NOT_NOTED = {
    "init": "the tables themselves",
    "plan": "a rehearsal: it names its maker, and the job that sends it is noted",
    "work": "runs jobs that somebody has asked for",
    "books_said": "a hint; the job that it becomes is noted",
    "test_webhook": "a message that tells of nothing; the log of deliveries has it",
    "begin_connecting": "nothing is connected before it is finished",
    "answer_connecting": "nothing is connected before it is finished",
    "log_in": "a session", "log_out": "a session", "who_is": "a session was seen", "whose_key": "a key was used",
    "set_zone": "how a person sees times", "save_view": "a person's own", "forget_view": "a person's own",
    "begin_once": "what is done under it is noted", "end_once": "what was done under it is noted",
    "give_up_once": "nothing was done",
}  # fmt: skip
"""Calls that write something, and why that is no action of the trail."""

LOOKS = frozenset({
    "acting", "adapter", "adapters", "audit", "authorise_url", "both_sides", "braked", "changes", "close",
    "companies", "conflict", "conflicts", "connecting", "connection", "connections", "deliverer", "deliveries",
    "describe_adapters", "invitation", "job", "job_results", "jobs", "jobs_since", "keys", "lane",
    "look_in_books", "matching", "missing", "newest_job", "not_ready", "plan_undo", "policy", "possible",
    "queue", "queue_counts", "reconcile", "records", "referred", "schedule", "sender", "sent", "settings_of",
    "show", "standing", "sum_up", "troubles", "unfinished_job", "users", "verify", "views", "webhooks",
})  # fmt: skip


def test_U9_every_method_of_the_hub_is_known_to_change_something_or_not_to() -> None:
    public = {name for name in dir(Hub) if not name.startswith("_")}
    known = [*CHANGES, *NOT_NOTED, *LOOKS]
    assert public == set(known)
    assert len(known) == len(set(known))


def trail(scratch: Scratch) -> list[Any]:
    with scratch.hub.database.read() as db:
        return list(db.execute(select(audit).order_by(audit.c.id)))


@pytest.mark.parametrize("name", CHANGES)
def test_U9_each_change_is_noted_with_who_and_what_and_no_secret(scratch: Scratch, name: str) -> None:
    change = CHANGES[name]
    given = change.first(scratch)
    before = len(trail(scratch))
    hub = copy(scratch.hub)
    hub.actor = Actor(name=MIRA)
    change.do(hub, given)
    rows = trail(scratch)
    (noted,) = [row for row in rows[before:] if row.action == change.what]
    assert noted.actor == change.who
    assert {key: noted.details.get(key) for key, _ in change.details} == dict(change.details)
    assert CANARY not in str([tuple(row) for row in rows])
    for company in {row.company_id for row in rows}:
        told = scratch.hub.audit(None if company == "(hub)" else company)["items"]
        assert not [
            each for each in told if "{" in each["says"] or "something" in each["says"] or not knows(each["what"])
        ]


@pytest.mark.parametrize("name", CHANGES)
def test_U9_a_change_that_cannot_be_noted_is_not_made(
    scratch: Scratch, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    change = CHANGES[name]
    given = change.first(scratch)
    spent = {"connecting"} if name == "finish_connecting" else set()  # an answer is good once, whatever becomes of it

    def held() -> dict[str, Any]:
        apart = {*HISTORY, seals}
        with scratch.hub.database.read() as db:
            return {
                table.name: sorted(map(str, db.execute(select(table))))
                for table in metadata.sorted_tables
                if table not in apart and table.name not in spent
            }

    def fails(*_: Any) -> None:
        raise RuntimeError("the trail cannot be written")

    before = held()
    monkeypatch.setattr("hub.queue.trail.append", fails)
    with pytest.raises(RuntimeError, match="the trail"):
        change.do(copy(scratch.hub), given)
    assert held() == before


def test_U9_a_release_is_noted_only_where_something_was_held(scratch: Scratch) -> None:
    scratch.customer("C1")
    scratch.customer("C2")
    one, two = (each["id"] for each in scratch.queue())
    scratch.hub.hold(ON, [one], "wait")
    assert scratch.hub.release(ON, [one, two]) == 1
    assert [row.details for row in trail(scratch) if row.action == "release"] == [{"request": one}]


def test_U9_what_changes_nothing_is_not_noted(scratch: Scratch) -> None:
    scratch.hub.set_policy(ON, {"hold_after": 3})
    job = scratch.hub.request_job(ON)
    before = len(trail(scratch))
    scratch.hub.set_policy(ON, {"hold_after": 3})
    scratch.hub.set_schedule(ON, off=True)
    assert len(trail(scratch)) == before
    scratch.hub.cancel(job)
    assert len(trail(scratch)) == before + 1


def test_U9_a_job_and_its_list_name_who_asked(scratch: Scratch) -> None:
    hub = copy(scratch.hub)
    hub.actor = Actor(name=MIRA)
    assert hub.sync(ON)["requested_by"] == MIRA
    hub.request_job(ON, trigger="schedule", slot="2026-01-05T09:00:00+00:00")
    assert [each["requested_by"] for each in hub.jobs(ON)["items"]] == ["hub", MIRA]
    said = [each["says"] for each in hub.audit("acme")["items"] if each["what"] == "job_requested"]
    assert said == ["the schedule asked for job 2", f"{MIRA} asked for job 1"]


def test_U9_what_the_books_close_to_the_hub_and_open_again_is_noted_as_the_hubs_own_doing(scratch: Scratch) -> None:
    for fault in ("unauthorised", None):
        scratch.books.books.switch(FaultRow(name=FaultName(fault), on=On.ANY, times=None) if fault else None)
        scratch.sync()
    assert [(row.actor, row.action) for row in trail(scratch) if row.action in ("paused", "resumed")] == [
        ("hub", "paused"), ("hub", "resumed"),
    ]  # fmt: skip


def test_U9_the_words_of_an_administrator_stand_on_the_page(scratch: Scratch) -> None:
    hub = copy(scratch.hub)
    hub.actor = Actor(name=MIRA)
    hub.set_policy(ON, {"closing_date": "2026-01-31", "ship_doc": {"undo": False}})
    hub.set_schedule(ON, cron="0 6 * * *", timezone="Europe/Berlin")
    hub.set_schedule(ON, off=True)
    hub.connect("acme", "mock", settings={"pin": CANARY, "settle": 9})
    says = [each["says"] for each in hub.audit("acme")["items"]][:4]
    assert says[1:] == [
        f"{MIRA} took the schedule away (0 6 * * * in Europe/Berlin)",
        f"{MIRA} set the schedule: 0 6 * * * in Europe/Berlin; before, there was none",
        f"{MIRA} changed the policy: closing_date from nothing to 2026-01-31, ship_doc.undo from yes to no",
    ]
    assert says[0].endswith("pin from nothing to (secret), settle from nothing to 9")
