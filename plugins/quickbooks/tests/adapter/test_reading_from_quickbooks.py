"""What changed comes back once and whole: by pages at first, then by the feed, and by query where that falls short."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hub_quickbooks.cursors import Everything, Feed, read_cursor
from hub_quickbooks.webhooks import parse_events, verify

from hub.adapters import Find, RemoteRef
from hub.errors import AuthorisationLost, BooksProblem, InvalidInput
from hub.model import RecordType


def everything(books, cursor: str | None, limit: int = 500) -> tuple[list[Any], str, bool]:
    """All pages from a cursor on: objects, the last cursor, and whether all were complete."""
    found, complete = [], True
    while True:
        page = books.relay.changes(cursor, limit)
        assert len(page.objects) <= limit
        found += page.objects
        complete = complete and page.complete
        if not page.more:
            return found, page.cursor, complete
        assert page.cursor != cursor
        cursor = page.cursor


def test_at_first_everything_is_read_by_pages_inactive_ones_included(books) -> None:
    for at in range(7):
        books.done(books.customer(f"C {at}"))
    asked = books.customer("Gone")
    done = books.done(asked)
    books.done(books.removal(asked, done))
    found, cursor, complete = everything(books, None, limit=3)
    customers = {each.name: each.active for each in found if each.type is RecordType.CUSTOMER}
    assert customers == {**{f"C {at}": True for at in range(7)}, "Gone": False}
    assert {each.type for each in found} >= {RecordType.ACCOUNT, RecordType.TERM, RecordType.CLASS}
    assert complete
    assert isinstance(read_cursor(cursor), Feed)


def test_then_the_feed_tells_what_changed_with_the_version_of_our_own_writes(books) -> None:
    _, cursor, _ = everything(books, None)
    books.clock.sleep(3600)
    done = books.done(books.customer("New"))
    found, following, _ = everything(books, cursor)
    mine = [each for each in found if each.remote_id == done.remote_id and each.type is RecordType.CUSTOMER]
    assert [(each.name, each.version) for each in mine] == [("New", done.version)]
    books.clock.sleep(3600)
    again, _, _ = everything(books, following)
    assert [each for each in again if each.type is RecordType.CUSTOMER] != []  # the overlap: seen again, and ignored
    books.clock.sleep(3600)
    _, later, _ = everything(books, following)
    assert everything(books, later)[0] == []


def test_the_feed_goes_page_by_page_and_leaves_nothing_out(books) -> None:
    _, cursor, _ = everything(books, None)
    books.clock.sleep(3600)
    books.push(*(books.customer(f"C {at}") for at in range(20)))
    page = books.relay.changes(cursor, 8)
    assert page.more
    books.done(books.update(books.customer("C 0"), _applied(page.objects[0]), phone="7"))
    rest, _, _ = everything(books, page.cursor, limit=8)
    names = [each.name for each in (*page.objects, *rest) if each.type is RecordType.CUSTOMER]
    assert set(names) == {f"C {at}" for at in range(20)}
    assert len(names) <= 21  # the one that changed meanwhile may come twice
    objects = [(each.type, each.remote_id, each.version) for each in (*page.objects, *rest)]
    assert len(objects) == len(set(objects))


def _applied(found: Any) -> Any:
    from hub.adapters import Applied

    return Applied(remote_id=found.remote_id, version=found.version)


def test_J8_a_feed_that_is_full_has_left_something_out_and_is_read_by_query(books) -> None:
    _, cursor, _ = everything(books, None)
    books.clock.sleep(3600)
    for start in range(0, 1010, 30):
        books.push(*(books.customer(f"C {at:04}") for at in range(start, min(start + 30, 1010))))
        books.clock.sleep(2)
    found, following, complete = everything(books, cursor)
    names = {each.name for each in found if each.type is RecordType.CUSTOMER}
    assert len(names) == 1010
    assert not complete
    assert isinstance(read_cursor(following), Feed)


def test_after_more_than_thirty_days_the_feed_is_not_asked(books) -> None:
    _, cursor, _ = everything(books, None)
    links = books.stage()
    invoice = books.done(books.invoice(links))
    paid = books.done(books.payment(links, invoice.remote_id, "5.00"))
    books.clock.sleep(31 * 86_400)
    books.books.reset()
    found, _, complete = everything(books, cursor)
    assert not complete
    assert "cdc" not in [path for _, path, _ in books.books.calls]
    payments = [each for each in found if each.type is RecordType.PAYMENT]
    assert [(each.remote_id, each.applied_to) for each in payments] == [
        (paid.remote_id, ((invoice.remote_id, Decimal("5.00")),))
    ]


def test_J8_what_is_edited_between_two_pages_moves_nothing_out_of_sight(books) -> None:
    _, cursor, _ = everything(books, None)
    books.clock.sleep(3600)
    made = []
    for at in range(12):
        asked = books.customer(f"C {at:02}")
        made.append((asked, books.done(asked)))
        books.clock.sleep(2)
    books.clock.sleep(31 * 86_400)
    page, names = books.relay.changes(cursor, 5), []
    while page.more:
        customers = [each for each in page.objects if each.type is RecordType.CUSTOMER]
        names += [each.name for each in customers]
        if len(customers) == 5 and made:  # the first of them goes to the end, and all others one place up
            books.done(books.update(*made.pop(0), phone="7"))
        page = books.relay.changes(page.cursor, 5)
    assert {f"C {at:02}" for at in range(12)} <= {*names, *(each.name for each in page.objects)}


@pytest.mark.parametrize(
    "answer",
    ['{"time": "2026-11-24T12:00:00Z"}', '{"CDCResponse": [{"QueryResponse": [{"Fault": {"Error": []}}]}]}',
     '{"CDCResponse": [{}]}', '{"CDCResponse": {}}', '{"CDCResponse": ["x"]}'],
)  # fmt: skip
def test_a_list_of_changes_that_cannot_be_read_is_not_taken_for_an_empty_one(books, answer: str) -> None:
    _, cursor, _ = everything(books, None)
    books.books.answer = lambda call: (200, answer) if call.path.endswith("cdc") else None
    with pytest.raises(BooksProblem):
        books.relay.changes(cursor, 100)


def test_X3_what_is_deleted_between_two_pages_of_a_search_hides_nothing(books, monkeypatch) -> None:
    monkeypatch.setattr("hub_quickbooks.client.PAGE", 3)
    links = books.stage()
    made = [(asked, books.done(asked)) for asked in (books.invoice(links, number=f"S-{at}") for at in range(7))]
    left = [made[0]]

    def delete_one_meanwhile(call: Any) -> None:
        if b"startposition 3" in call.body and left:
            asked, done = left.pop()
            books.books.answer = lambda call: None
            books.done(books.removal(asked, done))
            books.books.answer = delete_one_meanwhile

    books.books.answer = delete_one_meanwhile
    found = books.adapter.client.all("Invoice", "")
    assert [each["DocNumber"] for each in found] == [f"S-{at}" for at in range(1, 7)]


def test_J9_a_payment_that_their_staff_applied_comes_with_what_it_settles(books) -> None:
    _, cursor, _ = everything(books, None)
    links = books.stage()
    invoice = books.done(books.invoice(links))
    books.clock.sleep(3600)
    paid = books.done(books.payment(links, invoice.remote_id, "5.00", number="CHK 7"))
    found, _, _ = everything(books, cursor)
    (payment,) = [each for each in found if each.type is RecordType.PAYMENT]
    assert (payment.remote_id, payment.total, payment.number) == (paid.remote_id, Decimal("5.00"), "CHK 7")
    assert payment.applied_to == ((invoice.remote_id, Decimal("5.00")),)


def test_an_entity_that_was_merged_away_is_told_as_deleted(books) -> None:
    loser, winner = books.done(books.customer("Loser")), books.done(books.customer("Winner"))
    _, cursor, _ = everything(books, None)
    books.clock.sleep(3600)
    control = {"entity": "Customer", "loser": loser.remote_id, "winner": winner.remote_id}
    from hub_quickbooks.sandbox.calls import Call

    books.books.sandbox.answer(Call(method="POST", path="/sandbox/merge", body=json.dumps(control).encode()))
    found, _, _ = everything(books, cursor)
    gone = [each for each in found if each.remote_id == loser.remote_id and each.type is RecordType.CUSTOMER]
    assert [each.deleted for each in gone] == [True]


@pytest.mark.parametrize(
    "cursor",
    [
        "", "x", "[]", '{"read": "all"}', '{"read": "feed", "since": "yesterday"}',
        '{"read": "all", "at": 99, "start": 1, "began": "2026-11-24T12:00:00+00:00"}',
    ],
)  # fmt: skip
def test_a_cursor_that_is_none_is_one_sentence(books, cursor: str) -> None:
    with pytest.raises(BooksProblem) as told:
        books.relay.changes(cursor, 10)
    assert told.value.code == "bad_cursor"


def test_cursors_come_back_as_they_were(clock) -> None:
    for place in (
        Everything(at=3, start=501, began=clock.at),
        Everything(began=clock.at, since=clock.at - timedelta(days=40)),
        Feed(since=clock.at),
        Feed(since=clock.at, after=("2026-11-24T12:00:00+00:00", "Customer", "7")),
    ):
        assert read_cursor(place.text()) == place


def test_V1_documents_of_a_period_come_by_pages_and_foreign_journals_are_left_out(books) -> None:
    links = books.stage()
    for at in range(5):
        books.done(books.invoice(links, f"S-{at}", date=f"2026-11-{10 + at}"))
    lines = [{"account": "Purchases", "quantity": "1", "unit_price": "3.00"}]
    ours = books.done(books.request("value_adjustment", {"status": "x", "date": "2026-11-12", "lines": lines}))
    draft = {"PostingType": "Debit", "AccountRef": {"value": "1"}}
    theirs = [
        {"Amount": 1, "DetailType": "JournalEntryLineDetail", "JournalEntryLineDetail": {**draft, "PostingType": side}}
        for side in ("Debit", "Credit")
    ]
    answer = books.adapter.client._exchange(
        "write", "POST", "journalentry", "x", books.clock.at + timedelta(seconds=9), None,
        json.dumps({"TxnDate": "2026-11-12", "Line": theirs}).encode(),
    )  # fmt: skip
    assert "JournalEntry" in answer
    found, cursor = [], None
    while True:
        page = books.relay.documents(date(2026, 11, 11), date(2026, 11, 13), cursor, 2)
        assert page is not None
        found += page.objects
        cursor = page.cursor
        if not page.more:
            break
    assert [each.number for each in found if each.type is RecordType.SHIP_DOC] == ["S-1", "S-2", "S-3"]
    assert [each.remote_id for each in found if each.type is RecordType.VALUE_ADJUSTMENT] == [ours.remote_id]


def test_an_open_period_is_asked_without_bounds(books) -> None:
    links = books.stage()
    books.done(books.invoice(links))
    page = books.relay.documents(date.min, date.max, None, 100)
    assert page is not None
    assert [each.number for each in page.objects] == ["S-1"]


def test_a_read_is_asked_again_when_that_may_help_and_then_told(books) -> None:
    answers = [(503, ""), (200, '{"QueryResponse": {}}')]
    books.books.answer = lambda call: answers.pop(0) if call.path.endswith("query") else None
    assert books.read("customer", "1") is None
    assert books.clock.slept == [1.0]
    books.books.answer = lambda call: (502, "<html>")
    with pytest.raises(BooksProblem):
        books.read("customer", "1")
    books.books.answer = lambda call: (401, "") if call.path.endswith("query") else None
    with pytest.raises(BooksProblem) as twice:
        books.read("customer", "1")
    assert twice.value.code == "token_refused_again"
    with pytest.raises(AuthorisationLost):
        books.adapter.hub_read([RemoteRef(type=RecordType.CUSTOMER, remote_id="1")])


def test_a_read_that_is_throttled_for_a_moment_waits_it_out(connect) -> None:
    books = connect(throttle_pause=5)
    answers = [(429, ""), (200, '{"QueryResponse": {}}')]
    books.books.answer = lambda call: answers.pop(0) if call.path.endswith("query") else None
    assert books.read("customer", "1") is None
    assert 5 <= sum(books.clock.slept) < 6


def test_quotes_and_backslashes_find_what_has_them(books) -> None:
    names = ["D'Angelo", 'say "hi"', "back\\slash", "50 % off", "Ñandú 🌻"]
    made = [books.done(books.customer(name)) for name in names]
    wanted = [Find(type=RecordType.CUSTOMER, posts_as="customer", name=name) for name in names]
    assert [[one.remote_id for one in some] for some in books.relay.find(wanted)] == [[one.remote_id] for one in made]


def test_a_hundred_names_are_looked_for_in_a_few_calls(books) -> None:
    books.done(books.customer("C 7"))
    books.books.reset()
    wanted = [Find(type=RecordType.CUSTOMER, posts_as="customer", name=f"C {at}") for at in range(100)]
    found = books.relay.find(wanted)
    assert [at for at, some in enumerate(found) if some] == [7]
    assert len(books.books.calls) <= 6


# ---------------------------------------------------------------------------------------------------------- webhooks

LEGACY = (
    b'{"eventNotifications":[{"realmId":"1","dataChangeEvent":{"entities":[{"name":"Customer","id":"5","operation":'
    b'"Merge","lastUpdated":"2026-11-24T12:00:00Z","deletedId":"6"}]}}]}'
)
CLOUD = (
    b'[{"specversion":"1.0","id":"e1","source":"intuit.x","type":"qbo.invoice.updated.v1","time":"2026-11-24T12:00:00Z",'
    b'"intuitentityid":"9","intuitaccountid":"1","data":{}}]'
)


def signed(body: bytes, secret: str = "verifier") -> dict[str, str]:
    return {"Intuit-Signature": base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()}


def test_both_kinds_of_webhooks_are_read() -> None:
    (old,) = verify("verifier", signed(LEGACY), LEGACY)
    assert (old.realm, old.entity, old.remote_id, old.operation, old.gone_id) == ("1", "Customer", "5", "merge", "6")
    (new,) = verify("verifier", signed(CLOUD), CLOUD)
    assert (new.realm, new.entity, new.remote_id, new.operation, new.id) == ("1", "invoice", "9", "updated", "e1")


@pytest.mark.parametrize("body", [b"", b"{}", b"[1]", b'[{"type": "x"}]', b"no json", b'{"eventNotifications": [{}]}'])
def test_a_signed_webhook_that_cannot_be_read_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidInput) as told:
        verify("verifier", signed(body), body)
    assert told.value.code == "webhook_refused"


def test_an_unsigned_webhook_is_refused_before_it_is_read() -> None:
    for headers in ({}, signed(CLOUD, "another"), {"intuit-signature": "x"}):
        with pytest.raises(InvalidInput):
            verify("verifier", headers, CLOUD)
    with pytest.raises(InvalidInput):
        verify("", signed(CLOUD, ""), CLOUD)


def test_a_webhook_tells_which_company_it_concerns(books) -> None:
    realm = books.adapter.client.realm
    books.context = replace(books.context, credentials={**books.context.credentials, "webhook_verifier": "verifier"})
    books.renewed(0, False)  # the verifier stays when the tokens are renewed
    several = CLOUD.replace(b'"intuitaccountid":"1"', b'"intuitaccountid":"2"')[:-1] + b"," + CLOUD[1:]
    mine = several.replace(b'"intuitaccountid":"1"', f'"intuitaccountid":"{realm}"'.encode())
    assert books.adapter.hub_verify_webhook(signed(mine), mine) == realm
    assert books.adapter.hub_verify_webhook(signed(several), several) == "1"
    assert parse_events([]) == ()
