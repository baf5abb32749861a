"""What a person may do to a record now; for each action that is refused why, and the way that is open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hub.conflicts import Kind
from hub.errors import Refused
from hub.model import RecordType
from hub.queue import Actor, Core, Lane, Pending, Standing, State, touchable
from hub.records import weigh
from hub.records.act import Act
from hub.records.rows import get_row


def possible_actions(core: Core, company: str, type: RecordType, source_id: str, actor: Actor) -> dict[str, Any]:
    """Each action is None where it is open, else the refusal: `code`, `message`, `fix`.

    `connections` holds those that concern one connection, and its requests with their removal and release.
    """
    with core.database.read() as db:
        act = Act(core, db, get_row(db, company, type, source_id), actor, None)
        return {
            "undo": _asked(lambda: weigh.undo(act)),
            "prevent": _asked(lambda: weigh.prevent(act)),
            "allow": _asked(lambda: weigh.allow(act)),
            "detach": _asked(lambda: weigh.detach(act)),
            "connections": [_on(act, lane, act.standing[lane.id]) for lane in act.lanes],
        }


def _on(act: Act, lane: Lane, at: Standing) -> dict[str, Any]:
    return {
        "connection": lane.label,
        "requests": [_request(act, lane, request) for request in weigh.waiting(at)],
        "link": _asked(lambda: _link(act, at)),
        "proxy": _asked(lambda: _proxy(act, at)),
        "unproxy": _asked(lambda: _unproxy(at)),
    }


def _request(act: Act, lane: Lane, request: Pending) -> dict[str, Any]:
    return {
        "id": request.id,
        "operation": request.operation.value,
        "state": request.state.value,
        "remove": _asked(lambda: weigh.removal(act, lane, request)),
        "release": None if request.state is State.HELD or _by_hand(request) else _NOT_HELD,
    }


def _link(act: Act, at: Standing) -> None:
    for request in (at.writing, at.removing):
        if request and not _by_hand(at.writing):
            touchable(request)
    act.alive()
    if at.linked:
        raise Refused("This record is linked to its copy in the books.", code="already_linked", fix="Nothing to link.")
    if not (act.type.is_entity or _by_hand(at.writing)):
        raise Refused(
            "Only a document whose fate in the books is unknown can be linked by hand.",
            code="not_unknown",
            fix="Leave it to the next sync.",
        )


def _proxy(act: Act, at: Standing) -> None:
    if not act.type.is_entity:
        raise Refused("Only master data can have a proxy.", code="not_an_entity", fix="Prevent its sync instead.")
    act.alive()
    for request in (at.writing, at.removing):
        if request:
            touchable(request)
    if at.linked:
        raise Refused(
            f"The {act.type.words} is in the books itself.",
            code="proxy_on_synced_record",
            fix="Only a record that was never synced can be posted with another.",
        )


def _unproxy(at: Standing) -> None:
    if not at.proxied:
        raise Refused("It has no proxy on this connection.", code="not_proxied", fix="Nothing needs to be done.")


def _by_hand(request: Pending | None) -> bool:
    return bool(request and request.state is State.UNKNOWN and request.error_code == Kind.CHECK_BY_HAND)


def _asked(weighed: Callable[[], object]) -> dict[str, str] | None:
    try:
        weighed()
    except Refused as refusal:
        return {"code": refusal.code, "message": refusal.message, "fix": refusal.fix}
    return None


_NOT_HELD = {"code": "not_held", "message": "It is not held.", "fix": "Nothing needs to be released."}
