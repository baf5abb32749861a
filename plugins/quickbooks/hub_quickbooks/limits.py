"""What QuickBooks Online takes in a minute and at once, and the capabilities that follow from a connection's settings.

Limits: https://developer.intuit.com/app/developer/qbo/docs/learn/limits-and-throttles
"""

from __future__ import annotations

from hub.adapters import AdapterContext, Capabilities, NameRule, Removal
from hub.http import Budget, Limit, shared_budget
from hub.http.transport import CONNECT_SECONDS
from hub.model import ENTITIES, Direction, RecordType
from hub_quickbooks.settings import QuickBooksSettings

CALLS_A_MINUTE, BATCHES_A_MINUTE, CALLS_A_SECOND, AT_ONCE = 500, 40, 10, 8
BATCH, CALL = "batch", "call"

TYPES = {
    RecordType.CUSTOMER: Direction.BOTH,
    RecordType.VENDOR: Direction.BOTH,
    RecordType.ITEM: Direction.BOTH,
    RecordType.ACCOUNT: Direction.BOTH,
    RecordType.TERM: Direction.IMPORT,
    RecordType.TAX_CODE: Direction.IMPORT,
    RecordType.PAYMENT_METHOD: Direction.BOTH,
    RecordType.CLASS: Direction.BOTH,
    RecordType.EMPLOYEE: Direction.IMPORT,
    RecordType.SHIP_DOC: Direction.EXPORT,
    RecordType.RECEIVER: Direction.EXPORT,
    RecordType.CUSTOMER_RETURN: Direction.EXPORT,
    RecordType.VENDOR_RETURN: Direction.EXPORT,
    RecordType.PAYMENT: Direction.BOTH,
    RecordType.REFUND: Direction.EXPORT,
    RecordType.ADJUSTMENT: Direction.EXPORT,
    RecordType.WORK_ORDER: Direction.EXPORT,
    RecordType.VALUE_ADJUSTMENT: Direction.EXPORT,
}
PEOPLE = "names"
"""Customers, vendors and employees share one set of names."""
NAMESPACES = {type: type.value for type in TYPES if type.is_entity} | dict.fromkeys(
    (RecordType.CUSTOMER, RecordType.VENDOR, RecordType.EMPLOYEE), PEOPLE
)


def budget_of(settings: QuickBooksSettings, realm: str, context: AdapterContext) -> Budget:
    """The company's budget, the same one for every adapter instance of this process."""
    faster = settings.time_scale
    limits = (
        Limit(calls=CALLS_A_MINUTE, seconds=60 / faster, grace=1),
        Limit(calls=BATCHES_A_MINUTE, seconds=60 / faster, grace=1, kinds=frozenset({BATCH})),
        Limit(calls=CALLS_A_SECOND, seconds=1 / faster, grace=0.1),
    )
    return shared_budget(
        (settings.api, realm, context.now, context.sleep, faster),
        lambda: Budget(limits, at_once=AT_ONCE, now=context.now, sleep=context.sleep),
    )


def capabilities(settings: QuickBooksSettings) -> Capabilities:
    """The facts the hub may rely on. With a key memory writes go one by one: a batch cannot be put together again."""
    return Capabilities(
        types=TYPES,
        batch_size=settings.batch_size,
        concurrency=settings.concurrency,
        rate_per_minute=CALLS_A_MINUTE,
        key_memory=settings.key_memory,
        settle=settings.settle,
        call_timeout=settings.read_timeout + CONNECT_SECONDS,
        markers=True,
        unmarked=ENTITIES,
        removals={type: _ways(type, settings) for type in TYPES},
        namespaces=NAMESPACES,
        name_rule=NameRule(),
        inactive_names_count=False,
        version_guard=True,
        reports_closing_date=settings.closed_with_books,
        recomputes_tax=True,
    )


def _ways(type: RecordType, settings: QuickBooksSettings) -> tuple[Removal, ...]:
    if type.is_entity:
        return (Removal.INACTIVATE,)
    if settings.removal == "void" and type in (RecordType.SHIP_DOC, RecordType.PAYMENT):
        return (Removal.VOID,)
    return (Removal.DELETE,)
