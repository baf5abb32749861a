"""Each record is posted as QuickBooks takes it, to the cent, once, and every body passes Intuit's schemas."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hub_quickbooks.client import batch_id, request_id

from hub.adapters import Applied, Conflict, Find, Rejected, Relay, RemoteRef, Removal, Unauthorised, Unknown, Waiting
from hub.errors import AuthorisationLost, ErrorClass
from hub.model import RecordType

LINES = [{"item": "I", "quantity": "2", "unit_price": "3.33"}, {"item": "K", "quantity": "1", "unit_price": "0.07"}]
JOURNAL = [
    {"account": "Work in Process", "quantity": "1", "unit_price": "30.00"},
    {"account": "Purchases", "quantity": "-1", "unit_price": "12.50"},
]
DOCUMENTS: dict[str, tuple[str, str, dict[str, Any], str | None]] = {
    "ship_doc": (
        "ship_doc",
        "",
        {"customer": "C", "lines": LINES, "due_date": "2026-12-02", "memo": "by hand"},
        "6.73",
    ),
    "receiver": (
        "receiver",
        "",
        {"vendor": "V", "lines": [*LINES, {"account": "Purchases", "amount": "9.99"}]},
        "16.72",
    ),
    "customer_return": ("customer_return", "", {"customer": "C", "lines": LINES[:1]}, "6.66"),
    "vendor_return": ("vendor_return", "", {"vendor": "V", "lines": LINES[:1]}, "6.66"),
    "adjustment": ("adjustment", "", {"lines": [{"item": "K", "quantity": "-2", "amount": "0.00"}]}, None),
    "adjustment as journal": ("adjustment", "journal", {"lines": JOURNAL}, None),
    "work_order": ("work_order", "", {"lines": JOURNAL}, None),
    "value_adjustment": ("value_adjustment", "", {"account": "Office Expenses", "lines": JOURNAL}, None),
    "payment": ("payment", "", {"customer": "C", "amount": "5.00"}, "5.00"),
}


def bodies(written: list[Any]) -> list[tuple[str, Any]]:
    """The entities in what was written; single writes tell theirs by the address."""
    return [
        (entity, body)
        for each in written
        for part in each.get("BatchItemRequest", ())
        for entity, body in part.items()
        if entity not in ("bId", "operation")
    ]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_is_posted_and_read_back_to_the_cent(books, name: str) -> None:
    type, posts_as, data, total = DOCUMENTS[name]
    links = books.stage()
    base = {"status": "closed", "date": "2026-11-02", "number": "N-1"}
    asked = books.request(type, base | data, links=links, posts_as=posts_as)
    done = books.done(asked)
    found = books.read(type, done.remote_id)
    assert (found.marker, found.number, found.version) == (asked.marker, "N-1", done.version)
    assert found.total == (None if total is None else Decimal(total))
    if total is not None:
        assert found.total == asked.record.total


def test_every_body_passes_the_schemas(books, walker) -> None:
    links = books.stage()
    entities = [
        books.customer("Full", contact_name="Maria Anders", email="a@example.com", phone="1", fax="2", website="http://a",
                       notes="n", term="Net 30", payment_method="Cash",
                       billing_address={"line1": "a", "line2": "b", "city": "c", "region": "CA", "postal_code": "1",
                                        "country": "US"}),
        books.vendor("Full vendor", account_number="77", term="Net 30"),
        books.item("Full item", kind="inventory", sku="S", description="d", purchase_description="p", unit_price="1",
                   purchase_cost="2"),
        books.request("account", {"name": "Extra income", "kind": "Income", "number": "4711"}),
        books.request("payment_method", {"name": "Barter"}),
        books.request("class", {"name": "North"}),
    ]  # fmt: skip
    made = books.push(*entities)
    updates = [books.update(asked, done) for asked, done in zip(entities, made, strict=True)]
    books.push(*updates)
    posted = [
        books.request(
            type, {"status": "x", "date": "2026-11-02", "number": f"N-{at}"} | data, links=links, posts_as=posts
        )
        for at, (type, posts, data, _) in enumerate(DOCUMENTS.values())
    ]
    outcomes = books.push(*posted)
    assert [each for each in (*made, *outcomes) if not isinstance(each, Applied)] == []
    books.push(*(books.update(asked, done) for asked, done in zip(posted, outcomes, strict=True)))
    checked = bodies(books.books.written())
    assert len(checked) >= 2 * (len(entities) + len(posted))
    assert [fault for entity, body in checked for fault in walker.faults(entity, body)] == []


def test_the_walker_sees_what_is_wrong(walker) -> None:
    assert walker.faults("Invoice", {"CustomerRef": {"value": "1"}, "Lines": []})
    assert walker.faults("Invoice", {"Line": [{"DetailType": "SalesItem"}]})
    assert walker.faults("Customer", {"BillAddr": "here"})
    assert walker.faults("Customer", {"DisplayName": {"value": "x"}})
    assert walker.faults("Customer", {"DisplayName": "x", "BillAddr": {"Line1": "y"}}) == []


def test_thirty_writes_are_one_call_and_a_batch_is_answered_item_by_item(books) -> None:
    asked = [books.customer(f"C {at}") for at in range(29)]
    outcomes = books.push(*asked, books.customer("C 3"))
    assert [each.remote_id for each in outcomes[:29] if isinstance(each, Applied)] == [str(at) for at in range(1, 30)]
    assert isinstance(outcomes[29], Conflict)
    assert (outcomes[29].code, outcomes[29].remote_id) == (Conflict.DUPLICATE_NAME, "4")
    assert [path for _, path, _ in books.books.calls].count("batch") == 1


def test_equal_requests_are_equal_bytes_under_equal_keys(books) -> None:
    links = books.stage()
    asked = [books.invoice(links, f"S-{at}") for at in range(3)]
    books.books.lose = 1
    assert all(isinstance(each, Unknown) for each in books.push(*asked))
    first = books.books.written()
    books.push(*asked)
    assert books.books.written()[len(first) :] == first
    keys = [each.key for each in asked]
    assert len(request_id(keys)) + len(batch_id(29, keys[0])) <= 50
    assert request_id(keys) != request_id(keys[::-1])


def test_with_a_key_memory_each_write_goes_alone_under_its_own_key(connect) -> None:
    books = connect(key_memory=3600)
    links = books.stage()
    asked = [books.invoice(links, f"S-{at}") for at in range(2)]
    books.books.lose = 2
    assert all(isinstance(each, Unknown) for each in books.push(*asked))
    again = books.push(*reversed(asked))
    assert all(isinstance(each, Applied) for each in again)
    assert len(books.adapter.client.query("select * from Invoice")["Invoice"]) == 2


def test_X3_a_lost_answer_is_unknown_and_the_mark_finds_what_was_made(books) -> None:
    links = books.stage()
    asked = [books.invoice(links, None), books.payment(links, "", "1.00", applied_to=[])]
    books.books.lose = 1
    since = books.clock.now()
    assert all(isinstance(each, Unknown) for each in books.push(*asked))
    books.clock.sleep(200)
    wanted = [Find(type=each.type, posts_as=each.posts_as, marker=each.marker, since=since) for each in asked]
    found = books.relay.find(wanted)
    assert [[one.marker for one in some] for some in found] == [[each.marker] for each in asked]
    nothing = replace(wanted[0], marker="hub-ffffffffffffffffffff")
    assert books.relay.find([nothing]) == [()]


@pytest.mark.parametrize("status", [500, 502, 200])
@pytest.mark.parametrize("body", ["", "<html>down</html>", '{"BatchItemResponse": [', "[]", "{}"])
def test_X3_an_answer_that_cannot_be_read_leaves_every_write_in_doubt(books, status: int, body: str) -> None:
    books.books.answer = lambda call: (status, body) if call.path.endswith("batch") else None
    outcomes = books.push(books.customer("A"), books.customer("B"))
    assert all(isinstance(each, Unknown) for each in outcomes), outcomes


def test_one_write_that_the_whole_batch_is_refused_for_does_not_take_the_others_with_it(books) -> None:
    def poison(call: Any) -> tuple[int, str] | None:
        if b"Poison" in call.body:
            return 400, '{"Fault":{"Error":[{"Message":"x","Detail":"y","code":"2010"}],"type":"ValidationFault"}}'
        return None

    books.books.answer = poison
    outcomes = books.push(*(books.customer(name) for name in ("A", "B", "Poison", "D", "E")))
    assert [type(each).__name__ for each in outcomes] == ["Applied", "Applied", "Rejected", "Applied", "Applied"]


def test_when_no_time_is_left_to_find_the_write_that_spoils_a_batch_none_is_called_wrong(books) -> None:
    def slowly(call: Any) -> tuple[int, str] | None:
        books.clock.sleep(600)
        return 400, '{"Fault":{"Error":[{"Message":"x","Detail":"y","code":"2010"}],"type":"ValidationFault"}}'

    books.books.answer = slowly
    outcomes = books.push(books.customer("A"), books.customer("Poison"), books.customer("B"))
    assert [type(each).__name__ for each in outcomes] == ["Waiting"] * 3


def test_a_throttled_batch_waits_and_everybody_pauses(books) -> None:
    error = '{"Message":"message=ThrottleExceeded; errorCode=003001; statusCode=429"}'
    said = f'{{"Fault":{{"Error":[{error}],"type":"SERVICE"}}}}'
    books.books.answer = lambda call: (429, said) if call.path.endswith("batch") else None
    now = books.clock.now()
    outcomes = books.push(books.customer("A"), books.customer("B"))
    assert all(isinstance(each, Waiting) for each in outcomes)
    assert timedelta(seconds=60) <= outcomes[0].until - now <= timedelta(seconds=66)
    books.books.answer = lambda call: None
    books.books.reset()
    (held,) = books.push(replace(books.customer("C"), deadline=now + timedelta(seconds=30)))
    assert isinstance(held, Waiting)
    assert books.books.calls == []


def test_nothing_is_sent_after_the_deadline(books) -> None:
    (late,) = books.push(replace(books.customer("A"), deadline=books.clock.now()))
    assert isinstance(late, Waiting)
    assert books.books.written() == []


def test_J5_a_token_that_ran_out_leaves_nothing_done(books) -> None:
    books.clock.sleep(4000)
    (outcome,) = Relay(books.adapter, books.context).push([books.customer("A")])
    assert isinstance(outcome, Unauthorised)
    fresh = books.adapter.hub_refresh_credentials(books.context.credentials)
    assert fresh["access_token"] != books.context.credentials["access_token"]
    with pytest.raises(AuthorisationLost):
        books.adapter.hub_refresh_credentials({**fresh, "refresh_token": "no-such-token"})


def test_an_update_is_guarded_by_the_version(books) -> None:
    asked = books.customer("Ada", phone="1")
    done = books.done(asked)
    changed = books.done(books.update(asked, done, phone="2"))
    assert changed.version != done.version
    (stale,) = books.push(books.update(asked, done, phone="3"))
    assert isinstance(stale, Conflict)
    assert stale.code == Conflict.STALE_VERSION
    assert books.read("customer", done.remote_id).data["phone"] == "2"


def test_an_emptied_text_is_emptied_there(books) -> None:
    asked = books.customer("Ada", phone="1", email="a@example.com", contact_name="Ada Lovelace")
    done = books.done(asked)
    books.done(books.update(asked, done, phone=None, email=None, contact_name=None))
    held = books.read("customer", done.remote_id).data
    assert (held["phone"], held["email"], held["contact_name"]) == (None, None, None)


def test_Q2_an_entity_is_made_inactive_and_its_name_is_told_without_the_suffix(books) -> None:
    asked = books.customer("Ada")
    done = books.done(asked)
    gone = books.done(books.removal(asked, done))
    assert gone.how is Removal.INACTIVATE
    assert gone.name == "Ada"
    held = books.read("customer", done.remote_id)
    assert (held.name, held.active) == ("Ada", False)
    again = books.done(books.customer("Ada"))
    assert again.remote_id != done.remote_id
    (found,) = books.relay.find([Find(type=RecordType.CUSTOMER, posts_as="customer", name="ada")])
    assert [one.remote_id for one in found] == [again.remote_id]


def test_a_document_is_deleted_and_deleting_it_again_is_done_already(books) -> None:
    links = books.stage()
    asked = books.invoice(links)
    done = books.done(asked)
    assert books.done(books.removal(asked, done)).how is Removal.DELETE
    assert books.done(books.removal(asked, done)).how is Removal.DELETE
    assert books.read("ship_doc", done.remote_id) is None


@pytest.mark.parametrize("type", ["ship_doc", "payment"])
def test_a_document_is_voided_where_the_settings_say_so(connect, type: str) -> None:
    books = connect(removal="void")
    links = books.stage()
    asked = books.invoice(links) if type == "ship_doc" else books.payment(links, "", "2.00", applied_to=[])
    done = books.done(asked)
    assert books.done(books.removal(asked, done)).how is Removal.VOID
    found = books.read(type, done.remote_id)
    assert (found.active, found.total) == (False, Decimal(0))


def test_a_removal_that_a_person_confirmed_takes_the_present_version(books) -> None:
    links = books.stage()
    asked = books.invoice(links)
    done = books.done(asked)
    books.done(books.update(asked, done, memo="changed"))
    (stale,) = books.push(books.removal(asked, done))
    assert isinstance(stale, Conflict)
    assert books.done(books.removal(asked, done, version="")).how is Removal.DELETE


def test_C1_a_name_that_a_vendor_has_is_taken_for_a_customer_too(books) -> None:
    books.done(books.vendor("Twin"))
    (taken,) = books.push(books.customer("Twin"))
    assert isinstance(taken, Conflict)
    assert (taken.code, taken.remote_id) == (Conflict.DUPLICATE_NAME, None)


def test_a_number_that_is_taken_tells_by_which_document(books) -> None:
    links = books.stage()
    first = books.done(books.invoice(links, "S-7"))
    (taken,) = books.push(books.invoice(links, "S-7"))
    assert isinstance(taken, Conflict)
    assert (taken.code, taken.remote_id) == (Conflict.DUPLICATE_NUMBER, first.remote_id)
    said = '{"Fault":{"Error":[{"Message":"Duplicate","Detail":"taken","code":"6140"}],"type":"ValidationFault"}}'
    books.books.answer = lambda call: (400, said) if call.path.endswith("invoice") else None
    (silent,) = books.push(books.invoice(links, "S-7"))
    assert isinstance(silent, Conflict)
    assert (silent.code, silent.remote_id) == (Conflict.DUPLICATE_NUMBER, first.remote_id)


@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        ({"name": "A:B"}, "bad_characters", "':'"),
        ({"name": "x", "company_name": "c" * 101}, "too_long", "101 characters"),
        ({"name": "x", "email": "nobody"}, "bad_value", "no e-mail address"),
        ({"name": "x", "phone": "1" * 31}, "too_long", "phone"),
        ({"name": "x", "term": "Net 7"}, "missing_reference", "no term 'Net 7'"),
        ({"name": "x", "currency": "JPY"}, "currency_not_held", "JPY"),
    ],
)
def test_what_quickbooks_would_refuse_is_refused_in_plain_words_and_not_sent(books, data, code, words) -> None:
    (refused,) = books.push(books.request("customer", data))
    assert isinstance(refused, Rejected)
    assert refused.fault.code == code
    assert words in refused.fault.message
    assert refused.fault.fix
    assert books.books.written() == []


def test_all_that_is_wrong_is_told_at_once(books) -> None:
    links = books.stage()
    lines = [{"amount": "1.00"}, {"item": "unknown", "amount": "2.00"}]
    (refused,) = books.push(books.invoice(links, "N" * 22, lines=lines, term="Net 7"))
    assert isinstance(refused, Rejected)
    for word in ("22 characters", "names no item", "item unknown is not in QuickBooks", "no term 'Net 7'"):
        assert word in refused.fault.message


def test_a_document_for_which_something_is_not_set_up_says_what(connect) -> None:
    books = connect(adjustment_account="", refund_item="", deposit_account="")
    links = books.stage()
    asked = [
        books.request("value_adjustment", {"status": "x", "date": "2026-11-02", "lines": JOURNAL}, links=links),
        books.request("refund", {"status": "x", "date": "2026-11-02", "customer": "C", "amount": "1"}, links=links),
    ]
    first, second = books.push(*asked)
    assert isinstance(first, Rejected)
    assert (first.fault.code, "adjustment_account" in first.fault.fix) == ("not_ready", True)
    assert isinstance(second, Rejected)
    assert "deposit_account" in second.fault.fix
    assert "refund_item" in second.fault.fix
    missing = " ".join(fault.fix for fault in books.relay.missing())
    assert [word for word in ("adjustment_account", "deposit_account", "refund_item") if word in missing] != []
    assert "income_account" not in missing


def test_a_refund_goes_out_of_the_account_that_is_set(connect, walker) -> None:
    books = connect(refund_item="Stage item")
    links = books.stage()
    data = {"status": "x", "date": "2026-11-02", "customer": "C", "amount": "7.10", "number": "R-1"}
    done = books.done(books.request("refund", data, links=links))
    assert books.read("refund", done.remote_id).total == Decimal("7.10")
    ((_, _, body),) = [call for call in books.books.calls if call[1] == "refundreceipt"]
    assert walker.faults("RefundReceipt", body) == []


def test_sales_numbers_that_quickbooks_gives_itself_are_refused_or_accepted_or_switched_off(connect) -> None:
    refusing = connect(own_numbers="required")
    (refused,) = refusing.push(refusing.invoice(refusing.stage()))
    assert isinstance(refused, Rejected)
    assert "custom transaction numbers" in refused.fault.fix
    letting = connect(own_numbers="preferred")
    numbered = letting.done(letting.invoice(letting.stage()))
    assert numbered.name == "1001"
    switching = connect(own_numbers="switch_on")
    assert switching.done(switching.invoice(switching.stage())).name == "S-1"


def test_when_what_a_write_needs_cannot_be_read_it_waits_and_is_not_in_doubt(books) -> None:
    books.books.answer = lambda call: (503, "") if call.path.endswith("query") else None
    (outcome,) = books.push(books.item("X"))
    assert isinstance(outcome, Waiting)
    assert books.books.written() == []


def test_calls_are_counted_by_kind(books) -> None:
    books.push(books.customer("A"), books.customer("B"))
    books.done(books.customer("C"))
    books.read("customer", "1")
    calls = books.adapter.call_counts
    assert (calls["batch"], calls["create in a batch"], calls["create alone"], calls["query"]) == (1, 2, 1, 1)


def test_no_secret_of_the_connection_reaches_a_message(books) -> None:
    token = books.context.credentials["access_token"]
    error = f'{{"Message":"bad","Detail":"near {token}","code":"6000"}}'
    said = f'{{"Fault":{{"Error":[{error}],"type":"ValidationFault"}}}}'
    books.books.answer = lambda call: (400, said) if call.path.endswith("customer") else None
    (refused,) = books.push(books.customer("A"))
    assert isinstance(refused, Rejected)
    assert refused.fault.error is ErrorClass.VALIDATION
    assert token not in refused.fault.message
    assert "[secret]" in refused.fault.message


def test_reading_several_kinds_asks_once_for_each(books) -> None:
    links = books.stage()
    invoice = books.done(books.invoice(links))
    books.books.reset()
    refs = [
        RemoteRef(type=RecordType.CUSTOMER, remote_id=links["customer", "C"]),
        RemoteRef(type=RecordType.SHIP_DOC, remote_id=invoice.remote_id),
        RemoteRef(type=RecordType.CUSTOMER, remote_id="999"),
    ]
    customer, document, nobody = books.relay.read(refs)
    assert (customer.name, document.number, nobody) == ("Stage customer", "S-1", None)
    assert len(books.books.calls) == 2
