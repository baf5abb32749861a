"""The names of everything that is synced: record types, operations, and references between records."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class RecordType(StrEnum):
    """What a record is. The first nine are entities (master data), the rest transactions (documents)."""

    CUSTOMER = "customer"
    VENDOR = "vendor"
    ITEM = "item"
    ACCOUNT = "account"
    TERM = "term"
    TAX_CODE = "tax_code"
    PAYMENT_METHOD = "payment_method"
    CLASS = "class"
    EMPLOYEE = "employee"

    SHIP_DOC = "ship_doc"
    RECEIVER = "receiver"
    CUSTOMER_RETURN = "customer_return"
    VENDOR_RETURN = "vendor_return"
    PAYMENT = "payment"
    REFUND = "refund"
    ADJUSTMENT = "adjustment"
    WORK_ORDER = "work_order"
    VALUE_ADJUSTMENT = "value_adjustment"

    @property
    def is_entity(self) -> bool:
        """True for master data, which syncs both ways; False for documents, which go to the books."""
        return self in ENTITIES

    @property
    def words(self) -> str:
        """The type as a person says it: `ship doc`."""
        return self.value.replace("_", " ")


TYPES: dict[str, RecordType] = {type.value: type for type in RecordType}
"""The type of each stored name; on hot paths a lookup here costs a tenth of calling the enum."""
ENTITIES = frozenset(list(RecordType)[:9])
TRANSACTIONS = frozenset(list(RecordType)[9:])
REFERENCE_LISTS = frozenset(
    {
        RecordType.ACCOUNT,
        RecordType.TERM,
        RecordType.TAX_CODE,
        RecordType.PAYMENT_METHOD,
        RecordType.CLASS,
        RecordType.EMPLOYEE,
    }
)


class Operation(StrEnum):
    """What a pending sync request asks of the books."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


class Ref(NamedTuple):
    """A record named by type and source id, within one company."""

    type: RecordType
    source_id: str

    def __str__(self) -> str:
        return f"{self.type.words} {self.source_id}"
