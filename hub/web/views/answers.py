"""What a page answers when the hub refuses: which status a fault has."""

from __future__ import annotations

from hub.errors import HubError, NotFound, Refused


def status_of(fault: HubError) -> int:
    """The HTTP status that tells what kind of fault it is."""
    if fault.code == "not_permitted":
        return 403
    if isinstance(fault, NotFound):
        return 404
    return 409 if isinstance(fault, Refused) else 422
