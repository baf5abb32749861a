"""What a connection does by itself: its schedule, and its policy."""

from __future__ import annotations

from typing import Any

from hub.api import inputs, shapes
from hub.api.bodies import SentObject, plain
from hub.api.caller import ManagesOn, ReadsOn
from hub.api.routing import Routes, told
from hub.threads import asks_books

router = Routes("settings", prefix="/connections/{company}/{name}")
_SCHEDULE = {
    "connection": "acme-trading/mock", "kind": "cron", "expression": "*/15 * * * mon-fri", "timezone": "Europe/Berlin",
    "jitter": 0, "next_run": "2026-01-05T09:15:00+01:00",
}  # fmt: skip
_POLICY = {"conflicts": "ask", "ship_doc": {"trigger_statuses": ["shipped"]}}


@router.get("/schedule", summary="When jobs run by themselves", openapi_extra=told(shapes.Schedule, example=_SCHEDULE))
def schedule(at: ReadsOn) -> dict[str, Any]:
    """All fields are null while there is no schedule."""
    return _described(at.connection, at.hub.schedule(at.connection))


@router.put("/schedule", summary="Set the schedule", openapi_extra=told(shapes.Schedule, example=_SCHEDULE))
def set_schedule(at: ManagesOn, given: inputs.NewSchedule) -> dict[str, Any]:
    """Exactly one of `every`, `cron` and `off`."""
    return _described(at.connection, at.hub.set_schedule(at.connection, **given.model_dump()))


@router.get("/policy", summary="What syncs, and when", openapi_extra=told(shapes.Settings, example=_POLICY))
def policy(at: ReadsOn) -> dict[str, Any]:
    """The policy in force, every setting spelled out."""
    return at.hub.policy(at.connection)


@router.put(
    "/policy",
    summary="Change the policy",
    openapi_extra=told(shapes.Settings, example=_POLICY, takes=shapes.Settings, sent=_POLICY),
)
@asks_books.when(lambda sent, **_: bool(sent.get("default_item_proxy")))
def set_policy(at: ManagesOn, sent: SentObject) -> dict[str, Any]:
    """What is named is changed, what is not named stays, null takes one away; the answer is the policy then."""
    return at.hub.set_policy(at.connection, plain(sent))


def _described(connection: str, found: dict[str, Any] | None) -> dict[str, Any]:
    nothing = dict.fromkeys(("kind", "expression", "timezone", "jitter", "next_run"))
    return {"connection": connection, **(found or nothing)}
