"""Webhooks: where a company wants its events sent; and what the books send, proven before it is read."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field

from hub.api.caller import Manages, TheHub
from hub.api.routing import Routes
from hub.errors import InvalidInput, Refused
from hub.threads import asks_books

router = Routes("webhooks", prefix="/companies/{company}/webhooks")
incoming = APIRouter(prefix="/webhooks", tags=["webhooks"])
Id = Annotated[int, Path(ge=1, le=2**63 - 1)]
LARGEST = 1_000_000
"""Bytes of a notification from the books."""
AT_ONCE = 8
"""Notifications whose signatures are checked at once: anybody can send them, and each costs a thread meanwhile."""


class NewWebhook(BaseModel):
    """Where to send what."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"url": "https://app.example.com/hooks/hub", "kinds": ["record_reopened"]}},
    )
    url: str = Field(max_length=2000, description="https, reached from the Internet")
    kinds: list[str] = Field(default=[], max_length=50, description="kinds of events; none: all")


class Enable(BaseModel):
    """How to go on."""

    model_config = ConfigDict(extra="forbid")
    skip: bool = Field(default=False, description="leave out what was missed, instead of sending it now")


@router.get("", summary="The webhooks of a company")
def webhooks(at: Manages) -> dict[str, Any]:
    """Each with its state (active, failing, disabled), the reason, and how many events wait for it."""
    found = at.hub.webhooks(at.company)
    return {"items": found, "next": None, "total": len(found)}


@router.post("", status_code=201, summary="Add a webhook", openapi_extra={"x-shows-secret": True})
def add(at: Manages, new: NewWebhook) -> dict[str, Any]:
    """Its `secret` is shown only in this answer; with it receivers check the signature of each message."""
    return at.hub.add_webhook(at.company, new.url, new.kinds)


@router.delete("/{id}", status_code=204, summary="Remove a webhook")
def remove(at: Manages, id: Id) -> Response:
    """Nothing is sent there any more, and its log is gone."""
    at.hub.remove_webhook(at.company, id)
    return Response(status_code=204)


@router.post("/{id}/test", summary="Send a test message")
@asks_books
def test(at: Manages, id: Id) -> dict[str, Any]:
    """A message of type `test`, at once; the answer tells whether it was taken, and what was answered."""
    return at.hub.test_webhook(at.company, id)


@router.get("/{id}/deliveries", summary="The log of deliveries")
def deliveries(at: Manages, id: Id) -> dict[str, Any]:
    """The last 200 tries, newest first."""
    found = at.hub.deliveries(at.company, id)
    return {"items": found, "next": None, "total": len(found)}


@router.post("/{id}/enable", summary="Switch a webhook on again")
def enable(at: Manages, id: Id, how: Enable | None = None) -> dict[str, Any]:
    """It goes on at once with the event that failed, and sends what it has missed, unless that is to be left out."""
    return at.hub.enable_webhook(at.company, id, skip=how.skip if how else False)


@router.post("/{id}/disable", summary="Switch a webhook off")
def disable(at: Manages, id: Id) -> dict[str, Any]:
    """Nothing is sent until it is switched on again; what happens meanwhile waits for it."""
    return at.hub.disable_webhook(at.company, id)


async def raw_body(request: Request) -> bytes:
    """The body as it came; InvalidInput `too_large` before more than may come was read."""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > LARGEST:
            raise InvalidInput(
                f"A notification has at most {LARGEST:,} bytes.", code="too_large", fix="Send fewer events at once."
            )
        parts.append(part)
    return b"".join(parts)


@incoming.post("/{adapter}", summary="A notification from the books")
async def from_the_books(
    hub: TheHub,
    request: Request,
    adapter: Annotated[str, Path(max_length=60)],
    body: Annotated[bytes, Depends(raw_body)],
) -> dict[str, Any]:
    """For the books, not for you: no API key, but the books' own signature, checked over the raw bytes.

    What it says is a hint to look into the books soon, and nothing more. So nothing is lost when too many come at once
    and some are sent away (429 `too_many_notifications`): the books send them again.
    """
    proving = request.app.state.proving
    if not proving.acquire(blocking=False):
        raise Refused(
            "Too many notifications come at once.",
            code="too_many_notifications",
            fix="Send it again in a moment.",
            details={"retry_after": 5},
        )
    try:
        await run_in_threadpool(hub.books_said, adapter, dict(request.headers), body)
    finally:
        proving.release()
    return {"heard": True}
