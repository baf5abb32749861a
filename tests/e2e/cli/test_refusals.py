"""A refusal is one sentence and the right exit code: 4 and its code for a rule, 2 for wrong usage, 1 for bad input."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.e2e.cli.running import Run, payment, ship_doc

# What the command line says is the same on every database; `test_flows` and the rules run on both.
pytestmark = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)

Steps = Callable[[Run], list[str]]


def _queued(hub: Run, record: dict[str, Any]) -> str:
    assert hub("load", "acme", hub.file("one", [record])).code == 0
    (row,) = hub.json("queue", "acme/mock", "--search", record["source_id"])["items"]
    return str(row["id"])


def _psr(hub: Run, source_id: str) -> str:
    return str(hub.json("queue", "acme/mock", "--search", source_id)["items"][0]["id"])


def _payment_undo(_: Run) -> list[str]:
    return ["undo", "acme", "payment", "P1"]


def _prevent_synced(_: Run) -> list[str]:
    return ["prevent", "acme", "ship_doc", "S2"]


def _prevent_queued(hub: Run) -> list[str]:
    _queued(hub, ship_doc("S7"))
    return ["prevent", "acme", "ship_doc", "S7"]


def _remove_undo(hub: Run) -> list[str]:
    hub.json("undo", "acme", "ship_doc", "S2")
    return ["queue", "remove", "acme/mock", _psr(hub, "S2")]


def _remove_deletion(hub: Run) -> list[str]:
    hub.json("delete", "acme", "ship_doc", "S2")
    return ["queue", "remove", "acme/mock", _psr(hub, "S2")]


def _proxy_synced(hub: Run) -> list[str]:
    hub.json("mock", "add", "acme/mock", "item", "--set", "name=Other")
    return ["proxy", "set", "acme", "item", "I1", "--name", "Other"]


def _proxy_chain(hub: Run) -> list[str]:
    (item,) = hub.json("mock", "list", "acme/mock", "item")["items"]
    hub.json("mock", "edit", "acme/mock", "item", item["remote_id"], "--set", "active=false")
    hub.json("put", "acme", "item", "I6", stdin='{"name": "Six"}')
    return ["proxy", "set", "acme", "item", "I6", "--remote-id", item["remote_id"]]


def _proxy_of_a_document(_: Run) -> list[str]:
    return ["proxy", "set", "acme", "ship_doc", "S3", "--name", "Other"]


def _no_proxy(_: Run) -> list[str]:
    return ["proxy", "clear", "acme", "item", "I1"]


def _undo_of_what_is_not_there(_: Run) -> list[str]:
    return ["undo", "acme", "ship_doc", "S3"]


def _undo_twice(hub: Run) -> list[str]:
    hub.json("undo", "acme", "ship_doc", "S2")
    return ["undo", "acme", "ship_doc", "S2"]


def _undo_paid(_: Run) -> list[str]:
    return ["undo", "acme", "ship_doc", "S1"]


def _undo_an_entity(_: Run) -> list[str]:
    return ["undo", "acme", "customer", "C1"]


def _gateway(hub: Run) -> list[str]:
    _queued(hub, payment("P2", "S2", gateway_processed=True))
    return ["delete", "acme", "payment", "P2"]


def _not_prevented(_: Run) -> list[str]:
    return ["allow", "acme", "ship_doc", "S3"]


def _not_held(hub: Run) -> list[str]:
    return ["queue", "release", "acme/mock", _queued(hub, ship_doc("S7"))]


def _job_ended(_: Run) -> list[str]:
    return ["job", "cancel", "1"]


def _linked_already(_: Run) -> list[str]:
    return ["link", "acme", "customer", "C1", "--remote-id", "1", "--keep", "books"]


@pytest.mark.parametrize(
    ("steps", "code"),
    [
        (_payment_undo, "payment_undo_not_allowed"),
        (_prevent_synced, "undo_first"),
        (_prevent_queued, "delete_from_queue_first"),
        (_remove_undo, "prevent_sync_first"),
        (_remove_deletion, "to_be_deleted_irreversible"),
        (_proxy_synced, "proxy_on_synced_record"),
        (_proxy_chain, "target_inactive"),
        (_proxy_of_a_document, "not_an_entity"),
        (_no_proxy, "not_proxied"),
        (_undo_of_what_is_not_there, "not_synced"),
        (_undo_twice, "already_undone"),
        (_undo_paid, "payments_applied"),
        (_undo_an_entity, "not_a_transaction"),
        (_gateway, "gateway_processed"),
        (_not_prevented, "not_prevented"),
        (_not_held, "not_held"),
        (_job_ended, "job_finished"),
    ],
)  # fmt: skip
def test_a_rule_refuses_with_exit_code_4_and_its_own_code(acme: Run, steps: Steps, code: str) -> None:
    words = steps(acme)
    result = acme(*words, "--json")
    assert (result.code, result.out, result.error["code"]) == (4, "", code)
    assert result.error["fix"]
    people = acme(*words)
    assert (people.code, people.out) == (4, "")
    assert people.sentence().endswith(f"({code})")


def test_a_second_job_is_refused_while_one_is_unfinished(acme: Run) -> None:
    from hub.app import open_hub
    from hub.jobs.lease import take

    with open_hub() as other:
        job = other.request_job("acme/mock")
        assert take(other.core, other.lane("acme/mock"), job, 60) is not None
        result = acme("sync", "acme/mock", "--json")
        assert (result.code, result.error["code"]) == (4, "job_unfinished")


def test_a_failed_job_ends_with_1_and_is_shown(acme: Run) -> None:
    acme.json("mock", "fault", "acme/mock", "unauthorised")
    result = acme("sync", "acme/mock", "--json")
    assert (result.code, result.json["state"], result.err) == (1, "failed", "")
    assert "failed" in acme("jobs", "acme/mock").out
    assert acme.json("connections")["items"][0]["state"] == "paused"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["queu"], "Did you mean 'queue'"),
        (["queue"], "CONNECTION"),
        (["queue", "remove", "acme/mock"], "which requests"),
        (["queue", "remove", "acme/mock", "1", "--all"], "which requests"),
        (["queue", "remove", "acme/mock", "one"], "one"),
        (["queue", "remove", "acme/mock", "99999999999999999999"], "99999999999999999999"),
        (["queue", "hold", "acme/mock", "1"], "--reason"),
        (["queue", "acme/mock", "--state", "sleeping"], "sleeping"),
        (["queue", "acme/mock", "--operation", "burn"], "burn"),
        (["queue", "acme/mock", "--error", "bad luck"], "bad luck"),
        (["queue", "acme/mock", "--limit", "0"], "--limit"),
        (["queue", "acme/mock", "--nonsense"], "--nonsense"),
        (["company"], "Missing command"),
        (["company", "add"], "NAME"),
        (["connect", "acme", "mock", "--set", "batch_size"], "KEY=VALUE"),
        (["connect", "acme", "mock", "--set", "a=1", "--set", "a=2"], "twice"),
        (["link", "acme", "customer", "C1", "--keep", "books"], "--remote-id"),
        (["link", "acme", "customer", "C1", "--name", "x"], "--keep source"),
        (["proxy", "set", "acme", "item", "I1", "--name", "x", "--remote-id", "1"], "--remote-id"),
        (["load", "acme", "-", "--batch", "0"], "--batch"),
        (["job", "x"], "x"),
        (["job", "cancel"], "JOB"),
        (["schedule", "acme/mock", "--timezone", "UTC"], "--every"),
        (["schedule", "acme/mock", "--every", "5m", "--off"], "exactly one"),
        (["policy", "acme/mock", "--set", "unicorn.undo=yes"], "unicorn"),
        (["show", "acme", "customer", "\udcff"], "UTF-8"),
    ],
)
def test_wrong_usage_is_one_sentence_and_exit_code_2(acme: Run, words: list[str], says: str) -> None:
    people = acme(*words)
    assert (people.code, people.out) == (2, "")
    assert says in people.sentence()
    program = acme(*words, "--json")
    assert program.code == 2
    assert program.error["fix"]


@pytest.mark.parametrize(
    ("words", "stdin", "code"),
    [
        (["put", "acme", "customer", "C2"], b"{not json", "malformed_json"),
        (["put", "acme", "customer", "C2"], b"", "malformed_json"),
        (["put", "acme", "customer", "C2"], b"[]", "invalid_record"),
        (["put", "acme", "customer", "C2"], b'{"name": "\xff"}', "not_utf8"),
        (["put", "acme", "customer", "C2"], b'{"name": "A", "type": "item"}', "invalid_record"),
        (["put", "acme", "customer", "C2"], b'{"name": ""}', "invalid_record"),
        (["put", "acme", "customer", "C2"], b'{"name": NaN}', "malformed_json"),
        (["put", "acme", "customer", "C2"], b"[" * 100_000, "malformed_json"),
        (["put", "acme", "unicorn", "C2"], b"{}", "unknown_type"),
        (["put", "nobody", "customer", "C2"], b'{"name": "A"}', "company_not_found"),
        (["put", "acme", "customer", "C2", "missing.json"], b"", "file_not_found"),
        (["put", "acme", "customer", "C2", "."], b"", "file_unreadable"),
        (["load", "acme", "missing.jsonl"], b"", "file_not_found"),
        (["load", "acme", "."], b"", "file_unreadable"),
        (["load", "nobody", "-"], b"", "company_not_found"),
        (["show", "acme", "customer", "nobody"], b"", "record_not_found"),
        (["delete", "acme", "customer", "nobody"], b"", "record_not_found"),
        (["queue", "acme"], b"", "connection_not_found"),
        (["queue", "acme/mock", "--sort", "beauty"], b"", "bad_sort"),
        (["queue", "acme/mock", "--after", "nonsense"], b"", "bad_cursor"),
        (["queue", "acme/mock", "--type", "unicorn"], b"", "unknown_type"),
        (["queue", "remove", "acme/mock", "12345"], b"", "request_not_found"),
        (["sync", "acme/nowhere"], b"", "connection_not_found"),
        (["connections", "nobody"], b"", "company_not_found"),
        (["job", "12345"], b"", "job_not_found"),
        (["connect", "acme", "unicorn"], b"", "adapter_not_installed"),
        (["connect", "acme", "xero"], b"", "adapter_not_configured"),
        (["connect", "acme", "mock", "--name", "new", "--set", "wings=2"], b"", "bad_setting"),
        (["connect", "acme", "mock", "--name", "new", "--set", "batch_size=many"], b"", "bad_setting"),
        (["connect", "acme", "mock", "--name", "A B"], b"", "bad_name"),
        (["company", "add", "Acme"], b"", "company_exists"),
        (["company", "add", "😀"], b"", "bad_name"),
        (["policy", "acme/mock", "--set", "ship_doc.wings=2"], b"", "invalid_policy"),
        (["policy", "acme/mock", "--set", "payment.undo=true"], b"", "invalid_policy"),
        (["policy", "acme/mock", "--set", "closing_date=31.12.2025"], b"", "invalid_policy"),
        (["policy", "acme/mock", "--set", "start_date=2026-02-30"], b"", "invalid_policy"),
        (["policy", "acme/mock", "--set", "opening_date=2026-01-01"], b"", "invalid_policy"),
        (["policy", "acme/nowhere"], b"", "connection_not_found"),
        (["plan", "acme/nowhere"], b"", "connection_not_found"),
        (["plan", "acme"], b"", "connection_not_found"),
        (["sync", "acme/mock", "--plan", "12345"], b"", "plan_not_found"),
        (["schedule", "acme/mock", "--every", "soon"], b"", "bad_schedule"),
        (["schedule", "acme/mock", "--cron", "* * *", "--timezone", "Mars/Olympus"], b"", "bad_timezone"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_1(acme: Run, words: list[str], stdin: bytes, code: str) -> None:
    before = acme.json("queue", "acme/mock")
    program = acme(*words, "--json", stdin=stdin)
    assert (program.code, program.out, program.error["code"]) == (1, "", code)
    assert program.error["fix"]
    people = acme(*words, stdin=stdin)
    assert (people.code, people.out) == (1, "")
    assert people.sentence()
    assert acme.json("queue", "acme/mock") == before


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("sqlite:////no/such/folder/hub.db", "cannot_open"),
        ("nonsense", "bad_database_url"),
        ("unicorn://here", "bad_database_url"),
    ],
)
def test_a_database_that_cannot_be_used_is_one_sentence(
    hub: Run, monkeypatch: pytest.MonkeyPatch, url: str, code: str
) -> None:
    monkeypatch.setenv("HUB_DATABASE_URL", url)
    result = hub("company", "list", "--json")
    assert (result.code, result.error["code"]) == (1, code)
    assert hub("company", "list").sentence()


def test_a_file_that_is_no_database_and_one_from_a_newer_hub_are_left_alone(
    acme: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUB_DATABASE_URL", "sqlite:///" + acme.file("text.db", "this is no database " * 100))
    assert acme("company", "list", "--json").error["code"] == "not_a_database"
    import sqlite3

    with sqlite3.connect(acme.folder / "hub.db") as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    raw.close()
    monkeypatch.setenv("HUB_DATABASE_URL", f"sqlite:///{acme.folder / 'hub.db'}")
    assert acme("company", "list", "--json").error["code"] == "newer_database"


def test_bad_settings_are_wrong_usage(hub: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.file("hub.toml", "this is not = = toml")
    assert hub("company", "list").code == 2
    assert "hub.toml" in hub("company", "list").sentence()
    hub.file("hub.toml", "")
    monkeypatch.setenv("HUB_LOG_LEVEL", "SHOUTING")
    assert "SHOUTING" in hub("company", "list").sentence()


def test_whatever_else_goes_wrong_is_still_one_sentence(hub: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from hub.app import Hub

    def fail(_: object) -> None:
        raise RuntimeError("the unexpected\nin two lines")

    monkeypatch.setattr(Hub, "companies", fail)
    result = hub("company", "list", "--json")
    assert (result.code, result.error["code"]) == (1, "internal_error")
    assert "the unexpected in two lines" in hub("company", "list").sentence()

    def full(_: object) -> None:
        raise OSError(28, "No space left on device", "books.db")

    monkeypatch.setattr(Hub, "companies", full)
    assert "No space left on device" in hub("company", "list").sentence()


def test_a_load_that_is_interrupted_says_how_far_it_came(acme: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from hub.app import Hub
    from hub.errors import StoreProblem

    save, calls = Hub.put_many, []

    def full_at_the_third(self: Hub, company: str, given: Any) -> Any:
        calls.append(1)
        if len(calls) == 3:  # the first call only asks whether there is such a company
            raise StoreProblem("The disk is full.", code="disk_full", fix="Free some space, then repeat.")
        return save(self, company, given)

    monkeypatch.setattr(Hub, "put_many", full_at_the_third)
    lines = [{"type": "customer", "source_id": f"N{n}", "name": f"New {n}"} for n in range(4)]
    result = acme("load", "acme", acme.file("four", lines), "--batch", "2", "--json")
    assert (result.code, result.error["code"]) == (1, "disk_full")
    assert "2 records saved before" in result.error["fix"]
    assert json.dumps(result.error["details"]["created"]) == "2"


def test_on_a_terminal_undo_asks_first(acme: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from hub.cli import decisions

    asked: list[str] = []

    def no(question: str) -> bool:
        asked.append(question)
        return False

    monkeypatch.setattr(decisions, "interactive", lambda: True)
    monkeypatch.setattr(decisions.typer, "confirm", no)
    declined = acme("undo", "acme", "ship_doc", "S2")
    assert declined.code == 1
    assert "takes it out of the books (delete)" in declined.out
    assert declined.sentence().startswith("Error: Nothing was changed.")
    assert asked == ["Undo the sync of ship_doc S2?"]
    assert acme.json("show", "acme", "ship_doc", "S2")["status"] == "shipped"
    done = acme("undo", "acme", "ship_doc", "S2", "--yes")
    assert (done.code, len(asked)) == (0, 1)
    assert "takes it out of the books (delete)" in done.out


def test_many_requests_are_only_removed_after_a_yes(acme: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from hub.cli import decisions

    _queued(acme, ship_doc("S7"))
    monkeypatch.setattr(decisions, "interactive", lambda: True)
    monkeypatch.setattr(decisions.typer, "confirm", lambda _: False)
    assert acme("queue", "remove", "acme/mock", "--all").code == 1
    assert acme.json("queue", "acme/mock")["total"] == 1
    monkeypatch.setattr(decisions.typer, "confirm", lambda _: True)
    assert acme("queue", "remove", "acme/mock", "--all").code == 0
    assert acme.json("queue", "acme/mock")["total"] == 0
