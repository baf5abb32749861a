"""Conflicts: where the two sides disagree, each with every way that resolves it, and each resolved here."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from hub.errors import HubError, InvalidInput
from hub.threads import asks_books
from hub.web.views.answers import status_of
from hub.web.visit import Form, OperatesOn, ReadsOn, Sent, Visit

router = APIRouter(prefix="/c/{company}/{name}/conflicts")


@router.get("")
@asks_books
def conflicts(visit: ReadsOn, after: str = "", conflict: int | None = None, find: str = "") -> Response:
    """The open ones; `conflict` and `find` look in the books for what one of them might be."""
    return _page(visit, after=after, conflict=conflict, find=find)


@router.post("")
@asks_books
def resolve(visit: OperatesOn, sent: Sent) -> Response:
    """Resolve one as it was chosen; a refusal is told where it happened."""
    number = sent["conflict"]
    id = int(number) if number.isascii() and number.isdecimal() and len(number) < 19 else 0
    try:
        told = _resolve(visit, id, sent)
    except HubError as fault:
        return _page(visit, status_of(fault), conflict=id, fault=fault)
    return visit.go(f"/c/{visit.connection}/conflicts", told)


def _resolve(visit: Visit, id: int, sent: Form) -> str:
    hub, why = visit.hub, sent.get("reason")
    if sent["do"] == "confirm":
        if why is None:
            raise InvalidInput("This needs a reason, which is kept with it.", code="reason_missing", fix="Say why.")
        count = hub.release(visit.connection, hub.braked(visit.connection)["ids"], why)
        return f"{count} confirmed: the next sync takes them out of the books."
    action, _, keep = sent["do"].partition(":")
    fields = {
        name.removeprefix("field:"): sent[name] for name in sent.names() if name.startswith("field:") and sent[name]
    }
    record = hub.resolve_conflict(
        visit.connection, id, action, keep=keep or sent.get("keep"), fields=fields or None,
        name=sent.get("name"), remote_id=sent.get("remote_id"), reason=why,
    )  # fmt: skip
    return f"Resolved: {record.get('name') or record.get('number') or record['source_id']}."


def _page(
    visit: Visit, status: int = 200, *, after: str = "", conflict: int | None = None, find: str = "",
    fault: HubError | None = None,
) -> Response:  # fmt: skip
    page = visit.hub.conflicts(visit.connection, limit=25, after=after or None)
    found, silent = None, None
    about = next((each for each in page["items"] if each["id"] == conflict), None)
    if about and find.strip():
        try:
            found = visit.hub.look_in_books(visit.connection, about["type"], find[:500])
        except HubError as trouble:
            silent = trouble
    return visit.page(
        "conflicts.html", status, page=page, braked=visit.hub.braked(visit.connection), at=conflict, find=find,
        found=found, silent=silent, fault=fault,
    )  # fmt: skip
