"""The demo's company, with something of every kind, and more records than a minute of batches holds."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from hub.app import Hub, open_hub
from hub.demo.records import make_records

pytestmark = pytest.mark.slow
SETTINGS = {
    "time_scale": "100",
    "own_numbers": "switch_on",
    "accounts": "Sales=Sales of Product Income",
    "expense_account": "Cost of Goods Sold",
    "asset_account": "Inventory Asset",
    "adjustment_account": "Inventory Shrinkage",
    "deposit_account": "Checking",
}
STOCK: list[dict[str, Any]] = [
    {"type": "item", "source_id": "BOLT", "name": "Bolt", "kind": "inventory", "income_account": "Sales"},
    {"type": "adjustment", "source_id": "AD-1", "status": "closed", "date": "2026-03-02", "currency": "EUR",
     "lines": [{"item": "BOLT", "quantity": "12", "amount": "0.00"}]},
    {"type": "work_order", "source_id": "WO-1", "status": "finished", "date": "2026-03-03", "currency": "EUR",
     "lines": [{"account": "Work in Process", "quantity": "1", "unit_price": "30.00"}]},
    {"type": "value_adjustment", "source_id": "VA-1", "status": "closed", "date": "2026-03-04", "currency": "EUR",
     "lines": [{"account": "Inventory Asset", "quantity": "1", "unit_price": "-4.20"}]},
]  # fmt: skip


def connected(hub: Hub, company: str, url: str, **more: str) -> str:
    hub.add_company(company)
    made = hub.connect(company, "quickbooks", settings={**SETTINGS, "sandbox_url": url, **more})
    return str(made["connection"])


def test_everything_the_demo_company_has_is_posted_to_the_cent_and_only_once(serve, tmp_path: Path) -> None:
    books = serve("--currency", "EUR")
    with open_hub(f"sqlite:///{tmp_path / 'hub.db'}") as hub:
        connection = connected(hub, "demo", books.url)
        records = [*make_records(), *STOCK]
        assert not [each.error for each in hub.put_many("demo", records) if each.error]
        job = hub.sync(connection)
        assert (job["state"], job["totals"]["applied"]) == ("completed", len(records) - 12)  # 12 are not shipped
        statement = hub.reconcile(connection)
        assert (statement["agrees"], statement["exceptions"]) == (True, 0)
        posted = {row["type"]: row["books"]["matched"]["count"] for row in statement["totals"]}
        assert posted == {
            "ship_doc": 224, "receiver": 40, "customer_return": 16, "vendor_return": 8, "payment": 90, "adjustment": 1,
            "work_order": 1, "value_adjustment": 1,
        }  # fmt: skip
        again = hub.sync(connection)
        assert (again["state"], again["totals"]["applied"]) == ("completed", 0)
    assert {status for _, status in books.asked()} == {200, 302}
    paid = {each["Id"]: Decimal(each["Balance"]) for each in books.held("Invoice")}
    assert sum(1 for balance in paid.values() if balance == 0) > 40


def test_more_than_a_minute_of_batches_saturates_the_limit_without_a_429(serve, tmp_path: Path) -> None:
    books = serve()
    with open_hub(f"sqlite:///{tmp_path / 'hub.db'}") as hub:
        connection = connected(hub, "many", books.url)
        customers = [{"type": "customer", "source_id": f"C{at}", "name": f"C {at}"} for at in range(3600)]
        assert not [each.error for each in hub.put_many("many", customers) if each.error]
        job = hub.sync(connection)
    assert (job["state"], job["totals"]["applied"]) == ("completed", 3600)
    (company,) = books.control("companies")["companies"]
    assert company["refused"] == 0
    assert job["calls"]["batch"] == 120
