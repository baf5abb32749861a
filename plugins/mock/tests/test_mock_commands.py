"""`hub mock …` shows the books as promised, changes them by the books' rules, and answers bad input in one sentence."""

from __future__ import annotations

import json as jsonlib
from collections.abc import Mapping

import pytest
from hub_mock.commands import app
from typer.testing import CliRunner

from hub.errors import HubError, InvalidInput, NotFound, UsageError


class Context:
    """Stands in for the hub's command line: keeps what was shown."""

    def __init__(self, adapter):
        self._adapter = adapter
        self.shown = None

    def adapter(self, connection):
        return self._adapter if connection == "acme-trading/mock" else object()

    def show(self, items_or_document, *, json, columns, total=None, next=None):
        jsonlib.dumps(items_or_document)
        if isinstance(items_or_document, Mapping):
            self.shown = items_or_document
        else:
            self.shown = {"items": list(items_or_document), "next": next, "total": total}
        shown = [items_or_document] if isinstance(items_or_document, Mapping) else items_or_document
        assert all(set(columns) <= row.keys() for row in shown)


@pytest.fixture
def run(books):
    context = Context(books.adapter)

    def run(verb, *words, connection="acme-trading/mock"):
        result = CliRunner().invoke(app, [verb, connection, *words, "--json"], obj=context)
        if result.exception is not None and isinstance(result.exception, HubError):
            raise result.exception
        assert result.exit_code == 0, result.output
        return context.shown

    return run


def test_a_list_shows_the_promised_keys_and_pages(run, books):
    for name in "ABC":
        books.done(books.customer(name))
    page = run("list", "customer", "--limit", "2")
    assert (len(page["items"]), page["total"]) == (2, 3)
    assert {"remote_id", "type", "version", "name", "active", "status", "total", "data"} <= page["items"][0].keys()
    rest = run("list", "customer", "--limit", "2", "--after", page["next"])
    assert ([row["name"] for row in rest["items"]], rest["next"]) == (["C"], None)


def test_documents_are_listed_by_the_hubs_word_and_by_the_books(run, books):
    posted = books.done(books.invoice(books.done(books.customer("A")).remote_id, "5.00", number="N1"))
    for word in ("ship_doc", "invoice"):
        (row,) = run("list", word)["items"]
        assert (row["remote_id"], row["type"], row["number"]) == (posted.remote_id, "ship_doc", "N1")
        assert (row["total"], row["status"]) == ("5.00", "open")
    assert run("list", "bill")["items"] == []


def test_an_entity_is_added_edited_cleared_and_deleted(run):
    made = run("add", "customer", "--set", "name=Blue Ltd", "--set", "billing_address.city=Bonn", "--set", "phone=1")
    assert (made["name"], made["data"]["billing_address"]["city"], made["version"]) == ("Blue Ltd", "Bonn", "1")
    changed = run("edit", "customer", made["remote_id"], "--set", "phone=", "--set", "billing_address.line1=Weg 1")
    assert (changed["version"], changed["data"]["phone"]) == ("2", None)
    assert {"city": "Bonn", "line1": "Weg 1"}.items() <= changed["data"]["billing_address"].items()
    gone = run("delete", "customer", made["remote_id"])
    assert (gone["how"], gone["status"]) == ("delete", "deleted")
    with pytest.raises(NotFound):
        run("edit", "customer", made["remote_id"], "--set", "phone=2")


def test_what_is_edited_by_hand_comes_back_in_the_feed_with_our_marker(run, books):
    request = books.customer("A")
    made = books.done(request)
    start = books.cursor()
    run("edit", "customer", made.remote_id, "--set", "active=false")
    (seen,) = books.changed(start)
    assert (seen.active, seen.version, seen.marker, seen.data["active"]) == (False, "2", request.marker, False)


def test_J9_a_payment_entered_by_hand_settles_our_invoice_and_comes_back(run, books):
    party = books.done(books.customer("A")).remote_id
    invoice = books.done(books.invoice(party, "100.00", currency="EUR")).remote_id
    start = books.cursor()
    made = run("add", "payment", "--set", "customer=A", "--set", "amount=40.00", "--set", f"applied_to={invoice}")
    assert (made["total"], made["party"], made["currency"]) == ("40.00", party, "EUR")
    (seen,) = books.changed(start)
    assert (seen.applied_to[0][0], str(seen.applied_to[0][1])) == (invoice, "40.00")
    rest = run("add", "payment", "--set", f"applied_to={invoice}")
    assert (rest["total"], books.status(invoice)) == ("60.00", "paid")
    with pytest.raises(InvalidInput, match="more than is open"):
        run("add", "payment", "--set", "amount=1", "--set", f"applied_to={invoice}:1")


def test_an_invoice_is_added_with_one_line_or_many(run, books):
    books.done(books.customer("A"))
    item = books.done(books.request("item", {"name": "Tea"})).remote_id
    one = run("add", "invoice", "--set", "customer=A", "--set", "amount=9.50", "--set", "description=by hand")
    assert (one["total"], one["posts_as"], one["number"]) == ("9.50", "invoice", "1001")
    lines = jsonlib.dumps([{"item": "Tea", "quantity": "2", "unit_price": "3.00"}, {"item": item, "amount": "1.00"}])
    many = run("add", "invoice", "--set", "customer=A", "--set", f"lines={lines}", "--set", "date=2024-01-05")
    assert (many["total"], many["date"]) == ("7.00", "2024-01-05")


def test_a_document_of_ours_is_edited_with_its_links_kept(run, books):
    invoice = books.invoice(books.done(books.customer("A")).remote_id)
    made = books.done(invoice)
    changed = run("edit", "invoice", made.remote_id, "--set", "memo=checked")
    assert (changed["version"], changed["data"]["memo"], changed["party"]) == ("2", "checked", "23")
    gone = run("delete", "invoice", made.remote_id)
    assert gone["how"] == "delete"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["list", "spaceship"], "unknown_type"),
        (["list", "customer", "--after", "x"], "bad_cursor"),
        (["add", "customer", "--set", "name"], "bad_setting"),
        (["add", "customer", "--set", "name=A", "--set", "colour=red"], "unknown_field"),
        (["add", "customer", "--set", "phone=1"], "invalid_record"),
        (["add", "customer", "--set", "name=taken"], "duplicate_name"),
        (["add", "customer", "--set", "name=[1"], "malformed_json"),
        (["add", "customer", "--set", "name=A", "--set", "parent=nobody"], "missing_dependency"),
        (["add", "invoice", "--set", "customer=nobody", "--set", "amount=1"], "missing_dependency"),
        (["add", "payment", "--set", "applied_to=999"], "not_found"),
        (["add", "payment", "--set", "customer=taken", "--set", "amount=1", "--set", "applied_to=1:x"], "not_found"),
        (["edit", "customer", "999", "--set", "name=B"], "not_found"),
        (["edit", "vendor", "22", "--set", "name=B"], "not_found"),
        (["delete", "customer", "abc"], "not_found"),
        (["fault", "explode"], "unknown_fault"),
        (["fault", "refuse", "--on", "sunday"], "unknown_operation"),
        (["fault", "refuse", "--on", "check"], "unknown_operation"),
        (["fault", "refuse", "--clear"], "usage"),
    ],
)
def test_bad_input_is_one_sentence_with_a_code(run, books, words, code):
    books.done(books.customer("taken"))
    with pytest.raises(HubError) as raised:
        run(*words)
    assert raised.value.code == code
    assert "\n" not in raised.value.message


def test_a_connection_to_other_books_is_refused(run):
    with pytest.raises(UsageError):
        run("list", "customer", connection="acme-trading/xero")


def test_faults_are_switched_on_listed_and_cleared(run, books):
    run("fault", "refuse", "--times", "2", "--on", "create")
    shown = run("fault", "unauthorised", "--on", "check")["items"]
    assert {"name": "refuse", "on": "create", "times": 2} in shown
    assert {"name": "unauthorised", "on": "check", "times": None} in shown
    books.push(books.customer("A"))
    assert {"name": "refuse", "on": "create", "times": 1} in run("fault")["items"]
    assert run("fault", "--clear")["items"] == []
