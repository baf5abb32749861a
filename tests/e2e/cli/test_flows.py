"""What people do all day: set up, load, sync, look, decide; each through the commands alone."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.e2e.cli.running import CUSTOMER, ITEM, RECORDS, Run, payment, ship_doc


def test_from_nothing_to_books_that_agree(hub: Run) -> None:
    assert hub("company", "add", "Acme").out == "acme\n"
    made = hub.json("connect", "acme", "mock", "--set", "batch_size=2")
    assert made["connection"] == "acme/mock"
    assert made["books"]["name"]
    loaded = hub.json("load", "acme", hub.file("all.jsonl", RECORDS))
    assert loaded == {
        "created": 6,
        "updated": 0,
        "unchanged": 0,
        "refused": 0,
        "kept_as_custom": {},
        "errors": [],
        "errors_left_out": 0,
    }
    assert hub.json("queue", "acme/mock")["total"] == 5
    job = hub.json("sync", "acme/mock")
    assert (job["state"], job["totals"]["applied"]) == ("completed", 5)
    assert hub.json("queue", "acme/mock")["total"] == 0
    (invoice, _) = hub.json("mock", "list", "acme/mock", "invoice")["items"]
    assert invoice["total"] == "20.00"


def test_the_same_as_processes_of_their_own(hub: Run) -> None:
    hub.process("company", "add", "Acme")
    hub.process("connect", "acme", "mock")
    lines = "".join(json.dumps(record) + "\n" for record in RECORDS)
    loaded = hub.process("load", "acme", "-", "--json", stdin=lines.encode())
    assert (loaded.code, loaded.err, loaded.json["created"]) == (0, "", 6)
    synced = hub.process("sync", "acme/mock")
    assert synced.code == 0
    assert "Everything went through." in synced.out
    assert "5 applied" in synced.out
    again = hub.process("sync", "acme/mock", "--json")
    assert (again.code, again.err, again.json["totals"]["applied"]) == (0, "", 0)


def test_a_record_is_put_from_a_file_or_from_standard_input(acme: Run) -> None:
    assert acme.json("put", "acme", "customer", "C2", acme.file("c.json", '{"name": "Two"}'))["name"] == "Two"
    assert acme.json("put", "acme", "customer", "C2", "-", stdin='{"name": "Zwei"}')["name"] == "Zwei"
    again = acme.json("put", "acme", "customer", "C2", stdin='\ufeff{"name": "Deux", "discount": 0.10}')
    assert again["data"]["custom"] == {"discount": "0.10"}
    assert again["sync"][0]["state"] == "waiting"


def test_a_deleted_record_waits_to_be_deleted(acme: Run) -> None:
    deleted = acme.json("delete", "acme", "ship_doc", "S2")
    assert deleted["deleted"] is True
    assert deleted["sync"][0]["operation"] == "delete"


def test_a_load_names_bad_lines_by_number_and_loads_the_good_ones(acme: Run) -> None:
    lines = [
        b'{"type": "customer", "source_id": "L1", "name": "One"}',
        b"",
        b"[1, 2]",
        b"{broken",
        b'{"type": "customer", "source_id": "L2", "name": "\xff"}',
        b'{"type": "unicorn", "source_id": "L3"}',
        b'{"type": "ship_doc", "source_id": "L4", "number": "L4", "status": "shipped", "date": "2026-01-01", '
        b'"currency": "USD", "lines": [{"item": "I1", "quantity": "-1", "unit_price": "1"}]}',
        b'{"type": "customer", "source_id": "L5", "name": "Five"}',
    ]
    result = acme("load", "acme", acme.file("bad", b"\n".join(lines)), "--json")
    assert result.code == 1
    assert result.err == ""
    assert (result.json["created"], result.json["refused"]) == (2, 5)
    told = {error["line"]: error["code"] for error in result.json["errors"]}
    assert told == {3: "invalid_record", 4: "malformed_json", 5: "not_utf8", 6: "unknown_type", 7: "invalid_record"}
    people = acme("load", "acme", acme.file("bad", b"\n".join(lines)))
    assert people.code == 1
    assert [line.split(":")[0] for line in people.err.splitlines()] == [
        "line 3", "line 4", "line 5", "line 6 (unicorn L3)", "line 7 (ship_doc L4)",
    ]  # fmt: skip


def test_only_the_first_bad_lines_are_told_and_all_are_counted(acme: Run) -> None:
    result = acme("load", "acme", acme.file("bad", "nonsense\n" * 500))
    assert len(result.err.splitlines()) == 21
    assert "500 lines refused" in result.out


@pytest.mark.parametrize("batch", [1, 3, 1000])
def test_the_size_of_a_batch_changes_nothing(hub: Run, batch: int) -> None:
    hub("company", "add", "Acme")
    hub("connect", "acme", "mock")
    assert hub.json("load", "acme", hub.file("all", RECORDS), "--batch", batch)["created"] == 6
    assert hub.json("load", "acme", hub.file("all", RECORDS), "--batch", batch)["unchanged"] == 6


def test_a_very_long_line_is_loaded(acme: Run) -> None:
    lines = [{"item": "I1", "quantity": "1", "unit_price": "1.00"}] * 10_000
    assert acme.json("load", "acme", acme.file("long", [ship_doc("BIG", lines=lines)]))["created"] == 1


def test_a_job_with_errors_ends_with_3_and_says_what_to_do(acme: Run) -> None:
    acme.json("mock", "add", "acme/mock", "customer", "--set", "name=Taken")
    acme.json("put", "acme", "customer", "C7", stdin='{"name": "Taken"}')
    result = acme("sync", "acme/mock")
    assert result.code == 3
    assert all(word in result.out for word in ("need attention", "duplicate_name", "hub conflicts acme/mock"))
    conflict = acme.json("conflicts", "acme/mock")["items"][0]
    assert (conflict["kind"], conflict["source_id"]) == ("duplicate_name", "C7")
    assert "hub link" in acme("conflicts", "acme/mock").out
    assert acme("sync", "acme/mock", "--json").code == 3


def test_a_conflict_is_resolved_by_link_or_by_proxy(acme: Run) -> None:
    for name in ("Taken", "Also Taken"):
        acme.json("mock", "add", "acme/mock", "customer", "--set", f"name={name}")
    acme.json("put", "acme", "customer", "C7", stdin='{"name": "Taken"}')
    acme.json("put", "acme", "customer", "C8", stdin='{"name": "Also Taken"}')
    assert acme("sync", "acme/mock").code == 3
    linked = acme.json("link", "acme", "customer", "C7", "--name", "Taken", "--keep", "books")
    assert linked["sync"][0]["remote_id"]
    proxied = acme.json("proxy", "set", "acme", "customer", "C8", "--name", "Also Taken")
    assert proxied["sync"][0]["state"] == "proxied"
    assert acme.json("sync", "acme/mock")["state"] == "completed"
    assert acme.json("conflicts", "acme/mock")["items"] == []
    assert "No open conflicts" in acme("conflicts", "acme/mock").out


def test_a_proxy_is_set_and_cleared(acme: Run) -> None:
    acme.json("mock", "add", "acme/mock", "item", "--set", "name=Any Cheese")
    acme.json("put", "acme", "item", "I5", stdin='{"name": "Own Cheese"}')
    proxied = acme.json("proxy", "set", "acme", "item", "I5", "--name", "Any Cheese", "--reason", "not tracked")
    assert proxied["sync"][0]["state"] == "proxied"
    assert "proxied" in acme("show", "acme", "item", "I5").out
    assert acme.json("proxy", "clear", "acme", "item", "I5")["sync"][0]["operation"] == "create"


def test_undo_prevent_allow_and_detach(acme: Run) -> None:
    undone = acme.json("undo", "acme", "ship_doc", "S2", "--reason", "wrong price")
    assert (undone["status"], undone["sync"][0]["operation"]) == ("processing", "delete")
    assert acme.json("prevent", "acme", "ship_doc", "S2")["prevented"] is True
    allowed = acme.json("allow", "acme", "ship_doc", "S2")
    assert (allowed["prevented"], allowed["queued"]) == (False, [])
    acme.json("put", "acme", "ship_doc", "S4", stdin=json.dumps({**ship_doc("S4")}))
    acme.json("sync", "acme/mock")
    detached = acme.json("detach", "acme", "ship_doc", "S4", "--connection", "acme/mock")
    assert (detached["prevented"], detached["sync"][0]["kept_copy"] is not None) == (True, True)


def test_what_waits_is_filtered_sorted_and_paged(acme: Run) -> None:
    things = [{**ITEM, "source_id": f"T{n}", "name": f"Thing {n}"} for n in range(5)]
    acme("load", "acme", acme.file("things", [*things, ship_doc("S8"), {**CUSTOMER, "email": "new@example.com"}]))
    page = acme.json("queue", "acme/mock", "--type", "item", "--sort", "-title", "--limit", 2)
    assert [row["title"] for row in page["items"]] == ["Thing 4", "Thing 3"]
    assert page["total"] == 5
    rest = acme.json("queue", "acme/mock", "--type", "item", "--sort", "-title", "--after", page["next"])
    assert [row["title"] for row in rest["items"]] == ["Thing 2", "Thing 1", "Thing 0"]
    assert acme.json("queue", "acme/mock", "--operation", "update")["items"][0]["source_id"] == "C1"
    assert acme.json("queue", "acme/mock", "--search", "s8")["total"] == 1
    assert acme.json("queue", "acme/mock", "--state", "held")["items"] == []
    assert acme.json("queue", "acme/mock", "--error", "conflict")["items"] == []
    assert "--after" in acme("queue", "acme/mock", "--limit", 1).out


def test_requests_are_held_released_and_removed_by_id_or_all_at_once(acme: Run) -> None:
    things = [{**ITEM, "source_id": f"T{n}", "name": f"Thing {n}"} for n in range(4)]
    acme("load", "acme", acme.file("things", [*things, ship_doc("S8")]))
    first, second, *_ = [row["id"] for row in acme.json("queue", "acme/mock")["items"]]
    assert acme.json("queue", "hold", "acme/mock", first, second, "--reason", "month end") == {"held": 2}
    assert acme.json("queue", "release", "acme/mock", first) == {"released": 1}
    held = acme("queue", "hold", "acme/mock", "--all", "--type", "item", "--reason", "all items")
    assert held.err == "3 requests to hold.\n"
    assert acme.json("queue", "acme/mock", "--state", "held")["total"] == 4
    assert acme.json("queue", "release", "acme/mock", "--all") == {"released": 4}
    removed = acme.json("queue", "remove", "acme/mock", "--all", "--type", "item", "--reason", "not ours")
    assert removed["total"] == 4
    (left,) = acme.json("queue", "acme/mock")["items"]
    said = acme("queue", "remove", "acme/mock", left["id"]).out
    assert "the transaction is open again" in said
    assert acme.json("show", "acme", "ship_doc", "S8")["status"] == "processing"


def test_jobs_are_listed_and_shown(acme: Run) -> None:
    assert acme.json("jobs", "acme/mock")["items"][0]["trigger"] == "manual"
    job = acme.json("job", 1)
    assert {row["outcome"] for row in job["results"]} == {"applied"}
    said = acme("job", 1).out
    assert "5 applied" in said
    assert "P1" in said


def test_a_job_that_waits_for_a_worker_is_cancelled(acme: Run) -> None:
    from hub.app import open_hub

    with open_hub() as opened:
        job = opened.request_job("acme/mock")
    assert acme.json("job", "cancel", job)["state"] == "cancelled"


def test_a_schedule_is_set_shown_and_removed(acme: Run) -> None:
    assert "no schedule" in acme("schedule", "acme/mock").out
    assert acme.json("schedule", "acme/mock") is None
    assert acme.json("schedule", "acme/mock", "--every", "15m")["expression"] == "15m"
    cron = acme.json("schedule", "acme/mock", "--cron", "*/15 8-18 * * *", "--timezone", "Europe/Berlin")
    assert (cron["kind"], cron["timezone"]) == ("cron", "Europe/Berlin")
    assert "hub serve" in acme("schedule", "acme/mock").out
    assert acme.json("schedule", "acme/mock", "--off") is None


def test_an_empty_value_brings_a_policy_setting_back_to_its_default(acme: Run) -> None:
    shipped = acme.json("policy", "acme/mock")
    keys = ("ship_doc.trigger_statuses", "ship_doc.default_status", "item.exclude_kinds", "payment.undo", "conflicts")
    for key, value in zip(keys, ("invoiced", "draft", "inventory", "false", "ask"), strict=True):
        acme.json("policy", "acme/mock", "--set", f"{key}={value}")
    assert acme.json("policy", "acme/mock") != shipped
    took = [word for key in keys for word in ("--set", f"{key}=")]
    assert acme.json("policy", "acme/mock", *took) == shipped
    acme.json("put", "acme", "ship_doc", "S9", stdin=json.dumps(ship_doc("S9")))
    assert acme.json("queue", "acme/mock")["total"] == 1


def test_connecting_again_keeps_what_is_not_said_once_more(hub: Run) -> None:
    hub("company", "add", "Acme")
    hub.json("connect", "acme", "mock", "--set", "closing_date=2025-12-31", "--set", "batch_size=2")
    again = hub.json("connect", "acme", "mock", "--set", "batch_size=3")
    assert again["books"]["closing_date"] == "2025-12-31"
    assert hub.json("connect", "acme", "mock", "--set", "closing_date=")["books"]["closing_date"] is None


def test_bad_lines_are_told_in_the_order_of_the_file_with_the_fields_at_fault(acme: Run) -> None:
    lines = [
        '{"type": "customer", "source_id": "L1", "name": "One", "active": "yes"}',
        "{broken",
        '{"type": "customer", "name": "Nobody"}',
        "[]",
        '{"source_id": "L2"}',
    ]
    errors = acme("load", "acme", acme.file("bad", "\n".join(lines)), "--json").json["errors"]
    assert [error["line"] for error in errors] == [1, 2, 3, 4, 5]
    assert errors[0]["details"]["fields"] == ["active"]
    assert [error["source_id"] for error in errors] == ["L1", None, None, None, "L2"]
    told = acme("load", "acme", acme.file("bad", "\n".join(lines))).err
    assert "line 3 (customer without source_id): A record needs a source_id" in told
    assert "None" not in told


def test_a_load_tells_which_fields_it_does_not_know(acme: Run) -> None:
    lines = [
        {"type": "customer", "source_id": f"L{at}", "name": f"Name {at}", "vat_id": "1", "custom": {"mine": 1}}
        for at in range(3)
    ]
    lines[0]["colour"] = "red"
    assert acme.json("load", "acme", acme.file("new.jsonl", lines))["kept_as_custom"] == {"colour": 1, "vat_id": 3}
    assert (
        "4 values of unknown fields kept under custom, and not sent: colour, vat_id."
        in acme("load", "acme", acme.file("new.jsonl", lines)).out
    )


def test_repeated_problems_are_told_once_each_in_a_hundred_columns(acme: Run) -> None:
    for at in range(4):
        acme.json("mock", "add", "acme/mock", "customer", "--set", f"name=Twin number {at}")
        acme.json("put", "acme", "customer", f"T{at}", stdin=json.dumps({"name": f"Twin number {at}"}))
    synced = acme("sync", "acme/mock")
    assert synced.code == 3
    (line,) = [line for line in synced.out.splitlines() if "for example" in line]
    assert line.split()[:2] == ["4", "duplicate_name,"]
    assert "Twin number 1" not in synced.out


def test_the_list_of_changes_says_whether_there_is_another_page(acme: Run) -> None:
    customers = acme.json("mock", "list", "acme/mock", "customer")["items"]
    seen = acme.json("changes", "acme")["next"] or 0
    acme.json("mock", "edit", "acme/mock", "customer", customers[0]["remote_id"], "--set", "phone=555")
    acme.json("sync", "acme/mock")
    told = acme("changes", "acme", "--after", seen).out
    assert f"That is all. What comes later: hub changes acme --after {seen + 1}" in told
    assert "Those after these: hub changes acme --after" in acme("changes", "acme", "--after", seen, "--limit", 1).out


def test_the_policy_is_shown_and_changed(acme: Run) -> None:
    changed = acme.json(
        "policy", "acme/mock", "--set", "ship_doc.trigger_statuses=shipped, closed,invoiced",
        "--set", "customer.direction=export", "--set", "hold_after=3",
    )  # fmt: skip
    assert changed["ship_doc"]["trigger_statuses"] == ["closed", "invoiced", "shipped"]
    assert (changed["customer"]["direction"], changed["hold_after"]) == ("export", 3)
    assert "invoiced" in acme("policy", "acme/mock").out


def test_what_the_source_must_apply_is_a_list_to_poll(acme: Run) -> None:
    (customer,) = acme.json("mock", "list", "acme/mock", "customer")["items"]
    seen = acme.json("changes", "acme")["next"] or 0
    acme.json("mock", "edit", "acme/mock", "customer", customer["remote_id"], "--set", "phone=555")
    acme.json("sync", "acme/mock")
    (change,) = acme.json("changes", "acme", "--after", seen)["items"]
    assert (change["type"], change["source_id"]) == ("customer", "C1")
    assert "C1" in acme("changes", "acme", "--after", seen).out


def test_adapters_say_what_they_can_do_or_why_they_cannot(hub: Run) -> None:
    found = {one["name"]: one for one in hub.json("adapters")["items"]}
    assert found["mock"]["status"] == "ready"
    assert found["mock"]["capabilities"]["types"]["customer"] == "both"
    assert found["mock"]["capabilities"]["batch_size"] == 50
    assert (found["xero"]["status"], bool(found["xero"]["reason"]), bool(found["xero"]["fix"])) == (
        "not_configured", True, True,
    )  # fmt: skip
    assert "not configured" in hub("adapters").out
    assert list(hub.folder.iterdir()) == []


def test_a_broken_plugin_is_listed_with_reason_and_fix(hub: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from hub import adapters as contract

    broken = contract.Found(name="bad", version="1", status="broken", reason="It fails to load: X", fix="Update bad.")
    monkeypatch.setattr(contract, "find_adapters", lambda: {"bad": broken})
    (one,) = hub.json("adapters")["items"]
    assert (one["status"], one["reason"], one["fix"], one["capabilities"]) == (
        "broken", "It fails to load: X", "Update bad.", None,
    )  # fmt: skip
    assert "Update bad." in hub("adapters").out


def test_a_plugin_whose_commands_do_not_load_says_so_and_harms_no_other(
    hub: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    from importlib.metadata import EntryPoint

    from hub.cli import groups

    point = EntryPoint(name="bad", group=groups.COMMANDS, value="no_such_module:app")
    monkeypatch.setattr(groups, "entry_points", lambda group: [point])
    assert "bad" in hub("--help").out
    assert hub("company", "list").code == 0
    result = hub("bad", "list", "--json")
    assert (result.code, result.error["code"]) == (1, "commands_broken")
    assert "No module named" in hub("bad").sentence()


def test_a_connection_of_several_must_be_named(acme: Run) -> None:
    acme.json("connect", "acme", "mock", "--name", "second")
    given: dict[str, Any] = {"name": "Two"}
    acme.json("put", "acme", "customer", "C2", stdin=json.dumps(given))
    words = ("link", "acme", "customer", "C2", "--remote-id", "1", "--keep", "books", "--json")
    assert acme(*words).error["code"] == "connection_missing"
    assert acme(*words, "--connection", "other/mock").error["code"] in ("connection_not_found", "not_its_connection")


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_init_makes_the_database(hub: Run) -> None:
    assert hub.json("init")["ready"] is True
    assert (hub.folder / "hub.db").exists()
    assert "is ready" in hub("init").out


def test_a_record_is_shown_with_its_story(acme: Run) -> None:
    said = acme("show", "acme", "ship_doc", "S1").out
    assert all(word in said for word in ("synced", "I1", "20.00", "sent it (create", "the books took it"))
    assert "applied to" in acme("show", "acme", "payment", "P1").out
    shown = acme.json("show", "acme", "ship_doc", "S1")
    assert {"company", "type", "source_id", "number", "status", "fully_recorded", "prevented", "deleted", "data",
            "revision", "sync", "history"} <= set(shown)  # fmt: skip
    assert payment("P9", "S1")["applied_to"][0]["amount"] == "20.00"
