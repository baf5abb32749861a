"""In which order requests leave: what others need goes first, and what others hang on goes last (rule J4)."""

from __future__ import annotations

from hub.model import REFERENCE_LISTS, Operation, RecordType

_CREDITS = frozenset({RecordType.CUSTOMER_RETURN, RecordType.VENDOR_RETURN})
_MONEY = frozenset({RecordType.PAYMENT, RecordType.REFUND})
_PARTIES = frozenset({RecordType.CUSTOMER, RecordType.VENDOR})

LAST = 70


def _level(type: RecordType) -> int:
    if type in REFERENCE_LISTS:
        return 1
    if type in _PARTIES:
        return 2
    if type is RecordType.ITEM:
        return 3
    if type in _CREDITS:
        return 5
    return 6 if type in _MONEY else 4


RANKS: dict[tuple[RecordType, bool], int] = {
    (type, removal): LAST + 10 * (7 - _level(type)) if removal else 10 * _level(type)
    for type in RecordType
    for removal in (False, True)
}
"""Rank by (type, whether it is a removal): writes from lists to payments, then removals the other way round."""

EARLY = LAST + 70
"""Taken off the rank of a removal that must go before all writes: it makes room for one of them."""


def rank(type: RecordType, operation: Operation) -> int:
    """The rank of a request; lower ranks are finished before higher ones begin."""
    return RANKS[type, operation is Operation.DELETE]
