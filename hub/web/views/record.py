"""Records: the list to find one in, and the page of one: both sides, its story, and what may be done to it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path
from fastapi.responses import Response

from hub.access import May
from hub.errors import HubError, InvalidInput, Refused
from hub.model import RecordType
from hub.threads import asks_books
from hub.web.pages import record_url
from hub.web.views.answers import status_of
from hub.web.visit import Form, Operates, Reads, Sent, Visit

router = APIRouter(prefix="/companies/{company}/records")
Type = Annotated[str, Path(max_length=30)]
SourceId = Annotated[str, Path(max_length=200)]
PATIENCE = 8.0
"""Seconds a page waits for the books."""


@router.get("")
def find(visit: Reads, type: str = "", q: str = "", uses_type: str = "", uses: str = "", after: str = "") -> Response:
    """The list: by type, by what is searched for, or by the record that the wanted ones name."""
    page = visit.hub.records(
        visit.company, type=type or None, search=q.strip()[:200] or None,
        uses=(uses_type, uses) if uses and uses_type else None, after=after or None,
    )  # fmt: skip
    return visit.page("records.html", page=page, type=type, q=q, uses=uses, uses_type=uses_type, types=list(RecordType))


@router.get("/{type}/{source_id:path}")
@asks_books.when(lambda part, ask, find, **_: part == "books" or ask == "undo" or bool(find.strip()))
def record(
    visit: Reads, type: Type, source_id: SourceId, part: str = "", ask: str = "", connection: str = "", find: str = ""
) -> Response:
    """One record. `part=books` is what the books hold, read now; `ask=undo` shows first what an undo would do."""
    if part == "books":
        sides = visit.hub.both_sides(visit.company, type, source_id)
        if "HX-Request" in visit.request.headers:
            return visit.part("record_books.html", sides=sides, type=type)
        return _page(visit, type, source_id, sides=sides)
    if ask == "undo":
        return _page(visit, type, source_id, plans=_plans(visit, type, source_id))
    if find.strip():
        return _page(visit, type, source_id, found=_found(visit, type, connection, find), find=find, at=connection)
    return _page(visit, type, source_id)


@router.post("/{type}/{source_id:path}")
@asks_books.when(lambda sent, **_: sent["do"] in ("link", "proxy"))
def act(visit: Operates, type: Type, source_id: SourceId, sent: Sent) -> Response:
    """Do to the record what was asked for; a refusal is told on its page, and nothing is changed."""
    try:
        told = _do(visit, type, source_id, sent)
    except HubError as fault:
        return _page(visit, type, source_id, status_of(fault), fault=fault, reason=sent["reason"])
    return visit.go(record_url(visit.company, type, source_id), told)


def _do(visit: Visit, type: str, source_id: str, sent: Form) -> str:
    hub, which = visit.hub, (visit.company, type, source_id)
    why, connection = sent.get("reason"), sent.get("connection")
    if connection is not None and connection.partition("/")[0] != visit.company:
        raise InvalidInput(
            f"{connection} is not a connection of {visit.company}.",
            code="not_its_connection",
            fix="Choose one of its own.",
        )
    match sent["do"]:
        case "undo":
            hub.undo(*which, reason=_reason(why))
            return "Its sync is undone: it is open again, and the books' copy will be removed by the next sync."
        case "prevent":
            hub.prevent(*which, reason=_reason(why))
            return "Its sync is prevented: it can be closed, and nothing will be queued."
        case "allow":
            queued = hub.allow(*which, reason=_reason(why))["queued"]
            return f"It may sync again, and is queued for {', '.join(queued)}." if queued else "It may sync again."
        case "detach":
            hub.detach(*which, reason=_reason(why))
            return "It is detached: the books keep their copy, and it is not synced any more."
        case "remove":
            (done,) = hub.remove(connection or "", [_number(sent["request"])], _reason(why))
            reopened = " It is open again." if done["reopened"] else ""
            return f"Its request is deleted from the queue.{reopened}"
        case "release":
            hub.release(connection or "", [_number(sent["request"])], _reason(why))
            return "It is released: the next sync takes it up."
        case "link":
            hub.link(*which, keep=sent["keep"], remote_id=sent.get("remote_id"), connection=connection, reason=why)
            return f"It is linked, and the {sent['keep']}'s values win."
        case "proxy":
            hub.set_proxy(*which, remote_id=sent.get("remote_id"), connection=connection, reason=why)
            return "It is posted with the other one from now on."
        case "unproxy":
            hub.clear_proxy(*which, connection=connection, reason=why)
            return "Its proxy is taken away, and it is queued to be created in the books."
        case _:
            raise InvalidInput("This form asks for nothing the hub knows.", code="bad_form", fix="Load the page again.")


def _reason(given: str | None) -> str:
    if given is None:
        raise InvalidInput("This needs a reason, which is kept with it.", code="reason_missing", fix="Say why.")
    return given[:1000]


def _number(given: str) -> int:
    if not (given.isascii() and given.isdecimal() and len(given) < 19):
        raise InvalidInput("No request was named.", code="request_missing", fix="Load the page again.")
    return int(given)


def _plans(visit: Visit, type: str, source_id: str) -> list[dict[str, Any]]:
    refused = visit.hub.possible(visit.company, type, source_id)["undo"]
    if refused and refused["code"] != "not_permitted":
        return []  # nothing will happen, so the books need not be asked
    try:
        return visit.hub.plan_undo(visit.company, type, source_id, patience=PATIENCE)
    except HubError as fault:
        if isinstance(fault, Refused):
            raise
        return [{"connection": "", "how": None, "refusal": None, "silent": fault}]


def _found(visit: Visit, type: str, connection: str, text: str) -> dict[str, Any]:
    try:
        if connection.partition("/")[0] != visit.company:
            raise InvalidInput("Choose a connection.", code="connection_missing", fix="Choose one of this company.")
        return {"items": visit.hub.look_in_books(connection, type, text[:500]), "fault": None}
    except HubError as fault:
        return {"items": [], "fault": fault}


def _page(visit: Visit, type: str, source_id: str, status: int = 200, **values: Any) -> Response:
    hub, which = visit.hub, (visit.company, type, source_id)
    record = hub.show(*which)
    may = visit.caller.may(May.OPERATE, visit.company)
    shown = {
        "record": record,
        "is_entity": "name" in record,
        "named": hub.referred(*which),
        "possible": hub.possible(*which) if may else None,
        "working": {each["connection"] for each in hub.connections(visit.company) if each["state"] == "active"},
        "sides": None,
        "plans": None,
        "found": None,
        "find": "",
        "at": "",
        "fault": None,
        "reason": "",
        **values,
    }
    return visit.page("record.html", status, **shown)
