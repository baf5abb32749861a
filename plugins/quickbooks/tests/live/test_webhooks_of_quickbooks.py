"""Notifications of a local QuickBooks reach a running hub, which asks the books; forged ones reach nothing."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hub_quickbooks import QuickBooksAdapter
from hub_quickbooks.settings import QuickBooksSettings

from hub.adapters import AdapterContext

HUB = str(Path(sys.executable).with_name("hub"))
VERIFIER = "sandbox-verifier"


def free_port() -> int:
    with closing(socket.socket()) as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def wait_for(done: Callable[[], Any], seconds: float = 90) -> Any:
    end = time.monotonic() + seconds
    while not (found := done()):
        assert time.monotonic() < end
        time.sleep(0.2)
    return found


def post(address: str, body: bytes, **headers: str) -> int:
    """The status of the answer; 0 where nobody listens yet."""
    try:
        with urllib.request.urlopen(
            urllib.request.Request(address, body, headers, method="POST"), timeout=20
        ) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        return int(refused.code)
    except OSError:
        return 0


def customer_by_hand(url: str, name: str) -> None:
    """Somebody in the books' own page makes a customer."""
    context = AdapterContext(
        connection="look/quickbooks", settings=QuickBooksSettings(sandbox_url=url), data_dir=Path(),
        now=lambda: datetime.now(UTC), sleep=time.sleep,
    )  # fmt: skip
    tokens = QuickBooksAdapter(context).hub_obtain_credentials({})
    assert tokens is not None
    address = f"{url}/v3/company/{tokens['realm_id']}/customer?minorversion=75"
    bearer = {"Authorization": f"Bearer {tokens['access_token']}", "Content-Type": "application/json"}
    assert post(address, json.dumps({"DisplayName": name}).encode(), **bearer) == 200


@pytest.mark.slow
@pytest.mark.parametrize("format", ["cloudevents", "legacy"])
def test_a_customer_made_in_quickbooks_is_here_without_a_schedule(serve, person, format: str) -> None:
    port = free_port()
    address = f"http://127.0.0.1:{port}/api/v1/webhooks/quickbooks"
    books = serve()
    books.control("webhooks", {"address": address, "verifier": VERIFIER, "format": format})
    person("company", "add", "Acme")
    secrets = json.dumps({"webhook_verifier": VERIFIER})
    done = person("connect", "acme", "quickbooks", "--sandbox", books.url, "--credentials", "-", stdin=secrets)
    assert done.returncode == 0, done.stderr
    serving = subprocess.Popen(
        [HUB, "serve", "--port", str(port)], cwd=person.folder,
        env={**os.environ, "HUB_DATABASE_URL": person.database},
    )  # fmt: skip
    try:
        forged = b'{"eventNotifications": [{"realmId": "9130350000000001", "dataChangeEvent": {"entities": []}}]}'
        assert wait_for(lambda: post(address, forged, **{"intuit-signature": "AAAA"})) == 401
        assert person.json("jobs", "acme/quickbooks")["items"] == []
        customer_by_hand(books.url, "Made by hand")
        wait_for(lambda: any("Made by hand" in str(each) for each in person.json("changes", "acme")["items"]))
        (job,) = person.json("jobs", "acme/quickbooks")["items"]
        assert job["trigger"] == "api"
        assert books.control("webhooks")["waiting"] == 0
    finally:
        serving.terminate()
        serving.wait(60)
