"""What the demo's order system holds: the same records every time, made of the tables and a fixed seed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from hub.demo.names import CURRENCY, CUSTOMERS, FAMILIES, VENDORS
from hub.model import line_amount, round_half_up

Record = dict[str, Any]

SEED = 1_407
FIRST_DAY, DAYS = date(2026, 1, 5), 80
SHIP_DOCS, RECEIVERS, CUSTOMER_RETURNS, VENDOR_RETURNS = 236, 40, 16, 8
UNSHIPPED = 12
PAYMENTS = 90
DISCOUNTS = ("0", "0", "0", "0", "2.5", "5", "12.5")


def make_records(seed: int = SEED) -> list[Record]:
    """Customers, vendors, items, documents and payments, each with its type and source id."""
    dice = Random(seed)
    parties = [*_parties("customer", "C", CUSTOMERS, dice), *_parties("vendor", "V", VENDORS, dice)]
    items = list(_items())
    sold = [_ship_doc(dice, at, items) for at in range(SHIP_DOCS)]
    documents = [
        *sold,
        *(_purchase(dice, "receiver", "RC", at, items) for at in range(RECEIVERS)),
        *(_customer_return(dice, at, sold) for at in range(CUSTOMER_RETURNS)),
        *(_purchase(dice, "vendor_return", "VR", at, items) for at in range(VENDOR_RETURNS)),
    ]
    return [*parties, *items, *documents, *_payments(dice, sold)]


def total(record: Record) -> Decimal:
    """What a document comes to, in its currency; nothing for an entity."""
    if "amount" in record:
        return Decimal(record["amount"])
    amounts = (
        line_amount(
            Decimal(line["quantity"]), Decimal(line["unit_price"]), Decimal(line.get("discount_percent", "0")), CURRENCY
        )
        for line in record.get("lines", ())
    )
    return sum(amounts, Decimal())


def _parties(type: str, letter: str, table: tuple[tuple[str, str, str], ...], dice: Random) -> Iterator[Record]:
    for at, (name, city, country) in enumerate(table, 1):
        yield {
            "type": type,
            "source_id": f"{letter}{at:02}",
            "name": name,
            "phone": f"+00 {dice.randrange(100, 1000)} {dice.randrange(10**5, 10**6)}",
            "billing_address": {"line1": f"{dice.randrange(1, 99)} Market Street", "city": city, "country": country},
            "currency": CURRENCY,
        }


def _items() -> Iterator[Record]:
    for code, family, price, vendor, variants in FAMILIES:
        for at, (variant, times) in enumerate(variants, 1):
            yield {
                "type": "item",
                "source_id": f"{code}-{at}",
                "name": f"{family}, {variant}",
                "sku": f"{code}-{at}",
                "unit_price": str(round_half_up(Decimal(price) * Decimal(times))),
                "purchase_cost": str(round_half_up(Decimal(price) * Decimal(times) * Decimal("0.58"))),
                "income_account": "Sales",
                "vendor": f"V{vendor + 1:02}",
            }


def _ship_doc(dice: Random, at: int, items: list[Record]) -> Record:
    unshipped = at >= SHIP_DOCS - UNSHIPPED
    lines = [
        _line(item, item["unit_price"], dice.randrange(1, 25), dice.choice(DISCOUNTS))
        for item in dice.sample(items, dice.randrange(1, 7))
    ]
    return {
        "type": "ship_doc",
        "source_id": f"SD-{at + 1:04}",
        "number": f"SD-{at + 1:04}",
        "status": "processing" if unshipped else dice.choice(("shipped", "closed")),
        "date": _day(at, SHIP_DOCS),
        "customer": f"C{dice.randrange(len(CUSTOMERS)) + 1:02}",
        "currency": CURRENCY,
        "lines": lines,
    }


def _purchase(dice: Random, type: str, letters: str, at: int, items: list[Record]) -> Record:
    vendor = f"V{dice.randrange(len(VENDORS)) + 1:02}"
    theirs = [item for item in items if item["vendor"] == vendor]
    back = type == "vendor_return"
    return {
        "type": type,
        "source_id": f"{letters}-{at + 1:04}",
        "number": f"{letters}-{at + 1:04}",
        "status": "shipped" if back else "received",
        "date": _day(at, VENDOR_RETURNS if back else RECEIVERS),
        "vendor": vendor,
        "currency": CURRENCY,
        "lines": [
            _line(item, item["purchase_cost"], dice.randrange(1, 5) if back else dice.randrange(20, 200), "0")
            for item in dice.sample(theirs, dice.randrange(1, 4))
        ],
    }


def _customer_return(dice: Random, at: int, sold: list[Record]) -> Record:
    of = sold[dice.randrange(SHIP_DOCS // 2)]
    return {
        "type": "customer_return",
        "source_id": f"CR-{at + 1:04}",
        "number": f"CR-{at + 1:04}",
        "status": "received",
        "date": _day(at, CUSTOMER_RETURNS),
        "customer": of["customer"],
        "currency": CURRENCY,
        "reference": of["number"],
        "lines": [{**of["lines"][0], "quantity": "1"}],
    }


def _payments(dice: Random, sold: list[Record]) -> Iterator[Record]:
    for at, of in enumerate(
        sorted(dice.sample(sold[: SHIP_DOCS - UNSHIPPED], PAYMENTS), key=lambda doc: doc["number"])
    ):
        share = Decimal(dice.choice(("1", "1", "1", "0.5", "0.3")))
        amount = str(max(round_half_up(total(of) * share), Decimal("0.01")))
        yield {
            "type": "payment",
            "source_id": f"PM-{at + 1:04}",
            "number": f"PM-{at + 1:04}",
            "status": "recorded",
            "date": (date.fromisoformat(of["date"]) + timedelta(days=dice.randrange(1, 15))).isoformat(),
            "customer": of["customer"],
            "currency": CURRENCY,
            "amount": amount,
            "applied_to": [{"type": "ship_doc", "source_id": of["source_id"], "amount": amount}],
        }


def _line(item: Record, price: str, quantity: int, discount: str) -> Record:
    return {
        "item": item["source_id"],
        "description": item["name"],
        "quantity": str(quantity),
        "unit_price": price,
        "discount_percent": discount,
    }


def _day(at: int, of: int) -> str:
    return (FIRST_DAY + timedelta(days=at * DAYS // of)).isoformat()
