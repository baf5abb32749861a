"""The demo tells what it saw: every step came out, both sides agree, and it is the same story every time."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from hub.app import open_hub
from hub.demo import run, run_demo
from hub.demo.names import CATCH_ALL, MOVED, TWICE
from hub.demo.records import make_records
from hub.demo.steps import STEPS
from hub.errors import HubError, UsageError


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the demo returned, and under `lines` what it said."""
    lines: list[str] = []
    done = run_demo(tmp_path_factory.mktemp("demo"), lines.append)
    return {**done, "lines": lines}


def facts(told: dict[str, Any], step: str) -> dict[str, Any]:
    (found,) = [one["facts"] for one in told["steps"] if one["step"] == step]
    return dict(found)


def test_every_step_is_told_in_one_line_of_what_and_why(told):
    numbered = [line for line in told["lines"] if line[:3].strip().rstrip(".").isdigit()]
    assert [one["step"] for one in told["steps"]] == [step.__name__ for step in STEPS]
    assert len(numbered) == len(STEPS)
    for line, one in zip(numbered, told["steps"], strict=True):
        assert one["what"] in line
        assert one["why"] in line
    assert not any("\n" in line for line in told["lines"])


def test_the_company_is_as_large_as_promised_and_always_the_same():
    records = make_records()
    assert records == make_records()
    kinds = Counter(one["type"] for one in records)
    documents = sum(kinds[type] for type in ("ship_doc", "receiver", "customer_return", "vendor_return"))
    assert (kinds["customer"], kinds["vendor"], kinds["item"], documents) == (40, 6, 60, 300)
    assert kinds["payment"] == 90
    assert len({(one["type"], one["source_id"]) for one in records}) == len(records)


def test_both_sides_agree_seen_from_the_files_themselves(told):
    with sqlite3.connect(Path(told["folder"]) / "books.db") as books:
        rows = books.execute("SELECT posts_as, total FROM objects WHERE deleted = 0").fetchall()
    for side in told["sides"]:
        totals = [Decimal(total or 0) for posts_as, total in rows if posts_as == side["posts_as"]]
        assert side["unmatched"] == 0
        assert side["source_count"] == side["books_count"] == len(totals)
        if side["source_total"] is not None:
            assert Decimal(side["source_total"]) == Decimal(side["books_total"]) == sum(totals)
            assert Decimal(side["difference"]) == 0
    assert told["agree"]
    assert "Both sides agree, to the cent." in told["lines"]


def test_the_steps_left_their_traces(told):
    company, connection = told["company"], told["connection"]
    with open_hub(told["database"]) as hub:
        books = hub.adapter(connection).bookkeeper

        def standing(type: str, source_id: str) -> dict[str, Any]:
            (found,) = hub.show(company, type, source_id, history=False)["sync"]
            return dict(found)

        assert [one["name"] for one in books.all("customer")].count(TWICE) == 1
        assert standing("customer", facts(told, "duplicate_name")["source_id"])["state"] == "synced"
        proxied = facts(told, "proxy")
        assert standing("item", proxied["item"])["proxy"]["name"] == CATCH_ALL
        undone = facts(told, "undo")
        assert standing("ship_doc", undone["number"])["remote_id"] == undone["again"] != undone["first"]
        assert standing("ship_doc", facts(told, "prevent")["number"])["state"] == "prevented"
        assert standing("ship_doc", facts(told, "detach")["number"])["kept_copy"] == facts(told, "detach")["kept_copy"]
        assert facts(told, "payment_undo")["code"] == "payment_undo_not_allowed"
        moved = hub.show(company, "customer", facts(told, "change_in_books")["source_id"])
        assert (moved["name"], moved["data"]["billing_address"]["city"]) == (MOVED, "Annecy")
        numbers = Counter(one["number"] for one in books.all("invoice"))
        assert {numbers[number] for number in facts(told, "lost_reply")["numbers"]} == {1}
        assert facts(told, "quiet")["sent"] == 0
        assert hub.queue(connection)["total"] == 0


def test_a_difference_is_found_and_is_an_error(tmp_path, monkeypatch):
    def meddle(stage):
        books = stage.books
        books.edit("invoice", books.all("invoice")[-1]["remote_id"], ["number=SD-9999"])
        return quiet(stage)

    quiet = STEPS[-1]
    monkeypatch.setattr(run, "STEPS", (*STEPS[:-1], meddle))
    lines: list[str] = []
    with pytest.raises(HubError) as fault:
        run_demo(tmp_path, lines.append)
    assert fault.value.code == "demo_failed"
    assert any("2 differ" in line for line in lines)
    assert not any("agree" in line for line in lines)


def test_settings_and_policy_of_this_directory_do_not_change_the_story(tmp_path, monkeypatch):
    (tmp_path / "hub.toml").write_text('[policy.ship_doc]\ntrigger_statuses = ["closed"]\n')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HUB_DATA_DIR", str(tmp_path / "elsewhere"))
    assert run_demo(tmp_path / "demo", lambda _: None)["agree"]
    assert not (tmp_path / "elsewhere").exists()


def test_a_folder_with_a_hub_in_it_is_left_alone(told):
    folder = Path(told["folder"])
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    with pytest.raises(UsageError) as fault:
        run_demo(folder, lambda _: None)
    assert fault.value.code == "demo_exists"
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(HubError, match="cannot be used"):
        run_demo(tmp_path / "file" / "demo", lambda _: None)


def hub(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A command in a process of its own, with `folder` for temporary files."""
    return subprocess.run(
        [Path(sys.executable).with_name("hub"), *words], cwd=folder, capture_output=True, text=True, encoding="utf-8",
        timeout=120, env={**os.environ, "TMPDIR": str(folder), "PYTHONIOENCODING": "utf-8", **environment},
    )  # fmt: skip


def test_hub_demo_starts_from_nothing_each_time_and_names_commands_that_work(tmp_path):
    first, second = hub(tmp_path, "demo"), hub(tmp_path, "demo", "--json")
    assert (first.returncode, first.stderr) == (0, "")
    assert second.returncode == 0
    done = json.loads(second.stdout)
    assert done["agree"]
    assert len(list(tmp_path.glob("hub-demo-*"))) == 2
    assert done["folder"] not in first.stdout
    name, _, url = done["next"][0].removeprefix("export ").partition("=")
    assert name == "HUB_DATABASE_URL"
    for command in done["next"][1:-1]:
        words = command.split()[1:]
        tried = hub(tmp_path, *words, **{name: url})
        assert (tried.returncode, tried.stderr) == (0, ""), command
        assert tried.stdout.strip()


def test_hub_demo_keeps_the_folder_it_is_told_and_refuses_it_the_second_time(tmp_path):
    assert hub(tmp_path, "demo", "--dir", "kept").returncode == 0
    assert (tmp_path / "kept" / "hub.db").is_file()
    again = hub(tmp_path, "demo", "--dir", "kept")
    assert again.returncode == 2
    assert "demo_exists" in again.stderr
    assert again.stderr.count("\n") == 1
