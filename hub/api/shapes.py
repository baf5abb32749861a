"""The shapes of answers and bodies, as the description of the interface shows them.

Answers are not validated against them on the way out; tests and schemathesis do that.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

_NO_NUL = r"^[^\x00]*$"  # no database stores one
Text = Annotated[str, StringConstraints(min_length=1, max_length=1000, pattern=_NO_NUL)]
Short = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=_NO_NUL)]
Item = TypeVar("Item")
Id = Annotated[int, Field(ge=1, le=2**63 - 1)]


class Body(BaseModel):
    """What is sent: nothing but what is named here."""

    model_config = ConfigDict(extra="forbid", strict=True)


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


class RecordInput(BaseModel):
    """A record as the source has it; what else it holds depends on its type (docs/records.md)."""

    model_config = ConfigDict(extra="allow")
    custom: dict[str, Any] | None = None


class BatchRecord(RecordInput):
    """One of many, with its type and source id; what is wrong with one is told in its result."""

    type: Any = Field(default=None, description="required")
    source_id: Any = Field(default=None, description="required: text of 1 to 200 characters")
    custom: Any = None


class BatchInput(BaseModel):
    """Up to 1,000 records."""

    records: list[BatchRecord] = Field(max_length=1000)


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


class Reason(Body):
    """Why; it is kept in the history."""

    reason: Text | None = None


class Why(Body):
    """Why; it is kept in the history."""

    reason: Text


class Decision(Reason):
    """A decision about a record; `connection` only where the company has several."""

    connection: Short | None = None


class Target(Decision):
    """An object in the books, by its exact name or its id there."""

    name: Short | None = None
    remote_id: Short | None = None


class Link(Target):
    """Which object in the books a record is, and whose values win."""

    keep: Literal["source", "books"]


class QueueFilter(Body):
    """Which requests; what is left out does not narrow."""

    type: Short | None = None
    operation: Short | None = None
    state: Short | None = None
    error: Short | None = None
    q: Short | None = None


class Bulk(Body):
    """One action on the requests named, or on all that a filter lets through."""

    action: Literal["hold", "release", "retry", "remove"]
    ids: list[Id] | None = Field(default=None, min_length=1, max_length=10_000)
    filter: QueueFilter | None = None
    expect: int | None = Field(default=None, ge=0, description="refused when other than so many are meant")
    reason: Text | None = None


class Job(Shape):
    """A sync job."""

    id: int
    connection: str
    trigger: Literal["manual", "schedule", "api"]
    state: Literal["queued", "exporting", "importing", "completed", "completed_with_errors", "failed", "cancelled"]
    message: str | None
    plan: int | None
    totals: dict[str, int]
    created_at: str
    started_at: str | None
    finished_at: str | None


class NewJob(Body):
    """A job to be run; with `plan`, exactly that plan is applied or refused."""

    plan: Id | None = None


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


class Resolution(Body):
    """A way out of a conflict, one of its `ways`, with what that way needs."""

    action: Literal["rename", "link", "choose", "proxy", "remove", "release"]
    keep: Literal["source", "books"] | None = Field(default=None, description="link: whose values win")
    fields: dict[Short, Literal["source", "books"]] | None = Field(
        default=None, max_length=200, description="choose: for each field that both changed, whose value wins"
    )
    name: Short | None = Field(default=None, description="rename: the new name; link, proxy: the object in the books")
    remote_id: Short | None = Field(default=None, description="link, proxy: the object; default the conflict's")
    reason: Text | None = None


class Schedule(Shape):
    """When jobs run by themselves; all null when they do not."""

    connection: str
    kind: Literal["every", "cron"] | None
    expression: str | None
    timezone: str | None
    jitter: int | None
    next_run: str | None


class NewSchedule(Body):
    """One of `every` (15m, 2h), `cron` (five fields) and `off`."""

    every: Short | None = None
    cron: Short | None = None
    timezone: Short | None = None
    jitter: int = Field(default=0, ge=0, le=3600, description="seconds at most by which a run is delayed")
    off: bool = False


class NewConnection(Body):
    """A connection to make, or to renew."""

    adapter: Short
    name: Short | None = None
    settings: dict[str, Any] = Field(default_factory=dict)
    extensions: list[Short] | None = Field(default=None, max_length=20)
    credentials: dict[str, str] | None = Field(default=None, description="what the books gave you; kept sealed")


class NewCompany(Body):
    """A company to add."""

    name: Short


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
