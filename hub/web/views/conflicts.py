"""Conflicts: where the two sides disagree, each with every way that resolves it, and each resolved here."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from hub.errors import HubError, InvalidInput, Refused
from hub.threads import asks_books
from hub.web.views.answers import status_of
from hub.web.visit import Form, OperatesOn, ReadsOn, Sent, Visit

router = APIRouter(prefix="/c/{company}/{name}/conflicts")


@router.get("")
@asks_books
def conflicts(visit: ReadsOn, after: str = "", conflict: int | None = None, find: str = "") -> Response:
    """The open ones; `conflict` and `find` look in the books for what one of them might be."""
    return _page(visit, after=after, conflict=conflict, find=find)


@router.get("/confirm")
def confirm(visit: OperatesOn) -> Response:
    """What a choice would do, before it is done: it may change the books."""
    asked, here = visit.asked, f"/c/{visit.connection}/conflicts"
    do = asked["do"]
    try:
        found = visit.hub.conflict(visit.connection, _number(asked["conflict"]))
    except Refused as fault:  # it is settled
        return visit.go(here, f"{fault.message} {fault.fix}")
    action, _, keep = do.partition(":")
    by_hand = found["kind"] == "check_by_hand" and action == "link"
    if do not in DOES or action not in found["ways"] or (action == "rename" and not asked["name"]):
        raise InvalidInput("This form asks for nothing the hub knows.", code="bad_form", fix="Load the page again.")
    verb, meaning = FOUND_BY_HAND if by_hand else DOES[do]
    chosen = {clash["field"]: keep or asked[f"field:{clash['field']}"] for clash in found["details"].get("clashes", [])}
    kept = [
        {"field": clash["field"], "side": chosen[clash["field"]], "value": clash[chosen[clash["field"]]],
         "lost": clash["books" if chosen[clash["field"]] == "source" else "source"]}
        for clash in found["details"].get("clashes", []) if chosen[clash["field"]] in ("source", "books")
    ]  # fmt: skip
    remote_id = (asked["remote_id"] or found["remote_id"]) if action in ("link", "choose", "proxy") else None
    given = {name: asked[name] for name in asked.names() if name in _CARRIED or name.startswith("field:")}
    return visit.page(
        "conflict_confirm.html", here=here, do=do, verb=verb, meaning=meaning, found=found, kept=kept, fields=given,
        remote_id=remote_id, name=asked["name"] if action == "rename" else "",
    )  # fmt: skip


DOES = {
    "choose": ("Keep what is chosen", "Each side takes over from the other what is not its own: the books with the next"
               " sync, the source by the change feed."),
    "link:source": ("Keep the source's values", "They are one and the same from now on. The next sync writes the"
                    " source's values over those in the books."),
    "link:books": ("Keep the books' values", "They are one and the same from now on. The books stay as they are, and"
                   " the source is told to take over their values."),
    "proxy": ("Post with it instead", "What names this record is posted with the other one in the books. The record"
              " itself is not created there."),
    "rename": ("Rename it", "It gets another name here, of which the source is told. The next sync sends it under that"
               " name, as another one than that in the books."),
    "remove": ("Delete from queue", "This change never reaches the books, and what they hold stays as it is."),
    "release": ("Send it", "The next sync sends it once more. Were it in the books after all, it would be there"
                " twice."),
}  # fmt: skip
"""What each way out of a conflict is called, and what it does on both sides."""
FOUND_BY_HAND = ("This is it", "The record counts as sent, as this one in the books, and is not created once more.")
_CARRIED = ("conflict", "do", "name", "remote_id")


@router.post("")
@asks_books
def resolve(visit: OperatesOn, sent: Sent) -> Response:
    """Resolve one as it was chosen; a refusal is told where it happened."""
    id = _number(sent["conflict"])
    try:
        told = _resolve(visit, id, sent)
    except HubError as fault:
        return _page(visit, status_of(fault), conflict=id, fault=fault)
    return visit.go(f"/c/{visit.connection}/conflicts", told)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0


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
