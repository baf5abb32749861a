"""Who calls, and the hub on their behalf: each route asks for what it needs, and gets no more than that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Path, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from hub.access import Caller, May
from hub.app import Hub
from hub.errors import Refused

_bearer = HTTPBearer(auto_error=False, description="An API key, as `hub key add` shows it once.")


def the_hub(request: Request) -> Hub:
    """The hub that this application serves."""
    hub: Hub = request.app.state.hub
    return hub


TheHub = Annotated[Hub, Depends(the_hub)]


def caller(hub: TheHub, given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]) -> Caller:
    """The program that calls; Refused `not_authenticated` unless its key is good."""
    found = hub.whose_key(given.credentials) if given else None
    if found is None:
        raise Refused(
            "This needs an API key that is in force.",
            code="not_authenticated",
            fix="Send it as `Authorization: Bearer KEY`; an administrator makes one with `hub key add`.",
        )
    return found


Known = Annotated[Caller, Depends(caller)]


@dataclass(frozen=True, slots=True, kw_only=True)
class At:
    """A company, or one of its connections (`COMPANY/NAME`), and the hub on the caller's behalf."""

    hub: Hub
    caller: Caller
    company: str
    connection: str = ""


def in_company(what: May) -> Callable[..., At]:
    """The company in the path, for those who may do this there."""

    def found(hub: TheHub, who: Known, company: Annotated[str, Path(max_length=60)]) -> At:
        who.must(what, company)
        return At(hub=hub.acting(who, company), caller=who, company=company)

    return found


def on_connection(what: May) -> Callable[..., At]:
    """The connection in the path, for those who may do this in its company."""

    def found(
        hub: TheHub, who: Known, company: Annotated[str, Path(max_length=60)], name: Annotated[str, Path(max_length=60)]
    ) -> At:
        who.must(what, company)
        label = f"{company}/{name}"
        hub.lane(label)  # NotFound when there is none
        return At(hub=hub.acting(who, company), caller=who, company=company, connection=label)

    return found


Reads = Annotated[At, Depends(in_company(May.READ))]
Writes = Annotated[At, Depends(in_company(May.WRITE))]
Operates = Annotated[At, Depends(in_company(May.OPERATE))]
Manages = Annotated[At, Depends(in_company(May.MANAGE))]
ReadsOn = Annotated[At, Depends(on_connection(May.READ))]
OperatesOn = Annotated[At, Depends(on_connection(May.OPERATE))]
ManagesOn = Annotated[At, Depends(on_connection(May.MANAGE))]
