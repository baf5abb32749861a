"""Column types that lose nothing: UTC instants to the microsecond, exact amounts, JSON text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Integer
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)
_SCALE = Decimal(10_000)

BigId = BigInteger().with_variant(Integer, "sqlite")
"""64-bit row id; plain INTEGER on SQLite, where that alone counts up by itself."""


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime, kept as whole microseconds since 1970: orders and compares the same on every database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """To microseconds."""
        return None if value is None else (value - EPOCH) // TICK

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """To an aware datetime."""
        return None if value is None else EPOCH + timedelta(microseconds=value)


class Amount(TypeDecorator[Decimal]):
    """A money amount, kept as ten-thousandths: exact, and sorted as a number. No currency has a smaller unit."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        """To ten-thousandths."""
        return None if value is None else int(value * _SCALE)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        """To a Decimal."""
        return None if value is None else Decimal(value) / _SCALE
