"""X3: what a search in the books proves: adopt the one match, *absent* only when sure, else a person decides."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest

from hub.adapters import Capabilities, Find, RemoteObject, RemoteRef, Removal, Request
from hub.jobs.recover import changed, created, search, wanted
from hub.jobs.verdicts import Sent
from hub.model import Operation, RecordType, Ref, parse_record

CUSTOMER, INVOICE, PAYMENT = RecordType.CUSTOMER, RecordType.SHIP_DOC, RecordType.PAYMENT
RECORDS = {
    CUSTOMER: {"name": "Blue", "phone": "1"},
    INVOICE: {
        "number": "S1", "status": "shipped", "date": "2026-01-01", "customer": "C1", "currency": "USD",
        "lines": [{"item": "I1", "quantity": "1", "unit_price": "20.00"}],
    },
    PAYMENT: {"status": "recorded", "date": "2026-01-01", "customer": "C1", "currency": "USD", "amount": "20.00",
              "applied_to": []},
}  # fmt: skip


def request(type, operation=Operation.CREATE, remote=None, **changes):
    return Request(
        operation=operation,
        type=type,
        posts_as=type.value,
        source_id="X",
        record=parse_record(type, {**RECORDS[type], **changes}),
        key="k",
        marker="ours",
        deadline=datetime(2026, 1, 1, tzinfo=UTC),
        links={Ref(CUSTOMER, "C1"): RemoteRef(type=CUSTOMER, remote_id="7")},
        remote=remote,
    )


def customer(**facts):
    return RemoteObject(**{"type": CUSTOMER, "remote_id": "1", "version": "4", "name": "Blue", "marker": "ours",
                           "data": {"name": "Blue", "phone": "1"}, **facts})  # fmt: skip


def invoice(**facts):
    return RemoteObject(**{"type": INVOICE, "remote_id": "1", "version": "4", "number": "S1", "marker": "ours",
                           "total": Decimal("20.00"), "party_id": "7", "date": date(2026, 1, 1), **facts})  # fmt: skip


def fate(type, *found, markers=True, **changes):
    verdict = created(request(type, **changes), found, markers=markers)
    return verdict.outcome, verdict.remote_id


@pytest.mark.parametrize("markers", [True, False])
def test_X3_one_match_is_adopted(markers):
    mark = "ours" if markers else ""
    assert fate(CUSTOMER, customer(marker=mark), markers=markers) == ("adopted", "1")
    assert fate(INVOICE, invoice(marker=mark), markers=markers) == ("adopted", "1")


@pytest.mark.parametrize("markers", [True, False])
@pytest.mark.parametrize("type", [CUSTOMER, INVOICE])
def test_X3_no_match_is_absent(type, markers):
    assert fate(type, markers=markers) == ("absent", None)


def test_X3_a_deleted_match_is_no_match():
    assert fate(INVOICE, invoice(deleted=True)) == ("absent", None)


def test_X3_an_inactive_match_is_one():
    assert fate(CUSTOMER, customer(active=False))[0] == "adopted"


@pytest.mark.parametrize("markers", [True, False])
def test_X3_several_matches_are_checked_by_hand(markers):
    mark = "ours" if markers else ""
    twins = [invoice(marker=mark), invoice(marker=mark, remote_id="2")]
    assert fate(INVOICE, *twins, markers=markers)[0] == "check_by_hand"


def test_X3_our_mark_outweighs_others_of_the_same_number():
    assert fate(INVOICE, invoice(remote_id="9", marker=""), invoice()) == ("adopted", "1")


@pytest.mark.parametrize("facts", [{"total": Decimal("20.01")}, {"party_id": "8"}])
@pytest.mark.parametrize("markers", [True, False])
def test_X3_another_party_or_amount_is_checked_by_hand(facts, markers):
    assert fate(INVOICE, invoice(marker="ours" if markers else "", **facts), markers=markers)[0] == "check_by_hand"


def test_X3_where_marks_are_found_an_entity_without_ours_is_somebody_elses():
    assert fate(CUSTOMER, customer(marker="")) == ("absent", None)


def test_X3_where_marks_are_found_a_document_without_ours_may_have_been_entered_by_hand():
    assert fate(INVOICE, invoice(marker="theirs")) == ("check_by_hand", "1")


def test_X3_without_marks_an_entity_with_other_values_is_checked_by_hand():
    other = customer(marker="", data={"name": "Blue", "phone": "2"})
    assert fate(CUSTOMER, other, markers=False) == ("check_by_hand", "1")


def test_X3_what_can_be_found_by_nothing_is_never_absent():
    assert fate(PAYMENT, markers=False) == ("check_by_hand", None)
    assert fate(PAYMENT, markers=True) == ("absent", None)
    assert fate(PAYMENT, markers=False, number="R-1") == ("absent", None)


def test_X3_the_search_asks_for_the_mark_where_there_are_marks_and_for_the_natural_key():
    asked = wanted(request(INVOICE), markers=True)
    assert (asked.marker, asked.number, asked.name) == ("ours", "S1", None)
    asked = wanted(request(CUSTOMER), markers=False)
    assert (asked.marker, asked.number, asked.name) == (None, None, "Blue")


SEEN = RemoteRef(type=CUSTOMER, remote_id="1", version="3")


def after_change(found, **changes):
    return changed(request(CUSTOMER, Operation.UPDATE, SEEN, **changes), found, markers=True).outcome


def test_X3_an_update_is_known_by_version_mark_and_content():
    assert after_change(customer(version="3")) == "absent"
    assert after_change(customer()) == "adopted"
    assert after_change(customer(marker="older")) == "adopted"
    assert after_change(customer(marker="older", data={"name": "Blue", "phone": "3"})) == "absent"


@pytest.mark.parametrize("found", [None, customer(deleted=True)])
def test_X3_an_update_of_what_is_gone_is_checked_by_hand(found):
    assert after_change(found) == "check_by_hand"


@pytest.mark.parametrize(
    ("type", "found", "expected"),
    [
        (CUSTOMER, None, ("adopted", Removal.DELETE)),
        (CUSTOMER, customer(deleted=True), ("adopted", Removal.DELETE)),
        (CUSTOMER, customer(active=False), ("adopted", Removal.INACTIVATE)),
        (INVOICE, invoice(active=False), ("adopted", Removal.VOID)),
        (INVOICE, invoice(), ("absent", None)),
    ],
)
def test_X3_a_removal_is_known_by_what_is_left(type, found, expected):
    verdict = changed(request(type, Operation.DELETE, SEEN), found, markers=True)
    assert (verdict.outcome, verdict.how) == expected


def test_X3_types_without_a_place_for_marks_are_looked_for_by_name_in_books_that_find_marks():
    asked: list[Find] = []

    class Books:
        capabilities = Capabilities(types={}, markers=True, unmarked=frozenset({CUSTOMER}))

        def find(self, wanted):
            asked.extend(wanted)
            return [(customer(marker=""),) if one.type is CUSTOMER else () for one in wanted]

        def read(self, refs):
            return []

    sent_at = datetime(2026, 1, 1, tzinfo=UTC)
    doubtful = [
        Sent(row=SimpleNamespace(id=at, first_sent=sent_at), attempt_id=at, request=request(type), first_use=False)
        for at, type in enumerate((CUSTOMER, PAYMENT))
    ]
    fates = [found.outcome for found in search(Books(), doubtful)]
    assert fates == ["adopted", "absent"]
    assert [(one.marker, one.name, one.since) for one in asked] == [(None, "Blue", sent_at), ("ours", None, sent_at)]
