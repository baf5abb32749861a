"""Broken in names and versions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hub_mock import MockAdapter

from hub.adapters import Applied, Capabilities, Conflict, NameRule, Outcome, RemoteObject, RemoteRef, Request
from hub.model import Operation, RecordType
from tests.contract.broken.making import Writing, breaks


@breaks("a_taken_name_is_a_conflict_and_changes_nothing", says="Applied")
@breaks("a_taken_number_is_never_taken_for_the_same_document", says="was taken for this one")
class Adopts(Writing):
    """Takes what has the same name or number for its own."""

    def answered(self, request: Request, outcome: Outcome) -> Outcome:
        if isinstance(outcome, Conflict) and outcome.remote_id:
            return Applied(remote_id=outcome.remote_id, version="1")
        return outcome


@breaks("a_taken_name_is_a_conflict_and_changes_nothing", says="Applied")
class AppendsANumber(Writing):
    """Makes the name unique by itself."""

    def answered(self, request: Request, outcome: Outcome) -> Outcome:
        if isinstance(outcome, Conflict) and outcome.code == Conflict.DUPLICATE_NAME:
            another = request.record.changed(name=f"{request.record.name} (2)")
            return super()._write([replace(request, record=another, key=request.key[::-1])])[0]
        return outcome


@breaks("types_share_names_exactly_as_claimed", says="claimed not to collide, and does: vendor named like a customer")
class ClaimsNamesApart(MockAdapter):
    @property
    def capabilities(self) -> Capabilities:
        can = super().capabilities
        return replace(can, namespaces={**can.namespaces, RecordType.VENDOR: "vendors"})


@breaks("names_are_compared_as_claimed", says="claimed not to collide, and does: 'ADA byron'")
class ClaimsThatCaseMatters(MockAdapter):
    @property
    def capabilities(self) -> Capabilities:
        return replace(super().capabilities, name_rule=NameRule(ignore_case=False))


@breaks("inactive_names_count_as_claimed", says="claimed not to collide, and does: the name of an inactive")
class ClaimsThatInactiveNamesAreFree(MockAdapter):
    @property
    def capabilities(self) -> Capabilities:
        return replace(super().capabilities, inactive_names_count=False)


@breaks("the_version_told_is_the_version_read", says="created as version 0, read as 1")
class OneVersionBehind(Writing):
    """Answers with the version before the write."""

    def answered(self, request: Request, outcome: Outcome) -> Outcome:
        if isinstance(outcome, Applied):
            return replace(outcome, version=str(int(outcome.version) - 1))
        return outcome


@breaks("a_version_changes_whenever_the_object_does", says="three states have the versions")
class OneVersionForEver(Writing):
    def answered(self, request: Request, outcome: Outcome) -> Outcome:
        return replace(outcome, version="1") if isinstance(outcome, Applied) else outcome

    def hub_read(self, refs: Sequence[RemoteRef]) -> list[RemoteObject | None]:
        return [each and replace(each, version="1") for each in super().hub_read(refs)]


@breaks("an_update_with_an_old_version_is_refused_and_changes_nothing", says="Applied")
class Overwrites(Writing):
    def sent(self, request: Request) -> Request:
        if request.operation is Operation.UPDATE and request.remote:
            return replace(request, remote=replace(request.remote, version=""))
        return request
