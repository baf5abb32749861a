"""QuickBooks' bodies and the hub's records, both ways; pure: what must be looked up is said, not fetched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hub.adapters import Fault, RemoteObject, Removal, Request
from hub.errors import ErrorClass
from hub.model import Entity, Operation, RecordType
from hub_quickbooks.codec import documents, entities, reading
from hub_quickbooks.codec.book import Body, Book, Company, Entry, Lists
from hub_quickbooks.codec.kinds import BY_ENTITY, Kind, kind_for

__all__ = ["Book", "Company", "Draft", "Entry", "Lists", "decode", "draft"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A request as QuickBooks takes it: the entity, what is done to it, and the body."""

    kind: Kind
    operation: str
    body: Body
    how: Removal | None = None
    parameters: tuple[tuple[str, str], ...] = ()

    @property
    def batchable(self) -> bool:
        """Whether it may travel in a batch; voiding there is not documented."""
        return not self.parameters


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Reference lists that must be read before the request can be encoded."""

    types: frozenset[RecordType]


def draft(request: Request, book: Book) -> Draft | Fault | Wanted:
    """The request encoded; or everything that QuickBooks would refuse, in one fault; or what must be read first."""
    kind = kind_for(request.type, request.posts_as)
    if kind is None:
        return Fault(
            error=ErrorClass.NOT_SUPPORTED,
            code="not_supported",
            message=f"QuickBooks has nothing that a {request.type.words} could be posted as {request.posts_as!r}.",
            fix="Choose another posts_as in the policy.",
        )
    if request.operation is Operation.DELETE:
        return _removal(request, kind, book)
    update = request.operation is Operation.UPDATE
    if isinstance(request.record, Entity):
        body = entities.encode(request.record, request.type, book, update=update)
    else:
        body = documents.encode(request, kind, book)
    if book.wanted:
        return Wanted(types=frozenset(book.wanted))
    if book.faults:
        return _together(book.faults)
    if not update:
        return Draft(kind=kind, operation="create", body=body)
    sparse: Body = {"sparse": True} if kind.sparse else {}
    return Draft(kind=kind, operation="update", body={**_target(request), **sparse, **body})


def _removal(request: Request, kind: Kind, book: Book) -> Draft:
    target = _target(request)
    if kind.is_list:
        body = {**target, "sparse": True, "Active": False}
        return Draft(kind=kind, operation="update", body=body, how=Removal.INACTIVATE)
    if book.settings.removal == "void" and kind.void:
        include: Body = {"sparse": True} if dict(kind.void).get("include") else {}
        return Draft(kind=kind, operation="void", body={**target, **include}, how=Removal.VOID, parameters=kind.void)
    return Draft(kind=kind, operation="delete", body=target, how=Removal.DELETE)


def _target(request: Request) -> Body:
    remote = request.remote
    return {"Id": "" if remote is None else remote.remote_id, "SyncToken": "" if remote is None else remote.version}


def _together(faults: list[Fault]) -> Fault:
    """All that is wrong in one fault, so that a person mends it once."""
    if len(faults) == 1:
        return faults[0]
    said: dict[str, None] = dict.fromkeys(fault.message for fault in faults)
    fixes: dict[str, None] = dict.fromkeys(fault.fix for fault in faults)
    return Fault(
        error=faults[0].error, code=faults[0].code, message=" ".join(list(said)[:10]), fix=" ".join(list(fixes)[:4])
    )


def decode(entity: str, body: Mapping[str, Any], company: Company) -> RemoteObject | None:
    """An object of QuickBooks as the hub sees it; None for what the hub has no word for."""
    kind = BY_ENTITY.get(entity)
    if kind is None or not body.get("Id"):
        return None
    if kind.is_list:
        return entities.decode(kind, body, many_currencies=company.many_currencies)
    return reading.decode(kind, body, company)
