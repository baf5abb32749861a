"""The installed adapters."""

from __future__ import annotations

from typing import Any

from hub.api import shapes
from hub.api.answers import listed
from hub.api.caller import Known, TheHub
from hub.api.routing import Routes, told

router = Routes("adapters", prefix="/adapters")
_MOCK = {
    "name": "mock", "title": "Mock books", "version": "0.1.0", "status": "ready", "reason": None, "fix": None,
    "capabilities": {"types": {"customer": "both", "ship_doc": "export"}, "batch_size": 30},
    "settings": {"lag": "seconds after which a change shows in searches"},
}  # fmt: skip


@router.get("", summary="Adapters", openapi_extra=told(shapes.Listed[shapes.Adapter], example=listed([_MOCK])))
def adapters(hub: TheHub, who: Known) -> dict[str, Any]:
    """What each can do; one that is broken or not configured with the reason and what to do."""
    return listed(hub.describe_adapters())
