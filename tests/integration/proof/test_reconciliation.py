"""V1: every document of source and books lies in exactly one bucket, with its reason, and the buckets sum."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hub_mock import MockAdapter
from hub_mock.faults import FaultName

from hub.adapters import ChangePage, Found, hookimpl
from hub.errors import AuthorisationLost, BooksProblem, HubError, InvalidInput, NotFound, PluginProblem
from hub.testing.scratch import Scratch

Statement = Callable[..., dict[str, Any]]


@pytest.fixture
def statement(scratch: Scratch) -> Statement:
    """The statement, checked for what must hold of every one."""

    def statement(of: Scratch = scratch, **period: Any) -> dict[str, Any]:
        made = of.hub.reconcile(of.connection, **period)
        assert made["adds_up"]
        assert_sums(made)
        assert all(each["reason"] for each in made["items"])
        assert all(each["fix"] for each in made["items"] if each["bucket"] != "excluded")
        return made

    return statement


def assert_sums(made: dict[str, Any]) -> None:
    """The buckets of each side sum to its total, in counts and in money, counted here once more."""
    for row in made["totals"] + made["sums"]:
        for side in ("source", "books"):
            cells = dict(row[side])
            total = cells.pop("total")
            assert sum(cell["count"] for cell in cells.values()) == total["count"]
            assert sum(round(float(cell["amount"]) * 100) for cell in cells.values()) == round(
                float(total["amount"]) * 100
            )


def buckets(made: dict[str, Any]) -> list[tuple[str, str | None, list[str]]]:
    """(bucket, source id, sides that count it) of everything that did not match."""
    return [(each["bucket"], each["source_id"], each["counted"]) for each in made["items"]]


def only(made: dict[str, Any], bucket: str) -> dict[str, Any]:
    """The one document of a bucket."""
    (item,) = [each for each in made["items"] if each["bucket"] == bucket]
    return item


def remote(scratch: Scratch, source_id: str = "S1") -> str:
    """Where a ship doc is in the books."""
    found: str = scratch.sync_of("ship_doc", source_id)["remote_id"]
    return found


def matched(made: dict[str, Any]) -> int:
    """How many pairs matched."""
    return sum(row["source"]["matched"]["count"] for row in made["sums"])


# ------------------------------------------------------------------------------------------------------ the buckets


def test_V1_what_is_the_same_on_both_sides_is_matched(synced: Scratch, statement: Statement) -> None:
    synced.ship_doc("S2", currency="EUR")
    synced.payment()
    synced.sync()
    made = statement()
    assert made["agrees"]
    assert made["complete"]
    assert made["items"] == []
    assert matched(made) == 3
    assert [(row["currency"], row["source"]["total"]["amount"]) for row in made["sums"]] == [
        ("EUR", "20.00"), ("USD", "40.00"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ("unit_price=11", ["amount"]),
        ("number=ZZ", ["number"]),
        ("date=2026-01-03", ["date"]),
        ("currency=EUR", ["currency"]),
        ("customer=Other", ["party"]),
    ],
)
def test_V1_what_was_changed_in_the_books_diverged_in_the_fields_named(
    synced: Scratch, statement: Statement, change: str, fields: list[str]
) -> None:
    keeper = synced.books.bookkeeper
    keeper.add("customer", ["name=Other"])
    if change.startswith("unit_price"):
        change = 'lines=[{"item":"I1","quantity":"2","unit_price":"11"}]'
    keeper.edit("ship_doc", remote(synced), [change])
    item = only(statement(), "diverged")
    assert item["source_id"] == "S1"
    assert [each["field"] for each in item["differs"]] == fields
    assert all(each["source"] != each["books"] for each in item["differs"])
    assert item["reason"] == "it was changed in the books after it was sent"


def test_V1_an_edit_that_still_waits_is_a_divergence_with_that_reason(synced: Scratch, statement: Statement) -> None:
    synced.ship_doc("S1", lines=[{"item": "I1", "quantity": "3", "unit_price": "10.00"}])
    item = only(statement(), "diverged")
    assert item["differs"] == [{"field": "amount", "source": "30.00", "books": "20.00"}]
    assert "waits in the queue" in item["reason"]


def test_V1_what_the_books_staff_deleted_is_missing_though_it_shows_as_synced(
    synced: Scratch, statement: Statement
) -> None:
    synced.books.bookkeeper.delete("ship_doc", remote(synced))
    assert synced.state("ship_doc", "S1") == "synced"
    item = only(statement(), "missing")
    assert (item["source_id"], item["reason"]) == ("S1", "it was deleted in the books")
    synced.hub.undo("acme", "ship_doc", "S1")  # the fix that is given leads out
    synced.sync()
    synced.ship_doc("S1")
    synced.sync()
    assert statement()["agrees"]


def test_V1_what_waits_is_missing_with_the_reason_why_it_waits(synced: Scratch, statement: Statement) -> None:
    synced.ship_doc("S2", customer="C9")
    assert "waits in the queue" in only(statement(), "missing")["reason"]
    synced.sync()
    assert "customer C9" in only(statement(), "missing")["reason"]
    psr = synced.queue(type="ship_doc")[0]["id"]
    synced.hub.hold(synced.connection, [psr], "ask ann")
    assert "ask ann" in only(statement(), "missing")["reason"]


def test_V1_what_the_books_refused_is_missing_with_their_words_and_the_fix(
    synced: Scratch, statement: Statement
) -> None:
    synced.books.bookkeeper.add("invoice", ["number=S2", "customer=Customer C1", "amount=1", "account=Sales"])
    synced.ship_doc("S2")
    synced.sync()
    item = only(statement(), "missing")
    assert "already has the number S2" in item["reason"]
    assert "another number" in item["fix"]


def test_V1_what_was_entered_in_the_books_by_hand_is_extra(synced: Scratch, statement: Statement) -> None:
    synced.books.bookkeeper.add("invoice", ["customer=Customer C1", "amount=5", "account=Sales", "date=2026-01-04"])
    item = only(statement(), "extra")
    assert (item["source_id"], item["counted"], item["books"]["amount"]) == (None, ["books"], "5.00")


def test_V1_a_document_with_our_mark_and_no_record_is_told_as_a_possible_double(
    synced: Scratch, statement: Statement
) -> None:
    with synced.hub.database.write("acme") as db:
        db.exec_driver_sql("DELETE FROM links WHERE remote_type = 'ship_doc'")
    made = statement()
    assert "carries the hub's mark" in only(made, "extra")["reason"]
    assert only(made, "missing")["reason"] == "nothing is queued for it"


def test_V1_what_was_sent_without_an_answer_is_unknown_on_both_sides(synced: Scratch, statement: Statement) -> None:
    synced.ship_doc("S2")
    synced.books.misbehave(FaultName.DROP_AFTER_COMMIT, times=99)
    synced.sync()
    synced.books.books.switch(None)
    made = statement()
    assert [item["counted"] for item in made["items"] if item["bucket"] == "unknown"] == [["books"], ["source"]]
    synced.clock.sleep(3600)
    synced.sync()
    assert statement()["agrees"]


def test_V1_excluded_documents_are_told_with_their_reason(synced: Scratch, statement: Statement) -> None:
    synced.ship_doc("open", status="processing")
    synced.ship_doc("unvalued", fully_recorded=False)
    synced.ship_doc("never", status="processing")
    synced.hub.prevent("acme", "ship_doc", "never")
    synced.ship_doc("never")
    synced.hub.set_policy(synced.connection, {"receiver": {"direction": "off"}})
    synced.put("vendor", "V1", name="V")
    synced.put("receiver", "R1", status="received", date="2026-01-04", vendor="V1",
               lines=[{"item": "I1", "quantity": "1", "unit_price": "1"}])  # fmt: skip
    made = statement()
    assert made["agrees"]
    assert {item["source_id"]: item["reason"] for item in made["items"]} == {
        "open": "its status is processing, which does not post",
        "unvalued": "it is not fully recorded yet",
        "never": "its sync is prevented",
        "R1": "receiver is switched off for this connection",
    }
    assert sum(made["excluded"].values()) == 4


def test_V1_a_copy_kept_by_detaching_is_excluded_on_both_sides(synced: Scratch, statement: Statement) -> None:
    synced.hub.detach("acme", "ship_doc", "S1")
    made = statement()
    assert made["agrees"]
    assert buckets(made) == [("excluded", "S1", ["source"]), ("excluded", "S1", ["books"])] or buckets(made) == [
        ("excluded", "S1", ["books"]), ("excluded", "S1", ["source"]),
    ]  # fmt: skip


def test_V1_an_undone_document_is_extra_until_its_removal_went_through(synced: Scratch, statement: Statement) -> None:
    synced.hub.undo("acme", "ship_doc", "S1")
    made = statement()
    assert sorted(buckets(made)) == [("excluded", "S1", ["source"]), ("extra", "S1", ["books"])]
    assert "its removal waits in the queue" in only(made, "extra")["reason"]
    synced.sync()
    assert statement()["agrees"]


def test_V1_a_deleted_document_is_no_longer_the_sources_and_extra_until_removed(
    synced: Scratch, statement: Statement
) -> None:
    synced.hub.delete("acme", "ship_doc", "S1")
    made = statement()
    assert buckets(made) == [("extra", "S1", ["books"])]
    assert made["sums"][0]["source"]["total"]["count"] == 0
    synced.sync()
    assert statement()["sums"] == []


def test_V1_a_removal_without_an_answer_is_unknown_in_the_books(synced: Scratch, statement: Statement) -> None:
    synced.hub.undo("acme", "ship_doc", "S1")
    synced.books.misbehave(FaultName.DROP_BEFORE_COMMIT, times=99)
    synced.sync()
    synced.books.books.switch(None)
    assert sorted(buckets(statement())) == [("excluded", "S1", ["source"]), ("unknown", "S1", ["books"])]


def test_V1_a_change_without_an_answer_is_unknown_while_the_sides_differ(synced: Scratch, statement: Statement) -> None:
    synced.ship_doc("S1", lines=[{"item": "I1", "quantity": "3", "unit_price": "10.00"}])
    synced.books.misbehave(FaultName.DROP_BEFORE_COMMIT, times=99)
    synced.sync()
    synced.books.books.switch(None)
    assert buckets(statement()) == [("unknown", "S1", ["source", "books"])]


def test_V1_a_payment_that_the_books_staff_applied_is_matched(synced: Scratch, statement: Statement) -> None:
    synced.books.bookkeeper.add("payment", [f'applied_to=[{{"source_id":"{remote(synced)}","amount":"5"}}]'])
    synced.sync()
    made = statement()
    assert made["agrees"]
    assert matched(made) == 2


# ------------------------------------------------------------------------------------------------- period and reads


def test_V1_only_the_days_of_the_period_count_and_both_ends_belong_to_it(synced: Scratch, statement: Statement) -> None:
    for day in ("2026-01-03", "2026-01-05", "2026-01-06"):
        synced.ship_doc(day, date=day)
    synced.sync()
    assert matched(statement(since="2026-01-04", until="2026-01-05")) == 2
    assert matched(statement(since=date(2026, 1, 5))) == 2
    assert matched(statement(until="2026-01-04")) == 2
    assert matched(statement()) == 4


@pytest.mark.parametrize(("since", "until", "counted"), [("2026-01-04", "2026-01-10", ["source"]),
                                                         ("2025-12-01", "2025-12-31", ["books"]),
                                                         (None, None, ["source", "books"])])  # fmt: skip
def test_V1_a_date_moved_over_the_edge_of_the_period_is_one_divergence_not_missing_and_extra(
    synced: Scratch, statement: Statement, since: str | None, until: str | None, counted: list[str]
) -> None:
    synced.books.bookkeeper.edit("ship_doc", remote(synced), ["date=2025-12-31"])
    made = statement(since=since, until=until)
    assert buckets(made) == [("diverged", "S1", counted)]
    assert made["items"][0]["differs"] == [{"field": "date", "source": "2026-01-04", "books": "2025-12-31"}]


def test_V1_the_same_data_gives_the_same_digest_and_a_change_another(synced: Scratch, statement: Statement) -> None:
    first = statement()
    synced.clock.sleep(1000)
    again = statement()
    assert (again["digest"], again["items"], again["totals"]) == (first["digest"], first["items"], first["totals"])
    assert again["made_from"]["at"] != first["made_from"]["at"]
    synced.books.bookkeeper.edit("ship_doc", remote(synced), ["memo=seen"])
    assert statement()["digest"] == first["digest"]  # nothing that is compared
    synced.ship_doc("S2")
    synced.sync()
    assert statement()["digest"] != first["digest"]  # even what matches is part of it
    assert statement(until="2026-02-01")["digest"] != statement()["digest"]


def test_V1_it_names_what_it_was_made_from(synced: Scratch, statement: Statement) -> None:
    made = statement(since="2026-01-01", until="2026-01-31")
    assert made["books"]["id"]
    assert (made["from"], made["to"]) == ("2026-01-01", "2026-01-31")
    assert made["made_from"]["history_head"] == synced.hub.verify("acme")["head"]
    assert made["made_from"]["last_job"] == 1
    assert made["made_from"]["import_cursor"]
    counts = {each["type"]: each for each in made["entities"]}
    assert counts["customer"] == {"type": "customer", "total": 1, "linked": 1, "proxied": 0, "unlinked": 0}


@pytest.fixture
def books_that(tmp_path: Path, store: Any) -> Iterator[Callable[..., Scratch]]:
    """A scratch hub whose adapter lists documents in its own way: `documents(page) -> page or None`."""
    made: list[Scratch] = []

    def books_that(documents: Callable[[ChangePage], Any]) -> Scratch:
        class Special(MockAdapter):
            @hookimpl
            def hub_documents(self, since: date, until: date, cursor: str | None, limit: int) -> Any:
                return documents(super().hub_documents(since, until, cursor, limit))

        (tmp_path / "special").mkdir()
        found = Found(name="mock", version="0", status="ready", adapter=Special)
        made.append(Scratch(tmp_path / "special", store.url(tmp_path / "special"), adapters={"mock": found}))
        for number in range(3):
            made[-1].ship_doc(f"S{number}")
        made[-1].customer()
        made[-1].item()
        made[-1].sync()
        return made[-1]

    yield books_that
    for scratch in made:
        scratch.hub.close()


def test_V1_without_a_list_of_documents_the_linked_ones_are_read_and_the_gap_is_said(
    books_that: Any, statement: Statement
) -> None:
    scratch = books_that(lambda _page: None)
    keeper = scratch.books.bookkeeper
    keeper.delete("ship_doc", remote(scratch, "S1"))
    keeper.add("invoice", ["customer=Customer C1", "amount=5", "account=Sales"])
    made = statement(scratch)
    assert buckets(made) == [("missing", "S1", ["source"])]
    assert matched(made) == 2
    assert not made["complete"]
    assert "cannot list" in made["notes"][0]


def test_J8_what_an_incomplete_list_leaves_out_is_looked_for_before_it_is_called_missing(
    books_that: Any, statement: Statement
) -> None:
    scratch = books_that(lambda page: replace(page, objects=page.objects[:1], complete=False))
    made = statement(scratch)
    assert matched(made) == 3
    assert made["items"] == []
    assert not made["agrees"]
    assert "not complete" in made["notes"][0]


def test_V1_a_list_that_tells_twice_or_turns_in_circles_harms_nothing(books_that: Any, statement: Statement) -> None:
    twice = books_that(lambda page: replace(page, objects=page.objects * 2, more=True, cursor="0"))
    made = statement(twice)
    assert matched(made) == 3
    assert "no end" in made["notes"][0]


def test_V1_documents_that_an_adapter_lists_outside_the_period_do_not_count(
    books_that: Any, statement: Statement
) -> None:
    outside = books_that(lambda page: replace(page, objects=tuple(replace(each, date=date(1999, 1, 1)) for each in
                                                                 page.objects)))  # fmt: skip
    made = statement(outside, since="2026-01-01")
    assert matched(made) == 3  # by their links


@pytest.mark.parametrize("answer", ["nonsense", 7, [1]])
def test_V1_an_answer_that_is_no_page_is_the_plugins_fault(books_that: Any, answer: Any) -> None:
    scratch = books_that(lambda _page: answer)
    with pytest.raises(PluginProblem):
        scratch.hub.reconcile(scratch.connection)


def test_V1_many_documents_go_page_by_page(scratch: Scratch, statement: Statement, monkeypatch: Any) -> None:
    monkeypatch.setattr("hub.proof.comparing.PAGE", 3)
    monkeypatch.setattr("hub.proof.comparing.READ", 2)
    monkeypatch.setattr("hub.proof.gather.PAGE", 4)
    scratch.customer()
    scratch.item()
    for number in range(10):
        scratch.ship_doc(f"S{number}")
    scratch.sync()
    for number in range(3):
        scratch.books.bookkeeper.delete("ship_doc", remote(scratch, f"S{number}"))
    made = statement()
    assert (matched(made), [each["source_id"] for each in made["items"]]) == (7, ["S0", "S1", "S2"])


def test_V1_a_job_that_runs_meanwhile_is_said(synced: Scratch, statement: Statement) -> None:
    synced.hub.request_job(synced.connection)
    made = statement()
    assert "A job ran" in made["notes"][0]
    assert not made["agrees"]


def test_V1_what_is_sent_while_the_statement_is_made_is_not_told_as_missing_and_extra(
    books_that: Any, statement: Statement
) -> None:
    acts: list[Callable[[], Any]] = []

    def meanwhile(page: ChangePage) -> ChangePage:
        if acts:
            acts.pop()()
            return ChangePage(objects=(), cursor="0", more=True)
        return page

    scratch = books_that(meanwhile)
    scratch.ship_doc("late")
    acts.append(scratch.sync)
    made = statement(scratch)
    assert made["items"] == []
    assert matched(made) == 4
    assert "A job ran" in made["notes"][0]


# -------------------------------------------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    "period",
    [
        {"since": "2026-02-30"}, {"until": "yesterday"}, {"since": ""}, {"since": "2026-1-1"}, {"since": "20260101"},
        {"since": "2026-02-01", "until": "2026-01-31"}, {"until": "2026-01-01T00:00:00"}, {"since": "0000-01-01"},
    ],
)  # fmt: skip
def test_V1_a_period_that_is_none_is_refused(scratch: Scratch, period: dict[str, str]) -> None:
    with pytest.raises(InvalidInput) as caught:
        scratch.hub.reconcile(scratch.connection, **period)
    assert caught.value.code == "bad_period"
    assert caught.value.fix


def test_V1_an_unknown_connection_has_no_statement(scratch: Scratch) -> None:
    with pytest.raises(NotFound):
        scratch.hub.reconcile("acme/nothing")


def test_V1_books_that_cannot_be_asked_give_a_plain_error(synced: Scratch) -> None:
    synced.books.misbehave("unauthorised")
    with pytest.raises(AuthorisationLost):
        synced.hub.reconcile(synced.connection)
    synced.books.books.switch(None)
    synced.hub.close()
    (file,) = synced.folder.glob("books-*.db")
    for left in synced.folder.glob("books-*"):
        left.unlink()
    file.mkdir()
    with pytest.raises(BooksProblem):
        synced.another_process().reconcile(synced.connection)


def test_V1_other_books_than_those_connected_are_refused(synced: Scratch) -> None:
    for file in synced.folder.glob("books-*"):
        file.unlink()
    with pytest.raises(HubError) as caught:
        synced.another_process().reconcile(synced.connection)
    assert caught.value.code == "wrong_company"
