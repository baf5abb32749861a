"""Broken in amounts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from hub_mock import MockAdapter

from hub.adapters import RemoteObject, RemoteRef, Request
from hub.model import Document, Operation, RecordType, parse_record, record_data
from tests.contract.broken.making import Writing, breaks

Read = list[RemoteObject | None]


@breaks("totals_equal_the_source_to_the_cent", says="the source says .*, the books hold")
class CalculatesInFloat(Writing):
    def sent(self, request: Request) -> Request:
        if not isinstance(request.record, Document):
            return request
        return _with_amounts(request, lambda one: str(round(float(one["quantity"]) * float(one["unit_price"]), 2)))


@breaks("every_currency_keeps_its_decimals", says="the source says 1234.567, the books hold 1234.57")
class TwoDecimalsForAll(Writing):
    def sent(self, request: Request) -> Request:
        if not isinstance(request.record, Document) or request.record.currency != "KWD":
            return request
        return _with_amounts(request, lambda one: f"{Decimal(one['unit_price']):.2f}")


def _with_amounts(request, amount):
    data = record_data(request.record)
    lines = [{"item": one["item"], "amount": amount(one)} for one in data["lines"]]
    return replace(request, record=parse_record(request.type, data | {"lines": lines}))


@breaks("a_changed_document_has_its_new_total", says="the source says 0.30, the books hold 100.30")
class AddsLines(Writing):
    """Sends the lines of an update beside those that are there."""

    def sent(self, request: Request) -> Request:
        if not isinstance(request.record, Document) or request.operation is Operation.DELETE:
            return request
        kept = self.__dict__.setdefault("kept", {})
        lines = kept.get(request.source_id, ()) + request.record.lines
        kept[request.source_id] = request.record.lines
        return replace(request, record=request.record.changed(lines=lines))


@breaks("no_float_comes_back", says="total is the float")
class ReadsFloats(MockAdapter):
    def hub_read(self, refs: Sequence[RemoteRef]) -> Read:
        return [each and replace(each, total=each.total and float(each.total)) for each in super().hub_read(refs)]


@breaks("a_payment_settles_what_it_says", says="it settles")
class SettlesItAll(MockAdapter):
    """Takes the whole payment for what is applied to the first document."""

    def hub_read(self, refs: Sequence[RemoteRef]) -> Read:
        return [each and _settled(each) for each in super().hub_read(refs)]


def _settled(payment: RemoteObject) -> RemoteObject:
    if payment.type is not RecordType.PAYMENT:
        return payment
    return replace(payment, applied_to=tuple((id, payment.total) for id, _ in payment.applied_to[:1]))
