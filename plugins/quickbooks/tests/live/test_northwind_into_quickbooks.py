"""Real data into the local QuickBooks: to the cent, in few calls, once, though answers are lost and processes die."""

from __future__ import annotations

import csv
import importlib.util
import json
import signal
import time
from collections import Counter, defaultdict
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest

from hub.app import open_hub

NORTHWIND = Path(__file__).resolve().parents[5] / "shared" / "data" / "northwind"
CENT = Decimal("0.01")

pytestmark = [
    pytest.mark.skipif(
        not (NORTHWIND / "orders.csv").is_file(), reason=f"the Northwind files are not at hand in {NORTHWIND}"
    ),
    pytest.mark.slow,
]


def rows(name: str) -> list[dict[str, str]]:
    with (NORTHWIND / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def rounded(text: str) -> Decimal:
    return Decimal(text).quantize(CENT, ROUND_HALF_UP)


def shipped() -> dict[str, Decimal]:
    """The total of every shipped order, worked out from the files alone."""
    totals: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows("order_details"):
        price = Decimal(row["quantity"]) * rounded(row["unit_price"]) * (1 - rounded(row["discount"]))
        totals[row["order_id"]] += price.quantize(CENT, ROUND_HALF_UP)
    return {
        row["order_id"]: totals[row["order_id"]] + rounded(row["freight"])
        for row in rows("orders")
        if row["shipped_date"]
    }


def are_northwinds(books: Any) -> None:
    """Each order, customer, supplier and product is there, once, to the cent, and nothing else is."""
    invoices = books.held("Invoice")
    assert Counter(each["DocNumber"] for each in invoices).most_common(1)[0][1] == 1
    assert {each["DocNumber"]: Decimal(each["TotalAmt"]) for each in invoices} == shipped()
    for entity, name, field, more in (
        ("Customer", "customers", "company_name", set()),
        ("Vendor", "suppliers", "company_name", set()),
        ("Item", "products", "product_name", {"Freight"}),
    ):
        held = [each.get("DisplayName") or each["Name"] for each in books.held(entity)]
        assert sorted(held) == sorted({row[field] for row in rows(name)} | more)


def test_northwind_is_in_quickbooks_to_the_cent_and_a_second_sync_writes_nothing(serve, person, walker) -> None:
    books = serve()
    first = person.northwind(books.url)
    assert (first.returncode, first.stderr) == (0, "")
    calls = books.asked()
    assert calls["batch", 200] <= 40
    second = person.northwind(books.url)
    assert (second.returncode, second.stderr) == (0, "")
    assert "sync  nothing to send" in second.stdout
    assert books.asked()["batch", 200] == calls["batch", 200]
    assert {status for _, status in books.asked()} == {200, 302}
    are_northwinds(books)
    sent = [(entity, body) for way, entity, body in books.bodies() if entity in walker.schema().entities]
    assert len(sent) > 2000
    assert [fault for entity, body in sent for fault in walker.faults(entity, body)] == []
    last, before = person.json("jobs", "northwind/quickbooks")["items"]
    assert before["calls"]["batch"] == calls["batch", 200]
    assert "batch" not in last["calls"]


MIX = ("drop-before:0.05@write", "drop-after:0.1@write", "error-after:0.05@write", "truncate:0.05@write",
       "html-after:0.03@write", "fault-200:0.03@write", "expire-token:0.02", "throttle:0.02")  # fmt: skip


def test_X4_under_a_mix_of_faults_nothing_is_doubled_and_nothing_lost(serve, tmp_path) -> None:
    """Without request ids: where QuickBooks honours them less can go wrong."""
    switches = [word for fault in MIX for word in ("--fault", fault)]
    numbers = ["--set", "duplicate_sales_numbers=allow"]  # so that only the hub keeps invoices from being doubled
    books = serve(*switches, *numbers, "--set", "requestid=ignored", "--seed", "7")
    northwind = _example()
    quick = {"settle": "1", "throttle_pause": "0.5", "read_timeout": "5", "batch_size": "15", "time_scale": "100"}
    records = list(northwind.read_records(NORTHWIND))
    with open_hub(f"sqlite:///{tmp_path / 'hub.db'}") as hub:
        connection = northwind.open_connection(
            hub, "northwind/quickbooks", "quickbooks", {**quick, "sandbox_url": books.url}
        )
        assert not [each.error for each in hub.put_many("northwind", records) if each.error]
        ended = []
        for _ in range(60):
            ended.append((hub.sync(connection)["state"], hub.queue(connection)["total"]))
            if not ended[-1][1]:
                break
            time.sleep(0.5)  # the books ask for pauses of that length
        assert ended[-1][1] == 0, ended
        assert hub.conflicts(connection)["total"] == 0
        assert books.control("faults")["struck"]
        books.control("faults", method="DELETE")
        statement = hub.reconcile(connection)
        assert (statement["agrees"], statement["exceptions"]) == (True, 0)
    are_northwinds(books)


@pytest.mark.parametrize("point", ["after-send:3", "inside-outcome-commit:4"])
def test_X4_killed_in_the_middle_and_started_again_it_ends_in_the_same_books(serve, person, point: str) -> None:
    books = serve("--set", "requestid=ignored", "--set", "duplicate_sales_numbers=allow")
    northwind = _example()
    given = {**northwind.QUICKBOOKS, "settle": "1", "time_scale": "100"}
    pairs = [word for key, value in given.items() for word in ("--set", f"{key}={value}")]
    lines = "\n".join(json.dumps(each, default=str) for each in northwind.read_records(NORTHWIND))
    person("company", "add", "northwind")
    assert person("connect", "northwind", "quickbooks", "--sandbox", books.url, *pairs).returncode == 0
    assert person("load", "northwind", "-", stdin=lines).returncode == 0
    assert person("sync", "northwind/quickbooks", HUB_KILL_AT=point).returncode == -signal.SIGKILL
    for _ in range(10):
        done = person("sync", "northwind/quickbooks")
        if not person.json("queue", "northwind/quickbooks")["total"]:
            break
    assert done.returncode == 0, done.stderr
    are_northwinds(books)


def _example() -> Any:
    """The example, as a module of its own."""
    path = Path(__file__).resolve().parents[4] / "examples" / "northwind.py"
    spec = importlib.util.spec_from_file_location("northwind_example", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
