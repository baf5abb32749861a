"""Companies and their connections."""

from __future__ import annotations

from typing import Any

from hub.api import inputs, shapes
from hub.api.answers import listed
from hub.api.bodies import plain
from hub.api.caller import Known, Manages, Reads, TheHub
from hub.api.routing import Routes, told
from hub.errors import Refused
from hub.threads import asks_books

router = Routes("companies", prefix="/companies")
_ACME = {"id": "acme-trading", "name": "Acme Trading"}
_CONNECTION = {
    "connection": "acme-trading/mock", "company": "acme-trading", "name": "mock", "adapter": "mock", "state": "active",
    "reason": None, "books": {"id": "mock-1", "name": "Mock books", "closing_date": None},
}  # fmt: skip


@router.get(
    "",
    summary="The company of this key",
    openapi_extra=told(shapes.Listed[shapes.Company], example=listed([_ACME])),
)
def companies(hub: TheHub, who: Known) -> dict[str, Any]:
    """A key belongs to one company, so the list has one."""
    return listed([one for one in hub.companies() if who.grant(one["id"]) is not None])


@router.post(
    "",
    status_code=201,
    summary="Add a company",
    openapi_extra=told(shapes.Company, example=_ACME),
)
def add(who: Known, new: inputs.NewCompany) -> dict[str, Any]:
    """Always refused: a key belongs to one company, and could not reach another one that it adds."""
    raise Refused(
        f"{who.name} belongs to one company and cannot add {new.name[:60]!r}.",
        code="not_permitted",
        fix="Have an administrator of the hub add it, and make a key for it.",
    )


@router.get(
    "/{company}/connections",
    summary="The company's connections",
    openapi_extra=told(shapes.Listed[shapes.Connection], example=listed([_CONNECTION])),
)
def connections(at: Reads) -> dict[str, Any]:
    """Each with the books it leads to, and whether it works."""
    return listed(at.hub.connections(at.company))


@router.post(
    "/{company}/connections",
    status_code=201,
    summary="Connect the company to books",
    openapi_extra=told(shapes.Connected, example={**_CONNECTION, "queued": 0, "missing": []}),
)
@asks_books
def connect(at: Manages, new: inputs.NewConnection) -> dict[str, Any]:
    """The books are asked who they are before anything is stored; records that are here already queue.

    A connection of that name is resumed if it was paused, and what is given is laid over what it has: settings that are
    not named stay, and one given as null or empty is taken away. Extensions and credentials stay unless they are given.
    """
    return at.hub.connect(
        at.company, new.adapter, name=new.name, settings=plain(new.settings), extensions=new.extensions,
        credentials=new.credentials,
    )  # fmt: skip
