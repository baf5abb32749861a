"""Broken in finding and reading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hub_mock import MockAdapter

from hub.adapters import Find, RemoteObject, RemoteRef, Request, hookimpl
from hub.model import Operation
from tests.contract.broken.making import Writing, breaks

Found = list[tuple[RemoteObject, ...]]


@breaks("an_object_is_found_by_its_marker_at_once", says="a ship doc by its marker")
class MarksEntitiesOnly(MockAdapter):
    def hub_find(self, wanted: Sequence[Find]) -> Found:
        return super().hub_find([one if one.type.is_entity else replace(one, marker=None) for one in wanted])


@breaks("an_update_leaves_its_marker_too", says="is not the update's")
class KeepsTheFirstMarker(Writing):
    def sent(self, request: Request) -> Request:
        return replace(request, marker="") if request.operation is Operation.UPDATE else request


@breaks("an_entity_is_found_by_its_name", says="by name")
@breaks("a_document_is_found_by_its_number", says="by number")
class LooksForOneThingOnly(MockAdapter):
    """Where a marker is given, nothing else is looked for."""

    def hub_find(self, wanted: Sequence[Find]) -> Found:
        return super().hub_find([replace(one, name=None, number=None) if one.marker else one for one in wanted])


@breaks("inactive_entities_are_found_and_read", says="an inactive entity by its name")
class SeesTheActiveOnly(MockAdapter):
    def hub_find(self, wanted: Sequence[Find]) -> Found:
        return [tuple(each for each in found if each.active) for found in super().hub_find(wanted)]


@breaks("nothing_else_is_found", says="asked for Ada Lovelace, found")
class FindsWhatIsSimilar(MockAdapter):
    def hub_find(self, wanted: Sequence[Find]) -> Found:
        held = self.books.changes(None, 1000).objects
        return [
            tuple(each for each in held if one.name and each.type is one.type and one.name in each.name) or found
            for one, found in zip(wanted, super().hub_find(wanted), strict=True)
        ]


@breaks("awkward_names_are_kept_and_found_as_they_are", says="is found as")
class KeepsPlainLettersOnly(MockAdapter):
    """Takes out of a query what might break it."""

    def hub_find(self, wanted: Sequence[Find]) -> Found:
        return super().hub_find([replace(one, name=one.name and one.name.replace("'", "")) for one in wanted])


@breaks("each_entry_has_its_own_answer_in_order", says="hub_read answers")
class LeavesOutWhatIsNotThere(MockAdapter):
    def hub_read(self, refs: Sequence[RemoteRef]) -> list[RemoteObject | None]:
        return [each for each in super().hub_read(refs) if each is not None]


@breaks("what_is_gone_reads_as_gone", says="it was taken out, and reads as")
class ReadsTheDead(MockAdapter):
    def hub_read(self, refs: Sequence[RemoteRef]) -> list[RemoteObject | None]:
        return [each and replace(each, deleted=False, active=True) for each in super().hub_read(refs)]


def _remembered(request: Request) -> RemoteObject:
    return RemoteObject(type=request.type, remote_id="sent", marker=request.marker)


@breaks("what_was_lost_on_its_way_is_not_found_by_the_hub", says="never arrived, and the hub says adopted")
class FindsInItsMemory(MockAdapter):
    """Keeps a note of what it sent, and looks there."""

    notes: dict[str, RemoteObject] = {}  # noqa: RUF012 - on purpose: it survives the instance

    def _write(self, requests):
        self.notes.update({request.marker: _remembered(request) for request in requests})
        return super()._write(requests)

    @hookimpl
    def hub_find(self, wanted: Sequence[Find]) -> Found:
        return [
            found or tuple(self.notes[one.marker] for _ in [0] if one.marker in self.notes)
            for one, found in zip(wanted, super().hub_find(wanted), strict=True)
        ]
