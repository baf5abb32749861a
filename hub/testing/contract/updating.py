"""Update: the one object changes, emptied fields are emptied, and what is gone is not made anew."""

from __future__ import annotations

from hub.adapters import Applied
from hub.testing.contract.asking import needs
from hub.testing.contract.bench import NO_SUCH_ID, Bench

PARTY = "it sends neither customers nor vendors"


class UpdateRules:
    """`hub_update`."""

    def test_an_update_changes_the_one_object(self, bench: Bench) -> None:
        """And makes no second one."""
        for type in bench.entities:
            request = bench.create(type)
            applied = bench.done(request)
            before = bench.count(type)
            name = f"Renamed {type.words}"
            again = bench.done(bench.update(request, applied, name=name))
            assert again.remote_id == applied.remote_id, f"the update of a {type.words} answers with another id"
            assert bench.count(type) == before, f"the update of a {type.words} made another one"
            seen = bench.seen(type, applied.remote_id)
            assert seen is not None, f"the update of a {type.words} took it out of the books"
            assert seen.name == name, f"the {type.words} is still called {seen.name} in the books"

    def test_a_field_that_was_emptied_is_emptied_in_the_books(self, bench: Bench) -> None:
        """A request carries the record as it is to be, not what changed."""
        type = next((type for type in bench.entities if type.value in ("customer", "vendor")), None)
        needs(type, PARTY)
        assert type is not None
        request = bench.create(type)
        applied = bench.done(request)
        needs(bench.held(type, applied.remote_id).data.get("phone"), "these books keep no telephone numbers")
        bench.done(bench.update(request, applied, phone=None))
        found = bench.held(type, applied.remote_id)
        assert "phone" in found.data, "an emptied field that the books keep must read back as None, not be left out"
        assert found.data["phone"] is None, f"the telephone number is still {found.data['phone']}"

    def test_an_update_of_what_is_not_there_is_refused_and_makes_nothing(self, bench: Bench) -> None:
        """Only the hub decides that something is to be created."""
        type = bench.entity()
        request = bench.create(type)
        gone = bench.update(request, Applied(remote_id=NO_SUCH_ID, version="1"))
        bench.refused(gone)
        assert bench.count(type) == 0, "the update created what it did not find"
