"""A company's connections: the adapters there are, connecting one, and the yes to the company found there."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Path
from fastapi.responses import Response
from pydantic import BaseModel

from hub.access import May
from hub.adapters import get_adapter
from hub.errors import HubError, InvalidInput, NotFound
from hub.threads import asks_books
from hub.web.faults import faults_of
from hub.web.settings_form import REDIRECT, fields_of, read_settings
from hub.web.views.answers import status_of
from hub.web.visit import Form, Manages, Reads, Sent, SignedIn, Visit

router = APIRouter()
Adapter = Annotated[str, Path(max_length=60)]
CALLBACK = "/connect/callback"


@router.get("/companies/{company}/connections")
def connections(visit: Reads) -> Response:
    """The connections, and what else can be connected."""
    company = next((each for each in visit.companies if each["id"] == visit.company), {"name": visit.company})
    theirs = visit.hub.connections(visit.company)
    return visit.page("connections.html", company=company, connections=theirs, adapters=visit.hub.adapters.values())


@router.get("/admin/adapters")
def adapters(visit: SignedIn) -> Response:
    """What is installed, and what is broken about it."""
    visit.caller.must_administer()
    return visit.page("adapters.html", adapters=visit.hub.adapters.values())


@router.get("/companies/{company}/connect/{adapter}")
def ask(visit: Manages, adapter: Adapter, name: str = "", another: bool = False) -> Response:
    """The form made of the adapter's settings; with the present ones when it is connected anew, unless `another`."""
    return _form(visit, adapter, name, new=another)


@router.post("/companies/{company}/connect/{adapter}")
@asks_books
def connect(visit: Manages, adapter: Adapter, sent: Sent) -> Response:
    """On to the books, to authorise the hub there; or at once to what they say of themselves."""
    found = get_adapter(adapter, visit.hub.adapters)
    info, name = found.adapter.info, sent["name"]
    new = sent["new"] == "yes"
    if new and (taken := _taken(visit, name or adapter)) is not None:
        return _form(visit, adapter, name, status_of(taken), typed=_typed(info.settings, sent), fault=taken, new=True)
    before = _before(visit, adapter, name)
    settings = read_settings(info.settings, sent, before)
    if REDIRECT in info.settings.model_fields:
        settings[REDIRECT] = visit.base + CALLBACK
    secrets = {key: sent.raw(f"secret:{key}") for key in info.secrets if sent.raw(f"secret:{key}")}
    try:
        begun = visit.hub.begin_connecting(
            visit.secret, visit.company, adapter, name=name or None, settings=settings, credentials=secrets,
            again=sent["again"] == "yes",
        )  # fmt: skip
        if begun["url"] is not None:
            if urlsplit(begun["url"]).scheme not in ("https", "http"):
                raise InvalidInput("The adapter named no address of the web.", code="bad_address", fix="Update it.")
            return visit.page(
                "connect_go.html", url=begun["url"], title=info.title, host=urlsplit(begun["url"]).hostname
            )
        state = visit.hub.answer_connecting(visit.secret, begun["state"], {})
    except HubError as fault:
        typed = _typed(info.settings, sent)
        wrong = settings if fault.code == "bad_setting" else {}
        return _form(visit, adapter, name, status_of(fault), typed=typed, wrong=wrong, fault=fault, new=new)
    return visit.go(f"/connect/confirm?state={quote(state)}")


@router.get(CALLBACK)
@asks_books
def callback(visit: SignedIn, state: str = "") -> Response:
    """The books lead back to here; what they said is spent at once, and only in the session that asked."""
    asked = visit.hub.connecting(visit.secret, state[:200])
    visit.caller.must(May.MANAGE, asked["company"])
    said = {key[:60]: value[:4000] for key, value in list(visit.request.query_params.items())[:30]}
    visit.hub, visit.company = visit.hub.acting(visit.caller, asked["company"]), asked["company"]
    try:
        following = visit.hub.answer_connecting(visit.secret, state[:200], said)
    except HubError as fault:  # back to the form: what is no secret stands there as it was typed
        return _form(visit, asked["adapter"], asked["name"], status_of(fault), typed=asked["settings"], fault=fault)
    return visit.go(f"/connect/confirm?state={quote(following)}")


@router.get("/connect/confirm")
def look(visit: SignedIn, state: str = "") -> Response:
    """Which company the books are: nothing is stored before somebody has said that it is the right one."""
    return _confirm(visit, state[:200])


@router.post("/connect/confirm")
def confirm(visit: SignedIn, sent: Sent) -> Response:
    """Store the connection."""
    state = sent["state"][:200]
    met = visit.hub.connecting(visit.secret, state)
    visit.caller.must(May.MANAGE, met["company"])
    made = visit.hub.acting(visit.caller, met["company"]).finish_connecting(visit.secret, state)
    queued = f" {made['queued']} records that were here are queued." if made["queued"] else ""
    return visit.go(f"/c/{made['connection']}/connection", f"Connected to the books of {met['books']['name']}.{queued}")


def _confirm(visit: Visit, state: str) -> Response:
    met = visit.hub.connecting(visit.secret, state)
    visit.caller.must(May.MANAGE, met["company"])
    if met["books"] is None:
        raise NotFound("The books were not asked yet.", code="connecting_expired", fix="Begin to connect anew.")
    visit.company = met["company"]
    company = next((each["name"] for each in visit.companies if each["id"] == visit.company), visit.company)
    alike = _words(company) & _words(met["books"]["name"])
    return visit.page("connect_confirm.html", met=met, state=state, ours=company, unlike=not alike)


def _words(name: str) -> set[str]:
    return set(name.casefold().replace(",", " ").split())


def _before(visit: Visit, adapter: str, name: str) -> dict[str, Any]:
    label = f"{visit.company}/{name or adapter}"
    if any(each["connection"] == label and each["adapter"] == adapter for each in visit.hub.connections(visit.company)):
        return dict(visit.hub.settings_of(label)["settings"])
    return {}


def _typed(model: type[BaseModel], sent: Form) -> dict[str, str]:
    return {key: sent[f"set:{key}"] for key in model.model_fields}


def _taken(visit: Visit, name: str) -> HubError | None:
    """What to say when a connection of this name is there: the form of a new one never changes another."""
    if all(each["name"] != name for each in visit.hub.connections(visit.company)):
        return None
    return InvalidInput(
        f"There is a connection {visit.company}/{name} already.", code="connection_exists",
        fix="Give this one a name of its own.",
    )  # fmt: skip


def _form(
    visit: Visit, adapter: str, name: str, status: int = 200, *, typed: Mapping[str, Any] | None = None,
    wrong: Mapping[str, Any] = MappingProxyType({}), fault: HubError | None = None, new: bool = False,
) -> Response:  # fmt: skip
    """The form; `new`: of one more connection, whatever there is already, so that it says its own name.

    `typed` is shown instead of what is stored; what is the matter with the settings `wrong` is told beside each field.
    """
    found = get_adapter(adapter, visit.hub.adapters)
    info = found.adapter.info
    before = {} if new else _before(visit, adapter, name)
    faults = faults_of(info.settings, wrong) if wrong else {}
    return visit.page(
        "connect.html", status, info=info, name=name, known=bool(before), fault=fault,
        needs_name=new and any(each["adapter"] == adapter for each in visit.hub.connections(visit.company)),
        fields=fields_of(info.settings, before if typed is None else typed, faults), again=typed is not None,
        beside=bool(faults), besides=[said for key, said in faults.items() if key not in info.settings.model_fields],
        redirect=visit.base + CALLBACK if REDIRECT in info.settings.model_fields else None,
    )  # fmt: skip
