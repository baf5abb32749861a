"""A made-up company of any size, as JSON-ready records: one in five a customer, the rest ship docs of two lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

ITEMS = 100


def records(count: int) -> Iterator[dict[str, Any]]:
    """`count` records; customers and items come before the documents that name them."""
    customers = max(1, count // 5)
    for number in range(customers):
        yield {
            "type": "customer",
            "source_id": f"C{number}",
            "name": f"Customer {number}",
            "email": f"customer{number}@example.com",
            "billing_address": {"line1": f"{number} Long Street", "city": "Berlin", "postal_code": "10115"},
        }
    items = min(ITEMS, count - customers)
    for number in range(items):
        yield {"type": "item", "source_id": f"I{number}", "name": f"Item {number}", "unit_price": f"{number}.50"}
    for number in range(count - customers - items):
        yield {
            "type": "ship_doc",
            "source_id": f"S{number}",
            "number": f"INV-{number}",
            "status": "shipped",
            "date": f"2026-{number % 12 + 1:02}-{number % 28 + 1:02}",
            "customer": f"C{number % customers}",
            "lines": [
                {"item": f"I{(number + at) % items}", "quantity": at + 1, "unit_price": f"{number % 90}.25"}
                for at in (0, 1)
            ],
        }
