"""V1: a statement covers its period, whatever the books list and however; what cannot be asked is said."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hub_mock import MockAdapter

from hub.adapters import ChangePage, Found, hookimpl
from hub.errors import AuthorisationLost, BooksProblem, HubError, InvalidInput, NotFound, PluginProblem
from hub.testing.scratch import Scratch
from tests.integration.proof.statements import Statement, buckets, matched, remote


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
