"""`hub reconcile`, `hub verify` and the story that `hub show` tells, as their users meet them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable

import pytest

from tests.e2e.cli.running import Run, ship_doc

ON_FILES = "plain SQL on the file is how this test tampers"


@pytest.fixture
def raw(acme: Run) -> Callable[[str], None]:
    """One statement straight into the database file, its guards taken away."""
    file = acme.folder / "hub.db"
    if not file.exists():
        pytest.skip(ON_FILES)

    def raw(sql: str) -> None:
        with sqlite3.connect(file) as db:
            for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                db.execute(f"DROP TRIGGER {name}")
            db.execute(sql)

    return raw


def test_V1_a_statement_without_exceptions_exits_with_0(acme: Run) -> None:
    result = acme("reconcile", "acme/mock", "--from", "2026-01-01", "--to", "2026-01-31")
    assert result.code == 0
    assert "Source and books agree. The buckets sum" in result.out
    assert "its status is processing, which does not post" in result.out
    assert "digest" in result.out


def test_V1_returns_are_counted_against_sales_under_the_types_they_sum(acme: Run) -> None:
    acme("put", "acme", "customer_return", "CR1",
         stdin=json.dumps({**ship_doc("CR1"), "type": "customer_return", "status": "received"}))  # fmt: skip
    acme("sync", "acme/mock")
    result = acme("reconcile", "acme/mock")
    shown = [line.split() for line in result.out.splitlines()]
    (at,) = [at for at, words in enumerate(shown) if words[:3] == ["=", "sales", "source"]]
    ours, back = shown[at - 4], shown[at - 2]
    assert (ours[:3], back[:3]) == (["ship", "doc", "source"], ["customer", "return", "source"])
    assert float(shown[at][3]) == float(ours[3]) - float(back[3])
    assert shown[at + 1][0] == "books"


def test_V1_exceptions_are_told_with_reason_and_way_out_and_exit_with_3(acme: Run) -> None:
    invoice = acme.json("mock", "list", "acme/mock", "invoice")["items"][1]["remote_id"]
    acme("mock", "delete", "acme/mock", "invoice", invoice)
    acme("put", "acme", "ship_doc", "S9", stdin=json.dumps(ship_doc("S9", customer="C9")))
    acme("sync", "acme/mock")
    acme("mock", "add", "acme/mock", "invoice", "--set", "customer=Zoë's Café 😀 مرحبا", "--set", "amount=5",
         "--set", "account=Sales", "--set", "date=2026-01-05")  # fmt: skip
    result = acme("reconcile", "acme/mock")
    assert result.code == 3
    for words in ("Missing in the books: 2", "it was deleted in the books", "waits for customer C9",
                  "Extra in the books: 1", "the hub did not put it there", "3 exceptions"):  # fmt: skip
        assert words in result.out
    made = acme("reconcile", "acme/mock", "--json")
    assert made.code == 3
    assert made.err == ""
    assert sorted(each["bucket"] for each in made.json["items"]) == ["excluded", "extra", "missing", "missing"]
    assert made.json["adds_up"]


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("acme/mock", "--from", "2026-02-30"), 1, "bad_period"),
        (("acme/mock", "--to", "31.01.2026"), 1, "bad_period"),
        (("acme/mock", "--from", ""), 1, "bad_period"),
        (("acme/mock", "--from", "2026-02-01", "--to", "2026-01-01"), 1, "bad_period"),
        (("acme/nothing",), 1, "connection_not_found"),
        (("acme",), 1, "connection_not_found"),
        (("",), 1, "connection_not_found"),
        ((), 2, "CONNECTION"),
        (("acme/mock", "--since", "2026-01-01"), 2, "--since"),
    ],
)
def test_V1_a_bad_call_is_told_in_a_sentence(acme: Run, words: tuple[str, ...], code: int, told: str) -> None:
    result = acme("reconcile", *words)
    assert result.code == code
    assert told in result.sentence()


def test_V1_books_that_do_not_answer_are_told_in_a_sentence(acme: Run) -> None:
    acme("mock", "fault", "acme/mock", "unauthorised")
    result = acme("reconcile", "acme/mock", "--json")
    assert result.code == 1
    assert result.out == ""
    assert result.error["code"] == "authorisation_lost"


def test_V1_before_anything_was_synced_there_is_nothing_to_compare(hub: Run) -> None:
    hub("company", "add", "Acme")
    hub("connect", "acme", "mock")
    result = hub("reconcile", "acme/mock")
    assert result.code == 0
    assert "Neither side has a document" in result.out


def test_V2_a_whole_history_gives_its_head_and_exits_with_0(acme: Run) -> None:
    result = acme("verify", "acme")
    assert result.code == 0
    assert "acme: the history is whole" in result.out
    head = acme.json("verify", "acme")["head"]
    assert f"Head, to be kept outside: {head}" in result.out
    acme("put", "acme", "ship_doc", "S3", stdin=json.dumps(ship_doc("S3")))
    assert acme("verify", "acme", "--head", head).code == 0
    assert acme.json("verify")["total"] == 1


def test_V2_tampering_is_named_and_exits_with_3(acme: Run, raw: Callable[[str], None]) -> None:
    raw("UPDATE audit SET actor = 'somebody else' WHERE id = (SELECT min(id) FROM audit WHERE record_id IS NOT NULL)")
    result = acme("verify")
    assert result.code == 3
    assert "the history is broken since" in result.out
    assert "was changed after seal" in result.out
    broken = acme("verify", "acme", "--json")
    assert broken.code == 3
    assert broken.json["breaks"][0]["record"] == {"type": "customer", "source_id": "C1"}


def test_V2_an_end_that_was_cut_off_is_found_by_the_head(acme: Run, raw: Callable[[str], None]) -> None:
    head = acme.json("verify", "acme")["head"]
    last = int(head.partition(":")[0])
    raw("DELETE FROM answers")
    raw(f"DELETE FROM seals WHERE number = {last}")
    result = acme("verify", "acme", "--head", head)
    assert result.code == 3
    assert "its end was cut off" in result.out


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("nobody",), 1, "company_not_found"),
        (("acme", "--head", "nonsense"), 1, "bad_head"),
        (("acme", "--head", ""), 1, "bad_head"),
        (("--head", "1:" + "0" * 64), 2, "belongs to one company"),
        (("acme", "other"), 2, "other"),
    ],
)
def test_V2_a_bad_call_is_told_in_a_sentence(acme: Run, words: tuple[str, ...], code: int, told: str) -> None:
    result = acme("verify", *words)
    assert result.code == code
    assert told in result.sentence()


def test_V2_without_a_company_there_is_nothing_to_verify(hub: Run) -> None:
    result = hub("verify")
    assert result.code == 0
    assert "hub company add" in result.out


def test_V2_show_tells_the_story_in_sentences(acme: Run) -> None:
    acme("undo", "acme", "ship_doc", "S2", "--yes", "--reason", "wrong customer")
    shown = acme("show", "acme", "ship_doc", "S2").out
    assert "what happened" in shown
    assert "tester saved it for the first time" in shown
    assert "job 1 sent it (create, 1st try)" in shown
    assert "undid the sync: wrong customer" in shown
