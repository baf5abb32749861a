"""Finds objects by id, by name, by number, and by the hub's mark among what is new: QuickBooks cannot search notes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from hub.adapters import Find, NameRule, RemoteObject, RemoteRef, Request
from hub.model import Entity, RecordType
from hub_quickbooks.client import Client, among, literal
from hub_quickbooks.codec import decode
from hub_quickbooks.codec.book import Body, text_of
from hub_quickbooks.codec.entities import SUFFIX
from hub_quickbooks.codec.kinds import Kind, kind_for, kinds_of
from hub_quickbooks.reference import ReferenceLists

SOME = 40
"""Values in one IN: the query must stay readable for QuickBooks, whose limit nobody documents."""
CLOCKS = timedelta(hours=1)
"""How far the clocks of hub and books may differ."""
_UNSEARCHED = frozenset({"Payment"})
"""Whose number nobody documents as searchable: the mark is enough there."""
_same = NameRule().normalise


class Finder:
    """Looks for objects; raises when the books cannot be asked, because an empty answer means *not there*."""

    def __init__(self, client: Client, lists: ReferenceLists) -> None:
        self._client, self._lists = client, lists

    def read(self, refs: Sequence[RemoteRef]) -> list[RemoteObject | None]:
        """Objects by id; None for one that is gone."""
        company = self._lists.company()
        found: dict[tuple[RecordType, str], RemoteObject] = {}
        wanted: dict[RecordType, list[str]] = {}
        for ref in refs:
            wanted.setdefault(ref.type, []).append(ref.remote_id)
        for type, ids in wanted.items():
            left = list(dict.fromkeys(ids))
            for kind in kinds_of(type):
                for body in self.by_id(kind, left):
                    if (each := decode(kind.entity, body, company)) is not None:
                        found[type, each.remote_id] = _as(each, type)
                left = [id for id in left if (type, id) not in found]
        return [found.get((ref.type, ref.remote_id)) for ref in refs]

    def by_id(self, kind: Kind, ids: Sequence[str]) -> list[Body]:
        """The bodies of these ids."""
        return [body for some in _parts(ids) for body in self.all(kind, f"Id in {among(some)}")]

    def find(self, wanted: Sequence[Find]) -> list[tuple[RemoteObject, ...]]:
        """All objects that meet any criterion of each entry."""
        company = self._lists.company()
        met: list[dict[str, RemoteObject]] = [{} for _ in wanted]
        places: dict[tuple[RecordType, str], list[int]] = {}
        for at, one in enumerate(wanted):
            places.setdefault((one.type, one.posts_as), []).append(at)
        for (type, posts_as), some in places.items():
            kind = kind_for(type, posts_as)
            if kind is None:
                continue
            asked = [wanted[at] for at in some]
            for body in self._candidates(kind, asked):
                each = decode(kind.entity, body, company)
                if each is None:
                    continue
                for at in some:
                    if _meets(each, body, kind, wanted[at]):
                        met[at][each.remote_id] = _as(each, type)
        return [_best(found, one) for found, one in zip(met, wanted, strict=True)]

    def holders(self, refused: Sequence[Request]) -> list[str | None]:
        """Who has the name or number of each, among objects of its type: those a record can be linked to."""
        asked = [
            Find(
                type=one.type,
                posts_as=one.posts_as,
                name=one.record.name if isinstance(one.record, Entity) else None,
                number=None if isinstance(one.record, Entity) else one.record.number,
            )
            for one in refused
        ]
        return [next((each.remote_id for each in found), None) for found in self.find(asked)]

    def all(self, kind: Kind, condition: str) -> list[Body]:
        """Everything that meets a condition, inactive entities included, page by page."""
        where = f"{condition} and Active in (true, false)" if kind.is_list and condition else condition
        where = where or ("Active in (true, false)" if kind.is_list else "")
        return self._client.all(kind.entity, where)

    def _candidates(self, kind: Kind, asked: Sequence[Find]) -> Iterable[Body]:
        names = sorted({each.name for each in asked if each.name})
        if kind.is_list:
            spelled = [word for name in names for word in (_leaf(name, kind), _leaf(name, kind) + SUFFIX)]
            for some in _parts(sorted(set(spelled))):
                yield from self.all(kind, f"{kind.name} in {among(some)}")
            return
        marked = [each for each in asked if each.marker]
        numbered = [each for each in asked if each.number and not (each.marker and kind.entity in _UNSEARCHED)]
        for some in _parts(sorted({each.number for each in numbered if each.number})):
            yield from self.all(kind, f"{kind.number} in {among(some)}")
        if marked:
            bounds = [each.since for each in marked]
            since = None if None in bounds else min(bound for bound in bounds if bound is not None) - CLOCKS
            yield from self.all(kind, "" if since is None else f"MetaData.CreateTime >= {_moment(since)}")


def _moment(instant: datetime) -> str:
    return literal(instant.isoformat(timespec="seconds"))


def _leaf(name: str, kind: Kind) -> str:
    return name.rpartition(":")[2].strip() or name if kind.name == "Name" else name


def _meets(found: RemoteObject, body: Mapping[str, object], kind: Kind, one: Find) -> bool:
    if kind.is_list:
        if one.name is None:
            return False
        if _same(found.name) == _same(one.name):
            return True
        return ":" not in one.name and _same(text_of(body.get(kind.name)) or "") == _same(one.name)
    return bool((one.marker and found.marker == one.marker) or (one.number and found.number == one.number))


def _best(found: Mapping[str, RemoteObject], one: Find) -> tuple[RemoteObject, ...]:
    """One that was made inactive gave its name free: it counts only where nobody else has that name."""
    active = [each for each in found.values() if each.active or not each.type.is_entity]
    return tuple(active or found.values())


def _as(found: RemoteObject, type: RecordType) -> RemoteObject:
    """The object under the type that was asked for: several of ours may be posted as one of theirs."""
    return found if found.type is type else replace(found, type=type)


def _parts(values: Sequence[str]) -> Iterable[Sequence[str]]:
    return (values[start : start + SOME] for start in range(0, len(values), SOME))
