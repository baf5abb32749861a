"""Unknown outcomes (X3, X4): what may have happened is never called refused, and can be resent or found as claimed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from hub.adapters import Applied, Relay, Request, Unknown, Waiting
from hub.jobs.recover import search
from hub.jobs.verdicts import Sent, Verdict
from hub.model import Operation
from hub.testing.contract.asking import calls, needs, words
from hub.testing.contract.bench import Bench
from hub.testing.contract.subject import Trouble

NEARLY = 0.9
"""The last moment of a key's memory is not tried: clocks differ."""


class UnknownRules:
    """Lost requests, lost replies, keys and deadlines."""

    def test_a_lost_reply_is_unknown(self, bench: Bench) -> None:
        """For each verb, in each way in which a reply can be lost, for every request of the call."""
        for way in bench.ways(Trouble.LOSE_REPLY):
            for requests in calls(bench):
                with bench.trouble(Trouble.LOSE_REPLY, way):
                    outcomes = bench.push(*requests)
                for request, outcome in zip(requests, outcomes, strict=True):
                    assert isinstance(outcome, Unknown), f"{words(request)}, its reply lost ({way}): {outcome}"

    def test_a_lost_request_is_never_called_done_or_refused(self, bench: Bench) -> None:
        """*Waiting* only where it surely never left; *unknown* is always right."""
        for way in bench.ways(Trouble.LOSE_REQUEST):
            for requests in calls(bench):
                before = bench.state(requests)
                with bench.trouble(Trouble.LOSE_REQUEST, way):
                    outcomes = bench.push(*requests)
                for request, outcome in zip(requests, outcomes, strict=True):
                    assert isinstance(outcome, Unknown | Waiting), f"{words(request)}, lost ({way}): {outcome}"
                assert bench.state(requests) == before, "the subject did not lose the request"

    def test_what_went_wrong_midway_is_not_said_of_what_went_well(self, bench: Bench) -> None:
        """An entity goes well, and the document after it does not: each answer is true, also of the other one."""
        for way in bench.ways(Trouble.MIDWAY):
            requests = [bench.create(bench.entity()), bench.create(bench.document())]
            before = bench.state(requests)
            with bench.trouble(Trouble.MIDWAY, way):
                outcomes = bench.push(*requests)
            after = bench.state(requests)
            for request, outcome in zip(requests, outcomes, strict=True):
                made = len(after[request.type]) > len(before[request.type])
                if made:
                    assert isinstance(outcome, Applied | Unknown), f"{words(request)} was done ({way}): {outcome}"
                else:
                    assert not isinstance(outcome, Applied), f"{words(request)} was not done ({way}): {outcome}"

    def test_what_was_done_without_a_reply_is_found_by_the_hub(self, bench: Bench) -> None:
        """By marker, name and number, and by reading what was to be changed: it takes it as done, and sends no more."""
        for way in bench.ways(Trouble.LOSE_REPLY):
            for requests in calls(bench):
                sent = bench.subject.now()
                with bench.trouble(Trouble.LOSE_REPLY, way):
                    bench.push(*requests)
                for request, verdict in zip(requests, found(bench, requests, sent), strict=True):
                    said = f"{words(request)} took effect without a reply ({way}), and the hub says {verdict.outcome}"
                    assert verdict.outcome == "adopted", f"{said}: {verdict.message}"
                    assert not request.remote or verdict.remote_id == request.remote.remote_id, f"{said} of another"

    def test_what_was_lost_on_its_way_is_not_found_by_the_hub(self, bench: Bench) -> None:
        """It is sent again; never is it taken for done."""
        for requests in calls(bench):
            sent = bench.subject.now()
            with bench.trouble(Trouble.LOSE_REQUEST, bench.ways(Trouble.LOSE_REQUEST)[0]):
                bench.push(*requests)
            for request, verdict in zip(requests, found(bench, requests, sent), strict=True):
                said = f"{words(request)} never arrived, and the hub says {verdict.outcome}: {verdict.message}"
                assert verdict.outcome == "absent", said

    def test_the_same_key_again_makes_no_second_object(self, bench: Bench) -> None:
        """Within `key_memory`, also from another instance, and in other company than the first time."""
        needs(bench.can.key_memory, "it does not claim that its books remember keys")
        type = bench.document()
        for way in bench.ways(Trouble.LOSE_REPLY):
            requests = [bench.create(type, number=None) for _ in range(min(3, bench.can.batch_size))]
            before = bench.count(type)
            with bench.trouble(Trouble.LOSE_REPLY, way):
                bench.push(*requests)
            again = [bench.done(replace(request, deadline=bench.deadline())) for request in reversed(requests)]
            assert bench.count(type) == before + len(requests), "the same key was carried out twice"
            ids = {each.remote_id for each in again}
            assert len(ids) == len(requests), "two requests were answered with one object"
            assert all(bench.seen(type, id) for id in ids), "the answer names something else"

    def test_the_same_key_again_repeats_no_change(self, bench: Bench) -> None:
        """Updates and removals too: their own first time must not make them stale."""
        needs(bench.can.key_memory, "it does not claim that its books remember keys")
        for operation in (Operation.UPDATE, Operation.DELETE):
            request = _wanted(bench, operation)
            with bench.trouble(Trouble.LOSE_REPLY, bench.ways(Trouble.LOSE_REPLY)[0]):
                bench.push(request)
            (outcome,) = bench.push_raw([replace(request, deadline=bench.deadline())])
            assert isinstance(outcome, Applied), f"the same {operation} under the same key: {outcome}"

    def test_a_key_is_remembered_as_long_as_claimed(self, bench: Bench) -> None:
        """From its first use: using it again does not make it younger, and must not be needed to."""
        needs(bench.can.key_memory, "it does not claim that its books remember keys")
        request = bench.create(bench.document(), number=None)
        made = bench.done(request)
        bench.subject.let_pass(bench.can.key_memory * NEARLY)
        bench.reconnect()
        again = bench.done(replace(request, deadline=bench.deadline()))
        assert again.remote_id == made.remote_id, "the key was forgotten before its time"
        assert bench.count(request.type) == 1, "the same key was carried out twice"

    def test_another_key_is_another_request(self, bench: Bench) -> None:
        """Two deliveries of the same goods on one day are two: equal content is no reason to do one of them only."""
        type = bench.document()
        first = bench.done(bench.create(type, number=None))
        second = bench.done(bench.create(type, number=None))
        assert first.remote_id != second.remote_id, "two requests were answered with one object"
        assert bench.count(type) == 2, f"two requests made {bench.count(type)} in the books"

    def test_nothing_is_sent_after_the_deadline(self, bench: Bench) -> None:
        """Then another process may have taken the job over."""
        late = bench.subject.now() - timedelta(seconds=1)
        for requests in calls(bench):
            before = bench.state(requests)
            outcomes = bench.push(*(replace(request, deadline=late) for request in requests))
            for request, outcome in zip(requests, outcomes, strict=True):
                assert isinstance(outcome, Waiting | Unknown), f"{words(request)} after its deadline: {outcome}"
            assert bench.state(requests) == before, "something was sent after its deadline"


def found(bench: Bench, requests: list[Request], sent: datetime) -> list[Verdict]:
    """What the hub makes of the books when it looks for requests of unknown outcome."""
    relay = Relay(bench.adapter, bench.context)
    rows: Any = [SimpleNamespace(id=at, first_sent=sent) for at in range(len(requests))]
    pairs = zip(rows, requests, strict=True)
    return search(relay, [Sent(row=row, attempt_id=0, request=one, first_use=True) for row, one in pairs])


def _wanted(bench: Bench, operation: Operation) -> Request:
    """A request of that operation, and what it needs in the books."""
    request = bench.create(bench.entity())
    if operation is Operation.CREATE:
        return request
    made = bench.done(request)
    if operation is Operation.UPDATE:
        return bench.update(request, made, name=f"{made.remote_id} renamed")
    return bench.removal(request, made)
