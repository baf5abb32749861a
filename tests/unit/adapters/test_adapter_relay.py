"""The relay: one connection's adapter and extensions, answers in order, and a plugin's mistake is named."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pluggy
import pytest

from hub.adapters import (
    AdapterContext,
    AdapterInfo,
    Applied,
    Capabilities,
    ChangePage,
    Identity,
    NoSettings,
    Rejected,
    Relay,
    RemoteRef,
    Request,
    Unauthorised,
    UndoPlan,
    Unknown,
    hookimpl,
)
from hub.errors import AuthorisationLost, ErrorClass, PluginProblem
from hub.model import Operation, RecordType, parse_record

NOON = datetime(2024, 1, 1, 12, tzinfo=UTC)
PAST = datetime(2030, 1, 1, tzinfo=UTC)


class Recorder:
    """An adapter that writes down what reaches it, and answers with the names it was sent."""

    info = AdapterInfo(name="recorder", title="Recorder", version="1", capabilities=Capabilities(types={}))

    def __init__(self):
        self.calls = []

    def _answer(self, verb, requests):
        self.calls.append((verb, [request.source_id for request in requests]))
        return [Applied(remote_id=f"{verb}-{request.source_id}") for request in requests]

    @hookimpl
    def hub_check(self):
        return Identity(id=str(id(self)), name="Recorder")

    @hookimpl
    def hub_create(self, requests):
        self.memos = [getattr(request.record, "memo", None) for request in requests]
        return self._answer("create", requests)

    @hookimpl
    def hub_update(self, requests):
        return self._answer("update", requests)

    @hookimpl
    def hub_delete(self, requests):
        return self._answer("delete", requests)

    @hookimpl
    def hub_undo(self, requests):
        return self._answer("undo", requests)


class PurchaseOrderInMemo:
    """A customer's own rule: their PO number is printed in the memo."""

    @hookimpl(wrapper=True)
    def hub_create(self, requests):
        requests[:] = [
            replace(request, record=request.record.changed(memo=f"PO {request.record.custom['po']}"))
            if "po" in request.record.custom
            else request
            for request in requests
        ]
        return (yield)


def relay(adapter, *extensions):
    context = AdapterContext(
        connection="acme/x", settings=NoSettings(), data_dir=Path(), now=lambda: NOON, sleep=lambda _: None
    )
    return Relay(adapter, context, extensions)


def request(source_id, operation=Operation.CREATE, type=RecordType.CUSTOMER, **data):
    if type is RecordType.CUSTOMER:
        data = {"name": source_id} | data
    else:
        data = {"status": "x", "date": "2024-01-01", "customer": "C", "lines": [{"amount": "1"}]} | data
    return Request(
        operation=operation,
        type=type,
        posts_as=type.value,
        source_id=source_id,
        record=parse_record(type, data),
        key=source_id,
        marker=source_id,
        deadline=PAST,
        remote=None if operation is Operation.CREATE else RemoteRef(type=type, remote_id="1"),
    )


MIXED = [
    request("a"),
    request("b", Operation.DELETE),
    request("c", Operation.UPDATE),
    request("d", Operation.DELETE, RecordType.SHIP_DOC),
    request("e"),
]


def test_a_call_reaches_only_this_connections_adapter():
    one, other = Recorder(), Recorder()
    first, second = relay(one), relay(other)
    assert first.check() != second.check()
    first.push([request("a")])
    assert (len(one.calls), other.calls) == (1, [])


def test_mixed_operations_are_split_over_the_verbs_and_answered_in_order():
    adapter = Recorder()
    outcomes = relay(adapter).push(MIXED)
    assert [outcome.remote_id for outcome in outcomes] == ["create-a", "delete-b", "update-c", "undo-d", "create-e"]
    assert adapter.calls[0] == ("create", ["a", "e"])
    assert len(adapter.calls) == 4


def test_an_adapter_with_a_batch_endpoint_gets_them_all_at_once():
    class Batched(Recorder):
        @hookimpl
        def hub_push(self, requests):
            return self._answer("push", requests)

    adapter = Batched()
    relay(adapter).push(MIXED)
    assert adapter.calls == [("push", ["a", "b", "c", "d", "e"])]


def test_a_verb_the_adapter_lacks_is_refused_as_not_supported_and_the_others_go_through():
    class Createonly:
        info = Recorder.info

        @hookimpl
        def hub_create(self, requests):
            return [Applied(remote_id="1") for _ in requests]

    outcomes = relay(Createonly()).push(MIXED)
    assert [type(outcome) for outcome in outcomes] == [Applied, Rejected, Rejected, Rejected, Applied]
    assert outcomes[1].fault.error is ErrorClass.NOT_SUPPORTED


def test_an_extension_wraps_create_and_changes_what_is_sent():
    adapter = Recorder()
    ours = relay(adapter, PurchaseOrderInMemo())
    documents = [request("1", type=RecordType.SHIP_DOC, po="4711"), request("2", type=RecordType.SHIP_DOC)]
    assert [type(outcome) for outcome in ours.push(documents)] == [Applied, Applied]
    assert adapter.memos == ["PO 4711", None]
    assert documents[0].record.memo is None


def test_an_extension_of_one_connection_does_not_touch_another():
    plain, ruled = Recorder(), Recorder()
    relay(ruled, PurchaseOrderInMemo())
    relay(plain).push([request("1", type=RecordType.SHIP_DOC, po="4711")])
    assert plain.memos == [None]


def test_an_answer_of_the_wrong_length_from_a_verb_is_unknown_and_says_why():
    class Short(Recorder):
        @hookimpl
        def hub_create(self, requests):
            return [Applied(remote_id="1")]

    outcomes = relay(Short()).push(MIXED)
    assert [type(outcome) for outcome in outcomes] == [Unknown, Applied, Applied, Applied, Unknown]
    assert "answered 1 of 2" in outcomes[0].message


@pytest.mark.parametrize("hook", ["find", "read", "plan_undo"])
def test_an_answer_of_the_wrong_length_from_a_question_is_named_as_the_plugins_fault(hook):
    class Short(Recorder):
        @hookimpl
        def hub_find(self, wanted):
            return []

        @hookimpl
        def hub_read(self, refs):
            return []

        @hookimpl
        def hub_plan_undo(self, requests):
            return []

    with pytest.raises(PluginProblem, match=f"recorder adapter answered 0 of 2 entries of hub_{hook}") as raised:
        getattr(relay(Short()), hook)([object(), object()])
    assert raised.value.code == "plugin_answer_incomplete"


def test_what_one_verb_raises_stays_within_its_own_requests():
    class Failing(Recorder):
        @hookimpl
        def hub_create(self, requests):
            raise ConnectionResetError("reset by peer")

        @hookimpl
        def hub_update(self, requests):
            raise AuthorisationLost("token revoked")

    outcomes = relay(Failing()).push(MIXED)
    assert [type(outcome) for outcome in outcomes] == [Unknown, Applied, Unauthorised, Applied, Unknown]
    assert "reset by peer" in outcomes[0].message


@pytest.mark.parametrize(("call", "arguments"), [("check", ()), ("changes", (None, 10)), ("find", ([object()],))])
def test_a_hook_that_nobody_answers_is_named(call, arguments):
    class Mute:
        info = Recorder.info

    with pytest.raises(PluginProblem, match=f"does not answer hub_{call}") as raised:
        getattr(relay(Mute()), call)(*arguments)
    assert raised.value.code == "hook_missing"


def test_an_adapter_that_cannot_plan_an_undo_gives_an_empty_plan():
    assert relay(Recorder()).plan_undo(MIXED[:1]) == [UndoPlan()]


def test_nothing_asked_is_nothing_called():
    adapter = Recorder()
    assert relay(adapter).push([]) == []
    assert adapter.calls == []


def test_the_settings_own_capabilities_stand_before_the_general_ones():
    class Tuned(Recorder):
        capabilities = Capabilities(types={}, batch_size=7)

    assert relay(Tuned()).capabilities.batch_size == 7
    assert relay(Recorder()).capabilities.batch_size == 1


def test_a_hook_with_an_argument_the_contract_lacks_is_found_when_connecting():
    class Wrong(Recorder):
        @hookimpl
        def hub_changes(self, cursor, limit, colour):
            return ChangePage(objects=(), cursor="")

    with pytest.raises(pluggy.PluginValidationError):
        relay(Wrong())


def test_calls_are_counted_from_when_the_counting_began(tmp_path):
    adapter = Recorder()
    adapter.call_counts = {"read": 5}
    given = AdapterContext(
        connection="a/r", settings=NoSettings(), data_dir=tmp_path, now=lambda: NOON, sleep=lambda _: None
    )
    since = Relay(adapter, given).count_calls()
    assert since() == {}
    adapter.call_counts = {"read": 7, "write": 1}
    assert since() == {"read": 2, "write": 1}
    del adapter.call_counts
    assert Relay(adapter, given).count_calls()() == {}
