"""Records: saved one by one or many at once, shown, deleted, and what a person decides about them."""

from __future__ import annotations

from typing import Any

from hub.api import inputs, shapes
from hub.api.bodies import Sent
from hub.api.caller import OperatesRecord, ReadsRecord, Writes, WritesRecord
from hub.api.routing import Routes, told
from hub.errors import InvalidInput
from hub.threads import asks_books

router = Routes("records", prefix="/companies/{company}")
MOST = 1000
"""Records in one batch."""
_RECORD = "/records/{type}/{source_id}"
_CUSTOMER = {"name": "Alfreds Futterkiste", "email": "a@example.com"}
_SHOWN = {
    "company": "acme-trading", "type": "customer", "source_id": "ALFKI", "name": "Alfreds Futterkiste", "status": None,
    "fully_recorded": True, "prevented": False, "deleted": False,
    "data": {"name": "Alfreds Futterkiste", "active": True, "email": "a@example.com"}, "revision": 1,
    "sync": [{"connection": "acme-trading/mock", "state": "waiting", "remote_id": None, "operation": "create",
              "error": None, "proxy": None, "waits_for": None, "reason": None, "kept_copy": None,
              "url": None}],
}  # fmt: skip
_ONE = told(shapes.Record, example=_SHOWN)


@router.post(
    "/records:batch",
    summary="Save up to 1,000 records",
    openapi_extra=told(
        shapes.Batch,
        example={"results": [{"type": "customer", "source_id": "ALFKI", "outcome": "created", "error": None}],
                 "totals": {"created": 1, "updated": 0, "unchanged": 0, "refused": 0}},
        takes=inputs.BatchInput,
        sent={"records": [{"type": "customer", "source_id": "ALFKI", **_CUSTOMER}]},
    ),
)  # fmt: skip
def save_many(at: Writes, sent: Sent) -> dict[str, Any]:
    """One result each, in their order; a faulty record never hinders the others.

    The records are saved in one transaction, save that a record that comes twice is saved twice, in turn. Sending them
    again is safe: what is there already is `unchanged`.
    """
    totals = {"created": 0, "updated": 0, "unchanged": 0, "refused": 0}
    results = []
    for one in at.hub.put_many(at.company, _many(sent)):
        totals[one.outcome] += 1
        error = one.error.as_dict() if one.error else None
        results.append(
            {"type": one.type[:30], "source_id": one.source_id[:200], "outcome": one.outcome, "error": error}
        )
    return {"results": results, "totals": totals}


def _many(sent: Any) -> list[dict[str, Any]]:
    many = sent.get("records") if isinstance(sent, dict) and sent.keys() == {"records"} else None
    if not isinstance(many, list):
        raise InvalidInput(
            "A batch is an object with the list `records`, and nothing else.",
            code="invalid_request",
            fix='Send {"records": [...]}.',
        )
    if len(many) > MOST:
        raise InvalidInput(
            f"{len(many)} records are too many for one batch.", code="too_many", fix=f"Send {MOST} at most."
        )
    wrong = next((at for at, each in enumerate(many, 1) if not isinstance(each, dict)), None)
    if wrong is not None:
        raise InvalidInput(
            f"Record {wrong} of the batch is no JSON object; nothing was saved.",
            code="invalid_record",
            fix="Send objects.",
        )
    return many


@router.get(_RECORD, summary="A record", openapi_extra=_ONE)
def show(at: ReadsRecord, history: bool = False) -> dict[str, Any]:
    """Its content, how it stands on each connection, and with `history=true` its story."""
    return at.hub.show(*at.record, history=history)


@router.put(
    _RECORD,
    summary="Create or change a record",
    openapi_extra=told(shapes.Record, example=_SHOWN, takes=inputs.RecordInput, sent=_CUSTOMER),
)
def save(at: WritesRecord, sent: Sent) -> dict[str, Any]:
    """The whole record as it is in the source now; it queues by the policy."""
    if isinstance(sent, dict) and (wrong := [name for name in ("type", "source_id") if name in sent]):
        raise InvalidInput(
            f"The address says {' and '.join(wrong)} already.", code="invalid_record", fix="Leave it out of the body."
        )
    return _without_story(at.hub.put(*at.record, sent))


@router.delete(_RECORD, summary="Delete a record", openapi_extra=_ONE)
def delete(at: WritesRecord) -> dict[str, Any]:
    """The source has deleted it: what is in the books is queued to be deleted."""
    return _without_story(at.hub.delete(*at.record))


@router.post(f"{_RECORD}/undo", summary="Undo the sync of a transaction", openapi_extra=_ONE)
def undo(at: OperatesRecord, given: inputs.Decision | None = None) -> dict[str, Any]:
    """It is re-opened, and the next job takes the books' copy out."""
    return _without_story(at.hub.undo(*at.record, **_decision(given)))


@router.post(f"{_RECORD}/prevent", summary="Keep a transaction out of the queue", openapi_extra=_ONE)
def prevent(at: OperatesRecord, given: inputs.Decision | None = None) -> dict[str, Any]:
    """Whatever its status becomes; only an open one."""
    return _without_story(at.hub.prevent(*at.record, **_decision(given)))


@router.post(
    f"{_RECORD}/allow",
    summary="Let a prevented transaction sync again",
    openapi_extra=told(shapes.Allowed, example={**_SHOWN, "queued": ["acme-trading/mock"]}),
)
def allow(at: OperatesRecord, given: inputs.Decision | None = None) -> dict[str, Any]:
    """One that stands in a trigger status queues at once; `queued` says where."""
    return _without_story(at.hub.allow(*at.record, **_decision(given)))


@router.post(f"{_RECORD}/detach", summary="Keep the books' copy and stop syncing", openapi_extra=_ONE)
def detach(at: OperatesRecord, given: inputs.Decision | None = None) -> dict[str, Any]:
    """In one step, so that no job can run in the middle of it."""
    return _without_story(at.hub.detach(*at.record, **_decision(given)))


@router.post(f"{_RECORD}/link", summary="Say which object in the books a record is", openapi_extra=_ONE)
@asks_books
def link(at: OperatesRecord, given: inputs.Link) -> dict[str, Any]:
    """By its exact name or its id there; `keep` says whose values win."""
    return _without_story(at.hub.link(*at.record, keep=given.keep, **_target(given)))


@router.put(f"{_RECORD}/proxy", summary="Post with another entity in place of this one", openapi_extra=_ONE)
@asks_books
def set_proxy(at: OperatesRecord, given: inputs.Target) -> dict[str, Any]:
    """Only for an entity that was never synced."""
    return _without_story(at.hub.set_proxy(*at.record, **_target(given)))


@router.delete(f"{_RECORD}/proxy", summary="Take the proxy away", openapi_extra=_ONE)
def clear_proxy(at: OperatesRecord, connection: inputs.Short | None = None) -> dict[str, Any]:
    """The record queues to be created."""
    return _without_story(at.hub.clear_proxy(*at.record, connection=connection))


def _decision(given: inputs.Decision | None) -> dict[str, Any]:
    return {} if given is None else {"connection": given.connection, "reason": given.reason}


def _target(given: inputs.Target) -> dict[str, Any]:
    return {**_decision(given), "name": given.name, "remote_id": given.remote_id}


def _without_story(shown: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in shown.items() if key != "history"}
