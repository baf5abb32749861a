"""Throttling (Q15): what the books have no time for waits until they have, and no call outlasts its deadline."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hub.adapters import Unknown, Waiting
from hub.testing.contract.asking import calls, words
from hub.testing.contract.bench import Bench
from hub.testing.contract.subject import Trouble

LONGEST = timedelta(days=1)
BREATH = timedelta(seconds=2)
"""How much a call on a real clock may outlast its deadline: its own work, not its waiting."""


class ThrottleRules:
    """Books that ask to wait."""

    def test_throttled_requests_wait_and_nothing_happens(self, bench: Bench) -> None:
        """With an instant ahead from which to try again, so that they are no failed attempts."""
        for way in bench.ways(Trouble.THROTTLE):
            for requests in calls(bench):
                before = bench.state(requests)
                with bench.trouble(Trouble.THROTTLE, way):
                    asked = bench.subject.now()
                    outcomes = bench.push(*requests)
                assert bench.state(requests) == before, "it waits, and something was carried out"
                for request, outcome in zip(requests, outcomes, strict=True):
                    assert isinstance(outcome, Waiting), f"{words(request)}, asked to wait ({way}): {outcome}"
                    assert outcome.until.utcoffset() is not None, "the instant to try again has no time zone"
                    ahead = asked < outcome.until <= asked + LONGEST
                    assert ahead, f"asked at {asked}, and to try again at {outcome.until}"
                    assert outcome.reason.strip(), "it does not say what it waits for"

    def test_a_throttled_request_is_welcome_later(self, bench: Bench) -> None:
        """Under the same key, and once."""
        request = bench.create(bench.document())
        with bench.trouble(Trouble.THROTTLE, bench.ways(Trouble.THROTTLE)[0]):
            bench.push(request)
        bench.subject.sleep(1)
        bench.done(replace(request, deadline=bench.deadline()))
        assert bench.count(request.type) == 1, "it was carried out more than once"

    def test_no_call_waits_past_its_deadline(self, bench: Bench) -> None:
        """An adapter may wait for throttled books itself, but only while somebody waits for it."""
        request = replace(bench.create(bench.document()), deadline=bench.deadline(1))
        with bench.trouble(Trouble.THROTTLE, bench.ways(Trouble.THROTTLE)[0]):
            (outcome,) = bench.push(request)
            ended = bench.subject.now()
        assert ended <= request.deadline + BREATH, f"the call ended {ended - request.deadline} after its deadline"
        assert isinstance(outcome, Waiting | Unknown), f"the books asked to wait: {outcome}"
