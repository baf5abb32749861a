"""Create: what is said to be done stands in the books, once, as it was sent; what is refused left nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hub.adapters import Applied, Conflict, Rejected, RemoteRef, Request
from hub.model import RecordType, record_data
from hub.testing.contract.asking import name_of, needs, number_of, total_of
from hub.testing.contract.bench import NO_SUCH_ID, Bench

PARTIES = (RecordType.CUSTOMER, RecordType.VENDOR)
MOST = 100
"""A batch is tried up to this size, whatever the adapter claims: a test must stay quick."""


class CreateRules:
    """`hub_create`."""

    def test_what_is_created_stands_in_the_books_once(self, bench: Bench) -> None:
        """For every type that the adapter says it sends."""
        for type in (*bench.entities, *bench.documents):
            request = bench.create(type)
            before = bench.count(type)
            applied = bench.done(request)
            assert applied.remote_id, f"a {type.words} was created without a remote id"
            assert bench.seen(type, applied.remote_id), f"the {type.words} {applied.remote_id} is not in the books"
            assert bench.count(type) == before + 1, f"one {type.words} made {bench.count(type) - before} in the books"

    def test_what_was_sent_reads_back_the_same(self, bench: Bench) -> None:
        """What books keep comes back under the model's name, with the value sent; what they do not keep is left out."""
        for type in bench.entities:
            request = bench.create(type)
            found = bench.held(type, bench.done(request).remote_id)
            sent = record_data(request.record)
            assert found.type is type, f"a {type.words} reads back as a {found.type.words}"
            assert found.name == sent["name"], f"{sent['name']!r} reads back as {found.name!r}"
            assert found.active, f"a new {type.words} reads back as inactive"
            kept = {field: str(value) for field, value in sent.items() if field in found.data and field != "kind"}
            told = {field: str(found.data[field]) for field in kept}
            assert told == kept, f"a {type.words} reads back with other values"

    def test_a_document_reads_back_with_its_party_and_its_day(self, bench: Bench) -> None:
        """By these, its number and its total the hub recognises it after an unknown outcome; None is: not told."""
        for type in bench.documents:
            yesterday = bench.subject.now().date() - timedelta(days=1)
            request = bench.create(type, date=yesterday.isoformat())
            found = bench.held(type, bench.done(request).remote_id)
            parties = {link.remote_id for ref, link in request.links.items() if ref.type in PARTIES}
            assert found.type is type, f"a {type.words} reads back as a {found.type.words}"
            assert found.date in (None, yesterday), f"a {type.words} of {yesterday} reads back as of {found.date}"
            assert found.currency in (None, "USD"), f"a {type.words} in USD reads back in {found.currency}"
            assert found.total in (None, total_of(request)), f"{total_of(request)} reads back as {found.total}"
            assert found.number in ("", number_of(request)), f"{number_of(request)} reads back as {found.number}"
            assert {found.party_id} <= {None, *parties}, f"a {type.words} of {parties} reads back with {found.party_id}"

    def test_each_request_has_its_own_answer_in_order(self, bench: Bench) -> None:
        """In a call as large as the adapter says it takes."""
        type = bench.entity()
        requests = [bench.create(type) for _ in range(min(bench.can.batch_size, MOST))]
        outcomes = bench.push_raw(requests)
        for request, outcome in zip(requests, outcomes, strict=True):
            assert isinstance(outcome, Applied), outcome
            seen = bench.seen(type, outcome.remote_id)
            name = name_of(request)
            assert seen is not None, f"{name} is not in the books under the id answered"
            assert seen.name == name, f"the answer for {name} names {seen.name}"

    def test_mixed_operations_have_their_own_answers(self, bench: Bench) -> None:
        """Creates, updates and removals in one call, in no order at all."""
        needs(bench.can.batch_size > 3, "it takes fewer than four requests in one call")
        type = bench.entity()
        requests = [bench.create(type) for _ in range(2)]
        made = [bench.done(request) for request in requests]
        first, second = bench.create(type), bench.create(type)
        rename = bench.update(requests[0], made[0], name="Renamed")
        outcomes = bench.push_raw([bench.removal(requests[1], made[1]), first, rename, second])
        ids = [outcome.remote_id if isinstance(outcome, Applied) else outcome for outcome in outcomes]
        assert ids[0] == made[1].remote_id, f"the removal of {made[1].remote_id} was answered with {ids[0]}"
        assert ids[2] == made[0].remote_id, f"the update of {made[0].remote_id} was answered with {ids[2]}"
        names = [(each.name if (each := bench.seen(type, str(ids[at]))) else None) for at in (1, 3)]
        assert names == [name_of(first), name_of(second)], f"the creates were answered with {names}"

    def test_one_refusal_hinders_no_other(self, bench: Bench) -> None:
        """Requests in one call have nothing to do with each other (J5)."""
        needs(bench.can.batch_size > 2, "it takes fewer than three requests in one call")
        type = bench.document()
        first, last = bench.create(type), bench.create(type)
        outcomes = bench.push_raw([first, _with_a_lost_link(bench), last])
        assert isinstance(outcomes[1], Rejected | Conflict), outcomes[1]
        assert [isinstance(outcomes[at], Applied) for at in (0, 2)] == [True, True], outcomes
        assert bench.count(type) == 2

    def test_a_refused_request_leaves_nothing(self, bench: Bench) -> None:
        """*Rejected* says that nothing happened: the hub will send it again under another key."""
        request = _with_a_lost_link(bench)
        outcome = bench.refused(request)
        assert bench.count(request.type) == 0, f"refused, and yet it stands in the books: {outcome}"

    def test_a_refusal_says_what_happened_and_what_to_do(self, bench: Bench) -> None:
        """A person reads it (C9)."""
        outcome = bench.refused(_with_a_lost_link(bench))
        needs(isinstance(outcome, Rejected), "these books answer a lost reference with a conflict")
        assert isinstance(outcome, Rejected)
        fault = outcome.fault
        assert fault.code.isidentifier(), f"the code {fault.code!r} is not one stable word"
        assert fault.message.strip(), "the refusal does not say what happened"
        assert fault.fix.strip(), "the refusal does not say what to do about it"

    def test_what_is_foreseen_is_what_is_refused(self, bench: Bench) -> None:
        """A plan shows it: nothing good is called bad, what is called bad is refused so, and looking writes nothing."""
        needs(bench.offers("hub_foresee"), "it does not implement hub_foresee")
        good = [bench.create(type) for type in (*bench.entities, *bench.documents)]
        bad = [bench.create(type, name="x" * 450) for type in bench.entities]
        before = bench.state(good)
        foreseen = bench.ask("hub_foresee", requests=[*good, *bad])
        assert len(foreseen) == len(good) + len(bad), f"{len(foreseen)} answers to {len(good) + len(bad)} requests"
        assert bench.state(good) == before, "something was written while it looked ahead"
        for request, fault in zip([*good, *bad], foreseen, strict=True):
            (outcome,) = bench.push_raw([request])
            said = outcome.fault.code if isinstance(outcome, Rejected) else type(outcome).__name__
            assert fault is None or fault.code == said, f"foreseen as {fault.code}, and the answer was {said}"


def _with_a_lost_link(bench: Bench) -> Request:
    """A document that refers to something which is not in the books."""
    request = bench.create(bench.document())
    needs(request.links, "its documents refer to nothing")
    lost = {ref: RemoteRef(type=ref.type, remote_id=NO_SUCH_ID) for ref in request.links}
    return replace(request, links=lost)
