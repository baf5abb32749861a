"""The mock books keep entities and documents by the rules of real books."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from hub.adapters import Applied, Conflict, Find, Rejected, Removal
from hub.errors import ErrorClass
from hub.model import Direction, RecordType, Ref
from hub.model.entities import ENTITY_MODELS


def test_a_created_entity_is_read_back_with_every_field_of_its_model(books):
    made = books.done(books.customer("Café  Ünal", email="a@example.com", billing_address={"city": "Köln"}))
    found = books.read("customer", made.remote_id)
    assert set(found.data) == set(ENTITY_MODELS[RecordType.CUSTOMER].model_fields) - {"custom"}
    assert found.data["billing_address"]["city"] == "Köln"
    assert found.data["phone"] is None
    assert (found.name, found.version, found.active) == ("Café  Ünal", "1", True)


def test_remote_ids_are_increasing_integers_as_text(books):
    ids = [int(books.done(books.customer(f"C{at}")).remote_id) for at in range(3)]
    assert ids == sorted(set(ids))


def test_each_change_makes_the_next_version(books):
    request = books.customer("A")
    made = books.done(request)
    again = books.done(books.update(request, made.version, made.remote_id, phone="1"))
    assert (again.remote_id, again.version) == (made.remote_id, "2")
    assert books.read("customer", made.remote_id).data["phone"] == "1"


def test_a_stale_version_is_refused_and_nothing_changes(books):
    request = books.customer("A")
    made = books.done(request)
    books.done(books.update(request, "1", made.remote_id, phone="1"))
    (outcome,) = books.push(books.update(request, "1", made.remote_id, phone="2"))
    assert isinstance(outcome, Conflict)
    assert (outcome.code, outcome.remote_id) == (Conflict.STALE_VERSION, made.remote_id)
    assert books.read("customer", made.remote_id).data["phone"] == "1"
    (outcome,) = books.push(books.removal(request, made))
    assert isinstance(outcome, Conflict)


@pytest.mark.parametrize("second", ["acme ltd", "  ACME   Ltd ", "Acme Ltd"])
def test_customers_vendors_and_employees_share_one_namespace_of_normalised_names(books, second):
    holder = books.done(books.customer("Acme Ltd"))
    for type in ("customer", "vendor", "employee"):
        (outcome,) = books.push(books.request(type, {"name": second}))
        assert isinstance(outcome, Conflict)
        assert (outcome.code, outcome.remote_id) == (Conflict.DUPLICATE_NAME, holder.remote_id)
    assert books.done(books.request("item", {"name": second}))


def test_two_of_one_name_in_one_batch_conflict_and_the_rest_goes_through(books):
    outcomes = books.push(books.customer("A"), books.customer("a"), books.customer("B"))
    assert [type(outcome) for outcome in outcomes] == [Applied, Conflict, Applied]
    assert outcomes[1].remote_id == outcomes[0].remote_id


def test_an_inactive_entity_still_holds_its_name(books):
    books.done(books.customer("A", active=False))
    (outcome,) = books.push(books.customer("A"))
    assert isinstance(outcome, Conflict)


def test_renaming_frees_the_old_name_for_the_same_batch(books):
    request = books.customer("A")
    made = books.done(request)
    outcomes = books.adapter.books.apply([books.update(request, "1", made.remote_id, name="B"), books.customer("A")])
    assert [type(outcome) for outcome in outcomes] == [Applied, Applied]
    (outcome,) = books.push(books.customer("b"))
    assert isinstance(outcome, Conflict)


def test_names_can_be_exchanged_over_a_third(books):
    first, second = books.customer("A"), books.customer("B")
    one, two = books.done(first), books.done(second)
    outcomes = books.push(
        books.update(first, "1", one.remote_id, name="C"),
        books.update(second, "1", two.remote_id, name="A"),
        books.update(first, "2", one.remote_id, name="B"),
    )
    assert [type(outcome) for outcome in outcomes] == [Applied, Applied, Applied]
    assert books.read("customer", one.remote_id).name == "B"


def test_an_unused_entity_is_deleted_and_its_name_is_free(books):
    request = books.customer("A")
    made = books.done(request)
    gone = books.done(books.removal(request, made))
    assert gone.how is Removal.DELETE
    assert books.read("customer", made.remote_id).deleted
    assert books.done(books.customer("A")).remote_id != made.remote_id


def test_a_used_entity_is_made_inactive_instead(books):
    customer = books.customer("A")
    made = books.done(customer)
    invoice = books.invoice(made.remote_id)
    posted = books.done(invoice)
    gone = books.done(books.removal(customer, made))
    assert (gone.how, gone.version) == (Removal.INACTIVATE, "2")
    assert not books.read("customer", made.remote_id).active
    books.done(books.removal(invoice, posted))
    assert books.done(books.removal(customer, gone)).how is Removal.DELETE


def test_an_entity_that_another_entity_names_is_used(books):
    vendor = books.request("vendor", {"name": "V"})
    made = books.done(vendor)
    books.done(books.request("item", {"name": "I", "vendor": "V1"}, links={("vendor", "V1"): made.remote_id}))
    assert books.done(books.removal(vendor, made)).how is Removal.INACTIVATE


def test_deleting_what_is_gone_already_counts_as_done(books):
    request = books.customer("A")
    made = books.done(request)
    books.done(books.removal(request, made))
    assert books.done(books.removal(request, made)).how is Removal.DELETE
    never = replace(books.removal(request, made), remote=replace(books.removal(request, made).remote, remote_id="999"))
    assert books.done(never).how is Removal.DELETE


def test_updating_what_is_gone_is_refused(books):
    request = books.customer("A")
    made = books.done(request)
    books.done(books.removal(request, made))
    (outcome,) = books.push(books.update(request, "1", made.remote_id))
    assert isinstance(outcome, Rejected)
    assert outcome.fault.code == "not_found"


def test_a_document_holds_its_number_date_party_and_total(books):
    party = books.done(books.customer("A")).remote_id
    made = books.done(books.invoice(party, "12.34", number="N-1", currency="EUR"))
    found = books.read("ship_doc", made.remote_id)
    assert (found.number, found.total, found.party_id, found.currency) == ("N-1", Decimal("12.34"), party, "EUR")
    assert (str(found.date), made.name, books.status(made.remote_id)) == ("2024-02-01", "N-1", "open")


def test_a_document_without_number_gets_the_next_free_one(books):
    party = books.done(books.customer("A")).remote_id
    assert books.done(books.invoice(party)).name == "1001"
    books.done(books.invoice(party, number="1002"))
    assert books.done(books.invoice(party)).name == "1003"


def test_numbers_of_invoices_are_unique_but_those_of_bills_are_not(books):
    party = books.done(books.customer("A")).remote_id
    holder = books.done(books.invoice(party, number="7"))
    (outcome,) = books.push(books.invoice(party, number="7"))
    assert isinstance(outcome, Conflict)
    assert (outcome.code, outcome.remote_id) == (Conflict.DUPLICATE_NUMBER, holder.remote_id)
    vendor = books.done(books.request("vendor", {"name": "V"})).remote_id
    data = {"number": "7", "status": "received", "date": "2024-02-01", "vendor": "V", "lines": [{"amount": "1"}]}
    for _ in range(2):
        books.done(books.request("receiver", data, links={("vendor", "V"): vendor}))
    wanted = Find(type=RecordType.RECEIVER, posts_as="bill", number="7")
    assert len(books.relay.find([wanted])[0]) == 2


def test_an_update_without_number_keeps_the_number_given_by_the_books(books):
    party = books.done(books.customer("A")).remote_id
    request = books.invoice(party)
    made = books.done(request)
    assert books.done(books.update(request, "1", made.remote_id, memo="x")).name == made.name
    (outcome,) = books.push(books.invoice(party, number=made.name))
    assert isinstance(outcome, Conflict)


def test_the_books_sum_the_lines_themselves(books):
    party = books.done(books.customer("A")).remote_id
    request = books.invoice(party)
    wrong = request.record.lines[0].changed(amount=Decimal("99.99"), unit_price=Decimal("100.00"))
    (outcome,) = books.push(replace(request, record=request.record.changed(lines=(wrong,))))
    assert isinstance(outcome, Rejected)
    assert (outcome.fault.error, outcome.fault.code) == (ErrorClass.VALIDATION, "lines_do_not_sum")


def test_a_stated_total_that_differs_is_refused(books):
    party = books.done(books.customer("A")).remote_id
    request = books.invoice(party)
    (outcome,) = books.push(replace(request, record=request.record.changed(stated_total=Decimal("99.99"))))
    assert isinstance(outcome, Rejected)
    assert outcome.fault.code == "lines_do_not_sum"


def test_a_document_whose_party_or_item_is_missing_or_inactive_is_refused(books):
    party = books.done(books.customer("A")).remote_id
    idle = books.done(books.request("item", {"name": "I", "active": False})).remote_id
    data = {"status": "shipped", "date": "2024-02-01", "customer": "C", "lines": [{"item": "I", "amount": "1"}]}
    for links in (
        {("customer", "C"): party, ("item", "I"): "99999"},
        {("customer", "C"): party, ("item", "I"): idle},
        {("customer", "C"): party, ("item", "I"): party},
        {("customer", "C"): party},
        {("item", "I"): idle},
        {("customer", "C"): "nonsense"},
    ):
        (outcome,) = books.push(books.request("ship_doc", data, links=links))
        assert isinstance(outcome, Rejected)
        assert (outcome.fault.error, outcome.fault.code) == (ErrorClass.MISSING_DEPENDENCY, "missing_dependency")


def test_accounts_and_terms_may_stay_plain_words(books):
    made = books.done(books.request("item", {"name": "I", "income_account": "No such account"}))
    assert books.read("item", made.remote_id).data["income_account"] == "No such account"


def test_references_keep_the_words_of_the_source(books):
    term = books.relay.find([Find(type=RecordType.TERM, posts_as="term", name="Net 30")])[0][0]
    request = books.request("customer", {"name": "A", "term": "T30"}, links={("term", "T30"): term.remote_id})
    assert books.read("customer", books.done(request).remote_id).data["term"] == "T30"
    assert Ref(RecordType.TERM, "T30") in request.links


def test_a_currency_the_books_do_not_keep_is_refused(connect):
    books = connect(currencies="USD, EUR")
    party = books.done(books.customer("A")).remote_id
    books.done(books.invoice(party, currency="EUR"))
    (outcome,) = books.push(books.invoice(party, currency="GBP"))
    assert isinstance(outcome, Rejected)
    assert outcome.fault.code == "currency_not_allowed"


def test_a_type_the_books_do_not_hold_is_refused_and_not_declared(connect):
    books = connect(types="customer,ship_doc")
    assert set(books.relay.capabilities.types) == {RecordType.CUSTOMER, RecordType.SHIP_DOC}
    (outcome,) = books.push(books.request("vendor", {"name": "V"}))
    assert isinstance(outcome, Rejected)
    assert outcome.fault.error is ErrorClass.NOT_SUPPORTED
    assert books.changed(None) == []


def test_capabilities_follow_the_settings(connect):
    facts = connect(key_memory="0", settle="5", batch_size="7", concurrency="2", markers="false").relay.capabilities
    assert (facts.key_memory, facts.settle, facts.batch_size, facts.concurrency, facts.markers) == (0, 5, 7, 2, False)
    assert facts.types[RecordType.SHIP_DOC] is Direction.EXPORT
    assert facts.types[RecordType.PAYMENT] is Direction.BOTH
    assert facts.namespaces[RecordType.VENDOR] == facts.namespaces[RecordType.CUSTOMER]


def test_find_looks_by_marker_name_and_number_inactive_ones_included(books):
    customer = books.customer("Blue Ltd", active=False)
    made = books.done(customer)
    invoice = books.invoice(books.done(books.customer("B")).remote_id, number="9")
    posted = books.done(invoice)
    wanted = [
        Find(type=RecordType.CUSTOMER, posts_as="customer", marker=customer.marker),
        Find(type=RecordType.CUSTOMER, posts_as="customer", name=" blue  LTD"),
        Find(type=RecordType.SHIP_DOC, posts_as="invoice", number="9"),
        Find(type=RecordType.SHIP_DOC, posts_as="invoice", marker=invoice.marker, number="none"),
        Find(type=RecordType.VENDOR, posts_as="vendor", name="Blue Ltd", marker="none"),
    ]
    found = [[remote.remote_id for remote in objects] for objects in books.relay.find(wanted)]
    assert found == [[made.remote_id], [made.remote_id], [posted.remote_id], [posted.remote_id], []]


def test_books_without_markers_find_nothing_by_them(connect):
    books = connect(markers="no")
    customer = books.customer("A")
    books.done(customer)
    assert books.relay.find([Find(type=RecordType.CUSTOMER, posts_as="customer", marker=customer.marker)]) == [()]


def test_what_was_deleted_is_not_found_again(books):
    customer = books.customer("A")
    books.done(books.removal(customer, books.done(customer)))
    wanted = Find(type=RecordType.CUSTOMER, posts_as="customer", marker=customer.marker, name="A")
    assert books.relay.find([wanted]) == [()]


def test_reading_an_id_that_never_was_gives_none(books):
    made = books.done(books.customer("A"))
    assert books.read("customer", "4711") is None
    assert books.read("customer", "x") is None
    assert books.read("vendor", made.remote_id) is None
