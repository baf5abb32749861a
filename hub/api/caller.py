"""Who calls, and the hub on their behalf: each route asks for what it needs, and gets no more than that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import unquote

from fastapi import Depends, Path, Request
from fastapi.security import HTTPBearer

from hub.access import Caller, May
from hub.app import Hub
from hub.errors import Refused

_bearer = HTTPBearer(auto_error=False, description="An API key, as `hub key add` shows it once.")


def the_hub(request: Request) -> Hub:
    """The hub that this application serves."""
    hub: Hub = request.app.state.hub
    return hub


TheHub = Annotated[Hub, Depends(the_hub)]


def recognised(request: Request) -> Caller:
    """The program that calls; Refused `not_authenticated` unless its key is good."""
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    found = the_hub(request).whose_key(secret.strip()) if scheme.lower() == "bearer" else None
    if found is None:
        raise Refused(
            "This needs an API key that is in force.",
            code="not_authenticated",
            fix="Send it as `Authorization: Bearer KEY`; an administrator of the company makes one.",
        )
    return found


def caller(request: Request, _: Annotated[object, Depends(_bearer)]) -> Caller:
    """The program that calls; most routes have recognised it before anything else was looked at."""
    known: Caller | None = getattr(request.state, "caller", None)
    return known or recognised(request)


Known = Annotated[Caller, Depends(caller)]


@dataclass(frozen=True, slots=True, kw_only=True)
class At:
    """A company, one of its connections (`COMPANY/NAME`) or records, and the hub on the caller's behalf."""

    hub: Hub
    caller: Caller
    company: str
    connection: str = ""
    type: str = ""
    source_id: str = ""

    @property
    def record(self) -> tuple[str, str, str]:
        """How the hub's calls name the record."""
        return self.company, self.type, self.source_id


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


def in_record(what: May) -> Callable[..., At]:
    """The record in the path; whatever its source id holds, a slash too."""

    def found(
        hub: TheHub,
        who: Known,
        company: Annotated[str, Path(max_length=60)],
        type: Annotated[str, Path(max_length=30)],
        source_id: Annotated[str, Path(max_length=2000, description="with `/` written as %2F")],
    ) -> At:
        who.must(what, company)
        acting = hub.acting(who, company)
        return At(hub=acting, caller=who, company=company, type=type, source_id=unquote(source_id))

    return found


Reads = Annotated[At, Depends(in_company(May.READ))]
Writes = Annotated[At, Depends(in_company(May.WRITE))]
Operates = Annotated[At, Depends(in_company(May.OPERATE))]
Manages = Annotated[At, Depends(in_company(May.MANAGE))]
ReadsOn = Annotated[At, Depends(on_connection(May.READ))]
OperatesOn = Annotated[At, Depends(on_connection(May.OPERATE))]
ManagesOn = Annotated[At, Depends(on_connection(May.MANAGE))]
ReadsRecord = Annotated[At, Depends(in_record(May.READ))]
WritesRecord = Annotated[At, Depends(in_record(May.WRITE))]
OperatesRecord = Annotated[At, Depends(in_record(May.OPERATE))]
