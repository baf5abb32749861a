"""docs/webhooks.md tells every kind of event and every metric, and its receiver accepts what the hub signs."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from hub.api.metrics import Metrics
from hub.app import open_hub
from hub.queue.trail import EventKind
from hub.webhooks.pacing import PAUSES
from hub.webhooks.signing import headers, new_secret


def test_every_kind_of_event_is_told_and_none_that_is_gone(page: Callable[[str], Any]) -> None:
    rows = page("webhooks.md").rows("Kind")
    assert [row[0] for row in rows] == [kind.value for kind in EventKind]
    assert all(row[1] and row[3] for row in rows)


def test_every_metric_is_told_and_none_that_is_gone(page: Callable[[str], Any], tmp_path: Any) -> None:
    told = [row[0].removesuffix("_total") for row in page("webhooks.md").rows("Metric")]
    with open_hub(f"sqlite:///{tmp_path / 'hub.db'}") as hub:
        families = {family.name for family in Metrics(hub).registry.collect()}
    assert set(told) == families
    assert len(told) == len(families)


def test_the_receiver_of_the_page_accepts_what_is_genuine_and_nothing_else(page: Callable[[str], Any]) -> None:
    (code,) = page("webhooks.md").blocks("python")
    names: dict[str, Any] = {}
    exec(code, names)
    is_genuine, secret, now = names["is_genuine"], new_secret(), datetime.now(UTC)
    good = headers(secret, "evt_1_2", now, b"{}")
    assert is_genuine(secret, good, b"{}")
    assert not is_genuine(secret, good, b"{ }")
    assert not is_genuine(new_secret(), good, b"{}")
    assert not is_genuine(secret, {**good, "webhook-id": "evt_2_2"}, b"{}")
    assert not is_genuine(secret, {**good, "webhook-timestamp": str(int(time.time()) - 1)}, b"{}")
    assert not is_genuine(secret, headers(secret, "evt_1_2", now - timedelta(minutes=6), b"{}"), b"{}")


def test_the_pauses_are_the_true_ones(page: Callable[[str], Any]) -> None:
    assert "after 5 seconds, 5 and 30 minutes, 2, 5, 10, 14, 20 and 24 hours" in page("webhooks.md").text
    assert (5, 300, 1800, *(hours * 3600 for hours in (2, 5, 10, 14, 20, 24))) == PAUSES
