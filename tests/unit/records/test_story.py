"""V2: every action, attempt and answer that the hub can note has its sentence."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hub.records.story import knows, say

SOURCE = Path(__file__).parents[3] / "hub"


def entry(what: str, **more: Any) -> dict[str, Any]:
    """An entry of the history as `hub show --json` gives it."""
    return {"at": "2026-01-05T09:00:00+00:00", "who": "ann", "what": what, "connection": "acme/mock", "reason": None,
            "details": {}, **more}  # fmt: skip


def texts(node: ast.expr) -> Iterator[str]:
    """The texts that an expression may be."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from texts(node.body)
        yield from texts(node.orelse)


def calls() -> Iterator[ast.Call]:
    """Every call in the source of the hub."""
    for file in SOURCE.rglob("*.py"):
        yield from (node for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.Call))


def name_of(call: ast.Call) -> str:
    """What is called, without the object it belongs to."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def noted() -> set[str]:
    """Every action that is written into the audit trail."""
    found: set[str] = set()
    for call in calls():
        match name_of(call):
            case "Note":
                found |= {text for each in call.keywords if each.arg == "action" for text in texts(each.value)}
            case "audit" if call.args:
                found |= set(texts(call.args[0]))
            case "_note" | "_noted" if len(call.args) > 2:
                found |= set(texts(call.args[2]))
    return found


def outcomes() -> set[str]:
    """Every outcome that an answer may have."""
    return {
        text
        for call in calls()
        if name_of(call) == "Verdict"
        for each in call.keywords
        if each.arg == "outcome"
        for text in texts(each.value)
    }


def test_V2_the_collector_sees_actions_however_they_are_written() -> None:
    assert {"created", "edited", "undo", "hold", "imported", "matched"} <= noted()
    assert {"user_shut_out", "user_let_in", "key_revoked", "webhook_added", "connected_again"} <= noted()
    assert {"applied", "adopted", "check_by_hand"} <= outcomes()


@pytest.mark.parametrize("what", sorted(noted() | outcomes()))
def test_V2_there_are_words_for_everything_that_is_noted(what: str) -> None:
    assert knows(what), f"no words for {what!r} in hub/records/story.py"
    told = say(entry(what))
    assert told
    assert "{" not in told
    assert "_" not in told


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (entry("edited", details={"fields": ["lines", "memo"]}), "ann saved it: lines, memo changed"),
        (entry("undo", reason="wrong customer"), "ann undid the sync: wrong customer"),
        (entry("allow", details={"queued": ["acme/mock"]}), "ann allowed its sync again; it queued for acme/mock"),
        (entry("sent_create", who="job 12", details={"try": 1, "answered": True}), "job 12 sent it (create, 1st try)"),
        (entry("sent_update", who="job 9", details={"try": 22, "answered": False}),
         "job 9 sent it (update, 22nd try); no answer was ever noted"),
        (entry("sent_create", who="job 9", details={"try": 11}), "job 9 sent it (create, 11th try)"),
        (entry("unknown", who="books", details={"message": "timed out"}), "the answer was lost: timed out"),
        (entry("adopted", who="books", details={"remote_id": "1042", "job": 13}),
         "job 13 looked in the books and found it: it is 1042 there"),
        (entry("adopted", who="books", details={"remote_id": "1042"}),
         "the hub looked in the books and found it: it is 1042 there"),
        (entry("applied", who="books", details={"remote_id": "7", "how": "void"}), "the books voided it"),
        (entry("applied", who="books", details={"remote_id": "7"}), "the books took it: it is 7 there"),
        (entry("not_sent_waiting", who="job 2", reason="It waits for customer C9."),
         "job 2 did not send it. It waits for customer C9."),
        (entry("imported", who="hub", details={"fields": ["email"]}), "an import took email over from the books"),
        (entry("overwritten", who="hub", details={"source": {"email": "a"}, "books": {"phone": "1"}}),
         "both sides had changed it: the books' email won and the source's phone stayed"),
        (entry("prevent", who="{who} {0} %s"), "{who} {0} %s prevented its sync"),
        (entry("something_new", reason="because"), "ann: something new: because"),
    ],
)  # fmt: skip
def test_V2_sentences(told: dict[str, Any], words: str) -> None:
    assert say(told) == words


def test_of_many_changes_a_sentence_tells_the_first_and_how_many_more() -> None:
    changes = {f"k{at}": {"old": None, "new": at + 1} for at in range(10)}
    told = say(entry("policy_changed", details={"changes": changes}))
    assert told.startswith("ann changed the policy: k0 from nothing to 1, ")
    assert told.endswith("k7 from nothing to 8, and 2 more")
    assert say(entry("policy_changed", details={"changes": {"k": {"old": 1, "new": 2}}})).endswith("k from 1 to 2")
