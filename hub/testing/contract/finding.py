"""Finding and reading (X3): each criterion finds what it names, inactive things included, and nothing else."""

from __future__ import annotations

from hub.adapters import Applied, Find, Rejected, RemoteObject, RemoteRef
from hub.model import RecordType
from hub.testing.contract.asking import name_of, needs, number_of
from hub.testing.contract.bench import NEVER_SENT, NO_SUCH_ID, Bench

AWKWARD_NAMES = ("O'Brien & Söhne", '100% "Cotton"', "Back\\slash", "_nder%score", "山田商店", "'; DROP TABLE x; --")


class FindRules:
    """`hub_find` and `hub_read`."""

    def test_an_object_is_found_by_its_marker_at_once(self, bench: Bench) -> None:
        """For every type, right after it was written; a false claim makes duplicates."""
        marked = [type for type in (*bench.entities, *bench.documents) if bench.marks(type)]
        needs(marked, "it does not claim that markers can be found")
        for type in marked:
            request, another = bench.create(type), bench.create(type)
            made = bench.done(request)
            bench.done(another)
            found = bench.find(request, marker=request.marker)
            assert [each.remote_id for each in found] == [made.remote_id], f"a {type.words} by its marker: {found}"
            assert found[0].marker == request.marker, f"found by {request.marker}, and it says {found[0].marker!r}"

    def test_an_update_leaves_its_marker_too(self, bench: Bench) -> None:
        """By it the hub knows whether an update of unknown outcome took effect."""
        first = [types[0] for types in (bench.entities, bench.documents) if types and bench.marks(types[0])]
        needs(first, "it does not claim that markers can be found")
        for type in first:
            request = bench.create(type)
            made = bench.done(request)
            update = bench.update(request, made, **({"name": "Renamed"} if type.is_entity else {"memo": "Changed"}))
            bench.done(update)
            marker = bench.held(type, made.remote_id).marker
            assert marker == update.marker, f"the marker of a changed {type.words} is not the update's"

    def test_an_entity_is_found_by_its_name(self, bench: Bench) -> None:
        """Also one that a bookkeeper entered; whatever else is asked for in the same entry."""
        type = bench.entity()
        holder = bench.subject.add(type, "Ada Lovelace")
        request = bench.create(type)
        found = bench.find(request, name="Ada Lovelace", marker=request.marker)
        assert [each.remote_id for each in found] == [holder], f"by name: {found}"

    def test_a_document_is_found_by_its_number(self, bench: Bench) -> None:
        """Whatever else is asked for in the same entry."""
        request, another = bench.create(bench.document()), bench.create(bench.document())
        made = bench.done(request)
        bench.done(another)
        number = number_of(request)
        found = bench.find(request, number=number, marker=NEVER_SENT)
        assert [each.remote_id for each in found] == [made.remote_id], f"by number: {found}"

    def test_inactive_entities_are_found_and_read(self, bench: Bench) -> None:
        """They are there, they occupy their names, and a lost removal is recognised by them."""
        request = bench.create(bench.entity(), name="Retired")
        made = bench.done(request)
        bench.subject.inactivate(request.type, made.remote_id)
        found = bench.find(request, name="Retired")
        assert [each.remote_id for each in found] == [made.remote_id], f"an inactive entity by its name: {found}"
        assert not found[0].active, "it is inactive, and found as active"
        assert not bench.held(request.type, made.remote_id).active, "it is inactive, and read as active"
        if bench.marks(request.type):
            assert bench.find(request, marker=request.marker), "an inactive entity is not found by its marker"

    def test_nothing_else_is_found(self, bench: Bench) -> None:
        """Neither similar names, nor other types, nor everything when there is nothing."""
        type = bench.entity()
        for name in ("Ada Lovelace", "Ada Lovelace & Sons", "Ada"):
            bench.done(bench.create(type, name=name))
        asked = bench.create(type, name="Ada Lovelace")
        names = [each.name for each in bench.find(asked, name="Ada Lovelace")]
        assert names == ["Ada Lovelace"], f"asked for Ada Lovelace, found {names}"
        assert bench.find(asked, name="Ad", marker=NEVER_SENT) == (), "found what was never there"
        for other in bench.entities:
            if other is not type:
                found = bench.find(bench.create(other), name="Ada Lovelace")
                assert found == (), f"asked for a {other.words}, found {found}"

    def test_awkward_names_are_kept_and_found_as_they_are(self, bench: Bench) -> None:
        """Quotes, wildcards and letters of other scripts: a query must not break on them, nor find what they match."""
        type = bench.entity()
        bench.done(bench.create(type, name="Plain"))
        for name in AWKWARD_NAMES:
            request = bench.create(type, name=name)
            (outcome,) = bench.push_raw([request])
            if isinstance(outcome, Rejected):
                continue  # some books do not take such letters; then there is nothing to find
            assert isinstance(outcome, Applied), f"{name}: {outcome}"
            found = bench.find(request, name=name)
            assert [each.name for each in found] == [name], f"{name!r} is found as {found}"

    def test_each_entry_has_its_own_answer_in_order(self, bench: Bench) -> None:
        """For finding and for reading; what is not there has an empty one."""
        type = bench.entity()
        requests = [bench.create(type) for _ in range(3)]
        ids = [bench.done(request).remote_id for request in requests]
        wanted = [Find(type=type, posts_as=each.posts_as, name=name_of(each)) for each in requests]
        wanted.insert(1, Find(type=type, posts_as=requests[0].posts_as, name="Nobody"))
        found = bench.ask("hub_find", wanted=wanted)
        answers = [[each.remote_id for each in answer] for answer in found]
        assert answers == [[ids[0]], [], [ids[1]], [ids[2]]], f"hub_find answers {answers}"
        refs = [RemoteRef(type=type, remote_id=id) for id in (ids[2], NO_SUCH_ID, ids[0])]
        read: list[RemoteObject | None] = bench.ask("hub_read", refs=refs)
        answers_of_read = [each and each.remote_id for each in read]
        assert answers_of_read == [ids[2], None, ids[0]], f"hub_read answers {answers_of_read}"

    def test_what_is_gone_reads_as_gone(self, bench: Bench) -> None:
        """As None, or as deleted; and it is not found, or found as deleted or void."""
        type = next((type for type in bench.documents if type is not RecordType.PAYMENT), bench.document())
        request = bench.create(type)
        made = bench.done(request)
        bench.done(bench.removal(request, made))
        read = bench.read(type, made.remote_id)
        assert read is None or read.deleted or not read.active, f"it was taken out, and reads as {read}"
        number = number_of(request)
        found = [each for each in bench.find(request, number=number) if each.active and not each.deleted]
        assert not found, f"it was taken out, and is found as {found}"
