"""A real `hub serve` on a database of its own, and a real Chromium that looks at it."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright", reason="playwright is not installed: the page is not looked at in a browser")

from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
HUB = str(Path(sys.executable).with_name("hub"))
PATIENCE = 20_000
"""Milliseconds; two cores may be busy with other tests."""
EMAIL, PASSWORD = "ann@example.com", "correct horse battery staple"

expect.set_options(timeout=PATIENCE)


@dataclass(kw_only=True)
class Server:
    """A running `hub serve`."""

    address: str
    folder: Path
    process: subprocess.Popen[str]

    def hub(self, *arguments: str, given: str = "", check: bool = True) -> str:
        """What a command of the command line prints, on the same database."""
        done = subprocess.run(
            [HUB, *arguments],
            env=environment(self.folder),
            cwd=self.folder,
            text=True,
            input=given,
            capture_output=True,
        )
        assert done.returncode == 0 or not check, done.stderr
        return done.stdout

    def load(self, records: list[dict[str, Any]]) -> None:
        """Save records, as the order system does."""
        lines = "\n".join(json.dumps(each) for each in records)
        self.hub("load", records[0].get("company", "acme"), "-", given=lines)

    def books(self, type: str) -> dict[str, Any]:
        """What the mock books hold, by number or name."""
        found = json.loads(self.hub("mock", "list", "acme/mock", type, "--limit", "1000", "--json"))["items"]
        return {each.get("number") or each["name"]: each for each in found}


def environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "HUB_DATABASE_URL": f"sqlite:///{folder / 'hub.db'}", "HUB_SECRET_KEY": "not so secret"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A new hub: nobody is known, nothing is in it."""
    folder, port = tmp_path_factory.mktemp("served"), free_port()
    process = subprocess.Popen(
        [HUB, "serve", "--port", str(port)],
        env=environment(folder), cwd=folder, text=True, stderr=(folder / "told.txt").open("w"),
    )  # fmt: skip
    served = Server(address=f"http://127.0.0.1:{port}", folder=folder, process=process)
    yield served
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0


@pytest.fixture(scope="module")
def welcome(server: Server) -> str:
    """The link for the first administrator, as it was printed."""
    for _ in range(300):
        if found := re.search(r"http\S+/welcome/\S+", (server.folder / "told.txt").read_text()):
            return found[0]
        assert server.process.poll() is None, (server.folder / "told.txt").read_text()
        time.sleep(0.1)
    raise AssertionError("no link was printed")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium."""
    if CHROMIUM is None:
        pytest.skip("no Chromium is installed: the page is not looked at in a browser (.ci/run installs it)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def context(browser: Browser, server: Server, welcome: str) -> Iterator[BrowserContext]:
    """A browser whose person has become the first administrator."""
    context = browser.new_context(base_url=server.address, locale="en-GB", timezone_id="Europe/Berlin")
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(welcome)
    page.get_by_label("Your name").fill("Ann")
    page.get_by_label("E-mail address").fill(EMAIL)
    page.get_by_label(re.compile("^Password")).fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    page.wait_for_url(server.address + "/")
    page.close()
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page of theirs; whatever its scripts complain of fails the test."""
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda fault: wrong.append(str(fault)))
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    yield page
    page.close()
    assert wrong == []
