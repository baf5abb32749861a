"""The tutorial is true: its adapter goes into a hub, runs real syncs, loses replies, and posts nothing twice."""

from __future__ import annotations

import importlib
import json
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
from hatchling.builders.wheel import WheelBuilder
from sqlalchemy import update

from hub.adapters import Capabilities, Found, Outcome, find_adapters, hookimpl
from hub.adapters.discovery import ADAPTERS, EXTENSIONS
from hub.store.tables import connections
from hub.testing.scratch import Scratch

FAULTS = {
    "the request is lost on its way": lambda _adapter, _requests, _carry_out: None,
    "the reply is lost on its way": lambda _adapter, requests, carry_out: carry_out(requests),
}


@pytest.fixture
def declared(root: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], list[EntryPoint]]:
    """The entry points that the example's pyproject file declares for a group."""
    folder = root / "examples" / "tiny_adapter"
    monkeypatch.syspath_prepend(str(folder))
    groups = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["project"]["entry-points"]
    return lambda group: [EntryPoint(name, value, group) for name, value in groups[group].items()]


@pytest.fixture
def found(declared: Callable[[str], list[EntryPoint]]) -> dict[str, Found]:
    """The tutorial's adapter as the hub finds it."""
    return find_adapters(declared(ADAPTERS))


@pytest.fixture
def tiny(tmp_path: Path, found: dict[str, Found]) -> Iterator[Scratch]:
    """The company `acme`, connected to tiny books, on the real clock's word but without its waiting."""
    scratch = Scratch(tmp_path, adapter="tiny", adapters=found)
    yield scratch
    scratch.hub.close()


def objects(scratch: Scratch, type: str) -> list[dict[str, Any]]:
    """What the JSON file holds of one type."""
    return [one for one in scratch.books.load()["objects"].values() if one["type"] == type]


def by_hand(scratch: Scratch, name: str, **data: Any) -> None:
    """What the tutorial tells a person to do: change an object in the file, with a new version."""
    file: Path = scratch.books.file
    books = json.loads(file.read_text("utf-8"))
    books["version"] += 1
    one = next(one for one in books["objects"].values() if one.get("name") == name)
    one["version"] = str(books["version"])
    one["data"] |= data
    file.write_text(json.dumps(books), "utf-8")


def test_the_example_is_found_through_its_entry_point_and_is_ready(found: dict[str, Found]) -> None:
    assert {name: each.status for name, each in found.items()} == {"tiny": "ready"}


def test_create_update_and_undo_reach_the_tiny_books(tiny: Scratch) -> None:
    tiny.customer(email="a@example.com")
    tiny.item()
    tiny.ship_doc()
    assert tiny.sync()["totals"]["applied"] == 3
    assert {tiny.state(*ref) for ref in (("customer", "C1"), ("item", "I1"), ("ship_doc", "S1"))} == {"synced"}
    (invoice,) = objects(tiny, "ship_doc")
    assert invoice["total"] == "20.00"

    tiny.customer(email="b@example.com")
    tiny.ship_doc(memo="fragile")
    assert tiny.sync()["state"] == "completed"
    assert [one["data"]["email"] for one in objects(tiny, "customer")] == ["b@example.com"]
    assert [one["data"]["memo"] for one in objects(tiny, "ship_doc")] == ["fragile"]

    tiny.hub.undo(tiny.company, "ship_doc", "S1")
    assert tiny.sync()["state"] == "completed"
    assert objects(tiny, "ship_doc") == []


def test_a_deleted_customer_is_made_inactive(tiny: Scratch) -> None:
    tiny.customer()
    tiny.sync()
    tiny.hub.delete(tiny.company, "customer", "C1")
    assert tiny.sync()["state"] == "completed"
    assert [one["active"] for one in objects(tiny, "customer")] == [False]


def test_a_second_sync_sends_nothing(tiny: Scratch) -> None:
    tiny.customer()
    tiny.sync()
    before = tiny.books.load()
    assert tiny.sync()["totals"]["applied"] == 0
    assert tiny.books.load() == before


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("verb", ["create", "update", "delete"])
def test_nothing_is_posted_twice_or_lost_when(tmp_path: Path, found: dict[str, Found], fault: str, verb: str) -> None:
    flaky: dict[str, bool] = {"now": False}

    class Flaky(found["tiny"].adapter):  # type: ignore[misc]
        def _meet(self, requests: Any, carry_out: Callable[[Any], list[Outcome]]) -> list[Outcome]:
            if not flaky["now"]:
                return carry_out(requests)
            flaky["now"] = False
            FAULTS[fault](self, requests, carry_out)
            raise ConnectionResetError("connection reset by peer")

        @hookimpl
        def hub_create(self, requests: Any) -> list[Outcome]:
            return self._meet(requests, super().hub_create)

        hub_update = hub_delete = hub_undo = hub_create

    scratch = Scratch(tmp_path, adapter="tiny", adapters={"tiny": Found(name="tiny", version="", status="ready",
                                                                         adapter=Flaky)})  # fmt: skip
    with scratch.hub:
        flaky["now"] = verb == "create"
        scratch.customer(email="a@example.com")
        scratch.sync()
        flaky["now"] = verb != "create"
        if verb == "update":
            scratch.customer(email="b@example.com")
        elif verb == "delete":
            scratch.hub.delete("acme", "customer", "C1")
        scratch.sync()
        assert not flaky["now"]
        (only,) = objects(scratch, "customer")
        assert only["active"] is (verb != "delete")
        assert only["data"]["email"] == ("b@example.com" if verb == "update" else "a@example.com")
        assert scratch.queue() == []


def test_a_name_that_the_books_have_already_is_a_conflict_and_nothing_is_overwritten(tiny: Scratch) -> None:
    tiny.customer(name="Ada")
    tiny.sync()
    books = json.loads(tiny.books.file.read_text("utf-8"))
    books["objects"]["9"] = {**books["objects"]["1"], "name": "BOB  Jones", "marker": "", "version": "0"}
    tiny.books.file.write_text(json.dumps(books), "utf-8")
    tiny.customer("C2", name="Bob Jones")
    assert tiny.sync()["totals"]["conflict"] == 1
    assert tiny.queue()[0]["error"]["code"] == "duplicate_name"
    assert len(objects(tiny, "customer")) == 2


def test_a_refusal_keeps_the_books_words_and_a_fix(tiny: Scratch) -> None:
    tiny.customer()
    tiny.item()
    tiny.sync()
    file: Path = tiny.books.file
    file.write_text(file.read_text("utf-8").replace('"active": true', '"active": false'), "utf-8")
    tiny.ship_doc()
    assert tiny.sync()["totals"]["rejected"] == 1
    error = tiny.queue()[0]["error"]
    assert (error["class"], error["code"]) == ("validation", "customer_inactive")
    assert error["fix"]


def test_a_change_in_the_tiny_books_comes_back(tiny: Scratch) -> None:
    tiny.customer(name="Ada", email="a@example.com")
    tiny.sync()
    by_hand(tiny, "Ada", email="ada@example.com")
    assert tiny.sync()["totals"]["imported"] == 1
    assert tiny.hub.show("acme", "customer", "C1")["data"]["email"] == "ada@example.com"


def test_an_update_that_meets_a_newer_version_is_merged_and_sent_again(tiny: Scratch) -> None:
    tiny.customer(name="Ada", email="a@example.com", phone="1")
    tiny.sync()
    by_hand(tiny, "Ada", email="ada@example.com")
    tiny.customer(name="Ada", email="a@example.com", phone="2")
    assert tiny.sync()["state"] == "completed"
    (ada,) = objects(tiny, "customer")
    assert ada["data"] == {"email": "ada@example.com", "phone": "2"}


def test_books_that_cannot_be_read_end_the_job_with_a_sentence(tiny: Scratch) -> None:
    tiny.books.file.write_text("{", "utf-8")
    tiny.customer()
    job = tiny.sync()
    assert job["state"] == "failed"
    assert "Restore the file." in job["message"]


def test_the_extension_prints_the_purchase_order_in_the_memo(
    tiny: Scratch, declared: Callable[[str], list[EntryPoint]], monkeypatch: pytest.MonkeyPatch
) -> None:
    points = declared(EXTENSIONS)
    monkeypatch.setattr("hub.adapters.discovery.entry_points", lambda group: points)
    with tiny.hub.database.write(None) as db:
        db.execute(update(connections).values(extensions=[point.name for point in points]))
    tiny.customer()
    tiny.item()
    tiny.ship_doc(po="4711")
    tiny.sync()
    assert [one["data"]["memo"] for one in objects(tiny, "ship_doc")] == ["PO 4711"]
    tiny.ship_doc(po="4711", memo="fragile")
    tiny.sync()
    assert [one["data"]["memo"] for one in objects(tiny, "ship_doc")] == ["fragile PO 4711"]
    assert "memo" not in tiny.hub.show("acme", "item", "I1")["data"]


def test_every_quotation_stands_word_for_word_in_the_example(page: Callable[[str], Any], root: Path) -> None:
    folder = root / "examples" / "tiny_adapter"
    sources = "\n".join(file.read_text("utf-8") for file in folder.iterdir() if file.is_file())
    quoted = page("writing-an-adapter.md").blocks("python") + page("writing-an-adapter.md").blocks("toml")
    assert len(quoted) >= 5
    assert [text for text in quoted if text not in sources] == []


def test_the_adapter_stays_small_enough_for_a_tutorial(root: Path) -> None:
    text = (root / "examples" / "tiny_adapter" / "hub_tiny.py").read_text("utf-8")
    assert len([line for line in text.splitlines() if line.strip()]) < 120


def test_the_tutorial_names_every_outcome_and_every_capability_with_its_safe_value(page: Callable[[str], Any]) -> None:
    tutorial = page("writing-an-adapter.md")
    assert {row[0] for row in tutorial.rows("Outcome")} == {one.__name__ for one in Outcome.__args__}
    named = {row[0]: row[1] for row in tutorial.rows("Capability")}
    assert list(named) == list(Capabilities.__dataclass_fields__)
    safe = Capabilities(types={})
    plain = {name: getattr(safe, name) for name in named if not hasattr(getattr(safe, name), "__iter__")}
    del plain["name_rule"]
    assert {name: named[name] for name in plain} == {name: str(value).lower() for name, value in plain.items()}


def test_the_first_steps_work_as_shown(page: Callable[[str], Any], root: Path, tmp_path: Path) -> None:
    (wheel,) = WheelBuilder(str(root / "examples" / "tiny_adapter")).build(
        directory=str(tmp_path), versions=["standard"]
    )
    zipfile.ZipFile(wheel).extractall(tmp_path / "installed")
    steps = page("writing-an-adapter.md").blocks("console")[0].replace("$ ", "").splitlines()
    assert steps[0] == "pip install ./examples/tiny_adapter"
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "installed"), "HUB_DATABASE_URL": "sqlite:///hub.db"}
    script = "\n".join(["set -e", f'hub() {{ "{Path(sys.executable).with_name("hub")}" "$@"; }}', *steps[1:]])
    done = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, env=environment, check=True, capture_output=True, text=True
    )
    assert '"name": "Ada"' in done.stdout


def test_every_module_the_tutorial_names_can_be_imported(page: Callable[[str], Any]) -> None:
    for name in set(re.findall(r"`(hub\.[a-z.]+)`", page("writing-an-adapter.md").text)):
        importlib.import_module(name)
