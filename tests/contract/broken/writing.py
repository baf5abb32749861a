"""Broken in creating, updating and deleting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from hub_mock import MockAdapter

from hub.adapters import Applied, Fault, Outcome, Rejected, RemoteObject, RemoteRef, Removal, Request
from hub.model import Operation, RecordType, parse_record, record_data
from tests.contract.broken.making import Writing, breaks, refused


@breaks("what_is_created_stands_in_the_books_once", says="is not in the books")
class SaysDoneTooEarly(MockAdapter):
    """Puts payments aside for later, and says that they are done."""

    def _write(self, requests: Sequence[Request]) -> list[Outcome]:
        if requests[0].type is RecordType.PAYMENT:
            return [Applied(remote_id="later", version="1") for _ in requests]
        return super()._write(requests)


@breaks("what_is_created_stands_in_the_books_once", says="made 2 in the books")
class SendsTwice(MockAdapter):
    """Sends again at once, under another key, to be on the safe side."""

    def _write(self, requests: Sequence[Request]) -> list[Outcome]:
        super()._write([replace(request, key=request.key[::-1]) for request in requests])
        return super()._write([_unnumbered(request) for request in requests])


def _unnumbered(request: Request) -> Request:
    if request.type.is_entity:
        return replace(request, key=request.key[::-1])
    return replace(request, record=request.record.changed(number=None))


@breaks("what_was_sent_reads_back_the_same", says="reads back with other values")
class MixesFieldsUp(MockAdapter):
    def hub_read(self, refs: Sequence[RemoteRef]) -> list[RemoteObject | None]:
        return [each and replace(each, data=_mixed(each.data)) for each in super().hub_read(refs)]


def _mixed(data):
    return {**data, "email": data["phone"], "phone": data["email"]} if "phone" in data else data


class LooksAhead(MockAdapter):
    """Looks ahead, and is broken in how."""

    def hub_foresee(self, requests: Sequence[Request]) -> list[Fault | None]:
        return [None for _ in requests]


@breaks("what_is_foreseen_is_what_is_refused", says="foreseen as broken, and the answer was Applied")
class ForeseesTheWorst(LooksAhead):
    def hub_foresee(self, requests: Sequence[Request]) -> list[Fault | None]:
        return [refused().fault for _ in requests]


@breaks("what_is_foreseen_is_what_is_refused", says="something was written while it looked ahead")
class TriesItOut(LooksAhead):
    def hub_foresee(self, requests: Sequence[Request]) -> list[Fault | None]:
        outcomes = self._write([replace(request, key=request.key[::-1]) for request in requests])
        return [each.fault if isinstance(each, Rejected) else None for each in outcomes]


@breaks("what_is_foreseen_is_what_is_refused", says="answers to")
class LooksAtTheFirstOnly(LooksAhead):
    def hub_foresee(self, requests: Sequence[Request]) -> list[Fault | None]:
        return super().hub_foresee(requests[:1])


@breaks("each_request_has_its_own_answer_in_order", says="the answer for .* names")
class AnswersBackwards(MockAdapter):
    def _write(self, requests: Sequence[Request]) -> list[Outcome]:
        return super()._write(requests)[::-1]


@breaks("each_request_has_its_own_answer_in_order", says="answered 49 of 50 requests")
class ForgetsTheLastAnswer(MockAdapter):
    def _write(self, requests: Sequence[Request]) -> list[Outcome]:
        outcomes = super()._write(requests)
        return outcomes[:-1] if len(outcomes) > 1 else outcomes


@breaks("a_document_reads_back_with_its_party_and_its_day", says="reads back as of")
class ADayOff(MockAdapter):
    """Takes the day for midnight, and midnight to another time zone."""

    def hub_read(self, refs: Sequence[RemoteRef]) -> list[RemoteObject | None]:
        return [each and _later(each) for each in super().hub_read(refs)]


def _later(one: RemoteObject) -> RemoteObject:
    return replace(one, date=one.date and one.date + timedelta(days=1))


@breaks("mixed_operations_have_their_own_answers", says="was answered with")
class SortsThemFirst(MockAdapter):
    def hub_push(self, requests: Sequence[Request]) -> list[Outcome]:
        return super()._write(sorted(requests, key=lambda request: request.operation.value))


@breaks("one_refusal_hinders_no_other", says="Rejected")
class StopsAtTheFirstRefusal(MockAdapter):
    def _write(self, requests: Sequence[Request]) -> list[Outcome]:
        outcomes: list[Outcome] = []
        for request in requests:
            bad = outcomes and not isinstance(outcomes[-1], Applied)
            outcomes += [outcomes[-1]] if bad else super()._write([request])
        return outcomes


@breaks("a_refused_request_leaves_nothing", says="refused, and yet it stands in the books")
class PostsWhatItCan(Writing):
    """Posts the document for somebody else when its customer is not there, and then complains."""

    def answered(self, request: Request, outcome: Outcome) -> Outcome:
        if isinstance(outcome, Rejected) and not request.type.is_entity:
            links = {ref: replace(link, remote_id=self._some(ref.type)) for ref, link in request.links.items()}
            super()._write([replace(request, key=request.key[::-1], links=links)])
        return outcome

    def _some(self, type: RecordType) -> str:
        return str(self.bookkeeper.all(type.value)[0]["remote_id"])


@breaks("a_refusal_says_what_happened_and_what_to_do", says="what to do about it")
class NoIdeaWhatToDo(Writing):
    def answered(self, request: Request, outcome: Outcome) -> Outcome:
        return refused(fix="") if isinstance(outcome, Rejected) else outcome


@breaks("an_update_changes_the_one_object", says="answers with another id")
class CreatesToUpdate(Writing):
    def sent(self, request: Request) -> Request:
        anew = request.operation is Operation.UPDATE and request.type.is_entity
        return replace(request, operation=Operation.CREATE, remote=None) if anew else request


@breaks("a_field_that_was_emptied_is_emptied_in_the_books", says="the telephone number is still")
class LeavesEmptyFieldsOut(Writing):
    """Sends what is set and leaves the rest as it is: a sparse update without its nulls."""

    def sent(self, request: Request) -> Request:
        if request.operation is not Operation.UPDATE or request.remote is None:
            return request
        (held,) = self.hub_read([request.remote])
        kept = {field: value for field, value in held.data.items() if value is not None} if held else {}
        return replace(request, record=parse_record(request.type, kept | record_data(request.record)))


@breaks("an_update_of_what_is_not_there_is_refused_and_makes_nothing", says="Applied")
class CreatesWhatItDoesNotFind(Writing):
    def answered(self, request: Request, outcome: Outcome) -> Outcome:
        if request.operation is Operation.UPDATE and isinstance(outcome, Rejected):
            anew = replace(request, operation=Operation.CREATE, remote=None, key=request.key[::-1])
            return super()._write([anew])[0]
        return outcome


@breaks("a_removal_says_what_it_did", says="said to be inactive and is gone")
class CallsItInactive(Writing):
    def answered(self, request: Request, outcome: Outcome) -> Outcome:
        deleted = isinstance(outcome, Applied) and outcome.how is Removal.DELETE and request.type.is_entity
        return replace(outcome, how=Removal.INACTIVATE) if deleted else outcome


@breaks("removing_what_is_gone_already_counts_as_done", says="delete customer: Rejected")
@breaks("undoing_what_is_gone_already_counts_as_done", says="delete ship doc: Rejected")
class InsistsOnRemoving(Writing):
    """Passes on that the books do not find it."""

    def _write(self, requests: Sequence[Request]) -> list[Outcome]:
        gone = [entry is not None and entry.deleted for entry in self.books.stored(requests)]
        outcomes = super()._write(requests)
        return [refused("gone") if was else outcome for was, outcome in zip(gone, outcomes, strict=True)]


@breaks("an_entity_in_use_is_not_torn_out_of_its_documents", says="a customer with documents was deleted")
class TearsOut(Writing):
    def answered(self, request: Request, outcome: Outcome) -> Outcome:
        if isinstance(outcome, Applied) and outcome.how is Removal.INACTIVATE:
            with self.books._changing() as file:
                file.execute("UPDATE objects SET deleted = 1, claim = NULL WHERE id = ?", [int(outcome.remote_id)])
            return replace(outcome, how=Removal.DELETE)
        return outcome
