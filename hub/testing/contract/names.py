"""Names (C1, C4): a taken name is a conflict that changes nothing, and the claims about names are the books' own."""

from __future__ import annotations

import itertools

from hub.adapters import Applied, Conflict, Outcome
from hub.model import RecordType
from hub.testing.contract.asking import needs
from hub.testing.contract.bench import Bench


class NameRules:
    """Names of entities."""

    def test_a_taken_name_is_a_conflict_and_changes_nothing(self, bench: Bench) -> None:
        """Never the other's object, never another name: whether the two are one is for a person to say."""
        named = _named(bench)
        for type in named:
            holder = bench.subject.add(type, "Ada Lovelace")
            before, count = bench.held(type, holder), bench.count(type)
            outcome = bench.refused(bench.create(type, name="Ada Lovelace"))
            assert isinstance(outcome, Conflict), f"a taken name was refused, but not as a conflict: {outcome}"
            assert outcome.code == Conflict.DUPLICATE_NAME, f"refused as {outcome.code}, not duplicate_name"
            assert outcome.remote_id in (None, holder), f"its holder is {holder}, and the conflict says {outcome}"
            assert bench.count(type) == count, f"a second {type.words} was created"
            assert bench.held(type, holder) == before, f"the {type.words} that had the name was changed"
            bench.subject.edit(type, holder, name=f"Somebody else ({type.words})")

    def test_types_share_names_exactly_as_claimed(self, bench: Bench) -> None:
        """With `namespaces` the hub sees a conflict before anything is sent, or lets both pass."""
        named = _named(bench)
        for one, other in itertools.permutations(named, 2):
            name = f"{one.words.capitalize()} or {other.words}"
            bench.done(bench.create(one, name=name))
            (outcome,) = bench.push_raw([bench.create(other, name=name)])
            shared = bench.can.namespaces[one] == bench.can.namespaces[other]
            _expect(outcome, collides=shared, what=f"{other.words} named like a {one.words}")

    def test_names_are_compared_as_claimed(self, bench: Bench) -> None:
        """What `name_rule` calls different is different to the books: letters of either size, spaces, a word more.

        What it calls the same may still be different to them: that costs a person a question, and nothing else.
        """
        type, rule = _named(bench)[0], bench.can.name_rule
        for name, other in (("Ada Byron", "ADA byron"), ("Bob Jones", "Bob  Jones"), ("Eve", "Eve 2")):
            bench.done(bench.create(type, name=name))
            (outcome,) = bench.push_raw([bench.create(type, name=other)])
            if rule.normalise(name) != rule.normalise(other):
                _expect(outcome, collides=False, what=f"{other!r} beside {name!r}")
            else:
                assert isinstance(outcome, Conflict | Applied), f"{other!r} beside {name!r}: {outcome}"

    def test_inactive_names_count_as_claimed(self, bench: Bench) -> None:
        """Claimed to be free, the name of an inactive entity is; and nobody brings that one back to life."""
        type = _named(bench)[0]
        made = bench.done(bench.create(type, name="Retired"))
        bench.subject.inactivate(type, made.remote_id)
        (outcome,) = bench.push_raw([bench.create(type, name="Retired")])
        if not bench.can.inactive_names_count:
            _expect(outcome, collides=False, what="the name of an inactive entity")
        assert isinstance(outcome, Conflict | Applied), f"the name of an inactive entity: {outcome}"
        revived = isinstance(outcome, Applied) and outcome.remote_id == made.remote_id
        assert not revived, "the inactive entity was taken for the new one"

    def test_a_taken_number_is_never_taken_for_the_same_document(self, bench: Bench) -> None:
        """Books that refuse it say `duplicate_number`, others post a second one; nobody adopts the first."""
        type = bench.document()
        first = bench.done(bench.create(type, number="A-17"))
        (outcome,) = bench.push_raw([bench.create(type, number="A-17")])
        if isinstance(outcome, Conflict):
            assert outcome.code == Conflict.DUPLICATE_NUMBER, f"refused as {outcome.code}, not duplicate_number"
            assert bench.count(type) == 1, "refused, and yet there is a second one"
        else:
            assert isinstance(outcome, Applied), f"a taken number was refused, but not as a conflict: {outcome}"
            assert outcome.remote_id != first.remote_id, "another document with that number was taken for this one"
            assert bench.count(type) == 2, "it was said to be posted, and was not"


def _named(bench: Bench) -> list[RecordType]:
    named = [type for type in bench.entities if type in bench.can.namespaces]
    needs(named, "it claims no namespaces")
    return named


def _expect(outcome: Outcome, *, collides: bool, what: str) -> None:
    if collides:
        assert isinstance(outcome, Conflict), f"claimed to collide, and does not: {what}: {outcome}"
    else:
        assert isinstance(outcome, Applied), f"claimed not to collide, and does: {what}: {outcome}"
