"""What may be sent, and nothing else: the bodies of calls, checked before anything is done."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

_NO_NUL = r"^[^\x00]*$"  # no database stores one
Text = Annotated[str, StringConstraints(min_length=1, max_length=1000, pattern=_NO_NUL)]
Short = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=_NO_NUL)]
Id = Annotated[int, Field(ge=1, le=2**63 - 1)]


class Body(BaseModel):
    """What is sent: nothing but what is named here."""

    model_config = ConfigDict(extra="forbid", strict=True)


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


class NewJob(Body):
    """A job to be run; with `plan`, exactly that plan is applied or refused."""

    plan: Id | None = None


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
