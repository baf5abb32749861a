"""The command line is a promise: its commands, its options, its documentation, its speed, its streams."""

from __future__ import annotations

import os
import re
import signal
import time
from pathlib import Path

import pytest

from hub import __version__
from hub.cli.commands import command
from tests.e2e.cli.running import ITEM, Run, ship_doc

# What the command line promises is the same on every database; `test_flows` and the rules run on both.
pytestmark = [pytest.mark.usefixtures("databases"), pytest.mark.parametrize("databases", ["sqlite"], indirect=True)]

PROMISED = {
    "init": "", "demo": "--dir", "adapters": "", "company add": "", "company list": "",
    "connect": "--name --set", "connections": "", "put": "", "load": "--batch", "delete": "", "show": "",
    "queue list": "--type --operation --state --error --search --sort --limit --after",
    "queue remove": "--reason", "queue hold": "--reason", "queue release": "--reason",
    "plan": "--limit", "sync": "--plan", "jobs": "", "job show": "", "job cancel": "",
    "undo": "--connection --reason", "prevent": "--connection --reason", "allow": "--connection --reason",
    "detach": "--connection --reason",
    "proxy set": "--name --remote-id --connection", "proxy clear": "--connection",
    "link": "--name --remote-id --keep --connection", "conflicts": "",
    "schedule": "--every --cron --timezone --off", "serve": "--host --port", "worker": "",
    "simulate": "--seeds --seed --control --jobs", "reconcile": "--from --to",
    "webhook add": "--kind", "webhook list": "", "webhook remove": "", "webhook test": "", "webhook enable": "--skip",
    "webhook deliveries": "",
    "key add": "--role --right --expires", "key list": "", "key revoke": "",
    "user add": "--administrator", "user list": "", "user link": "", "user role": "--right",
    "user shut-out": "--let-in",
    "policy": "--set", "changes": "--after", "verify": "--head",
}  # fmt: skip
"""Every command of the outer interfaces (but sandboxes), our additions last, with its options."""

PRINTS_NO_DATA = ("serve", "worker")
DOCS = Path(__file__).parents[3] / "docs" / "cli.md"


def _options(words: str) -> set[str]:
    found = command()
    for word in words.split():
        found = found.commands[word]
    return {option for parameter in found.params for option in parameter.opts if option.startswith("--")}


def _all_commands() -> set[str]:
    found = set()
    for name, one in command().commands.items():
        inner = getattr(one, "commands", None)
        found |= {f"{name} {verb}" for verb in inner} if inner else {name}
    return found


@pytest.mark.parametrize("words", PROMISED)
def test_every_promised_command_exists_with_its_options_and_has_help(hub: Run, words: str) -> None:
    result = hub(*words.split(), "--help")
    assert result.code == 0
    assert f"Usage: hub {words}" in result.out
    wanted = set(PROMISED[words].split()) | (set() if words in PRINTS_NO_DATA else {"--json"})
    assert wanted <= _options(words)


def test_no_command_is_missing_from_the_list_of_promises() -> None:
    assert _all_commands() == set(PROMISED)


def test_the_reference_names_every_command_and_every_option() -> None:
    reference = DOCS.read_text(encoding="utf-8")
    sections = {
        match[1]: match[2] for match in re.finditer(r"^### `hub ([^`]+)`\n(.*?)(?=^##|\Z)", reference, re.M | re.S)
    }
    assert set(sections) == set(PROMISED) | {"mock", "quickbooks"}
    shared = reference.split("\n## ", 1)[0]
    for words in PROMISED:
        missing = {option for option in _options(words) if f"`{option}" not in sections[words] + shared}
        assert not missing, f"docs/cli.md says nothing of {missing} in the section of hub {words}"
        assert f"$ hub {words}".removesuffix(" list").removesuffix(" show") in sections[words]


def test_without_a_command_the_help_tells_what_there_is(hub: Run) -> None:
    result = hub()
    assert result.code == 0
    assert all(name in result.out for name in ("demo", "sync", "queue", "mock", "Exit codes"))


def test_the_version_is_one_line(hub: Run) -> None:
    assert hub("--version").out == f"hub {__version__}\n"


def test_help_touches_nothing(hub: Run) -> None:
    result = hub.process("--help")
    assert (result.code, result.err) == (0, "")
    assert list(hub.folder.iterdir()) == []


def test_help_imports_no_database_and_no_adapter(hub: Run) -> None:
    check = (
        "import sys; from hub.cli import main; main(['--help']);"
        "bad = {'sqlalchemy', 'pydantic', 'rich', 'hub_mock', 'hub.app'} & set(sys.modules);"
        "sys.exit(str(bad) if bad else 0)"
    )
    import subprocess
    import sys

    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_queue_is_listed_with_or_without_the_word_list(acme: Run) -> None:
    assert acme.json("queue", "acme/mock") == acme.json("queue", "list", "acme/mock")
    assert acme("queue", "--json", "acme/mock").json["total"] == 0
    assert acme("job", "--json", "1").json["id"] == 1


def test_the_help_of_a_group_with_a_default_shows_options_and_verbs(hub: Run) -> None:
    said = hub("queue", "--help").out
    assert all(word in said for word in ("Usage: hub queue", "--sort", "remove", "hold", "release"))


def test_json_is_utf8_and_not_escaped(acme: Run) -> None:
    result = acme.process("show", "acme", "customer", "C1", "--json", PYTHONIOENCODING="ascii")
    assert result.code == 0
    assert "Zoë's Café 😀 مرحبا" in result.out
    assert result.err == ""


def test_amounts_in_json_are_strings(acme: Run) -> None:
    shown = acme.json("show", "acme", "ship_doc", "S1")
    assert shown["data"]["lines"][0]["amount"] == "20.00"


def test_a_table_that_is_not_on_a_terminal_has_no_colour_and_one_row_a_line(acme: Run) -> None:
    acme(
        "load",
        "acme",
        acme.file("more", [{**ITEM, "source_id": f"I{n}", "name": f"Item {n} " + "x" * 300} for n in (2, 3)]),
    )
    said = acme("queue", "acme/mock").out
    assert "\033" not in said
    assert len([line for line in said.splitlines() if "create" in line]) == 2


def test_times_are_local_in_tables_and_instants_in_json(acme: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        created = acme.json("jobs", "acme/mock")["items"][0]["created_at"]
        assert created.endswith("+00:00")
        from datetime import datetime, timedelta

        shown = (datetime.fromisoformat(created) + timedelta(hours=9)).strftime("%Y-%m-%d %H:%M:%S")
        assert shown in acme("jobs", "acme/mock").out
    finally:
        monkeypatch.undo()
        time.tzset()


def test_control_characters_cannot_play_tricks_on_the_terminal(hub: Run) -> None:
    result = hub("connections", "\033[2J\nacme")
    assert result.code == 1
    assert "\033" not in result.err


@pytest.mark.parametrize(
    ("words", "next_step"),
    [
        (("company", "list"), "hub company add"),
        (("connections",), "hub connect"),
    ],
)
def test_an_empty_list_says_what_to_do_next(hub: Run, words: tuple[str, ...], next_step: str) -> None:
    assert next_step in hub(*words).out
    assert hub.json(*words) == {"items": [], "next": None, "total": 0}


def test_a_reader_that_goes_away_is_no_error_worth_a_word(acme: Run) -> None:
    acme("load", "acme", acme.file("many", [{**ITEM, "source_id": f"J{n}", "name": f"Thing {n}"} for n in range(900)]))
    running = acme.popen("queue", "acme/mock", "--limit", "1000", "--json")
    assert running.stdout is not None
    assert running.stderr is not None
    running.stdout.read(10)
    running.stdout.close()
    assert running.wait(timeout=30) == 1
    assert running.stderr.read() == b""


def test_ctrl_c_ends_a_command_with_one_sentence(acme: Run) -> None:
    running = acme.popen("load", "acme", "-")
    assert running.stdin is not None
    running.stdin.write(b'{"type": "customer", "source_id": "C9", "name": "Nine"}\n')
    running.stdin.flush()
    time.sleep(2)  # on a busy machine it takes its time to begin
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=30)
    assert running.returncode == 130
    assert out == b""
    assert len(err.decode().strip().splitlines()) == 1
    assert b"Traceback" not in err


def test_a_worker_runs_what_waits_and_ends_quietly_when_asked_to(acme: Run) -> None:
    from hub.app import open_hub

    for words in (("worker",), ("serve", "--port", "8099")):
        with open_hub() as hub:
            job = hub.request_job("acme/mock")
            running = acme.popen(*words)
            patience = time.monotonic() + 60
            while hub.job(job)["state"] != "completed" and time.monotonic() < patience:
                time.sleep(0.05)
            assert hub.job(job)["state"] == "completed"
        running.send_signal(signal.SIGTERM)
        _, err = running.communicate(timeout=30)
        said = re.sub(r" Open this link.*", "", err.decode()).splitlines()
        page = ["The page is at http://127.0.0.1:8099", "Nobody is known here yet."]
        waits = "Waiting for jobs, 4 at once."
        greeting = [waits] if words == ("worker",) else [*page, f"0 schedules. {waits}"]
        assert (running.returncode, said) == (0, greeting)


def test_the_process_kills_itself_at_the_point_named_in_the_environment(acme: Run) -> None:
    assert acme("load", "acme", acme.file("one", [ship_doc("S9")])).code == 0
    killed = acme.process("sync", "acme/mock", HUB_KILL_AT="after-lock")
    assert killed.code == -signal.SIGKILL
    assert acme.process("sync", "acme/mock", "--json", HUB_KILL_AT="after-lock:99").code == 0
    assert acme.json("show", "acme", "ship_doc", "S9")["sync"][0]["state"] == "synced"
    assert os.environ.get("HUB_KILL_AT") is None
    assert "HUB_KILL_AT" in acme.process("sync", "acme/mock", HUB_KILL_AT="after-lock:x").sentence()


def test_a_traceback_is_only_in_the_log_of_those_who_ask_for_it(acme: Run) -> None:
    quiet = acme.process("undo", "acme", "payment", "P1")
    assert "Traceback" not in quiet.err
    asked = acme.process("undo", "acme", "payment", "P1", HUB_LOG_LEVEL="DEBUG")
    assert asked.code == 4
    assert "Traceback" in asked.err
    assert "Error: " in asked.err.splitlines()[-1]
