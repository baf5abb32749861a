"""What is synced, as pure values: records, their policy, money, and the differences between two versions."""

from hub.model.differences import Clash, FieldChange, Merge, differences, field_changes, merge
from hub.model.entities import Account, Customer, Entity, Item, Listed, Party, Vendor
from hub.model.fields import Address
from hub.model.money import line_amount, minor_digits, round_half_up, round_money
from hub.model.period import ALWAYS, Period
from hub.model.policy import Direction, Policy, Winner, lay_over, make_policy
from hub.model.records import (
    Record,
    dump_record,
    kept_as_custom,
    load_record,
    parse_record,
    parse_type,
    posted_digest,
    read_json,
    record_data,
    references,
)
from hub.model.transactions import (
    Application,
    Document,
    Line,
    Payment,
    PurchaseDocument,
    SalesDocument,
    StockDocument,
    Transaction,
)
from hub.model.types import ENTITIES, REFERENCE_LISTS, TRANSACTIONS, Operation, RecordType, Ref

__all__ = [
    "ALWAYS", "ENTITIES", "REFERENCE_LISTS", "TRANSACTIONS", "Account", "Address", "Application", "Clash", "Customer",
    "Direction", "Document", "Entity", "FieldChange", "Item", "Line", "Listed", "Merge", "Operation", "Party",
    "Payment", "Period", "Policy", "PurchaseDocument", "Record", "RecordType", "Ref", "SalesDocument",
    "StockDocument", "Transaction", "Vendor", "Winner", "differences", "dump_record", "field_changes",
    "kept_as_custom", "lay_over", "line_amount", "load_record", "make_policy", "merge", "minor_digits",
    "parse_record", "parse_type", "posted_digest", "read_json", "record_data", "references", "round_half_up",
    "round_money",
]  # fmt: skip
