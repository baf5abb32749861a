"""The field types records are made of: clean text, plain dates, exact numbers. Nothing here guesses or truncates."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    StringConstraints,
    ValidationInfo,
    model_validator,
)
from pydantic_core import PydanticCustomError

from hub.model.money import LARGEST, minor_digits, plain
from hub.model.types import RecordType

MAX_LINES = 10_000
GIVEN: Any = {"given": True}
"""The context of what a source hands in, which is looked at more closely than what the books or the store hold."""
_NUMBER = re.compile(r"\s*[+-]?\d+(\.\d+)?([eE][+-]?\d+)?\s*", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def _exact(value: object) -> Decimal:
    """The number as given, exactly; one function, because a large document has thousands of them."""
    if isinstance(value, str):
        if not _NUMBER.fullmatch(value):
            raise _NOT_A_NUMBER
        try:
            number = Decimal(value.strip())
        except InvalidOperation:  # an exponent beyond what even a Decimal holds
            raise _OUT_OF_RANGE from None
    elif isinstance(value, Decimal) and value.is_finite():
        number = value
    elif isinstance(value, int) and not isinstance(value, bool):
        number = Decimal(value)
    elif isinstance(value, float):
        raise PydanticCustomError("float", "must be a decimal string or Decimal, not a float, which cannot hold cents")
    else:
        raise _NOT_A_NUMBER
    if not -LARGEST < number < LARGEST or number != number.quantize(_FINEST):
        raise _OUT_OF_RANGE
    return number


_OUT_OF_RANGE = PydanticCustomError("range", "must be below 10^13 with at most 10 decimals")
_NOT_A_NUMBER = PydanticCustomError("number", "must be a number such as 12.50")
_FINEST = Decimal(1).scaleb(-10)


def _date(value: object) -> object:
    if isinstance(value, str) and not _DATE.fullmatch(value):
        raise PydanticCustomError("date", "must be a date written YYYY-MM-DD")
    if not isinstance(value, (str, date)):
        raise PydanticCustomError("date", "must be a date written YYYY-MM-DD")
    return value


def _currency(value: str) -> str:
    if minor_digits(value.upper()) is None:
        raise PydanticCustomError("currency", "is not an ISO 4217 currency code such as USD or EUR")
    return value.upper()


def _flag(value: object, info: ValidationInfo) -> object:
    if info.context is GIVEN and not isinstance(value, bool):
        raise PydanticCustomError("flag", "must be true or false")
    return value


@lru_cache(maxsize=8192)  # the same prices and quantities come again and again
def _known_price(value: str) -> Decimal:
    return plain(_exact(value), 2)


@lru_cache(maxsize=8192)
def _known_quantity(value: str) -> Decimal:
    return plain(_exact(value))


def _price(value: object) -> Decimal:
    return _known_price(value) if isinstance(value, str) else plain(_exact(value), 2)


def _quantity(value: object) -> Decimal:
    return _known_quantity(value) if isinstance(value, str) else plain(_exact(value))


_as_text = PlainSerializer("{:f}".format, return_type=str)  # as many decimals as it has, and never an exponent

_LINE = r"^[^\x00-\x1f\x7f\u2028\u2029]*$"
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500, pattern=_LINE)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500, pattern=_LINE)]
Flag = Annotated[bool, BeforeValidator(_flag)]
Note = Annotated[str, StringConstraints(max_length=4000, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$")]
Status = Annotated[
    str, StringConstraints(strip_whitespace=True, to_lower=True, min_length=1, max_length=60, pattern=_LINE)
]
SourceId = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=_LINE)]
Price = Annotated[Decimal, PlainValidator(_price), _as_text]
Quantity = Annotated[Decimal, PlainValidator(_quantity), _as_text]
Percent = Annotated[Decimal, PlainValidator(_quantity), Field(ge=0, le=100), _as_text]
Day = Annotated[date, BeforeValidator(_date)]
CurrencyCode = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(_currency)]


class Part(BaseModel):
    """A frozen piece of a record that keeps fields it does not know under `custom` instead of dropping them.

    `references` says which fields name other records, and of what type.
    """

    model_config = ConfigDict(frozen=True, extra="allow", validate_by_name=True, validate_by_alias=True)
    references: ClassVar[Mapping[str, RecordType]] = {}
    custom: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _unknown_fields_to_custom(self) -> Self:
        # After validation, not before: so pydantic reads JSON without building dictionaries first.
        if self.__pydantic_extra__:
            merged = {**self.custom, **self.__pydantic_extra__}
            self.__dict__["custom"] = {key: merged[key] for key in sorted(merged)}
            self.__pydantic_extra__.clear()
        return self

    def changed(self, **fields: Any) -> Self:
        """A copy with these fields replaced, unvalidated: for values that are known to be right."""
        return self.model_copy(update=fields)


class Address(Part):
    """A postal address as books print it; every part optional."""

    line1: Text | None = None
    line2: Text | None = None
    city: Text | None = None
    region: Text | None = None
    postal_code: Text | None = None
    country: Text | None = None
