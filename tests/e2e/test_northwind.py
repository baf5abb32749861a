"""`examples/northwind.py` brings real data into the books to the cent, once, and also when it is killed on the way."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest

from hub.app import Hub, open_hub
from tests.stores import Store, query

ROOT = Path(__file__).parents[2]
FOLDER = ROOT.parent / "shared" / "data" / "northwind"
CONNECTION = "northwind/mock"
CENT = Decimal("0.01")

pytestmark = pytest.mark.skipif(
    not (FOLDER / "orders.csv").is_file(), reason=f"the Northwind files are not at hand in {FOLDER}"
)


def run(folder: Path, url: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The example in a process of its own, as a person starts it."""
    return subprocess.run(
        [sys.executable, ROOT / "examples" / "northwind.py", *(arguments or [str(FOLDER)]), "--database", url],
        capture_output=True, text=True, encoding="utf-8", timeout=300,
        env={**os.environ, **surroundings(folder), **environment},
    )  # fmt: skip


def surroundings(folder: Path) -> dict[str, str]:
    """What a person has set: where the books' files lie, and the secret key."""
    return {"PYTHONIOENCODING": "utf-8", "HUB_DATA_DIR": str(folder), "HUB_SECRET_KEY": "not so secret"}


@pytest.fixture(scope="module")
def twice(
    tmp_path_factory: pytest.TempPathFactory, databases: Store
) -> Iterator[tuple[Hub, list[subprocess.CompletedProcess[str]]]]:
    """The hub after the example ran twice, and what both runs printed."""
    folder = tmp_path_factory.mktemp("northwind")
    url = databases.url(folder, keep=True)
    runs = [run(folder, url), run(folder, url)]
    with open_hub(url, data_dir=folder) as hub:
        yield hub, runs


def rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def rounded(text: str) -> Decimal:
    return Decimal(text).quantize(CENT, ROUND_HALF_UP)


def shipped() -> dict[str, Decimal]:
    """The total of every shipped order, worked out here from the files alone."""
    totals: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows("order_details"):
        price = Decimal(row["quantity"]) * rounded(row["unit_price"]) * (1 - rounded(row["discount"]))
        totals[row["order_id"]] += price.quantize(CENT, ROUND_HALF_UP)
    return {
        row["order_id"]: totals[row["order_id"]] + rounded(row["freight"])
        for row in rows("orders")
        if row["shipped_date"]
    }


def in_books(hub: Hub, word: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = hub.adapter(CONNECTION).bookkeeper.all(word)
    return found


def invoices(hub: Hub) -> dict[str, Decimal]:
    found = in_books(hub, "invoice")
    totals = {one["number"]: Decimal(one["total"]) for one in found}
    assert len(totals) == len(found)
    return totals


def attempts(hub: Hub) -> int:
    (found,) = query(hub.database.url.render_as_string(hide_password=False), "SELECT count(*) AS many FROM attempts")
    return int(found["many"])


def test_the_books_equal_the_source_to_the_cent(twice):
    hub, runs = twice
    assert [(one.returncode, one.stderr) for one in runs] == [(0, ""), (0, "")]
    expected = shipped()
    assert len(expected) == 809
    assert invoices(hub) == expected
    assert f"{sum(expected.values()):,.2f}" in runs[0].stdout


def test_every_entity_is_in_the_books_with_its_name_and_address(twice):
    hub, _ = twice
    for word, name in {"customer": "customers", "vendor": "suppliers"}.items():
        theirs = {one["name"]: one["data"] for one in in_books(hub, word)}
        assert set(theirs) == {row["company_name"] for row in rows(name)}
        for row in rows(name):
            held = theirs[row["company_name"]]
            assert held["billing_address"].get("line1", "").split() == row["address"].split()
            assert held["billing_address"]["city"] == row["city"]
    items = {one["name"]: one["data"]["unit_price"] for one in in_books(hub, "item")}
    assert items.pop("Freight") is None
    assert {name: Decimal(price) for name, price in items.items()} == {
        row["product_name"]: rounded(row["unit_price"]) for row in rows("products")
    }


def test_freight_is_a_line_of_its_own(twice):
    hub, _ = twice
    freight = {row["order_id"]: rounded(row["freight"]) for row in rows("orders")}
    for one in in_books(hub, "invoice"):
        assert Decimal(one["data"]["lines"][-1]["amount"]) == freight[one["number"]]


def test_unshipped_orders_are_kept_here_and_not_in_the_books(twice):
    hub, _ = twice
    unshipped = [row["order_id"] for row in rows("orders") if not row["shipped_date"]]
    assert len(unshipped) == 21
    assert not set(unshipped) & set(invoices(hub))
    for number in unshipped:
        shown = hub.show("northwind", "ship_doc", number, history=False)
        assert (shown["status"], shown["sync"][0]["state"]) == ("processing", "not_queued")


def test_a_second_run_sends_nothing_and_attempts_nothing(twice):
    hub, (first, second) = twice
    assert "sync  nothing to send" in second.stdout
    assert hub.queue(CONNECTION)["total"] == 0
    assert first.stdout.splitlines()[2:] == second.stdout.splitlines()[2:]
    last, before = hub.jobs(CONNECTION)["items"][:2]
    assert (last["totals"]["applied"], before["totals"]["applied"]) == (0, attempts(hub))
    assert hub.job(last["id"])["results"] == []


@pytest.mark.parametrize("point", ["mock-before-commit:3", "mock-after-commit:11"])
def test_killed_in_the_middle_and_started_again_it_ends_in_the_same_books(tmp_path, store, twice, point):
    url = store.url(tmp_path)
    assert run(tmp_path, url, HUB_KILL_AT=point).returncode == -signal.SIGKILL
    again = run(tmp_path, url)
    assert (again.returncode, again.stderr) == (0, "")
    with open_hub(url, data_dir=tmp_path) as hub:
        assert invoices(hub) == shipped()
        for word in ("customer", "vendor", "item"):
            assert sorted(one["name"] for one in in_books(hub, word)) == sorted(
                one["name"] for one in in_books(twice[0], word)
            )
        assert hub.queue(CONNECTION)["total"] == 0


@pytest.mark.parametrize("folder", ["missing", "."])
def test_a_folder_without_the_files_is_one_sentence(tmp_path, folder):
    done = run(tmp_path, f"sqlite:///{tmp_path / 'hub.db'}", str(tmp_path / folder))
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "customers.csv" in done.stderr
    assert not (tmp_path / "hub.db").exists()
