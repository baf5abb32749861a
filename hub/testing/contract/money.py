"""Money (X6): the books hold the total of the source to the cent, in its currency, and no float touches it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from hub.adapters import RemoteObject
from hub.model import RecordType, minor_digits
from hub.testing.contract.asking import needs, total_of
from hub.testing.contract.bench import Bench

AWKWARD = (
    (("3", "33.33"), ("1", "0.01")),
    (("1", "0.10"), ("1", "0.20")),
    (("1.5", "0.335"), ("0.25", "0.10")),
    (("1", "1.005"), ("7", "14.285")),
    (("3", "9.99", "12.5"), ("1", "0.05", "50")),
    (("1", "9007199254.99"), ("1", "0.02")),
)
"""Lines (quantity, price, discount in percent) whose sums invite mistakes: in binary, with even rounding, in floats."""


class MoneyRules:
    """Amounts."""

    def test_totals_equal_the_source_to_the_cent(self, bench: Bench) -> None:
        """For lines that invite every usual mistake, as the books hold them and as they read back."""
        type = _with_lines(bench)
        for lines in AWKWARD:
            request = bench.create(type, lines=_lines(lines))
            made = bench.done(request)
            _same(bench, type, made.remote_id, total_of(request))

    def test_a_changed_document_has_its_new_total(self, bench: Bench) -> None:
        """The lines of an update are all the lines there are."""
        type = _with_lines(bench)
        request = bench.create(type, lines=_lines(AWKWARD[0]))
        update = bench.update(request, bench.done(request), lines=_lines(AWKWARD[1]))
        made = bench.done(update)
        _same(bench, type, made.remote_id, total_of(update))

    def test_every_currency_keeps_its_decimals(self, bench: Bench) -> None:
        """Yen have none, Kuwaiti dinars three."""
        type = _with_lines(bench)
        for currency in bench.subject.currencies:
            digits = minor_digits(currency) or 0
            price = str(Decimal(1234567).scaleb(-digits))
            request = bench.create(type, currency=currency, lines=_lines((("1", price),)))
            made = bench.done(request)
            _same(bench, type, made.remote_id, total_of(request))

    def test_no_float_comes_back(self, bench: Bench) -> None:
        """Amounts are Decimal or text, whichever hook answers."""
        type = _with_lines(bench)
        made = bench.done(bench.create(type, lines=_lines(AWKWARD[2])))
        objects = [bench.held(type, made.remote_id)]
        objects += [bench.held(each, bench.done(bench.create(each)).remote_id) for each in bench.entities]
        objects += [each for page in bench.pages("hub_changes", 100) for each in page.objects]
        for each in objects:
            floats = list(_floats({"total": each.total, "applied_to": each.applied_to, "data": each.data}))
            assert not floats, f"{each.type.words} {each.remote_id}: {', '.join(floats)}"

    def test_a_payment_settles_what_it_says(self, bench: Bench) -> None:
        """The document and the amount, each to the cent."""
        wanted = {RecordType.PAYMENT, RecordType.SHIP_DOC} <= set(bench.documents)
        needs(wanted, "it sends no payments of invoices")
        invoice = bench.create(RecordType.SHIP_DOC, lines=_lines(AWKWARD[0]))
        made = bench.done(invoice)
        bench.know(invoice, made)
        part = {"type": "ship_doc", "source_id": invoice.source_id, "amount": "33.37"}
        request = bench.create(RecordType.PAYMENT, amount="50.00", applied_to=[part])
        found = bench.held(RecordType.PAYMENT, bench.done(request).remote_id)
        assert found.total == Decimal("50.00"), f"a payment of 50.00 is held as {found.total}"
        assert found.applied_to == ((made.remote_id, Decimal("33.37")),), f"it settles {found.applied_to}"


def _with_lines(bench: Bench) -> RecordType:
    types = [type for type in bench.documents if type not in (RecordType.PAYMENT, RecordType.REFUND)]
    needs(types, "it sends no documents with lines")
    return types[0]


def _lines(lines: tuple[tuple[str, ...], ...]) -> list[dict[str, Any]]:
    return [
        {"item": "I1"} | dict(zip(("quantity", "unit_price", "discount_percent"), one, strict=False)) for one in lines
    ]


def _same(bench: Bench, type: RecordType, remote_id: str, total: Decimal) -> None:
    seen = bench.seen(type, remote_id)
    assert seen is not None, f"the {type.words} is not in the books"
    assert seen.total == total, f"the source says {total}, the books hold {seen.total}"
    found: RemoteObject = bench.held(type, remote_id)
    assert found.total == total, f"the source says {total}, hub_read reads {found.total}"


def _floats(value: Any, where: str = "") -> Iterator[str]:
    if isinstance(value, float):
        yield f"{where} is the float {value!r}"
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield from _floats(each, f"{where}.{key}".strip("."))
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _floats(each, where)
