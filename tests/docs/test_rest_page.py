"""docs/rest.md lists every call there is, and its walk-through works as it is printed."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from hub.server import build_app
from hub.testing.scratch import Scratch


def test_every_call_is_listed_and_none_that_is_gone(page: Callable[[str], Any], tmp_path: Path) -> None:
    scratch = Scratch(tmp_path)
    described = TestClient(build_app(scratch.hub)).get("/api/v1/openapi.json").json()["paths"]
    scratch.hub.close()
    there = {f"{method.upper()} {path}" for path, item in described.items() for method in item}
    listed = {row[0].strip("`") for row in page("rest.md").rows("Call")}
    assert listed == there


def test_the_walk_through_works_as_it_is_printed(page: Callable[[str], Any], tmp_path: Path) -> None:
    scratch = Scratch(tmp_path, secret_key="not so secret")
    secret = scratch.hub.add_key("acme", "Order system", role="bookkeeper")["secret"]
    client = TestClient(build_app(scratch.hub))
    answers = []
    for line in page("rest.md").blocks("console"):
        words = line.removeprefix("$ ").replace("$HUB", "http://testserver/api/v1").replace("$KEY", secret)
        answers.append(_curl(client, shlex.split(words)))
        scratch.hub.work()
    assert answers[0]["totals"]["created"] == 3
    assert answers[1]["items"][0]["amount"] == "168.00"
    assert answers[2]["state"] == "queued"
    assert [each["outcome"] for each in answers[3]["items"]] == ["applied"] * 3
    assert answers[4]["sync"][0]["state"] == "synced"
    scratch.hub.close()


def _curl(client: TestClient, words: list[str]) -> Any:
    """What curl would show."""
    assert words.pop(0) == "curl"
    method, body, headers, url = "GET", None, {}, ""
    while words:
        word = words.pop(0)
        if word == "-X":
            method = words.pop(0)
        elif word == "-H":
            name, _, value = words.pop(0).partition(": ")
            headers[name] = value
        elif word == "-d":
            body = words.pop(0)
        else:
            url = word
    answer = client.request(method, url, content=body, headers=headers)
    assert answer.status_code < 300, answer.text
    return answer.json()
