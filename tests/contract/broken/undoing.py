"""Broken in taking documents out, and in planning to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hub_mock import MockAdapter

from hub.adapters import Applied, Outcome, Removal, Request, UndoPlan
from hub.model import Operation
from tests.contract.broken.making import Writing, breaks


def _undoes(request: Request) -> bool:
    return request.operation is Operation.DELETE and not request.type.is_entity


@breaks("an_undone_document_counts_no_longer", says="said to be deleted and is still in the books")
class OnlySaysSo(MockAdapter):
    def _write(self, requests: Sequence[Request]) -> list[Outcome]:
        if _undoes(requests[0]):
            return [Applied(remote_id=one.remote.remote_id, how=Removal.DELETE) for one in requests if one.remote]
        return super()._write(requests)


@breaks("the_plan_says_what_undo_then_does", says="planned to void .*, and then: delete")
class PlansAnotherWay(MockAdapter):
    def hub_plan_undo(self, requests: Sequence[Request]) -> list[UndoPlan]:
        return [replace(each, how=each.how and Removal.VOID) for each in super().hub_plan_undo(requests)]


@breaks("a_plan_changes_nothing", says="the plan took the document out")
class PlansByDoing(MockAdapter):
    def hub_plan_undo(self, requests: Sequence[Request]) -> list[UndoPlan]:
        plans = super().hub_plan_undo(requests)
        self._write(requests)
        return plans


@breaks("what_the_plan_refuses_undo_refuses_and_the_reverse", says="promised what undo then refused")
class OverlooksPayments(MockAdapter):
    def hub_plan_undo(self, requests: Sequence[Request]) -> list[UndoPlan]:
        return [UndoPlan(how=Removal.DELETE) for _ in requests]


@breaks("a_document_that_was_edited_in_the_books_is_not_taken_out", says="Applied")
class TakesOutWhateverIsThere(Writing):
    def sent(self, request: Request) -> Request:
        if _undoes(request) and request.remote:
            return replace(request, remote=replace(request.remote, version=""))
        return request
