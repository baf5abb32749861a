"""What is synced and when, as data: the shipped table of record types, and overrides per connection (spec §2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from enum import StrEnum
from typing import Any, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from hub.errors import InvalidInput
from hub.model.entities import Item
from hub.model.fields import Day, Status
from hub.model.types import RecordType

Words = frozenset[str]


class Direction(StrEnum):
    """Which way an entity type travels on a connection."""

    BOTH = "both"
    EXPORT = "export"
    IMPORT = "import"
    OFF = "off"


class Winner(StrEnum):
    """Whose value wins when both sides changed one field (rule C5)."""

    SOURCE = "source"
    BOOKS = "books"
    ASK = "ask"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class EntityPolicy(_Frozen):
    """How one entity type travels. `import_new`: create a record here for one met only in the books (rule C8)."""

    direction: Direction = Direction.BOTH
    import_new: bool = True
    exclude_kinds: Words = frozenset()


class TransactionPolicy(_Frozen):
    """When one transaction type queues and what may be done to it afterwards."""

    posts_as: str
    default_status: Status
    trigger_statuses: frozenset[Status]
    undo: bool = True
    on_edit: Literal["update", "require_undo"] = "update"
    direction: Literal[Direction.EXPORT, Direction.OFF] = Direction.EXPORT

    @model_validator(mode="after")
    def _re_opens(self) -> Self:
        if self.default_status in self.trigger_statuses:
            raise ValueError(
                "the default status must not be one of the trigger statuses, or nothing could be re-opened"
            )
        return self


def _posts(posts_as: str, default: str, triggers: str, **more: Any) -> TransactionPolicy:
    return TransactionPolicy(
        posts_as=posts_as, default_status=default, trigger_statuses=frozenset(triggers.split()), **more
    )


_books_are_master = EntityPolicy(direction=Direction.IMPORT)


class Policy(_Frozen):
    """One connection's policy; every field has the shipped default."""

    customer: EntityPolicy = EntityPolicy()
    vendor: EntityPolicy = EntityPolicy()
    item: EntityPolicy = EntityPolicy()
    account: EntityPolicy = _books_are_master
    term: EntityPolicy = _books_are_master
    tax_code: EntityPolicy = _books_are_master
    payment_method: EntityPolicy = EntityPolicy()
    class_: EntityPolicy = Field(default=EntityPolicy(), alias="class")
    employee: EntityPolicy = EntityPolicy()

    ship_doc: TransactionPolicy = _posts("invoice", "processing", "shipped closed")
    receiver: TransactionPolicy = _posts("bill", "open", "received closed")
    customer_return: TransactionPolicy = _posts("credit_note", "open", "received closed")
    vendor_return: TransactionPolicy = _posts("vendor_credit", "open", "shipped closed")
    payment: TransactionPolicy = _posts("payment", "entered", "recorded", undo=False)
    refund: TransactionPolicy = _posts("refund", "entered", "recorded", undo=False)
    adjustment: TransactionPolicy = _posts("inventory_adjustment", "open", "closed")
    work_order: TransactionPolicy = _posts("journal", "in_production", "finished closed")
    value_adjustment: TransactionPolicy = _posts("journal", "open", "closed")

    conflicts: Winner = Winner.SOURCE
    hold_after: int = Field(default=5, ge=1, description="failed attempts of one error class before a request is held")
    brake_percent: int = Field(
        default=25, ge=0, le=100, description="a job may take out this share of the books' entities without asking (J8)"
    )
    brake_from: int = Field(default=10, ge=0, description="so many entities may always be taken out without asking")
    start_date: Day | None = Field(
        default=None,
        description="documents dated before it are left out, and what the books hold of them is left alone",
    )
    closing_date: Day | None = Field(
        default=None, description="documents dated on or before it are neither posted, changed nor removed (rule X8)"
    )
    default_item_proxy: str | None = Field(
        default=None, description="remote id of the item used for inventory that is not synced (rule C7)"
    )

    def of_entity(self, type: RecordType) -> EntityPolicy:
        """The policy of an entity type."""
        return getattr(self, _field(type))  # type: ignore[no-any-return]

    def of_transaction(self, type: RecordType) -> TransactionPolicy:
        """The policy of a transaction type."""
        return getattr(self, _field(type))  # type: ignore[no-any-return]

    def posts_as(self, type: RecordType) -> str:
        """What the books call it: entities keep their name, transactions post as their document kind."""
        return type.value if type.is_entity else self.of_transaction(type).posts_as


def _field(type: RecordType) -> str:
    return "class_" if type is RecordType.CLASS else type.value


_NO_DAY = "is not a day of the calendar"
_KINDS: tuple[str, ...] = get_args(Item.model_fields["kind"].annotation)
_PLAIN = {
    "extra_forbidden": "is no key of a policy",
    "date_from_datetime_parsing": _NO_DAY,
    "date_from_datetime_inexact": _NO_DAY,
    "date_parsing": _NO_DAY,
}
"""What pydantic says in words of its own, in ours."""


def lay_over(own: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """A connection's own policy with these changes laid over it; None takes a setting away, so its default comes back.

    Raises:
        InvalidInput: `invalid_policy` for a key to be taken away that no policy has, for no trigger status at all, and
            for kinds to be left out that no item has.
    """
    shipped = Policy().model_dump(mode="json", by_alias=True)
    unknown = [
        f"{name}: is no key of a policy"
        for name, value, known in _leaves(changes, shipped)
        if value is None and known is _UNKNOWN
    ]
    mute = [
        f"{name}: names no status, so nothing would ever be queued"
        for name, value, _ in _leaves(changes, shipped)
        if name.endswith(".trigger_statuses") and isinstance(value, (list, tuple, set, frozenset)) and not value
    ]
    if faults := [*unknown, *mute, *_no_kinds(changes)]:
        raise _invalid(faults, more=" To send none of them, set its direction to off." if mute else "")
    result = {**own}
    for key, value in changes.items():
        before = result.pop(key, None)
        if isinstance(value, Mapping):
            layer = {**(before if isinstance(before, Mapping) else {}), **value}
            value = {field: each for field, each in layer.items() if each is not None} or None
        if value is not None:
            result[key] = value
    return result


_UNKNOWN = object()


def _leaves(changes: Mapping[str, Any], shipped: Mapping[str, Any]) -> Iterator[tuple[str, Any, object]]:
    """Each setting with its full name, the value it is given, and what is shipped for it."""
    for key, value in changes.items():
        known = shipped.get(key, _UNKNOWN)
        if isinstance(value, Mapping):
            fields = known if isinstance(known, Mapping) else {}
            yield from ((f"{key}.{field}", each, fields.get(field, _UNKNOWN)) for field, each in value.items())
        else:
            yield key, value, known


def _no_kinds(layer: Mapping[str, Any]) -> list[str]:
    """Kinds that are to be left out and that nothing is of: left alone, a typing error would leave nothing out."""
    faults = []
    for type, rule in layer.items():
        kinds = rule.get("exclude_kinds") if isinstance(rule, Mapping) else None
        given = [kind for kind in kinds if isinstance(kind, str)] if isinstance(kinds, list | tuple | set) else []
        if given and type != RecordType.ITEM:
            faults.append(f"{type}.exclude_kinds: only items have kinds")
        elif unknown := [kind for kind in sorted(given) if kind not in _KINDS]:
            for kind in unknown:
                near = get_close_matches(kind.lower(), _KINDS, 1)
                meant = f"did you mean {near[0]}?" if near else f"there are {', '.join(_KINDS)}"
                faults.append(f"{type}.exclude_kinds: {kind[:60]!r} is no kind of item; {meant}")
    return faults


def _invalid(faults: list[str], more: str = "") -> InvalidInput:
    said = "; ".join(faults)
    return InvalidInput(
        f"This policy cannot be used: {said}{'' if said.endswith('?') else '.'}",
        code="invalid_policy",
        fix=f"Correct the settings named.{more}",
        details={"faults": faults},
    )


def make_policy(*overrides: Mapping[str, Any], stored: Mapping[str, Any] | None = None) -> Policy:
    """The shipped policy with these overrides laid over it, later ones winning field by field.

    `stored` is laid over them last. It was weighed by :func:`lay_over` when it was stored; an older hub weighed less,
    and what it let in must not keep a connection from being read, or nobody could correct it.

    Raises:
        InvalidInput: `invalid_policy`, naming every wrong key and value. A payment's undo cannot be switched on (U7).
    """
    if faults := [fault for layer in overrides for fault in _no_kinds(layer)]:
        raise _invalid(faults)
    merged: dict[str, Any] = {}
    shipped = Policy().model_dump(mode="json", by_alias=True)
    for layer in (*overrides, stored or {}):
        for key, value in layer.items():
            before = merged.get(key, shipped.get(key))
            if isinstance(value, Mapping) and isinstance(before, Mapping):
                merged[key] = {**before, **value}
            else:
                merged[key] = value
    try:
        policy = Policy.model_validate(merged)
    except ValidationError as fault:
        faults = [
            ".".join(map(str, error["loc"]))
            + ": "
            + _PLAIN.get(error["type"], error["msg"].removeprefix("Value error, "))
            for error in fault.errors()
        ]
        raise _invalid(faults) from None
    for type in (RecordType.PAYMENT, RecordType.REFUND):
        if policy.of_transaction(type).undo:
            raise InvalidInput(
                f"Undo cannot be allowed for a {type.words}.", code="invalid_policy", fix="Remove that setting."
            )
    return policy
