"""Books that a person opens in a browser: who asks, what comes back, and that nothing is stored before a yes."""

from __future__ import annotations

import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from hub.adapters import AdapterContext, AdapterInfo, Capabilities, Fault, Found, Identity, hookimpl
from hub.app import Hub, open_hub
from hub.cli.loopback import authorised, checked, read_answer
from hub.errors import AuthorisationLost, ErrorClass, InvalidInput, Refused


class Browsed:
    """Books that want a browser for a client id, and tell what is missing."""

    info: ClassVar[AdapterInfo] = AdapterInfo(
        name="browsed", title="Browsed", version="1", capabilities=Capabilities(types={})
    )
    given: ClassVar[list[dict[str, str]]] = []

    def __init__(self, context: AdapterContext) -> None:
        self.credentials = context.credentials

    @hookimpl
    def hub_authorise_url(self, given: dict[str, str], state: str) -> str | None:
        if "code" in given:
            return None
        asked = {"state": state, "client_id": given.get("client_id", ""), "redirect_uri": "http://localhost:1/cb"}
        return f"https://books.example/authorise?{urlencode(asked)}"

    @hookimpl
    def hub_obtain_credentials(self, given: dict[str, str]) -> dict[str, str] | None:
        self.given.append(dict(given))
        return {"client_id": given.get("client_id", ""), "token": f"token of {given['code']}"} if given else None

    @hookimpl
    def hub_check(self) -> Identity:
        if not self.credentials:
            raise AuthorisationLost("Nobody has let the hub in.")
        return Identity(id="1", name="Acme's books")

    @hookimpl
    def hub_missing(self) -> list[Fault]:
        return [Fault(error=ErrorClass.VALIDATION, code="not_ready", message="No account.", fix="Set one.")]


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    Browsed.given.clear()
    found = Found(name="browsed", version="1", status="ready", adapter=Browsed)
    with open_hub(f"sqlite:///{tmp_path / 'hub.db'}", adapters={"browsed": found}) as opened:
        opened.add_company("Acme")
        yield opened


def state_of(url: str | None) -> list[str]:
    assert url is not None
    return parse_qs(urlsplit(url).query)["state"]


def test_the_address_carries_the_state_and_the_answer_is_exchanged_and_stored(hub: Hub) -> None:
    url = hub.authorise_url("acme", "browsed", "s-1", credentials={"client_id": "app"})
    assert state_of(url) == ["s-1"]
    seen: list[Identity] = []
    made = hub.connect("acme", "browsed", credentials={"client_id": "app", "code": "c-1", "state": "s-1"},
                       confirm=lambda books: not seen.append(books))  # fmt: skip
    assert [each.name for each in seen] == ["Acme's books"]
    assert (made["state"], made["missing"]) == (
        "active", [{"code": "not_ready", "message": "No account.", "fix": "Set one."}],
    )  # fmt: skip
    assert Browsed.given == [{"client_id": "app", "code": "c-1", "state": "s-1"}]


def test_a_no_stores_nothing(hub: Hub) -> None:
    with pytest.raises(Refused) as told:
        hub.connect("acme", "browsed", credentials={"code": "c-1"}, confirm=lambda books: False)
    assert told.value.code == "not_confirmed"
    assert hub.connections() == []


def test_one_that_works_is_not_asked_for_again_unless_somebody_wants_it(hub: Hub) -> None:
    hub.connect("acme", "browsed", credentials={"client_id": "app", "code": "c-1"})
    assert hub.authorise_url("acme", "browsed", "s-2") is None
    again = hub.authorise_url("acme", "browsed", "s-2", again=True)
    assert parse_qs(urlsplit(again or "").query)["client_id"] == ["app"]
    hub.connect("acme", "browsed", credentials={"code": "c-2"})
    assert Browsed.given[-1] == {"client_id": "app", "code": "c-2"}


def test_adapters_that_want_no_browser_are_connected_as_ever(tmp_path: Path) -> None:
    with open_hub(f"sqlite:///{tmp_path / 'hub.db'}", data_dir=tmp_path) as opened:
        opened.add_company("Acme")
        assert opened.authorise_url("acme", "mock", "s") is None
        assert opened.connect("acme", "mock")["missing"] == []


# ------------------------------------------------------------------------------------- the browser comes back here


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def browse(port: int, path: str, **answer: str) -> int:
    """A browser that is sent to the redirect address; the status it gets there."""
    for _ in range(100):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}?{urlencode(answer)}", timeout=5) as page:
                return int(page.status)
        except urllib.error.HTTPError as fault:
            return fault.code
        except urllib.error.URLError:
            threading.Event().wait(0.05)
    raise AssertionError("nobody listens")


def test_the_answer_with_the_right_state_is_taken_and_any_other_turned_away(capsys: pytest.CaptureFixture[str]) -> None:
    port = free_port()
    url = f"https://books.example/x?{urlencode({'redirect_uri': f'http://localhost:{port}/callback'})}"
    got: list[Any] = []
    waiting = threading.Thread(target=lambda: got.append(authorised(url, "s-1")))
    waiting.start()
    assert browse(port, "/callback", code="stolen", state="another") == 400
    assert browse(port, "/elsewhere", code="stolen", state="s-1") == 400
    assert browse(port, "/favicon.ico") == 400
    assert browse(port, "/callback", code="c-1", state="s-1", realmId="77") == 200
    waiting.join(10)
    assert got == [{"code": "c-1", "state": "s-1", "realmId": "77"}]
    said = capsys.readouterr()
    assert said.out == ""
    assert url in said.err
    assert "c-1" not in said.err


def test_a_port_that_is_taken_is_one_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        url = f"https://x/?{urlencode({'redirect_uri': f'http://127.0.0.1:{taken.getsockname()[1]}/cb'})}"
        with pytest.raises(InvalidInput) as told:
            authorised(url, "s")
    assert told.value.code == "port_taken"


def test_a_redirect_elsewhere_is_pasted(monkeypatch: pytest.MonkeyPatch) -> None:
    pasted = "https://example.com/landed?code=c-1&state=s-1&realmId=77"
    monkeypatch.setattr("typer.prompt", lambda *words, **more: pasted)
    url = f"https://x/?{urlencode({'redirect_uri': 'https://example.com/landed'})}"
    assert authorised(url, "s-1")["realmId"] == "77"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("https://x/?code=c&state=other", "bad_answer"),
        ("https://x/?code=c", "bad_answer"),
        ("nonsense", "bad_answer"),
        ("https://x/?error=access_denied&state=s", "authorisation_refused"),
        ("https://x/?state=s", "authorisation_refused"),
    ],
)
def test_an_answer_that_is_no_yes_is_refused(answer: str, code: str) -> None:
    with pytest.raises((InvalidInput, Refused)) as told:
        checked(read_answer(answer), "s")
    assert told.value.code == code
