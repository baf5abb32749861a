"""Conflicts: where the two sides disagree, and how it is resolved."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Query

from hub.api import inputs, shapes
from hub.api.caller import OperatesOn, ReadsOn
from hub.api.routing import Routes, told
from hub.threads import asks_books

router = Routes("conflicts", prefix="/connections/{company}/{name}/conflicts")
_CONFLICT = {
    "id": 3, "connection": "acme-trading/mock", "kind": "duplicate_name", "type": "customer", "source_id": "ALFKI",
    "title": "Alfreds Futterkiste", "message": "This name belongs to a customer in the books (id 12) already.",
    "remote_id": "12", "details": {}, "blocks": [
        {"id": 41, "type": "customer", "source_id": "ALFKI", "title": "Alfreds Futterkiste", "operation": "create"}],
    "ways": ["rename", "link", "proxy", "remove"], "actions": ["rename it in the source: hub put … FILE"],
    "opened_at": "2026-01-05T09:00:00+00:00",
}  # fmt: skip


@router.get(
    "",
    summary="Open conflicts, oldest first",
    openapi_extra=told(shapes.Listed[shapes.Conflict], example={"items": [_CONFLICT], "next": None, "total": 1}),
)
def conflicts(
    at: ReadsOn,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
    after: Annotated[str | None, Query(max_length=200, description="`next` of the page before")] = None,
) -> dict[str, Any]:
    """Each with its cause, everything it blocks, and the `ways` that resolve it (C9)."""
    return at.hub.conflicts(at.connection, limit=limit, after=after)


@router.post("/{id}/resolve", summary="Resolve a conflict", openapi_extra=told(shapes.Record))
@asks_books
def resolve(at: OperatesOn, id: Annotated[int, Path(ge=1, le=2**63 - 1)], given: inputs.Resolution) -> dict[str, Any]:
    """By one of its `ways`; the answer is the record as it stands then."""
    shown = at.hub.resolve_conflict(
        at.connection, id, given.action, keep=given.keep, fields=given.fields, name=given.name,
        remote_id=given.remote_id, reason=given.reason,
    )  # fmt: skip
    return {key: value for key, value in shown.items() if key != "history"}
