"""C2, C5, C8, J7: what a change seen in the books means for a record here, decided from values alone."""

from __future__ import annotations

import pytest

from hub.adapters import RemoteObject
from hub.jobs.merging import (
    Adopt,
    Ambiguous,
    Ask,
    Candidate,
    Create,
    Gone,
    Known,
    Nothing,
    Overwrite,
    agreed_late,
    linked,
    unlinked,
)
from hub.model import RecordType, make_policy

POLICY = make_policy()
BASE = {"name": "Blue", "phone": "1", "email": "a@x.com", "active": True}


def seen(version="2", deleted=False, **changes):
    data = {key: value for key, value in {**BASE, **changes}.items() if key != "active"}
    return RemoteObject(
        type=RecordType.CUSTOMER, remote_id="9", version=version, name=data["name"], deleted=deleted, data=data
    )


def known(*, source_changed=False, diverged=False, version="1", **changes):
    return Known(record_id=5, version=version, base=BASE, data={**BASE, **changes}, source_changed=source_changed,
                 diverged=diverged)  # fmt: skip


def policy(winner):
    return make_policy({"conflicts": winner})


def test_J7_the_version_last_seen_is_no_news():
    assert isinstance(linked(seen(version="1"), known(version="1"), POLICY), Nothing)


def test_J7_without_a_version_the_content_is_looked_at():
    assert isinstance(linked(seen(version=""), known(version=""), POLICY), Overwrite)


def test_J7_a_change_in_the_books_alone_is_taken():
    found = linked(seen(phone="2"), known(), POLICY)
    assert isinstance(found, Overwrite)
    assert (found.fields, found.overwritten, found.lost) == ({"phone": "2"}, {}, {})
    assert found.base["phone"] == "2"


def test_C5_changes_of_different_fields_merge():
    found = linked(seen(phone="2"), known(source_changed=True, email="b@x.com"), POLICY)
    assert isinstance(found, Overwrite)
    assert found.fields == {"phone": "2"}


@pytest.mark.parametrize(
    ("winner", "fields", "overwritten", "lost"),
    [("source", {}, {}, {"phone": "2"}), ("books", {"phone": "2"}, {"phone": "3"}, {})],
)
def test_C5_a_field_both_changed_follows_the_policy_and_what_is_lost_is_told(winner, fields, overwritten, lost):
    found = linked(seen(phone="2"), known(source_changed=True, phone="3"), policy(winner))
    assert isinstance(found, Overwrite)
    assert (found.fields, found.overwritten, found.lost) == (fields, overwritten, lost)


def test_C5_or_a_person_is_asked():
    found = linked(seen(phone="2"), known(source_changed=True, phone="3"), policy("ask"))
    assert isinstance(found, Ask)
    assert [(clash.field, clash.base, clash.source, clash.books) for clash in found.clashes] == [
        ("phone", "1", "3", "2")
    ]


def test_Q9_a_change_taken_out_of_the_queue_is_given_up_for_the_books_values():
    found = linked(seen(), known(diverged=True, phone="3"), POLICY)
    assert isinstance(found, Overwrite)
    assert found.fields == {"phone": "1"}


def test_J8_only_what_the_books_call_deleted_is_gone():
    assert linked(seen(deleted=True), known(), POLICY) == Gone(record_id=5)


def test_C5_a_write_in_doubt_that_landed_is_agreed_on_only_where_the_books_still_say_so():
    sent = {**BASE, "phone": "2"}
    imported = {**BASE, "email": "b@x.com"}
    now = {**BASE, "phone": "2", "email": "c@x.com"}
    assert agreed_late(sent, imported, now) == {**BASE, "phone": "2", "email": "b@x.com"}
    assert agreed_late(sent, imported, None) == imported


def candidate(id=1, *, waiting=False, proxied=False):
    return Candidate(record_id=id, waiting=waiting, proxied=proxied)


@pytest.mark.parametrize(
    ("candidates", "expected"),
    [
        ([], Create()),
        ([candidate()], Adopt(record_id=1)),
        ([candidate(1), candidate(2)], Ambiguous(record_ids=(1, 2))),
    ],
)
def test_C8_none_creates_one_links_several_ask(candidates, expected):
    assert unlinked(seen(), candidates, import_new=True) == expected


def test_C8_the_policy_may_forbid_new_records():
    assert isinstance(unlinked(seen(), [], import_new=False), Nothing)
    assert unlinked(seen(), [candidate()], import_new=False) == Adopt(record_id=1)


@pytest.mark.parametrize("others", [[candidate(waiting=True)], [candidate(waiting=True), candidate(2)]])
def test_C1_a_record_of_that_name_that_waits_keeps_its_conflict(others):
    assert isinstance(unlinked(seen(), others, import_new=True), Nothing)


def test_C6_a_record_of_that_name_that_has_a_proxy_is_not_linked():
    assert isinstance(unlinked(seen(), [candidate(proxied=True)], import_new=True), Nothing)


def test_C8_what_is_deleted_and_unknown_here_is_nothing():
    assert isinstance(unlinked(seen(deleted=True), [candidate()], import_new=True), Nothing)
