"""Conflicts: where the two sides disagree, each with every way that resolves it, and each resolved here."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from hub.errors import HubError, InvalidInput, NotFound, Refused
from hub.threads import asks_books
from hub.web.views.answers import status_of
from hub.web.visit import Form, OperatesOn, ReadsOn, Sent, Visit
from hub.web.words import spoken

router = APIRouter(prefix="/c/{company}/{name}/conflicts")


@router.get("")
@asks_books.when(lambda find, **_: bool(find.strip()))
def conflicts(visit: ReadsOn, after: str = "", conflict: int | None = None, find: str = "") -> Response:
    """The open ones; `conflict` and `find` look in the books for what one of them might be."""
    return _page(visit, after=after, conflict=conflict, find=find)


@router.get("/confirm")
@asks_books.when(lambda visit, **_: _about_books(visit.asked))
def confirm(visit: OperatesOn) -> Response:
    """What a choice would do, before it is done: it may change the books."""
    try:
        look = _look_at(visit, visit.asked)
    except Refused as fault:
        if fault.code == "not_permitted":
            raise
        # It is settled.
        return visit.go(f"/c/{visit.connection}/conflicts", f"{fault.message} {fault.fix}")
    return _second_look(visit, look)


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
_WITH_BOOKS = ("link", "proxy", "choose")
"""What is done with an object in the books, and so asks for it."""


@router.post("")
@asks_books.when(lambda sent, **_: _about_books(sent))
def resolve(visit: OperatesOn, sent: Sent) -> Response:
    """Resolve one as it was chosen and shown; a refusal is told where it happened."""
    id = _number(sent["conflict"])
    try:
        if (seal := sent.get("seal")) is not None and (look := _look_at(visit, sent))["fields"]["seal"] != seal:
            return _second_look(visit, look, changed=True, reason=sent["reason"])
        told = _resolve(visit, id, sent)
    except HubError as fault:
        return _page(visit, status_of(fault), conflict=id, fault=fault)
    return visit.go(f"/c/{visit.connection}/conflicts", told)


def _about_books(asked: Form) -> bool:
    return asked["do"].partition(":")[0] in _WITH_BOOKS


def _look_at(visit: Visit, asked: Form) -> dict[str, Any]:
    """What a choice would do, by the values of this moment; `fields` carry it on, with a `seal` of what is shown.

    Raises:
        InvalidInput: `bad_form`. NotFound: `conflict_not_found`, `target_not_found`. Refused: `conflict_settled`,
        `not_permitted` (U9). What the books say when they are asked.
    """
    do = asked["do"]
    action, _, keep = do.partition(":")
    if action == "remove" and not visit.removes:
        raise Refused(f"{visit.caller.name} may not delete from the queue in {visit.company}.", code="not_permitted",
                      fix="Ask an administrator for the right to.")  # fmt: skip
    found = visit.hub.conflict(visit.connection, _number(asked["conflict"]))
    if do not in DOES or action not in found["ways"] or (action == "rename" and not asked["name"]):
        raise InvalidInput("This form asks for nothing the hub knows.", code="bad_form", fix="Load the page again.")
    fields = {"conflict": str(found["id"]), "do": do}
    target: dict[str, Any] | None = None
    kept, undecided = [], []
    if action in _WITH_BOOKS:
        target = _target(visit, found, "" if action == "choose" else asked["remote_id"])
        fields["remote_id"] = target["remote_id"]
        if action != "proxy":
            sides = {each["field"]: keep or asked[f"field:{each['field']}"] for each in _clashes(found)}
            undecided = [name for name, side in sides.items() if side not in ("source", "books")]
            kept = _kept(visit, found, target, sides)
    if action == "choose":
        fields |= {f"field:{each['field']}": each["side"] for each in kept}
    if action == "rename":
        fields["name"] = asked["name"]
    shown = json.dumps([fields, found["title"], target and target["name"], kept], sort_keys=True, default=str)
    fields["seal"] = hashlib.sha256(shown.encode()).hexdigest()
    verb, meaning = FOUND_BY_HAND if found["kind"] == "check_by_hand" and action == "link" else DOES[do]
    return {"do": do, "verb": verb, "meaning": meaning, "found": found, "target": target, "kept": kept,
            "undecided": undecided, "ready": not undecided and (action != "choose" or bool(kept)), "fields": fields,
            "name": fields.get("name", "")}  # fmt: skip


def _clashes(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    clashes: list[dict[str, Any]] = found["details"].get("clashes", [])
    return clashes


def _target(visit: Visit, found: Mapping[str, Any], chosen: str) -> dict[str, Any]:
    """The object in the books, as they hold it now: the one that was `chosen`, or else that of the conflict."""
    remote_id = chosen or found["remote_id"]
    if not remote_id:
        raise InvalidInput("It is not said which one in the books.", code="bad_form", fix="Look for it in the books.")
    for one in visit.hub.look_in_books(visit.connection, found["type"], remote_id):
        if one["remote_id"] == remote_id:
            return one
    raise NotFound(
        f"The books hold no {spoken(found['type'])} {remote_id} any more.", code="target_not_found",
        fix="Look for it in the books again.",
    )  # fmt: skip


def _kept(
    visit: Visit, found: Mapping[str, Any], target: Mapping[str, Any], sides: Mapping[str, str]
) -> list[dict[str, Any]]:
    """For each field whose side is chosen: the value that it gets, and the one that is given up."""
    ours = visit.hub.show(visit.company, found["type"], found["source_id"], history=False)["data"]
    kept = []
    for clash in _clashes(found):
        name, side = clash["field"], sides[clash["field"]]
        theirs = clash["books"] if target["data"] is None else target["data"].get(name)
        if side == "source":
            kept.append({"field": name, "side": side, "value": ours.get(name), "lost": theirs})
        elif side == "books":
            kept.append({"field": name, "side": side, "value": theirs, "lost": ours.get(name)})
    return kept


def _second_look(visit: Visit, look: Mapping[str, Any], *, changed: bool = False, reason: str = "") -> Response:
    here = f"/c/{visit.connection}/conflicts"
    status = 409 if changed else 200
    return visit.page("conflict_confirm.html", status, here=here, changed=changed, reason=reason, **look)


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
        name=sent.get("name") if action == "rename" else None, remote_id=sent.get("remote_id"), reason=why,
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
