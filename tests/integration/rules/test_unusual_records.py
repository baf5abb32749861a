"""Unusual and faulty records: each is carried exactly, or refused with a sentence, and nothing else is harmed."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from hub.testing.scratch import Scratch

LINE = {"quantity": "1", "unit_price": "1.00"}


@pytest.mark.parametrize(
    "name", ["Bäckerei 🥐 & Söhne", "مخبز النور", "בית קפה", "株式会社テスト", 'O\'Brien "Pub"; DROP']
)
def test_names_in_any_script_are_synced_and_read_back(scratch: Scratch, clerk: Any, name: str) -> None:
    scratch.customer(name=name)
    scratch.sync()
    assert clerk.names("customer") == [name]
    clerk.edit("customer", clerk.one("customer")["remote_id"], notes="touched")
    scratch.sync()
    assert scratch.hub.show(scratch.company, "customer", "C1")["name"] == name
    assert scratch.queue(search=name) == []


def test_letters_written_in_two_ways_are_one_name(scratch: Scratch) -> None:
    scratch.customer("C1", name="Caf\u00e9")
    scratch.customer("C2", name="Cafe\u0301")
    assert scratch.queue()[1]["error"]["code"] == "duplicate_name"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({"type": "spaceship", "source_id": "1", "name": "x"}, "unknown_type"),
        ({"type": "customer", "source_id": "", "name": "x"}, "invalid_record"),
        ({"type": "customer", "source_id": "1"}, "invalid_record"),
        ({"type": "ship_doc", "source_id": "1", "status": "shipped", "date": "2026-01-04", "lines": [LINE]},
         "invalid_record"),
        ({"type": "ship_doc", "source_id": "1", "status": "shipped", "date": "2026-01-04", "customer": "C1",
          "lines": [{**LINE, "quantity": "-1"}]}, "invalid_record"),
        ({"type": "ship_doc", "source_id": "1", "status": "shipped", "date": "2026-01-04", "customer": "C1",
          "lines": [{**LINE, "amount": "2.00"}]}, "lines_do_not_sum"),
        ({"type": "ship_doc", "source_id": "1", "status": "shipped", "date": "2026-01-04", "customer": "C1",
          "lines": [{**LINE, "colour": "\ud800"}]}, "invalid_record"),
        ({"type": "ship_doc", "source_id": "1", "status": "shipped", "date": "2026-01-04", "customer": "C1",
          "currency": "DOUBLOON", "lines": [LINE]}, "invalid_record"),
        ({"type": "ship_doc", "source_id": "1", "status": "shipped", "date": "04.01.2026", "customer": "C1",
          "lines": [LINE]}, "invalid_record"),
    ],
)  # fmt: skip
def test_a_faulty_record_is_refused_by_name_and_the_good_ones_beside_it_are_saved(
    scratch: Scratch, data: dict[str, Any], code: str
) -> None:
    good = {"type": "customer", "source_id": "C1", "name": "Good"}
    results = list(scratch.hub.put_many(scratch.company, [data, good]))
    assert [result.outcome for result in results] == ["refused", "created"]
    assert results[0].error is not None
    assert results[0].error.code == code
    assert results[0].error.fix
    assert scratch.operations() == [("create", "customer", "C1")]


def test_many_waiting_records_are_edited_in_one_go(scratch: Scratch) -> None:
    for phone in ("old", "new"):
        given = [{"type": "customer", "source_id": f"C{at}", "name": f"N{at}", "phone": phone} for at in range(3)]
        list(scratch.hub.put_many(scratch.company, given))
    assert [row[0] for row in scratch.operations()] == ["create"] * 3


def test_one_record_twice_in_a_batch_is_saved_in_order(scratch: Scratch) -> None:
    given = [{"type": "customer", "source_id": "C1", "name": "N", "phone": phone} for phone in ("1", "2")]
    assert [result.outcome for result in scratch.hub.put_many(scratch.company, given)] == ["created", "updated"]
    assert scratch.hub.show(scratch.company, "customer", "C1")["data"]["phone"] == "2"


def test_a_party_that_is_not_here_yet_is_waited_for(scratch: Scratch, clerk: Any) -> None:
    scratch.item()
    scratch.ship_doc(customer="C9")
    scratch.sync()
    assert scratch.sync_of("ship_doc", "S1")["waits_for"] == "customer C9"
    scratch.customer("C9")
    scratch.sync()
    assert len(clerk.all("invoice")) == 1


def test_a_document_that_names_a_deleted_record_says_so_and_goes_once_that_is_back(
    scratch: Scratch, clerk: Any
) -> None:
    scratch.customer()
    scratch.item()
    scratch.sync()
    scratch.hub.delete(scratch.company, "customer", "C1")
    scratch.sync()
    scratch.ship_doc()
    scratch.sync()
    (row,) = scratch.queue()
    assert row["error"]["code"] == "missing_dependency"
    assert "customer C1" in row["error"]["message"]
    scratch.customer()
    scratch.sync()
    assert scratch.state("ship_doc", "S1") == "synced"


def test_a_currency_that_the_books_do_not_keep_is_refused_there_in_their_words(scratch: Scratch, clerk: Any) -> None:
    scratch.hub.connect(scratch.company, "mock", settings={"currencies": "USD"})
    scratch.customer()
    scratch.item()
    scratch.ship_doc(currency="EUR")
    scratch.sync()
    (row,) = scratch.queue()
    assert (row["error"]["class"], row["error"]["code"]) == ("validation", "currency_not_allowed")
    assert clerk.all("invoice") == []


@pytest.mark.parametrize(
    ("currency", "unit_price", "quantity", "total"),
    [("JPY", "0.5", "3", "2"), ("KWD", "0.0005", "1", "0.001"), ("USD", "0.125", "1", "0.13")],
)
def test_totals_agree_in_currencies_without_cents_and_with_three_decimals(
    scratch: Scratch, clerk: Any, currency: str, unit_price: str, quantity: str, total: str
) -> None:
    scratch.customer()
    scratch.item()
    line = {"item": "I1", "quantity": quantity, "unit_price": unit_price}
    scratch.ship_doc(currency=currency, lines=[line])
    assert scratch.sync()["state"] == "completed"
    assert Decimal(clerk.one("invoice")["total"]) == Decimal(total)


def test_a_document_of_ten_thousand_lines_is_synced_to_the_cent(scratch: Scratch, clerk: Any) -> None:
    scratch.customer()
    scratch.item()
    lines = [
        {
            "item": "I1",
            "quantity": str(at % 7 + 1),
            "unit_price": f"{at % 100}.{at % 97:02}",
            "discount_percent": "12.5",
        }
        for at in range(10_000)
    ]
    expected = sum(Decimal(line["amount"]) for line in scratch.ship_doc(lines=lines)["data"]["lines"])
    assert scratch.sync()["state"] == "completed"
    invoice = clerk.one("invoice")
    assert Decimal(invoice["total"]) == expected
    assert len(invoice["data"]["lines"]) == 10_000


def test_one_line_more_is_refused_and_nothing_is_kept(scratch: Scratch, code_of: Callable[..., str]) -> None:
    assert code_of(lambda: scratch.ship_doc(lines=[LINE] * 10_001)) == "invalid_record"
    assert code_of(lambda: scratch.hub.show(scratch.company, "ship_doc", "S1")) == "record_not_found"
    assert scratch.queue() == []


def test_a_type_the_books_do_not_hold_is_excluded_with_that_reason(scratch: Scratch, clerk: Any) -> None:
    scratch.hub.connect(scratch.company, "mock", name="small", settings={"types": "customer,item,ship_doc"})
    scratch.put("vendor", "V1", name="Vendor")
    assert scratch.hub.queue("acme/small")["items"] == []
    small = next(
        each for each in scratch.hub.show("acme", "vendor", "V1")["sync"] if each["connection"] == "acme/small"
    )
    assert small["state"] == "excluded"
    assert "vendor" in small["reason"]
