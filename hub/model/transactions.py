"""Documents: what was shipped, received, returned, paid or adjusted. Lines always sum to the document, to the cent."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

from hub.model.fields import (
    MAX_LINES,
    Address,
    CurrencyCode,
    Day,
    Flag,
    Note,
    Part,
    Percent,
    Price,
    Quantity,
    SourceId,
    Status,
    Text,
)
from hub.model.money import LARGEST, line_amount, minor_digits, plain, round_money
from hub.model.types import RecordType

ZERO = Decimal(0)
STORED: Any = {"stored": True}
"""Validation context of records that the hub itself has validated and stored: their sums are known to be right."""


class Line(Part):
    """One line of a document. `amount`, when given, equals quantity × unit price less discount (rule X6)."""

    references: ClassVar[Mapping[str, RecordType]] = {
        "item": RecordType.ITEM,
        "account": RecordType.ACCOUNT,
        "tax_code": RecordType.TAX_CODE,
        "class_": RecordType.CLASS,
    }
    item: SourceId | None = None
    account: SourceId | None = None
    description: Note | None = None
    quantity: Quantity = Decimal(1)
    unit_price: Price | None = None
    discount_percent: Percent = ZERO
    amount: Price | None = None
    tax_code: SourceId | None = None
    class_: SourceId | None = Field(default=None, alias="class")


class Application(Part):
    """How much of a payment or credit settles which document."""

    type: Literal[RecordType.SHIP_DOC, RecordType.RECEIVER, RecordType.CUSTOMER_RETURN, RecordType.VENDOR_RETURN] = (
        RecordType.SHIP_DOC
    )
    source_id: SourceId
    amount: Annotated[Price, Field(gt=0)]


class Transaction(Part):
    """What all documents have: a status of the source's own words, a date, a currency."""

    number: Text | None = None
    status: Status
    fully_recorded: Flag = True
    date: Day
    currency: CurrencyCode = "USD"
    memo: Note | None = None

    @property
    def total(self) -> Decimal:
        """Sum of the document in its currency."""
        return ZERO


class Document(Transaction):
    """A document with lines. `total`, when the source states one, must equal the sum of the lines (rule X6)."""

    signed: ClassVar[bool] = False
    lines: Annotated[tuple[Line, ...], Field(min_length=1, max_length=MAX_LINES)]
    stated_total: Price | None = Field(default=None, alias="total")
    due_date: Day | None = None
    reference: Text | None = None
    term: SourceId | None = None
    shipping_address: Address | None = None
    applied_to: tuple[Application, ...] = ()

    @property
    def total(self) -> Decimal:
        """Sum of the lines in the document's currency."""
        return sum((line.amount or ZERO for line in self.lines), ZERO)

    @model_validator(mode="after")
    def _lines_sum(self, info: ValidationInfo) -> Self:
        if info.context is STORED:
            return self
        faults = [fault for at, line in enumerate(self.lines, 1) if (fault := self._line_fault(at, line))]
        wrong_sums = [fault for at, line in enumerate(self.lines, 1) if (fault := self._wrong_sum(at, line))]
        if faults or wrong_sums:
            why = {"why": "; ".join((faults + wrong_sums)[:20])}
            raise PydanticCustomError("lines_do_not_sum" if wrong_sums else "line", "{why}", why)
        lines = tuple(
            line
            if line.amount is not None
            else line.changed(
                amount=plain(
                    line_amount(line.quantity, line.unit_price or ZERO, line.discount_percent, self.currency), 2
                )
            )
            for line in self.lines
        )
        self.__dict__["lines"] = lines
        if abs(self.total) >= LARGEST * 10:
            raise PydanticCustomError("range", "the lines sum to more than any document can hold")
        if self.stated_total is not None and self.stated_total != self.total:
            raise PydanticCustomError(
                "lines_do_not_sum",
                "total is {total} but the lines sum to {sum}",
                {"total": str(self.stated_total), "sum": str(self.total)},
            )
        return self

    def _line_fault(self, at: int, line: Line) -> str | None:
        if not self.signed and line.quantity < 0:
            return f"line {at}: quantity must not be negative (got {line.quantity}); use a return instead"
        if line.unit_price is None and line.amount is None and not self.signed:
            return f"line {at}: needs a unit_price or an amount"
        if line.amount is not None and line.amount != round_money(line.amount, self.currency):
            most = minor_digits(self.currency)
            return f"line {at}: amount {line.amount} has more than the {most} decimals of {self.currency}"
        return None

    def _wrong_sum(self, at: int, line: Line) -> str | None:
        if line.amount is None or line.unit_price is None:
            return None
        expected = line_amount(line.quantity, line.unit_price, line.discount_percent, self.currency)
        if line.amount == expected:
            return None
        return f"line {at}: amount is {line.amount} but quantity × unit price less discount is {expected}"


class SalesDocument(Document):
    """A document with a customer: ship doc or customer return."""

    references: ClassVar[Mapping[str, RecordType]] = {"customer": RecordType.CUSTOMER, "term": RecordType.TERM}
    customer: SourceId


class PurchaseDocument(Document):
    """A document with a vendor: receiver or vendor return."""

    references: ClassVar[Mapping[str, RecordType]] = {"vendor": RecordType.VENDOR, "term": RecordType.TERM}
    vendor: SourceId


class StockDocument(Document):
    """A document within the house: adjustment, work order, value adjustment. Quantities and amounts are signed."""

    signed: ClassVar[bool] = True
    references: ClassVar[Mapping[str, RecordType]] = {"account": RecordType.ACCOUNT}
    account: SourceId | None = None


class Payment(Transaction):
    """Money that came in or went back; what it settles may not exceed it."""

    references: ClassVar[Mapping[str, RecordType]] = {
        "customer": RecordType.CUSTOMER,
        "payment_method": RecordType.PAYMENT_METHOD,
        "account": RecordType.ACCOUNT,
    }
    customer: SourceId
    amount: Annotated[Price, Field(gt=0)]
    applied_to: tuple[Application, ...] = ()
    gateway_processed: Flag = False
    payment_method: SourceId | None = None
    account: SourceId | None = None
    reference: Text | None = None

    @property
    def total(self) -> Decimal:
        """The amount paid."""
        return self.amount

    @model_validator(mode="after")
    def _applies_what_it_has(self) -> Self:
        if self.amount != round_money(self.amount, self.currency):
            raise PydanticCustomError(
                "amount", "amount has more decimals than {currency} knows", {"currency": self.currency}
            )
        applied = sum((part.amount for part in self.applied_to), ZERO)
        if applied > self.amount:
            raise PydanticCustomError(
                "lines_do_not_sum",
                "applied_to sums to {applied}, more than the amount {amount}",
                {"applied": str(applied), "amount": str(self.amount)},
            )
        return self


TRANSACTION_MODELS: dict[RecordType, type[Transaction]] = {
    RecordType.SHIP_DOC: SalesDocument,
    RecordType.RECEIVER: PurchaseDocument,
    RecordType.CUSTOMER_RETURN: SalesDocument,
    RecordType.VENDOR_RETURN: PurchaseDocument,
    RecordType.PAYMENT: Payment,
    RecordType.REFUND: Payment,
    RecordType.ADJUSTMENT: StockDocument,
    RecordType.WORK_ORDER: StockDocument,
    RecordType.VALUE_ADJUSTMENT: StockDocument,
}

BOOKKEEPING_FIELDS = frozenset({"status", "fully_recorded", "gateway_processed"})
"""Fields of the source's own working state; a change of these alone is not an edit of posted content (rule Q14)."""
