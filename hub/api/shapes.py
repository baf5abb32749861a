"""The shapes of answers, as the description of the interface shows them; those of what is sent are in `inputs`.

Answers are not validated against them on the way out; tests and schemathesis do that.
"""

from __future__ import annotations

import re
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

Item = TypeVar("Item")


class Shape(BaseModel):
    """What is answered; more may be added to it."""

    model_config = ConfigDict(extra="allow")


class Problem(Shape):
    """Why a call was not carried out, and what to do (RFC 9457)."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "type": "about:blank", "title": "Refused by a rule", "status": 409,
                "detail": "The document is in the books.", "code": "undo_first",
                "fix": "Undo its sync first, or detach it.", "details": {},
            }
        }
    )  # fmt: skip
    type: str
    title: str
    status: int
    detail: str
    code: str = Field(description="the word for programs")
    fix: str
    details: dict[str, Any]


class Listed(Shape, Generic[Item]):
    """A page of a list; `next` goes into `after` for the next one."""

    items: list[Item]
    next: str | None
    total: int


class Fault(Shape):
    """An error as it is kept with a request."""

    class_: str = Field(alias="class")
    code: str
    message: str
    fix: str


class Company(Shape):
    """A company."""

    id: str
    name: str


class Books(Shape):
    """Who the books say they are."""

    id: str
    name: str | None
    closing_date: str | None


class Connection(Shape):
    """A company's way to one set of books."""

    connection: str
    company: str
    name: str
    adapter: str
    state: Literal["active", "paused", "unavailable"]
    reason: str | None
    books: Books | None


class Missing(Shape):
    """What is missing in the books."""

    code: str
    message: str
    fix: str


class Connected(Connection):
    """A connection that was just made."""

    queued: int
    missing: list[Missing]


class Adapter(Shape):
    """An installed adapter."""

    name: str
    title: str | None
    version: str | None
    status: str
    reason: str | None
    fix: str | None
    capabilities: dict[str, Any] | None
    settings: dict[str, str | None] | None


class Sync(Shape):
    """How a record stands on one connection."""

    connection: str
    state: Literal[
        "not_queued", "waiting", "sending", "synced", "needs_attention", "check_by_hand", "held", "prevented",
        "proxied", "diverged", "excluded",
    ]  # fmt: skip
    remote_id: str | None
    operation: str | None
    error: Fault | None
    proxy: dict[str, Any] | None
    waits_for: str | None
    url: str | None


class Record(Shape):
    """A record and how it stands on each connection; entities have a `name`, transactions a `number`."""

    company: str
    type: str
    source_id: str
    name: str | None = None
    number: str | None = None
    status: str | None
    fully_recorded: bool
    prevented: bool
    deleted: bool
    data: dict[str, Any]
    revision: int
    sync: list[Sync]


class Allowed(Record):
    """A record that may sync again."""

    queued: list[str]


class Saved(Shape):
    """What became of one record of a batch."""

    type: str
    source_id: str
    outcome: Literal["created", "updated", "unchanged", "refused"]
    error: dict[str, Any] | None


class Batch(Shape):
    """What became of each record, in the order they were sent."""

    results: list[Saved]
    totals: dict[str, int]


class Request(Shape):
    """A pending sync request."""

    id: int
    connection: str
    type: str
    source_id: str
    title: str
    operation: Literal["create", "update", "delete"]
    origin: Literal["saved", "deleted", "undo"]
    state: Literal["waiting", "locked", "held", "unknown"]
    reason: str | None
    waits_for: str | None
    attempts: int
    error: Fault | None
    amount: str | None
    currency: str | None
    queued_at: str
    job: int | None


class Removed(Shape):
    """A request that was taken out of the queue."""

    id: int
    type: str
    source_id: str
    operation: str
    reopened: bool


class Held(Shape):
    """How many requests are held now."""

    held: int


class Released(Shape):
    """How many requests may go on."""

    released: int


class Refusal(Shape):
    """A request that a rule kept from an action."""

    id: int
    type: str
    source_id: str
    title: str
    operation: str
    code: str
    message: str
    fix: str


class Done(Shape):
    """An action on many requests: how many it was done to, and why not to the others."""

    done: int
    refused: list[Refusal]
    refused_total: int


class Job(Shape):
    """A sync job."""

    id: int
    connection: str
    trigger: Literal["manual", "schedule", "api"]
    requested_by: str | None = Field(description="a user's name, `key` and a key's name, or `hub`")
    state: Literal["queued", "exporting", "importing", "completed", "completed_with_errors", "failed", "cancelled"]
    message: str | None
    plan: int | None
    totals: dict[str, int]
    created_at: str
    started_at: str | None
    finished_at: str | None


class Result(Shape):
    """What became of one request in a job."""

    psr: int
    type: str
    source_id: str
    title: str
    operation: str
    outcome: str
    remote_id: str | None
    how: str | None
    reason: str | None
    error: Fault | None


class Plan(Shape):
    """What the next job would send."""

    id: int
    connection: str
    created_at: str
    created_by: str
    digest: str
    totals: dict[str, int]
    amounts: list[dict[str, Any]]
    items: list[dict[str, Any]]
    next: None
    total: int
    unsent: dict[str, Any]
    notes: list[str]


class Conflict(Shape):
    """Where the two sides disagree, what it blocks, and the ways out."""

    id: int
    connection: str
    kind: Literal["duplicate_name", "both_changed", "several_matches", "check_by_hand"]
    type: str
    source_id: str
    title: str
    message: str
    remote_id: str | None
    details: dict[str, Any]
    blocks: list[dict[str, Any]]
    ways: list[Literal["rename", "link", "choose", "proxy", "remove", "release"]]
    actions: list[str]
    opened_at: str


class Schedule(Shape):
    """When jobs run by themselves; all null when they do not."""

    connection: str
    kind: Literal["every", "cron"] | None
    expression: str | None
    timezone: str | None
    jitter: int | None
    next_run: str | None


class Statement(Shape):
    """A reconciliation statement (docs/reconciliation.md)."""

    connection: str
    agrees: bool
    adds_up: bool
    complete: bool
    digest: str
    items: list[dict[str, Any]]
    notes: list[str]


class Settings(Shape):
    """A policy: what syncs and when, by type (docs/settings.md)."""


_PLACE = "#/components/schemas/{model}"
_used: dict[str, type[BaseModel]] = {}


def reference(shape: type[BaseModel]) -> dict[str, Any]:
    """Where the description of the interface tells this shape."""
    name = re.sub(r"\W+", "_", shape.__name__).strip("_")
    _used[name] = shape
    return {"$ref": _PLACE.format(model=name)}


def components() -> dict[str, Any]:
    """Every shape that was referred to, and those they consist of."""
    found: dict[str, Any] = {}
    reference(Problem)
    for name, shape in _used.items():
        schema = shape.model_json_schema(ref_template=_PLACE)
        found |= schema.pop("$defs", {})
        found[name] = schema
    return found
