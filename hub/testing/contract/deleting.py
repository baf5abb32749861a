"""Delete (Q2): an entity is deleted or made inactive, and the answer says truly which of the two."""

from __future__ import annotations

from hub.adapters import Applied, Conflict, Rejected, Removal
from hub.model import RecordType
from hub.testing.contract.asking import needs
from hub.testing.contract.bench import Bench


class DeleteRules:
    """`hub_delete`."""

    def test_a_removal_says_what_it_did(self, bench: Bench) -> None:
        """Deleted is gone; inactive is there and inactive; and it is one of the ways that are claimed."""
        for type in bench.entities:
            request = bench.create(type)
            made = bench.done(request)
            how = bench.done(bench.removal(request, made)).how
            assert how is not None, f"the removal of a {type.words} does not say how"
            assert how in bench.can.removals.get(type, (how,)), f"a {type.words} was taken out by {how}: not claimed"
            seen = bench.seen(type, made.remote_id)
            if how is Removal.DELETE:
                assert seen is None, f"the {type.words} is said to be deleted and is still in the books"
            else:
                assert how is Removal.INACTIVATE, f"an entity cannot be taken out by {how}"
                assert seen is not None, f"the {type.words} is said to be inactive and is gone"
                assert not seen.active, f"the {type.words} is said to be inactive and is active"

    def test_removing_what_is_gone_already_counts_as_done(self, bench: Bench) -> None:
        """The hub asks for a state, and the state is there."""
        request = bench.create(bench.entity())
        made = bench.done(request)
        first = bench.done(bench.removal(request, made))
        again = Applied(remote_id=made.remote_id, version=first.version)
        bench.done(bench.removal(request, again))

    def test_an_entity_in_use_is_not_torn_out_of_its_documents(self, bench: Bench) -> None:
        """It is made inactive, or its removal is refused; the document keeps its total and its party."""
        needs(RecordType.CUSTOMER in bench.entities and RecordType.SHIP_DOC in bench.documents, "it sends no sales")
        document = bench.create(RecordType.SHIP_DOC)
        made = bench.done(document)
        customer = bench.create(RecordType.CUSTOMER)
        (ref,) = (ref for ref in document.links if ref.type is RecordType.CUSTOMER)
        used = Applied(remote_id=bench.links[ref].remote_id)
        used = Applied(remote_id=used.remote_id, version=bench.held(ref.type, used.remote_id).version)
        (outcome,) = bench.push_raw([bench.removal(customer, used)])
        assert isinstance(outcome, Applied | Rejected | Conflict), outcome
        assert bench.seen(RecordType.SHIP_DOC, made.remote_id), "its document went with it"
        assert bench.seen(RecordType.CUSTOMER, used.remote_id), "a customer with documents was deleted"
