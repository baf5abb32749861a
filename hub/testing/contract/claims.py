"""Claims: an adapter's description of itself makes sense, and what it says of overlapping calls is true."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from hub.adapters import CONTRACT, AdapterInfo, Applied
from hub.model import RecordType
from hub.testing.contract.asking import name_of, needs
from hub.testing.contract.bench import Bench


class ClaimRules:
    """`AdapterInfo` and `Capabilities`; claims about keys, markers, names and versions stand with their rules."""

    def test_its_description_makes_sense(self, bench: Bench) -> None:
        """The hub builds on it without asking again."""
        info, can = bench.adapter.info, bench.can
        assert isinstance(info, AdapterInfo), "its info is no AdapterInfo"
        assert info.name == info.name.lower(), f"its name {info.name!r} is not one lower-case word"
        assert info.name.isidentifier(), f"its name {info.name!r} is not one lower-case word"
        assert info.title, "it has no title"
        assert info.contract == CONTRACT, f"it was written for version {info.contract} of the contract, not {CONTRACT}"
        assert can.types, "it holds no types at all"
        assert all(isinstance(type, RecordType) for type in can.types), "its types are no record types"
        assert min(can.batch_size, can.concurrency) >= 1, "a call takes one request at least, and one call at a time"
        assert min(can.key_memory, can.settle) >= 0, "times are not negative"
        assert can.call_timeout > 0, "a call that is given up at once can do nothing"
        strangers = [type.words for type in (*can.removals, *can.namespaces) if type not in can.types]
        assert not strangers, f"it tells of types that it does not hold: {', '.join(strangers)}"
        assert all(can.removals.values()), "a type with no way out at all must not be named in removals"
        documents = [type.words for type in can.namespaces if not type.is_entity]
        assert not documents, f"documents have no names: {', '.join(documents)}"

    def test_calls_may_overlap_as_claimed(self, bench: Bench) -> None:
        """With `concurrency` above 1 the hub calls one instance from several threads at once."""
        calls = min(bench.can.concurrency, 4)
        needs(calls > 1, "it claims one call at a time")
        type = bench.entity()
        requests = [bench.create(type) for _ in range(calls * 3)]
        with ThreadPoolExecutor(calls) as threads:
            outcomes = [outcome for (outcome,) in threads.map(bench.push, requests)]
        for request, outcome in zip(requests, outcomes, strict=True):
            assert isinstance(outcome, Applied), outcome
            seen = bench.seen(type, outcome.remote_id)
            name = name_of(request)
            assert seen is not None, f"{name} is not in the books"
            assert seen.name == name, f"the answer for {name} names {seen.name}"
