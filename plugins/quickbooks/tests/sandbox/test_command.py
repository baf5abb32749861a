"""The real command as a process: it listens, cuts connections, outlives a kill with all it answered, and refuses nonsense."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from hub_quickbooks.sandbox.run import Options, run

from hub.errors import UsageError

BASIC = "Basic c2FuZGJveC1jbGllbnQ6c2FuZGJveC1zZWNyZXQ="
HUB = [str(Path(sys.executable).with_name("hub")), "quickbooks", "sandbox"]


class Served:
    """A running sandbox and a connection to it."""

    def __init__(self, *args: str) -> None:
        self.process = subprocess.Popen([*HUB, "--port", "0", "--json", *args], stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.known = json.loads(self.process.stdout.readline())
        self.host = urlsplit(self.known["url"]).netloc
        self.realm = self.known["realms"][0]
        asked = {
            "client_id": self.known["client_id"], "response_type": "code", "scope": "com.intuit.quickbooks.accounting",
            "redirect_uri": "http://127.0.0.1:1/x", "state": "s",
        }  # fmt: skip
        status, headers, _ = self.call("GET", "/connect/oauth2?" + urlencode(asked))
        assert status == 302
        code = dict(parse_qsl(urlsplit(headers["location"]).query))["code"]
        form = urlencode({"grant_type": "authorization_code", "code": code, "redirect_uri": asked["redirect_uri"]})
        _, _, text = self.call("POST", "/oauth2/v1/tokens/bearer", form.encode(), authorization=BASIC)
        self.token = json.loads(text)["access_token"]

    def call(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, dict[str, str], str]:
        link = http.client.HTTPConnection(self.host, timeout=20)
        try:
            link.request(method, path, body or None, {"accept": "application/json", **headers})
            answer = link.getresponse()
            return answer.status, {key.lower(): value for key, value in answer.getheaders()}, answer.read().decode()
        finally:
            link.close()

    def company(self, path: str, body: Any = None) -> tuple[int, Any]:
        sent = b"" if body is None else json.dumps(body).encode()
        method = "GET" if body is None else "POST"
        path = f"/v3/company/{self.realm}/{path}"
        status, _, text = self.call(method, path, sent, authorization=f"Bearer {self.token}")
        return status, json.loads(text)

    def fault(self, text: str) -> None:
        assert self.call("POST", "/sandbox/faults", json.dumps({"faults": [text]}).encode())[0] == 200

    def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(20)


@pytest.fixture
def serve() -> Iterator[Callable[..., Served]]:
    running: list[Served] = []

    def start(*args: str) -> Served:
        running.append(Served(*args))
        return running[-1]

    yield start
    for one in running:
        if one.process.poll() is None:
            one.process.kill()
            one.process.wait()


def test_the_command_serves_cuts_and_ends(serve: Callable[..., Served], tmp_path: Path) -> None:
    served = serve("--log", str(tmp_path / "log"), "--company", "Acme", "--set", "requestid=ignored", "--no-limits")
    status, body = served.company(f"companyinfo/{served.realm}")
    assert (status, body["CompanyInfo"]["CompanyName"]) == (200, "Acme")
    served.fault("drop-before:1@create")
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        served.company("customer", {"DisplayName": "Ann"})
    served.fault("drop-after:1@create")
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        served.company("customer", {"DisplayName": "Ann"})
    served.fault("truncate:1@query")
    with pytest.raises(http.client.IncompleteRead):
        served.company("query?query=select%20*%20from%20Customer")
    status, body = served.company("query?query=select%20*%20from%20Customer")
    assert [one["DisplayName"] for one in body["QueryResponse"]["Customer"]] == ["Ann"]
    served.fault("slow=0.2:1@query")
    served.fault("late=0.2:1@query")
    assert served.company("query?query=select%20count(*)%20from%20Customer")[0] == 200
    assert served.call("GET", "/")[0] == 200
    assert (
        served.call("POST", f"/v3/company/{served.realm}/customer", b" " * (16 * 1024 * 1024 + 1), authorization="x")[0]
        == 413
    )
    assert served.end() == 0
    lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    assert [line["status"] for line in lines].count(None) == 2
    assert served.token not in (tmp_path / "log").read_text()


def test_what_was_answered_is_in_the_file_after_a_kill(serve: Callable[..., Served], tmp_path: Path) -> None:
    file = str(tmp_path / "books.db")
    first = serve("--data", file, "--no-limits")
    for number in range(20):
        assert first.company(f"customer?requestid=k{number}", {"DisplayName": f"C{number}"})[0] == 200
    first.end(signal.SIGKILL)
    second = serve("--data", file, "--no-limits")
    second.token = first.token
    assert second.company("query?query=select%20count(*)%20from%20Customer")[1]["QueryResponse"]["totalCount"] == 20
    assert second.company("customer?requestid=k3", {"DisplayName": "C3"})[1]["Customer"]["Id"] == "4"


def test_a_webhook_is_delivered(serve: Callable[..., Served]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as hook:
        hook.settimeout(20)
        address = f"http://127.0.0.1:{hook.getsockname()[1]}/hook"
        served = serve("--webhooks", address, "--speed", "100", "--no-limits")
        served.company("customer", {"DisplayName": "Ann"})
        link, _ = hook.accept()
        with link:
            text = link.recv(65_536).decode().lower()
            link.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    assert "intuit-signature: " in text


@pytest.mark.parametrize(
    "options",
    [
        {"speed": 0},
        {"speed": -1},
        {"speed": float("nan")},
        {"speed": float("inf")},
        {"faults": ("fire",)},
        {"settings": ("colour=red",)},
        {"settings": ("requestid",)},
        {"currency": "XXXX"},
        {"companies": ("x" * 101,)},
        {"data": Path("/nonexistent/folder/books.db")},
        {"data": Path(__file__)},
        {"data": Path(__file__).parent},
        {"log": Path("/nonexistent/folder/log")},
        {"host": "999.1.1.1"},
        {"webhooks": "ftp://x"},
    ],
    ids=str,
)
def test_wrong_options_are_refused_in_a_sentence(options: dict[str, Any]) -> None:
    with pytest.raises(UsageError) as refused:
        run(Options(**options))
    assert refused.value.message
    assert refused.value.fix


def test_a_file_belongs_to_one_sandbox_at_a_time(serve: Callable[..., Served], tmp_path: Path) -> None:
    file = str(tmp_path / "books.db")
    serve("--data", file)
    done = subprocess.run([*HUB, "--port", "0", "--data", file], capture_output=True, text=True, timeout=30)
    assert done.returncode == 2
    assert "one sandbox for each file" in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
