"""The courier of a worker: sends what is due, follows hints, and is kept from neither by a fault of the other."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from hub.errors import StoreUnreachable
from hub.testing.scratch import Scratch
from hub.triggers.courier import Courier
from hub.webhooks import hints
from hub.webhooks.sending import Answer
from tests.integration.triggers.hubs import wait_for
from tests.integration.webhooks.conftest import URL, Receiver

Happen = Callable[..., None]


def test_it_sends_and_asks_for_jobs_until_it_is_stopped(scratch: Scratch, receiver: Receiver, happen: Happen) -> None:
    scratch.hub.add_webhook("acme", URL)
    courier = Courier(scratch.hub, pause=0.01)
    courier.start()
    try:
        happen("a")
        assert wait_for(lambda: len(receiver.heard) == 1)
        hints.hear(scratch.hub.database, [scratch.hub.lane(scratch.connection).id], scratch.clock.now())
        scratch.clock.sleep(hints.GATHER.total_seconds())
        assert wait_for(lambda: scratch.hub.jobs(scratch.connection)["items"])
    finally:
        courier.stop()
    happen("b")
    courier.look()
    assert len(receiver.heard) == 1


def test_a_slow_receiver_keeps_the_others_from_nothing(scratch: Scratch, happen: Happen) -> None:
    going, seen = threading.Event(), Receiver()

    class Slow(Receiver):
        def __call__(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
            if url == URL:
                going.wait(20)
            return seen(url, headers, body)

    scratch.hub.sender = Slow()  # type: ignore[assignment]
    scratch.hub.add_webhook("acme", URL)
    scratch.hub.add_webhook("acme", f"{URL}/2")
    courier = Courier(scratch.hub, pause=0.01)
    courier.start()
    try:
        happen("a")
        assert wait_for(lambda: [url for url, _, _ in seen.heard] == [f"{URL}/2"])
    finally:
        going.set()
        courier.stop()
    assert [url for url, _, _ in seen.heard] == [f"{URL}/2", URL]


def test_a_webhook_whose_secret_cannot_be_opened_is_told_of_and_the_others_go_on(
    scratch: Scratch, receiver: Receiver, happen: Happen
) -> None:
    broken = scratch.hub.add_webhook("acme", URL)["id"]
    scratch.hub.add_webhook("acme", f"{URL}/2")
    with scratch.hub.database.write(None) as db:
        db.exec_driver_sql(f"UPDATE webhooks SET secret = 'x:{'A' * 40}' WHERE id = {broken}")
    courier = Courier(scratch.hub, pause=0.01)
    courier.start()
    try:
        happen("a")
        assert wait_for(lambda: [url for url, _, _ in receiver.heard] == [f"{URL}/2"])
    finally:
        courier.stop()
    assert {each["id"]: each["waiting"] for each in scratch.hub.webhooks("acme")} == {broken: 1, broken + 1: 0}


def test_a_database_that_is_away_is_waited_for(
    scratch: Scratch, receiver: Receiver, happen: Happen, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch.hub.add_webhook("acme", URL)
    happen("a")
    courier = Courier(scratch.hub)

    def away() -> Any:
        raise StoreUnreachable("away")

    with monkeypatch.context() as broken:
        broken.setattr(scratch.hub.database, "read", away)
        courier.look()
        courier.look()
    courier.look()
    assert wait_for(lambda: receiver.heard)
    courier._pool.shutdown()
