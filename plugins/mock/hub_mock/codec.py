"""From a request to what the books store, and from a stored row back to the hub's values; pure, outside any lock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from hashlib import blake2b
from typing import Any, NamedTuple

from pydantic_core import to_json

from hub.adapters import Applied, Conflict, Fault, NameRule, Outcome, Rejected, RemoteObject, Removal, Request
from hub.errors import ErrorClass
from hub.model import Document, Entity, Operation, Payment, RecordType, Ref, line_amount, read_json
from hub.model.entities import ENTITY_MODELS
from hub_mock.schema import claim_of_name, claim_of_number

ZERO = Decimal(0)
UNIQUE_NUMBERS = frozenset({"invoice", "credit_note"})
FIELDS = {type: tuple(f for f in model.model_fields if f != "custom") for type, model in ENTITY_MODELS.items()}
_NOT_KEPT = {"custom"}
_PART = "\x1f"
normalise = NameRule().normalise


class Draft(NamedTuple):
    """A request made ready for storing: everything that needs no look into the books is worked out already."""

    request: Request
    remote_id: int | None
    content: str
    digest: bytes
    refs: str = "[]"
    links: tuple[tuple[Ref, int | None], ...] = ()
    lacking: str = ""
    name: str = ""
    number: str = ""
    claim: str | None = None
    day: str | None = None
    currency: str | None = None
    total: Decimal | None = None
    stated: Decimal | None = None
    party: int | None = None
    targets: tuple[tuple[Ref, int | None, Decimal], ...] = ()

    @property
    def removes_entity(self) -> bool:
        """Whether it asks to take an entity out, which depends on who uses it."""
        return self.request.operation is Operation.DELETE and self.request.type.is_entity


@dataclass(slots=True)
class Entry:
    """An object of the books as one batch sees it; `content` is None until this batch replaces it."""

    id: int
    type: str
    posts_as: str
    version: int
    name: str
    number: str
    claim: str | None
    active: int
    deleted: int
    marker: str | None
    date: str | None
    currency: str | None
    party: int | None
    total: str | None
    settled: str
    given: str
    refs: str
    created: str
    modified: str
    seq: int | None
    content: str | None = None

    @property
    def open(self) -> Decimal:
        """What is still to be settled of a document, or to be applied of a payment."""
        return Decimal(self.total or 0) - Decimal(self.settled) - Decimal(self.given)

    @property
    def status(self) -> str:
        """The word a bookkeeper reads: active, inactive; open, partly_paid, paid, posted; deleted."""
        kind = RecordType(self.type)
        if self.deleted:
            return "deleted"
        if kind.is_entity:
            return "active" if self.active else "inactive"
        if kind in (RecordType.ADJUSTMENT, RecordType.WORK_ORDER, RecordType.VALUE_ADJUSTMENT):
            return "posted"
        left = self.open
        if left <= ZERO:
            return "paid"
        return "open" if left == Decimal(self.total or 0) else "partly_paid"


def as_id(remote_id: str) -> int | None:
    """The row of a remote id; None for a text that can be none of ours."""
    return int(remote_id) if remote_id.isascii() and remote_id.isdigit() and len(remote_id) <= 18 else None


def draft(request: Request) -> Draft:
    """Everything about a request that can be worked out without the books."""
    remote_id = None if request.remote is None else as_id(request.remote.remote_id)
    if request.operation is Operation.DELETE:
        return Draft(request, remote_id, "", _digest(request, "", ""))
    record = request.record
    linked = sorted((ref, remote.remote_id) for ref, remote in request.links.items())
    refs = to_json(linked).decode()
    ids = {ref: as_id(remote) for ref, remote in linked}
    links = tuple(ids.items())
    if isinstance(record, Entity):
        content = record.model_dump_json(by_alias=True, exclude_none=True, exclude=_NOT_KEPT)
        claim = claim_of_name(request.type, normalise(record.name))
        digest = _digest(request, content, refs)
        lacking = _lacking(((type, getattr(record, field)) for field, type in record.references.items()), ids)
        return Draft(request, remote_id, content, digest, refs, links, lacking, record.name, "", claim)
    content = record.model_dump_json(by_alias=True, exclude_none=True)
    number = record.number or ""
    unique = number and request.posts_as in UNIQUE_NUMBERS
    named = [(type, getattr(record, field)) for field, type in record.references.items()]
    party = next((ids.get(Ref(type, value)) for type, value in named if value and type in _PARTIES), None)
    stated = total = record.total
    targets: tuple[tuple[Ref, int | None, Decimal], ...] = ()
    if isinstance(record, Document):
        total = _sum(record)
        stated = stated if record.stated_total is None else record.stated_total
        named += [(RecordType.ITEM, line.item) for line in record.lines]
    if isinstance(record, Document | Payment) and record.applied_to:
        targets = tuple(
            (ref, ids.get(ref), part.amount) for part in record.applied_to for ref in (Ref(part.type, part.source_id),)
        )
    return Draft(
        request, remote_id, content, _digest(request, content, refs), refs, links, _lacking(named, ids), "", number,
        claim_of_number(request.posts_as, number) if unique else None,
        record.date.isoformat(), record.currency, total, stated, party, targets,
    )  # fmt: skip


_PARTIES = (RecordType.CUSTOMER, RecordType.VENDOR)
_MUST_BE_LINKED = frozenset({RecordType.CUSTOMER, RecordType.VENDOR, RecordType.ITEM, RecordType.EMPLOYEE})


def _lacking(named: Iterable[tuple[RecordType, str | None]], ids: Mapping[Ref, int | None]) -> str:
    """The first record that is named without a link; accounts, terms and the like may stay plain words."""
    for type, value in named:
        if value and type in _MUST_BE_LINKED and Ref(type, value) not in ids:
            return str(Ref(type, value))
    return ""


def _sum(record: Document) -> Decimal:
    """The books' own sum of the lines."""
    total = ZERO
    for line in record.lines:
        if line.unit_price is None:
            total += line.amount or ZERO
        else:
            total += line_amount(line.quantity, line.unit_price, line.discount_percent, record.currency)
    return total


def _digest(request: Request, content: str, refs: str) -> bytes:
    remote = request.remote
    where = "" if remote is None else f"{remote.remote_id}\x1f{remote.version}"
    head = f"{request.operation}\x1f{request.type}\x1f{request.posts_as}\x1f{request.source_id}\x1f{request.marker}"
    return blake2b(f"{head}\x1f{where}\x1f{content}\x1f{refs}".encode(), digest_size=16).digest()


def dump_answer(outcome: Applied | Rejected | Conflict) -> str:
    """A definite answer as it is kept with its key: a letter and its parts."""
    match outcome:
        case Applied():
            parts = ("A", outcome.remote_id, outcome.version, outcome.how or "", outcome.name)
        case Rejected(fault=fault):
            parts = ("R", fault.error, fault.code, fault.message, fault.fix)
        case Conflict():
            parts = ("C", outcome.code, outcome.remote_id or "", outcome.message, "")
    return _PART.join(parts)


def load_answer(text: str) -> Outcome:
    """The answer that :func:`dump_answer` kept."""
    kind, first, second, third, fourth = text.split(_PART)
    if kind == "A":
        return Applied(remote_id=first, version=second, how=Removal(third) if third else None, name=fourth)
    if kind == "R":
        return Rejected(fault=Fault(error=ErrorClass(first), code=second, message=third, fix=fourth))
    return Conflict(code=first, message=third, remote_id=second or None)


def data_of(entry: Entry) -> dict[str, Any]:
    """The fields the books keep, in the model's names: all of an entity's, an empty one None."""
    stored: dict[str, Any] = read_json(entry.content or "{}")
    kind = RecordType(entry.type)
    if kind.is_entity:
        return {field: stored.get(field) for field in FIELDS[kind]} | {"active": bool(entry.active)}
    return {**stored, "number": entry.number}


def remote_object(entry: Entry, applied_to: tuple[tuple[str, Decimal], ...] = ()) -> RemoteObject:
    """The object as the hub sees it."""
    return RemoteObject(
        type=RecordType(entry.type),
        remote_id=str(entry.id),
        version=str(entry.version),
        name=entry.name,
        number=entry.number,
        marker=entry.marker or "",
        active=bool(entry.active),
        deleted=bool(entry.deleted),
        data=data_of(entry),
        date=None if entry.date is None else date.fromisoformat(entry.date),
        currency=entry.currency,
        total=None if entry.total is None else Decimal(entry.total),
        party_id=None if entry.party is None else str(entry.party),
        applied_to=applied_to,
    )
