"""How an order system is connected to the hub: Northwind, a trading company whose order system writes CSV files.

    python examples/northwind.py DIR
    python examples/northwind.py DIR --adapter quickbooks --sandbox http://127.0.0.1:8750

It names its company and its books, hands over whatever is new or changed, and asks for a sync. All of it may be
repeated at any time: a record that did not change is not queued, and what the books have is not sent again.
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from hub.app import Hub, open_hub
from hub.errors import HubError
from hub.model import line_amount, round_half_up

Record = dict[str, Any]


QUICKBOOKS = {"accounts": "Sales=Sales of Product Income", "own_numbers": "switch_on"}
"""Northwind's word for its income account, and that its invoices keep their numbers."""


def open_connection(hub: Hub, label: str, adapter: str = "mock", sandbox: str = "", speed: str = "1") -> str:
    """The company, and its connection to books; both are made when they are new, and kept when they are not."""
    company, _, name = label.partition("/")
    if company not in [known["id"] for known in hub.companies()]:
        hub.add_company(company)
    if label in [known["connection"] for known in hub.connections(company)]:
        return label
    settings = {**QUICKBOOKS, "sandbox_url": sandbox, "time_scale": speed} if adapter == "quickbooks" else {}
    return str(hub.connect(company, adapter, name=name, settings=settings)["connection"])


def read_records(folder: Path) -> Iterator[Record]:
    """All that Northwind knows, as plain mappings with a type and a source id; the order of them does not matter."""
    for row in read(folder, "customers"):
        yield {**party(row), "type": "customer", "source_id": row["customer_id"]}
    for row in read(folder, "suppliers"):
        yield {**party(row), "type": "vendor", "source_id": row["supplier_id"]}
    for row in read(folder, "products"):
        yield product(row)
    yield {"type": "item", "source_id": "FREIGHT", "name": "Freight", "kind": "service", "income_account": "Sales"}
    lines: dict[str, list[Record]] = defaultdict(list)
    for row in read(folder, "order_details"):
        lines[row["order_id"]].append(line(row["product_id"], row["quantity"], row["unit_price"], row["discount"]))
    for row in read(folder, "orders"):
        yield order(row, [*lines[row["order_id"]], line("FREIGHT", "1", row["freight"], "0")])


def party(row: Record) -> Record:
    """A customer or a supplier. The name must be unique in the books; the source id is ours and never changes."""
    return {"name": row["company_name"], "contact_name": row["contact_name"], "phone": row["phone"], "fax": row["fax"],
            "billing_address": address(row)}  # fmt: skip


def product(row: Record) -> Record:
    """A product. `discontinued`, which the hub does not know, is kept under `custom`; it does not mean inactive."""
    return {"type": "item", "source_id": row["product_id"], "sku": row["product_id"], "name": row["product_name"],
            "description": row["quantity_per_unit"], "unit_price": money(row["unit_price"]), "income_account": "Sales",
            "vendor": row["supplier_id"], "discontinued": row["discontinued"] == "1"}  # fmt: skip


def line(item: str, quantity: str, price: str, discount: str) -> Record:
    """One line of an order. Amounts and totals may be left out; the hub checks stated ones to the cent."""
    return {"item": item, "quantity": quantity, "unit_price": money(price), "discount_percent": money(discount) * 100,
            "amount": line_amount(Decimal(quantity), money(price), money(discount) * 100, "USD")}  # fmt: skip


def order(row: Record, lines: list[Record]) -> Record:
    """An order as a ship doc. Its status decides: `shipped` queues it for the books, `processing` does not."""
    return {"type": "ship_doc", "source_id": row["order_id"], "number": row["order_id"], "customer": row["customer_id"],
            "status": "shipped" if row["shipped_date"] else "processing", "currency": "USD",
            "date": row["shipped_date"] or row["order_date"], "shipping_address": address(row, "ship_"),
            "lines": lines, "total": sum(each["amount"] for each in lines)}  # fmt: skip


def address(row: Record, prefix: str = "") -> Record:
    """A postal address. Streets of several lines were exported with a literal backslash and n between the lines."""
    street, _, more = row[f"{prefix}address"].partition("\\n")
    rest = {key: row[f"{prefix}{key}"] for key in ("city", "region", "postal_code", "country")}
    return {"line1": street, "line2": more.replace("\\n", ", "), **rest}


def money(text: str) -> Decimal:
    """What a float column meant: 9.80000019 was 9.80. The hub takes no floats, and never rounds a price by itself."""
    return round_half_up(Decimal(text), 2)


def read(folder: Path, name: str) -> Iterator[Record]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def push(hub: Hub, connection: str, records: list[Record]) -> None:
    """Hand the records over, then send what waits in the queue; what fails stays there: `hub queue CONNECTION`."""
    started = time.perf_counter()
    saved = list(hub.put_many(connection.partition("/")[0], records))
    for each in saved:
        if each.error:  # one record that is refused does not stop the others
            print(f"{each.type} {each.source_id}: {each.error.message} {each.error.fix}", file=sys.stderr)
    tell("load", Counter(each.outcome for each in saved), len(saved), time.perf_counter() - started)
    started = time.perf_counter()
    totals = hub.sync(connection)["totals"]
    tell("sync", totals, totals["applied"], time.perf_counter() - started)


def tell(what: str, counts: dict[str, int], number: int, seconds: float) -> None:
    words = ", ".join(f"{count:,} {outcome}" for outcome, count in counts.items() if count) or "nothing to send"
    print(f"{what}  {words}" + (f" in {seconds:.2f} s ({number / seconds:,.0f} a second)" if number else ""))


def compare(hub: Hub, connection: str, records: list[Record]) -> bool:
    """Print what Northwind has shipped beside what a look into the books finds; whether they agree to the cent."""
    books, agree = getattr(hub.adapter(connection), "bookkeeper", None), True
    print(f"\n{'':<10}{'Northwind':>22}{'books':>22}")
    if books is None:
        return reconcile(hub, connection, records)
    for type, word in {"customer": "customer", "vendor": "vendor", "item": "item", "ship_doc": "invoice"}.items():
        ours = [each.get("total", 0) for each in records if each["type"] == type and each.get("status") != "processing"]
        theirs = [Decimal(each["total"] or 0) for each in books.all(word)]
        print(f"{word + 's':<10}{len(ours):>7,}{sum(ours):>15,.2f}{len(theirs):>7,}{sum(theirs):>15,.2f}")
        agree = agree and (len(ours), sum(ours)) == (len(theirs), sum(theirs))
    return agree


def reconcile(hub: Hub, connection: str, records: list[Record]) -> bool:
    """The same from the hub's own statement, which reads any books, and meets document by document."""
    statement = hub.reconcile(connection)
    shipped = [each["total"] for each in records if each.get("status") == "shipped"]
    for row in statement["totals"]:
        if row["type"] == "ship_doc":
            theirs = row["books"]["total"]
            print(f"{'invoices':<10}{len(shipped):>7,}{sum(shipped):>15,.2f}"
                  f"{theirs['count']:>7,}{Decimal(theirs['amount']):>15,.2f}")  # fmt: skip
    print(f"{statement['exceptions']} of them differ or are missing on one side")
    return bool(statement["agrees"])


def main() -> int:
    """Load, sync, compare; 0 when both sides agree."""
    parser = argparse.ArgumentParser(description="Load Northwind into the hub, sync it, compare both sides.")
    parser.add_argument("folder", metavar="DIR", type=Path, help="holds customers.csv, orders.csv and the others")
    parser.add_argument("--database", metavar="URL", help="default: HUB_DATABASE_URL, else sqlite:///hub.db")
    parser.add_argument("--adapter", default="mock", help="mock, or quickbooks with a sandbox; default: mock")
    parser.add_argument("--sandbox", metavar="URL", default="", help="where `hub quickbooks sandbox` listens")
    parser.add_argument("--speed", metavar="X", default="1", help="the --speed of that sandbox")
    parser.add_argument("--connection", metavar="COMPANY/NAME", help="made when it is new; default: northwind/ADAPTER")
    given = parser.parse_args()
    label = given.connection or f"northwind/{given.adapter}"
    try:
        records = list(read_records(given.folder))
        with open_hub(given.database) as hub:
            connection = open_connection(hub, label, given.adapter, given.sandbox, given.speed)
            push(hub, connection, records)
            if compare(hub, connection, records):
                return 0
        print(f"The two sides differ. See why: hub queue {connection}", file=sys.stderr)
    except (FileNotFoundError, NotADirectoryError) as fault:
        print(f"There is no {fault.filename}. Name the folder that holds Northwind's files.", file=sys.stderr)
    except HubError as fault:
        print(f"{fault.message} {fault.fix}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
