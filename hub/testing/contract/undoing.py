"""Undo (U1, U8): a document is taken out as the plan says, or refused as the plan says; never a changed one."""

from __future__ import annotations

from hub.adapters import Applied, Conflict, Rejected, RemoteObject, Removal, Request, UndoPlan
from hub.model import RecordType
from hub.testing.contract.asking import needs, total_of
from hub.testing.contract.bench import Bench


def plan(bench: Bench, request: Request) -> UndoPlan:
    """What `hub_plan_undo` answers for one request."""
    answer = bench.ask("hub_plan_undo", requests=[request])
    assert len(answer) == 1, f"hub_plan_undo answered {len(answer)} of 1 request"
    assert isinstance(answer[0], UndoPlan), f"hub_plan_undo answered with {answer[0]!r}"
    return answer[0]


class UndoRules:
    """`hub_undo` and `hub_plan_undo`."""

    def test_an_undone_document_counts_no_longer(self, bench: Bench) -> None:
        """For every type of document, payments included: those can be deleted, only not undone."""
        for type in bench.documents:
            request = bench.create(type)
            made = bench.done(request)
            how = bench.done(bench.removal(request, made)).how
            assert how is not None, f"the removal of a {type.words} does not say how"
            assert how in bench.can.removals.get(type, (how,)), f"a {type.words} was taken out by {how}: not claimed"
            seen = bench.seen(type, made.remote_id)
            if how is Removal.DELETE:
                assert seen is None, f"the {type.words} is said to be deleted and is still in the books"
            if how is Removal.VOID:
                assert seen is not None, f"the {type.words} is said to be void and is gone"
                assert not seen.active, f"the {type.words} is said to be void and is not"

    def test_undoing_what_is_gone_already_counts_as_done(self, bench: Bench) -> None:
        """The hub asks for a state, and the state is there."""
        request = bench.create(bench.document())
        made = bench.done(request)
        first = bench.done(bench.removal(request, made))
        bench.done(bench.removal(request, Applied(remote_id=made.remote_id, version=first.version)))

    def test_the_plan_says_what_undo_then_does(self, bench: Bench) -> None:
        """A person has confirmed the plan."""
        needs(bench.offers("hub_plan_undo"), "it makes no plans")
        for type in bench.documents:
            request = bench.create(type)
            removal = bench.removal(request, bench.done(request))
            planned = plan(bench, removal)
            assert planned.refusal is None, f"the plan refuses to take out a fresh {type.words}: {planned.refusal}"
            how = bench.done(removal).how
            assert planned.how in (None, how), f"planned to {planned.how} the {type.words}, and then: {how}"

    def test_a_plan_changes_nothing(self, bench: Bench) -> None:
        """It is asked for before anybody has decided."""
        needs(bench.offers("hub_plan_undo"), "it makes no plans")
        type = bench.document()
        request = bench.create(type)
        made = bench.done(request)
        before = bench.held(type, made.remote_id)
        plan(bench, bench.removal(request, made))
        assert bench.seen(type, made.remote_id), "the plan took the document out"
        after: RemoteObject = bench.held(type, made.remote_id)
        assert after.version == before.version, "the plan changed the document"

    def test_what_the_plan_refuses_undo_refuses_and_the_reverse(self, bench: Bench) -> None:
        """A paid invoice: somebody has to take the payment off it first, or both agree on a way to do without."""
        needs(RecordType.SHIP_DOC in bench.documents, "it sends no invoices")
        request = bench.create(RecordType.SHIP_DOC)
        made = bench.done(request)
        bench.subject.pay(made.remote_id, total_of(request))
        paid = Applied(remote_id=made.remote_id, version=bench.held(request.type, made.remote_id).version)
        removal = bench.removal(request, paid)
        planned = plan(bench, removal) if bench.offers("hub_plan_undo") else None
        (outcome,) = bench.push_raw([removal])
        seen = bench.seen(request.type, made.remote_id)
        if isinstance(outcome, Rejected | Conflict):
            assert seen is not None, "the undo was refused, and the document is gone"
            assert planned is None or planned.refusal, "the plan promised what undo then refused"
        else:
            assert isinstance(outcome, Applied), outcome
            assert planned is None or planned.refusal is None, "the plan refused what undo then did"

    def test_a_document_that_was_edited_in_the_books_is_not_taken_out(self, bench: Bench) -> None:
        """Somebody there has put work into it (U8)."""
        needs(bench.can.version_guard, "it does not claim to guard versions")
        type = bench.document()
        request = bench.create(type)
        made = bench.done(request)
        bench.subject.edit(type, made.remote_id, memo="Corrected by hand")
        removal = bench.removal(request, made)
        if bench.offers("hub_plan_undo"):
            assert plan(bench, removal).refusal, "the plan would take out a document that was edited in the books"
        outcome = bench.refused(removal)
        assert isinstance(outcome, Conflict), f"refused, but not as stale_version: {outcome}"
        assert outcome.code == Conflict.STALE_VERSION, f"refused as {outcome.code}, not stale_version"
        assert bench.seen(type, made.remote_id), "the document was taken out"
