"""The values that pass between the hub and an adapter: requests in, outcomes out; frozen, and free of any transport."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from hub.adapters.capability import Capabilities, Removal
from hub.errors import ErrorClass
from hub.model.records import Record
from hub.model.types import Operation, RecordType, Ref

CONTRACT = 1
"""Version of this contract. An adapter states the one it was written for; the hub refuses others by name."""


class NoSettings(BaseModel):
    """The settings of an adapter that has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterInfo:
    """What an adapter says of itself before any connection exists.

    Attributes:
        name: short lower-case word, the one used in `hub connect COMPANY NAME`.
        title: the accounting system's name as people write it.
        version: the plugin's own version.
        settings: pydantic model of the settings a connection takes (`--set key=value`), with descriptions.
        capabilities: the facts that hold for default settings.
        contract: version of the contract the adapter was written for.
        secrets: what a person may be asked for besides the settings, by name, with a description; kept sealed.
        not_ready: why it cannot be used yet, one sentence; empty when it can.
        fix: what to do about that.
    """

    name: str
    title: str
    version: str
    capabilities: Capabilities
    settings: type[BaseModel] = NoSettings
    contract: int = CONTRACT
    secrets: Mapping[str, str] = field(default_factory=dict)
    not_ready: str = ""
    fix: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterContext:
    """What one connection hands to its adapter instance; the adapter reaches for nothing else.

    Attributes:
        connection: `COMPANY/NAME`.
        settings: the connection's settings, an instance of the adapter's settings model.
        data_dir: a folder the adapter may keep files in (sandbox books); may not exist yet.
        now: the clock, aware UTC instants.
        sleep: waits so many seconds; only ever within a call's deadline.
        credentials: the connection's opened credentials, never to be logged.
    """

    connection: str
    settings: BaseModel
    data_dir: Path
    now: Callable[[], datetime]
    sleep: Callable[[float], None]
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Which company the books say they are (rule X7); `id` never changes, `name` may."""

    id: str
    name: str
    closing_date: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteRef:
    """An object in the books. `version` is opaque: equal means unchanged, empty means any. `name` is for people.

    `content` is what it held when the hub last wrote it (:func:`hub.adapters.content_of`), empty where nobody told: one
    of another version and the same content was not edited, and may be changed or removed as it is now.
    """

    type: RecordType
    remote_id: str
    version: str = ""
    name: str = ""
    content: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One thing to be done in the books, complete: the adapter needs no further question.

    Attributes:
        operation: create, update or delete.
        type: the record's type in the source.
        posts_as: what it becomes in the books (`invoice`, `bill`, …; an entity's own type).
        source_id: the record's id in the source.
        record: the record as it is to be in the books; for a delete, as it was last known.
        links: the remote object of every record it names, proxies already put in place.
        remote: the object to update or remove, with the version last seen; None for a create.
        key: idempotency key, 32 lower-case hex digits; one that may have taken effect is only sent with equal bytes.
        marker: short text to leave in the object, by which `hub_find` finds it again; at most 40 characters.
        deadline: after this instant nothing may be sent any more.
    """

    operation: Operation
    type: RecordType
    posts_as: str
    source_id: str
    record: Record
    key: str
    marker: str
    deadline: datetime
    links: Mapping[Ref, RemoteRef] = field(default_factory=dict)
    remote: RemoteRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Why the books refused: a class, a code, their own words, and a fix in plain words (rule C9)."""

    error: ErrorClass
    code: str
    message: str
    fix: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """Done. `how` is set for removals; `name` is what the books now call it; `content` what a document now holds."""

    remote_id: str
    version: str = ""
    how: Removal | None = None
    name: str = ""
    content: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """Refused for good as it stands; nothing happened in the books."""

    fault: Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Refused because of something else in the books: a duplicate name (rule C1) or a stale version."""

    code: str
    message: str
    remote_id: str | None = None

    DUPLICATE_NAME = "duplicate_name"
    DUPLICATE_NUMBER = "duplicate_number"
    STALE_VERSION = "stale_version"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Not taken, and surely not executed: rate limit, or books that are locked. Never counts as an attempt (Q15)."""

    until: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """Sent, and no trustworthy answer came back (rule X3). What is not surely known is this."""

    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unauthorised:
    """Surely not executed, because the books no longer accept the authorisation (rule J5). Never an attempt.

    `token`: only the token was refused, so that one fetched anew may be taken.
    """

    message: str
    token: bool = False


Outcome = Applied | Rejected | Conflict | Waiting | Unauthorised | Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteObject:
    """An object as the books hold it.

    Attributes:
        type: the hub's record type; for documents, the type asked for or the one `posts_as` belongs to.
        data: the fields the books keep, in the model's names; an emptied one is None, an unmapped one absent.
        active: False for inactive entities and voided documents.
        deleted: the books say it is gone; `data` may be empty then.
        party_id: remote id of a document's customer or vendor.
        total: a document's total.
        applied_to: for payments, (remote id of the document, amount) pairs (rule J9).
        content: for documents, what they hold in the fields that the hub writes (:func:`hub.adapters.content_of`);
            empty where a version moves only when somebody edits the document.
    """

    type: RecordType
    remote_id: str
    version: str = ""
    name: str = ""
    number: str = ""
    marker: str = ""
    active: bool = True
    deleted: bool = False
    data: Mapping[str, Any] = field(default_factory=dict)
    date: date | None = None
    currency: str | None = None
    total: Decimal | None = None
    party_id: str | None = None
    applied_to: tuple[tuple[str, Decimal], ...] = ()
    content: str = ""

    @property
    def ref(self) -> RemoteRef:
        """The reference to this object."""
        name = self.name or self.number
        return RemoteRef(
            type=self.type, remote_id=self.remote_id, version=self.version, name=name, content=self.content
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Find:
    """What to look for; every criterion that is given is looked for by itself, inactive objects included.

    `marker` finds the object a request left it in; `name` an entity by its normalised name; `number` a document.
    What a request in doubt may have made was made at `since` or later, by the hub's clock: books that cannot search for
    a marker may look through what is new. None sets no bound.
    """

    type: RecordType
    posts_as: str
    marker: str | None = None
    name: str | None = None
    number: str | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePage:
    """One page of what changed in the books, or of their documents of a period.

    Attributes:
        objects: changed entities, and payments applied to documents (rule J9); or documents (rule V1).
        cursor: where the next page starts; kept only once this page was applied (rule J7).
        more: whether another page waits right now.
        complete: False when the books may have left changes out; absence then proves nothing (rule J8).
    """

    objects: tuple[RemoteObject, ...]
    cursor: str
    more: bool = False
    complete: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoPlan:
    """How a posted document would be taken out (rule U8), or why it must not be: then `refusal` is set."""

    how: Removal | None = None
    refusal: Fault | None = None
