"""Events reach a webhook in order, at least once, under one id, from one deliverer at a time, or it says why not."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from hub.errors import InvalidInput, NotFound, Refused
from hub.queue.trail import EventKind
from hub.testing.scratch import Scratch
from hub.webhooks import delivering
from hub.webhooks.pacing import PAUSES
from hub.webhooks.sending import Answer
from hub.webhooks.signing import sign
from tests.integration.webhooks.conftest import BROKEN, OK, URL, Receiver

Happen = Callable[..., None]


def turn(scratch: Scratch) -> int:
    """One look of a courier, and all that it begins."""
    return sum(scratch.hub.deliverer.deliver(id) for id in scratch.hub.deliverer.due())


def told(receiver: Receiver) -> list[str]:
    return [json.loads(body)["data"]["source_id"] for _, _, body in receiver.heard]


def the_one(scratch: Scratch) -> dict[str, Any]:
    (found,) = scratch.hub.webhooks(scratch.company)
    return found


def test_events_from_now_on_are_sent_in_order_and_once(scratch: Scratch, receiver: Receiver, happen: Happen) -> None:
    happen("before")
    scratch.hub.add_webhook(scratch.company, URL)
    happen("a", "b")
    happen("c")
    assert the_one(scratch)["waiting"] == 3
    assert (turn(scratch), turn(scratch)) == (3, 0)
    assert told(receiver) == ["a", "b", "c"]
    assert the_one(scratch)["waiting"] == 0


def test_a_message_is_the_entry_of_the_feed_signed_with_the_secret_that_was_shown(
    scratch: Scratch, receiver: Receiver, happen: Happen
) -> None:
    secret = scratch.hub.add_webhook(scratch.company, URL)["secret"]
    happen("Zoë")
    turn(scratch)
    ((url, headers, body),) = receiver.heard
    (entry,) = scratch.hub.changes(scratch.company)["items"]
    message = json.loads(body)
    assert (url, message["type"], message["company"]) == (URL, "entity_changed", "acme")
    assert message["data"] == entry
    signed = sign(secret, headers["webhook-id"], int(headers["webhook-timestamp"]), body)
    assert headers["webhook-signature"] == signed


def test_a_failed_message_comes_again_under_the_same_id_after_growing_pauses_and_before_the_next(
    scratch: Scratch, receiver: Receiver, happen: Happen
) -> None:
    scratch.hub.add_webhook(scratch.company, URL)
    happen("a", "b")
    receiver.answers = [BROKEN, BROKEN, OK]
    for pause in PAUSES[:2]:
        turn(scratch)
        assert turn(scratch) == 0  # left in peace
        assert the_one(scratch)["state"] == "failing"
        scratch.clock.sleep(pause)
    turn(scratch)
    assert told(receiver) == ["a", "a", "a", "b"]
    ids = [headers["webhook-id"] for _, headers, _ in receiver.heard]
    times = [headers["webhook-timestamp"] for _, headers, _ in receiver.heard]
    assert (len(set(ids[:3])), ids[3] != ids[0], len(set(times[:3]))) == (1, True, 3)
    assert the_one(scratch)["state"] == "active"
    log = scratch.hub.deliveries(scratch.company, 1)
    assert [each["status"] for each in log] == [200, 200, 500, 500]
    assert log[2]["error"] == "The receiver answered 500."


def test_after_three_days_it_is_disabled_with_the_reason_and_goes_on_when_enabled_losing_nothing(
    scratch: Scratch, receiver: Receiver, happen: Happen
) -> None:
    made = scratch.hub.add_webhook(scratch.company, URL)
    happen("a", "b")
    receiver.answers = [BROKEN] * (len(PAUSES) + 1)
    for pause in (*PAUSES, 0):
        turn(scratch)
        scratch.clock.sleep(pause)
    found = the_one(scratch)
    assert found["state"] == "disabled"
    assert "10 times" in found["reason"]
    assert "answered 500" in found["reason"]
    scratch.clock.sleep(timedelta(days=9).total_seconds())
    assert turn(scratch) == 0
    again = scratch.hub.enable_webhook(scratch.company, made["id"])
    assert (again["state"], again["reason"], again["waiting"]) == ("active", None, 2)
    receiver.heard.clear()
    turn(scratch)
    assert told(receiver) == ["a", "b"]


def test_a_receiver_that_is_gone_is_disabled_at_once_and_may_skip_what_it_missed(
    scratch: Scratch, receiver: Receiver, happen: Happen
) -> None:
    made = scratch.hub.add_webhook(scratch.company, URL)
    happen("a", "b")
    receiver.answers = [Answer(status=410, error="The receiver answered 410 Gone.", milliseconds=1)]
    turn(scratch)
    assert the_one(scratch)["state"] == "disabled"
    assert scratch.hub.enable_webhook(scratch.company, made["id"], skip=True)["waiting"] == 0
    happen("c")
    turn(scratch)
    assert told(receiver) == ["a", "c"]


def test_only_the_kinds_that_were_chosen_are_sent(scratch: Scratch, receiver: Receiver, happen: Happen) -> None:
    scratch.hub.add_webhook(scratch.company, URL, ["record_reopened"])
    happen("a")
    happen("b", kind=EventKind.RECORD_REOPENED)
    happen(*(f"c{at}" for at in range(delivering.PAGE + 5)))
    assert turn(scratch) == 1
    assert told(receiver) == ["b"]
    assert the_one(scratch)["waiting"] == 0
    assert scratch.hub.deliverer.due() == []


def test_another_company_s_events_are_not_sent(scratch: Scratch, receiver: Receiver, happen: Happen) -> None:
    scratch.hub.add_company("Other")
    scratch.hub.add_webhook(scratch.company, URL)
    happen("theirs", company="other")
    assert turn(scratch) == 0
    assert receiver.heard == []


def test_while_one_delivers_another_process_gets_nothing(scratch: Scratch, receiver: Receiver, happen: Happen) -> None:
    scratch.hub.add_webhook(scratch.company, URL)
    happen("a", "b")
    found: list[Any] = []
    with scratch.another_process() as other:
        other.sender = receiver  # type: ignore[assignment]
        receiver.before = lambda: found.append((other.deliverer.due(), other.deliverer.deliver(1)))
        assert turn(scratch) == 2
    assert found == [([], 0), ([], 0)]


def test_a_deliverer_that_died_is_succeeded_when_its_claim_ends_and_the_message_comes_again(
    scratch: Scratch, receiver: Receiver, happen: Happen
) -> None:
    scratch.hub.add_webhook(scratch.company, URL)
    happen("a", "b")

    def die() -> None:
        if len(receiver.heard) == 1:
            receiver.heard.append(receiver.heard[0])
            raise KeyboardInterrupt

    receiver.before = die
    with pytest.raises(KeyboardInterrupt):
        turn(scratch)  # "b" has left, and nobody knows
    assert scratch.hub.deliverer.due() == []
    scratch.clock.sleep(delivering.LEASE.total_seconds())
    receiver.before, receiver.heard = (lambda: None), []
    assert turn(scratch) == 1
    assert told(receiver) == ["b"]


def test_one_that_was_away_for_too_long_writes_nothing_over_its_successor_s_work(
    scratch: Scratch, receiver: Receiver, happen: Happen
) -> None:
    scratch.hub.add_webhook(scratch.company, URL)
    happen("a", "b")
    with scratch.another_process() as other:
        other.sender = successor = Receiver()  # type: ignore[assignment]

        def stopped_for_a_minute() -> None:
            receiver.before = lambda: None
            scratch.clock.sleep(delivering.LEASE.total_seconds())
            assert other.deliverer.deliver(1) == 2

        receiver.before = stopped_for_a_minute
        assert turn(scratch) == 0
    assert (told(receiver), told(successor)) == (["a"], ["a", "b"])
    assert [each["status"] for each in scratch.hub.deliveries(scratch.company, 1)] == [200, 200]
    assert the_one(scratch)["waiting"] == 0


def test_removed_or_switched_off_in_the_middle_it_stops(scratch: Scratch, receiver: Receiver, happen: Happen) -> None:
    first = scratch.hub.add_webhook(scratch.company, URL)["id"]
    happen("a", "b")
    receiver.before = lambda: scratch.hub.disable_webhook(scratch.company, first) and None
    assert turn(scratch) == 0
    assert the_one(scratch)["reason"] == "tester switched it off."
    scratch.hub.enable_webhook(scratch.company, first)
    receiver.before = lambda: scratch.hub.remove_webhook(scratch.company, first)
    assert turn(scratch) == 0
    assert told(receiver) == ["a", "a"]
    assert scratch.hub.webhooks(scratch.company) == []


def test_what_is_skipped_while_a_message_is_on_its_way_stays_skipped(
    scratch: Scratch, receiver: Receiver, happen: Happen
) -> None:
    made = scratch.hub.add_webhook(scratch.company, URL)
    happen("a", "b")
    receiver.before = lambda: scratch.hub.enable_webhook(scratch.company, made["id"], skip=True) and None
    assert turn(scratch) == 0
    assert the_one(scratch)["waiting"] == 0
    assert (turn(scratch), told(receiver)) == (0, ["a"])


def test_no_message_is_sent_inside_a_transaction(scratch: Scratch, receiver: Receiver, happen: Happen) -> None:
    scratch.hub.add_webhook(scratch.company, URL)
    happen("a")
    seen: list[int] = []
    receiver.before = lambda: seen.append(scratch.hub.database.engine.pool.checkedout())  # type: ignore[attr-defined]
    turn(scratch)
    assert seen == [0]


def test_a_test_tells_what_was_answered_and_moves_nothing(scratch: Scratch, receiver: Receiver, happen: Happen) -> None:
    made = scratch.hub.add_webhook(scratch.company, URL)
    happen("a")
    receiver.answers = [BROKEN]
    answer = scratch.hub.test_webhook(scratch.company, made["id"])
    assert (answer["taken"], answer["status"], answer["error"]) == (False, 500, "The receiver answered 500.")
    assert json.loads(receiver.heard[0][2])["type"] == "test"
    assert (the_one(scratch)["state"], the_one(scratch)["waiting"]) == ("active", 1)
    (logged,) = scratch.hub.deliveries(scratch.company, made["id"])
    assert (logged["kind"], logged["event"], logged["status"]) == ("test", None, 500)


def test_the_log_goes_back_for_so_long_and_no_longer(
    scratch: Scratch, receiver: Receiver, happen: Happen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivering, "KEEP_ROWS", 3)
    made = scratch.hub.add_webhook(scratch.company, URL)
    for name in "abcdef":
        happen(name)
        turn(scratch)
    assert len(scratch.hub.deliveries(scratch.company, made["id"])) == 4
    scratch.clock.sleep(timedelta(days=31).total_seconds())
    happen("z")
    turn(scratch)
    assert len(scratch.hub.deliveries(scratch.company, made["id"])) == 1


def test_secrets_stand_sealed_in_the_database(scratch: Scratch, receiver: Receiver) -> None:
    secret = scratch.hub.add_webhook(scratch.company, URL)["secret"]
    with scratch.hub.database.read() as db:
        stored = str(
            db.exec_driver_sql("SELECT * FROM webhooks").all() + db.exec_driver_sql("SELECT * FROM audit").all()
        )
    assert secret.removeprefix("whsec_") not in stored
    assert "secret" not in the_one(scratch)


def test_U9_who_added_and_removed_a_webhook_is_audited(scratch: Scratch, receiver: Receiver) -> None:
    made = scratch.hub.add_webhook(scratch.company, URL)
    scratch.hub.remove_webhook(scratch.company, made["id"])
    with scratch.hub.database.read() as db:
        noted = [tuple(row) for row in db.exec_driver_sql("SELECT actor, action FROM audit ORDER BY id")]
    mine = [each for each in noted if each[1].startswith("webhook")]
    assert mine == [("tester", "webhook_added"), ("tester", "webhook_removed")]


def test_what_cannot_be_is_refused(scratch: Scratch, receiver: Receiver) -> None:
    hub = scratch.hub
    hub.add_webhook(scratch.company, URL)
    for code, kind, act in (
        ("webhook_exists", Refused, lambda: hub.add_webhook("acme", URL)),
        ("bad_event_kind", InvalidInput, lambda: hub.add_webhook("acme", URL + "2", ["nonsense"])),
        ("bad_webhook_url", InvalidInput, lambda: hub.add_webhook("acme", "http://app.example.com/")),
        ("webhook_url_private", InvalidInput, lambda: hub.add_webhook("acme", "https://10.0.0.1/")),
        ("company_not_found", NotFound, lambda: hub.add_webhook("nobody", URL)),
        ("webhook_not_found", NotFound, lambda: hub.remove_webhook("acme", 99)),
        ("webhook_not_found", NotFound, lambda: hub.enable_webhook("acme", 99)),
        ("webhook_not_found", NotFound, lambda: hub.test_webhook("acme", 99)),
        ("webhook_not_found", NotFound, lambda: hub.deliveries("acme", 99)),
    ):
        with pytest.raises(kind) as met:
            act()
        assert met.value.code == code
    for at in range(19):
        hub.add_webhook("acme", f"{URL}/{at}")
    with pytest.raises(Refused, match="at most 20"):
        hub.add_webhook("acme", f"{URL}/more")
